//! Paths as people read them, and texts behind them.

use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use crate::diagnostic::{Code, Diagnostic};

/// The text of a file, without a byte order mark. `name` is for the diagnostic.
pub(crate) fn read_text(path: &Path, name: &str) -> Result<String, Box<Diagnostic>> {
    let unreadable = |why: String| {
        let message = format!("cannot read `{name}`: {why}");
        Diagnostic::error(Code::UnreadableFile, message)
    };
    let failed = |error: io::Error| unreadable(describe(&error));
    let metadata = fs::metadata(path).map_err(failed)?;
    if metadata.is_dir() {
        return Err(unreadable("it is a folder".to_owned()).into());
    }
    // A pipe or a device could be read for ever.
    if !metadata.is_file() {
        return Err(unreadable("it is not a regular file".to_owned()).into());
    }
    let bytes = fs::read(path).map_err(failed)?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let offset = error.utf8_error().valid_up_to();
        let (before, after) = error.as_bytes().split_at(offset);
        let line = String::from_utf8_lossy(before).matches('\n').count() + 1;
        unreadable(format!(
            "it is not UTF-8, see the byte {:#04x} on line {line}",
            after[0]
        ))
        .note(format!("{offset} bytes come before it"))
        .help("save the file as UTF-8")
    })?;
    Ok(match text.strip_prefix('\u{feff}') {
        Some(text) => text.to_owned(),
        None => text,
    })
}

/// What went wrong, in words.
pub(crate) fn describe(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such file or folder".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        io::ErrorKind::NotADirectory => "a part of the path is not a folder".to_owned(),
        _ => error.to_string(),
    }
}

/// A path for people and for keys: always with `/`, and without `.` that lead nowhere.
pub(super) fn display(path: &Path) -> String {
    let path = without_dots(path);
    match path.to_string_lossy() {
        text if text.is_empty() => ".".to_owned(),
        text if cfg!(windows) => text.replace('\\', "/"),
        text => text.into_owned(),
    }
}

pub(super) fn without_dots(path: &Path) -> PathBuf {
    path.components()
        .filter(|component| *component != Component::CurDir)
        .collect()
}

/// The one path for a place, however it is written. What does not exist yet is allowed.
pub(super) fn comparable(path: &Path) -> PathBuf {
    for ancestor in path.ancestors() {
        if let (Ok(mut real), Ok(rest)) = (fs::canonicalize(ancestor), path.strip_prefix(ancestor))
        {
            for component in rest.components() {
                match component {
                    Component::ParentDir => _ = real.pop(),
                    component => real.push(component),
                }
            }
            return real;
        }
    }
    path.to_path_buf()
}
