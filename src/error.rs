//! The one error type of the crate: either the user's mistakes, or one failure of the world.
//!
//! A mistake in the user's files is a [`Diagnostic`]; many are collected and reported together. Anything else (no
//! Postgres, a full disk) is a single failure with a cause and, where there is one, a remedy. `Debug` prints the whole
//! report, so that `fn main() -> Result<(), rowsmith::Error>` in a build script shows carets.

use std::error::Error as StdError;
use std::fmt;

use crate::diagnostic::{self, Diagnostic};
use crate::secret::redact;

/// The result of an operation of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why an operation failed. `Display` is the first line, `Debug` the full report.
pub struct Error {
    kind: Box<Kind>,
}

enum Kind {
    Diagnostics(Vec<Diagnostic>),
    Failure {
        message: String,
        help: Option<String>,
        source: Option<Box<dyn StdError + Send + Sync>>,
    },
    /// By the signal of this number.
    #[cfg_attr(
        not(feature = "postgres"),
        expect(dead_code, reason = "no signals are listened for")
    )]
    Interrupted(u8),
}

impl Error {
    /// A failure of the world: `message` says what could not be done, in lower case and without a final period.
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self::from_kind(Kind::Failure {
            message: redact(&message.into()),
            help: None,
            source: None,
        })
    }

    /// Adds the cause below a failure.
    pub(crate) fn with_source(mut self, cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        if let Kind::Failure { source, .. } = &mut *self.kind {
            let cause = cause.into();
            let text = cause.to_string();
            let clean = redact(&text);
            *source = Some(if clean == text { cause } else { clean.into() });
        }
        self
    }

    /// Says what the user can do about a failure.
    pub(crate) fn with_help(mut self, text: impl Into<String>) -> Self {
        if let Kind::Failure { help, .. } = &mut *self.kind {
            *help = Some(redact(&text.into()));
        }
        self
    }

    /// The run was stopped by a signal; everything temporary has been removed.
    #[cfg(feature = "postgres")]
    pub(crate) fn interrupted(signal: u8) -> Self {
        Self::from_kind(Kind::Interrupted(signal))
    }

    fn from_kind(kind: Kind) -> Self {
        Self {
            kind: Box::new(kind),
        }
    }

    /// The mistakes found in the user's files; empty when the failure is of another sort.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        match &*self.kind {
            Kind::Diagnostics(diagnostics) => diagnostics,
            Kind::Failure { .. } | Kind::Interrupted(_) => &[],
        }
    }

    /// What the user can do about a failure of another sort.
    #[cfg(feature = "cli")]
    pub(crate) fn help(&self) -> Option<&str> {
        match &*self.kind {
            Kind::Failure { help, .. } => help.as_deref(),
            Kind::Diagnostics(_) | Kind::Interrupted(_) => None,
        }
    }

    /// Whether a signal (Ctrl-C) ended the run.
    pub fn is_interrupted(&self) -> bool {
        self.signal().is_some()
    }

    /// The number of the signal that ended the run.
    pub(crate) fn signal(&self) -> Option<u8> {
        match *self.kind {
            Kind::Interrupted(signal) => Some(signal),
            Kind::Diagnostics(_) | Kind::Failure { .. } => None,
        }
    }
}

impl From<Vec<Diagnostic>> for Error {
    fn from(diagnostics: Vec<Diagnostic>) -> Self {
        Self::from_kind(Kind::Diagnostics(diagnostics))
    }
}

impl From<Diagnostic> for Error {
    fn from(diagnostic: Diagnostic) -> Self {
        Self::from(vec![diagnostic])
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.kind {
            Kind::Diagnostics(diagnostics) => match diagnostics.as_slice() {
                [] => f.write_str("mistakes were found"),
                [only] => f.write_str(only.message()),
                [first, rest @ ..] => write!(f, "{} (and {} more)", first.message(), rest.len()),
            },
            Kind::Failure { message, .. } => f.write_str(message),
            Kind::Interrupted(_) => f.write_str("interrupted; everything temporary was removed"),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.kind {
            Kind::Diagnostics(diagnostics) => {
                write!(f, "\n{}", diagnostic::render(diagnostics, false))
            }
            Kind::Failure { help, .. } => {
                write!(f, "{self}")?;
                let mut cause = self.source();
                while let Some(error) = cause {
                    write!(f, "\n  caused by: {error}")?;
                    cause = error.source();
                }
                if let Some(help) = help {
                    write!(f, "\n  help: {help}")?;
                }
                Ok(())
            }
            Kind::Interrupted(_) => write!(f, "{self}"),
        }
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match &*self.kind {
            Kind::Failure { source, .. } => source.as_deref().map(|cause| cause as _),
            Kind::Diagnostics(_) | Kind::Interrupted(_) => None,
        }
    }
}
