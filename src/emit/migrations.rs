//! The module of the migrations: the text of each file as it is, and where its statements are.

use std::fmt::Write as _;

use super::{HEADER, LINTS};
use crate::rust::items::EmbeddedMigration;

/// Prints the module.
pub(super) fn print(migrations: &[EmbeddedMigration]) -> String {
    let mut text = format!(
        "{HEADER}\n//! The migrations, which `rowsmith_migrate::migrate` applies.\n\n{}\n\nuse rowsmith_migrate::{{Migration, Migrations, Statement}};\n\n\
         /// Every migration, in order.\npub const MIGRATIONS: Migrations = Migrations::new(ALL);\n\n\
         static ALL: &[Migration] = &[",
        LINTS.trim_end()
    );
    for migration in migrations {
        text.push_str("\n    Migration::new(\n");
        for part in [&migration.version, &migration.name, &migration.file] {
            let _ = writeln!(text, "        {part:?},");
        }
        let _ = writeln!(text, "        {},", literal(&migration.text));
        if migration.statements.is_empty() {
            text.push_str("        &[],\n    )");
        } else {
            text.push_str("        const { &[\n");
        }
        for (range, sent) in &migration.statements {
            let (start, end) = (range.start, range.end);
            let _ = match sent {
                None => writeln!(text, "            Statement::new({start}, {end}),"),
                Some(sql) => writeln!(
                    text,
                    "            Statement::filled({start}, {end}, {}),",
                    literal(sql)
                ),
            };
        }
        if !migration.statements.is_empty() {
            text.push_str("        ] },\n    )");
        }
        if !migration.in_transaction {
            text.push_str("\n    .without_transaction()");
        }
        if migration.repeatable {
            text.push_str("\n    .repeatable()");
        }
        text.push(',');
    }
    text.push_str(if migrations.is_empty() {
        "];\n"
    } else {
        "\n];\n"
    });
    text
}

/// The text as it is, where a Rust file can hold it so: the compiler changes line ends of Windows, and refuses characters that
/// change the direction of text.
fn literal(text: &str) -> String {
    let is_plain = |c: char| c == '\n' || c == '\t' || !(c.is_control() || is_invisible(c));
    if !text.chars().all(is_plain) {
        return format!("{text:?}");
    }
    let mut hashes = 0;
    for piece in text.split('"').skip(1) {
        let own = piece.chars().take_while(|c| *c == '#').count();
        hashes = hashes.max(own + 1);
    }
    let hashes = "#".repeat(hashes);
    format!("r{hashes}\"{text}\"{hashes}")
}

/// Whether a character shows nothing by itself, and may change how others are shown.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_literals_of_themselves() {
        for (text, printed) in [
            ("a\n'b' \\ $1", "r\"a\n'b' \\ $1\""),
            ("a \"b\" c", "r#\"a \"b\" c\"#"),
            ("\"#\"##", "r###\"\"#\"##\"###"),
            ("a\r\nb", "\"a\\r\\nb\""),
            ("a\u{202e}b", "\"a\\u{202e}b\""),
        ] {
            assert_eq!(literal(text), printed);
        }
    }
}
