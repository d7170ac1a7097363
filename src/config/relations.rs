//! `relations`: names of relations, and relations that the schema does not have. `loaders`: which have functions.

use super::Checker;
use super::file::{LoadersSection, RelationSection, Written};
use crate::options::{KeyColumns, Loaders, Place, RelationRule, WantedLoaders};

const FORM: &str = "write `table.column`, `schema.table.column` or `table(column, column)`";

impl Checker<'_> {
    pub(super) fn relations(&mut self, sections: Vec<RelationSection>) -> Vec<RelationRule> {
        let rules = sections.into_iter().map(|section| self.relation(section));
        // All of them, so that all mistakes are reported.
        let rules: Vec<Option<RelationRule>> = rules.collect();
        rules.into_iter().flatten().collect()
    }

    fn relation(&mut self, section: RelationSection) -> Option<RelationRule> {
        let RelationSection {
            place,
            from,
            to,
            through,
            name,
            reverse,
            unique,
        } = section;
        let Some(from) = from else {
            let message = "this relation says nothing".to_owned();
            let help = "write the columns that point, as in `from: orders.customer_id`";
            self.report(&place, message, "needs `from`", help);
            return None;
        };
        let (from, to) = if let Some(junction) = &through {
            let Some(to) = to else {
                let message = "this relation leads nowhere".to_owned();
                let help =
                    "write the junction's columns that point to the far side, as in `to: tag_id`";
                self.report(&junction.place, message, "needs `to`", help);
                return None;
            };
            let table = junction.value.as_str();
            (
                self.of_junction(table, &from)?,
                Some(self.of_junction(table, &to)?),
            )
        } else {
            let to = match to {
                Some(to) => Some(self.key_columns(&to)?),
                None => None,
            };
            (self.key_columns(&from)?, to)
        };
        Some(RelationRule {
            from,
            to,
            through: through.is_some(),
            name,
            reverse,
            unique: unique.unwrap_or(false),
        })
    }

    fn key_columns(&mut self, written: &Written<String>) -> Option<KeyColumns> {
        let place = written.place.clone();
        let parsed = parse(&written.value);
        let Some((schema, table, columns)) = parsed else {
            let message = format!("`{}` does not name columns of a table", written.value);
            self.report(&written.place, message, "", FORM);
            return None;
        };
        Some(KeyColumns {
            schema,
            table,
            columns,
            place: Place::new(move || place.span()),
        })
    }

    /// Columns of a junction, written without it.
    fn of_junction(&mut self, table: &str, written: &Written<String>) -> Option<KeyColumns> {
        let columns = written.value.trim_start_matches('(').trim_end_matches(')');
        self.key_columns(&Written {
            value: format!("{table}({columns})"),
            place: written.place.clone(),
        })
    }
}

/// Which relations have functions of their own.
pub(super) fn loaders(section: Option<LoadersSection>) -> Loaders {
    let place = |place: &super::Place| {
        let place = place.clone();
        Place::new(move || place.span())
    };
    match section {
        Some(LoadersSection::All(all)) if all.value => Loaders::All(place(&all.place)),
        Some(LoadersSection::Of(names)) => Loaders::Of(
            names
                .iter()
                .map(|name| WantedLoaders {
                    name: name.value.clone(),
                    place: place(&name.place),
                })
                .collect(),
        ),
        _ => Loaders::None,
    }
}

/// The schema, table and columns of `table.column`, `schema.table.column`, `table(a, b)`, `schema.table(a, b)`.
fn parse(text: &str) -> Option<(Option<String>, String, Vec<String>)> {
    let (table, columns) = match text.trim().strip_suffix(')') {
        Some(rest) => rest.split_once('(')?,
        None => text.trim().rsplit_once('.')?,
    };
    let columns: Vec<String> = columns
        .split(',')
        .map(|name| name.trim().to_owned())
        .collect();
    let (schema, table) = match table.trim().split_once('.') {
        Some((schema, table)) => (Some(schema.to_owned()), table.to_owned()),
        None => (None, table.trim().to_owned()),
    };
    let names = columns.iter().chain(&schema).chain([&table]);
    let is_whole = names
        .into_iter()
        .all(|name| !name.is_empty() && !name.contains(['.', '(', ')']));
    is_whole.then_some((schema, table, columns))
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn keys_are_read() {
        for (text, expected) in [
            ("orders.customer_id", "- orders customer_id"),
            ("sales.orders.customer_id", "sales orders customer_id"),
            ("grades(code, semester)", "- grades code semester"),
            ("school.grades (code)", "school grades code"),
            ("orders", ""),
            ("a.b.c.d", ""),
            ("orders()", ""),
            ("orders(a", ""),
            (".a", ""),
        ] {
            let found = parse(text).map_or_else(String::new, |(schema, table, columns)| {
                format!(
                    "{} {table} {}",
                    schema.as_deref().unwrap_or("-"),
                    columns.join(" ")
                )
            });
            assert_eq!(found, expected, "{text}");
        }
    }
}
