//! Which sources an analysis may use.

use std::env;

use crate::error::{Error, Result};

/// The environment variable that forbids to ask Postgres.
pub(super) const OFFLINE_VARIABLE: &str = "ROWSMITH_OFFLINE";

/// Which sources an analysis may use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Reliance {
    /// The snapshot if it is current, else Postgres.
    #[default]
    Snapshot,
    /// Postgres alone.
    Live,
    /// The snapshot alone.
    Offline,
}

impl Reliance {
    /// The same, unless the environment forbids to ask Postgres.
    ///
    /// # Errors
    /// If it forbids what is wanted.
    pub(super) fn in_environment(self, is_build_script: bool) -> Result<Self> {
        let is_set =
            |name| env::var_os(name).is_some_and(|value| !value.is_empty() && value != "0");
        // The builders of docs.rs have neither a network nor a Postgres.
        let is_offline = is_set(OFFLINE_VARIABLE) || is_build_script && is_set("DOCS_RS");
        match self {
            Self::Live if is_offline => Err(Error::new(format!(
                "Postgres is to be asked, but `{OFFLINE_VARIABLE}` is set"
            ))
            .with_help("unset it, or leave `--live` out")),
            Self::Snapshot if is_offline => Ok(Self::Offline),
            reliance => Ok(reliance),
        }
    }
}
