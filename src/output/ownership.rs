//! Which configuration an output folder belongs to, so that none removes or replaces what another one wrote.
//!
//! The `mod.rs` of an output folder says it in its second line, as the path from there: `// Configuration: ../../sqlc.yaml`. Older
//! versions wrote no such line. Then a folder belongs to the one around it if that declares it as a module.

use std::fs;
use std::io::ErrorKind;
use std::path::{Component, Path, PathBuf};

use super::HEADER;
use crate::disk;

const LINE: &str = "// Configuration: ";

/// A larger file, in bytes, is not a root that rowsmith wrote.
const MAX_LENGTH: u64 = 1024 * 1024;

/// The file that says to whom an output folder belongs.
pub(super) const ROOT: &str = "mod.rs";

/// The text of [`ROOT`] with the line about its configuration. Without a way from the folder to that, as it is.
pub(super) fn signed(text: String, folder: &Path, configuration: &Path) -> String {
    match (text.split_once('\n'), way(folder, configuration)) {
        (Some((first, rest)), Some(way)) => format!("{first}\n{LINE}{way}\n{rest}"),
        _ => text,
    }
}

/// The path from a folder to a file, if they have more in common than the root of the file system.
fn way(folder: &Path, file: &Path) -> Option<String> {
    let parts = |path: &Path| -> Option<Vec<String>> {
        let parts = without_dots(path);
        let parts = parts
            .components()
            .map(|part| Some(part.as_os_str().to_str()?.to_owned()));
        parts.collect()
    };
    let (folder, file) = (parts(folder)?, parts(file)?);
    let common = folder.iter().zip(&file).take_while(|(a, b)| a == b).count();
    let up = vec!["..".to_owned(); folder.len() - common];
    let is_far = common <= 1 || file.iter().any(|part| part.contains(['\n', '\r']));
    (!is_far).then(|| [up.as_slice(), &file[common..]].concat().join("/"))
}

/// The path without `.` and `..`, whatever links lie on it.
fn without_dots(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                plain.pop();
            }
            part => plain.push(part),
        }
    }
    plain
}

/// What the [`ROOT`] of a folder says, where rowsmith wrote one.
pub(super) struct Root {
    /// The configuration it names.
    configuration: Option<PathBuf>,
    text: String,
}

impl Root {
    /// `None` where a folder has no such file, or another one of that name.
    pub(super) fn read(folder: &Path) -> Option<Self> {
        let text = String::from_utf8(disk::read(&folder.join(ROOT), MAX_LENGTH).ok()?).ok()?;
        if !text.starts_with(HEADER) {
            return None;
        }
        let second = text.lines().nth(1).and_then(|line| line.strip_prefix(LINE));
        let configuration = second.map(|way| without_dots(&folder.join(way.trim_end())));
        Some(Self {
            configuration,
            text,
        })
    }

    /// The configuration that it belongs to, if that is there and is not `ours`.
    pub(super) fn other_configuration(&self, ours: Option<&Path>) -> Option<&Path> {
        let named = self.configuration.as_deref()?;
        let exists = match fs::metadata(named) {
            Ok(_) => true,
            // It may be there for all we know.
            Err(error) => error.kind() != ErrorKind::NotFound,
        };
        (exists && !ours.is_some_and(|ours| is_same_file(named, ours))).then_some(named)
    }

    /// Whether a folder below this one, of this name and with this root, is part of it or was.
    fn owns(&self, name: &str, below: &Self, ours: Option<&Path>) -> bool {
        match (&below.configuration, &self.configuration) {
            (Some(_), _) if below.other_configuration(ours).is_some() => false,
            (Some(named), around) => {
                ours.is_some_and(|ours| is_same_file(named, ours)) || around.as_ref() == Some(named)
            }
            (None, _) => {
                let declaration = format!("mod {name};");
                let raw = format!("mod r#{name};");
                let mut lines = self.text.lines();
                lines.any(|line| line.ends_with(&declaration) || line.ends_with(&raw))
            }
        }
    }
}

/// Whether a folder below an output folder of the configuration `ours` is an output folder of another one. `around` is the
/// root of the folder around it.
pub(super) fn is_foreign(around: Option<&Root>, folder: &Path, ours: Option<&Path>) -> bool {
    let Some(root) = Root::read(folder) else {
        return false;
    };
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    match around {
        Some(around) => !around.owns(&name, &root, ours),
        None => root.other_configuration(ours).is_some(),
    }
}

fn is_same_file(a: &Path, b: &Path) -> bool {
    let real = |path: &Path| fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    real(a) == real(b)
}
