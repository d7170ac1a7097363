//! What lies beside the query files of a folder and looks as if it were to be read.

use std::fs;
use std::path::Path;

use super::is_sql;
use crate::config::Input;
use crate::diagnostic::{Code, Diagnostic, in_words};

/// How deep a folder is searched for query files.
const MAX_DEPTH: usize = 4;

/// Ends of the names of files that hold SQL, in lower case.
const SQL: [&str; 4] = [".sql", ".psql", ".pgsql", ".postgresql"];

/// Warns of files and folders with SQL in the folder of `input` that are not read. `names` is all that it holds, and
/// `known` are the files and folders that the configuration names. Hidden files are hidden on purpose.
pub(super) fn warnings<'a, I: Iterator<Item = &'a Input>>(
    input: &Input,
    names: &[String],
    known: impl Fn() -> I,
) -> Vec<Diagnostic> {
    let mut visible: Vec<&String> = names.iter().filter(|name| !name.starts_with('.')).collect();
    visible.sort();
    let is_named = |name: &str| {
        let path = input.path.join(name);
        known().any(|known| known.path.starts_with(&path))
    };
    // Where migrations are applied, their own rules say what is left out.
    let is_schema = known().filter(|known| known.path == input.path).count() > 1;
    if is_schema {
        return Vec::new();
    }
    let mut warnings = Vec::new();
    let folders = visible
        .iter()
        .filter(|name| !is_named(name) && holds_sql(&input.path.join(name.as_str()), MAX_DEPTH));
    for name in folders {
        let (folder, _) = input.names_within(name);
        let message = format!("the query files in the folder `{folder}` are not read");
        let warning = Diagnostic::warning(Code::UnreadFile, message);
        let written = input.place.span();
        let written = written
            .text()
            .trim_matches(['"', '\''])
            .trim_end_matches('/');
        warnings.push(warning.help(match input.pattern {
            Some(_) => "name the folder in `queries`, too".to_owned(),
            None => format!(
                "name the folder in `queries`, too; or write `{written}/**/*.sql`, which is every `.sql` file at any depth"
            ),
        }));
    }
    let files = visible.iter().filter(|name| {
        let lower = name.to_lowercase();
        !is_sql(name)
            && SQL.iter().any(|end| lower.ends_with(end))
            && !is_named(name)
            && input.path.join(name.as_str()).is_file()
    });
    let files: Vec<String> = files
        .map(|name| format!("`{}`", input.names_within(name).0))
        .collect();
    if !files.is_empty() {
        let verb = if files.len() == 1 { "is" } else { "are" };
        let message = format!("{} {verb} not read", in_words(&files, "and"));
        warnings.push(
            Diagnostic::warning(Code::UnreadFile, message)
                .note("of a folder, the files are read whose names end in `.sql` and not in `.down.sql`")
                .help("rename what is to be read, or move the rest elsewhere"),
        );
    }
    warnings
}

/// Whether a folder holds query files, at some depth. Symlinks are not followed, since they may lead in circles.
fn holds_sql(path: &Path, depth: usize) -> bool {
    let is_folder = fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_dir());
    if !is_folder || depth == 0 {
        return false;
    }
    let entries = fs::read_dir(path).into_iter().flatten().flatten();
    entries
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| !name.starts_with('.'))
        .any(|name| {
            let path = path.join(&name);
            is_sql(&name) && path.is_file() || holds_sql(&path, depth - 1)
        })
}
