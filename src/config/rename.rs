//! `rename`: what things are to be called in Rust.

use super::file::Written;
use super::{Checker, invalid};
use crate::diagnostic::nearest;
use crate::options::{self, Rename, Renamed, split_name};

impl Checker<'_> {
    pub(super) fn renames(
        &mut self,
        entries: Vec<(Written<String>, Written<String>)>,
    ) -> Vec<Rename> {
        let entries = entries.into_iter();
        entries
            .filter_map(|(name, to)| self.rename(name, to))
            .collect()
    }

    fn rename(&mut self, name: Written<String>, to: Written<String>) -> Option<Rename> {
        let (kind, parts) = self.renamed(&name)?;
        if !is_identifier(&to.value) {
            let message = format!("`{}` is not a name in Rust", to.value);
            let diagnostic = invalid(message).at(to.place.span(), "").help(
                "write letters, digits and underscores, beginning with a letter or an underscore",
            );
            self.diagnostics.push(diagnostic);
            return None;
        }
        Some(Rename {
            kind,
            parts,
            to: to.value,
            place: options::Place::new(move || name.place.span()),
        })
    }

    /// What a key is about: `table users`, `column users.id`, or sqlc's form, any name.
    fn renamed(&mut self, written: &Written<String>) -> Option<(Renamed, Vec<String>)> {
        let whole = || (Renamed::Any, vec![written.value.clone()]);
        let Some((word, name)) = written.value.split_once(' ') else {
            return Some(whole());
        };
        let words = Renamed::WORDS.iter();
        let Some((word, kind, lengths)) = words.clone().find(|(known, ..)| *known == word) else {
            if let Some(near) = nearest(word, words.map(|(word, ..)| *word))
                && name.contains('.')
            {
                let message = format!("`{word}` is nothing that can be renamed");
                let help = format!("did you mean `{near} {name}`?");
                self.report(&written.place, message, "", &help);
                return None;
            }
            return Some(whole());
        };
        let parts = split_name(name.trim());
        if let Some(parts) = parts.filter(|parts| lengths.contains(&parts.len())) {
            return Some((*kind, parts));
        }
        let message = format!("`{name}` is not the name of a {word}");
        let help = match kind {
            Renamed::Table => "write `table users` or `table my_schema.users`",
            Renamed::Type => "write `type mood` or `type my_schema.mood`",
            Renamed::Column => "write `column users.id`, or `column GetUser.total` for a query's",
            Renamed::Value => "write `value mood.happy`, and a label with a dot in double quotes",
            Renamed::Query => "write `query GetUser`",
            Renamed::Parameter | Renamed::Any => "write `parameter GetUser.id`",
        };
        self.report(&written.place, message, "", help);
        None
    }
}

/// Whether it can be an identifier, raw or with an underscore at its end if need be.
pub(super) fn is_identifier(name: &str) -> bool {
    let mut characters = name.chars();
    let first = characters.next();
    first.is_some_and(|c| c == '_' || unicode_ident::is_xid_start(c))
        && characters.all(unicode_ident::is_xid_continue)
        && name.chars().any(|c| c != '_')
}
