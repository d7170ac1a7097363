//! Major versions of Postgres: which are understood, and which one the configuration asks for.

use crate::diagnostic::{Code, Diagnostic};
use crate::error::{Error, Result};
use crate::source::Span;

/// The oldest major version whose analysed query trees are understood.
const OLDEST: u32 = 14;

/// The major version that the configuration asks for.
#[derive(Clone, Debug)]
pub(crate) struct Pin {
    pub(crate) major: u32,
    /// Where it asks for it.
    pub(crate) place: Span,
}

impl Pin {
    /// The mistake that another version is asked for than can be had.
    pub(super) fn mistake(&self, message: impl Into<String>) -> Diagnostic {
        Diagnostic::error(Code::OtherPostgres, message).at(
            self.place.clone(),
            format!("Postgres {} is asked for here", self.major),
        )
    }
}

/// Refuses what is too old for any configuration, and what is not what this one asks for. `what` is the subject of a
/// sentence; `remedy` is what to do about another version, apart from asking for it.
pub(super) fn check(version: &str, what: &str, pin: Option<&Pin>, remedy: &str) -> Result<()> {
    let found = major(version);
    if let Some(pin) = pin {
        check_pin(pin)?;
        if found != Some(pin.major) {
            let message = format!("{what} is Postgres {}, not {}", number(version), pin.major);
            return Err(pin.mistake(message).help(remedy_or(remedy, version)).into());
        }
    }
    match found {
        Some(major) if major < OLDEST => Err(Error::new(format!(
            "{what} is Postgres {version}, which is too old"
        ))
        .with_help(format!("use Postgres {OLDEST} or later"))),
        _ => Ok(()),
    }
}

/// Refuses to look for a version that would be refused.
pub(super) fn check_pin(pin: &Pin) -> Result<()> {
    if pin.major >= OLDEST {
        return Ok(());
    }
    let mistake = pin.mistake(format!("Postgres {} is too old", pin.major));
    let help = format!("write `version: {OLDEST}` or a later one: that of your production");
    Err(mistake.help(help).into())
}

/// The remedy, or to ask for the version that was found.
pub(super) fn remedy_or(remedy: &str, version: &str) -> String {
    match major(version) {
        Some(found) if found >= OLDEST => format!("{remedy}, or write `version: {found}`"),
        _ => remedy.to_owned(),
    }
}

/// The major version of `15.18 (Debian …)`, `17beta1`, …
pub(super) fn major(version: &str) -> Option<u32> {
    let digits = version.find(|character: char| !character.is_ascii_digit());
    version[..digits.unwrap_or(version.len())].parse().ok()
}

/// The version without what a packager says: `15.18`.
pub(super) fn number(version: &str) -> &str {
    version.split(' ').next().unwrap_or_default()
}
