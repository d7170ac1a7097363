//! The address of a database, as programs of any language read it: a URL, and variables of the environment.

use std::fmt::Write as _;

use tokio_postgres::Config;
use tokio_postgres::config::Host;

use super::tls::{Mode, Wish};

/// Where a database is, and how it is reached.
pub(crate) struct Address<'a> {
    pub(super) config: &'a Config,
    /// What is wished of TLS, unless the server is on a socket.
    pub(super) wish: Option<&'a Wish>,
}

impl Address<'_> {
    /// As `DATABASE_URL` has it, with its password. A folder of sockets stands behind the `?`, where libpq and all that
    /// follow it look for one.
    pub(crate) fn url(&self) -> String {
        let config = self.config;
        let mut url = "postgresql://".to_owned();
        let mut more: Vec<(&str, String)> = Vec::new();
        let mut places = Vec::new();
        for (index, host) in config.get_hosts().iter().enumerate() {
            let port = self.port(index);
            match host {
                Host::Tcp(name) if name.contains(':') => places.push(format!("[{name}]:{port}")),
                Host::Tcp(name) => places.push(format!("{}:{port}", encoded(name))),
                #[cfg(unix)]
                Host::Unix(folder) => {
                    more.push(("host", folder.display().to_string()));
                    more.push(("port", port));
                }
            }
        }
        let user = config.get_user();
        let password = self.password();
        if places.is_empty() {
            more.extend(user.map(|user| ("user", user.to_owned())));
            more.extend(password.map(|password| ("password", password)));
        } else {
            if let Some(user) = user {
                url += &encoded(user);
                if let Some(password) = password {
                    let _ = write!(url, ":{}", encoded(&password));
                }
                url.push('@');
            }
            url += &places.join(",");
        }
        url.push('/');
        url += &encoded(config.get_dbname().unwrap_or_default());
        more.extend(
            self.tls()
                .into_iter()
                .filter_map(|(name, value)| Some((name, value?))),
        );
        for (index, (name, value)) in more.iter().enumerate() {
            let mark = if index == 0 { '?' } else { '&' };
            let _ = write!(url, "{mark}{name}={}", encoded(value));
        }
        url
    }

    /// As libpq reads it from the environment, with `DATABASE_URL`. A variable without a value would lead elsewhere.
    #[cfg(feature = "cli")]
    pub(crate) fn environment(&self) -> Vec<(&'static str, Option<String>)> {
        let config = self.config;
        let host = config.get_hosts().first().map(|host| match host {
            Host::Tcp(name) => name.clone(),
            #[cfg(unix)]
            Host::Unix(folder) => folder.display().to_string(),
        });
        let mut variables = vec![
            ("DATABASE_URL", Some(self.url())),
            ("PGHOST", host.or_else(|| Some("localhost".to_owned()))),
            ("PGPORT", Some(self.port(0))),
            ("PGUSER", config.get_user().map(str::to_owned)),
            ("PGDATABASE", config.get_dbname().map(str::to_owned)),
            ("PGPASSWORD", self.password()),
            ("PGHOSTADDR", None),
            ("PGSERVICE", None),
            ("PGSERVICEFILE", None),
            ("PGPASSFILE", None),
        ];
        variables.extend(self.tls().into_iter().map(|(name, value)| match name {
            "sslrootcert" => ("PGSSLROOTCERT", value),
            "sslcert" => ("PGSSLCERT", value),
            "sslkey" => ("PGSSLKEY", value),
            _ => ("PGSSLMODE", value),
        }));
        variables
    }

    fn port(&self, index: usize) -> String {
        let ports = self.config.get_ports();
        let port = ports.get(index).or(ports.first()).copied();
        port.unwrap_or(5432).to_string()
    }

    fn password(&self) -> Option<String> {
        let password = self.config.get_password()?;
        Some(String::from_utf8_lossy(password).into_owned())
    }

    /// The options of a URI that are about TLS.
    fn tls(&self) -> [(&'static str, Option<String>); 4] {
        let wish = self.wish.cloned().unwrap_or_default();
        let mode = (wish.mode != Mode::default()).then(|| wish.mode.name().to_owned());
        [
            ("sslmode", mode),
            ("sslrootcert", wish.root_cert),
            ("sslcert", wish.cert),
            ("sslkey", wish.key),
        ]
    }
}

/// With all but letters, digits and what needs no escape anywhere as `%xx`.
fn encoded(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                encoded.push(char::from(byte));
            }
            _ => {
                let _ = write!(encoded, "%{byte:02X}");
            }
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::super::tls::take_out;
    use super::*;

    #[test]
    fn a_url_leads_where_its_configuration_does() {
        for text in [
            "host=/tmp/a:b port=5433 user=postgres dbname=postgres",
            "host=db.example user=me password='s3:c@r/e?t' dbname='a b'",
            "host=::1 port=1 user=u dbname=d",
            "host=one,other port=1,2 user=u dbname=d",
        ] {
            let config: Config = text.parse().unwrap();
            let wish = Wish {
                mode: Mode::VerifyFull,
                root_cert: Some("/a b.pem".to_owned()),
                ..Wish::default()
            };
            let is_tcp = !text.contains("/tmp");
            let address = Address {
                config: &config,
                wish: is_tcp.then_some(&wish),
            };
            let (rest, read_wish) = take_out(&address.url()).unwrap();
            let read: Config = rest.parse().unwrap();
            assert_eq!(read.get_hosts(), config.get_hosts(), "{text}");
            assert_eq!(read.get_user(), config.get_user(), "{text}");
            assert_eq!(read.get_password(), config.get_password(), "{text}");
            assert_eq!(read.get_dbname(), config.get_dbname(), "{text}");
            assert_eq!(
                read_wish,
                if is_tcp {
                    wish.clone()
                } else {
                    Wish::default()
                }
            );
            let port = config.get_ports().first().copied().unwrap_or(5432);
            assert_eq!(read.get_ports().first(), Some(&port), "{text}");
            let environment = address.environment();
            assert!(
                environment.contains(&("PGPORT", Some(port.to_string()))),
                "{text}"
            );
        }
    }
}
