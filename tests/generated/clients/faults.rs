//! What can go wrong: each a typed error, nothing half committed, and a connection that works or is known to be lost.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use tokio_postgres::error::SqlState;

use super::db::bank::{self, AddAccountParams, AddTransferParams};
use super::db::models::Standing;
use super::db::{self, Client, Constraint, Error, Session, Transaction, TransactionOptions};
use super::{balances, connect, on_the_bank};

#[test]
fn a_violated_constraint_can_be_matched() {
    on_the_bank(async |database| {
        let client = connect(database).await;
        let owner = async |id, email| bank::add_owner(&client, id, email).await.unwrap_err();
        let account = async |id, owner_id, balance| {
            let params = AddAccountParams {
                id,
                owner_id,
                balance,
            };
            bank::add_account(&client, params).await.unwrap_err()
        };
        let transfer = |amount, start, stop| AddTransferParams {
            account_id: 1,
            amount,
            start,
            stop,
        };
        bank::add_owner(&client, 2, "b@example.com").await.unwrap();
        bank::set_standing(&client, Standing::Bad, 2).await.unwrap();
        bank::add_transfer(&client, transfer(1, 1, 5))
            .await
            .unwrap();
        for (error, constraint, name) in [
            (owner(1, "c@d").await, Constraint::OwnersPkey, "owners_pkey"),
            (
                owner(3, "ada@example.com").await,
                Constraint::OwnersEmailKey,
                "owners_email_key",
            ),
            (
                owner(3, "nobody").await,
                Constraint::EmailHasAt,
                "email_has_at",
            ),
            (
                bank::set_standing(&client, Standing::Bad, 1)
                    .await
                    .unwrap_err(),
                Constraint::OneBadOwner,
                "one_bad_owner",
            ),
            (
                account(3, 9, 1).await,
                Constraint::AccountsOwnerIdFkey,
                "accounts_owner_id_fkey",
            ),
            // Two tables have one of this name.
            (
                account(3, 1, -1).await,
                Constraint::AccountsEnough,
                "enough",
            ),
            (
                bank::add_transfer(&client, transfer(0, 8, 9))
                    .await
                    .unwrap_err(),
                Constraint::TransfersEnough,
                "enough",
            ),
            (
                bank::add_transfer(&client, transfer(1, 4, 9))
                    .await
                    .unwrap_err(),
                Constraint::OneAtATime,
                "one_at_a_time",
            ),
        ] {
            assert_eq!(error.constraint(), Some(constraint), "{error:?}");
            assert_eq!(constraint.name(), name);
        }
        client
            .batch_execute("ALTER TABLE owners ADD CONSTRAINT newer CHECK (id < 100)")
            .await
            .unwrap();
        let error = owner(100, "c@d").await;
        assert_eq!(error.sqlstate(), Some(&SqlState::CHECK_VIOLATION));
        assert_eq!(error.constraint(), None);
        let error = bank::get_owner(&client, 99).await.unwrap_err();
        assert_eq!(error.constraint(), None);
    });
}

#[test]
fn a_second_row_is_an_error_where_one_is_due() {
    on_the_bank(async |database| {
        let client = connect(database).await;
        assert_eq!(bank::find_owner(&client, Standing::Good).await.unwrap(), 1);
        bank::add_owner(&client, 2, "b@example.com").await.unwrap();
        for error in [
            bank::find_owner(&client, Standing::Good).await.unwrap_err(),
            bank::find_owner(&client, Standing::Good)
                .optional()
                .await
                .unwrap_err(),
        ] {
            assert!(error.is_too_many_rows() && !error.is_not_found());
            assert_eq!(
                error.to_string(),
                "query `FindOwner` found more than one row"
            );
        }
        assert!(
            bank::find_owner(&client, Standing::Bad)
                .await
                .unwrap_err()
                .is_not_found()
        );
    });
}

/// Ends a server process as a crash does: the server ends all others too, and recovers.
async fn crash(database: &rowsmith::ThrowawayDatabase, other: &tokio_postgres::Client) {
    // Throwaway servers keep nothing safe by themselves.
    other.batch_execute("CHECKPOINT").await.unwrap();
    let process = bank::backend(other).await.unwrap();
    let pid = nix::unistd::Pid::from_raw(process);
    nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGKILL).unwrap();
    for _ in 0..200 {
        tokio::time::sleep(Duration::from_millis(20)).await;
        if database
            .config()
            .connect(tokio_postgres::NoTls)
            .await
            .is_ok()
        {
            return;
        }
    }
    panic!("the server did not come back");
}

#[test]
fn a_connection_lost_in_a_transaction_commits_nothing() {
    on_the_bank(async |database| {
        let mut session = Session::new(connect(database).await);
        let other = connect(database).await;
        let outcome = db::transaction(
            &mut session,
            TransactionOptions::new().retries(3),
            async |tx| {
                bank::deposit(tx, 1, 1).await?;
                let process = bank::backend(tx).await?;
                let end = format!("SELECT pg_terminate_backend({process})");
                other.batch_execute(&end).await.unwrap();
                bank::deposit(tx, 1, 2).await
            },
        );
        let error = outcome.await.unwrap_err();
        assert!(
            error.is_connection_lost() && !error.is_retryable(),
            "{error:?}"
        );
        assert!(session.is_closed());
        assert!(
            balances_of(&session)
                .await
                .unwrap_err()
                .is_connection_lost()
        );
        assert_eq!(balances(&other).await, [100, 50]);
        // Not even a transaction begins.
        let outcome = db::transaction(&mut session, TransactionOptions::new(), async |tx| {
            bank::deposit(tx, 1, 1).await
        });
        assert!(outcome.await.unwrap_err().is_connection_lost());
    });
}

async fn balances_of(client: &dyn Client) -> Result<usize, Error> {
    Ok(bank::list_balances(client).await?.len())
}

#[test]
fn a_restarted_server_is_a_lost_connection_that_pools_replace() {
    on_the_bank(async |database| {
        let manager =
            deadpool_postgres::Manager::new(database.config().clone(), tokio_postgres::NoTls);
        let pool = deadpool_postgres::Pool::builder(manager)
            .max_size(1)
            .build()
            .unwrap();
        assert_eq!(balances(&pool.get().await.unwrap()).await, [100, 50]);
        let session = Session::new(connect(database).await);
        assert_eq!(balances(&session).await, [100, 50]);
        crash(database, &session).await;
        let error = balances_of(&session).await.unwrap_err();
        assert!(error.is_connection_lost(), "{error:?}");
        assert_eq!(balances(&pool.get().await.unwrap()).await, [100, 50]);
    });
}

async fn in_transaction(client: &mut dyn db::BeginTransaction) -> Result<i32, Error> {
    db::transaction(client, TransactionOptions::new().retries(2), async |tx| {
        bank::get_owner(tx, 1).await.map(|owner| owner.id)
    })
    .await
}

#[test]
fn a_statement_outlives_a_change_of_the_schema() {
    on_the_bank(async |database| {
        let mut session = Session::new(connect(database).await);
        let other = connect(database).await;
        let manager =
            deadpool_postgres::Manager::new(database.config().clone(), tokio_postgres::NoTls);
        let pool = deadpool_postgres::Pool::builder(manager)
            .max_size(1)
            .build()
            .unwrap();
        let mut pooled = pool.get().await.unwrap();
        for client in [&session as &dyn Client, &pooled] {
            bank::get_owner(client, 1).await.unwrap();
        }
        other
            .batch_execute("ALTER TABLE owners ADD COLUMN note text")
            .await
            .unwrap();
        for client in [&session as &dyn Client, &pooled] {
            assert_eq!(bank::get_owner(client, 1).await.unwrap().id, 1);
        }

        // In a transaction, which it spoils, the next one succeeds.
        other
            .batch_execute("ALTER TABLE owners ADD COLUMN more text")
            .await
            .unwrap();
        for client in [&mut session as &mut dyn db::BeginTransaction, &mut pooled] {
            let error = in_transaction(client).await.unwrap_err();
            assert_eq!(error.sqlstate(), Some(&SqlState::FEATURE_NOT_SUPPORTED));
            assert_eq!(in_transaction(client).await.unwrap(), 1);
        }

        // A statement that the server has lost.
        session.batch_execute("DISCARD ALL").await.unwrap();
        assert_eq!(bank::get_owner(&session, 1).await.unwrap().id, 1);

        // What no longer fits is an error.
        other
            .batch_execute("ALTER TABLE accounts ALTER balance TYPE numeric")
            .await
            .unwrap();
        let error = bank::get_balance(&session, 1).await.unwrap_err();
        assert_eq!(error.query(), "GetBalance");
        assert!(
            error.as_postgres().is_some() && error.sqlstate().is_none(),
            "{error:?}"
        );
        other
            .batch_execute("ALTER TABLE accounts DROP balance")
            .await
            .unwrap();
        let error = bank::get_balance(&session, 1).await.unwrap_err();
        assert_eq!(error.sqlstate(), Some(&SqlState::UNDEFINED_COLUMN));
        assert_eq!(bank::get_owner(&session, 1).await.unwrap().id, 1);
    });
}

#[test]
fn values_that_the_code_does_not_know_are_errors() {
    on_the_bank(async |database| {
        let mut session = Session::new(connect(database).await);
        session
            .batch_execute(
                "ALTER TYPE standing ADD VALUE 'odd'; UPDATE owners SET standing = 'odd'",
            )
            .await
            .unwrap_err();
        session
            .batch_execute("ALTER TYPE standing ADD VALUE 'odd'")
            .await
            .unwrap();
        session
            .batch_execute("UPDATE owners SET standing = 'odd'")
            .await
            .unwrap();
        let error = bank::get_owner(&session, 1).await.unwrap_err();
        let cause = std::error::Error::source(error.as_postgres().unwrap()).unwrap();
        assert_eq!(
            cause.to_string(),
            "unknown label `odd` of the enum `standing`"
        );
        session
            .batch_execute(
                "UPDATE owners SET standing = 'good'; ALTER TABLE owners ALTER standing DROP NOT NULL; \
                 UPDATE owners SET standing = NULL",
            )
            .await
            .unwrap();
        let error = bank::get_owner(&session, 1).await.unwrap_err();
        let cause = std::error::Error::source(error.as_postgres().unwrap()).unwrap();
        assert!(cause.is::<tokio_postgres::types::WasNull>(), "{error:?}");
        // In a transaction, such an error rolls back.
        let outcome = db::transaction(&mut session, TransactionOptions::new(), async |tx| {
            bank::deposit(tx, 1, 1).await?;
            bank::get_owner(tx, 1).await
        });
        outcome.await.unwrap_err();
        assert_eq!(balances(&session).await, [100, 50]);
    });
}

#[test]
fn a_cancelled_query_leaves_the_connection_usable() {
    on_the_bank(async |database| {
        let mut session = Session::new(connect(database).await);
        // At each point where it waits: preparing, running, reading.
        for polls in 1..=6 {
            let mut query = pin!(IntoFuture::into_future(bank::list_balances(&session)));
            let mut left = polls;
            poll_fn(|cx| {
                left -= 1;
                match query.as_mut().poll(cx) {
                    Poll::Pending if left > 0 => Poll::Pending,
                    _ => Poll::Ready(()),
                }
            })
            .await;
        }
        let slow = tokio::time::timeout(Duration::from_millis(20), async {
            bank::sleep(&session, 0.2).await
        });
        slow.await.unwrap_err();
        assert_eq!(balances(&session).await, [100, 50]);

        let slow = async |tx: &mut Transaction<'_>| {
            bank::deposit(tx, 1, 1).await?;
            bank::sleep(tx, 0.2).await
        };
        let slow = db::transaction(&mut session, TransactionOptions::new(), slow);
        tokio::time::timeout(Duration::from_millis(50), slow)
            .await
            .unwrap_err();
        assert_eq!(balances(&session).await, [100, 50]);
    });
}

#[test]
fn a_schema_that_has_changed_is_found_at_start_up() {
    on_the_bank(async |database| {
        let mut session = Session::new(connect(database).await);
        db::prepare_all(&session).await.unwrap();
        let prepared = "SELECT count(*) FROM pg_prepared_statements WHERE statement ~ 'accounts'";
        let rows = session.query_typed(prepared, &[]).await.unwrap();
        assert_eq!(rows[0].get::<_, i64>(0), 5);
        let in_transaction = db::transaction(&mut session, TransactionOptions::new(), async |tx| {
            db::prepare_all(tx).await
        });
        in_transaction.await.unwrap();

        let client = connect(database).await;
        db::prepare_all(&client).await.unwrap();
        let change = "ALTER TABLE accounts ALTER balance TYPE numeric";
        client.batch_execute(change).await.unwrap();
        let error = db::prepare_all(&client).await.unwrap_err();
        assert!(error.is_outdated());
        assert_eq!(
            error.to_string(),
            "query `GetBalance` is (int4) -> (numeric) in this database, not (int4) -> (int8)"
        );
        // A parameter whose type is left to the server.
        let change = "ALTER TABLE accounts ALTER balance TYPE bigint;
            DROP INDEX one_bad_owner; ALTER TABLE owners ALTER standing DROP DEFAULT, ALTER standing TYPE text";
        client.batch_execute(change).await.unwrap();
        let error = db::prepare_all(&client).await.unwrap_err();
        assert_eq!(error.query(), "AddOwner");
        client.batch_execute("DROP TABLE transfers").await.unwrap();
        client
            .batch_execute(
                "ALTER TABLE owners ALTER standing TYPE standing USING standing::standing",
            )
            .await
            .unwrap();
        let error = db::prepare_all(&client).await.unwrap_err();
        assert_eq!(error.query(), "AddTransfer");
        assert_eq!(error.sqlstate(), Some(&SqlState::UNDEFINED_TABLE));
        assert!(!error.is_outdated());
    });
}
