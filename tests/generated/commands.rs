//! The case `commands`.

#[path = "../cases/commands/expected/mod.rs"]
mod db;

use db::notes::{self, AddNoteParams};
use db::{Client, Error, Session};
use std::future::poll_fn;
use std::pin::pin;

use futures_core::Stream;

use crate::on_database_of;

const NOTES: [AddNoteParams<'static>; 3] = [
    AddNoteParams {
        id: 1,
        title: "one",
        body: None,
    },
    AddNoteParams {
        id: 2,
        title: "two",
        body: Some("2"),
    },
    AddNoteParams {
        id: 3,
        title: "three",
        body: Some(""),
    },
];

async fn add_notes(client: &dyn Client) {
    for note in NOTES {
        notes::add_note(client, note).await.unwrap();
    }
}

fn sqlstate(error: &Error) -> Option<&str> {
    error
        .as_postgres()
        .and_then(|cause| cause.code())
        .map(tokio_postgres::error::SqlState::code)
}

/// Every command, on any client.
async fn run_all(client: &dyn Client) {
    add_notes(client).await;
    let note = notes::get_note(client, 2).await.unwrap();
    assert_eq!(
        (note.id, note.title.as_str(), note.body.as_deref()),
        (2, "two", Some("2"))
    );
    assert_eq!(notes::get_title(client, 3).await.unwrap(), "three");
    assert_eq!(notes::get_body(client, 1).await.unwrap(), None);
    assert_eq!(
        notes::get_body(client, 3).await.unwrap().as_deref(),
        Some("")
    );

    let missing = notes::get_note(client, 9).await.unwrap_err();
    assert!(missing.is_not_found());
    assert_eq!(
        (missing.query(), missing.to_string().as_str()),
        ("GetNote", "query `GetNote` found no row")
    );
    assert_eq!(notes::get_note(client, 9).optional().await.unwrap(), None);
    assert_eq!(
        notes::get_title(client, 1)
            .optional()
            .await
            .unwrap()
            .as_deref(),
        Some("one")
    );

    let listed = notes::list_notes(client).await.unwrap();
    assert_eq!(
        listed.iter().map(|note| note.id).collect::<Vec<_>>(),
        [1, 2, 3]
    );
    assert_eq!(
        notes::list_titles(client, "t%").await.unwrap(),
        ["three", "two"]
    );
    assert_eq!(notes::list_titles(client, "x%").await.unwrap(), [""; 0]);

    assert_eq!(notes::rename_notes(client, "number ", 1).await.unwrap(), 2);
    assert_eq!(notes::rename_notes(client, "number ", 9).await.unwrap(), 0);
    assert_eq!(notes::get_title(client, 2).await.unwrap(), "number two");
    notes::delete_notes(client).await.unwrap();
    assert_eq!(notes::list_notes(client).await.unwrap(), []);
    assert_eq!(notes::numbers(client, 10_000).await.unwrap().len(), 10_000);
}

#[test]
fn on_a_plain_client() {
    on_database_of("commands", |client| async move { run_all(&client).await });
}

#[test]
fn on_a_plain_transaction() {
    on_database_of("commands", |mut client| async move {
        let transaction = client.transaction().await.unwrap();
        run_all(&transaction).await;
        transaction.commit().await.unwrap();
    });
}

#[test]
fn on_a_session_twice() {
    on_database_of("commands", |client| async move {
        let session = Session::new(client);
        run_all(&session).await;
        // The second time on the statements of the first.
        run_all(&session).await;
        let prepared = session
            .query_one("SELECT count(*) FROM pg_prepared_statements WHERE statement NOT LIKE '%pg_prepared%'", &[])
            .await
            .unwrap();
        assert_eq!(prepared.get::<_, i64>(0), 9, "one statement per query");
    });
}

#[test]
fn a_statement_that_fails_after_its_rows_is_an_error() {
    on_database_of("commands", |client| async move {
        let session = Session::new(client);
        let error = notes::add_comment(&session, 1, 99).await.unwrap_err();
        assert_eq!(
            (error.query(), sqlstate(&error)),
            ("AddComment", Some("23503"))
        );
        assert_eq!(
            error.to_string(),
            "query `AddComment` failed: insert or update on table \"comments\" violates foreign key constraint \
             \"comments_note_id_fkey\""
        );
        let error = notes::divide(&session).await.unwrap_err();
        assert_eq!(sqlstate(&error), Some("22012"));

        notes::add_note(&session, NOTES[0]).await.unwrap();
        let error = notes::add_note(&session, AddNoteParams { id: 7, ..NOTES[0] })
            .await
            .unwrap_err();
        assert_eq!(sqlstate(&error), Some("23505"));
        let constraint = error
            .as_postgres()
            .and_then(|cause| cause.as_db_error()?.constraint());
        assert_eq!(constraint, Some("notes_title_key"));
    });
}

#[test]
fn a_stream_hands_out_rows_until_the_error() {
    on_database_of("commands", |client| async move {
        let mut rows = pin!(notes::divide(&client).stream());
        let mut seen = Vec::new();
        while let Some(row) = poll_fn(|cx| rows.as_mut().poll_next(cx)).await {
            seen.push(row.map_err(|error| sqlstate(&error).map(str::to_owned)));
        }
        assert_eq!(seen, [Ok(3), Ok(5), Ok(10), Err(Some("22012".to_owned()))]);
    });
}

#[test]
fn futures_can_be_spawned() {
    on_database_of("commands", |client| async move {
        let session = std::sync::Arc::new(Session::new(client));
        let tasks: Vec<_> = (1..=20)
            .map(|count| {
                let session = session.clone();
                tokio::spawn(async move { notes::numbers(&*session, count).await.unwrap().len() })
            })
            .collect();
        for (count, task) in (1..=20).zip(tasks) {
            assert_eq!(task.await.unwrap(), count);
        }
    });
}

#[test]
fn every_query_is_what_it_was_generated_as() {
    on_database_of("commands", |client| async move {
        db::prepare_all(&client).await.unwrap();
    });
}
