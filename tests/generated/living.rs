//! The case `living`: what running code does when the schema changes under it, as [the documentation](../../docs/living-database.md) says.

#[path = "../cases/living/expected/mod.rs"]
mod db;

use std::error::Error as _;

use db::models::{Mood, Place};
use db::users::{self, AddUserParams, AddUsersParams, CopyUsersParams, FoundSort};
use db::{Client, Session};
use rowsmith::ThrowawayDatabase;
use tokio_postgres::NoTls;
use tokio_postgres::error::SqlState;

use crate::on_case;

async fn connect(database: &ThrowawayDatabase) -> tokio_postgres::Client {
    let (client, connection) = database.config().connect(NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

/// Changes the schema under a connection that has prepared every query, and runs `check` on it and on a new one, with a
/// number that differs.
#[expect(
    clippy::needless_pass_by_value,
    reason = "closures are written in the call"
)]
fn after(change: &str, check: impl AsyncFn(&dyn Client, i32)) {
    on_case("living", async |database| {
        let live = Session::new(connect(database).await);
        db::prepare_all(&live).await.unwrap();
        read(&live).await;
        let other = connect(database).await;
        other.batch_execute(change).await.unwrap();
        check(&live, 10).await;
        let fresh = Session::new(connect(database).await);
        check(&fresh, 20).await;
        check(&other, 30).await;
    });
}

/// What every query that reads gives of the first user and note.
async fn read(client: &dyn Client) {
    assert_eq!(users::get_user(client, 1).await.unwrap().name, "Ada");
    let secrets = users::secrets(client).await.unwrap();
    assert_eq!(
        (secrets[0].name.as_str(), secrets[0].secret.as_str()),
        ("Ada", "hers")
    );
    let user = users::user_with_notes(client, 1).await.unwrap();
    assert_eq!(
        (user.mood, user.notes[0].secret.as_str()),
        (Mood::Ok, "hers")
    );
    let notes = users::notes_with_user(client).await.unwrap();
    assert_eq!(
        (notes[0].secret.as_str(), notes[0].user.name.as_str()),
        ("hers", "Ada")
    );
    let embedded = users::embedded(client).await.unwrap();
    assert_eq!(
        (embedded[0].user.id, embedded[0].note.secret.as_str()),
        (1, "hers")
    );
    for (name, sort) in [(Some("Ada"), None), (None, Some(FoundSort::Id))] {
        let found = users::found(client, name, sort).await.unwrap();
        assert_eq!(found[0].name, "Ada");
    }
    let inner = users::inner(client).await.unwrap();
    assert!(inner.iter().any(|row| (row.id, row.one) == (1, 1)));
    assert_eq!(users::joined(client).await.unwrap(), ["hers"]);
    assert_eq!(users::names(client).await.unwrap()[0].name, "Ada");
}

/// What every query that writes does, with ids from `first` on.
async fn write(client: &dyn Client, first: i32) {
    let name = |number: i32| format!("user {}", first + number);
    let names: Vec<String> = (0..4).map(name).collect();
    let params = AddUserParams {
        id: first,
        name: &names[0],
        mood: Mood::Sad,
    };
    let user = users::add_user(client, params).await.unwrap();
    assert_eq!((user.id, user.mood), (first, Mood::Sad));
    let params = AddUsersParams {
        id: first + 1,
        name: &names[1],
    };
    let added = users::add_users(client, &[params]).await.unwrap();
    assert_eq!(
        (added[0].name.as_str(), added[0].mood),
        (names[1].as_str(), Mood::Ok)
    );
    let params = CopyUsersParams {
        id: first + 2,
        name: &names[2],
    };
    assert_eq!(users::copy_users(client, [params]).await.unwrap(), 1);
    assert_eq!(
        users::save_user(client, first + 3, &names[3])
            .await
            .unwrap(),
        1
    );
    let read = users::get_user(client, first + 2).await.unwrap();
    assert_eq!(read.name, names[2]);
}

/// What the database itself says is wrong.
fn state(error: &db::Error) -> &str {
    error.sqlstate().map_or("", SqlState::code)
}

/// What is wrong with a value.
fn fault(error: &db::Error) -> String {
    error.as_postgres().unwrap().source().unwrap().to_string()
}

#[test]
fn an_added_column_changes_nothing() {
    let change = "ALTER TABLE users ADD COLUMN nick text NOT NULL DEFAULT 'the nick';
        ALTER TABLE notes ADD COLUMN name text; ALTER TABLE notes ADD COLUMN points int DEFAULT 7;
        CREATE OR REPLACE VIEW names AS SELECT id, name, nick FROM users";
    after(change, async |client, first| {
        db::prepare_all(client).await.unwrap();
        read(client).await;
        write(client, first).await;
    });
}

#[test]
fn whole_rows_of_a_table_with_another_column_are_an_error() {
    after(
        "ALTER TABLE users ADD COLUMN nick text",
        async |client, _| {
            let error = users::whole_users(client).await.unwrap_err();
            assert!(fault(&error).contains("`users` has 8 fields"), "{error:?}");
        },
    );
}

#[test]
fn another_order_of_columns_changes_nothing() {
    let change = "ALTER TABLE notes RENAME TO old_notes;
        CREATE TABLE notes (secret text NOT NULL, user_id integer NOT NULL REFERENCES users, id integer PRIMARY KEY);
        INSERT INTO notes (id, user_id, secret) SELECT id, user_id, secret FROM old_notes;
        DROP TABLE old_notes;
        CREATE TABLE reordered (name text NOT NULL, id int PRIMARY KEY, home place, balance numeric(8, 2) NOT NULL DEFAULT 0,
            code varchar(8) NOT NULL DEFAULT 'x', points int NOT NULL DEFAULT 0, mood mood NOT NULL DEFAULT 'ok');
        INSERT INTO reordered (id, name, home) SELECT id, name, home FROM users;
        DROP VIEW names; DROP TABLE users CASCADE;
        ALTER TABLE reordered RENAME TO users; CREATE UNIQUE INDEX users_name ON users (name);
        CREATE VIEW names AS SELECT name, id FROM users";
    after(change, async |client, first| {
        read(client).await;
        write(client, first).await;
    });
}

#[test]
fn a_column_that_is_not_there_is_named() {
    after("ALTER TABLE users DROP home", async |client, _| {
        assert_eq!(users::points(client).await.unwrap()[0].points, 0);
        let error = users::get_user(client, 1).await.unwrap_err();
        assert_eq!(state(&error), "42703");
        assert!(
            error
                .as_postgres()
                .unwrap()
                .as_db_error()
                .unwrap()
                .message()
                .contains("\"home\"")
        );
        let error = db::prepare_all(client).await.unwrap_err();
        assert!(error.is_outdated() && error.to_string().contains("\"home\" does not exist"));
    });
    after(
        "ALTER TABLE users RENAME points TO score",
        async |client, _| {
            assert_eq!(state(&users::points(client).await.unwrap_err()), "42703");
            assert_eq!(users::moods(client).await.unwrap()[0].mood, Mood::Ok);
        },
    );
    after("ALTER TABLE users RENAME TO people", async |client, _| {
        assert_eq!(state(&users::points(client).await.unwrap_err()), "42P01");
        assert_eq!(users::names(client).await.unwrap()[0].name, "Ada");
    });
}

#[test]
fn types_that_are_read_alike_go_on() {
    let change = "DROP VIEW names; ALTER TABLE users ALTER code TYPE text, ALTER balance TYPE numeric(20, 4),
            ALTER name TYPE varchar(80);
        CREATE VIEW names AS SELECT id, name FROM users";
    after(change, async |client, first| {
        db::prepare_all(client).await.unwrap();
        read(client).await;
        write(client, first).await;
        assert_eq!(users::codes(client).await.unwrap()[0].code, "x");
    });
}

#[test]
fn a_wider_number_is_an_error() {
    after(
        "ALTER TABLE users ALTER points TYPE bigint",
        async |client, _| {
            let error = users::points(client).await.unwrap_err();
            assert!(fault(&error).starts_with("column `points`: cannot convert between"));
            assert_eq!(users::codes(client).await.unwrap().len(), 1);
            let error = db::prepare_all(client).await.unwrap_err();
            assert!(error.outdated_queries().any(|query| query == "Points"));
            assert!(error.outdated_queries().all(|query| query != "Codes"));
        },
    );
}

#[test]
fn a_new_label_is_an_error_where_it_is() {
    let change = "ALTER TYPE mood ADD VALUE 'odd' BEFORE 'ok'";
    after(change, async |client, first| {
        read(client).await;
        write(client, first).await;
    });
    after(
        "ALTER TYPE mood RENAME VALUE 'ok' TO 'fine'",
        async |client, _| {
            let error = users::moods(client).await.unwrap_err();
            assert_eq!(
                fault(&error),
                "column `mood`: unknown label `fine` of the enum `mood`"
            );
            let error = users::user_with_notes(client, 1).await.unwrap_err();
            assert_eq!(
                error.to_string(),
                "query `UserWithNotes` failed: field `mood` of `UserWithNotesRow`: unknown label `fine` of the enum `mood`"
            );
            assert_eq!(
                state(&users::set_mood(client, Mood::Ok, 1).await.unwrap_err()),
                "22P02"
            );
        },
    );
}

#[test]
fn an_enum_that_is_made_anew_goes_on() {
    let change = "ALTER TABLE users ALTER mood DROP DEFAULT, ALTER mood TYPE text; DROP TYPE mood;
        CREATE TYPE mood AS ENUM ('happy', 'ok', 'sad');
        ALTER TABLE users ALTER mood TYPE mood USING mood::mood, ALTER mood SET DEFAULT 'ok'";
    after(change, async |client, first| {
        read(client).await;
        assert_eq!(users::set_mood(client, Mood::Happy, 1).await.unwrap(), 1);
        assert_eq!(users::moods(client).await.unwrap()[0].mood, Mood::Happy);
        assert_eq!(users::set_mood(client, Mood::Ok, 1).await.unwrap(), 1);
        write(client, first).await;
    });
}

#[test]
fn null_where_none_was_is_an_error() {
    after(
        "ALTER TABLE users ALTER code DROP NOT NULL",
        async |client, first| {
            read(client).await;
            write(client, first).await;
        },
    );
    let change = "ALTER TABLE users ALTER code DROP NOT NULL; UPDATE users SET code = NULL";
    after(change, async |client, _| {
        let error = users::codes(client).await.unwrap_err();
        assert_eq!(fault(&error), "column `code`: a Postgres value was `NULL`");
    });
}

#[test]
fn a_column_that_must_be_filled_stops_writing() {
    let change = "ALTER TABLE users ADD COLUMN born int; UPDATE users SET born = 1815;
        ALTER TABLE users ALTER born SET NOT NULL";
    after(change, async |client, first| {
        read(client).await;
        let error = users::save_user(client, first, "Bob").await.unwrap_err();
        assert_eq!(state(&error), "23502");
    });
}

#[test]
fn a_column_that_takes_null_no_more_is_read() {
    let change = "ALTER TABLE users ALTER home SET NOT NULL";
    after(change, async |client, first| {
        read(client).await;
        let error = users::save_user(client, first, "Bob").await.unwrap_err();
        assert_eq!(state(&error), "23502");
    });
}

#[test]
fn a_key_that_is_gone_is_an_error_of_the_statement_that_needs_it() {
    after("DROP INDEX users_name", async |client, first| {
        read(client).await;
        let error = users::save_user(client, first, "Bob").await.unwrap_err();
        assert_eq!(state(&error), "42P10");
    });
}

#[test]
fn a_new_partition_is_read() {
    let change = "CREATE TABLE events_2027 PARTITION OF events FOR VALUES FROM ('2027-01-01') TO ('2028-01-01');
        INSERT INTO events VALUES (2, '2027-05-05', 'again')";
    after(change, async |client, _| {
        let events = users::events(client).await.unwrap();
        assert_eq!(events[1].what, "again");
    });
}

#[test]
fn a_composite_type_with_another_field_is_an_error() {
    after(
        "ALTER TYPE place ADD ATTRIBUTE zip text",
        async |client, _| {
            let error = users::homes(client).await.unwrap_err();
            assert!(fault(&error).contains("`place` has 3 fields"), "{error:?}");
        },
    );
}

/// Types that a connection has asked about stay as they were, and where nothing is prepared, nothing is asked: a new session
/// is the one that sees the names of fields.
#[expect(
    clippy::needless_pass_by_value,
    reason = "closures are written in the call"
)]
fn on_a_new_session(change: &str, check: impl AsyncFn(&dyn Client)) {
    on_case("living", async |database| {
        let other = connect(database).await;
        other.batch_execute(change).await.unwrap();
        check(&Session::new(connect(database).await)).await;
    });
}

#[test]
fn fields_of_other_names_are_an_error_of_a_new_session() {
    for change in [
        "ALTER TYPE place DROP ATTRIBUTE street, ADD ATTRIBUTE zip text",
        // The same names in another order.
        "ALTER TYPE place DROP ATTRIBUTE street, ADD ATTRIBUTE street text",
        "ALTER TYPE place RENAME ATTRIBUTE street TO zip; ALTER TYPE place RENAME ATTRIBUTE city TO street;
            ALTER TYPE place RENAME ATTRIBUTE zip TO city",
    ] {
        on_a_new_session(change, async |client| {
            let expected = "`place` has the field `city` in the database where this code expects `street`";
            let error = users::homes(client).await.unwrap_err();
            assert_eq!(fault(&error), format!("column `home`: {expected}"));
            let error = users::whole_users(client).await.unwrap_err();
            assert!(fault(&error).contains(expected), "{error:?}");
            let home = Place {
                street: Some("Side Street".to_owned()),
                city: Some("Bern".to_owned()),
            };
            let error = users::set_home(client, Some(&home), 1).await.unwrap_err();
            assert!(fault(&error).contains(expected), "{error:?}");
        });
    }
}

#[test]
fn whole_rows_with_columns_of_other_names_are_an_error_of_a_new_session() {
    let change = "ALTER TABLE users RENAME code TO old; ALTER TABLE users RENAME name TO code;
        ALTER TABLE users RENAME old TO name; DROP VIEW names";
    on_a_new_session(change, async |client| {
        let error = users::whole_users(client).await.unwrap_err();
        let expected =
            "`users` has the field `code` in the database where this code expects `name`";
        assert!(fault(&error).contains(expected), "{error:?}");
    });
}

/// Where names are not known, the count and the types of the fields are.
#[test]
fn a_composite_type_with_a_field_of_another_type_is_an_error() {
    after(
        "ALTER TYPE place DROP ATTRIBUTE street, ADD ATTRIBUTE zip integer",
        async |client, _| {
            users::homes(client).await.unwrap_err();
        },
    );
}

#[test]
fn a_composite_type_with_fewer_fields_is_an_error() {
    after(
        "ALTER TYPE place DROP ATTRIBUTE street",
        async |client, _| {
            let error = users::homes(client).await.unwrap_err();
            assert!(fault(&error).contains("`place` has 1 fields"), "{error:?}");
        },
    );
}
