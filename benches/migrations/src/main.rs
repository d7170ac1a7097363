//! Applies 200 migrations to an empty database, with `rowsmith-migrate`, sqlx and refinery in turns, on one server. Prints the
//! median of each, and of a second run that has nothing to do.

use std::error::Error;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use rowsmith::Generator;
use rowsmith_migrate::{Migrations, Options};
use tokio_postgres::config::Host;
use tokio_postgres::{Client, Config, NoTls};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const COUNT: usize = 200;
const ROUNDS: usize = 9;

/// Who applies them.
const TOOLS: [&str; 3] = ["rowsmith", "sqlx", "refinery"];

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let folder = std::env::temp_dir().join(format!("migrations-bench-{}", std::process::id()));
    let outcome = run(&folder).await;
    fs::remove_dir_all(&folder)?;
    outcome
}

async fn run(folder: &Path) -> Result<()> {
    // sqlx and refinery want other names for the same files.
    for (own, name) in [("plain", "_"), ("refinery", "__")] {
        fs::create_dir_all(folder.join(own))?;
        for number in 1..=COUNT {
            let prefix = if own == "refinery" { "V" } else { "" };
            let text = format!(
                "CREATE TABLE t{number} (id bigint PRIMARY KEY, name text NOT NULL);\nCREATE INDEX t{number}_name ON t{number} (name);\nINSERT INTO t{number} VALUES (1, 'one');\n"
            );
            fs::write(folder.join(own).join(format!("{prefix}{number}{name}step.sql")), text)?;
        }
    }
    fs::create_dir_all(folder.join("queries"))?;
    fs::write(folder.join("queries/one.sql"), "-- name: One :one\nSELECT 1 AS one;\n")?;
    fs::write(
        folder.join("sqlc.yaml"),
        "version: '2'\nsql: [{engine: postgresql, schema: plain, queries: queries, gen: {rust: {out: db}}}]\n",
    )?;
    let generator = Generator::from_file(folder.join("sqlc.yaml"))?;
    let migrations = generator.migrations()?;
    let server = generator.empty_database().await?;
    let mut times: [[Vec<Duration>; 2]; 3] = Default::default();
    for round in 0..ROUNDS {
        for turn in 0..TOOLS.len() {
            let tool = (round + turn) % TOOLS.len();
            let name = format!("bench_{round}_{tool}");
            let admin = connect(server.config()).await?;
            admin.batch_execute(&format!("CREATE DATABASE {name}")).await?;
            let mut config = server.config().clone();
            config.dbname(&name);
            for again in 0..2 {
                let begun = Instant::now();
                apply(TOOLS[tool], &config, folder, &migrations).await?;
                times[tool][again].push(begun.elapsed());
            }
            let client = connect(&config).await?;
            let made: i64 = client.query_one("SELECT count(*) FROM pg_class WHERE relname ~ '^t[0-9]+$'", &[]).await?.get(0);
            assert_eq!(made, COUNT as i64, "{}", TOOLS[tool]);
            drop(client);
            admin.batch_execute(&format!("DROP DATABASE {name} WITH (FORCE)")).await?;
        }
    }
    server.close().await?;
    println!("| | {COUNT} migrations | nothing to do |\n|---|---|---|");
    for (tool, [first, again]) in TOOLS.iter().zip(&mut times) {
        println!("| {tool} | {:.1} ms | {:.1} ms |", median(first), median(again));
    }
    Ok(())
}

/// Connects and applies, as a program does when it starts.
async fn apply(tool: &str, config: &Config, folder: &Path, migrations: &Migrations) -> Result<()> {
    match tool {
        "rowsmith" => {
            let mut client = connect(config).await?;
            rowsmith_migrate::migrate(&mut client, migrations, &Options::default()).await?;
        }
        "sqlx" => {
            use sqlx::Connection as _;
            use sqlx::migrate::Migrator;
            let Host::Unix(socket) = &config.get_hosts()[0] else {
                return Err("the server has no socket".into());
            };
            let options = sqlx::postgres::PgConnectOptions::new_without_pgpass()
                .socket(socket)
                .port(config.get_ports()[0])
                .username(config.get_user().unwrap_or("postgres"))
                .database(config.get_dbname().unwrap_or("postgres"));
            let migrator = Migrator::new(folder.join("plain")).await?;
            let mut connection = sqlx::PgConnection::connect_with(&options).await?;
            migrator.run(&mut connection).await?;
            connection.close().await?;
        }
        _ => {
            let mut client = connect(config).await?;
            let files = refinery::load_sql_migrations(folder.join("refinery"))?;
            refinery::Runner::new(&files).run_async(&mut client).await?;
        }
    }
    Ok(())
}

async fn connect(config: &Config) -> Result<Client> {
    let (client, connection) = config.connect(NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}

/// In milliseconds.
fn median(times: &mut [Duration]) -> f64 {
    times.sort();
    times[times.len() / 2].as_secs_f64() * 1000.0
}
