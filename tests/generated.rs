//! The golden cases' generated code, compiled under strict lints and run on Postgres.

#![deny(warnings, missing_docs, unreachable_pub)]
#![expect(clippy::unwrap_used, reason = "tests fail by panics")]
#![expect(
    clippy::allow_attributes,
    reason = "generated code does not know which lints are on"
)]

#[path = "cases/commands/expected/mod.rs"]
mod commands;
#[path = "cases/names/expected/mod.rs"]
mod names;
#[path = "cases/schema_zoo/expected/mod.rs"]
mod schema_zoo;
#[path = "cases/types/expected/mod.rs"]
mod types;

use std::future::{Future, poll_fn};
use std::path::Path;
use std::pin::pin;

use futures_core::Stream;
use rowsmith::Generator;
use tokio_postgres::{Client, NoTls};

/// Runs `test` on a throwaway database with the migrations of a case.
fn on_database_of<F: Future<Output = ()>>(case: &str, test: impl FnOnce(Client) -> F) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let project = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/cases")
            .join(case)
            .join("sqlc.yaml");
        let database = Generator::from_file(project)
            .unwrap()
            .throwaway_database()
            .await
            .unwrap();
        let (client, connection) = database.config().connect(NoTls).await.unwrap();
        tokio::spawn(connection);
        test(client).await;
        database.close().await.unwrap();
    });
}

mod commands_run {
    use super::commands::notes::{self, AddNoteParams};
    use super::commands::{Client, Error, Session};
    use super::{Stream, on_database_of, pin, poll_fn};

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
    fn in_transactions_of_a_session() {
        on_database_of("commands", |client| async move {
            let mut session = Session::new(client);
            let mut transaction = session.transaction().await.unwrap();
            add_notes(&transaction).await;
            let savepoint = transaction.savepoint().await.unwrap();
            assert_eq!(notes::rename_notes(&savepoint, "x", 0).await.unwrap(), 3);
            savepoint.rollback().await.unwrap();
            assert_eq!(notes::get_title(&transaction, 1).await.unwrap(), "one");
            transaction.rollback().await.unwrap();
            assert_eq!(notes::list_notes(&session).await.unwrap(), []);

            let transaction = session.transaction().await.unwrap();
            add_notes(&transaction).await;
            drop(transaction);
            assert_eq!(
                notes::list_notes(&session).await.unwrap(),
                [],
                "dropped is rolled back"
            );

            let transaction = session.transaction().await.unwrap();
            add_notes(&transaction).await;
            transaction.commit().await.unwrap();
            assert_eq!(notes::list_notes(&session).await.unwrap().len(), 3);
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
            assert_eq!(error.to_string(), "query `AddComment` failed");
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
                    tokio::spawn(
                        async move { notes::numbers(&*session, count).await.unwrap().len() },
                    )
                })
                .collect();
            for (count, task) in (1..=20).zip(tasks) {
                assert_eq!(task.await.unwrap(), count);
            }
        });
    }
}

mod types_run {
    use chrono::{DateTime, NaiveDate, NaiveTime, TimeZone, Utc};
    use rust_decimal::Decimal;
    use serde_json::json;
    use uuid::Uuid;

    use super::on_database_of;
    use super::types::Session;
    use super::types::models::{Mood, SalesMood};
    use super::types::types::{self as queries, AddListsParams, AddSampleParams};

    fn date() -> NaiveDate {
        NaiveDate::from_ymd_opt(2024, 2, 29).unwrap()
    }

    fn time() -> NaiveTime {
        NaiveTime::from_hms_micro_opt(23, 59, 59, 999_999).unwrap()
    }

    fn moment() -> DateTime<Utc> {
        Utc.from_utc_datetime(&date().and_time(time()))
    }

    fn uuid() -> Uuid {
        Uuid::from_u128(0x0102_0304_0506_0708_090a_0b0c_0d0e_0f10)
    }

    #[test]
    fn every_type_goes_there_and_back() {
        on_database_of("types", |client| async move {
            let session = Session::new(client);
            let object = json!({ "a": [1, null, "x"] });
            let values = AddSampleParams {
                flag: true,
                small: i16::MIN,
                medium: i32::MIN,
                large: i64::MAX,
                single: f32::MIN_POSITIVE,
                double: f64::MAX,
                exact: "79228162514264337593543950335".parse::<Decimal>().unwrap(),
                text: "é\n'\"\\",
                varchar: "",
                char: "ab",
                bytes: &[0, 255],
                uuid: uuid(),
                date: date(),
                time: time(),
                timestamp: date().and_time(time()),
                timestamptz: moment(),
                json: &object,
                jsonb: &object,
                mood: Mood::VeryHappy,
                market: SalesMood::Bear,
                email: "a@b",
            };
            let added = queries::add_sample(&session, values).await.unwrap();
            let sample = queries::get_sample(&session, added.id).await.unwrap();
            assert_eq!(sample, added);
            assert_eq!(
                (sample.flag, sample.small, sample.medium, sample.large),
                (true, i16::MIN, i32::MIN, i64::MAX)
            );
            assert_eq!(
                (sample.single, sample.double),
                (values.single, values.double)
            );
            assert_eq!(sample.exact, values.exact);
            assert_eq!(
                (
                    sample.text.as_str(),
                    sample.varchar.as_str(),
                    sample.char.as_str()
                ),
                ("é\n'\"\\", "", "ab ")
            );
            assert_eq!(
                (sample.bytes.as_slice(), sample.uuid),
                (values.bytes, values.uuid)
            );
            assert_eq!((sample.date, sample.time), (values.date, values.time));
            assert_eq!(
                (sample.timestamp, sample.timestamptz),
                (values.timestamp, values.timestamptz)
            );
            assert_eq!((&sample.json, &sample.jsonb), (&object, &object));
            assert_eq!(
                (sample.mood, sample.market, sample.email.as_str()),
                (Mood::VeryHappy, SalesMood::Bear, "a@b")
            );

            let options = queries::add_options(&session, added.id).await.unwrap();
            assert_eq!(options.exact, sample.exact);
            assert_eq!((options.mood, options.jsonb), (Mood::VeryHappy, object));
            let nothing = queries::add_nothing(&session, 7).await.unwrap();
            assert_eq!(
                (nothing.flag, nothing.text, nothing.mood),
                (None, None, None)
            );
            assert_eq!(
                (nothing.timestamptz, nothing.jsonb, nothing.exact),
                (None, None, None)
            );

            let found = queries::find_by_email(&session, "a@b").await.unwrap();
            assert_eq!((found[0].id, found[0].email.as_str()), (added.id, "a@b"));
            let moods = [Mood::VeryHappy, Mood::Sad];
            assert_eq!(
                queries::find_by_mood(&session, &moods, SalesMood::Bull)
                    .await
                    .unwrap(),
                [added.id]
            );
            assert_eq!(
                queries::find_by_mood(&session, &[], SalesMood::Bull)
                    .await
                    .unwrap(),
                [0; 0]
            );
        });
    }

    #[test]
    fn arrays_of_every_type_go_there_and_back() {
        on_database_of("types", |client| async move {
            // On a client that prepares nothing, too: there the server tells the types of enums.
            let values = AddListsParams {
                flags: &[true, false],
                smalls: &[i16::MAX],
                mediums: &[],
                larges: &[i64::MIN, 0],
                singles: &[0.5],
                doubles: &[f64::INFINITY],
                exacts: &[Decimal::new(-5, 28)],
                texts: &["a,b".to_owned(), String::new(), "NULL".to_owned()],
                varchars: &["{}".to_owned()],
                bytes: &[vec![], vec![0]],
                uuids: &[uuid()],
                dates: &[date()],
                times: &[time()],
                timestamps: &[date().and_time(time())],
                timestamptzs: &[moment()],
                jsons: &[json!(null), json!([])],
                jsonbs: &[json!({})],
                moods: Mood::ALL,
                markets: &[SalesMood::Bull],
            };
            let plain = queries::add_lists(&client, values).await.unwrap();
            let session = Session::new(client);
            let lists = queries::add_lists(&session, values).await.unwrap();
            assert_eq!(plain, lists);
            assert_eq!(
                (lists.flags.as_slice(), lists.smalls.as_slice()),
                (values.flags, values.smalls)
            );
            assert_eq!(
                (lists.mediums.as_slice(), lists.larges.as_slice()),
                (values.mediums, values.larges)
            );
            assert_eq!(
                (lists.singles.as_slice(), lists.doubles.as_slice()),
                (values.singles, values.doubles)
            );
            assert_eq!(
                (lists.exacts.as_slice(), lists.texts.as_slice()),
                (values.exacts, values.texts)
            );
            assert_eq!(
                (lists.bytes.as_slice(), lists.uuids.as_slice()),
                (values.bytes, values.uuids)
            );
            assert_eq!(
                (lists.dates.as_slice(), lists.times.as_slice()),
                (values.dates, values.times)
            );
            assert_eq!(lists.timestamps.as_slice(), values.timestamps);
            assert_eq!(lists.timestamptzs.as_slice(), values.timestamptzs);
            assert_eq!(
                (lists.jsons.as_slice(), lists.jsonbs.as_slice()),
                (values.jsons, values.jsonbs)
            );
            assert_eq!(
                (lists.moods.as_slice(), lists.markets.as_slice()),
                (values.moods, values.markets)
            );
        });
    }

    #[test]
    fn an_enum_label_newer_than_the_code_is_an_error() {
        on_database_of("types", |client| async move {
            client
                .batch_execute("ALTER TYPE mood ADD VALUE 'new'")
                .await
                .unwrap();
            client
                .batch_execute("INSERT INTO options (id, mood) VALUES (1, 'new')")
                .await
                .unwrap();
            let error = queries::list_moods(&client).await.unwrap_err();
            let cause = std::error::Error::source(error.as_postgres().unwrap()).unwrap();
            assert_eq!(cause.to_string(), "unknown label `new` of the enum `mood`");
        });
    }

    #[test]
    fn enums_know_their_labels() {
        assert_eq!(
            Mood::ALL
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>(),
            ["sad", "ok", "very happy"]
        );
        for mood in Mood::ALL {
            assert_eq!(mood.as_str().parse::<Mood>().as_ref(), Ok(mood));
        }
        assert!("VeryHappy".parse::<Mood>().is_err());
        assert!(Mood::Sad < Mood::VeryHappy, "in Postgres' order");
    }
}

mod names_run {
    use super::names::{Session, client_queries, models, r#type};
    use super::on_database_of;

    #[test]
    fn strange_names_and_text_keep_their_meaning() {
        on_database_of("names", |client| async move {
            client
                .batch_execute(r#"INSERT INTO "result" VALUES (1, 2, 3, 4, 5, 6, 7, 'two-words')"#)
                .await
                .unwrap();
            let session = Session::new(client);
            let rows = r#type::r#type(&session).await.unwrap();
            let row = &rows[0];
            assert_eq!(
                (row.r#type, row.self_, row._1st, row.a_b, row.a_b_2),
                (1, 2, 3, 4, 5)
            );
            assert_eq!((row.ünïcode, row.quo_te), (6, 7));
            assert_eq!(row.strange.as_str(), "two-words");
            for label in models::StrangeLabels::ALL {
                assert_eq!(
                    label.as_str().parse::<models::StrangeLabels>().as_ref(),
                    Ok(label)
                );
            }

            let unnamed = client_queries::unnamed(&session).await.unwrap();
            assert_eq!(
                (
                    unnamed.column,
                    unnamed.column_2.as_str(),
                    unnamed.id,
                    unnamed.id_2
                ),
                (1, "a", 2, 3)
            );
            let text = client_queries::text(&session, "!").await.unwrap();
            assert_eq!(
                text,
                "it'sa\tb\\ \"#  $1 @x ; -- no comment\nsecond line A!"
            );
            let operators = client_queries::operators(&session, -5, 1).await.unwrap();
            assert_eq!((operators.column, operators.abs), (true, 5));
            client_queries::tokio_postgres(&session).await.unwrap();
        });
    }
}

mod schema_zoo_runs {
    use super::on_database_of;
    use super::schema_zoo::models::{AppMood, Mood};
    use super::schema_zoo::{Session, events, über};

    #[test]
    fn domains_over_enums_and_arrays_go_there_and_back() {
        on_database_of("schema_zoo", |client| async move {
            let session = Session::new(client);
            let params = events::AddEventParams {
                mood: Mood::Ok,
                moods: Some(&[Mood::Ok, Mood::Happy]),
                numbers: Some(&[1, 2]),
                email: Some("a@b"),
            };
            let event = events::add_event(&session, params).await.unwrap();
            assert_eq!(event.mood, Mood::Ok);
            assert_eq!(event.moods, Some(vec![Mood::Ok, Mood::Happy]));
            assert_eq!(event.numbers, Some(vec![1, 2]));
            assert_eq!(event.doubled, 2 * event.id);
            assert_eq!(events::call_add(&session, 1, 2).await.unwrap(), Some(3));
            assert_eq!(events::rows(&session).await.unwrap().len(), 1);
            // A name that ends in a mark is no mark: the column may be NULL.
            assert_eq!(events::marks(&session).await.unwrap()[0].sure, None);
            assert_eq!(events::scalar(&session).await.unwrap(), [event.id]);
        });
    }

    #[test]
    fn modules_and_queries_beyond_ascii_run() {
        on_database_of("schema_zoo", |client| async move {
            let session = Session::new(client);
            let row = über::名前(&session, "x", AppMood::Ok).await.unwrap();
            assert_eq!((row.名前.as_str(), row.mood), ("x", AppMood::Ok));
        });
    }
}
