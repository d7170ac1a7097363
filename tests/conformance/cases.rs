//! The sets of `cases.json`, and projects made of them.

use std::fmt::{self, Write as _};
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

use rowsmith::{Generator, Provider, ThrowawayDatabase};
use serde::Deserialize;
use serde_json::Value;

use super::compare::Reviewed;

/// A schema and the queries on it, with what sqlc and Postgres say of them.
#[derive(Debug, Deserialize)]
pub(crate) struct Set {
    #[serde(skip)]
    pub(crate) id: String,
    cases: Vec<String>,
    class: Class,
    schema: Vec<(String, String)>,
    query_sql: Vec<(String, String)>,
    #[serde(rename = "static")]
    pub(crate) sqlc: Option<Value>,
    pub(crate) pg: Value,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Class {
    /// Postgres and sqlc accept it.
    Usable,
    /// Postgres accepts it.
    PgOkSqlcError,
    /// sqlc accepts it.
    SqlcOkPgError,
    BothError,
}

/// An annotated query in a file.
pub(crate) struct Annotated {
    pub(crate) file: String,
    pub(crate) name: String,
    /// The whole line.
    pub(crate) annotation: String,
    /// From its annotation to the next one.
    pub(crate) lines: Range<usize>,
}

/// Reads the sets; `None`, and a message, where there are none.
pub(crate) fn load() -> Option<Vec<Set>> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/conformance");
    let folder = std::env::var_os("ROWSMITH_CONFORMANCE").map_or(beside, PathBuf::from);
    let path = folder.join("cases.json");
    let Ok(text) = fs::read_to_string(&path) else {
        eprintln!("NOT TESTED: there is no `{}`", path.display());
        return None;
    };
    let document: Value = serde_json::from_str(&text).unwrap();
    let sets = document["sets"].as_object().unwrap();
    let sets = sets.iter().map(|(id, set)| {
        let set = Set::deserialize(set).unwrap_or_else(|error| panic!("{id}: {error}"));
        Set {
            id: id.clone(),
            ..set
        }
    });
    Some(sets.collect())
}

impl Set {
    /// Writes it as a project; the configuration is `sqlc.json`.
    pub(crate) fn write(&self) -> tempfile::TempDir {
        let project = tempfile::tempdir().unwrap();
        let write = |folder: &str, files: &[(String, String)]| -> Vec<String> {
            let paths = files.iter().map(|(name, text)| {
                let path = format!("{folder}/{name}");
                let file = project.path().join(&path);
                fs::create_dir_all(file.parent().unwrap()).unwrap();
                fs::write(file, text).unwrap();
                path
            });
            paths.collect()
        };
        let mut schema = write("schema", &self.schema);
        if schema.is_empty() {
            schema = write(
                "schema",
                &[("empty.sql".to_owned(), "SELECT 1;".to_owned())],
            );
        }
        let queries = write("queries", &self.query_sql);
        let extensions = self.pg["extensions"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        let setup: Vec<String> = extensions
            .iter()
            .map(|name| {
                format!(
                    "CREATE EXTENSION IF NOT EXISTS \"{}\";",
                    name.as_str().unwrap()
                )
            })
            .collect();
        fs::write(
            project.path().join("extensions.sql"),
            setup.concat() + "SELECT 1;",
        )
        .unwrap();
        schema.insert(0, "extensions.sql".to_owned());
        let config = serde_json::json!({
            "version": "2",
            "sql": [{"engine": "postgresql", "schema": schema, "queries": queries}],
            "options": {"rust": {"out": "db"}},
        });
        let text = serde_json::to_string_pretty(&config).unwrap();
        fs::write(project.path().join("sqlc.json"), text).unwrap();
        project
    }

    /// Whether the server, of that major version, accepts it.
    pub(crate) fn is_to_be_accepted(&self, version: u32, reviewed: &Reviewed) -> bool {
        match self.class {
            Class::Usable | Class::PgOkSqlcError => !self
                .annotated()
                .iter()
                .any(|query| reviewed.is_policy(self, query)),
            // The cases were made with Postgres 15.
            Class::SqlcOkPgError | Class::BothError => reviewed
                .accepted_from(&self.id)
                .is_some_and(|from| version >= from),
        }
    }

    pub(crate) fn schema_is_refused(&self) -> bool {
        self.pg["schema_errors"]
            .as_array()
            .is_some_and(|errors| !errors.is_empty())
    }

    /// Whether Postgres refuses a query of that name.
    pub(crate) fn is_refused(&self, name: &str) -> bool {
        let queries = self.pg["queries"].as_array().unwrap();
        queries
            .iter()
            .any(|query| query["name"] == name && query["ok"] != true)
    }

    /// The annotated queries of all files.
    pub(crate) fn annotated(&self) -> Vec<Annotated> {
        let mut found: Vec<Annotated> = Vec::new();
        for (file, text) in &self.query_sql {
            let lines = text.lines().count() + 1;
            let first = found.len();
            for (index, line) in text.lines().enumerate() {
                let comment = line.trim_start_matches(['-', '/', '*', ' ']);
                if !line.starts_with(['-', '/']) || !comment.starts_with("name:") {
                    continue;
                }
                let line_number = index + 1;
                if let Some(before) = found[first..].last_mut() {
                    before.lines.end = line_number;
                }
                let words: Vec<&str> = comment.split_whitespace().collect();
                found.push(Annotated {
                    file: file.clone(),
                    name: words
                        .get(1)
                        .unwrap_or(&"")
                        .trim_start_matches(':')
                        .to_owned(),
                    annotation: line.to_owned(),
                    lines: line_number..lines + 1,
                });
            }
        }
        found
    }
}

impl fmt::Display for Set {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.id, self.cases.join(", "))
    }
}

/// One server for all sets.
pub(crate) struct Server {
    runtime: tokio::runtime::Runtime,
    database: ThrowawayDatabase,
    provider: Provider,
    /// The major version.
    pub(crate) version: u32,
    _project: tempfile::TempDir,
}

impl Server {
    pub(crate) fn start() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let project = tempfile::tempdir().unwrap();
        fs::write(project.path().join("a.sql"), "-- name: A :one\nSELECT 1;").unwrap();
        let config = "version: 2\nsql: [{engine: postgresql, schema: a.sql, queries: a.sql, gen: {rust: {out: db}}}]";
        fs::write(project.path().join("sqlc.yaml"), config).unwrap();
        let mut generator = Generator::from_file(project.path().join("sqlc.yaml")).unwrap();
        if let Some(binaries) = std::env::var_os("ROWSMITH_TEST_POSTGRES_BIN") {
            generator = generator.provider(Provider::Local {
                binaries: Some(binaries.into()),
            });
        }
        let database = runtime.block_on(generator.throwaway_database()).unwrap();
        let config = database.config().clone();
        let version = runtime.block_on(async {
            let (client, connection) = config.connect(tokio_postgres::NoTls).await.unwrap();
            tokio::spawn(connection);
            let row = client
                .query_one("SHOW server_version_num", &[])
                .await
                .unwrap();
            row.get::<_, String>(0).parse::<u32>().unwrap() / 10_000
        });
        let provider = Provider::Server { uri: uri(&config) };
        Self {
            runtime,
            database,
            provider,
            version,
            _project: project,
        }
    }

    pub(crate) fn generator(&self, project: &tempfile::TempDir) -> Generator {
        let generator = Generator::from_file(project.path().join("sqlc.json"));
        let generator = generator.unwrap_or_else(|error| panic!("{error:?}"));
        generator.provider(self.provider.clone())
    }

    pub(crate) fn close(self) {
        self.runtime.block_on(self.database.close()).unwrap();
    }
}

/// The configuration of a connection as libpq writes it.
fn uri(config: &tokio_postgres::Config) -> String {
    use tokio_postgres::config::Host;
    let host = match config.get_hosts() {
        [Host::Unix(path), ..] => path.display().to_string(),
        [Host::Tcp(name), ..] => name.clone(),
        _ => "localhost".to_owned(),
    };
    let mut uri = format!(
        "host='{host}' dbname=postgres user='{}'",
        config.get_user().unwrap()
    );
    if let [port, ..] = config.get_ports() {
        let _ = write!(uri, " port={port}");
    }
    if let Some(password) = config.get_password() {
        let _ = write!(uri, " password='{}'", String::from_utf8_lossy(password));
    }
    uri
}
