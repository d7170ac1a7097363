//! What `tracing` sees of a query: its name and how many rows, never its parameters.

use std::fmt::Debug;
use std::sync::{Arc, Mutex};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use super::db::bank::{self, DepositEachParams, OpenAccountsParams, SaveAccountsParams};
use super::{balances, connect, on_the_bank};

/// Writes down what is recorded.
#[derive(Clone, Default)]
struct Notes(Arc<Mutex<Vec<String>>>);

impl Visit for Notes {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0
            .lock()
            .unwrap()
            .push(format!("{}={value:?}", field.name()));
    }
}

impl Subscriber for Notes {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_span() && metadata.name() == "query"
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        span.record(&mut self.clone());
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        values.record(&mut self.clone());
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, _: &Event<'_>) {}

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

#[test]
fn a_query_is_a_span() {
    on_the_bank(async |database| {
        let client = connect(database).await;
        let notes = Notes::default();
        let _current = tracing::subscriber::set_default(notes.clone());
        balances(&client).await;
        bank::deposit(&client, 1, 1).await.unwrap();
        bank::deposit(&client, -1000, 1).await.unwrap_err();
        bank::set_standing(&client, super::db::models::Standing::Good, 7)
            .await
            .unwrap();
        assert_eq!(
            *notes.0.lock().unwrap(),
            [
                "query=\"ListBalances\"",
                "rows=2",
                "query=\"Deposit\"",
                "rows=1",
                "query=\"Deposit\"",
                "sqlstate=\"23514\"",
                "query=\"SetStanding\"",
                "rows=0",
            ]
        );
    });
}

#[test]
fn many_rows_are_a_span_as_well() {
    on_the_bank(async |database| {
        let client = connect(database).await;
        let notes = Notes::default();
        let _current = tracing::subscriber::set_default(notes.clone());
        let account = |id| OpenAccountsParams {
            id,
            owner_id: 1,
            balance: 7,
        };
        let deposit = |id, amount| DepositEachParams { amount, id };
        let save = |id| SaveAccountsParams {
            id,
            owner_id: 1,
            balance: 8,
        };
        bank::open_accounts(&client, (10..13).map(account))
            .await
            .unwrap();
        bank::open_accounts(&client, [account(10)])
            .await
            .unwrap_err();
        // Item 99 finds no account.
        bank::deposit_each(&client, &[deposit(10, 1), deposit(11, 1), deposit(99, 1)])
            .await
            .unwrap();
        let items = [deposit(10, 1), deposit(10, -100), deposit(11, 1)];
        bank::deposit_each(&client, &items).await.unwrap_err();
        bank::owner_like(&client, &["ada%"]).await.unwrap();
        bank::save_accounts(&client, &[save(11), save(13)])
            .await
            .unwrap();
        bank::owners_with_accounts(&client).await.unwrap();
        assert_eq!(
            *notes.0.lock().unwrap(),
            [
                "query=\"OpenAccounts\"",
                "rows=3",
                "query=\"OpenAccounts\"",
                "sqlstate=\"23505\"",
                "query=\"DepositEach\"",
                "rows=2",
                "query=\"DepositEach\"",
                "sqlstate=\"23514\"",
                "rows=2",
                "query=\"OwnerLike\"",
                "rows=1",
                "query=\"SaveAccounts\"",
                "rows=2",
                "query=\"OwnersWithAccounts\"",
                "rows=1",
                "query=\"OwnersWithAccounts.accounts\"",
                "rows=6",
            ]
        );
    });
}
