//! `tables`: which tables have functions without SQL.

use super::Checker;
use super::file::{TablesSection, Written};
use crate::diagnostic::{Code, Diagnostic, in_words, nearest};
use crate::options::{NamedColumn, Place, Tables, Verb, WantedTable};

impl Checker<'_> {
    /// The tables that are wanted; reports functions that there are not.
    pub(super) fn tables(&mut self, section: Option<TablesSection>) -> Tables {
        match section {
            Some(TablesSection::All(all)) if all.value => Tables::All,
            Some(TablesSection::Of(tables)) => {
                let tables = tables.into_iter().map(|section| WantedTable {
                    name: section.table.value.clone(),
                    place: place(&section.table),
                    only: section
                        .only
                        .iter()
                        .filter_map(|verb| self.verb(verb))
                        .collect(),
                    touch: section.touch.as_ref().map(column),
                    soft_delete: section.soft_delete.as_ref().map(column),
                });
                Tables::Of(tables.collect())
            }
            _ => Tables::None,
        }
    }

    fn verb(&mut self, written: &Written<String>) -> Option<Verb> {
        let verb = Verb::of(&written.value);
        if verb.is_none() {
            let message = format!("a table has no function `{}`", written.value);
            let names = Verb::ALL.map(|(name, _)| name);
            let help = match nearest(&written.value, names) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!(
                    "the functions are {}",
                    in_words(&names.map(|name| format!("`{name}`")), "and")
                ),
            };
            self.diagnostics.push(
                Diagnostic::error(Code::InvalidConfig, message)
                    .at(written.place.span(), "")
                    .help(help),
            );
        }
        verb
    }
}

fn column(written: &Written<String>) -> NamedColumn {
    NamedColumn {
        name: written.value.clone(),
        place: place(written),
    }
}

fn place<T>(written: &Written<T>) -> Place {
    let place = written.place.clone();
    Place::new(move || place.span())
}
