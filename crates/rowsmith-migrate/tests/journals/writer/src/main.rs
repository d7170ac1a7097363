//! `journal-writer TOOL FOLDER URL`: applies the folder's migrations as the tool's command line does, since both call this library.

use std::error::Error;
use std::path::Path;

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, tool, folder, url] = &arguments[..] else {
        panic!("usage: journal-writer TOOL FOLDER URL");
    };
    let done = match tool.as_str() {
        "sqlx" => sqlx(folder, url).await,
        "refinery" => refinery(folder, url).await,
        "diesel" => diesel(folder, url),
        _ => panic!("no such tool: {tool}"),
    };
    if let Err(error) = done {
        eprintln!("{tool}: {error}");
        std::process::exit(1);
    }
}

async fn sqlx(folder: &str, url: &str) -> Result<(), Box<dyn Error>> {
    let pool = sqlx::PgPool::connect(url).await?;
    let migrator = sqlx::migrate::Migrator::new(Path::new(folder)).await?;
    Ok(migrator.run(&pool).await?)
}

async fn refinery(folder: &str, url: &str) -> Result<(), Box<dyn Error>> {
    let (mut client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await?;
    tokio::spawn(connection);
    let migrations = refinery::load_sql_migrations(folder)?;
    refinery::Runner::new(&migrations)
        .run_async(&mut client)
        .await?;
    Ok(())
}

fn diesel(folder: &str, url: &str) -> Result<(), Box<dyn Error>> {
    use diesel::Connection;
    use diesel_migrations::{FileBasedMigrations, MigrationHarness};
    let mut connection = diesel::PgConnection::establish(url)?;
    let migrations = FileBasedMigrations::from_path(folder)?;
    connection
        .run_pending_migrations(migrations)
        .map_err(|error| error.to_string())?;
    Ok(())
}
