//! The clients other than `tokio-postgres`' own.

use super::db::bank::{self};
use super::db::client::{Connection, SessionManager};
use super::db::{self, BeginTransaction, Client, Error, Session, TransactionOptions};
use super::{balances, connect, on_the_bank};
use bb8_postgres::PostgresConnectionManager;
use bb8_postgres::bb8;
use deadpool_postgres::{Manager, PoolError, Timeouts};
use std::time::Duration;
use tokio_postgres::NoTls;

/// What every client can do.
async fn run_on<C: BeginTransaction>(client: &mut C) {
    assert_eq!(balances(client).await, [100, 50]);
    assert_eq!(
        bank::get_owner(client, 1).await.unwrap().email,
        "ada@example.com"
    );
    let outcome = db::transaction(client, TransactionOptions::new(), async |tx| {
        tx.set_rollback_only();
        bank::deposit(tx, 1, 1).await
    });
    assert_eq!(outcome.await.unwrap(), 101);
    assert_eq!(balances(client).await, [100, 50]);
}

async fn prepared(client: &tokio_postgres::Client) -> i64 {
    let sql = "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%accounts%'";
    let rows = client.query_typed(sql, &[]).await.unwrap();
    rows[0].get(0)
}

/// A wrapper as users write it.
struct Wrapper {
    session: Session,
    name: &'static str,
}

impl Client for Wrapper {
    fn connection(&self) -> Connection<'_> {
        self.session.connection()
    }
}

impl BeginTransaction for Wrapper {}

#[test]
fn queries_run_on_every_client() {
    on_the_bank(async |database| {
        let mut client = connect(database).await;
        run_on(&mut client).await;
        assert_eq!(prepared(&client).await, 0);
        let transaction = client.transaction().await.unwrap();
        assert_eq!(balances(&transaction).await, [100, 50]);
        transaction.rollback().await.unwrap();

        let mut session = Session::new(client);
        run_on(&mut session).await;
        run_on(&mut &mut session).await;
        assert_eq!(prepared(&session).await, 2);
        let shared = std::sync::Arc::new(session);
        let erased: std::sync::Arc<dyn Client> = shared.clone();
        assert_eq!(balances(&shared).await, [100, 50]);
        assert_eq!(balances(&erased).await, [100, 50]);
        drop(erased);
        let mut session = Box::new(std::sync::Arc::into_inner(shared).unwrap());
        run_on(&mut session).await;
        let session = *session;
        let mut wrapper = Wrapper {
            session,
            name: "mine",
        };
        run_on(&mut wrapper).await;
        assert_eq!(prepared(&wrapper.session).await, 2, "{}", wrapper.name);
        let erased: &mut dyn BeginTransaction = &mut wrapper;
        let outcome = db::transaction(erased, TransactionOptions::new(), async |tx| {
            bank::total(tx).await
        });
        assert_eq!(outcome.await.unwrap(), 150);
    });
}

#[test]
fn a_deadpool_keeps_statements_and_says_when_it_is_exhausted() {
    on_the_bank(async |database| {
        let manager = Manager::new(database.config().clone(), NoTls);
        let pool = deadpool_postgres::Pool::builder(manager)
            .max_size(1)
            .runtime(deadpool_postgres::Runtime::Tokio1)
            .build()
            .unwrap();
        let mut connection = pool.get().await.unwrap();
        run_on(&mut connection).await;
        assert_eq!(prepared(&connection).await, 2);
        let transaction = connection.transaction().await.unwrap();
        assert_eq!(balances(&transaction).await, [100, 50]);
        transaction.rollback().await.unwrap();
        assert_eq!(prepared(&connection).await, 2);

        let timeouts = Timeouts {
            wait: Some(Duration::from_millis(10)),
            ..Timeouts::default()
        };
        let exhausted = pool.timeout_get(&timeouts).await.unwrap_err();
        assert!(matches!(exhausted, PoolError::Timeout(_)));
        // As in a function that gives the generated error.
        let get = async || Ok::<_, Error>(pool.timeout_get(&timeouts).await?);
        let error = get().await.unwrap_err();
        assert!(
            error.is_pool_error() && !error.is_connection_lost(),
            "{error:?}"
        );
        drop(connection);
        assert_eq!(balances(&get().await.unwrap()).await, [100, 50]);
    });
}

#[test]
fn a_bb8_pool_runs_with_and_without_statements() {
    on_the_bank(async |database| {
        let config = database.config().clone();
        let plain = PostgresConnectionManager::new(config.clone(), NoTls);
        let pool = bb8::Pool::builder().max_size(1).build(plain).await.unwrap();
        let mut connection = pool.get().await.unwrap();
        run_on(&mut connection).await;
        assert_eq!(prepared(&connection).await, 0);

        let sessions = SessionManager::new(config, NoTls);
        let pool = bb8::Pool::builder()
            .max_size(1)
            .connection_timeout(Duration::from_millis(100))
            .build(sessions)
            .await
            .unwrap();
        let mut connection = pool.get().await.unwrap();
        run_on(&mut connection).await;
        assert_eq!(prepared(&connection).await, 2);
        let get = async || Ok::<_, Error>(pool.get().await?);
        assert!(get().await.unwrap_err().is_pool_error());
        drop(connection);
        assert_eq!(prepared(&get().await.unwrap()).await, 2);
    });
}
