//! Asks Postgres whether a statement would be accepted, without a trace.

use futures_util::future::join_all;
use tokio_postgres::Client;
use tokio_postgres::error::{DbError, ErrorPosition};

use crate::syntax;

/// How a statement is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trial {
    /// It is prepared: nothing happens.
    Prepare,
    /// It is prepared, and if that says nothing of the names in it, run in a transaction that is undone.
    Run,
}

/// What Postgres says of a statement.
#[derive(Debug)]
pub(super) enum Verdict {
    Accepted,
    /// With the SQLSTATE, and the place it points at.
    Refused(String, Option<usize>),
}

impl Verdict {
    fn of(outcome: Result<(), tokio_postgres::Error>, sql: &str) -> Self {
        match outcome {
            Ok(()) => Self::Accepted,
            Err(error) => error.as_db_error().map_or_else(
                || Self::Refused(String::new(), None),
                |refusal| Self::Refused(refusal.code().code().to_owned(), offset(refusal, sql)),
            ),
        }
    }
}

/// Where in what was sent Postgres points at, in bytes.
pub(crate) fn offset(error: &DbError, sent: &str) -> Option<usize> {
    let Some(ErrorPosition::Original(position)) = error.position() else {
        return None;
    };
    let characters = (*position as usize).saturating_sub(1);
    let within = sent.char_indices().nth(characters);
    Some(within.map_or(sent.len(), |(offset, _)| offset))
}

/// Tries each text, which may be several statements.
pub(super) async fn try_all(client: &Client, trial: Trial, texts: &[String]) -> Vec<Verdict> {
    let prepared = join_all(texts.iter().map(async |text| {
        let statements = syntax::statements(text);
        // Statements after one another are read as one another's context by nobody: each is looked at alone.
        for statement in &statements {
            let one = client.prepare(&text[statement.clone()]).await;
            let verdict = Verdict::of(one.map(drop), &text[statement.clone()]);
            if let Verdict::Refused(code, offset) = verdict {
                return Verdict::Refused(code, offset.map(|offset| statement.start + offset));
            }
        }
        Verdict::Accepted
    }))
    .await;
    if trial == Trial::Prepare {
        return prepared;
    }
    let mut verdicts = Vec::with_capacity(texts.len());
    for (text, verdict) in texts.iter().zip(prepared) {
        verdicts.push(match verdict {
            Verdict::Accepted if is_harmless(text) => run(client, text).await,
            verdict => verdict,
        });
    }
    verdicts
}

/// Whether all of it can be undone by the end of its transaction.
fn is_harmless(text: &str) -> bool {
    const HARMLESS: [&str; 6] = ["alter", "comment", "create", "drop", "grant", "truncate"];
    let mut statements = syntax::statements(text).into_iter();
    statements.all(|statement| {
        let statement = &text[statement];
        is_planned(statement) || HARMLESS.contains(&first_word(statement).as_str())
    })
}

/// Whether Postgres looks up the names in a statement when it prepares it.
pub(super) fn is_planned(statement: &str) -> bool {
    const PLANNED: [&str; 7] = [
        "delete", "insert", "merge", "select", "update", "values", "with",
    ];
    PLANNED.contains(&first_word(statement).as_str())
}

fn first_word(statement: &str) -> String {
    let mut words = statement.split(|c: char| !c.is_ascii_alphabetic());
    words.next().unwrap_or_default().to_lowercase()
}

/// Runs a text and undoes it.
async fn run(client: &Client, text: &str) -> Verdict {
    if client
        .batch_execute("BEGIN; SET LOCAL statement_timeout = '1s'")
        .await
        .is_err()
    {
        return Verdict::Refused(String::new(), None);
    }
    let verdict = Verdict::of(client.batch_execute(text).await, text);
    // A lost connection is noticed by whoever asks next.
    let _ = client.batch_execute("ROLLBACK").await;
    verdict
}
