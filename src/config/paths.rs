//! Paths as people read them, and texts behind them.

use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use crate::diagnostic::{Code, Diagnostic};
use crate::disk;
use crate::source::SourceFile;

/// The text of a file, without a byte order mark. `name` is for the diagnostic, and `key` as for [`SourceFile`].
///
/// The diagnostic has a place only if that is in the file itself.
pub(crate) fn read_text(path: &Path, name: &str, key: &str) -> Result<String, Box<Diagnostic>> {
    let unreadable = |why: String| {
        let message = format!("cannot read `{name}`: {why}");
        Box::new(Diagnostic::error(Code::UnreadableFile, message))
    };
    let failed = |error: io::Error| unreadable(describe(&error));
    let metadata = fs::metadata(path).map_err(failed)?;
    if metadata.is_dir() {
        return Err(unreadable("it is a folder".to_owned()));
    }
    // A pipe or a device could be read for ever.
    if !metadata.is_file() {
        return Err(unreadable("it is not a regular file".to_owned()));
    }
    let bytes = disk::read(path, disk::LIMIT).map_err(failed)?;
    let text = String::from_utf8(bytes).map_err(|error| not_utf8(error.as_bytes(), name, key))?;
    Ok(match text.strip_prefix('\u{feff}') {
        Some(text) => text.to_owned(),
        None => text,
    })
}

fn not_utf8(bytes: &[u8], name: &str, key: &str) -> Box<Diagnostic> {
    let text = String::from_utf8_lossy(bytes);
    // All before the first bad byte is as it was.
    let offset = str::from_utf8(bytes).map_or_else(|error| error.valid_up_to(), str::len);
    let byte = bytes.get(offset).copied().unwrap_or_default();
    let line_end = text[offset..]
        .find('\n')
        .map_or(text.len(), |end| offset + end);
    let line_start = text[..offset].rfind('\n').map_or(0, |end| end + 1);
    let message = format!("`{name}` is not UTF-8");
    let diagnostic =
        Diagnostic::error(Code::UnreadableFile, message).help("save the file as UTF-8");
    // What is no text at all is not shown.
    let is_text = |c: char| !c.is_control() || c.is_whitespace();
    Box::new(if text[line_start..line_end].chars().all(is_text) {
        let is_sql = Path::new(key)
            .extension()
            .is_some_and(|extension| extension == "sql");
        let file = if is_sql {
            SourceFile::new(name, key, text)
        } else {
            SourceFile::configuration(name, key, text)
        };
        let bad = offset..offset + char::REPLACEMENT_CHARACTER.len_utf8();
        diagnostic.at(file.span(bad), format!("the byte {byte:#04x}"))
    } else {
        diagnostic.in_file(name)
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
pub(crate) fn display(path: &Path) -> String {
    let path = without_detours(path);
    match path.to_string_lossy() {
        text if text.is_empty() => ".".to_owned(),
        text if cfg!(windows) => text.replace('\\', "/"),
        text => text.into_owned(),
    }
}

/// Without `.` and, where no symlink makes it mean something else, `folder/..`.
fn without_detours(path: &Path) -> PathBuf {
    let mut kept = PathBuf::new();
    for component in without_dots(path).components() {
        let is_detour = component == Component::ParentDir
            && matches!(kept.components().next_back(), Some(Component::Normal(_)))
            && !kept.is_symlink();
        if is_detour {
            kept.pop();
        } else {
            kept.push(component);
        }
    }
    kept
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
