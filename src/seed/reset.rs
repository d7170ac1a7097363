//! `reset`: a development database made anew.
//!
//! The new one is made beside the old one, migrated and seeded. Only when it is whole does it take the old one's name: a
//! mistake in a migration leaves the database as it was. Owner, locale, settings and grants are those of the old one.

use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

use super::guard::{self, Facts};
use super::{Seeds, failed, has_one_host};
use crate::database::{self, Visit};
use crate::error::{Error, Result};
use crate::quote;

/// What the name of the new database ends with while it is made.
const SUFFIX: &str = "__rowsmith_reset";

/// Names are cut by Postgres behind so many bytes.
const MAX_NAME: usize = 63;

/// Databases of the server itself.
const OF_SERVER: [&str; 3] = ["postgres", "template0", "template1"];

/// How the new one is made: as the old one, whose name is `$1`. Of the locale's columns each version has others.
const CREATE: &str = "\
    SELECT pg_catalog.concat( \
        'CREATE DATABASE ', pg_catalog.quote_ident($2), ' TEMPLATE template0', \
        ' OWNER ', pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(datdba)), \
        ' ENCODING ', pg_catalog.quote_literal(pg_catalog.pg_encoding_to_char(encoding)), \
        ' LC_COLLATE ', pg_catalog.quote_literal(datcollate), ' LC_CTYPE ', pg_catalog.quote_literal(datctype), \
        CASE columns->>'datlocprovider' \
            WHEN 'i' THEN ' LOCALE_PROVIDER icu ICU_LOCALE ' || pg_catalog.quote_literal(locale) \
            WHEN 'b' THEN ' LOCALE_PROVIDER builtin BUILTIN_LOCALE ' || pg_catalog.quote_literal(locale) \
        END, \
        CASE WHEN columns->>'daticurules' <> '' THEN ' ICU_RULES ' || pg_catalog.quote_literal(columns->>'daticurules') END, \
        ' CONNECTION LIMIT ', datconnlimit) \
    FROM (SELECT *, pg_catalog.to_jsonb(d) AS columns, \
            coalesce(pg_catalog.to_jsonb(d)->>'datlocale', pg_catalog.to_jsonb(d)->>'daticulocale') AS locale \
        FROM pg_catalog.pg_database d WHERE d.datname = $1) AS old";

/// What makes the settings and grants of `$2` those of `$1`. Some settings are lists of names, which have their quotes.
const ADOPT: &str = "\
    SELECT pg_catalog.format('ALTER %s SET %I TO %s', CASE WHEN r.rolname IS NULL \
            THEN pg_catalog.format('DATABASE %I', $2::text) \
            ELSE pg_catalog.format('ROLE %I IN DATABASE %I', r.rolname, $2::text) END, \
        name, CASE WHEN value IN ('', '\"\"') THEN '''''' WHEN name IN ('search_path', 'temp_tablespaces', 'local_preload_libraries', 'session_preload_libraries') \
            THEN value ELSE pg_catalog.quote_literal(value) END) \
    FROM pg_catalog.pg_db_role_setting s JOIN pg_catalog.pg_database d ON d.oid = s.setdatabase \
        LEFT JOIN pg_catalog.pg_roles r ON r.oid = s.setrole, \
        pg_catalog.unnest(s.setconfig) AS entry, \
        LATERAL (SELECT pg_catalog.split_part(entry, '=', 1), pg_catalog.substr(entry, pg_catalog.strpos(entry, '=') + 1)) \
            AS parts (name, value) \
    WHERE d.datname = $1 AND (s.setrole = 0 OR r.rolname IS NOT NULL) \
    UNION ALL \
    SELECT pg_catalog.format('REVOKE ALL ON DATABASE %I FROM PUBLIC', $2::text) \
    FROM pg_catalog.pg_database d WHERE d.datname = $1 AND d.datacl IS NOT NULL \
    UNION ALL \
    SELECT pg_catalog.format('GRANT %s ON DATABASE %I TO %s%s', a.privilege_type, $2::text, \
        CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.grantee)) END, \
        CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' END) \
    FROM pg_catalog.pg_database d, pg_catalog.aclexplode(d.datacl) AS a \
    WHERE d.datname = $1 AND a.grantee <> d.datdba";

/// A database that may be made anew.
pub(crate) struct Reset {
    at: Visit,
    /// Connected to another database of the same server.
    admin: Client,
    name: String,
    /// What is in it, for people.
    pub(crate) content: String,
}

/// Looks whether the database may be made anew. Nothing is changed.
pub(crate) async fn prepare(uri: &str, allow_remote: bool) -> Result<Reset> {
    let at = database::visited(uri)?;
    if !has_one_host(&at.config) {
        return Err(Error::new("the URI names several servers")
            .with_help("name the one whose database is to be made anew"));
    }
    let client = database::visit_at(&at).await?;
    let facts = Facts::ask(&client).await?;
    guard::check(&at.config, &facts, allow_remote)?;
    let name = facts.database;
    if OF_SERVER.contains(&name.as_str()) {
        return Err(Error::new(format!(
            "the database `{name}` belongs to the server itself"
        ))
        .with_help("use a database of its own for the project, as `CREATE DATABASE shop_dev`"));
    }
    let content = content(&client).await?;
    let mut elsewhere = at.clone();
    elsewhere.config.dbname("postgres");
    let mut admin = database::visit_at(&elsewhere).await;
    if admin.is_err() {
        elsewhere.config.dbname("template1");
        admin = database::visit_at(&elsewhere).await;
    }
    Ok(Reset {
        at,
        admin: admin?,
        name,
        content,
    })
}

impl Reset {
    /// The name of the database.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Makes the database anew: `migrate` is given a connection to the new one, which is then seeded.
    pub(crate) async fn run<T>(
        self,
        migrate: impl AsyncFnOnce(&mut Client) -> Result<T>,
        seeds: Option<&Seeds>,
    ) -> Result<T> {
        let new = self.new_name();
        self.lock().await?;
        self.drop_database(&new).await?;
        let create = self.admin.query_one(CREATE, &[&self.name, &new]).await;
        let create: String = create
            .map_err(|error| self.failed("made anew", error))?
            .get(0);
        let created = self.admin.batch_execute(&create).await;
        created.map_err(|error| self.uncreated(error))?;
        let filled = self.fill(&new, migrate, seeds).await;
        let done = match filled {
            Ok(done) => done,
            Err(error) => {
                let _ = self.drop_database(&new).await;
                return Err(error);
            }
        };
        // What migrations set for the database by its name.
        self.adopt(&new).await?;
        self.drop_database(&self.name).await?;
        let sql = format!(
            "ALTER DATABASE {} RENAME TO {}",
            quote::always(&new),
            quote::always(&self.name)
        );
        let renamed = self.admin.batch_execute(&sql).await;
        renamed.map_err(|error| {
            failed(
                &format!(
                    "the new database is whole, and cannot be renamed from `{new}` to `{}`",
                    self.name
                ),
                error,
            )
            .with_help("rename it by hand")
        })?;
        Ok(done)
    }

    async fn fill<T>(
        &self,
        new: &str,
        migrate: impl AsyncFnOnce(&mut Client) -> Result<T>,
        seeds: Option<&Seeds>,
    ) -> Result<T> {
        self.adopt(new).await?;
        let mut at = self.at.clone();
        at.config.dbname(new);
        let mut client = database::visit_at(&at).await?;
        let done = migrate(&mut client).await?;
        if let Some(seeds) = seeds {
            // Migrations may have left settings behind.
            let client = database::visit_at(&at).await?;
            seeds.run(&client).await?;
        }
        // Nobody may be connected to a database that is renamed.
        drop(client);
        let sql = "SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity WHERE datname = $1";
        let ended = self.admin.query(sql, &[&new]).await;
        ended.map_err(|error| self.failed("made anew", error))?;
        Ok(done)
    }

    /// Fails if another process makes the same database anew. The lock ends with the connection.
    async fn lock(&self) -> Result<()> {
        let sql = "SELECT pg_catalog.pg_try_advisory_lock(pg_catalog.hashtextextended($1, 0))";
        let key = format!("{}{SUFFIX}", self.name);
        let row = self.admin.query_one(sql, &[&key]).await;
        if row.map_err(|error| self.failed("made anew", error))?.get(0) {
            return Ok(());
        }
        Err(
            Error::new(format!("another process is making `{}` anew", self.name))
                .with_help("wait for it to end"),
        )
    }

    async fn adopt(&self, new: &str) -> Result<()> {
        let found = self.admin.query(ADOPT, &[&self.name, &new]).await;
        for row in found.map_err(|error| self.failed("made anew", error))? {
            let sql: String = row.get(0);
            let done = self.admin.batch_execute(&sql).await;
            done.map_err(|error| {
                failed(
                    &format!(
                        "a setting or grant of `{}` cannot be kept: `{sql}`",
                        self.name
                    ),
                    error,
                )
            })?;
        }
        Ok(())
    }

    async fn drop_database(&self, name: &str) -> Result<()> {
        let sql = format!(
            "DROP DATABASE IF EXISTS {} WITH (FORCE)",
            quote::always(name)
        );
        let dropped = self.admin.batch_execute(&sql).await;
        dropped.map_err(|error| failed(&format!("the database `{name}` cannot be dropped"), error))
    }

    /// The name of the new database for as long as the old one has its own.
    fn new_name(&self) -> String {
        let mut end = self.name.len().min(MAX_NAME - SUFFIX.len());
        while !self.name.is_char_boundary(end) {
            end -= 1;
        }
        format!("{}{SUFFIX}", &self.name[..end])
    }

    fn failed(&self, what: &str, error: tokio_postgres::Error) -> Error {
        failed(
            &format!("the database `{}` cannot be {what}", self.name),
            error,
        )
    }

    fn uncreated(&self, error: tokio_postgres::Error) -> Error {
        let is_denied = error.code() == Some(&SqlState::INSUFFICIENT_PRIVILEGE);
        let failure = self.failed("made anew", error);
        if is_denied {
            return failure.with_help("let the role make databases: `ALTER ROLE … CREATEDB`");
        }
        failure
    }
}

/// What is in the database, so that people know which one they have before them.
async fn content(client: &Client) -> Result<String> {
    let sql = "SELECT pg_catalog.count(*), pg_catalog.pg_size_pretty(pg_catalog.pg_database_size(pg_catalog.current_database())) \
               FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
               WHERE c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'";
    let row = client.query_one(sql, &[]).await;
    let row = row.map_err(|error| failed("the database cannot be looked at", error))?;
    let tables: i64 = row.get(0);
    let size: String = row.get(1);
    let tables = match tables {
        1 => "1 table".to_owned(),
        tables => format!("{tables} tables"),
    };
    Ok(format!("{tables}, {size}"))
}
