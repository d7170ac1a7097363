//! drizzle-kit: a journal that lists the files, and comments that end statements.

use serde::Deserialize;

use super::draft::Draft;
use super::folder::Folder;
use super::names::is_sql;
use super::{Layout, Step, failed};
use crate::diagnostic::{Code, Diagnostic};
use crate::source::{Position, SourceFile};

pub(super) const JOURNAL: Layout = Layout {
    tool: "drizzle-kit",
    sign: |folder| {
        let has_meta = folder.folders.iter().any(|name| name == "meta");
        let has_journal = has_meta
            && folder
                .list("meta")
                .0
                .iter()
                .any(|name| name == "_journal.json");
        has_journal.then(|| JOURNAL_PATH.to_owned())
    },
    steps,
};

const JOURNAL_PATH: &str = "meta/_journal.json";
const BREAKPOINT: &str = "--> statement-breakpoint";

#[derive(Deserialize)]
struct Journal {
    entries: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    tag: String,
}

/// The files in the order of the journal, which is the order drizzle-orm applies them in.
fn steps(folder: &mut Folder<'_>) -> Vec<Step> {
    let Some(file) = folder.read(JOURNAL_PATH) else {
        return Vec::new();
    };
    let journal: Journal = match serde_json::from_str(file.text()) {
        Ok(journal) => journal,
        Err(error) => {
            folder.diagnostics.push(unreadable(&file, &error));
            return Vec::new();
        }
    };
    let mut steps: Vec<Step> = Vec::new();
    for entry in &journal.entries {
        let path = format!("{}.sql", entry.tag);
        let place = || {
            let quoted = format!("\"{}\"", entry.tag);
            let start = file.text().rfind(&quoted).unwrap_or_default();
            start..start + quoted.len()
        };
        if steps.iter().any(|step| step.path == path) {
            let message = format!("the journal lists `{}` twice", entry.tag);
            folder.diagnostics.push(failed(message, &file, place()));
        } else if folder.has(&path) {
            steps.push(Step::new(path));
        } else {
            let message = format!(
                "there is no `{}`, which the journal lists",
                folder.name(&path)
            );
            let diagnostic = failed(message, &file, place())
                .help("put the file back, or take its entry out of the journal");
            folder.diagnostics.push(diagnostic);
        }
    }
    for name in folder.names.clone() {
        if is_sql(&name) && !steps.iter().any(|step| step.path == name) {
            let name = folder.name(&name);
            let message = format!("`{name}` is not applied: the journal does not list it");
            let diagnostic = Diagnostic::warning(Code::UnusedMigration, message)
                .in_file(&name)
                .help("let drizzle-kit add it, or remove the file");
            folder.diagnostics.push(diagnostic);
        }
    }
    steps
}

fn unreadable(file: &SourceFile, error: &serde_json::Error) -> Diagnostic {
    let position = Position {
        line: error.line(),
        column: error.column().max(1),
    };
    let offset = file.offset(position);
    let problem = error.to_string();
    let problem = problem.split(" at line ").next().unwrap_or(&problem);
    let message = format!("the journal of drizzle-kit cannot be read: {problem}");
    failed(message, file, offset..offset + 1)
}

/// drizzle-kit cuts the file at its breakpoints: a statement before one needs no `;`.
pub(super) fn end_statements(draft: &mut Draft<'_>) {
    let found = draft.text().match_indices(BREAKPOINT);
    let starts: Vec<usize> = found.map(|(start, _)| start).collect();
    for start in starts {
        draft.replace(start..start + BREAKPOINT.len(), ";");
    }
}
