//! Two tenants share a database, and even a pooled connection, but see only their own notes.

mod db;

use std::error::Error;

use db::{BeginTransaction, Constraint, Session, Transaction, TransactionOptions};
use deadpool_postgres::{Manager, Object, Pool};
use rowsmith_migrate::{migrate, Options};
use tokio_postgres::error::SqlState;
use tokio_postgres::NoTls;
use uuid::Uuid;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let project = concat!(env!("CARGO_MANIFEST_DIR"), "/sqlc.yaml");
    let database = rowsmith::Generator::from_file(project)?
        .empty_database()
        .await?;
    let outcome = run(database.config()).await;
    database.close().await?;
    outcome
}

/// Runs `work` as the service does for one tenant. What it sets ends with the transaction, however that ends, so the next
/// user of the connection starts with nothing.
async fn for_tenant<T>(
    client: &mut impl BeginTransaction,
    tenant: Uuid,
    work: impl AsyncFnOnce(&mut Transaction<'_>) -> Result<T, db::Error> + Clone,
) -> Result<T, db::Error> {
    let options = TransactionOptions::new()
        .retries(3)
        .role("tenants_app")
        .set_local("app.tenant_id", tenant);
    db::transaction(client, options, work).await
}

async fn titles(tx: &mut Transaction<'_>) -> Result<Vec<String>, db::Error> {
    let notes = db::notes::list_notes(tx).await?;
    Ok(notes.into_iter().map(|note| note.title).collect())
}

async fn run(config: &tokio_postgres::Config) -> Result<(), Box<dyn Error>> {
    let (mut client, connection) = config.connect(NoTls).await?;
    tokio::spawn(connection);
    migrate(&mut client, &db::MIGRATIONS, &Options::default()).await?;
    let admin = Session::new(client);
    let acme = db::tenants::add_tenant(&admin, "Acme").await?;
    let zenith = db::tenants::add_tenant(&admin, "Zenith").await?;

    // One connection, which both tenants use in turn.
    let manager = Manager::new(config.clone(), NoTls);
    let pool = Pool::builder(manager).max_size(1).build()?;

    let mut connection = pool.get().await?;
    let secret = for_tenant(&mut connection, acme, async |tx| {
        db::notes::add_note(tx, "Acme's secret").await
    })
    .await?;
    drop(connection);
    println!("Acme has a note");

    let mut connection = pool.get().await?;
    let seen = for_tenant(&mut connection, zenith, titles).await?;
    assert!(seen.is_empty(), "another tenant sees nothing");
    println!("Zenith sees {} notes", seen.len());

    let renamed = for_tenant(&mut connection, zenith, async |tx| {
        db::notes::rename_note(tx, "Zenith's now", secret).await
    });
    assert_eq!(renamed.await?, 0, "and changes nothing");

    // The same title is free to each of them.
    for_tenant(&mut connection, zenith, async |tx| {
        db::notes::add_note(tx, "Acme's secret").await
    })
    .await?;
    let again = for_tenant(&mut connection, zenith, async |tx| {
        db::notes::add_note(tx, "Acme's secret").await
    });
    match again.await {
        Err(error) if error.constraint() == Some(Constraint::NotesTenantIdTitleKey) => {
            println!("Zenith has a note of that title already");
        }
        other => return Err(format!("expected a violated key, got {other:?}").into()),
    }

    let moved = for_tenant(&mut connection, acme, async |tx| {
        db::notes::move_note(tx, zenith, secret).await
    });
    let error = moved.await.expect_err("notes stay where they are");
    assert_eq!(error.sqlstate(), Some(&SqlState::INSUFFICIENT_PRIVILEGE));
    println!("Acme cannot hand over a note");

    nothing_is_left_behind(&mut connection, acme).await?;
    drop(connection);

    let mut connection = pool.get().await?;
    let seen = for_tenant(&mut connection, acme, titles).await?;
    assert_eq!(seen, ["Acme's secret"]);
    println!("Acme sees {}", seen.join(", "));
    Ok(())
}

/// After a transaction that ended in any way, the connection has neither tenant nor role.
async fn nothing_is_left_behind(
    connection: &mut Object,
    tenant: Uuid,
) -> Result<(), Box<dyn Error>> {
    let failed = for_tenant(connection, tenant, async |tx| {
        db::notes::add_note(tx, "Acme's secret").await
    });
    failed.await.expect_err("it is there already");
    forgotten(connection).await?;

    // Given up in the middle.
    let slow = for_tenant(connection, tenant, async |tx| {
        db::notes::add_note(tx, "never kept").await?;
        tokio::time::sleep(std::time::Duration::from_secs(60)).await;
        Ok(())
    });
    let patience = std::time::Duration::from_millis(100);
    tokio::time::timeout(patience, slow)
        .await
        .expect_err("it takes too long");
    forgotten(connection).await?;
    println!("nothing is left on the connection");
    Ok(())
}

/// Who forgets to name the tenant sees nothing, and adds nothing.
async fn forgotten(connection: &mut Object) -> Result<(), db::Error> {
    let role_only = || TransactionOptions::new().role("tenants_app");
    let seen = db::transaction(connection, role_only(), titles).await?;
    assert!(seen.is_empty(), "without a tenant there are no notes");
    let added = db::transaction(connection, role_only(), async |tx| {
        db::notes::add_note(tx, "no one's").await
    });
    let error = added.await.expect_err("without a tenant nothing is added");
    assert_eq!(error.query(), "AddNote");
    Ok(())
}
