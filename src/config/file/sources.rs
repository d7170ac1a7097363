//! What makes the schema where `schema` itself cannot be executed: sqlc reads it, Postgres runs it.

use super::node::Kind;
use super::{Fields, PATHS, Reader, Written};

/// Keys of an entry, or of its Rust target, since sqlc refuses them in an entry.
#[derive(Debug, Default)]
pub(in crate::config) struct Sources {
    /// Executed instead of `schema`.
    pub(in crate::config) migrations: Option<Vec<Written<String>>>,
    /// Executed before.
    pub(in crate::config) setup: Option<Vec<Written<String>>>,
    /// What stands for `${name}` in both.
    pub(in crate::config) placeholders: Vec<(String, String)>,
}

impl Sources {
    /// Takes from `other` what is not there.
    pub(in crate::config) fn or(self, other: Self) -> Self {
        let mut placeholders = other.placeholders;
        placeholders.extend(self.placeholders);
        Self {
            migrations: self.migrations.or(other.migrations),
            setup: self.setup.or(other.setup),
            placeholders,
        }
    }
}

impl Reader {
    pub(super) fn sources(&mut self, fields: &Fields<'_>) -> Sources {
        Sources {
            migrations: self.texts(fields, "migrations", PATHS),
            setup: self.texts(fields, "setup", PATHS),
            placeholders: self.placeholders(fields),
        }
    }

    fn placeholders(&mut self, fields: &Fields<'_>) -> Vec<(String, String)> {
        let Some((key, value)) = fields.get("placeholders") else {
            return Vec::new();
        };
        let entries = match &value.kind {
            Kind::Mapping(entries) => entries.as_slice(),
            Kind::Null => &[],
            _ => {
                self.wrong_type(key, value, "a mapping of names to texts");
                return Vec::new();
            }
        };
        let mut found = Vec::new();
        for (name, value) in entries {
            let text = match &value.kind {
                Kind::Text(text) | Kind::Number(text) => Some(text.clone()),
                Kind::Bool(value) => Some(value.to_string()),
                _ => None,
            };
            match (&name.kind, text) {
                (Kind::Text(name), Some(text)) => found.push((name.clone(), text)),
                _ => self.wrong_type(name, value, "a text"),
            }
        }
        found
    }
}
