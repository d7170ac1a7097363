//! Which databases seeds and `reset` may touch: those of developers.
//!
//! A database is taken for one of those if its server is on this machine, or if it is named for it. Neither can be known for
//! certain: behind `localhost` may be a tunnel. So three things speak against it whatever the address: the database says of
//! itself that it is production, a hosting service runs the server, or the server has a public address.

use std::net::IpAddr;
use std::path::Path;

use tokio_postgres::config::Host;
use tokio_postgres::{Client, Config};

use super::failed;
use crate::error::{Error, Result};

/// The setting by which a database says what it is for, and the values that mean that it may be touched.
const SETTING: &str = "rowsmith.environment";
const HARMLESS: [&str; 8] = [
    "ci",
    "dev",
    "development",
    "demo",
    "e2e",
    "local",
    "sandbox",
    "test",
];

/// Words in the name of a database that say that it is one of a developer, and words that say that it is none.
const OURS: [&str; 9] = [
    "ci",
    "demo",
    "dev",
    "development",
    "e2e",
    "local",
    "sandbox",
    "test",
    "tests",
];
const THEIRS: [&str; 8] = [
    "live",
    "main",
    "master",
    "prod",
    "production",
    "replica",
    "stage",
    "staging",
];

/// Roles that hosting services make on each of their servers, and whose they are.
const HOSTS: [(&str, &str); 6] = [
    ("alloydbsuperuser", "Google AlloyDB"),
    ("azure_pg_admin", "Microsoft Azure"),
    ("cloudsqlsuperuser", "Google Cloud SQL"),
    ("doadmin", "DigitalOcean"),
    ("neon_superuser", "Neon"),
    ("rds_superuser", "Amazon RDS"),
];

/// What the server tells of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Facts {
    /// The name of the database, as the server has it.
    pub(crate) database: String,
    /// The address that the server was reached at, as it sees it; `None` for a socket.
    pub(crate) address: Option<IpAddr>,
    /// The value of [`SETTING`].
    pub(crate) environment: Option<String>,
    /// The roles that are there of [`HOSTS`].
    pub(crate) roles: Vec<String>,
}

impl Facts {
    pub(crate) async fn ask(client: &Client) -> Result<Self> {
        let sql = "SELECT pg_catalog.current_database()::text, pg_catalog.host(pg_catalog.inet_server_addr()), \
                       nullif(pg_catalog.current_setting($1, true), ''), \
                       ARRAY(SELECT rolname::text FROM pg_catalog.pg_roles WHERE rolname = ANY ($2) ORDER BY 1)";
        let roles = HOSTS.map(|(role, _)| role);
        let row = client.query_one(sql, &[&SETTING, &roles.as_slice()]).await;
        let row = row.map_err(|error| failed("the server cannot be asked what it is", error))?;
        let address: Option<String> = row.get(1);
        Ok(Self {
            database: row.get(0),
            address: address.and_then(|address| address.parse().ok()),
            environment: row.get(2),
            roles: row.get(3),
        })
    }
}

/// Fails unless the database may be touched. `allow_remote` stands for its being local or named for it, and for nothing else.
pub(crate) fn check(config: &Config, facts: &Facts, allow_remote: bool) -> Result<()> {
    let database = &facts.database;
    if let Some(environment) = &facts.environment {
        if HARMLESS.contains(&environment.to_ascii_lowercase().as_str()) {
            return Ok(());
        }
        return Err(Error::new(format!(
            "the database `{database}` says of itself that it is for `{environment}`"
        ))
        .with_help(format!(
            "if that is wrong: `ALTER DATABASE {} SET {SETTING} = 'development'`",
            crate::quote::name(database)
        )));
    }
    if allow_remote {
        return Ok(());
    }
    let why = match remote_host(config) {
        Some(host) => format!("its server `{host}` is not on this machine"),
        None => match hosted(facts) {
            Some(service) => format!(
                "{service} runs its server, so that the address on this machine is a tunnel"
            ),
            None if facts.address.is_some_and(is_public) => {
                "its server has a public address, so that the address on this machine is a tunnel"
                    .to_owned()
            }
            None => return Ok(()),
        },
    };
    if is_named_for_it(database) {
        return Ok(());
    }
    Err(Error::new(format!(
        "`{database}` is not known to be a database of development: {why}"
    ))
    .with_help(
        "if it is one, add `--allow-remote`, or name it for that, as `shop_dev` or `shop_test`",
    ))
}

/// The first host that is not this machine. Where an address is given, too, that is what is connected to.
fn remote_host(config: &Config) -> Option<String> {
    let addresses = config.get_hostaddrs();
    if let Some(address) = addresses.iter().find(|address| !is_loopback(**address)) {
        return Some(address.to_string());
    }
    let is_remote = |host: &&Host| match host {
        Host::Tcp(name) => {
            let address: Option<IpAddr> = name.parse().ok();
            !address.map_or_else(|| name.eq_ignore_ascii_case("localhost"), is_loopback)
        }
        #[cfg(unix)]
        Host::Unix(path) => !is_socket_folder(path),
    };
    // Each host has its address, if there are any.
    let mut hosts = config.get_hosts().iter().skip(addresses.len());
    let remote = hosts.find(is_remote)?;
    Some(match remote {
        Host::Tcp(name) => name.clone(),
        #[cfg(unix)]
        Host::Unix(path) => path.display().to_string(),
    })
}

/// Whether a socket there can be that of a server on this machine. Google's proxy makes sockets for servers elsewhere.
#[cfg(unix)]
fn is_socket_folder(path: &Path) -> bool {
    !path.starts_with("/cloudsql")
}

fn is_loopback(address: IpAddr) -> bool {
    address.to_canonical().is_loopback()
}

/// Whether it is an address of the internet. A container's is not, and neither is one of a company's network.
fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => {
            let is_shared = address.octets()[0] == 100 && address.octets()[1] & 0xc0 == 64;
            !(address.is_loopback() || address.is_private() || address.is_link_local() || is_shared)
        }
        IpAddr::V6(address) => {
            !(address.is_loopback() || address.is_unique_local() || address.is_unicast_link_local())
        }
    }
}

fn hosted(facts: &Facts) -> Option<&'static str> {
    let mut hosts = HOSTS.iter();
    let found = hosts.find(|(role, _)| facts.roles.iter().any(|found| found == role))?;
    Some(found.1)
}

/// Whether the name has a word that says so, as `shop_dev` has, and none that says the opposite.
fn is_named_for_it(database: &str) -> bool {
    let name = database.to_lowercase();
    let words = || name.split(|c: char| !c.is_alphanumeric());
    words().any(|word| OURS.contains(&word)) && !words().any(|word| THEIRS.contains(&word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(database: &str) -> Facts {
        Facts {
            database: database.to_owned(),
            ..Facts::default()
        }
    }

    fn verdict(uri: &str, facts: &Facts) -> Result<(), String> {
        check(&uri.parse().unwrap(), facts, false).map_err(|error| error.to_string())
    }

    #[test]
    fn servers_on_this_machine_are_known_by_where_one_connects() {
        for uri in [
            "postgres://localhost/shop",
            "postgres://LocalHost:5433/shop",
            "postgres://127.0.0.1/shop",
            "postgres://127.8.8.8/shop",
            "postgres://[::1]/shop",
            "postgres://[::ffff:127.0.0.1]/shop",
            "host=/var/run/postgresql dbname=shop",
            "postgres://%2Ftmp/shop",
            "host=localhost,127.0.0.1 dbname=shop",
            "host=db.example.com hostaddr=127.0.0.1 dbname=shop",
        ] {
            assert_eq!(verdict(uri, &facts("shop")), Ok(()), "{uri}");
        }
        for (uri, host) in [
            ("postgres://localhost.evil.com/shop", "localhost.evil.com"),
            ("postgres://127.0.0.1.evil.com/shop", "127.0.0.1.evil.com"),
            ("postgres://localhost@db.example.com/shop", "db.example.com"),
            ("postgres://db.example.com/localhost", "db.example.com"),
            ("postgres://10.0.0.1/shop", "10.0.0.1"),
            ("postgres://0.0.0.0/shop", "0.0.0.0"),
            ("postgres://127.1/shop", "127.1"),
            ("postgres://2130706433/shop", "2130706433"),
            ("postgres://[::ffff:10.0.0.1]/shop", "::ffff:10.0.0.1"),
            // Any of them may be the one that answers.
            (
                "host=localhost,db.example.com dbname=shop",
                "db.example.com",
            ),
            ("postgres://localhost,db.example.com/shop", "db.example.com"),
            (
                "postgres://localhost/shop?host=db.example.com",
                "db.example.com",
            ),
            // The address is what is connected to.
            ("host=localhost hostaddr=10.0.0.1 dbname=shop", "10.0.0.1"),
            (
                "host=localhost,localhost hostaddr=127.0.0.1,10.0.0.1",
                "10.0.0.1",
            ),
            ("host=/cloudsql/p:r:i dbname=shop", "/cloudsql/p:r:i"),
        ] {
            let refusal = verdict(uri, &facts("shop")).unwrap_err();
            assert_eq!(
                refusal,
                format!(
                    "`shop` is not known to be a database of development: its server `{host}` is not on this machine"
                ),
                "{uri}"
            );
            assert!(check(&uri.parse().unwrap(), &facts("shop"), true).is_ok());
        }
    }

    #[test]
    fn a_name_counts_where_the_server_is_elsewhere() {
        let verdict = |name: &str| verdict("postgres://db.example.com/x", &facts(name)).is_ok();
        for name in [
            "shop_dev",
            "test-shop",
            "Shop_Test",
            "dev",
            "e2e.shop",
            "shop_test_7",
        ] {
            assert!(verdict(name), "{name}");
        }
        for name in [
            "shop",
            "protest",
            "devon",
            "testament",
            "shop_prod",
            "test_prod",
            "live-demo",
            "latest",
            "",
        ] {
            assert!(!verdict(name), "{name}");
        }
    }

    #[test]
    fn what_the_server_says_counts_whatever_the_address() {
        let local = "postgres://localhost/shop";
        let on_rds = Facts {
            roles: vec!["rds_superuser".to_owned()],
            ..facts("shop")
        };
        let refusal = verdict(local, &on_rds).unwrap_err();
        assert!(refusal.ends_with(
            "Amazon RDS runs its server, so that the address on this machine is a tunnel"
        ));
        let at = |address: &str| Facts {
            address: Some(address.parse().unwrap()),
            ..facts("shop")
        };
        for address in ["127.0.0.1", "::1", "172.17.0.2", "10.1.2.3", "fd00::2"] {
            assert_eq!(verdict(local, &at(address)), Ok(()), "{address}");
        }
        for address in ["34.1.2.3", "2a00::1"] {
            assert!(
                verdict(local, &at(address))
                    .unwrap_err()
                    .contains("a public address")
            );
        }
        let for_what = |environment: &str| Facts {
            environment: Some(environment.to_owned()),
            ..facts("shop")
        };
        let refusal = check(&local.parse().unwrap(), &for_what("production"), true).unwrap_err();
        assert_eq!(
            refusal.to_string(),
            "the database `shop` says of itself that it is for `production`"
        );
        let elsewhere = "postgres://db.example.com/shop";
        assert_eq!(verdict(elsewhere, &for_what("Development")), Ok(()));
    }
}
