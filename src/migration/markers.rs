//! Comments by which tools mark what of a file is applied: `-- +goose Up`, `-- migrate:down` and their like.
//!
//! As the tools do, markers are looked for in lines, not in SQL; indented ones and other cases count, too.

use std::ops::Range;

use super::draft::Draft;
use super::{failed, mixed};
use crate::diagnostic::{Code, Diagnostic, nearest};
use crate::syntax::next_statement;

/// What the markers of a file say, apart from what is applied of it.
pub(super) struct Marks {
    /// The tool whose sections it has, and the first marker.
    pub(super) tool: Option<(&'static str, Range<usize>)>,
    /// No transaction around it.
    pub(super) singly: bool,
    /// It holds the whole schema so far.
    pub(super) checkpoint: bool,
    /// `${name}` in it is to be replaced, where its tool does so at all.
    pub(super) placeholders: bool,
    /// Where variables of the environment are to be replaced.
    pub(super) environment: Vec<Range<usize>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Marker {
    /// What follows is applied.
    Up,
    /// What follows takes it back.
    Down,
    /// Up to [`Marker::End`] is one statement, with or without a `;`.
    Begin,
    End,
    Singly,
    Checkpoint,
    NoPlaceholders,
    /// Variables of the environment are replaced from here on, or no longer.
    Environment(bool),
    /// What follows is a file of its own within the file.
    Part {
        applied: bool,
    },
}

/// A tool's markers, in lower case, one blank between words and none around `-`.
struct Tool {
    name: &'static str,
    /// What all begin with. What else begins so is a mistake, unless it is empty.
    prefix: &'static str,
    markers: &'static [(&'static str, Marker)],
}

const TOOLS: [Tool; 12] = [
    Tool {
        name: "rowsmith",
        prefix: "rowsmith:",
        markers: &[("no-transaction", Marker::Singly)],
    },
    Tool {
        name: "goose",
        prefix: "+goose",
        markers: &[
            ("up", Marker::Up),
            ("down", Marker::Down),
            ("statementbegin", Marker::Begin),
            ("statementend", Marker::End),
            ("no transaction", Marker::Singly),
            ("envsub on", Marker::Environment(true)),
            ("envsub off", Marker::Environment(false)),
        ],
    },
    Tool {
        name: "sql-migrate",
        prefix: "+migrate",
        markers: &[
            ("up notransaction", Marker::Singly),
            ("up", Marker::Up),
            ("down notransaction", Marker::Down),
            ("down", Marker::Down),
            ("statementbegin", Marker::Begin),
            ("statementend", Marker::End),
        ],
    },
    Tool {
        name: "dbmate",
        prefix: "migrate:",
        markers: &[
            ("up transaction:false", Marker::Singly),
            ("up transaction:true", Marker::Up),
            ("up", Marker::Up),
            ("down transaction:false", Marker::Down),
            ("down transaction:true", Marker::Down),
            ("down", Marker::Down),
        ],
    },
    Tool {
        name: "tern",
        prefix: "",
        markers: &[
            ("create above / drop below", Marker::Down),
            ("tern: disable-tx", Marker::Singly),
        ],
    },
    Tool {
        name: "node-pg-migrate",
        prefix: "",
        markers: &[
            ("up migration", Marker::Up),
            ("down migration", Marker::Down),
        ],
    },
    Tool {
        name: "rambler",
        prefix: "rambler",
        markers: &[("up", Marker::Up), ("down", Marker::Down)],
    },
    Tool {
        name: "Play",
        prefix: "",
        markers: &[("!ups", Marker::Up), ("!downs", Marker::Down)],
    },
    Tool {
        name: "shmig",
        prefix: "",
        markers: &[
            ("==== up ====", Marker::Up),
            ("==== down ====", Marker::Down),
        ],
    },
    Tool {
        name: "sqlx",
        prefix: "",
        markers: &[("no-transaction", Marker::Singly)],
    },
    Tool {
        name: "atlas",
        prefix: "",
        markers: &[
            ("atlas:txmode none", Marker::Singly),
            ("atlas:checkpoint", Marker::Checkpoint),
            ("migration.sql", Marker::Part { applied: true }),
            ("checks.sql", Marker::Part { applied: false }),
            ("down.sql", Marker::Part { applied: false }),
        ],
    },
    Tool {
        name: "Flyway",
        prefix: "",
        markers: &[
            ("flyway:executeintransaction=false", Marker::Singly),
            (
                "flyway:placeholderreplacement=false",
                Marker::NoPlaceholders,
            ),
        ],
    },
];

/// Takes out what the markers say is not applied.
pub(super) fn apply(draft: &mut Draft<'_>, diagnostics: &mut Vec<Diagnostic>) -> Marks {
    let mut marks = Marks {
        tool: None,
        singly: false,
        checkpoint: false,
        placeholders: true,
        environment: Vec::new(),
    };
    let found = find(draft, &mut marks, diagnostics);
    let is_up = |marker: Marker| matches!(marker, Marker::Up | Marker::Part { applied: true });
    let has_up = found.iter().any(|(_, marker)| is_up(*marker));
    let end = draft.text().len();
    let mut applied = !has_up;
    let mut start = 0;
    let mut begin: Option<Range<usize>> = None;
    for (line, marker) in found {
        let section = start..line.start;
        if start == 0 && has_up {
            report_outside(draft, section.clone(), &line, diagnostics);
        }
        match marker {
            Marker::Begin => {
                if let Some(first) = begin.replace(line.clone()) {
                    diagnostics.push(unpaired(draft, first, "has no end"));
                }
                continue;
            }
            Marker::End => {
                if begin.take().is_none() {
                    diagnostics.push(unpaired(draft, line, "has no begin"));
                } else if applied {
                    draft.replace(line, ";\n");
                }
                continue;
            }
            Marker::Environment(on) => {
                match marks.environment.last_mut() {
                    Some(last) if last.end == end => last.end = line.start,
                    _ => {}
                }
                if on {
                    marks.environment.push(line.end..end);
                }
                continue;
            }
            _ => {}
        }
        if !applied {
            draft.take_out(section);
        }
        if draft.text()[line.clone()].trim_start().starts_with('#') {
            // A comment for Play, but not for Postgres.
            draft.take_out(line.clone());
        }
        applied = is_up(marker);
        start = line.end;
    }
    if !applied && start < end {
        draft.take_out(start..end);
    }
    if let Some(line) = begin {
        diagnostics.push(unpaired(draft, line, "has no end"));
    }
    if marks.tool.as_ref().is_some_and(|(tool, _)| *tool == "tern") {
        diagnostics.extend(template(draft));
    }
    marks
}

/// The markers that divide the file, each with its line; what others say is noted.
fn find(
    draft: &Draft<'_>,
    marks: &mut Marks,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<(Range<usize>, Marker)> {
    let mut found = Vec::new();
    let text = draft.text();
    let mut end = 0;
    for line in text.split_inclusive('\n') {
        let start = end;
        end += line.len();
        let Some(comment) = comment(line) else {
            continue;
        };
        let content = line.trim();
        let indent = line.len() - line.trim_start().len();
        let place = start + indent..start + indent + content.len();
        let Some((tool, reading)) = read(&comment) else {
            continue;
        };
        let marker = match reading {
            Ok(marker) => marker,
            Err(help) => {
                let message = format!("{} has no marker `{content}`", tool.name);
                diagnostics.push(failed(message, draft.file, place).help(help));
                continue;
            }
        };
        // sqlx wants it first.
        let is_misplaced = tool.name == "sqlx" && next_statement(&text[..start], 0).is_some();
        let of_section = match marker {
            Marker::Singly => {
                marks.singly |= !is_misplaced;
                // `-- +migrate Up notransaction` begins a section, too.
                comment.contains("up ").then_some(Marker::Up)
            }
            Marker::Checkpoint => {
                marks.checkpoint = true;
                None
            }
            Marker::NoPlaceholders => {
                marks.placeholders = false;
                None
            }
            // Names of files mean something in an archive only.
            Marker::Part { .. } => text.contains("-- atlas:txtar").then_some(marker),
            marker => Some(marker),
        };
        let Some(marker) = of_section else { continue };
        if matches!(marker, Marker::Up | Marker::Down) {
            match &marks.tool {
                None => marks.tool = Some((tool.name, place.clone())),
                Some((first, at)) if *first != tool.name => {
                    let (place, at) = (draft.file.span(place), draft.file.span(at.clone()));
                    diagnostics.push(mixed(tool.name, place, first, at));
                    break;
                }
                Some(_) => {}
            }
        }
        found.push((start..end, marker));
    }
    found
}

/// What a line says that is a comment: in lower case, without what makes it one.
fn comment(line: &str) -> Option<String> {
    let line = line.trim();
    if !line.starts_with("--") && !line.starts_with('#') {
        return None;
    }
    let content = line.trim_matches(|c: char| c.is_whitespace() || "-#".contains(c));
    let words: Vec<&str> = content.split_whitespace().collect();
    Some(words.join(" ").to_lowercase())
}

/// The marker that a comment is. An error is the help for one that does not exist.
fn read(comment: &str) -> Option<(&'static Tool, Result<Marker, String>)> {
    for tool in &TOOLS {
        let Some(rest) = comment.strip_prefix(tool.prefix) else {
            continue;
        };
        let rest = rest.trim_start();
        // A tag may follow that of a checkpoint.
        let is = |marker: &(&str, Marker)| {
            rest == marker.0 || marker.1 == Marker::Checkpoint && rest.starts_with(marker.0)
        };
        if let Some((_, marker)) = tool.markers.iter().find(|marker| is(marker)) {
            return Some((tool, Ok(*marker)));
        }
        // Prose may begin with a word, but hardly with these.
        if tool.prefix.starts_with('+') || tool.prefix.ends_with(':') {
            let known = tool.markers.iter().map(|(marker, _)| *marker);
            let separator = if tool.prefix.ends_with(':') { "" } else { " " };
            let spelled = |marker: &str| format!("`-- {}{separator}{marker}`", tool.prefix);
            let help = if let Some(near) = nearest(rest, known.clone()) {
                format!("did you mean {}?", spelled(near))
            } else {
                let all: Vec<String> = known.map(spelled).collect();
                format!("the markers are {}", all.join(", "))
            };
            return Some((tool, Err(help)));
        }
    }
    // Liquibase puts attributes behind the name of a change.
    let without = comment.starts_with("changeset ") && comment.contains("runintransaction:false");
    without.then_some((&TOOLS[1], Ok(Marker::Singly)))
}

/// Statements before the first section belong to none.
fn report_outside(
    draft: &mut Draft<'_>,
    section: Range<usize>,
    marker: &Range<usize>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let Some(statement) = next_statement(&draft.text()[section], 0) else {
        return;
    };
    let statement = &draft.text()[statement.clone()]
        .lines()
        .next()
        .map_or(statement.clone(), |line| {
            statement.start..statement.start + line.trim_end().len()
        });
    let file = draft.file;
    diagnostics.push(
        Diagnostic::warning(
            Code::UnusedMigration,
            "this is not applied: it stands before the first section",
        )
        .at(file.span(statement.clone()), "")
        .also(file.span(marker.clone()), "the first section begins here")
        .help("move it into the section"),
    );
}

fn unpaired(draft: &Draft<'_>, line: Range<usize>, what: &str) -> Diagnostic {
    let whole = &draft.file.text()[line.clone()];
    let start = line.start + whole.len() - whole.trim_start().len();
    let content = whole.trim();
    let place = start..start + content.len();
    failed(format!("`{content}` {what}"), draft.file, place)
}

/// The first template of tern, which is filled in by tern only.
fn template(draft: &Draft<'_>) -> Option<Diagnostic> {
    let text = draft.text();
    let start = text.match_indices("{{").find_map(|(start, braces)| {
        let inside = text[start + braces.len()..].trim_start_matches(['-', ' ']);
        let keywords = [
            ".", "template", "if", "range", "with", "define", "block", "end", "else",
        ];
        keywords
            .iter()
            .any(|keyword| inside.starts_with(keyword))
            .then_some(start)
    })?;
    let end = text[start..]
        .find("}}")
        .map_or(start + 2, |end| start + end + 2);
    let message = format!("the template `{}` is not filled in", &text[start..end]);
    Some(
        failed(message, draft.file, start..end)
            .help("name a dump of the schema in `migrations` instead"),
    )
}
