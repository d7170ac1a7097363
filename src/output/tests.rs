//! Writing and comparing files in a scratch folder.

use super::*;

/// The generated file that holds `text`.
fn generated(text: &str) -> String {
    format!("{HEADER}, do not edit\n{text}\n")
}

/// An output into `out` of these files, each with its own path as its text.
fn output(root: &Path, files: &[&str]) -> Output {
    let mut output = Output::default();
    let files = files
        .iter()
        .map(|path| ((*path).to_owned(), generated(path)));
    output.add_folder(root.join("out"), "out", files);
    output
}

fn put(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// Every file below `folder`, sorted.
fn tree(folder: &Path) -> Vec<String> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if path.is_dir() {
            paths.push(format!("{name}/"));
            paths.extend(tree(&path).iter().map(|below| format!("{name}/{below}")));
        } else {
            paths.push(name);
        }
    }
    paths.sort();
    paths
}

fn names(paths: &[PathBuf]) -> String {
    let names: Vec<_> = paths.iter().map(|path| path.to_str().unwrap()).collect();
    names.join(" ")
}

#[test]
#[cfg(unix)]
fn what_a_killed_run_left_is_swept() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let mut ended = std::process::Command::new("true").spawn().unwrap();
    ended.wait().unwrap();
    let (gone, own) = (ended.id(), std::process::id());
    let parent = nix::unistd::getppid();
    for (name, is_old) in [
        (format!("out/.rowsmith-{gone}-0.tmp"), false),
        (format!("out/client/.rowsmith-{gone}-1f.tmp"), false),
        // Of a process that had our number.
        (format!("out/.rowsmith-{own}-0.tmp"), false),
        (format!("out/.rowsmith-{parent}-1.tmp"), true),
        // Of a run that goes on.
        (format!("out/.rowsmith-{parent}-2.tmp"), false),
        (format!("out/.rowsmith-{gone}-mine.tmp"), true),
        ("out/.mine.tmp".to_owned(), true),
    ] {
        put(root, &name, "");
        if is_old {
            let long_ago = std::time::SystemTime::now() - 2 * staged::LEFTOVER_AGE;
            let file = fs::File::options().write(true).open(root.join(name));
            file.unwrap().set_modified(long_ago).unwrap();
        }
    }
    output(root, &["a.rs"]).write().unwrap();
    let mut left = vec![
        ".mine.tmp".to_owned(),
        format!(".rowsmith-{gone}-mine.tmp"),
        format!(".rowsmith-{parent}-2.tmp"),
        "a.rs".to_owned(),
        "client/".to_owned(),
    ];
    left.sort();
    assert_eq!(tree(&root.join("out")), left);
}

#[test]
#[cfg(unix)]
fn a_change_that_fails_takes_the_others_back() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    for name in ["b.rs", "d.rs"] {
        put(root, &format!("out/{name}"), &generated("before"));
    }
    put(root, "out/gone.rs", &generated("gone"));
    let mut output = output(root, &["a.rs", "b.rs", "c.rs", "d.rs"]);
    let snapshot = root.join("rowsmith.snapshot");
    output.set_snapshot(
        snapshot.clone(),
        "rowsmith.snapshot".to_owned(),
        "new".to_owned(),
    );
    let plan = output.plan().unwrap();
    let mut staged = Staged::default();
    for file in &plan.files {
        staged.add(&file.path, &file.name, file.contents).unwrap();
    }
    for stale in &plan.stale {
        staged.remove(stale.folder, &stale.path, &stale.name);
    }
    // What nobody expects: a folder with something in it appears where the snapshot goes, which is the last.
    put(root, "rowsmith.snapshot/x", "");
    let error = staged.commit().unwrap_err();
    assert!(error.to_string().contains("`rowsmith.snapshot`"), "{error}");
    assert_eq!(tree(&root.join("out")), ["b.rs", "d.rs", "gone.rs"]);
    for name in ["b.rs", "d.rs"] {
        let text = fs::read_to_string(root.join("out").join(name)).unwrap();
        assert_eq!(text, generated("before"));
    }
    fs::remove_dir_all(&snapshot).unwrap();
    output.write().unwrap();
    assert_eq!(tree(&root.join("out")), ["a.rs", "b.rs", "c.rs", "d.rs"]);
    assert_eq!(fs::read_to_string(&snapshot).unwrap(), "new");
}

#[test]
#[cfg(unix)]
fn what_is_not_ours_is_not_replaced() {
    use std::os::unix::fs::symlink;
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    put(root, "mine", &generated("mine"));
    put(root, "elsewhere/c.rs", &generated("mine"));
    put(root, "out/keep", "");
    symlink("../mine", root.join("out/a.rs")).unwrap();
    symlink("nowhere", root.join("out/b.rs")).unwrap();
    symlink("../elsewhere", root.join("out/client")).unwrap();
    nix::unistd::mkfifo(&root.join("out/mod.rs"), nix::sys::stat::Mode::S_IRWXU).unwrap();
    for (snapshot, why) in [
        ("link", "is a link"),
        ("fifo", "is not a regular file"),
        ("foreign", "was not written by rowsmith"),
        ("folder", "is a folder"),
    ] {
        let path = root.join("rowsmith.snapshot");
        match snapshot {
            "link" => symlink("mine", &path).unwrap(),
            "fifo" => nix::unistd::mkfifo(&path, nix::sys::stat::Mode::S_IRWXU).unwrap(),
            "folder" => fs::create_dir(&path).unwrap(),
            _ => fs::write(&path, "my own notes\n").unwrap(),
        }
        let mut output = output(root, &["a.rs", "b.rs", "client/c.rs", "mod.rs"]);
        output.set_snapshot(
            path.clone(),
            "rowsmith.snapshot".to_owned(),
            "new".to_owned(),
        );
        let error = output.write().unwrap_err();
        let messages: Vec<_> = error
            .diagnostics()
            .iter()
            .map(Diagnostic::message)
            .collect();
        let expected = [
            "`out/a.rs` is a link, so it is not replaced".to_owned(),
            "`out/b.rs` is a link, so it is not replaced".to_owned(),
            "`out/client/c.rs` is in a folder that is a link, so it is not replaced".to_owned(),
            "`out/mod.rs` is not a regular file, so it is not replaced".to_owned(),
            format!("`rowsmith.snapshot` {why}, so it is not replaced"),
        ];
        assert_eq!(messages, expected);
        if snapshot == "folder" {
            fs::remove_dir(&path).unwrap();
        } else {
            fs::remove_file(&path).unwrap();
        }
    }
    for name in ["mine", "elsewhere/c.rs"] {
        assert_eq!(
            fs::read_to_string(root.join(name)).unwrap(),
            generated("mine")
        );
    }
}

#[test]
fn writing_makes_the_folder_current() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    put(root, "out/same.rs", &generated("same.rs"));
    put(
        root,
        "out/crlf.rs",
        &generated("crlf.rs").replace('\n', "\r\n"),
    );
    put(root, "out/changed.rs", &generated("before"));
    put(root, "out/old.rs", &generated("old"));
    put(root, "out/deep/er/old.rs", &generated("old"));
    put(root, "out/kept/old.rs", &generated("old"));
    put(root, "out/kept/mine.rs", "fn mine() {}");
    put(root, "out/mine.txt", &generated("not Rust"));
    put(root, "out/.git/x.rs", &generated("hidden"));
    let output = output(root, &["same.rs", "crlf.rs", "changed.rs", "new/mod.rs"]);

    let drift = output.check().unwrap();
    let missing: Vec<_> = drift.missing().map(Path::to_path_buf).collect();
    let stale: Vec<_> = drift.stale().map(Path::to_path_buf).collect();
    assert_eq!(names(&missing), "out/new/mod.rs");
    assert_eq!(
        names(&stale),
        "out/deep/er/old.rs out/kept/old.rs out/old.rs"
    );

    let written = output.write().unwrap();
    assert_eq!(names(&written.created), "out/new/mod.rs");
    assert_eq!(names(&written.changed), "out/changed.rs");
    assert_eq!(names(&written.removed), names(&stale));
    assert_eq!(written.unchanged, 2);
    assert_eq!(
        tree(&root.join("out")).join(" "),
        ".git/ .git/x.rs changed.rs crlf.rs kept/ kept/mine.rs mine.txt new/ new/mod.rs same.rs"
    );
    assert!(output.check().unwrap().is_empty());
    let again = output.write().unwrap();
    assert_eq!((again.unchanged, again.changed), (4, Vec::new()));
}

#[test]
fn unchanged_files_are_not_touched() {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), "out/a.rs", &generated("a.rs"));
    let path = folder.path().join("out/a.rs");
    let before = fs::metadata(&path).unwrap().modified().unwrap();
    std::thread::sleep(std::time::Duration::from_millis(20));
    output(folder.path(), &["a.rs", "b.rs"]).write().unwrap();
    assert_eq!(fs::metadata(&path).unwrap().modified().unwrap(), before);
}

#[test]
fn what_is_in_the_way_stays_and_nothing_is_written() {
    for (path, text, expected) in [
        (
            "out/a.rs",
            "fn mine() {}",
            "`out/a.rs` was not written by rowsmith",
        ),
        ("out/a.rs", "", "`out/a.rs` was not written by rowsmith"),
        ("out/a.rs/x", "", "`out/a.rs` is a folder"),
        ("out", "", "the output folder `out` is a file"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        put(folder.path(), path, text);
        put(folder.path(), "other/old.rs", &generated("old"));
        let before = tree(folder.path());
        let mut output = output(folder.path(), &["0.rs", "a.rs"]);
        output.add_folder(folder.path().join("other"), "other", []);
        for error in [output.write().map(drop), output.check().map(drop)] {
            let error = error.unwrap_err();
            assert_eq!(error.diagnostics()[0].code(), Code::ForeignFile);
            assert!(error.to_string().starts_with(expected), "{error}");
        }
        assert_eq!(tree(folder.path()), before);
    }
}

#[test]
fn a_failure_leaves_no_trace() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    put(root, "out/a.rs", &generated("before"));
    put(root, "out/old.rs", &generated("old"));
    put(root, "out/mine", "not a folder");
    let unchanged = |path: &str, error: Error| {
        assert!(error.to_string().contains(path), "{error}");
        let text = fs::read_to_string(root.join("out/a.rs")).unwrap();
        assert_eq!(text, generated("before"));
        assert_eq!(tree(&root.join("out")).join(" "), "a.rs mine old.rs");
    };
    let error = output(root, &["a.rs", "b/c.rs", "mine/d.rs"]).write();
    unchanged("`out/mine/d.rs`", error.unwrap_err());
    // Met when the other files are staged already.
    #[cfg(unix)]
    {
        fs::remove_file(root.join("out/mine")).unwrap();
        std::os::unix::fs::symlink("nowhere/at/all", root.join("out/mine")).unwrap();
        let error = output(root, &["a.rs", "b/c.rs", "mine/d.rs"]).write();
        unchanged("`out/mine/d.rs`", error.unwrap_err());
    }
}

#[test]
fn staged_files_that_are_dropped_are_removed() {
    let folder = tempfile::tempdir().unwrap();
    let targets = ["a/b/c.rs", "a/d.rs"].map(|path| folder.path().join(path));
    let mut staged = Staged::default();
    for target in &targets {
        staged.add(target, "", "x").unwrap();
    }
    assert_eq!(tree(folder.path()).len(), 4);
    drop(staged);
    assert_eq!(tree(folder.path()), Vec::<String>::new());
}

#[test]
fn several_folders_are_one_output() {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), "two/gone.rs", &generated("gone"));
    let mut output = output(folder.path(), &["mod.rs"]);
    let file = ("mod.rs".to_owned(), generated("two"));
    output.add_folder(folder.path().join("two"), "two", [file]);
    assert_eq!(output.files().count(), 2);
    let written = output.write().unwrap();
    assert_eq!(names(&written.created), "out/mod.rs two/mod.rs");
    assert_eq!(names(&written.removed), "two/gone.rs");
}

#[cfg(unix)]
#[test]
fn modes_and_a_link_to_the_folder_are_kept() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    put(root, "real/a.rs", &generated("before"));
    fs::set_permissions(root.join("real/a.rs"), fs::Permissions::from_mode(0o640)).unwrap();
    symlink("real", root.join("out")).unwrap();
    output(root, &["a.rs", "b.rs"]).write().unwrap();
    let mode = fs::metadata(root.join("real/a.rs"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o640);
    assert!(root.join("out").is_symlink());
    let text = fs::read_to_string(root.join("real/b.rs")).unwrap();
    assert_eq!(text, generated("b.rs"));
    assert!(output(root, &["a.rs", "b.rs"]).check().unwrap().is_empty());
}

/// An output of a configuration, with these files in a folder.
fn output_of(root: &Path, configuration: &str, out: &str, files: &[&str]) -> Output {
    let mut output = Output::of(root.join(configuration));
    let files = files
        .iter()
        .map(|path| ((*path).to_owned(), generated(path)));
    output.add_folder(root.join(out), out, files);
    output
}

/// The generated files of `output` are written, what it removed is returned, and it agrees with itself about that.
fn removed(output: &Output) -> String {
    let drift = output.check().unwrap();
    let stale: Vec<_> = drift.stale().map(Path::to_path_buf).collect();
    let written = output.write().unwrap();
    assert_eq!(names(&stale), names(&written.removed));
    assert!(output.check().unwrap().is_empty());
    names(&written.removed)
}

#[test]
fn code_of_other_configurations_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    for name in ["sqlc.yaml", "reports.yaml"] {
        put(root, name, "");
    }
    let outer = output_of(root, "sqlc.yaml", "src/db", &["mod.rs", "users.rs"]);
    let inner = output_of(root, "reports.yaml", "src/db/reports", &["mod.rs", "a.rs"]);
    for _ in 0..2 {
        assert_eq!(removed(&outer), "");
        assert_eq!(removed(&inner), "");
    }
    let text = fs::read_to_string(root.join("src/db/reports/mod.rs")).unwrap();
    assert_eq!(
        text.lines().nth(1),
        Some("// Configuration: ../../../reports.yaml")
    );

    // What each wrote itself and generates no more is still removed.
    let fewer = output_of(root, "reports.yaml", "src/db/reports", &["mod.rs"]);
    assert_eq!(removed(&fewer), "src/db/reports/a.rs");
    put(root, "src/db/old/x.rs", &generated("x"));
    assert_eq!(removed(&outer), "src/db/old/x.rs");

    // One folder for two is a mistake, and nothing is written.
    let same = output_of(root, "reports.yaml", "src/db", &["mod.rs", "users.rs"]);
    let above = output_of(root, "sqlc.yaml", "src", &["mod.rs", "db/reports/mod.rs"]);
    for (output, message) in [
        (same, "`src/db` is of another configuration"),
        (above, "`src/db/reports` is of another configuration"),
    ] {
        for error in [output.check().unwrap_err(), output.write().unwrap_err()] {
            assert!(error.to_string().contains(message), "{error}");
        }
    }

    // A configuration that moved takes its folders along.
    fs::rename(root.join("sqlc.yaml"), root.join("rowsmith.yaml")).unwrap();
    let moved = output_of(root, "rowsmith.yaml", "src/db", &["mod.rs"]);
    assert_eq!(removed(&moved), "src/db/users.rs");
    // The other one is not there any more, but nobody knows where it is now.
    fs::remove_file(root.join("reports.yaml")).unwrap();
    assert_eq!(removed(&moved), "");
}

#[test]
fn folders_of_older_versions_belong_to_the_code_that_declares_them() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    put(root, "sqlc.yaml", "");
    put(root, "out/mod.rs", &generated("pub mod entry;"));
    put(root, "out/entry/mod.rs", &generated("was part of it"));
    put(root, "out/other/mod.rs", &generated("somebody else's"));
    put(root, "out/other/deep/x.rs", &generated("x"));
    let output = output_of(root, "sqlc.yaml", "out", &["mod.rs"]);
    assert_eq!(removed(&output), "out/entry/mod.rs");
    assert!(root.join("out/other/deep/x.rs").exists());
}
