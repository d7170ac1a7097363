//! TLS to servers: what `sslmode` and the options beside it ask for, as libpq understands them.

#[cfg(feature = "tls")]
mod verify;

use tokio_postgres::Config;
use tokio_postgres::config::SslMode;

use crate::error::{Error, Result};

/// How connections to a server are protected.
#[derive(Clone)]
pub(crate) enum Tls {
    /// Not at all; also where the server could.
    None,
    #[cfg(feature = "tls")]
    Rustls(tokio_postgres_rustls::MakeRustlsConnect),
}

/// What a URI says of TLS.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Wish {
    pub(super) mode: Mode,
    /// The file with the certificates of those who may vouch for the server; `system` for those of this machine.
    pub(super) root_cert: Option<String>,
    /// The files with the certificate of the client and its key.
    pub(super) cert: Option<String>,
    pub(super) key: Option<String>,
}

/// How much is demanded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Mode {
    Disable,
    /// TLS where the server has it.
    #[default]
    Prefer,
    /// TLS; who the server is does not matter.
    Require,
    /// A server for which somebody vouches.
    VerifyCa,
    /// The server of that name.
    VerifyFull,
}

/// The options of a URI that are about TLS, which the client does not know or knows half.
const OPTIONS: [&str; 4] = ["sslmode", "sslrootcert", "sslcert", "sslkey"];

/// Takes the options about TLS out of a URI, or of `key=value` pairs.
pub(super) fn take_out(uri: &str) -> Result<(String, Wish)> {
    let mut wish = Wish::default();
    let mut kept = Vec::new();
    if !uri.contains("://") {
        let pairs = uri.split_whitespace();
        let known = |pair: &&str| {
            pair.split_once('=')
                .is_some_and(|(name, _)| OPTIONS.contains(&name))
        };
        // Values in quotes may have blanks in them, so that the rest stays as it is.
        let ours: Vec<&str> = pairs.filter(known).collect();
        if ours.is_empty() {
            return Ok((uri.to_owned(), wish));
        }
        let mut rest = format!(" {uri} ");
        for pair in ours {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            wish.set(name, value.trim_matches('\''))?;
            rest = rest.replacen(&format!(" {pair} "), " ", 1);
        }
        return Ok((rest.trim().to_owned(), wish));
    }
    let Some((before, query)) = uri.split_once('?') else {
        return Ok((uri.to_owned(), wish));
    };
    for pair in query.split('&') {
        match pair.split_once('=') {
            Some((name, value)) if OPTIONS.contains(&name) => wish.set(name, &decoded(value))?,
            _ => kept.push(pair),
        }
    }
    let rest = match kept.as_slice() {
        [] => before.to_owned(),
        kept => format!("{before}?{}", kept.join("&")),
    };
    Ok((rest, wish))
}

impl Wish {
    fn set(&mut self, name: &str, value: &str) -> Result<()> {
        let file = (!value.is_empty()).then(|| value.to_owned());
        match name {
            "sslrootcert" => self.root_cert = file,
            "sslcert" => self.cert = file,
            "sslkey" => self.key = file,
            _ => {
                self.mode = match value {
                    "disable" => Mode::Disable,
                    "allow" | "prefer" | "" => Mode::Prefer,
                    "require" => Mode::Require,
                    "verify-ca" => Mode::VerifyCa,
                    "verify-full" => Mode::VerifyFull,
                    _ => {
                        return Err(Error::new("the server URI has an unknown `sslmode`")
                            .with_help(
                                "write disable, prefer, require, verify-ca or verify-full",
                            ));
                    }
                }
            }
        }
        Ok(())
    }

    /// Whether the connection may not be plain.
    #[cfg(any(test, not(feature = "tls")))]
    fn insists(&self) -> bool {
        matches!(self.mode, Mode::Require | Mode::VerifyCa | Mode::VerifyFull)
    }

    /// Sets what is wished for in `config`. Returns what makes the connections.
    pub(super) fn apply(&self, config: &mut Config) -> Result<Tls> {
        config.ssl_mode(match self.mode {
            Mode::Disable => SslMode::Disable,
            Mode::Prefer => SslMode::Prefer,
            _ => SslMode::Require,
        });
        self.connector()
    }

    #[cfg(feature = "tls")]
    fn connector(&self) -> Result<Tls> {
        if self.mode == Mode::Disable {
            return Ok(Tls::None);
        }
        let config = verify::client(self)?;
        Ok(Tls::Rustls(tokio_postgres_rustls::MakeRustlsConnect::new(
            config,
        )))
    }

    #[cfg(not(feature = "tls"))]
    fn connector(&self) -> Result<Tls> {
        if self.insists() {
            return Err(Error::new("the server URI asks for TLS (`sslmode`), and this rowsmith was built without it")
                .with_help("build rowsmith with `--features tls`, or use a server that accepts plain connections, such as one on this machine"));
        }
        Ok(Tls::None)
    }
}

impl Mode {
    /// As a URI has it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Disable => "disable",
            Self::Prefer => "prefer",
            Self::Require => "require",
            Self::VerifyCa => "verify-ca",
            Self::VerifyFull => "verify-full",
        }
    }
}

/// Without the escapes of a URI.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let escaped = after.get(..2).filter(|_| first == b'%');
        let byte =
            escaped.and_then(|digits| u8::from_str_radix(str::from_utf8(digits).ok()?, 16).ok());
        if let Some(byte) = byte {
            bytes.push(byte);
            rest = &after[2..];
        } else {
            bytes.push(first);
            rest = after;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(uri: &str) -> (String, Wish) {
        take_out(uri).unwrap()
    }

    #[test]
    fn the_options_of_tls_are_taken_out() {
        let (rest, wish) = taken(
            "postgres://u:p@h/d?sslmode=verify-full&application_name=a&sslrootcert=%2Fa%20b.pem",
        );
        assert_eq!(rest, "postgres://u:p@h/d?application_name=a");
        assert_eq!(wish.mode, Mode::VerifyFull);
        assert_eq!(wish.root_cert.as_deref(), Some("/a b.pem"));
        let (rest, wish) = taken("host=h sslmode=require password='a  b' sslkey=k");
        assert_eq!(rest, "host=h password='a  b'");
        assert_eq!((wish.mode, wish.key.as_deref()), (Mode::Require, Some("k")));
        let plain = "postgres://u@h/d";
        assert_eq!(taken(plain), (plain.to_owned(), Wish::default()));
        assert_eq!(taken("postgres://h?sslmode=disable").0, "postgres://h");
        assert!(take_out("postgres://h?sslmode=sometimes").is_err());
        assert!(!Wish::default().insists());
    }
}
