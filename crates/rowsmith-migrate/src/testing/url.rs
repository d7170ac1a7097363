//! A configuration as a URL, for libraries that take nothing else.

use std::fmt::Write as _;

use tokio_postgres::Config;
use tokio_postgres::config::Host;

/// The URL of the database that `config` names.
pub(super) fn of(config: &Config) -> String {
    let mut url = "postgres://".to_owned();
    if let Some(user) = config.get_user() {
        url += &encode(user.as_bytes());
        if let Some(password) = config.get_password() {
            url.push(':');
            url += &encode(password);
        }
        url.push('@');
    }
    let ports = config.get_ports();
    for (index, host) in config.get_hosts().iter().enumerate() {
        if index > 0 {
            url.push(',');
        }
        match host {
            Host::Tcp(host) if host.contains(':') => {
                let _ = write!(url, "[{host}]");
            }
            Host::Tcp(host) => url += &encode(host.as_bytes()),
            #[cfg(unix)]
            Host::Unix(path) => url += &encode(path.as_os_str().as_encoded_bytes()),
        }
        // One port stands for all hosts.
        if let Some(port) = ports.get(index).or(ports.first()) {
            let _ = write!(url, ":{port}");
        }
    }
    url.push('/');
    url += &encode(config.get_dbname().unwrap_or_default().as_bytes());
    let mut options = Vec::new();
    if let Some(text) = config.get_options() {
        options.push(format!("options={}", encode(text.as_bytes())));
    }
    if config.get_ssl_mode() == tokio_postgres::config::SslMode::Disable {
        options.push("sslmode=disable".to_owned());
    }
    if !options.is_empty() {
        url.push('?');
        url += &options.join("&");
    }
    url
}

/// With `%` before what has a meaning in a URL.
fn encode(bytes: &[u8]) -> String {
    let mut text = String::new();
    for &byte in bytes {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            let _ = write!(text, "%{byte:02X}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_says_what_the_configuration_says() {
        for written in [
            "postgres://me@localhost:5432/shop",
            "postgres://me:p%40ss%2Fw%25rd@[::1]:5433/a%20b",
            "postgres://me@%2Ftmp%2Fserver:5434/shop?options=-c%20search_path%3Dapp&sslmode=disable",
            "postgres://me@one:1,two:2/shop",
        ] {
            let config: Config = written.parse().expect("the URL is right");
            let read: Config = of(&config).parse().expect("the URL is right");
            assert_eq!(read, config, "{}", of(&config));
        }
    }
}
