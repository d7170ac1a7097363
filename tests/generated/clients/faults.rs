//! What can go wrong: each a typed error, nothing half committed, and a connection that works or is known to be lost.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Duration;

use futures_core::Stream;
use tokio_postgres::error::SqlState;

use super::db::bank::{
    self, AddAccountParams, AddTransferParams, DepositEachParams, OpenAccountsParams,
};
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
        assert_eq!(Constraint::of(&error), None);
        let error = bank::get_owner(&client, 99).await.unwrap_err();
        assert_eq!(Constraint::of(&error), None);
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
        // An item's own, which says nothing of the others.
        let results = bank::owner_like(&client, &["ada%", "%", "nobody"])
            .results()
            .await
            .unwrap();
        let [ada, all, nobody] = results.as_slice() else {
            panic!("{results:?}")
        };
        assert_eq!(ada.as_ref().unwrap().id, 1);
        assert!(all.as_ref().unwrap_err().is_too_many_rows());
        assert!(nobody.as_ref().unwrap_err().is_not_found());
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

/// Ends a connection from another one, as an administrator does.
async fn terminate(process: i32, other: &dyn Client) {
    let end = format!("SELECT pg_terminate_backend({process}, 5000)");
    let client = other.connection().client();
    client.batch_execute(&end).await.unwrap();
}

#[test]
fn a_connection_lost_before_the_commit_commits_nothing() {
    on_the_bank(async |database| {
        let mut session = Session::new(connect(database).await);
        let other = connect(database).await;
        let outcome = db::transaction(
            &mut session,
            TransactionOptions::new().retries(3),
            async |tx| {
                let process = bank::backend(tx).await?;
                bank::deposit(tx, 1, 1).await?;
                terminate(process, &other).await;
                Ok::<_, Error>(())
            },
        );
        let error = outcome.await.unwrap_err();
        assert!(error.is_connection_lost(), "{error:?}");
        assert_eq!(error.query(), "COMMIT");
        assert_eq!(balances(&other).await, [100, 50]);
    });
}

#[test]
fn a_connection_lost_in_a_batch_or_a_copy_is_an_error() {
    on_the_bank(async |database| {
        let other = connect(database).await;
        let lose = async |session: &Session| {
            let process = bank::backend(session).await.unwrap();
            tokio::time::sleep(Duration::from_millis(20)).await;
            terminate(process, &other).await;
        };
        // Each item has a result of its own; what was done is done.
        let session = Session::new(connect(database).await);
        let items = vec![DepositEachParams { amount: 1, id: 1 }; 50_000];
        let (results, ()) = tokio::join!(
            bank::deposit_each(&session, &items).results(),
            lose(&session)
        );
        let results = results.unwrap();
        assert_eq!(results.len(), items.len());
        let done = results.iter().take_while(|result| result.is_ok()).count();
        assert!(done < items.len(), "it was lost in the middle");
        for lost in &results[done..] {
            assert!(lost.as_ref().unwrap_err().is_connection_lost(), "{lost:?}");
        }
        let deposited = usize::try_from(balances(&other).await[0] - 100).unwrap();
        assert!(done <= deposited && deposited <= done + 1000, "{deposited}");
        let error = bank::deposit_each(&session, &items).await.unwrap_err();
        assert!(error.is_connection_lost(), "{error:?}");

        // Nothing of a COPY, in a transaction or not.
        for in_transaction in [false, true] {
            let mut session = Session::new(connect(database).await);
            let endless = (100..).map(|id| OpenAccountsParams {
                id,
                owner_id: 1,
                balance: 0,
            });
            let process = bank::backend(&session).await.unwrap();
            let lose = async {
                tokio::time::sleep(Duration::from_millis(50)).await;
                terminate(process, &other).await;
            };
            let options = TransactionOptions::new();
            let error = if in_transaction {
                let copy = async |tx: &mut Transaction<'_>| {
                    bank::deposit(tx, 1, 1).await?;
                    bank::open_accounts(tx, endless.clone()).await
                };
                let copied = db::transaction(&mut session, options, copy);
                tokio::join!(copied, lose).0.unwrap_err()
            } else {
                let copied = bank::open_accounts(&session, endless);
                tokio::join!(copied, lose).0.unwrap_err()
            };
            assert!(error.is_connection_lost(), "{error:?}");
            assert_eq!(error.query(), "OpenAccounts");
            assert_eq!(balances(&other).await.len(), 2);
        }
    });
}

#[test]
fn a_connection_lost_in_a_stream_or_between_relations_is_an_error() {
    on_the_bank(async |database| {
        let other = connect(database).await;
        let accounts = (100..50_000).map(|id| OpenAccountsParams {
            id,
            owner_id: 1,
            balance: 0,
        });
        bank::open_accounts(&other, accounts).await.unwrap();

        let session = Session::new(connect(database).await);
        let process = bank::backend(&session).await.unwrap();
        let mut rows = bank::list_balances(&session).stream();
        let mut seen = 0;
        let error = loop {
            match poll_fn(|cx| Pin::new(&mut rows).poll_next(cx)).await {
                Some(Ok(_)) => seen += 1,
                Some(Err(error)) => break error,
                None => panic!("all rows came"),
            }
            if seen == 1 {
                terminate(process, &other).await;
            }
        };
        assert!(error.is_connection_lost(), "{error:?}");
        assert!(
            poll_fn(|cx| Pin::new(&mut rows).poll_next(cx))
                .await
                .is_none()
        );

        let session = Session::new(connect(database).await);
        let process = bank::backend(&session).await.unwrap();
        // The relation waits for the table, until its connection is lost.
        other
            .batch_execute("BEGIN; LOCK TABLE accounts")
            .await
            .unwrap();
        let lose = async {
            tokio::time::sleep(Duration::from_millis(50)).await;
            terminate(process, &other).await;
        };
        let (loaded, ()) = tokio::join!(bank::owners_with_accounts(&session), lose);
        let error = loaded.unwrap_err();
        assert!(error.is_connection_lost(), "{error:?}");
        assert_eq!(error.query(), "OwnersWithAccounts.accounts");
    });
}

#[test]
fn a_statement_that_the_server_cancels_is_an_error() {
    on_the_bank(async |database| {
        let mut session = Session::new(connect(database).await);
        let other = connect(database).await;
        let process = bank::backend(&session).await.unwrap();
        let cancel = async {
            tokio::time::sleep(Duration::from_millis(50)).await;
            let cancel = format!("SELECT pg_cancel_backend({process})");
            other.batch_execute(&cancel).await.unwrap();
        };
        let sleep = async |tx: &mut Transaction<'_>| {
            bank::deposit(tx, 1, 1).await?;
            bank::sleep(tx, 60.0).await
        };
        let slept = db::transaction(&mut session, TransactionOptions::new().retries(3), sleep);
        let error = tokio::join!(slept, cancel).0.unwrap_err();
        assert_eq!(error.sqlstate(), Some(&SqlState::QUERY_CANCELED));
        assert!(!error.is_connection_lost() && !error.is_retryable());
        assert_eq!(balances(&session).await, [100, 50]);
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
        let sessions =
            db::client::SessionManager::new(database.config().clone(), tokio_postgres::NoTls);
        let other_pool = bb8_postgres::bb8::Pool::builder()
            .max_size(1)
            .build(sessions)
            .await
            .unwrap();
        let on_pools = async || {
            assert_eq!(balances(&pool.get().await.unwrap()).await, [100, 50]);
            let pooled = other_pool.get().await.unwrap();
            assert_eq!(balances(&pooled).await, [100, 50]);
        };
        on_pools().await;
        let session = Session::new(connect(database).await);
        assert_eq!(balances(&session).await, [100, 50]);
        crash(database, &session).await;
        let error = balances_of(&session).await.unwrap_err();
        assert!(error.is_connection_lost(), "{error:?}");
        on_pools().await;
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
            .batch_execute("ALTER TABLE owners ALTER email TYPE varchar")
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
            "column `standing`: unknown label `odd` of the enum `standing`"
        );
        session
            .batch_execute(
                "UPDATE owners SET standing = 'good'; ALTER TABLE owners ALTER standing DROP NOT NULL; \
                 UPDATE owners SET standing = NULL",
            )
            .await
            .unwrap();
        let error = bank::get_owner(&session, 1).await.unwrap_err();
        let named = std::error::Error::source(error.as_postgres().unwrap()).unwrap();
        assert_eq!(
            named.to_string(),
            "column `standing`: a Postgres value was `NULL`"
        );
        let cause = named.source().unwrap();
        assert!(cause.is::<tokio_postgres::types::WasNull>(), "{error:?}");
        // As does a column that is not there any more.
        session
            .batch_execute("DROP INDEX one_bad_owner; ALTER TABLE owners DROP standing")
            .await
            .unwrap();
        let error = bank::get_owner(&session, 1).await.unwrap_err();
        assert_eq!(error.sqlstate(), Some(&SqlState::UNDEFINED_COLUMN));
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

        // A stream that is left in the middle.
        {
            let mut rows = bank::list_balances(&session).stream();
            let first = poll_fn(|cx| Pin::new(&mut rows).poll_next(cx)).await;
            assert_eq!(first.unwrap().unwrap().balance, 100);
        }
        assert_eq!(balances(&session).await, [100, 50]);

        // A COPY and a batch in a transaction, of which nothing stays.
        let endless = (100..).map(|id| OpenAccountsParams {
            id,
            owner_id: 1,
            balance: 0,
        });
        let items = vec![DepositEachParams { amount: 1, id: 1 }; 100_000];
        for copies in [true, false] {
            let many = async |tx: &mut Transaction<'_>| {
                bank::deposit(tx, 2, 1).await?;
                if copies {
                    bank::open_accounts(tx, endless.clone()).await?;
                } else {
                    bank::deposit_each(tx, &items).await?;
                }
                Ok::<_, Error>(())
            };
            let many = db::transaction(&mut session, TransactionOptions::new(), many);
            tokio::time::timeout(Duration::from_millis(30), many)
                .await
                .unwrap_err();
            assert_eq!(balances(&session).await, [100, 50]);
        }

        // Where only the COPY is dropped, its transaction has failed.
        let transaction = Transaction::begin(&mut session, &TransactionOptions::new());
        let copy = async { bank::open_accounts(&transaction, endless).await };
        tokio::time::timeout(Duration::from_millis(30), copy)
            .await
            .unwrap_err();
        let error = transaction.commit().await.unwrap_err();
        assert_eq!(error.sqlstate(), Some(&SqlState::IN_FAILED_SQL_TRANSACTION));
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
        assert_eq!(rows[0].get::<_, i64>(0), 9);
        let in_transaction = db::transaction(&mut session, TransactionOptions::new(), async |tx| {
            db::prepare_all(tx).await
        });
        in_transaction.await.unwrap();

        let client = connect(database).await;
        db::prepare_all(&client).await.unwrap();
        let change = "ALTER TABLE accounts ALTER balance TYPE numeric";
        client.batch_execute(change).await.unwrap();
        // Also where all is prepared already.
        for client in [&client as &dyn Client, &session] {
            let error = db::prepare_all(client).await.unwrap_err();
            assert!(error.is_outdated());
            assert_eq!(
                error.to_string(),
                "the database is not the one that this code was generated for\n\
                 - query `GetBalance` is (int4) -> (numeric), not (int4) -> (int8)\n\
                 - query `ListBalances` is () -> (int4, numeric), not () -> (int4, int8)\n\
                 - query `Deposit` is (int8, int4) -> (numeric), not (int8, int4) -> (int8)\n\
                 - query `OwnersWithAccounts.accounts` is (int4[]) -> (int4, numeric, int4), \
                 not (int4[]) -> (int4, int8, int4)"
            );
        }

        // What is missing: a table, an enum and the columns of its type.
        let change = "ALTER TABLE accounts ALTER balance TYPE bigint;
            DROP TABLE transfers;
            DROP INDEX one_bad_owner;
            ALTER TABLE owners DROP standing;
            DROP TYPE standing";
        client.batch_execute(change).await.unwrap();
        let error = db::prepare_all(&client).await.unwrap_err();
        assert!(error.is_outdated());
        assert_eq!(
            error.to_string(),
            "the database is not the one that this code was generated for\n\
             - query `AddOwner`: column \"standing\" does not exist\n\
             - query `GetOwner`: column \"standing\" does not exist\n\
             - query `FindOwner`: column \"standing\" does not exist\n\
             - query `SetStanding`: column \"standing\" of relation \"owners\" does not exist\n\
             - query `AddTransfer`: relation \"transfers\" does not exist\n\
             - query `OwnerLike`: column \"standing\" does not exist"
        );
        let outdated: Vec<_> = error.outdated_queries().collect();
        assert_eq!(outdated.len(), 6);
        assert_eq!((outdated[0], error.query()), ("AddOwner", "AddOwner"));

        // A transaction ends at the first of them.
        let in_transaction = db::transaction(&mut session, TransactionOptions::new(), async |tx| {
            db::prepare_all(tx).await
        });
        let error = in_transaction.await.unwrap_err();
        assert!(error.is_outdated());
        assert_eq!(error.query(), "AddOwner");

        // What has nothing to do with the schema.
        let process = bank::backend(&session).await.unwrap();
        terminate(process, &client).await;
        let error = db::prepare_all(&session).await.unwrap_err();
        assert!(
            error.is_connection_lost() && !error.is_outdated(),
            "{error:?}"
        );
    });
}

#[test]
fn a_cancelled_preparation_leaves_nothing_behind() {
    on_the_bank(async |database| {
        let session = Session::new(connect(database).await);
        for _ in 0..50 {
            // Dropped when it is on its way.
            let _ = poll_once(bank::get_balance(&session, 1).into_future()).await;
            let rows = [OpenAccountsParams {
                id: 7,
                owner_id: 1,
                balance: 0,
            }];
            let _ = poll_once(bank::open_accounts(&session, rows).into_future()).await;
            let deposits = [DepositEachParams { amount: 1, id: 1 }];
            let _ = poll_once(bank::deposit_each(&session, &deposits).into_future()).await;
        }
        assert!(bank::get_balance(&session, 1).await.unwrap() >= 100);
        let count = "SELECT count(*) FROM pg_prepared_statements";
        let rows = session.query_typed(count, &[]).await.unwrap();
        let left: i64 = rows[0].get(0);
        // One of each, and what a `COPY` is described by.
        assert!(left <= 4, "{left} statements");
    });
}

async fn poll_once<F: Future>(future: F) -> bool {
    let mut future = pin!(future);
    poll_fn(|cx| Poll::Ready(future.as_mut().poll(cx).is_ready())).await
}
