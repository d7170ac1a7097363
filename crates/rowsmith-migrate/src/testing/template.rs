//! The template: a database with the migrations and seeds applied, which is copied for each test.
//!
//! Its name has the digest of all that is in it. Who needs it first makes it, under a lock; it counts when it is marked as a
//! template, which is the last thing that happens.

use std::sync::Arc;
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};
use tokio_postgres::Client;

use super::server::{Admin, Server, unanswered};
use crate::error::{Error, ErrorKind, Place};
use crate::migration::{Migration, Migrations};
use crate::options::Options;
use crate::quote::identifier;
use crate::session;

/// How databases of tests are called, before the number of the database that their locks are in.
pub(super) const COPY: &str = "rowsmith_test_";
const TEMPLATE: &str = "rowsmith_template_";

/// The key of the lock that keeps a database: who holds it uses the database or makes it.
const KEY: &str = "pg_catalog.hashtextextended(";

/// How long to wait for another process that makes the template.
const PATIENCE: Duration = Duration::from_secs(10 * 60);

/// After so many days without use a template goes away.
const DAYS: i32 = 7;

/// What is in a template.
#[derive(Clone, Debug)]
pub(super) struct Template {
    migrations: Migrations,
    seeds: Vec<(String, String)>,
    digest: String,
}

impl Template {
    pub(super) fn new(migrations: &Migrations, seeds: &[(String, String)]) -> Self {
        let mut digest = Sha256::new();
        let mut add = |text: &str| {
            digest.update(text.len().to_le_bytes());
            digest.update(text);
        };
        add(env!("CARGO_PKG_VERSION"));
        for migration in migrations {
            add(migration.version());
            add(&migration.checksum());
            for statement in migration.statements() {
                add(migration.sql(statement));
            }
        }
        for (file, sql) in seeds {
            add(file);
            add(sql);
        }
        let digest = digest.finalize();
        let digest = digest.iter().take(10).map(|byte| format!("{byte:02x}"));
        Self {
            migrations: migrations.clone(),
            seeds: seeds.to_vec(),
            digest: digest.collect(),
        }
    }

    /// Makes sure that the template is on the server, and gives its name.
    pub(super) async fn ready(&self, server: &Server, admin: &Admin) -> Result<String, Error> {
        // Another role could not use what is in it.
        let sql = "SELECT pg_catalog.left(pg_catalog.md5(current_user), 8)";
        let role: String = admin
            .client
            .query_one(sql, &[])
            .await
            .map_err(unanswered)?
            .get(0);
        let name = format!("{TEMPLATE}{}_{}_{role}", admin.scope, self.digest);
        let deadline = Instant::now() + PATIENCE;
        loop {
            if is_ready(&admin.client, &name).await? {
                return Ok(name);
            }
            if try_lock(&admin.client, &name).await? {
                let made = self.make(server, admin, &name).await;
                let unlocked = unlock(&admin.client, &name).await;
                made?;
                unlocked?;
            } else if Instant::now() > deadline {
                return Err(Error::new(
                    ErrorKind::Locked,
                    format!(
                        "another process has not finished the template `{name}` in ten minutes"
                    ),
                ));
            } else {
                session::sleep(&admin.client, Duration::from_millis(20)).await?;
            }
        }
    }

    /// Makes it. The lock is held.
    async fn make(&self, server: &Server, admin: &Admin, name: &str) -> Result<(), Error> {
        // It was made while this process waited.
        if is_ready(&admin.client, name).await? {
            return Ok(());
        }
        sweep_templates(admin).await;
        let quoted = identifier(name);
        // What a process left half made that was killed.
        let sql = format!("DROP DATABASE IF EXISTS {quoted} WITH (FORCE)");
        admin.client.batch_execute(&sql).await.map_err(unanswered)?;
        let sql = format!("CREATE DATABASE {quoted} TEMPLATE template0");
        admin.client.batch_execute(&sql).await.map_err(unanswered)?;
        let filled = self.fill(server, name).await;
        if let Err(error) = filled {
            let sql = format!("DROP DATABASE IF EXISTS {quoted} WITH (FORCE)");
            let _ = admin.client.batch_execute(&sql).await;
            return Err(error);
        }
        used(&admin.client, name).await;
        let sql = format!("ALTER DATABASE {quoted} WITH ALLOW_CONNECTIONS false IS_TEMPLATE true");
        admin.client.batch_execute(&sql).await.map_err(unanswered)
    }

    async fn fill(&self, server: &Server, name: &str) -> Result<(), Error> {
        let connected = server.connect_to(&server.config(name)).await;
        let (mut client, connection) = connected.map_err(unanswered)?;
        let connection = tokio::spawn(connection);
        crate::migrate(&mut client, &self.migrations, &Options::default()).await?;
        for (file, sql) in &self.seeds {
            let seeded = client.batch_execute(sql).await;
            seeded.map_err(|error| unseeded(file, sql, error))?;
        }
        drop(client);
        // A database is copied only when nobody is connected to it.
        let _ = connection.await;
        Ok(())
    }
}

/// Why a seed failed, with the place in its file.
fn unseeded(file: &str, sql: &str, error: tokio_postgres::Error) -> Error {
    use tokio_postgres::error::ErrorPosition;
    let position = error.as_db_error().and_then(|error| error.position());
    let offset = match position {
        Some(ErrorPosition::Original(position)) => {
            let before = usize::try_from(*position)
                .unwrap_or_default()
                .saturating_sub(1);
            sql.char_indices()
                .nth(before)
                .map_or(0, |(offset, _)| offset)
        }
        _ => 0,
    };
    let seed = Migration::read(
        String::new(),
        String::new(),
        file.to_owned(),
        sql.to_owned(),
        Vec::new(),
    );
    let (line, column) = seed.position(offset);
    Error::of(ErrorKind::Failed, "the seed failed", error).at(Place {
        version: String::new(),
        file: file.to_owned(),
        line,
        column,
        statement: 1,
        offset,
    })
}

/// Whether a template is there, whole.
async fn is_ready(client: &Client, name: &str) -> Result<bool, Error> {
    let sql = "SELECT pg_catalog.shobj_description(oid, 'pg_database') = pg_catalog.concat('used ', current_date) \
               FROM pg_catalog.pg_database WHERE datname = $1 AND datistemplate";
    let found = client.query_opt(sql, &[&name]).await.map_err(unanswered)?;
    let Some(found) = found else {
        return Ok(false);
    };
    if found.get::<_, Option<bool>>(0) != Some(true) {
        used(client, name).await;
    }
    Ok(true)
}

/// Writes down that a template is used today.
async fn used(client: &Client, name: &str) {
    let sql = "SELECT pg_catalog.format('COMMENT ON DATABASE %I IS %L', $1::text, pg_catalog.concat('used ', current_date))";
    if let Ok(row) = client.query_one(sql, &[&name]).await {
        // Another process may be doing the same.
        let _ = client.batch_execute(row.get(0)).await;
    }
}

/// Takes the lock that keeps a database, unless another process has it.
pub(super) async fn try_lock(client: &Client, name: &str) -> Result<bool, Error> {
    let sql = format!("SELECT pg_catalog.pg_try_advisory_lock({KEY}$1, 0))");
    let row = client.query_one(&sql, &[&name]).await.map_err(unanswered)?;
    Ok(row.get(0))
}

pub(super) async fn unlock(client: &Client, name: &str) -> Result<(), Error> {
    let sql = format!("SELECT pg_catalog.pg_advisory_unlock({KEY}$1, 0))");
    client
        .query_one(&sql, &[&name])
        .await
        .map(|_| ())
        .map_err(unanswered)
}

/// Drops the databases of tests whose process is gone: nobody holds their locks. Failures are left for the next time.
pub(super) async fn sweep(server: Arc<Server>) {
    let Ok(admin) = server.admin().await else {
        return;
    };
    let sql = "SELECT datname::text FROM pg_catalog.pg_database \
               WHERE pg_catalog.starts_with(datname::text, $1) AND NOT datistemplate";
    let prefix = format!("{COPY}{}_", admin.scope);
    let Ok(found) = admin.client.query(sql, &[&prefix]).await else {
        return;
    };
    for row in found {
        let name: String = row.get(0);
        if let Ok(true) = try_lock(&admin.client, &name).await {
            let sql = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", identifier(&name));
            let _ = admin.client.batch_execute(&sql).await;
            let _ = unlock(&admin.client, &name).await;
        }
    }
}

/// Drops the templates that nobody has used for days.
async fn sweep_templates(admin: &Admin) {
    let sql = "SELECT datname::text FROM pg_catalog.pg_database \
               WHERE pg_catalog.starts_with(datname::text, $1) AND datistemplate \
                 AND pg_catalog.shobj_description(oid, 'pg_database') < pg_catalog.concat('used ', current_date - $2::int)";
    let prefix = format!("{TEMPLATE}{}_", admin.scope);
    let Ok(found) = admin.client.query(sql, &[&prefix, &DAYS]).await else {
        return;
    };
    for row in found {
        let name: String = row.get(0);
        let name = identifier(&name);
        let sql = format!("ALTER DATABASE {name} IS_TEMPLATE false");
        if admin.client.batch_execute(&sql).await.is_ok() {
            let _ = admin
                .client
                .batch_execute(&format!("DROP DATABASE {name}"))
                .await;
        }
    }
}
