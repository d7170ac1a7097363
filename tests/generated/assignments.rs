//! The case `assignments`: only what has a value is assigned, and what is not inserted has its default.

#[path = "../cases/assignments/expected/mod.rs"]
mod db;

use db::books::{
    self, AddBookParams, AddOrChangeBookParams, PatchBookParams, SetManyParams, SetMoodsParams,
};
use db::models::{Book, Mood};
use db::{Session, prepare_all};

use crate::on_database_of;

fn on_the_library(test: impl AsyncFnOnce(Session)) {
    on_database_of("assignments", async |client| {
        client
            .batch_execute(
                "INSERT INTO books (title, note, pages) VALUES ('One', 'first', 10), ('Two', NULL, NULL)",
            )
            .await
            .unwrap();
        test(Session::new(client)).await;
    });
}

const NOTHING: PatchBookParams<'static> = PatchBookParams {
    title: None,
    mood: None,
    other_mood: None,
    note: None,
    pages: None,
    tags: None,
    id: 1,
};

/// The columns whose triggers fired, and forgets them.
async fn seen(session: &Session) -> Vec<String> {
    let sql = "WITH gone AS (DELETE FROM seen RETURNING *) SELECT \"column\" FROM gone ORDER BY 1";
    let rows = session.query(sql, &[]).await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

#[test]
fn only_what_has_a_value_is_assigned() {
    on_the_library(async |session| {
        let before = books::patch_book(&session, NOTHING).await.unwrap();
        assert_eq!(before.note.as_deref(), Some("first"));
        let tags = ["a".to_owned()];
        // Each of the 64 combinations, on a row as it was.
        for choice in 0_u8..64 {
            let is = |bit: u8| choice >> bit & 1 == 1;
            let params = PatchBookParams {
                title: is(0).then_some("Other"),
                mood: is(1).then_some(Mood::Wild),
                other_mood: is(2).then_some(Some(Mood::Calm)),
                note: is(3).then_some(None),
                pages: is(4).then_some(None),
                tags: is(5).then_some(tags.as_slice()),
                id: 1,
            };
            let after = books::patch_book(&session, params).await.unwrap();
            let expected = Book {
                title: if is(0) {
                    "Other".to_owned()
                } else {
                    before.title.clone()
                },
                mood: if is(1) { Mood::Wild } else { before.mood },
                other_mood: if is(2) {
                    Some(Mood::Calm)
                } else {
                    before.other_mood
                },
                note: if is(3) { None } else { before.note.clone() },
                pages: if is(4) { None } else { before.pages },
                tags: if is(5) {
                    vec![Some("a".to_owned())]
                } else {
                    before.tags.clone()
                },
                ..before.clone()
            };
            assert_eq!(after, expected, "{choice:b}");
            let fired: Vec<&str> = [(3, "note"), (1, "mood")]
                .into_iter()
                .filter(|(bit, _)| is(*bit))
                .map(|(_, column)| column)
                .collect();
            let mut fired = fired;
            fired.sort_unstable();
            assert_eq!(seen(&session).await, fired, "{choice:b}");
            let back = PatchBookParams {
                title: Some(&before.title),
                mood: Some(before.mood),
                other_mood: Some(before.other_mood),
                note: Some(before.note.as_deref()),
                pages: Some(before.pages),
                tags: Some(&[]),
                id: 1,
            };
            assert_eq!(books::patch_book(&session, back).await.unwrap(), before);
            seen(&session).await;
        }
    });
}

#[test]
fn nothing_to_set_writes_nothing_and_finds_the_same() {
    on_the_library(async |session| {
        let version = "SELECT xmin::text, ctid::text FROM books WHERE id = 1";
        let before = session.query_one(version, &[]).await.unwrap();
        books::patch_book(&session, NOTHING).await.unwrap();
        books::force_note(&session, None, 1).await.unwrap();
        let after = session.query_one(version, &[]).await.unwrap();
        assert_eq!(before.get::<_, String>(0), after.get::<_, String>(0));
        assert_eq!(before.get::<_, String>(1), after.get::<_, String>(1));
        let nobody = PatchBookParams { id: 99, ..NOTHING };
        let error = books::patch_book(&session, nobody).await.unwrap_err();
        assert!(error.is_not_found());
        // Conditions apply as ever.
        assert_eq!(
            books::set_notes(&session, None, Some(5))
                .await
                .unwrap()
                .len(),
            1
        );
        assert_eq!(
            books::set_notes(&session, None, None).await.unwrap().len(),
            2
        );
        let set = books::set_notes(&session, Some("x"), None).await.unwrap();
        assert!(
            set.iter()
                .all(|row| row.note.as_deref() == Some("X") && row.shown == "X")
        );
    });
}

#[test]
fn what_is_always_assigned_stays() {
    on_the_library(async |session| {
        assert_eq!(books::rename_book(&session, None, 1).await.unwrap(), 1);
        assert_eq!(
            books::rename_book(&session, Some("New"), 1).await.unwrap(),
            1
        );
        let one = SetMoodsParams {
            mood: Some(Mood::Wild),
            other_mood: None,
            id: 1,
        };
        books::set_moods(&session, one).await.unwrap();
        let book = books::patch_book(&session, NOTHING).await.unwrap();
        assert_eq!(
            (book.title.as_str(), book.updates, book.mood),
            ("New", 3, Mood::Calm)
        );
        let both = SetMoodsParams {
            other_mood: Some(None),
            ..one
        };
        books::set_moods(&session, both).await.unwrap();
        let book = books::patch_book(&session, NOTHING).await.unwrap();
        assert_eq!((book.updates, book.mood), (4, Mood::Wild));
    });
}

#[test]
fn what_is_not_inserted_has_its_default() {
    on_the_library(async |session| {
        let least = AddBookParams {
            title: "Three",
            mood: None,
            note: None,
            pages: None,
            tags: None,
        };
        let book = books::add_book(&session, least).await.unwrap();
        assert_eq!(
            (book.mood, book.note.as_deref()),
            (Mood::Calm, Some("none"))
        );
        assert_eq!((book.pages, book.tags.len()), (None, 0));
        let some = AddBookParams {
            note: Some(None),
            mood: Some(Mood::Wild),
            ..least
        };
        let book = books::add_book(&session, some).await.unwrap();
        assert_eq!((book.mood, book.note), (Mood::Wild, None));
    });
}

#[test]
fn a_conflict_leaves_what_is_missing_as_it_is() {
    on_the_library(async |session| {
        let params = AddOrChangeBookParams {
            id: 1,
            title: "New",
            mood: Some(Mood::Wild),
            note: None,
        };
        let row = books::add_or_change_book(&session, params).await.unwrap();
        assert_eq!(
            (
                row.title.as_str(),
                row.mood,
                row.note.as_deref(),
                row.is_new
            ),
            ("New", Mood::Wild, Some("first"), false)
        );
        let params = AddOrChangeBookParams {
            id: 7,
            note: Some(None),
            mood: None,
            ..params
        };
        let row = books::add_or_change_book(&session, params).await.unwrap();
        assert_eq!((row.mood, row.note, row.is_new), (Mood::Calm, None, true));
    });
}

#[test]
fn each_text_can_be_prepared_and_runs_without_being_prepared() {
    on_the_library(async |session| {
        prepare_all(&session).await.unwrap();
        // `tokio-postgres`' own client prepares nothing.
        let client: &tokio_postgres::Client = &session;
        prepare_all(&client).await.unwrap();
        let params = PatchBookParams {
            note: Some(Some("plain")),
            ..NOTHING
        };
        let book = books::patch_book(&client, params).await.unwrap();
        assert_eq!(book.note.as_deref(), Some("plain"));
        let params = PatchBookParams {
            other_mood: Some(Some(Mood::Wild)),
            ..NOTHING
        };
        assert_eq!(
            books::patch_book(&client, params).await.unwrap().other_mood,
            Some(Mood::Wild)
        );
        assert_eq!(
            books::patch_book(&client, NOTHING)
                .await
                .unwrap()
                .other_mood,
            Some(Mood::Wild)
        );
        let many = SetManyParams {
            title: None,
            note: None,
            pages: Some(None),
            other_mood: Some(None),
            above: None,
        };
        let rows = books::set_many(&client, many).await.unwrap();
        assert_eq!(rows.len(), 2);
        assert!(rows.iter().all(|row| row.loud.is_some()));
    });
}
