//! The case `loaders`: relations of rows that the caller has.

/// As [build scripts](../../docs/build-script.md) have it.
mod db {
    include!(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/cases/loaders/expected/mod.rs"
    ));
}

use std::str::FromStr;

use rust_decimal::Decimal;
use tokio_postgres::Client;

use crate::wire::counted;
use crate::{on_case, on_database_of};
use db::models::{R, Todo, TodoNote};
use db::relations::{
    auth_users, bookings, categories, größen, into_iterators, loader, mod_table, rooms, tags, todos,
};
use db::{Session, prepare_all};

/// Beyond what a JSON number or a `double` holds.
const BIG: i64 = 9_007_199_254_740_993;

async fn fill(client: &Client) {
    let sql = format!(
        "INSERT INTO auth.users VALUES (1, 'Ada', NULL), ({BIG}, 'Bo', 1), (3, 'Cy', 1);
         INSERT INTO categories VALUES (1, NULL, 'home'), (2, 1, 'garden'), (3, 1, 'roof'), (4, 2, 'beds');
         INSERT INTO levels VALUES ('low', 'some day'), ('high', 'today');
         INSERT INTO currencies VALUES ('EUR', 'euro'), ('USD', 'dollar');
         INSERT INTO todos VALUES
            (10, 'dig', 1, {BIG}, 4, 'high', 'EUR'), (11, 'mow', 1, NULL, 2, NULL, NULL), (12, 'sow', {BIG}, 1, NULL, 'low', 'USD');
         INSERT INTO tags VALUES (1, 'wet'), (2, 'loud'), (3, 'unused');
         INSERT INTO todo_tags VALUES (10, 2), (10, 1), (11, 2);
         INSERT INTO todo_notes VALUES (11, 'not on Sundays');
         INSERT INTO rooms VALUES ('A', 1.5, 10), ('A', 2.0, 20), ('B', 1.50, 30);
         INSERT INTO bookings VALUES (1, 10, 'A', 1.50), (2, 10, 'B', 1.5), (3, 11, 'A', 1.5), (4, 12, 'A', NULL), (5, 12, NULL, NULL);
         INSERT INTO auth.todos VALUES (7, {BIG});
         INSERT INTO \"größen\" VALUES (1, 'groß', 10);"
    );
    client.batch_execute(&sql).await.unwrap();
}

fn titles(todos: &[Todo]) -> Vec<&str> {
    todos.iter().map(|todo| todo.title.as_str()).collect()
}

#[test]
fn each_row_has_what_belongs_to_it_in_its_place() {
    on_database_of("loaders", |client| async move {
        fill(&client).await;
        let client = Session::new(client);
        let todos = db::todos::list_todos(&client).await.unwrap();
        // Many to many.
        let tags = todos::load_tags(&client, &todos).await.unwrap();
        let names: Vec<Vec<&str>> = tags
            .iter()
            .map(|tags| tags.iter().map(|tag| tag.name.as_str()).collect())
            .collect();
        assert_eq!(names, [vec!["wet", "loud"], vec!["loud"], vec![]]);
        assert_eq!(todos::count_tags(&client, &todos).await.unwrap(), [2, 1, 0]);
        // And back, where every column but one is the table's.
        let of_tags = db::todos::list_tags(&client).await.unwrap();
        let of_tags = tags::load_todos(&client, &of_tags).await.unwrap();
        assert_eq!(
            of_tags
                .iter()
                .map(|todos| titles(todos))
                .collect::<Vec<_>>(),
            [vec!["dig"], vec!["dig", "mow"], vec![]]
        );
        // To one: always, perhaps, by the other side's key, and of a view.
        let owners = todos::load_owner(&client, &todos).await.unwrap();
        let owners: Vec<&str> = owners.iter().map(|owner| owner.name.as_str()).collect();
        assert_eq!(owners, ["Ada", "Ada", "Bo"]);
        let reviewers = todos::load_reviewer(&client, &todos).await.unwrap();
        let reviewers: Vec<Option<i64>> = reviewers
            .iter()
            .map(|found| Some(found.as_ref()?.id))
            .collect();
        assert_eq!(reviewers, [Some(BIG), None, Some(1)]);
        let notes = todos::load_note(&client, &todos).await.unwrap();
        let note = TodoNote {
            todo_id: 11,
            body: "not on Sundays".to_owned(),
        };
        assert_eq!(notes, [None, Some(note), None]);
        let open = todos::load_open(&client, &todos).await.unwrap();
        assert_eq!(
            open.iter().map(Option::is_some).collect::<Vec<_>>(),
            [true, false, true]
        );
        // Keys that are enums, and texts of a fixed length.
        let levels = todos::load_level_level(&client, &todos).await.unwrap();
        let meanings: Vec<Option<&str>> = levels
            .iter()
            .map(|level| Some(level.as_ref()?.meaning.as_str()))
            .collect();
        assert_eq!(meanings, [Some("today"), None, Some("some day")]);
        let currencies = todos::load_currency_currency(&client, &todos)
            .await
            .unwrap();
        let currencies: Vec<Option<&str>> = currencies
            .iter()
            .map(|found| Some(found.as_ref()?.name.as_str()))
            .collect();
        assert_eq!(currencies, [Some("euro"), None, Some("dollar")]);
    });
}

#[test]
fn a_table_may_lead_to_itself() {
    on_database_of("loaders", |client| async move {
        fill(&client).await;
        let all = db::todos::list_categories(&client).await.unwrap();
        let parents = categories::load_parent(&client, &all).await.unwrap();
        let parents: Vec<Option<&str>> = parents
            .iter()
            .map(|parent| Some(parent.as_ref()?.name.as_str()))
            .collect();
        assert_eq!(parents, [None, Some("home"), Some("home"), Some("garden")]);
        // Level by level, to the end.
        let mut level = vec![all[0].clone()];
        let mut depths = Vec::new();
        while !level.is_empty() {
            depths.push(
                level
                    .iter()
                    .map(|category| category.name.clone())
                    .collect::<Vec<_>>()
                    .join(" "),
            );
            let children = categories::load_children(&client, &level).await.unwrap();
            level = children.into_iter().flatten().collect();
        }
        assert_eq!(depths, ["home", "garden roof", "beds"]);
    });
}

#[test]
fn keys_may_have_several_columns_and_equal_values_other_bytes() {
    on_database_of("loaders", |client| async move {
        fill(&client).await;
        let booked = db::todos::list_bookings(&client).await.unwrap();
        let found = bookings::load_room(&client, &booked).await.unwrap();
        let seats = |found: &[Option<db::models::Room>]| {
            found
                .iter()
                .map(|room| Some(room.as_ref()?.seats))
                .collect::<Vec<_>>()
        };
        let expected = [Some(10), Some(30), Some(10), None, None];
        assert_eq!(seats(&found), expected);
        let keys = db::todos::room_keys(&client).await.unwrap();
        assert_eq!(
            seats(&bookings::load_room(&client, &keys).await.unwrap()),
            expected
        );
        let all = db::todos::list_rooms(&client).await.unwrap();
        assert_eq!(
            rooms::count_bookings(&client, &all).await.unwrap(),
            [2, 0, 1]
        );
        let key = ("A".to_owned(), Decimal::from_str("1.500").unwrap());
        let by_key = rooms::load_bookings(&client, [key]).await.unwrap();
        assert_eq!(
            by_key[0]
                .iter()
                .map(|booking| booking.id)
                .collect::<Vec<_>>(),
            [1, 3]
        );
    });
}

#[test]
fn any_rows_do_and_so_do_keys() {
    on_database_of("loaders", |client| async move {
        fill(&client).await;
        let client = Session::new(client);
        let expected = [2, 1, 0];
        let titles = db::todos::todo_titles(&client).await.unwrap();
        assert_eq!(todos::count_tags(&client, &titles).await.unwrap(), expected);
        // Another order, twice the same, one that is not there.
        assert_eq!(
            todos::count_tags(&client, [12, 10, 99, 10]).await.unwrap(),
            [0, 2, 0, 2]
        );
        let twice = todos::load_tags(&client, [10, 10]).await.unwrap();
        assert_eq!(twice[0], twice[1]);
        assert_eq!(twice[0].len(), 2);
        // Both sides of an outer join, of which one may be missing.
        let owned = db::todos::owned(&client).await.unwrap();
        assert_eq!(
            owned.iter().map(|row| row.todo).collect::<Vec<_>>(),
            [Some(10), Some(11), None, Some(12)]
        );
        assert_eq!(
            todos::count_tags(&client, &owned).await.unwrap(),
            [2, 1, 0, 0]
        );
        let inviters = auth_users::load_invited_by_user(&client, &owned)
            .await
            .unwrap();
        assert_eq!(
            inviters.iter().map(Option::is_some).collect::<Vec<_>>(),
            [false, false, true, true]
        );
        let in_schema = auth_users::load_todos(&client, &owned).await.unwrap();
        assert_eq!(
            in_schema.iter().map(Vec::len).collect::<Vec<_>>(),
            [0, 0, 0, 1]
        );
        // What `@with` loaded, one level down; options; rows of one's own.
        let user = db::todos::get_user(&client, 1).await.unwrap();
        assert_eq!(
            todos::count_tags(&client, &user.owner_todos).await.unwrap(),
            [2, 1]
        );
        let maybe = [user.owner_todos.first(), None];
        assert_eq!(todos::count_tags(&client, maybe).await.unwrap(), [2, 0]);
        assert_eq!(todos::count_tags(&client, [Mine(11)]).await.unwrap(), [1]);
        let sizes = db::todos::list_sizes(&client).await.unwrap();
        assert_eq!(
            größen::load_todo(&client, &sizes).await.unwrap()[0].title,
            "dig"
        );
    });
}

/// Somebody's own struct.
struct Mine(i32);

impl todos::HasId for Mine {
    fn key(&self) -> Option<i32> {
        Some(self.0)
    }
}

#[test]
fn one_statement_is_sent_for_any_number_and_none_for_none() {
    on_case("loaders", async |database| {
        let (client, counts) = counted(database.config()).await;
        fill(&client).await;
        let sql = "INSERT INTO todos (id, title, owner_id) SELECT i, 'x', 1 FROM generate_series(1000, 10999) i;
                   INSERT INTO todo_tags SELECT i, 3 FROM generate_series(1000, 10999) i WHERE i % 2 = 0";
        client.batch_execute(sql).await.unwrap();
        let session = Session::new(client);
        // Once, so that it is prepared.
        todos::load_tags(&session, [1]).await.unwrap();
        counts.take();
        let all = db::todos::list_todos(&session).await.unwrap();
        counts.take();
        let tags = todos::load_tags(&session, &all).await.unwrap();
        assert_eq!(counts.take(), (1, 1), "statements and round trips");
        assert_eq!(tags.len(), 10_003);
        assert!(
            all.iter()
                .zip(&tags)
                .all(|(todo, tags)| todo.id < 1000 || tags.len() == usize::from(todo.id % 2 == 0))
        );
        let none: [Todo; 0] = [];
        assert!(todos::load_tags(&session, &none).await.unwrap().is_empty());
        assert_eq!(
            todos::load_tags(&session, [None::<i32>, None])
                .await
                .unwrap(),
            [vec![], vec![]]
        );
        assert_eq!(counts.take(), (0, 0), "nothing is asked for no keys");
    });
}

#[test]
fn what_is_missing_is_an_error_only_where_it_must_be_there() {
    on_database_of("loaders", |client| async move {
        fill(&client).await;
        let todos = db::todos::list_todos(&client).await.unwrap();
        // With foreign keys off: this is what a delete between two statements looks like.
        let sql = "BEGIN; SET LOCAL session_replication_role = replica; DELETE FROM auth.users WHERE id = 1";
        client.batch_execute(sql).await.unwrap();
        let error = todos::load_owner(&client, &todos).await.unwrap_err();
        assert!(error.is_not_found());
        assert_eq!(error.query(), "todos.owner");
        let reviewers = todos::load_reviewer(&client, &todos).await.unwrap();
        assert_eq!(
            reviewers.iter().map(Option::is_some).collect::<Vec<_>>(),
            [true, false, false]
        );
        client.batch_execute("ROLLBACK").await.unwrap();
        assert_eq!(todos::load_owner(&client, &todos).await.unwrap().len(), 3);
    });
}

#[test]
fn every_statement_is_prepared_in_advance() {
    on_database_of("loaders", |client| async move {
        prepare_all(&client).await.unwrap();
        // Read as before.
        let sql = "ALTER TABLE levels ALTER COLUMN meaning TYPE varchar(9)";
        client.batch_execute(sql).await.unwrap();
        prepare_all(&client).await.unwrap();
        let sql = "ALTER TABLE levels ALTER COLUMN meaning TYPE integer USING 1";
        client.batch_execute(sql).await.unwrap();
        let error = prepare_all(&client).await.unwrap_err();
        assert!(error.is_outdated(), "{error}");
        assert_eq!(error.query(), "todos.level_level");
    });
}

#[test]
fn names_of_the_code_itself_are_names_like_any() {
    on_database_of("loaders", |client| async move {
        let sql = "INSERT INTO has_r VALUES ('x'); INSERT INTO mod VALUES (1, 'x', NULL), (2, 'x', 1);
                   INSERT INTO loader VALUES (1, 2, 'k'); INSERT INTO into_iterators VALUES (1, 1, 2)";
        client.batch_execute(sql).await.unwrap();
        let mods = db::todos::list_mods(&client).await.unwrap();
        let found = mod_table::load_has_r(&client, &mods).await.unwrap();
        assert!(found.iter().all(|row| row.r == R::X));
        let loaders = db::todos::loaders(&client).await.unwrap();
        let types = loader::load_type_mod(&client, &loaders).await.unwrap();
        assert_eq!(types[0].as_ref().unwrap().self_, Some(1));
        let rows = db::todos::into_iterator(&client).await.unwrap();
        let clients = into_iterators::load_client_loader(&client, &rows)
            .await
            .unwrap();
        assert_eq!(clients[0].as_ref().unwrap().key.as_deref(), Some("k"));
    });
}
