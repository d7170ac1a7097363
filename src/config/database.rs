//! The `database:` section: where the throwaway Postgres comes from.

use std::env::{self, VarError};
use std::fmt;
use std::path::PathBuf;

use super::Checker;
use super::file::{DatabaseSection, Place, Written};
use crate::diagnostic::{Code, Diagnostic, nearest};
use crate::error::Result;
use crate::source::Span;

/// What the configuration says about the throwaway Postgres; everything may be absent.
#[derive(Debug, Default)]
pub(crate) struct Database {
    pub(crate) uri: Option<Uri>,
    pub(crate) provider: Provider,
    /// The folder that holds `initdb` and `postgres`.
    pub(crate) binaries: Option<PathBuf>,
    pub(crate) version: Option<Version>,
}

/// The major version that is to be used, and no other.
#[derive(Clone, Debug)]
pub(crate) struct Version {
    pub(crate) major: u32,
    place: Place,
}

impl Version {
    fn new(written: Written<u32>) -> Self {
        Self {
            major: written.value,
            place: written.place,
        }
    }

    /// Where it is written.
    pub(crate) fn span(&self) -> Span {
        self.place.span()
    }
}

/// Which provider of a throwaway Postgres may be used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Provider {
    /// The server where there is a `uri`, otherwise the installed binaries, otherwise the Postgres inside rowsmith.
    #[default]
    Auto,
    /// The server at `uri`.
    Server,
    /// The installed binaries.
    Local,
    /// The Postgres inside rowsmith.
    Embedded,
}

impl Provider {
    pub(super) const NAMES: [(&str, Self); 4] = [
        ("auto", Self::Auto),
        ("server", Self::Server),
        ("local", Self::Local),
        ("embedded", Self::Embedded),
    ];
}

/// The address of a server, in which environment variables stand for themselves until it is needed.
///
/// They are not expanded when the configuration is read: a build whose snapshot is current needs no server, and should
/// not fail for want of its password.
#[derive(Clone)]
pub(crate) struct Uri {
    written: String,
    place: Place,
}

impl fmt::Debug for Uri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Uri(…)")
    }
}

impl Uri {
    pub(super) fn new(written: Written<String>) -> Self {
        Self {
            written: written.value,
            place: written.place,
        }
    }

    /// The address with `$VAR` and `${VAR}` replaced; `$$` is a plain `$`.
    pub(crate) fn resolve(&self) -> Result<String> {
        let expanded = expand(&self.written, |name| match env::var(name) {
            Ok(value) => Ok(value),
            Err(VarError::NotPresent) => {
                Err(format!("the environment variable `{name}` is not set"))
            }
            Err(VarError::NotUnicode(_)) => {
                Err(format!("the environment variable `{name}` is not UTF-8"))
            }
        });
        match expanded {
            Ok(uri) if !uri.trim().is_empty() => Ok(uri),
            Ok(_) => Err(self
                .diagnostic("the database's `uri` is empty".to_owned())
                .into()),
            Err(message) => Err(self.diagnostic(message).into()),
        }
    }

    fn diagnostic(&self, message: String) -> Diagnostic {
        Diagnostic::error(Code::InvalidConfig, message)
            .at(self.place.span(), "")
            .help("set it, or remove `uri` to use a private Postgres")
    }

    /// The names of the variables in it, for `cargo:rerun-if-env-changed`.
    pub(crate) fn variables(&self) -> Vec<String> {
        let mut names = Vec::new();
        // What is malformed is reported by `resolve`.
        let _ = expand(&self.written, |name| {
            names.push(name.to_owned());
            Ok(String::new())
        });
        names
    }
}

/// Replaces the variables in `text` by what `lookup` gives.
fn expand(
    text: &str,
    mut lookup: impl FnMut(&str) -> Result<String, String>,
) -> Result<String, String> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut expanded = String::new();
    let mut rest = text;
    while let Some(dollar) = rest.find('$') {
        expanded.push_str(&rest[..dollar]);
        rest = &rest[dollar + 1..];
        if let Some(braced) = rest.strip_prefix('{') {
            let (name, after) = braced
                .split_once('}')
                .ok_or_else(|| "`${` has no `}` in the database's `uri`".to_owned())?;
            if name.is_empty() || !name.chars().all(is_name) {
                return Err(format!(
                    "`${{{name}}}` does not name an environment variable"
                ));
            }
            expanded.push_str(&lookup(name)?);
            rest = after;
        } else if let Some(after) = rest.strip_prefix('$') {
            expanded.push('$');
            rest = after;
        } else {
            let end = rest.find(|c| !is_name(c)).unwrap_or(rest.len());
            match &rest[..end] {
                // `$1` and `$/` name no variable.
                name if name.starts_with(|c: char| !c.is_ascii_digit()) => {
                    expanded.push_str(&lookup(name)?);
                }
                other => {
                    expanded.push('$');
                    expanded.push_str(other);
                }
            }
            rest = &rest[end..];
        }
    }
    expanded.push_str(rest);
    Ok(expanded)
}

impl Checker<'_> {
    /// Gives the section its meaning. Where its form is not `sound`, a key that seems to be missing may be misspelt.
    pub(super) fn database(&mut self, section: DatabaseSection, sound: bool) -> Database {
        let provider = section.provider.map(|written| {
            let known = Provider::NAMES
                .iter()
                .find(|(name, _)| *name == written.value);
            if known.is_none() {
                let names = Provider::NAMES.map(|(name, _)| name);
                let help = match nearest(&written.value, names) {
                    Some(suggestion) => format!("did you mean `{suggestion}`?"),
                    None => format!("write one of `{}`", names.join("`, `")),
                };
                let message = format!("there is no provider `{}`", written.value);
                self.report(&written.place, message, "", &help);
            }
            (known.map(|(_, provider)| *provider), written.place)
        });
        if let Some((Some(Provider::Server), place)) = &provider
            && section.uri.is_none()
            && sound
        {
            self.report(
                place,
                "the provider `server` needs a `uri`".to_owned(),
                "",
                "add `uri:` with the address of a server, such as `uri: ${DATABASE_URL}`",
            );
        }
        Database {
            uri: section.uri.map(Uri::new),
            provider: provider.and_then(|(known, _)| known).unwrap_or_default(),
            binaries: section.binaries.map(|written| self.resolve(&written).path),
            version: section.version.map(Version::new),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_expanded_as_in_a_shell() {
        let lookup = |name: &str| match name {
            "USER" => Ok("ann".to_owned()),
            "PASS_1" => Ok("s$cret".to_owned()),
            _ => Err(format!("no {name}")),
        };
        for (text, expected) in [
            ("postgres://h/d", Ok("postgres://h/d")),
            ("$USER:${PASS_1}@h", Ok("ann:s$cret@h")),
            ("${USER}s", Ok("anns")),
            ("$USERs", Err("no USERs")),
            ("a$$b", Ok("a$b")),
            ("a$1$/$", Ok("a$1$/$")),
            ("${HOST", Err("`${` has no `}` in the database's `uri`")),
            (
                "${A-b}",
                Err("`${A-b}` does not name an environment variable"),
            ),
            ("${}", Err("`${}` does not name an environment variable")),
            ("é$USERé", Ok("éanné")),
        ] {
            let expanded = expand(text, lookup);
            assert_eq!(
                expanded.as_deref().map_err(String::as_str),
                expected,
                "{text}"
            );
        }
    }
}
