//! What a command asks of its statement, beyond what Postgres checks.

use super::describe::Description;
use crate::diagnostic::{Code, Diagnostic};
use crate::ir::Command;
use crate::source::Span;
use crate::syntax::{Query, Token, lex};

/// What is wrong with a query that Postgres accepts.
pub(super) fn mistake(query: &Query, description: &Description) -> Option<Diagnostic> {
    missing_columns(query, description)
        .or_else(|| lost_parameter(query, description))
        .or_else(|| copy_of_client(query))
        .or_else(|| same_for_each_item(query))
        .or_else(|| name_of_no_rows(query))
}

/// A batch runs its statement once for each item, which is its parameters.
fn same_for_each_item(query: &Query) -> Option<Diagnostic> {
    if !query.command.is_batch() || !query.placeholders.is_empty() {
        return None;
    }
    let message = format!(
        "`{}` is `{}`, but its statement has no parameters",
        query.name.text(),
        query.command
    );
    Some(
        Diagnostic::error(Code::CommandMismatch, message)
            .at(
                command_span(query),
                "needs a parameter that differs by item",
            )
            .help(format!("use `{}`", once(query.command))),
    )
}

/// `@row` names the struct of rows.
fn name_of_no_rows(query: &Query) -> Option<Diagnostic> {
    let row = query.row().filter(|_| !query.command.returns_rows())?;
    let message = format!(
        "`{}` is `{}`: it gives no rows to name",
        query.name.text(),
        query.command
    );
    Some(
        Diagnostic::error(Code::CommandMismatch, message)
            .at(row.place.clone(), "")
            .also(command_span(query), "the command")
            .help("remove `@row`, or use `:one` or `:many`"),
    )
}

/// The command that does for one item what a batch does for many.
fn once(command: Command) -> Command {
    match command {
        Command::BatchExec => Command::ExecRows,
        Command::BatchOne => Command::One,
        Command::BatchMany => Command::Many,
        other => other,
    }
}

/// `COPY … FROM STDIN` waits for data, and `TO STDOUT` gives some, outside of rows.
fn copy_of_client(query: &Query) -> Option<Diagnostic> {
    let text = query.statement.text();
    let tokens = lex(text);
    let is_word =
        |token: &Token, words: &[&str]| words.iter().any(|word| token.is_word(word, text));
    let words: Vec<&Token> = tokens.iter().filter(|token| !token.is_trivia()).collect();
    if !is_word(words.first()?, &["copy"]) {
        return None;
    }
    let client = words.windows(2).find_map(|pair| match pair {
        [from, client]
            if is_word(from, &["from", "to"]) && is_word(client, &["stdin", "stdout"]) =>
        {
            Some(client)
        }
        _ => None,
    })?;
    let place = query.statement.range.start + client.range.start
        ..query.statement.range.start + client.range.end;
    let (file, name) = (&query.statement.file, client.text(text).to_uppercase());
    Some(
        Diagnostic::error(
            Code::CommandMismatch,
            format!("`COPY` with `{name}` is not a query"),
        )
        .at(file.span(place), "neither parameters nor rows")
        .help("call `copy_in` or `copy_out` of `tokio-postgres`"),
    )
}

/// `:one` and `:many` need result rows. The reverse is fine: rows that nobody asks for are dropped.
fn missing_columns(query: &Query, description: &Description) -> Option<Diagnostic> {
    let has_rows = !description.columns.is_empty() || description.selects();
    if !query.command.returns_rows() || has_rows {
        return None;
    }
    let writes = query
        .sql
        .text()
        .split(|c: char| !c.is_alphanumeric())
        .any(|word| {
            ["insert", "update", "delete", "merge"].contains(&word.to_lowercase().as_str())
        });
    let message = format!(
        "`{}` is `{}`, but its statement has no result columns",
        query.name.text(),
        query.command
    );
    let instead = if query.command.is_batch() {
        Command::BatchExec
    } else {
        Command::Exec
    };
    Some(
        Diagnostic::error(Code::CommandMismatch, message)
            .at(command_span(query), "needs result columns")
            .help(if writes {
                format!("add `RETURNING`, or use `{instead}`")
            } else {
                format!("use `{instead}`")
            }),
    )
}

/// The command, which follows the name in its annotation.
pub(super) fn command_span(query: &Query) -> Span {
    let name = &query.name;
    let rest = &name.file.text()[name.range.end..];
    let line = rest.lines().next().unwrap_or_default();
    let command = query.command.as_str();
    match line.find(command) {
        Some(found) => {
            let start = name.range.end + found;
            name.file.span(start..start + command.len())
        }
        None => name.clone(),
    }
}

/// Postgres looks for parameters only in statements that it plans: in a `CREATE VIEW`, `$1` is text like any other,
/// and fails when it runs.
fn lost_parameter(query: &Query, description: &Description) -> Option<Diagnostic> {
    let extra = query.placeholders.get(description.parameters.len())?;
    let place = extra.uses.first().unwrap_or(&query.name).clone();
    let message = "Postgres takes no parameters in this statement";
    Some(
        Diagnostic::error(Code::InvalidPlaceholder, message)
            .at(place, "cannot be a parameter")
            .help("write the value itself, or call a function that runs the statement"),
    )
}
