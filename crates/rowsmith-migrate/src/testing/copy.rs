//! The database of one test: a copy of the template, kept by a lock for as long as its process lives.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use tokio_postgres::Config;
use tokio_postgres::error::SqlState;

use super::server::{Admin, Server, unanswered};
use super::template::{self, Template};
use crate::error::{Error, ErrorKind};
use crate::quote::identifier;

/// How often a template is made again that was dropped in the moment it was needed.
const TRIES: usize = 5;

/// What a template has that is not copied with it, as statements about another database: its settings. Values of those in the
/// list are lists of names, in quotes already.
const SETTINGS: &str = "\
    SELECT pg_catalog.format('ALTER DATABASE %I SET %I TO %s', $2::text, name, CASE \
        WHEN value IN ('', '\"\"') THEN '''''' WHEN name IN ('search_path', 'temp_tablespaces', 'local_preload_libraries', 'session_preload_libraries') THEN value \
        ELSE pg_catalog.quote_literal(value) END) \
    FROM pg_catalog.pg_db_role_setting s JOIN pg_catalog.pg_database d ON d.oid = s.setdatabase, \
        pg_catalog.unnest(s.setconfig) AS entry, \
        LATERAL (SELECT pg_catalog.split_part(entry, '=', 1), pg_catalog.substr(entry, pg_catalog.strpos(entry, '=') + 1)) \
            AS parts (name, value) \
    WHERE d.datname = $1 AND s.setrole = 0";

pub(super) struct Copied {
    name: String,
    server: Arc<Server>,
    /// Its session holds the lock: if the process is killed, the lock is free, and the next run drops the database.
    admin: Admin,
}

impl Copied {
    /// Copies the template, which is made if it is not there.
    pub(super) async fn make(server: Arc<Server>, template: Template) -> Result<Self, Error> {
        let admin = server.admin().await?;
        for _ in 0..TRIES {
            let from = template.ready(&server, &admin).await?;
            let name = name(admin.scope);
            if !template::try_lock(&admin.client, &name).await? {
                continue;
            }
            let sql = format!(
                "CREATE DATABASE {} TEMPLATE {}{}",
                identifier(&name),
                identifier(&from),
                admin.strategy
            );
            match admin.client.batch_execute(&sql).await {
                Ok(()) => {
                    let copy = Self {
                        name,
                        server,
                        admin,
                    };
                    copy.set(&from).await?;
                    return Ok(copy);
                }
                Err(error) => {
                    template::unlock(&admin.client, &name).await?;
                    // It was swept just now.
                    if error.code() != Some(&SqlState::INVALID_CATALOG_NAME) {
                        return Err(unanswered(error));
                    }
                }
            }
        }
        Err(Error::new(
            ErrorKind::Server,
            "the template of the test's database is dropped again and again",
        ))
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn config(&self) -> Config {
        self.server.config(&self.name)
    }

    async fn set(&self, template: &str) -> Result<(), Error> {
        let client = &self.admin.client;
        let found = client
            .query(SETTINGS, &[&template, &self.name])
            .await
            .map_err(unanswered)?;
        for row in found {
            client.batch_execute(row.get(0)).await.map_err(unanswered)?;
        }
        Ok(())
    }

    /// Drops the database, and gives its lock up.
    pub(super) async fn drop_database(self) -> Result<(), Error> {
        let Self {
            name,
            server,
            admin,
        } = self;
        let sql = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", identifier(&name));
        admin.client.batch_execute(&sql).await.map_err(unanswered)?;
        template::unlock(&admin.client, &name).await?;
        server.give_back(admin);
        Ok(())
    }
}

/// A name that no other database has: by the time, the process, and a number in it.
fn name(scope: u32) -> String {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let process = std::process::id();
    format!(
        "{}{scope}_{:x}_{process:x}_{number}",
        template::COPY,
        now.as_nanos()
    )
}
