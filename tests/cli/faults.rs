//! Runs that the world disturbs: each ends in success or in one clear error, leaves nothing behind, and writes no file by
//! halves.

#![expect(clippy::print_stderr, reason = "it is shown where a test fails")]

use std::collections::BTreeMap;
use std::fs::{self, File, Permissions};
use std::hash::{BuildHasher, RandomState};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, geteuid};
use tempfile::TempDir;

use crate::project::Project;

const CONFIGURATION: &str = "\
version: \"2\"
sql:
  - engine: postgresql
    schema: schema.sql
    queries: queries
    gen:
      rust:
        out: db
";

/// How many runs are killed.
const KILLS: u64 = 50;

/// How long what a killed run started may live on, in naps of about 2 ms with the look
/// around in between: a machine that stands still for a while does so for one of them.
const AFTERLIFE: usize = 1500;
const NAP: Duration = Duration::from_millis(1);

/// A machine of its own: folders for temporary files and for the cache.
struct Machine {
    folder: TempDir,
    /// Whether the cache is that of this user after all, which saves the time to fill another one.
    shares_cache: bool,
}

impl Machine {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let machine = Self {
            folder,
            shares_cache: false,
        };
        // The user that runs the server for root has to pass.
        for path in ["", "temporary", "cache", "cache/rowsmith"] {
            let path = machine.path(path);
            let _ = fs::create_dir(&path);
            fs::set_permissions(path, Permissions::from_mode(0o711)).unwrap();
        }
        machine
    }

    /// One whose cache is that of this user.
    fn sharing() -> Self {
        let mut machine = Self::new();
        machine.shares_cache = true;
        machine
    }

    fn path(&self, relative: &str) -> PathBuf {
        match relative {
            "" => self.folder.path().to_owned(),
            relative => self.folder.path().join(relative),
        }
    }

    fn generate(&self, project: &Project) -> Command {
        self.prepare(project.command("generate"))
    }

    fn prepare(&self, mut command: Command) -> Command {
        command
            .env("TMPDIR", self.path("temporary"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        if !self.shares_cache {
            command.env("XDG_CACHE_HOME", self.path("cache"));
        }
        command
    }

    /// A run that has to succeed.
    fn succeed(&self, project: &Project) {
        let output = self.generate(project).output().unwrap();
        assert!(output.status.success(), "{}", stderr(&output));
    }

    /// The processes that a run started: they keep its log open, and some work in its folders.
    fn processes(&self) -> Vec<Pid> {
        let here = self.folder.path();
        let processes = fs::read_dir("/proc").unwrap().flatten();
        let is_ours = |process: &Path| {
            let links = ["cwd", "fd/1"].map(|link| fs::read_link(process.join(link)));
            links
                .into_iter()
                .flatten()
                .any(|link| link.starts_with(here))
        };
        processes
            .filter(|process| is_ours(&process.path()))
            .filter_map(|process| process.file_name().to_str()?.parse().ok())
            .map(Pid::from_raw)
            .collect()
    }

    /// Waits until nothing is left of what a run started.
    fn wait_for_quiet(&self, number: u64) {
        for _ in 0..AFTERLIFE {
            if self.processes().is_empty() {
                return;
            }
            thread::sleep(NAP);
        }
        panic!("{number}: {:?}", self.processes());
    }

    /// What is kept with clusters, in the cache of this machine.
    fn facts(&self) -> Vec<PathBuf> {
        let clusters = fs::read_dir(self.path("cache/rowsmith/clusters"));
        let clusters = clusters.into_iter().flatten().flatten();
        let facts = clusters.map(|cluster| cluster.path().join("facts"));
        facts.filter(|facts| facts.exists()).collect()
    }

    /// What is in the folder for temporary files.
    fn litter(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.path("temporary")).unwrap();
        entries.map(|entry| entry.unwrap().path()).collect()
    }
}

fn project() -> Project {
    let project = Project::new(&[("sqlc.yaml", CONFIGURATION)]);
    set_schema(&project, 0);
    set_queries(&project, 0);
    project
}

fn set_schema(project: &Project, version: u64) {
    let schema =
        format!("CREATE TABLE t{version} (id int PRIMARY KEY);\nCREATE TABLE t (id int);\n");
    project.write("schema.sql", &schema);
}

fn set_queries(project: &Project, version: u64) {
    for file in ["a", "b", "c"] {
        let queries = (0..10).map(|number| {
            format!("-- name: {file}{number} :many\nSELECT id, {version} AS version FROM t;\n")
        });
        project.write(&format!("queries/{file}.sql"), &queries.collect::<String>());
    }
}

/// What is generated, and hidden files that a killed run may leave.
fn generated(project: &Project) -> BTreeMap<String, String> {
    let mut files = project.tree("");
    files.retain(|file, _| file.starts_with("db/") || file == "rowsmith.snapshot");
    files
}

fn is_hidden(file: &str) -> bool {
    file.rsplit('/').next().unwrap().starts_with('.')
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Success, or one error that is no panic. Says which.
fn ends_well(output: &Output) -> bool {
    let text = stderr(output);
    let code = output.status.code();
    let errors = text
        .lines()
        .filter(|line| line.starts_with("error"))
        .count();
    match code {
        Some(0) => assert_eq!(errors, 0, "{text}"),
        Some(2) => assert_eq!(errors, 1, "{text}"),
        _ => panic!("{:?}\n{text}", output.status),
    }
    code == Some(0)
}

/// Numbers that look random; the first is printed when a test fails.
struct Random(u64);

impl Random {
    fn new() -> Self {
        let seed = RandomState::new().hash_one(0);
        eprintln!("seed {seed}");
        Self(seed)
    }

    fn below(&mut self, limit: Duration) -> Duration {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let limit = u64::try_from(limit.as_micros()).unwrap();
        Duration::from_micros((self.0 >> 33) % limit.max(1))
    }
}

/// The command as a script starts it with `&`: some signals are ignored by everything below.
fn in_background(command: &Command) -> Command {
    let mut shell = Command::new("sh");
    shell
        .args(["-c", "trap '' INT QUIT; exec \"$0\" \"$@\""])
        .arg(command.get_program())
        .args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    if let Some(folder) = command.get_current_dir() {
        shell.current_dir(folder);
    }
    shell
}

#[test]
fn a_run_can_be_killed_at_any_moment() {
    let (machine, project, mut random) = (Machine::new(), project(), Random::new());
    machine.succeed(&project);
    set_schema(&project, 1);
    let started = Instant::now();
    machine.succeed(&project);
    let whole = started.elapsed();
    for number in 1..=KILLS {
        let before = generated(&project);
        set_queries(&project, number);
        if number % 3 == 0 {
            set_schema(&project, 1 + number);
        }
        let mut run = machine.generate(&project);
        if number % 2 == 0 {
            run = machine.prepare(in_background(&run));
        }
        let mut child = run.spawn().unwrap();
        thread::sleep(random.below(whole * 5 / 4));
        // It may be done already.
        let _ = child.kill();
        child.wait().unwrap();
        let interrupted = generated(&project);
        machine.wait_for_quiet(number);
        machine.succeed(&project);
        let after = generated(&project);
        for (file, text) in interrupted.iter().filter(|(file, _)| !is_hidden(file)) {
            let is_whole = [&before, &after]
                .iter()
                .any(|files| files.get(file) == Some(text));
            assert!(is_whole, "{number}: {file} is neither old nor new:\n{text}");
        }
        assert!(
            machine.litter().is_empty(),
            "{number}: {:?}",
            machine.litter()
        );
    }
    let check = machine
        .prepare(project.command("check --live"))
        .output()
        .unwrap();
    assert!(check.status.success(), "{}", stderr(&check));
}

#[test]
fn eight_runs_at_once() {
    let machine = Machine::new();
    // Nothing is cached: all want to make the same.
    let projects: Vec<Project> = (0..8).map(|_| project()).collect();
    let runs = projects
        .iter()
        .map(|project| machine.generate(project).spawn().unwrap());
    wait_for_all(runs.collect());
    let first = generated(&projects[0]);
    assert!(first.contains_key("db/a.rs"));
    for project in &projects {
        assert_eq!(generated(project), first);
    }
    let project = &projects[0];
    set_schema(project, 1);
    set_queries(project, 1);
    wait_for_all(
        (0..8)
            .map(|_| machine.generate(project).spawn().unwrap())
            .collect(),
    );
    let check = machine
        .prepare(project.command("check --live"))
        .output()
        .unwrap();
    assert!(check.status.success(), "{}", stderr(&check));
    assert!(!generated(project).keys().any(|file| is_hidden(file)));
    assert!(machine.litter().is_empty(), "{:?}", machine.litter());
}

fn wait_for_all(children: Vec<Child>) {
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", stderr(&output));
    }
}

#[test]
fn the_cache_can_vanish_at_any_moment() {
    let (machine, project, mut random) = (Machine::new(), project(), Random::new());
    machine.succeed(&project);
    for number in 1..=10 {
        set_queries(&project, number);
        if number % 2 == 0 {
            set_schema(&project, number);
        }
        let child = machine.generate(&project).spawn().unwrap();
        thread::sleep(random.below(Duration::from_millis(400)));
        let _ = fs::remove_dir_all(machine.path("cache/rowsmith"));
        let output = child.wait_with_output().unwrap();
        // A server that lost its files says so; nothing else fails.
        if !ends_well(&output) {
            assert!(stderr(&output).contains("throwaway"), "{}", stderr(&output));
            machine.succeed(&project);
        }
        assert!(
            machine.litter().is_empty(),
            "{number}: {:?}",
            machine.litter()
        );
    }
    let check = machine
        .prepare(project.command("check --live"))
        .output()
        .unwrap();
    assert!(check.status.success(), "{}", stderr(&check));
}

#[test]
fn the_server_can_crash_at_any_moment() {
    let (machine, project, mut random) = (Machine::sharing(), project(), Random::new());
    machine.succeed(&project);
    let mut crashes = 0;
    for number in 1..=8 {
        set_queries(&project, number);
        if number % 2 == 0 {
            set_schema(&project, number);
        }
        let child = machine.generate(&project).spawn().unwrap();
        let own = Pid::from_raw(child.id().cast_signed());
        let servers = || {
            let mut found = machine.processes();
            found.retain(|process| *process != own);
            found
        };
        let deadline = Instant::now() + Duration::from_secs(10);
        while servers().is_empty() && Instant::now() < deadline {
            thread::sleep(Duration::from_millis(1));
        }
        thread::sleep(random.below(Duration::from_millis(120)));
        // One of its processes, or all of them.
        let victims = servers();
        let count = if number % 3 == 0 { victims.len() } else { 1 };
        for victim in victims.into_iter().rev().take(count) {
            let _ = kill(victim, Signal::SIGKILL);
        }
        let output = child.wait_with_output().unwrap();
        if !ends_well(&output) {
            crashes += 1;
            machine.succeed(&project);
        }
        assert!(
            machine.litter().is_empty(),
            "{number}: {:?}",
            machine.litter()
        );
    }
    eprintln!("{crashes} runs saw the crash");
    let check = machine
        .prepare(project.command("check --live"))
        .output()
        .unwrap();
    assert!(check.status.success(), "{}", stderr(&check));
}

#[test]
fn a_server_that_crashes_while_it_works_is_one_clear_error() {
    let (machine, project) = (Machine::sharing(), project());
    // Nothing but the migration has a `DO`.
    project.write("schema.sql", "DO 'BEGIN PERFORM pg_sleep(50); END';\n");
    let child = machine.generate(&project).spawn().unwrap();
    let deadline = Instant::now() + Duration::from_secs(30);
    let sleeping = || {
        machine.processes().into_iter().find(|process| {
            let line = fs::read(format!("/proc/{process}/cmdline")).unwrap_or_default();
            let title = String::from_utf8_lossy(&line);
            title.trim_end_matches(['\0', ' ']).ends_with("[local] DO")
        })
    };
    let victim = loop {
        assert!(Instant::now() < deadline, "the migration never began");
        if let Some(found) = sleeping() {
            break found;
        }
        thread::sleep(Duration::from_millis(5));
    };
    kill(victim, Signal::SIGKILL).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(!ends_well(&output));
    insta::assert_snapshot!(stderr(&output), @r"
    error: lost the throwaway database while applying `schema.sql`
      caused by: connection closed
      help: the server was stopped, or the machine ran out of memory or disk space: try again
    ");
    assert!(!project.path("db").exists());
    assert!(machine.processes().is_empty());
    assert!(machine.litter().is_empty());
}

/// What is known of a kept cluster lies beside it.
#[test]
fn what_is_kept_with_a_cluster_can_be_damaged_or_by_another() {
    let (machine, projects) = (Machine::new(), [project(), project()]);
    projects[1].write(
        "schema.sql",
        "CREATE TABLE t0 (id int PRIMARY KEY);\nCREATE TABLE t (id int NOT NULL);\n",
    );
    machine.succeed(&projects[0]);
    let [own] = machine.facts().try_into().unwrap();
    machine.succeed(&projects[1]);
    let [other] = machine
        .facts()
        .into_iter()
        .filter(|found| *found != own)
        .collect::<Vec<_>>()
        .try_into()
        .unwrap();
    let mut number = 0;
    let mut edit_and_run = |program: Option<&Path>| {
        number += 1;
        set_queries(&projects[0], number);
        let mut command = match program {
            Some(program) => {
                let mut command = Command::new(program);
                command.arg("generate").current_dir(projects[0].path(""));
                command.env_remove("ROWSMITH_DATABASE_URL");
                machine.prepare(command)
            }
            None => machine.generate(&projects[0]),
        };
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", stderr(&output));
        generated(&projects[0])["db/a.rs"].contains("id: Option<i32>")
    };
    // It is written once, and then believed.
    let written = fs::read(&own).unwrap();
    assert!(edit_and_run(None));
    assert_eq!(fs::read(&own).unwrap(), written);
    fs::copy(&other, &own).unwrap();
    assert!(!edit_and_run(None), "Postgres was asked after all");

    // Anything odd is found out, and put right.
    let half = written.len() / 2;
    let flipped: Vec<u8> = written
        .iter()
        .enumerate()
        .map(|(at, byte)| byte ^ u8::from(at == half))
        .collect();
    for odd in [Some(&written[..half]), Some(&flipped), Some(b""), None] {
        fs::remove_file(&own).unwrap();
        if let Some(odd) = odd {
            fs::write(&own, odd).unwrap();
        }
        assert!(edit_and_run(None));
        let healed = fs::read(&own).unwrap();
        // What it takes to go on from there is known to the run alone that applied the migrations.
        assert!(healed.len() > half);
        assert!(edit_and_run(None));
        assert_eq!(fs::read(&own).unwrap(), healed);
    }

    // Where it cannot be written, nothing is lost.
    fs::remove_file(&own).unwrap();
    fs::create_dir(own.with_extension("new")).unwrap();
    assert!(edit_and_run(None));
    assert!(!own.exists());
    fs::remove_dir(own.with_extension("new")).unwrap();
    assert!(edit_and_run(None));
    assert!(own.exists());

    // Another build may have asked for something else.
    fs::copy(&other, &own).unwrap();
    let program = machine.path("rowsmith-other");
    fs::copy(env!("CARGO_BIN_EXE_rowsmith"), &program).unwrap();
    assert!(edit_and_run(Some(&program)));
    assert!(machine.litter().is_empty(), "{:?}", machine.litter());
    assert_eq!(machine.facts().len(), 2);
}

#[test]
fn the_clock_can_be_set_back() {
    let (machine, project) = (Machine::new(), project());
    machine.succeed(&project);
    // All that is there was written in ten years.
    let future = SystemTime::now() + Duration::from_secs(10 * 365 * 24 * 60 * 60);
    for folder in [project.path(""), machine.path("")] {
        date(&folder, future);
    }
    let before = generated(&project);
    machine.succeed(&project);
    assert_eq!(generated(&project), before);
    set_queries(&project, 1);
    date(&project.path(""), future);
    machine.succeed(&project);
    assert!(generated(&project)["db/a.rs"].contains("1 AS version"));
    set_schema(&project, 1);
    machine.succeed(&project);
    let check = machine
        .prepare(project.command("check --live"))
        .output()
        .unwrap();
    assert!(check.status.success(), "{}", stderr(&check));
}

fn date(folder: &Path, moment: SystemTime) {
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            date(&path, moment);
        } else if let Ok(file) = File::open(&path) {
            file.set_modified(moment).unwrap();
        }
    }
}

/// Another version is this program with another number in it.
#[test]
fn two_versions_share_a_cache() {
    let (machine, projects) = (Machine::new(), [project(), project()]);
    let program = fs::read(env!("CARGO_BIN_EXE_rowsmith")).unwrap();
    let other = machine.path("rowsmith-other");
    fs::write(&other, replaced(program, b"0.1.0", b"0.1.9")).unwrap();
    fs::set_permissions(&other, Permissions::from_mode(0o755)).unwrap();
    let run = |program: &Path, project: &Project| {
        let mut command = Command::new(program);
        command.arg("generate").current_dir(project.path(""));
        command.env_remove("ROWSMITH_DATABASE_URL");
        machine.prepare(command)
    };
    let this = Path::new(env!("CARGO_BIN_EXE_rowsmith"));
    let version = Command::new(&other).arg("--version").output().unwrap();
    assert_eq!(version.stdout, b"rowsmith 0.1.9\n");
    for round in 0..2 {
        let runs = [(this, 0), (other.as_path(), 1)].map(|(program, number)| {
            run(program, &projects[(number + round) % 2])
                .spawn()
                .unwrap()
        });
        wait_for_all(runs.into());
    }
    // On one project by turns: each makes the snapshot its own, and the code is the same.
    for program in [this, &other, this] {
        let output = run(program, &projects[0]).output().unwrap();
        assert!(output.status.success(), "{}", stderr(&output));
    }
    let code = |project: &Project| {
        let mut files = generated(project);
        files.remove("rowsmith.snapshot");
        files
    };
    assert_eq!(code(&projects[0]), code(&projects[1]));
    let check = machine
        .prepare(projects[0].command("check --live"))
        .output()
        .unwrap();
    assert!(check.status.success(), "{}", stderr(&check));
}

fn replaced(mut bytes: Vec<u8>, from: &[u8], to: &[u8]) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let mut start = 0;
    while let Some(found) = bytes[start..]
        .windows(from.len())
        .position(|part| part == from)
    {
        start += found;
        bytes[start..start + to.len()].copy_from_slice(to);
    }
    bytes
}

/// A limit to the size of files has the same effect as a disk that is full: writing fails halfway.
#[test]
fn files_that_cannot_be_written_whole_are_not_written() {
    let (machine, project) = (Machine::sharing(), project());
    let limited = |blocks: u64| {
        let generate = machine.generate(&project);
        let mut shell = Command::new("sh");
        // Without the signal, which would end the run.
        shell.args([
            "-c",
            &format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" generate"),
        ]);
        shell
            .arg(generate.get_program())
            .current_dir(project.path(""));
        for (name, value) in generate.get_envs() {
            match value {
                Some(value) => shell.env(name, value),
                None => shell.env_remove(name),
            };
        }
        shell
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        shell.output().unwrap()
    };
    // Not even a server fits.
    let output = limited(1);
    assert!(!ends_well(&output));
    assert!(!project.path("db").exists());
    assert!(machine.litter().is_empty(), "{:?}", machine.litter());
    // A server is there, but what is generated does not fit.
    machine.succeed(&project);
    let before = generated(&project);
    project.write(
        "queries/d.sql",
        &fs::read_to_string(project.path("queries/a.sql"))
            .unwrap()
            .replace("name: a", "name: d"),
    );
    fs::remove_dir_all(project.path("db")).unwrap();
    let output = limited(4);
    assert!(!ends_well(&output));
    assert!(!project.path("db").exists(), "all or nothing");
    assert!(machine.litter().is_empty(), "{:?}", machine.litter());
    project.remove("queries/d.sql");
    machine.succeed(&project);
    assert_eq!(generated(&project), before);
}

/// A small file system of its own, which only root can make.
struct Disk {
    path: PathBuf,
}

impl Disk {
    fn mount(path: PathBuf, options: &str) -> Option<Self> {
        fs::create_dir_all(&path).unwrap();
        let mut mount = Command::new("mount");
        mount
            .args(["-t", "tmpfs", "-o", options, "rowsmith-test"])
            .arg(&path);
        let is_mounted =
            geteuid().is_root() && mount.output().is_ok_and(|done| done.status.success());
        if !is_mounted {
            eprintln!("not tested: no file system can be mounted here");
        }
        is_mounted.then_some(Self { path })
    }

    /// Leaves so much room, in bytes.
    fn fill(&self, room: u64) {
        let filler = File::create(self.path.join("filler")).unwrap();
        let found = nix::sys::statvfs::statvfs(&self.path).unwrap();
        let free = found.blocks_available() * found.fragment_size();
        let all = vec![b' '; usize::try_from(free - room).unwrap()];
        (&filler).write_all(&all).unwrap();
    }

    fn remount(&self, options: &str) {
        let mut mount = Command::new("mount");
        mount
            .args(["-o", &format!("remount,{options}")])
            .arg(&self.path);
        assert!(mount.status().unwrap().success());
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.path).status();
    }
}

#[test]
fn a_full_disk_is_one_clear_error() {
    let (machine, project) = (Machine::new(), project());
    let clear = |output: &Output, words: &str| {
        assert!(!ends_well(output));
        let text = stderr(output);
        assert!(text.contains(words), "{text}");
    };
    // For the server.
    let Some(disk) = Disk::mount(machine.path("small"), "size=4m,mode=711") else {
        return;
    };
    let output = machine
        .generate(&project)
        .env("TMPDIR", &disk.path)
        .output()
        .unwrap();
    clear(&output, "help: make room in `");
    assert!(!project.path("db").exists());
    assert_eq!(fs::read_dir(&disk.path).unwrap().count(), 0);
    drop(disk);
    // At whatever moment it is full, the words are about that.
    for size in ["512k", "8m", "16m", "22m", "28m"] {
        let options = format!("size={size},mode=711");
        let disk = Disk::mount(machine.path("small"), &options).unwrap();
        let mut command = machine.generate(&project);
        let output = command.env("TMPDIR", &disk.path).output().unwrap();
        if !ends_well(&output) {
            let text = stderr(&output);
            let is_clear = ["make room in", "No space left", "disk space"];
            assert!(
                is_clear.iter().any(|words| text.contains(words)),
                "{size}: {text}"
            );
        }
        assert_eq!(fs::read_dir(&disk.path).unwrap().count(), 0, "{size}");
    }
    // For the cache, which is only to save time.
    let disk = Disk::mount(machine.path("cache/rowsmith"), "size=1m,mode=711").unwrap();
    machine.succeed(&project);
    drop(disk);
    // For some of it: a server that is kept, what is known of it, what is generated.
    let disk = Disk::mount(machine.path("cache/rowsmith"), "size=64m,mode=711").unwrap();
    for (number, room) in [0, 1_500, 20_000].into_iter().enumerate() {
        disk.fill(room * 1024);
        set_queries(&project, 1 + number as u64);
        machine.succeed(&project);
        fs::remove_file(disk.path.join("filler")).unwrap();
        for facts in machine.facts() {
            fs::remove_file(facts).unwrap();
        }
    }
    set_queries(&project, 8);
    machine.succeed(&project);
    assert_eq!(machine.facts().len(), 1);
    // Where nothing can be written, it is as if there were none.
    disk.remount("ro");
    set_queries(&project, 9);
    machine.succeed(&project);
    assert!(machine.litter().is_empty(), "{:?}", machine.litter());
    drop(disk);
    // For what is generated.
    let disk = Disk::mount(project.path("db"), "size=16k,mode=755").unwrap();
    fs::write(disk.path.join("mine"), vec![b' '; 12 * 1024]).unwrap();
    set_queries(&project, 1);
    let output = machine.generate(&project).output().unwrap();
    clear(&output, "No space left on device");
    let left: Vec<_> = fs::read_dir(&disk.path)
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(left, ["mine"]);
}

#[test]
fn an_output_that_cannot_be_written_is_one_clear_error() {
    let (machine, project) = (Machine::sharing(), project());
    machine.succeed(&project);
    let disk = if geteuid().is_root() {
        let copy = project.copy();
        let Some(disk) = Disk::mount(project.path("db"), "size=4m,mode=755") else {
            return;
        };
        for (file, text) in copy.tree("db") {
            project.write(&format!("db/{file}"), &text);
        }
        disk.remount("ro");
        Some(disk)
    } else {
        let mode = |mode| Permissions::from_mode(mode);
        fs::set_permissions(project.path("db"), mode(0o555)).unwrap();
        None
    };
    let before = generated(&project);
    // What is current need not be written.
    machine.succeed(&project);
    set_queries(&project, 1);
    let output = machine.generate(&project).output().unwrap();
    assert!(!ends_well(&output));
    let text = stderr(&output);
    assert!(text.contains("could not write `db/"), "{text}");
    assert_eq!(
        generated(&project),
        before,
        "the snapshot is as it was, too"
    );
    match disk {
        Some(disk) => disk.remount("rw"),
        None => fs::set_permissions(project.path("db"), Permissions::from_mode(0o755)).unwrap(),
    }
    machine.succeed(&project);
}
