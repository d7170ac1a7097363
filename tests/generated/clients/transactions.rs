//! Transactions: when they commit, what they set, and when they run again.

use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::Duration;

use tokio_postgres::error::SqlState;

use super::db::bank::{self, AddTransferParams};
use super::db::client::Retry;
use super::db::{self, Client, Error, Session, Transaction, TransactionOptions};
use super::{balances, connect, on_the_bank};

/// An error of a user's own.
#[derive(Debug)]
enum Refusal {
    Database(Error),
    TooLittle(i64),
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Database(error)
    }
}

/// As users write it.
async fn withdraw<C: db::BeginTransaction>(client: &mut C, amount: i64) -> Result<i64, Refusal> {
    db::transaction(client, TransactionOptions::new(), async |tx| {
        let rest = bank::deposit(tx, -amount, 1).await?;
        if rest < 10 {
            return Err(Refusal::TooLittle(rest));
        }
        Ok(rest)
    })
    .await
}

#[test]
fn ok_commits_and_err_rolls_back() {
    on_the_bank(async |database| {
        let mut session = Session::new(connect(database).await);
        assert_eq!(withdraw(&mut session, 30).await.unwrap(), 70);
        assert_eq!(balances(&session).await, [70, 50]);
        let refusal = withdraw(&mut session, 65).await.unwrap_err();
        assert!(matches!(refusal, Refusal::TooLittle(5)));
        let refusal = withdraw(&mut session, 71).await.unwrap_err();
        let Refusal::Database(error) = refusal else {
            panic!("{refusal:?}");
        };
        assert_eq!(error.sqlstate(), Some(&SqlState::CHECK_VIOLATION));
        assert_eq!(balances(&session).await, [70, 50]);

        // With nothing in it.
        let nothing = async |_: &mut Transaction<'_>| Ok::<_, Error>(7);
        let options = TransactionOptions::serializable().set_local("app.x", 1);
        assert_eq!(
            db::transaction(&mut session, options, nothing)
                .await
                .unwrap(),
            7
        );
        assert!(!is_open(&session).await);
    });
}

/// Whether the connection is in a transaction: outside of one, each statement has its own time.
async fn is_open(client: &tokio_postgres::Client) -> bool {
    let now = async || {
        let row = client.query_one("SELECT now()::text", &[]).await.unwrap();
        row.get::<_, String>(0)
    };
    now().await == now().await
}

#[test]
fn a_panic_and_a_drop_roll_back() {
    on_the_bank(async |database| {
        let client = connect(database).await;
        let session = Arc::new(tokio::sync::Mutex::new(Session::new(client)));
        let shared = session.clone();
        let task = tokio::spawn(async move {
            let mut session = shared.lock().await;
            db::transaction(&mut *session, TransactionOptions::new(), async |tx| {
                bank::deposit(tx, 1, 1).await?;
                let balance = bank::get_balance(tx, 1).await?;
                assert_eq!(balance, 0, "on purpose");
                Ok::<_, Error>(())
            })
            .await
        });
        assert!(task.await.unwrap_err().is_panic());
        let mut session = session.lock().await;
        assert_eq!(balances(&*session).await, [100, 50]);
        assert!(!is_open(&session).await);

        // Dropped at each point where it waits, until it waits no more.
        for polls in 1.. {
            let work = db::transaction(&mut *session, TransactionOptions::new(), async |tx| {
                bank::deposit(tx, 1, 1).await?;
                tx.savepoint(async |sp| bank::deposit(sp, 1, 2).await).await
            });
            let mut work = Box::pin(work);
            let mut left = polls;
            let ended = poll_fn(|cx| {
                left -= 1;
                match work.as_mut().poll(cx) {
                    Poll::Pending if left > 0 => Poll::Pending,
                    outcome => Poll::Ready(outcome.is_ready()),
                }
            })
            .await;
            drop(work);
            assert!(!is_open(&session).await, "after {polls} polls");
            let balances = balances(&*session).await;
            assert!(
                balances == [100, 50] || balances == [101, 51],
                "{balances:?}"
            );
            if ended {
                assert!(polls > 2);
                break;
            }
            if balances == [101, 51] {
                // `COMMIT` was on its way.
                break;
            }
        }
    });
}

#[test]
fn a_rollback_can_carry_a_value() {
    on_the_bank(async |database| {
        let mut client = connect(database).await;
        let total = db::transaction(&mut client, TransactionOptions::new(), async |tx| {
            bank::deposit(tx, 5, 1).await?;
            tx.set_rollback_only();
            bank::total(tx).await
        });
        assert_eq!(total.await.unwrap(), 155);
        assert_eq!(balances(&client).await, [100, 50]);
    });
}

#[test]
fn savepoints_keep_or_undo_their_part() {
    on_the_bank(async |database| {
        let mut session = Session::new(connect(database).await);
        db::transaction(&mut session, TransactionOptions::new(), async |tx| {
            bank::deposit(tx, 1, 1).await?;
            let failed = tx.savepoint(async |sp| {
                bank::deposit(sp, 10, 1).await?;
                bank::deposit(sp, -1000, 2).await
            });
            let error = failed.await.unwrap_err();
            assert_eq!(error.sqlstate(), Some(&SqlState::CHECK_VIOLATION));
            // The transaction goes on.
            assert_eq!(balances(tx).await, [101, 50]);
            tx.savepoint(async |sp| {
                bank::deposit(sp, 2, 1).await?;
                let undone = sp.savepoint(async |inner| {
                    bank::deposit(inner, 100, 1).await?;
                    Err::<(), _>(Refusal::TooLittle(0))
                });
                assert!(undone.await.is_err());
                let previewed = sp.savepoint(async |inner| {
                    inner.set_rollback_only();
                    bank::deposit(inner, 100, 1).await
                });
                assert_eq!(previewed.await?, 203);
                sp.savepoint(async |inner| bank::deposit(inner, 4, 1).await)
                    .await
            })
            .await?;
            // An error that is not passed on has spoilt the savepoint all the same.
            let swallowed = tx.savepoint(async |sp| {
                bank::deposit(sp, -1000, 2).await.unwrap_err();
                Ok::<_, Error>(())
            });
            let error = swallowed.await.unwrap_err();
            assert_eq!(error.query(), "RELEASE");
            // One that is dropped while it works is undone, and the transaction goes on.
            {
                let mut dropped = pin!(tx.savepoint(async |sp| {
                    bank::deposit(sp, 100, 1).await?;
                    bank::sleep(sp, 0.05).await
                }));
                poll_fn(|cx| {
                    let _ = dropped.as_mut().poll(cx);
                    Poll::Ready(())
                })
                .await;
            }
            assert_eq!(balances(tx).await, [107, 50]);
            Ok::<_, Error>(())
        })
        .await
        .unwrap();
        assert_eq!(balances(&session).await, [107, 50]);
    });
}

#[test]
fn begun_by_hand() {
    on_the_bank(async |database| {
        let mut session = Session::new(connect(database).await);
        let options = TransactionOptions::new();
        let mut tx = Transaction::begin(&mut session, &options);
        bank::deposit(&tx, 1, 1).await.unwrap();
        let savepoint = tx.begin_savepoint();
        bank::deposit(&savepoint, 1, 1).await.unwrap();
        savepoint.rollback().await.unwrap();
        let savepoint = tx.begin_savepoint();
        bank::deposit(&savepoint, 2, 1).await.unwrap();
        drop(savepoint);
        let savepoint = tx.begin_savepoint();
        bank::deposit(&savepoint, 4, 1).await.unwrap();
        savepoint.commit().await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(balances(&session).await, [105, 50]);
        let tx = Transaction::begin(&mut session, &options);
        bank::deposit(&tx, 1, 1).await.unwrap();
        tx.rollback().await.unwrap();
        drop(Transaction::begin(&mut session, &options));
        assert_eq!(balances(&session).await, [105, 50]);
        assert!(!is_open(&session).await);
    });
}

#[test]
fn a_commit_that_rolls_back_is_an_error() {
    on_the_bank(async |database| {
        let mut client = connect(database).await;
        let outcome = db::transaction(&mut client, TransactionOptions::new(), async |tx| {
            bank::deposit(tx, 1, 1).await?;
            bank::deposit(tx, -1000, 2).await.unwrap_err();
            Ok::<_, Error>(())
        });
        let error = outcome.await.unwrap_err();
        assert_eq!(error.query(), "COMMIT");
        assert_eq!(error.sqlstate(), Some(&SqlState::IN_FAILED_SQL_TRANSACTION));
        assert_eq!(balances(&client).await, [100, 50]);
        // The same where the transaction did not see what failed.
        let outcome = db::transaction(&mut client, TransactionOptions::new(), async |tx| {
            bank::deposit(tx, 1, 1).await?;
            let failed = tx.connection().client().batch_execute("SELECT 1/0").await;
            failed.unwrap_err();
            Ok::<_, Error>(())
        });
        outcome.await.unwrap_err();
        assert_eq!(balances(&client).await, [100, 50]);
        // And where nobody waited for the failure.
        let mut session = Session::new(client);
        let outcome = db::transaction(&mut session, TransactionOptions::new(), async |tx| {
            bank::deposit(tx, 1, 1).await?;
            let mut sent = bank::deposit(tx, -1000, 2).into_future();
            let answer = poll_fn(|cx| Poll::Ready(Pin::new(&mut sent).poll(cx))).await;
            assert!(answer.is_pending());
            Ok::<_, Error>(())
        });
        let error = outcome.await.unwrap_err();
        assert_eq!(error.query(), "COMMIT");
        assert_eq!(error.sqlstate(), Some(&SqlState::IN_FAILED_SQL_TRANSACTION));
        assert_eq!(balances(&session).await, [100, 50]);
        let mut client = session;
        // A deferred constraint is checked at the end.
        let outcome = db::transaction(&mut client, TransactionOptions::new(), async |tx| {
            let params = AddTransferParams {
                account_id: 99,
                amount: 1,
                start: 1,
                stop: 2,
            };
            bank::add_transfer(tx, params).await
        });
        let error = outcome.await.unwrap_err();
        assert_eq!(
            (error.query(), error.sqlstate()),
            ("COMMIT", Some(&SqlState::FOREIGN_KEY_VIOLATION))
        );
        assert!(!is_open(&client).await);
    });
}

#[test]
fn options_hold_in_the_transaction_only() {
    on_the_bank(async |database| {
        let mut session = Session::new(connect(database).await);
        let hostile = "'; DROP TABLE accounts; --\\ \" é";
        let options = TransactionOptions::serializable()
            .read_only()
            .deferrable()
            .set_local("app.tenant", hostile)
            .role("pg_read_all_data")
            .statement_timeout(Duration::from_millis(1500))
            .lock_timeout(Duration::from_micros(1))
            .idle_timeout(Duration::from_secs(60));
        let names = [
            "transaction_isolation",
            "transaction_read_only",
            "transaction_deferrable",
            "app.tenant",
            "role",
            "statement_timeout",
            "lock_timeout",
            "idle_in_transaction_session_timeout",
        ];
        let settings = async |client: &dyn Client| {
            let mut found = Vec::new();
            for name in names {
                found.push(
                    bank::setting(client, name)
                        .await
                        .unwrap()
                        .unwrap_or_default(),
                );
            }
            found
        };
        let inside = db::transaction(&mut session, options, async |tx| {
            Ok::<_, Error>(settings(tx).await)
        });
        assert_eq!(
            inside.await.unwrap(),
            [
                "serializable",
                "on",
                "on",
                hostile,
                "pg_read_all_data",
                "1500ms",
                "1ms",
                "1min"
            ]
        );
        assert_eq!(
            settings(&session).await,
            ["read committed", "off", "off", "", "none", "0", "0", "0"]
        );

        for (options, isolation, read_only) in [
            (
                TransactionOptions::read_committed().read_write(),
                "read committed",
                "off",
            ),
            (
                TransactionOptions::repeatable_read(),
                "repeatable read",
                "off",
            ),
            (
                TransactionOptions::new().read_only(),
                "read committed",
                "on",
            ),
        ] {
            let found = db::transaction(&mut session, options, async |tx| {
                Ok::<_, Error>(settings(tx).await)
            });
            assert_eq!(found.await.unwrap()[..2], [isolation, read_only]);
        }
    });
}

#[test]
fn timeouts_and_access_modes_hold() {
    on_the_bank(async |database| {
        let mut client = connect(database).await;
        let write = async |tx: &mut Transaction<'_>| bank::deposit(tx, 1, 1).await;
        let options = TransactionOptions::new().read_only();
        let error = db::transaction(&mut client, options, write)
            .await
            .unwrap_err();
        assert_eq!(error.sqlstate(), Some(&SqlState::READ_ONLY_SQL_TRANSACTION));

        let options = TransactionOptions::new().statement_timeout(Duration::from_millis(20));
        let slow = async |tx: &mut Transaction<'_>| bank::sleep(tx, 5.0).await;
        let error = db::transaction(&mut client, options, slow)
            .await
            .unwrap_err();
        assert_eq!(error.sqlstate(), Some(&SqlState::QUERY_CANCELED));

        let mut other = connect(database).await;
        let lock = Transaction::begin(&mut other, &TransactionOptions::new());
        bank::deposit(&lock, 1, 1).await.unwrap();
        let options = TransactionOptions::new().lock_timeout(Duration::from_millis(20));
        let error = db::transaction(&mut client, options, write)
            .await
            .unwrap_err();
        assert_eq!(error.sqlstate(), Some(&SqlState::LOCK_NOT_AVAILABLE));
        lock.rollback().await.unwrap();

        let options = TransactionOptions::new().idle_timeout(Duration::from_millis(20));
        let idle = async |tx: &mut Transaction<'_>| {
            bank::deposit(tx, 1, 1).await?;
            tokio::time::sleep(Duration::from_millis(200)).await;
            bank::deposit(tx, 1, 1).await
        };
        let error = db::transaction(&mut client, options, idle)
            .await
            .unwrap_err();
        assert!(error.is_connection_lost(), "{error:?}");
        assert_eq!(balances(&other).await, [100, 50]);
    });
}

#[test]
fn a_transaction_that_cannot_begin_does_nothing() {
    on_the_bank(async |database| {
        let mut session = Session::new(connect(database).await);
        for options in [
            TransactionOptions::new().role("nobody there"),
            TransactionOptions::new().set_local("no such", "x"),
            TransactionOptions::new().set_local("work_mem", "much"),
        ] {
            let calls = Cell::new(0);
            let outcome = db::transaction(&mut session, options.retries(3), async |tx| {
                calls.set(calls.get() + 1);
                bank::deposit(tx, 1, 1).await
            });
            let error = outcome.await.unwrap_err();
            assert_eq!(error.query(), "SET LOCAL");
            assert!(error.sqlstate().is_some(), "{error:?}");
            assert_eq!(calls.get(), 1);
            assert_eq!(balances(&session).await, [100, 50]);
        }
        // Where nothing is run, nobody is told, until it is to be committed.
        let options = TransactionOptions::new().role("nobody there");
        let nothing = async |_: &mut Transaction<'_>| Ok::<_, Error>(());
        let error = db::transaction(&mut session, options, nothing)
            .await
            .unwrap_err();
        assert_eq!(error.query(), "SET LOCAL");
        assert!(!is_open(&session).await);
    });
}

#[test]
fn conflicts_run_again_and_are_observed() {
    on_the_bank(async |database| {
        let mut session = Session::new(connect(database).await);
        let other = connect(database).await;
        let seen: Arc<Mutex<Vec<Retry>>> = Arc::default();
        let observer = seen.clone();
        let options = TransactionOptions::repeatable_read()
            .retries(4)
            .on_retry(move |retry| observer.lock().unwrap().push(retry.clone()));
        let attempts = Cell::new(0);
        let collides = async |tx: &mut Transaction<'_>, times: u32| {
            attempts.set(attempts.get() + 1);
            bank::total(tx).await?;
            if attempts.get() <= times {
                bank::deposit(&other, 1, 1).await?;
            }
            // In a savepoint, a conflict is a conflict too, and so it is in an error of one's own.
            let deposited = tx.savepoint(async |sp| bank::deposit(sp, 10, 1).await);
            deposited.await.map_err(Refusal::from)
        };
        let balance = db::transaction(&mut session, options.clone(), async |tx| {
            collides(tx, 3).await
        });
        assert_eq!(balance.await.unwrap(), 113);
        assert_eq!(attempts.get(), 4);
        let retries = std::mem::take(&mut *seen.lock().unwrap());
        assert_eq!(
            retries
                .iter()
                .map(|retry| (retry.number, retry.query))
                .collect::<Vec<_>>(),
            [(1, "Deposit"), (2, "Deposit"), (3, "Deposit")]
        );
        assert!(
            retries
                .iter()
                .all(|retry| retry.sqlstate == SqlState::T_R_SERIALIZATION_FAILURE)
        );
        assert_eq!(retries[0].wait, Duration::ZERO);
        let longest = Duration::from_secs(8);
        assert!(retries[1..].iter().all(|retry| retry.wait < longest));

        // In the end it gives up.
        attempts.set(0);
        let outcome = db::transaction(&mut session, options, async |tx| collides(tx, 99).await);
        let Err(Refusal::Database(error)) = outcome.await else {
            panic!("it cannot succeed");
        };
        assert!(error.is_retryable());
        assert_eq!(attempts.get(), 5);

        // Other failures do not run again.
        let attempts = Cell::new(0);
        let options = TransactionOptions::serializable().retries(4);
        let outcome = db::transaction(&mut session, options, async |tx| {
            attempts.set(attempts.get() + 1);
            bank::deposit(tx, -1000, 1).await
        });
        assert!(!outcome.await.unwrap_err().is_retryable());
        assert_eq!(attempts.get(), 1);
    });
}

#[test]
fn a_conflict_that_nobody_tells_of_runs_again() {
    on_the_bank(async |database| {
        let mut session = Session::new(connect(database).await);
        let other = connect(database).await;
        let attempts = Cell::new(0);
        let hides = async |tx: &mut Transaction<'_>, in_savepoint: bool, times: u32| {
            attempts.set(attempts.get() + 1);
            bank::total(tx).await?;
            if attempts.get() <= times {
                bank::deposit(&other, 1, 1).await?;
            }
            if in_savepoint {
                let saved = tx.savepoint(async |sp| {
                    let _ = bank::deposit(sp, 10, 1).await;
                    // The conflict is behind this one, too.
                    let _ = bank::deposit(sp, 10, 2).await;
                    Ok::<_, Error>(())
                });
                saved.await
            } else {
                let _ = bank::deposit(tx, 10, 1).await;
                let _ = bank::deposit(tx, 10, 2).await;
                Ok(())
            }
        };
        for in_savepoint in [false, true] {
            attempts.set(0);
            let before = balances(&other).await;
            let options = TransactionOptions::repeatable_read().retries(3);
            let stored = db::transaction(&mut session, options, async |tx| {
                hides(tx, in_savepoint, 2).await
            });
            stored.await.unwrap();
            assert_eq!(attempts.get(), 3);
            let after = balances(&other).await;
            assert_eq!(after, [before[0] + 12, before[1] + 10]);

            // Without retries, it is an error, and nothing is stored.
            attempts.set(0);
            let options = TransactionOptions::repeatable_read();
            let lost = db::transaction(&mut session, options, async |tx| {
                hides(tx, in_savepoint, 1).await
            });
            lost.await.unwrap_err();
            assert_eq!(balances(&other).await, [after[0] + 1, after[1]]);
        }
    });
}

#[test]
fn what_is_sent_to_keep_a_savepoint_keeps_it() {
    on_the_bank(async |database| {
        let mut session = Session::new(connect(database).await);
        // Dropped at each point where it waits: its changes are undone until `RELEASE` is on its way, then kept.
        let mut outcomes = Vec::new();
        for polls in 1..100 {
            let kept = db::transaction(&mut session, TransactionOptions::new(), async |tx| {
                bank::total(tx).await?;
                let saved = tx.savepoint(async |sp| bank::deposit(sp, 1, 1).await);
                let mut saved = Box::pin(saved);
                let mut left = polls;
                let ended = poll_fn(|cx| {
                    left -= 1;
                    match saved.as_mut().poll(cx) {
                        Poll::Pending if left > 0 => Poll::Pending,
                        outcome => Poll::Ready(outcome.is_ready()),
                    }
                })
                .await;
                drop(saved);
                let balance = bank::get_balance(tx, 1).await?;
                tx.set_rollback_only();
                Ok::<_, Error>((balance, ended))
            });
            let (balance, ended) = kept.await.unwrap();
            outcomes.push(balance);
            if ended {
                break;
            }
        }
        assert_eq!(outcomes[0], 100);
        assert_eq!(outcomes.last(), Some(&101));
        assert!(outcomes.is_sorted(), "{outcomes:?}");
    });
}

#[test]
fn a_conflict_at_commit_runs_again() {
    on_the_bank(async |database| {
        let mut session = Session::new(connect(database).await);
        let mut other = connect(database).await;
        // Each reads what the other writes; of the two, the one that commits last fails.
        let mut rival = Some(Transaction::begin(
            &mut other,
            &TransactionOptions::serializable(),
        ));
        bank::total(rival.as_ref().unwrap()).await.unwrap();
        bank::deposit(rival.as_ref().unwrap(), 1, 2).await.unwrap();
        let rival = Mutex::new(rival.take());
        let attempts = Cell::new(0);
        let options = TransactionOptions::serializable().retries(1);
        let outcome = db::transaction(&mut session, options, async |tx| {
            attempts.set(attempts.get() + 1);
            bank::total(tx).await?;
            bank::deposit(tx, 1, 1).await?;
            let rival = rival.lock().unwrap().take();
            if let Some(rival) = rival {
                rival.commit().await?;
            }
            Ok::<_, Error>(())
        });
        outcome.await.unwrap();
        assert_eq!(attempts.get(), 2);
        assert_eq!(balances(&session).await, [101, 51]);
    });
}

#[test]
fn a_deadlock_runs_again() {
    on_the_bank(async |database| {
        let barrier = Arc::new(tokio::sync::Barrier::new(2));
        let mut tasks = Vec::new();
        for (first, second) in [(1, 2), (2, 1)] {
            let mut session = Session::new(connect(database).await);
            let barrier = barrier.clone();
            tasks.push(tokio::spawn(async move {
                let met = &std::sync::atomic::AtomicBool::new(false);
                let options = TransactionOptions::new()
                    .retries(3)
                    .set_local("deadlock_timeout", "10ms");
                db::transaction(&mut session, options, async |tx| {
                    bank::deposit(tx, 1, first).await?;
                    if !met.swap(true, std::sync::atomic::Ordering::Relaxed) {
                        barrier.wait().await;
                    }
                    bank::deposit(tx, 1, second).await
                })
                .await
            }));
        }
        for task in tasks {
            task.await.unwrap().unwrap();
        }
        assert_eq!(balances(&connect(database).await).await, [102, 52]);
    });
}

/// Compiled only: in handlers and spawned tasks, futures must be `Send`.
#[test]
fn a_transaction_works_in_a_handler() {
    use axum::extract::{Path, State};

    type Pool = bb8_postgres::bb8::Pool<db::client::SessionManager<tokio_postgres::NoTls>>;

    async fn pay(
        State(pool): State<Pool>,
        Path(id): Path<i32>,
        memo: String,
    ) -> Result<String, String> {
        let mut connection = pool.get().await.map_err(|error| error.to_string())?;
        let options = TransactionOptions::serializable()
            .retries(2)
            .set_local("app.memo", &memo);
        let left = db::transaction(&mut connection, options, async |tx| {
            let left = bank::deposit(tx, -1, id).await?;
            tx.savepoint(async |sp| {
                bank::deposit(sp, i64::try_from(memo.len()).unwrap_or(0), id).await
            })
            .await?;
            Ok::<_, Error>(left)
        });
        left.await
            .map(|left| left.to_string())
            .map_err(|error| error.to_string())
    }

    let _: axum::Router<Pool> = axum::Router::new().route("/pay/{id}", axum::routing::post(pay));
}
