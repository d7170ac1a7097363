//! The case `bulk`: `:copyfrom`, `:batch…` and `-- @many`.

#[path = "../cases/bulk/expected/mod.rs"]
mod db;

use std::convert::Infallible;
use std::error::Error as _;
use std::future::{Future, IntoFuture, poll_fn};
use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Relaxed;
use std::task::{Context, Poll};
use std::time::Duration;

use db::models::Level;
use db::users::{
    self, CopyEmailsParams, CopyOrdersParams, CopyUsersParams, InsertOrdersParams,
    InsertUsersParams, NumbersBetweenParams, RenameUserParams, SaveTaggedParams, UsersOfParams,
};
use db::{Client, Error, Session, Transaction, TransactionOptions};
use futures_core::Stream;
use rust_decimal::Decimal;
use serde_json::json;

use rowsmith::ThrowawayDatabase;
use tokio_postgres::NoTls;
use tokio_postgres::types::WrongType;

use crate::{on_case, on_database_of};

async fn connect(database: &ThrowawayDatabase) -> tokio_postgres::Client {
    let (client, connection) = database.config().connect(NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

fn sqlstate(error: &Error) -> &str {
    let cause = error.as_postgres().and_then(|cause| cause.code());
    cause.map_or("-", tokio_postgres::error::SqlState::code)
}

async fn numbers(client: &dyn Client) -> Vec<i32> {
    users::list_numbers(client).await.unwrap()
}

/// Every way of taking many rows, on any client. Leaves the tables empty.
async fn run_all(client: &dyn Client, clear: impl AsyncFn()) {
    let (ann, bo) = copy(client).await;
    run_batches(client, ann, bo).await;
    insert_many(client, ann).await;
    clear().await;
}

/// Copies rows with every sort of value; gives the keys of two users.
async fn copy(client: &dyn Client) -> (i64, i64) {
    let bio = json!({"a": [1, null]});
    let tags = ["x".to_owned(), String::new()];
    let full = CopyUsersParams {
        email: "a@x",
        name: "Ann",
        level: Some(Level::High),
        quiet: Some(Level::Low),
        bio: Some(&bio),
        tags: &tags,
        levels: Some(&[Level::Low, Level::High]),
        balance: Decimal::new(1050, 2),
    };
    let bare = CopyUsersParams {
        email: "b@x",
        name: "",
        level: None,
        quiet: None,
        bio: None,
        tags: &[],
        levels: None,
        balance: Decimal::ZERO,
    };
    assert_eq!(users::copy_users(client, [full, bare]).await.unwrap(), 2);
    let stored = users::list_users(client).await.unwrap();
    let [ann, nobody] = stored.as_slice() else {
        panic!("{stored:?}")
    };
    assert_eq!((ann.email.as_str(), ann.name.as_str()), ("a@x", "Ann"));
    assert_eq!(
        (ann.level, ann.quiet),
        (Some(Level::High), Some(Level::Low))
    );
    assert_eq!(
        (ann.bio.as_ref(), ann.tags.as_slice()),
        (Some(&bio), &tags[..])
    );
    assert_eq!(ann.levels.as_deref(), Some(&[Level::Low, Level::High][..]));
    assert_eq!(
        (ann.balance, ann.loud.as_str()),
        (Decimal::new(1050, 2), "ANN")
    );
    assert_eq!(
        (
            nobody.level,
            nobody.quiet,
            nobody.bio.as_ref(),
            nobody.levels.as_ref()
        ),
        (None, None, None, None)
    );
    assert_eq!((nobody.tags.len(), nobody.name.as_str()), (0, ""));

    let emails = (1000..1003).map(|id| CopyEmailsParams { email: "", id });
    let addresses: Vec<String> = (0..3).map(|n| format!("{n}@y")).collect();
    let emails = emails
        .zip(&addresses)
        .map(|(row, email)| CopyEmailsParams { email, ..row });
    assert_eq!(users::copy_emails(client, emails).await.unwrap(), 3);
    let found = users::find_user(client, &["0@y"]).await.unwrap();
    assert_eq!((found[0].id, found[0].name.as_str()), (1000, "nobody"));

    let order = CopyOrdersParams {
        number: 1,
        user_id: None,
        r#type: Some("t"),
    };
    assert_eq!(users::copy_orders(client, vec![order]).await.unwrap(), 1);
    assert_eq!(users::copy_numbers(client, 0..1000).await.unwrap(), 1000);
    assert_eq!(numbers(client).await, (0..1000).collect::<Vec<_>>());

    (ann.id, nobody.id)
}

async fn run_batches(client: &dyn Client, ann: i64, bo: i64) {
    let renames = [(ann, "Ann 2"), (-1, "no one"), (bo, "Bo")]
        .map(|(id, name)| RenameUserParams { name, id });
    assert_eq!(
        users::rename_user(client, &renames).await.unwrap(),
        [1, 0, 1]
    );
    assert_eq!(
        users::delete_numbers(client, &[990, 980, 985])
            .await
            .unwrap(),
        [10, 10, 0]
    );
    let found = users::find_user(client, &["b@x", "none", "a@x"]).results();
    let found: Vec<_> = found
        .await
        .unwrap()
        .into_iter()
        .map(|found| match found {
            Ok(user) => user.name,
            Err(error) if error.is_not_found() => format!("{error}"),
            Err(error) => panic!("{error}"),
        })
        .collect();
    assert_eq!(found, ["Bo", "query `FindUser` found no row", "Ann 2"]);
    let missing = users::find_user(client, &["b@x", "none", "a@x"]).await;
    assert!(missing.unwrap_err().is_not_found());
    let ranges =
        [(3, 5), (5, 3), (979, 2000)].map(|(low, high)| NumbersBetweenParams { low, high });
    assert_eq!(
        users::numbers_between(client, &ranges).await.unwrap(),
        [vec![3, 4, 5], vec![], vec![979]]
    );
    let of = [Level::Low, Level::High].map(|level| UsersOfParams { level, name: "x" });
    let of = users::users_of(client, &of).await.unwrap();
    assert_eq!((of[0].len(), of[1].len(), of[1][0].id), (0, 1, ann));
}

async fn insert_many(client: &dyn Client, ann: i64) {
    let bio = json!({"a": [1, null]});
    let rows = [
        InsertUsersParams {
            email: "C@x",
            name: "Cy",
            level: Some(Level::Low),
            quiet: Some(Level::Low),
            bio: Some(&bio),
            balance: 21,
        },
        InsertUsersParams {
            email: "A@X",
            name: "Ann 3",
            level: None,
            quiet: None,
            bio: None,
            balance: 0,
        },
    ];
    let inserted = users::insert_users(client, &rows).await.unwrap();
    assert_eq!(inserted[1].id, ann, "updated");
    assert_eq!(
        inserted
            .iter()
            .map(|row| row.name.as_str())
            .collect::<Vec<_>>(),
        ["Cy", "Ann 3"]
    );
    let stored = users::list_users(client).await.unwrap();
    let cy = stored.iter().find(|user| user.email == "c@x").unwrap();
    assert_eq!(
        (cy.balance, cy.level, cy.quiet),
        (Decimal::new(42, 0), Some(Level::Low), Some(Level::Low))
    );
    assert_eq!((cy.bio.as_ref(), cy.levels.as_ref()), (Some(&bio), None));
    let orders = [(2, None, "a@x"), (3, Some("x"), "none")].map(|(order, r#type, user_email)| {
        InsertOrdersParams {
            order,
            r#type,
            user_email,
        }
    });
    users::insert_orders(client, &orders).await.unwrap();
    let orders = users::list_orders(client).await.unwrap();
    let orders: Vec<_> = orders
        .iter()
        .map(|order| (order.order, order.user_id, order.r#type.as_deref()))
        .collect();
    assert_eq!(
        orders,
        [
            (1, None, Some("t")),
            (2, Some(ann), Some("none")),
            (3, None, Some("x"))
        ]
    );
    let added = users::insert_missing_numbers(client, &[5000, 1, 4000, 2, 6000]).await;
    assert_eq!(added.unwrap(), [5000, 4000, 6000]);
    assert_eq!(
        users::insert_numbers(client, &[7, 8][..0]).await.unwrap(),
        0
    );
    assert_eq!(
        users::insert_numbers(client, &[7000, 7001]).await.unwrap(),
        2
    );
    assert_eq!(users::set_balances(client, Decimal::ONE).await.unwrap(), 6);
}

const CLEAR: &str = r#"TRUNCATE users, numbers, "Shop"."order""#;

#[test]
fn on_a_plain_client() {
    on_database_of("bulk", |client| async move {
        let clear = async || client.batch_execute(CLEAR).await.unwrap();
        run_all(&client, clear).await;
    });
}

#[test]
fn on_a_plain_transaction() {
    on_database_of("bulk", |mut client| async move {
        let transaction = client.transaction().await.unwrap();
        let clear = async || transaction.batch_execute(CLEAR).await.unwrap();
        run_all(&transaction, clear).await;
        transaction.commit().await.unwrap();
    });
}

#[test]
fn on_a_session_and_in_its_transactions() {
    on_database_of("bulk", |client| async move {
        let mut session = Session::new(client);
        for _ in 0..2 {
            let clear = async || session.batch_execute(CLEAR).await.unwrap();
            run_all(&session, clear).await;
        }
        let count = "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE 'COPY users%'
            OR statement LIKE 'INSERT INTO users (email, name, level, quiet, bio, tags%'";
        let prepared = session.query_one(count, &[]).await.unwrap();
        assert_eq!(prepared.get::<_, i64>(0), 0, "each COPY asks anew");
        let mut transaction = Transaction::begin(&mut session, &TransactionOptions::new());
        let savepoint = transaction.begin_savepoint();
        let clear = async || {
            let client = savepoint.connection().client();
            client.batch_execute(CLEAR).await.unwrap();
        };
        run_all(&savepoint, clear).await;
        users::copy_numbers(&savepoint, 0..3).await.unwrap();
        savepoint.rollback().await.unwrap();
        assert_eq!(numbers(&transaction).await, [0; 0]);
        users::copy_numbers(&transaction, 3..5).await.unwrap();
        transaction.commit().await.unwrap();
        assert_eq!(numbers(&session).await, [3, 4]);
    });
}

#[test]
fn nothing_is_sent_for_no_rows() {
    on_database_of("bulk", |client| async move {
        // Every statement fails in a failed transaction.
        client.batch_execute("BEGIN").await.unwrap();
        client.batch_execute("nonsense").await.unwrap_err();
        assert_eq!(users::copy_numbers(&client, []).await.unwrap(), 0);
        assert_eq!(users::insert_numbers(&client, &[]).await.unwrap(), 0);
        assert_eq!(
            users::insert_missing_numbers(&client, &[]).await.unwrap(),
            [0; 0]
        );
        users::insert_orders(&client, &[]).await.unwrap();
        assert_eq!(users::add_number(&client, &[]).await.unwrap(), [0; 0]);
        assert!(
            users::add_number(&client, &[])
                .results()
                .await
                .unwrap()
                .is_empty()
        );
        users::insert_numbers(&client, &[1]).await.unwrap_err();
    });
}

#[test]
fn a_hundred_thousand_rows() {
    on_database_of("bulk", |client| async move {
        let session = Session::new(client);
        let many: Vec<i32> = (0..100_000).collect();
        assert_eq!(
            users::copy_numbers(&session, many.iter().copied())
                .await
                .unwrap(),
            100_000
        );
        assert_eq!(
            users::delete_numbers(&session, &[0]).await.unwrap(),
            [100_000]
        );
        assert_eq!(
            users::insert_numbers(&session, &many).await.unwrap(),
            100_000
        );
        assert_eq!(
            users::delete_numbers(&session, &[0]).await.unwrap(),
            [100_000]
        );
        assert_eq!(
            users::insert_missing_numbers(&session, &many)
                .await
                .unwrap(),
            many
        );
        assert_eq!(
            users::delete_numbers(&session, &[0]).await.unwrap(),
            [100_000]
        );
        assert_eq!(users::add_number(&session, &many).await.unwrap(), many);

        let emails: Vec<String> = many
            .iter()
            .map(|n| format!("{n}@{}", "x".repeat(20)))
            .collect();
        let rows = || {
            emails.iter().map(|email| InsertUsersParams {
                email,
                name: "name",
                level: None,
                quiet: None,
                bio: None,
                balance: 1,
            })
        };
        let rows: Vec<_> = rows().collect();
        let inserted = users::insert_users(&session, &rows).await.unwrap();
        assert!(
            inserted.iter().map(|row| &row.email).eq(&emails),
            "in order"
        );
        // So that calls with the same rows meet no deadlock.
        let mut by_key: Vec<_> = inserted.iter().collect();
        by_key.sort_by(|one, other| one.email.cmp(&other.email));
        assert!(by_key.is_sorted_by_key(|row| row.id));
    });
}

#[test]
fn upserts_of_the_same_rows_meet_no_deadlock() {
    on_case("bulk", async |database| {
        let emails: Vec<String> = (0..200).map(|n| format!("{n}@x")).collect();
        let save = async |order: i32, name: &'static str| {
            let session = Session::new(connect(database).await);
            for round in 0..20 {
                let mut rows: Vec<_> = emails
                    .iter()
                    .map(|email| InsertUsersParams {
                        email,
                        name,
                        level: None,
                        quiet: None,
                        bio: None,
                        balance: 1,
                    })
                    .collect();
                if (round + order) % 2 == 0 {
                    rows.reverse();
                }
                let saved = users::insert_users(&session, &rows).await.unwrap();
                let saved = saved.iter().map(|row| row.email.as_str());
                assert!(saved.eq(rows.iter().map(|row| row.email)), "in order");
            }
        };
        let mut saves: Vec<Pin<Box<dyn Future<Output = ()> + '_>>> = vec![
            Box::pin(save(0, "one")),
            Box::pin(save(1, "other")),
            Box::pin(save(0, "third")),
        ];
        poll_fn(|cx| {
            saves.retain_mut(|save| save.as_mut().poll(cx).is_pending());
            if saves.is_empty() {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        })
        .await;
    });
}

#[test]
fn an_error_in_the_middle_of_a_copy_leaves_nothing() {
    on_database_of("bulk", |mut client| async move {
        // Refused by the server long before the end.
        let rows = (0..200_000).map(|n| if n == 50_000 { -1 } else { n });
        let error = users::copy_numbers(&client, rows).await.unwrap_err();
        assert_eq!((sqlstate(&error), error.query()), ("23514", "CopyNumbers"));
        let twice = users::copy_numbers(&client, [1, 2, 1]).await.unwrap_err();
        assert_eq!(sqlstate(&twice), "23505");
        assert_eq!(numbers(&client).await, [0; 0]);

        // Inside a transaction it takes the transaction with it, unless in a savepoint.
        let mut transaction = client.transaction().await.unwrap();
        users::copy_numbers(&transaction, [1]).await.unwrap();
        let savepoint = transaction.transaction().await.unwrap();
        users::copy_numbers(&savepoint, [2, 1]).await.unwrap_err();
        savepoint.rollback().await.unwrap();
        assert_eq!(numbers(&transaction).await, [1]);
        users::copy_numbers(&transaction, [2, 1]).await.unwrap_err();
        let error = users::copy_numbers(&transaction, [3]).await.unwrap_err();
        assert_eq!(sqlstate(&error), "25P02");
        transaction.rollback().await.unwrap();
        assert_eq!(numbers(&client).await, [0; 0]);
    });
}

#[test]
fn a_value_that_cannot_be_sent_ends_the_copy() {
    on_database_of("bulk", |client| async move {
        let client = Session::new(client);
        client
            .batch_execute("ALTER TYPE level RENAME TO grade")
            .await
            .unwrap();
        let user = CopyUsersParams {
            email: "a@x",
            name: "",
            level: Some(Level::Low),
            quiet: None,
            bio: None,
            tags: &[],
            levels: None,
            balance: Decimal::ZERO,
        };
        let rows = (0..10_000).map(|_| user);
        let error = users::copy_users(&client, rows).await.unwrap_err();
        assert!(error.as_postgres().is_none(), "{error:?}");
        assert!(
            error.to_string().starts_with("query `CopyUsers` failed: "),
            "{error}"
        );
        assert!(
            std::error::Error::source(&error)
                .unwrap()
                .to_string()
                .contains("grade")
        );
        assert_eq!(users::count_users(&client).await.unwrap(), 0);
    });
}

/// Binary data says nothing of types: a `real` would take the bytes of an `integer`.
#[test]
fn a_copy_to_a_column_of_another_type_is_an_error() {
    on_database_of("bulk", |client| async move {
        let session = Session::new(client);
        users::copy_numbers(&session, [1]).await.unwrap();
        change_type(&session, "real").await;
        let error = users::copy_numbers(&session, [2]).await.unwrap_err();
        assert!(error.source().unwrap().is::<WrongType>(), "{error:?}");
        change_type(&session, "integer").await;
        assert_eq!(users::copy_numbers(&session, [3]).await.unwrap(), 1);
        assert_eq!(numbers(&session).await, [1, 3]);
    });
}

async fn change_type(client: &tokio_postgres::Client, ty: &str) {
    let change = format!("ALTER TABLE numbers ALTER n TYPE {ty}");
    client.batch_execute(&change).await.unwrap();
}

/// Polls a future `times` times and drops it.
async fn poll_and_drop<F: IntoFuture>(future: F, times: usize) {
    let mut future = pin!(future.into_future());
    for _ in 0..times {
        let ready = poll_fn(|cx| Poll::Ready(future.as_mut().poll(cx).is_ready())).await;
        assert!(!ready);
        tokio::task::yield_now().await;
    }
}

#[test]
fn a_dropped_copy_stores_nothing() {
    on_database_of("bulk", |client| async move {
        for times in [1, 5, 20, 50] {
            poll_and_drop(users::copy_numbers(&client, 0..), times).await;
            assert_eq!(numbers(&client).await, [0; 0], "after {times}");
        }
    });
}

/// Numbers of which every thousandth has to be waited for.
struct Slow<E> {
    numbers: std::vec::IntoIter<Result<i32, E>>,
    asked: Arc<AtomicUsize>,
}

impl<E> Slow<E> {
    fn new(numbers: impl IntoIterator<Item = Result<i32, E>>) -> Self {
        let numbers = Vec::from_iter(numbers).into_iter();
        let asked = Arc::default();
        Self { numbers, asked }
    }
}

impl<E> Unpin for Slow<E> {}

impl<E> Stream for Slow<E> {
    type Item = Result<i32, E>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.asked.fetch_add(1, Relaxed).is_multiple_of(1000) {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(self.get_mut().numbers.next())
    }
}

#[test]
fn a_hundred_thousand_rows_of_a_stream() {
    on_case("bulk", async |database| {
        let session = Session::new(connect(database).await);
        let items = Slow::new((0..100_000).map(Ok::<_, Infallible>));
        let copied = users::copy_numbers_stream(&session, items, |n| *n).await;
        assert_eq!(copied.unwrap(), 100_000);
        assert!(numbers(&session).await.into_iter().eq(0..100_000));

        // From one connection to another; a row borrows from its item.
        let other = Session::new(connect(database).await);
        let stored = users::list_emails(&session).stream();
        let copied = users::copy_users_stream(&other, stored, |row| CopyUsersParams {
            email: &row.email,
            name: &row.name,
            level: None,
            quiet: None,
            bio: None,
            tags: std::slice::from_ref(&row.name),
            levels: None,
            balance: Decimal::ONE,
        });
        assert_eq!(copied.await.unwrap(), 100_000);
        let stored = users::list_users(&session).await.unwrap();
        let last = stored.last().unwrap();
        assert_eq!(
            (last.email.as_str(), last.name.as_str()),
            ("99999@x", "99999")
        );
        assert_eq!(last.tags, ["99999"]);
    });
}

#[test]
fn an_error_in_a_stream_ends_the_copy() {
    on_database_of("bulk", |client| async move {
        // Before the first row, in the first part, and later.
        for place in [0, 1, 50_000] {
            let broken = (0..100_000).map(|n| if n == place { Err("torn") } else { Ok(n) });
            let items = Slow::new(broken);
            let asked = items.asked.clone();
            let error = users::copy_numbers_stream(&client, items, |n| *n).await;
            let error = error.unwrap_err();
            assert_eq!(error.to_string(), "query `CopyNumbers` failed: torn");
            assert_eq!(error.source().unwrap().to_string(), "torn");
            assert!(error.as_postgres().is_none());
            // No item after it was asked for.
            let asked = i32::try_from(asked.load(Relaxed)).unwrap();
            assert!(asked <= place + place / 900 + 2, "{asked}");
            assert_eq!(numbers(&client).await, [0; 0]);
        }
        // Errors keep their type.
        let items = Slow::new([Ok(1), Err(io::Error::from(io::ErrorKind::TimedOut))]);
        let error = users::copy_numbers_stream(&client, items, |n| *n).await;
        let error = error.unwrap_err();
        let cause: &io::Error = error.source().unwrap().downcast_ref().unwrap();
        assert_eq!(cause.kind(), io::ErrorKind::TimedOut);

        // Those of the server and of values are as they are with an iterator.
        let items = Slow::new([Ok::<_, Infallible>(1), Ok(-1)]);
        let error = users::copy_numbers_stream(&client, items, |n| *n).await;
        assert_eq!(sqlstate(&error.unwrap_err()), "23514");
        change_type(&client, "bigint").await;
        let session = Session::new(client);
        let items = Slow::new([Ok::<_, Infallible>(1)]);
        let error = users::copy_numbers_stream(&session, items, |n| *n).await;
        let error = error.unwrap_err();
        assert!(error.source().unwrap().is::<WrongType>(), "{error:?}");
    });
}

#[test]
fn a_stream_is_asked_no_faster_than_rows_are_sent() {
    on_case("bulk", async |database| {
        let session = Session::new(connect(database).await);
        // The server does not read the rows while it waits for the table.
        let mut other = connect(database).await;
        let transaction = other.transaction().await.unwrap();
        let lock = "INSERT INTO numbers VALUES (5)";
        transaction.batch_execute(lock).await.unwrap();
        let items = Slow::new((0..1_000_000).map(Ok::<_, Infallible>));
        let asked = items.asked.clone();
        let copied = users::copy_numbers_stream(&session, items, |n| *n);
        let copying = tokio::time::timeout(Duration::from_millis(300), copied.into_future());
        copying.await.unwrap_err();
        let asked = asked.load(Relaxed);
        assert!(asked > 0 && asked < 500_000, "{asked} rows were asked for");
        transaction.rollback().await.unwrap();
        // The COPY was dropped, and so nothing of it is there.
        assert_eq!(numbers(&session).await, [0; 0]);
    });
}

#[test]
fn an_item_that_fails_undoes_nothing_of_the_others() {
    on_database_of("bulk", |mut client| async move {
        let items = [1, -1, 2, 1, 3];
        let results = users::add_number(&client, &items).results().await.unwrap();
        let results: Vec<_> = results
            .iter()
            .map(|result| result.as_ref().map_err(sqlstate))
            .collect();
        assert_eq!(
            results,
            [Ok(&1), Err("23514"), Ok(&2), Err("23505"), Ok(&3)]
        );
        assert_eq!(numbers(&client).await, [1, 2, 3]);
        let error = users::add_number(&client, &[4, -1, 1, 5])
            .await
            .unwrap_err();
        assert_eq!((sqlstate(&error), error.query()), ("23514", "AddNumber"));
        assert_eq!(numbers(&client).await, [1, 2, 3, 4, 5], "all were run");

        // In a transaction, the first failure is that of all.
        let transaction = client.transaction().await.unwrap();
        let results = users::add_number(&transaction, &[6, -1, 7])
            .results()
            .await
            .unwrap();
        let results: Vec<_> = results
            .iter()
            .map(|result| result.as_ref().map_err(sqlstate))
            .collect();
        assert_eq!(results, [Ok(&6), Err("23514"), Err("25P02")]);
        transaction.rollback().await.unwrap();
        assert_eq!(numbers(&client).await, [1, 2, 3, 4, 5]);
    });
}

/// `BEGIN` travels with the first of them, whatever it is.
#[test]
fn many_rows_can_begin_a_transaction() {
    on_database_of("bulk", |client| async move {
        let mut session = Session::new(client);
        for _ in 0..2 {
            let options = TransactionOptions::new();
            let transaction = Transaction::begin(&mut session, &options);
            users::copy_numbers(&transaction, [1]).await.unwrap();
            transaction.rollback().await.unwrap();
            let transaction = Transaction::begin(&mut session, &options);
            users::add_number(&transaction, &[1, 2]).await.unwrap();
            transaction.rollback().await.unwrap();
            let transaction = Transaction::begin(&mut session, &options);
            users::insert_numbers(&transaction, &[1, 2]).await.unwrap();
            transaction.rollback().await.unwrap();
            assert_eq!(numbers(&session).await, [0; 0]);
        }
        // One that cannot begin runs nothing.
        let options = TransactionOptions::new().set_local("no_such_setting", 1);
        let transaction = Transaction::begin(&mut session, &options);
        users::copy_numbers(&transaction, [1]).await.unwrap_err();
        drop(transaction);
        let transaction = Transaction::begin(&mut session, &options);
        users::add_number(&transaction, &[1]).await.unwrap_err();
        drop(transaction);
        assert_eq!(numbers(&session).await, [0; 0]);
    });
}

#[test]
fn a_batch_outlives_a_change_of_the_schema() {
    on_database_of("bulk", |client| async move {
        let mut session = Session::new(client);
        let levels = [Level::Low, Level::High].map(|level| UsersOfParams { level, name: "" });
        let add = "INSERT INTO users (email, level) VALUES ('a@x', 'high')";
        session.batch_execute(add).await.unwrap();
        let before = users::users_of(&session, &levels).await.unwrap();
        let change = "ALTER TABLE users ADD COLUMN added_later integer";
        session.batch_execute(change).await.unwrap();
        assert_eq!(users::users_of(&session, &levels).await.unwrap(), before);
        assert_eq!(before[1].len(), 1);

        // More items than are under way at a time, of a statement that the server has lost: each runs once.
        let items: Vec<i32> = (0..2500).collect();
        users::add_number(&session, &[0]).await.unwrap();
        session
            .batch_execute("TRUNCATE numbers; DEALLOCATE ALL")
            .await
            .unwrap();
        let added = users::add_number(&session, &items).await.unwrap();
        assert_eq!(added, items);
        assert_eq!(numbers(&session).await, items);

        // A transaction is spoilt; the next one is not.
        session
            .batch_execute("TRUNCATE numbers; DEALLOCATE ALL")
            .await
            .unwrap();
        for is_spoilt in [true, false] {
            let options = TransactionOptions::new();
            let transaction = Transaction::begin(&mut session, &options);
            let added = users::add_number(&transaction, &[1]).await;
            assert_eq!(added.is_err(), is_spoilt, "{added:?}");
            transaction.rollback().await.unwrap();
        }
        assert_eq!(numbers(&session).await, [0; 0]);
    });
}

#[test]
fn a_batch_streams_its_results_in_order() {
    on_database_of("bulk", |client| async move {
        let items: Vec<i32> = (0..5000).rev().collect();
        let mut stream = users::add_number(&client, &items).stream();
        let mut stream = pin!(&mut stream);
        let mut seen = Vec::new();
        while let Some(item) = poll_fn(|cx| stream.as_mut().poll_next(cx)).await {
            seen.push(item.unwrap());
        }
        assert_eq!(seen, items);
        // What was sent before it was dropped has run, no more than a window of it.
        client.batch_execute("TRUNCATE numbers").await.unwrap();
        poll_and_drop(users::add_number(&client, &items), 3).await;
        let stored = numbers(&client).await.len();
        assert!(stored <= 2000, "{stored}");
    });
}

#[test]
fn a_batch_that_cannot_be_prepared_runs_nothing() {
    on_database_of("bulk", |client| async move {
        client
            .batch_execute("ALTER TABLE numbers RENAME TO n")
            .await
            .unwrap();
        // Where nothing is prepared, each item fails for itself.
        let results = users::add_number(&client, &[1, 2]).results().await.unwrap();
        let states = results
            .iter()
            .map(|item| sqlstate(item.as_ref().unwrap_err()));
        assert!(states.eq(["42P01", "42P01"]));
        let session = Session::new(client);
        let error = users::add_number(&session, &[1, 2])
            .results()
            .await
            .unwrap_err();
        assert_eq!(sqlstate(&error), "42P01");
        let error = users::add_number(&session, &[1, 2]).await.unwrap_err();
        assert_eq!(sqlstate(&error), "42P01");
    });
}

#[test]
fn a_statement_for_many_rows_is_all_or_nothing() {
    on_database_of("bulk", |client| async move {
        let error = users::insert_numbers(&client, &[1, 2, -1])
            .await
            .unwrap_err();
        assert_eq!(
            (sqlstate(&error), error.query()),
            ("23514", "InsertNumbers")
        );
        assert_eq!(numbers(&client).await, [0; 0]);
        // Postgres' own: DO UPDATE may not meet a row twice.
        let user = InsertUsersParams {
            email: "a@x",
            name: "",
            level: None,
            quiet: None,
            bio: None,
            balance: 0,
        };
        let error = users::insert_users(&client, &[user, user])
            .await
            .unwrap_err();
        assert_eq!(sqlstate(&error), "21000");
        assert_eq!(
            users::insert_missing_numbers(&client, &[1, 1, 2])
                .await
                .unwrap(),
            [1, 2]
        );
    });
}

#[test]
fn arrays_of_many_rows_can_be_sent_as_json() {
    on_database_of("bulk", |client| async move {
        let row = |email, tags, levels| SaveTaggedParams {
            email,
            tags,
            levels,
        };
        let tags = [
            json!(["b", "a", "", "NULL"]),
            json!([]),
            json!(["{x,\"y\"}"]),
        ];
        let levels = [json!(["high", null, "low"]), json!([])];
        let rows = [
            row("a@x", &tags[0], Some(&levels[0])),
            row("b@x", &tags[1], Some(&levels[1])),
            row("c@x", &tags[2], None),
        ];
        // A second time over what is there.
        for _ in 0..2 {
            assert_eq!(users::save_tagged(&client, &rows).await.unwrap(), 3);
            let shown = users::show_tagged(&client).await.unwrap();
            for (shown, row) in shown.iter().zip(&rows) {
                let shown = (shown.email.as_str(), &shown.tags, shown.levels.as_ref());
                assert_eq!(shown, (row.email, row.tags, row.levels));
            }
            assert_eq!(shown.len(), 3);
        }
    });
}

#[test]
fn explanations_show_what_is_sent() {
    let project = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases/bulk/sqlc.yaml");
    let explanations = rowsmith::Generator::from_file(project).unwrap().explain();
    let explanations = explanations.unwrap();
    let shown = |name: &str| {
        let found = explanations.iter().find(|found| found.name == name);
        found.unwrap().to_string()
    };
    let numbers = shown("InsertNumbers");
    assert!(
        numbers.contains("FROM unnest($1::integer[]) AS input (n)"),
        "{numbers}"
    );
    assert!(numbers.contains("parameters of each row"), "{numbers}");
    assert!(shown("CopyNumbers").contains("COPY numbers (n) FROM STDIN"));
    assert!(shown("AddNumber").contains("parameters of each row"));
    assert!(shown("SetBalances").contains("\nparameters\n"));
}

#[test]
fn futures_can_be_spawned() {
    on_database_of("bulk", |client| async move {
        let session = Arc::new(Session::new(client));
        let tasks = (0..10).map(|task| {
            let session = session.clone();
            tokio::spawn(async move {
                let first = task * 100;
                users::copy_numbers(&*session, first..first + 10)
                    .await
                    .unwrap();
                let more: Vec<i32> = (first + 10..first + 20).collect();
                users::insert_numbers(&*session, &more).await.unwrap();
                users::delete_numbers(&*session, &[10_000]).await.unwrap();
                let rows: Vec<i32> = (first + 20..first + 30).collect();
                users::add_number(&*session, &rows).results().await.unwrap();
            })
        });
        for task in tasks.collect::<Vec<_>>() {
            task.await.unwrap();
        }
        assert_eq!(numbers(&*session).await.len(), 300);
    });
}

#[test]
fn a_copy_that_is_refused_at_once_is_an_error() {
    on_database_of("bulk", |client| async move {
        let mut session = Session::new(client);
        users::copy_numbers(&session, [1]).await.unwrap();
        // In a failed transaction the connection is kept.
        let transaction = Transaction::begin(&mut session, &TransactionOptions::new());
        users::insert_numbers(&transaction, &[1]).await.unwrap_err();
        let error = users::copy_numbers(&transaction, [2]).await.unwrap_err();
        assert_eq!(sqlstate(&error), "25P02");
        transaction.rollback().await.unwrap();
        assert_eq!(numbers(&session).await, [1]);
        // A view is refused only when data arrives.
        let view = "ALTER TABLE numbers RENAME TO n; CREATE VIEW numbers AS SELECT * FROM n";
        session.batch_execute(view).await.unwrap();
        for rows in [1, 100_000] {
            let error = users::copy_numbers(&session, 0..rows).await.unwrap_err();
            assert_eq!(sqlstate(&error), "42809", "{error:?}");
            assert_eq!(numbers(&session).await, [1]);
        }
        // See docs/bulk.md: this one loses the connection.
        session
            .batch_execute("SET transaction_read_only = on; BEGIN READ ONLY")
            .await
            .unwrap();
        let error = users::copy_numbers(&session, [2]).await.unwrap_err();
        assert_eq!(sqlstate(&error), "25006", "{error:?}");
    });
}

#[test]
fn every_query_is_what_it_was_generated_as() {
    on_database_of("bulk", |client| async move {
        db::prepare_all(&client).await.unwrap();
    });
}
