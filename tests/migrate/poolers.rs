//! Poolers that lend a session for one transaction, which are recognised and refused.

use std::fs;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rowsmith_migrate::{ErrorKind, Options, migrate};
use tempfile::TempDir;
use tokio_postgres::config::Host;
use tokio_postgres::{Config, NoTls};

use crate::place::{connect, migrations, on_server};

const PROGRAM: &str = "/usr/sbin/pgbouncer";

/// A pgbouncer, ended with this value.
struct Bouncer {
    process: Child,
    /// Removed with it.
    _folder: TempDir,
}

impl Drop for Bouncer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Bouncer {
    async fn start(database: &Config, mode: &str, extra: &str) -> (Self, Config) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().display().to_string();
        let host = match &database.get_hosts()[0] {
            Host::Tcp(host) => host.clone(),
            #[cfg(unix)]
            Host::Unix(path) => path.display().to_string(),
        };
        let user = database.get_user().unwrap();
        let settings = format!(
            "[databases]\ndb = host={host} port={} dbname={} user={user}\n[pgbouncer]\nlisten_addr=\nunix_socket_dir={path}\nlisten_port=6543\nauth_type=any\npool_mode={mode}\n{extra}\n",
            database.get_ports()[0],
            database.get_dbname().unwrap()
        );
        fs::write(folder.path().join("settings.ini"), settings).unwrap();
        let mut command = Command::new(PROGRAM);
        command
            .arg(folder.path().join("settings.ini"))
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        if is_root() {
            let _ = Command::new("chown")
                .args(["-R", "postgres", &path])
                .status();
            command.args(["-u", "postgres"]);
        }
        let process = command.spawn().unwrap();
        let mut config = Config::new();
        config
            .host_path(folder.path())
            .port(6543)
            .user(user)
            .dbname("db");
        for _ in 0..200 {
            if config.connect(NoTls).await.is_ok() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        (
            Self {
                process,
                _folder: folder,
            },
            config,
        )
    }
}

fn is_root() -> bool {
    let output = Command::new("id").arg("-u").output().unwrap();
    output.stdout.starts_with(b"0\n")
}

#[test]
fn a_session_that_is_lent_is_refused() {
    if !fs::exists(PROGRAM).unwrap() {
        #[expect(clippy::print_stderr, reason = "a test that tested nothing says so")]
        {
            eprintln!("there is no {PROGRAM}: nothing was tested");
        }
        return;
    }
    on_server(async |place| {
        let (database, _) = place.database().await;
        let all = migrations(&["CREATE TABLE a (id int);", "SELECT pg_sleep(0.3);"]);
        // One session for two clients: both seem to have it for themselves.
        let (bouncer, config) =
            Bouncer::start(&database, "transaction", "default_pool_size=1").await;
        let mut one = connect(&config).await;
        let mut two = connect(&config).await;
        let options = Options::default().lock_wait(Duration::from_millis(200));
        let both = tokio::join!(
            migrate(&mut one, &all, &options),
            migrate(&mut two, &all, &options)
        );
        let refused = [both.0.err(), both.1.err()];
        assert!(
            refused
                .iter()
                .flatten()
                .any(|error| error.kind() == ErrorKind::Pooled),
            "{refused:?}"
        );
        drop(bouncer);

        // Several sessions, and other clients that take turns with them.
        let (database, _) = place.database().await;
        let (_bouncer, config) = Bouncer::start(
            &database,
            "transaction",
            "default_pool_size=4\nserver_round_robin=1",
        )
        .await;
        let busy = connect(&config).await;
        busy.batch_execute("BEGIN").await.unwrap();
        let other = connect(&config).await;
        other.batch_execute("SELECT 1").await.unwrap();
        busy.batch_execute("COMMIT").await.unwrap();
        let mut client = connect(&config).await;
        let error = migrate(&mut client, &all, &options).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Pooled, "{error}");
        assert!(error.help().unwrap().contains("pool_mode = session"));

        // In session mode all is as without a pooler.
        let (database, _) = place.database().await;
        let (_bouncer, config) = Bouncer::start(&database, "session", "").await;
        let mut client = connect(&config).await;
        assert_eq!(
            migrate(&mut client, &all, &Options::default())
                .await
                .unwrap()
                .versions
                .len(),
            2
        );
    });
}
