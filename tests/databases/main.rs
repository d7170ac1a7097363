//! Databases that stay: those that other tools have migrated, and those of tests.

#![expect(clippy::unwrap_used, reason = "tests fail by panics")]

mod journals;
mod seeds;
mod testing;

use std::path::Path;

use rowsmith::Generator;
use tokio_postgres::{Client, Config, NoTls};

/// A server, on which databases can be made.
struct Server {
    config: Config,
    admin: Client,
    made: usize,
}

impl Server {
    /// The URI of a database of it.
    fn uri(&self, name: &str) -> String {
        use tokio_postgres::config::Host;
        let host = match &self.config.get_hosts()[0] {
            Host::Tcp(host) => host.clone(),
            Host::Unix(path) => path.to_str().unwrap().replace('/', "%2F"),
        };
        let port = self.config.get_ports()[0];
        let user = self.config.get_user().unwrap();
        format!("postgres://{user}@{host}:{port}/{name}")
    }

    /// A client of a new database.
    async fn database(&mut self) -> Client {
        self.made += 1;
        let name = format!("made_{}", self.made);
        let sql = format!("CREATE DATABASE {name}");
        self.admin.batch_execute(&sql).await.unwrap();
        connect(self.config.clone().dbname(&name)).await
    }
}

async fn connect(config: &Config) -> Client {
    let (client, connection) = config.connect(NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

/// Runs `test` with a throwaway server.
fn with_server(test: impl AsyncFnOnce(&mut Server)) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/shared/sqlc.yaml");
        let generator = Generator::from_file(project).unwrap();
        let database = generator.throwaway_database().await.unwrap();
        let mut server = Server {
            config: database.config().clone(),
            admin: connect(database.config()).await,
            made: 0,
        };
        test(&mut server).await;
        for number in 1..=server.made {
            let sql = format!("DROP DATABASE made_{number} WITH (FORCE)");
            server.admin.batch_execute(&sql).await.unwrap();
        }
        database.close().await.unwrap();
    });
}
