//! Functions of tables without SQL of the user's: the annotated queries that stand for them, as a user would write them.
//!
//! They are read and checked as every other query, so there is no second way. [`texts`] writes them for the tables that the
//! configuration names, [`text`] for one table, to be kept as a file.

mod queries;

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::{Code, Diagnostic, nearest};
use crate::inflect;
use crate::ir::{Catalog, QualifiedName, Table, TableKind};
use crate::options::{NamedColumn, Naming, Place, Tables, Verb, WantedTable};

use queries::Writer;

/// The queries of one table.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TableQueries {
    /// What its module is called.
    pub(crate) stem: String,
    /// Each with its name, in order.
    pub(crate) queries: Vec<(String, String)>,
}

impl TableQueries {
    /// The text of those queries that are `wanted`, by name.
    pub(crate) fn text(&self, wanted: impl Fn(&str) -> bool) -> String {
        let queries = self.queries.iter().filter(|(name, _)| wanted(name));
        let texts: Vec<&str> = queries.map(|(_, text)| text.as_str()).collect();
        texts.join("\n")
    }
}

/// What of the configuration is about a table.
#[derive(Clone, Debug, Default)]
struct Choices {
    only: Vec<Verb>,
    touch: Option<String>,
    soft_delete: Option<String>,
}

/// The queries of all tables that are wanted; reports names that mean none.
pub(crate) fn texts(
    wanted: &Tables,
    catalog: &Catalog,
    naming: &Naming,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<TableQueries> {
    let names = names(catalog, naming);
    let mut found = Vec::new();
    match wanted {
        Tables::None => {}
        Tables::All => {
            for table in catalog.tables.iter().filter(|table| is_meant_by_all(table)) {
                found.push(write(table, &names, catalog, &Choices::default()));
            }
        }
        Tables::Of(list) => {
            let mut seen: BTreeMap<&QualifiedName, &Place> = BTreeMap::new();
            for wanted in list {
                let Some(table) = table(wanted, catalog, diagnostics) else {
                    continue;
                };
                if let Some(first) = seen.insert(&table.name, &wanted.place) {
                    diagnostics.push(
                        mistake(
                            &wanted.place,
                            format!("`tables` lists `{}` twice", table.name),
                        )
                        .also(first.span(), "the first time")
                        .help("keep one of them"),
                    );
                    continue;
                }
                if let Some(choices) = choices(wanted, table, diagnostics) {
                    found.push(write(table, &names, catalog, &choices));
                }
            }
        }
    }
    found.retain(|table| !table.queries.is_empty());
    found
}

/// The queries of one table, with what the configuration says of it; `None` if there is no such table, with the name of one
/// that is like it.
pub(crate) fn text(
    name: &str,
    only: &[Verb],
    configured: &Tables,
    catalog: &Catalog,
    naming: &Naming,
) -> Result<TableQueries, Option<String>> {
    let Some(found) = named(name, catalog) else {
        let known = catalog.tables.iter().map(|table| table.name.to_string());
        let known: Vec<String> = known.collect();
        let near = nearest(name, known.iter().map(String::as_str));
        return Err(near.map(str::to_owned));
    };
    let mut choices = match configured {
        Tables::Of(list) => {
            let mut about = list.iter();
            let about = about.find(|wanted| {
                named(&wanted.name, catalog).is_some_and(|table| table.name == found.name)
            });
            let mut ignored = Vec::new();
            about
                .and_then(|wanted| choices(wanted, found, &mut ignored))
                .unwrap_or_default()
        }
        _ => Choices::default(),
    };
    if !only.is_empty() {
        choices.only = only.to_vec();
    }
    Ok(write(found, &names(catalog, naming), catalog, &choices))
}

/// Partitions are written to through their table, and foreign tables have no keys.
fn is_meant_by_all(table: &Table) -> bool {
    matches!(
        table.kind,
        TableKind::Table | TableKind::View | TableKind::MaterializedView
    )
}

fn mistake(place: &Place, message: impl Into<String>) -> Diagnostic {
    Diagnostic::error(Code::InvalidConfig, message).at(place.span(), "")
}

/// The table of that name: in `public` if no schema is written and several have one.
fn named<'c>(name: &str, catalog: &'c Catalog) -> Option<&'c Table> {
    let matching = || {
        catalog.tables.iter().filter(move |table| {
            let QualifiedName { schema, name: own } = &table.name;
            own == name || format!("{schema}.{own}") == name
        })
    };
    let in_public = matching().find(|table| table.name.schema == "public");
    in_public.or_else(|| matching().next())
}

fn table<'c>(
    wanted: &WantedTable,
    catalog: &'c Catalog,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<&'c Table> {
    let found = named(&wanted.name, catalog);
    if found.is_none() {
        let known = catalog.tables.iter().map(|table| table.name.to_string());
        let known: Vec<String> = known.collect();
        let diagnostic = mistake(
            &wanted.place,
            format!("there is no table `{}`", wanted.name),
        );
        diagnostics.push(
            match nearest(&wanted.name, known.iter().map(String::as_str)) {
                Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
                None => diagnostic.help("write the name of a table or view of the migrations"),
            },
        );
    }
    found
}

/// What is said of a table; reports columns that it does not have, and functions that it cannot have.
fn choices(
    wanted: &WantedTable,
    table: &Table,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Choices> {
    let before = diagnostics.len();
    let mut check = |named: Option<&NamedColumn>, what: &str, takes_null: bool| {
        let named = named?;
        let mut columns = table.columns.iter();
        let Some(found) = columns.find(|column| column.name == named.name) else {
            let message = format!("`{}` has no column `{}`", table.name, named.name);
            let diagnostic = mistake(&named.place, message);
            let known = table.columns.iter().map(|column| column.name.as_str());
            diagnostics.push(match nearest(&named.name, known) {
                Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
                None => diagnostic.help(format!("name a column of `{}`", table.name)),
            });
            return None;
        };
        let base = found.ty.name();
        let is_time = base.schema == "pg_catalog"
            && ["date", "timestamp", "timestamptz"].contains(&base.name.as_str());
        if !is_time || found.generated {
            let message = format!(
                "`{what}` is a column of times, and `{}` is `{}`",
                named.name, found.ty
            );
            diagnostics
                .push(mistake(&named.place, message).help("name a column of type `timestamptz`"));
        } else if takes_null && !found.nullability.nullable {
            let message = format!(
                "`{}` is never NULL, so it would say that each row is deleted",
                named.name
            );
            diagnostics.push(
                mistake(&named.place, message)
                    .help("name a column that is NULL in rows that are there"),
            );
        }
        Some(named.name.clone())
    };
    let choices = Choices {
        only: wanted.only.clone(),
        touch: check(wanted.touch.as_ref(), "touch", false),
        soft_delete: check(wanted.soft_delete.as_ref(), "soft_delete", true),
    };
    (diagnostics.len() == before).then_some(choices)
}

/// What a row of each table is called in the names of queries, each once: `Order`, `SalesOrder`.
fn names(catalog: &Catalog, naming: &Naming) -> BTreeMap<QualifiedName, String> {
    let mut taken = BTreeSet::new();
    let named = catalog.tables.iter().map(|table| {
        let QualifiedName { schema, name } = &table.name;
        let prefix = if schema == "public" {
            ""
        } else {
            schema.as_str()
        };
        let is_exact = naming.exact_table_names
            || naming
                .not_inflected
                .iter()
                .any(|known| known.to_lowercase() == name.to_lowercase());
        let singular = if is_exact {
            name.clone()
        } else {
            inflect::singular(name)
        };
        let mut found = pascal(&format!("{prefix}_{singular}"));
        if !taken.insert(found.clone()) {
            found = pascal(&format!("{prefix}_{name}"));
            let mut number = 2;
            while !taken.insert(found.clone()) {
                found = format!("{}{number}", pascal(&format!("{prefix}_{name}")));
                number += 1;
            }
        }
        (table.name.clone(), found)
    });
    named.collect()
}

/// A name for queries and structs: `order_items` becomes `OrderItems`. It has letters and digits only.
fn pascal(name: &str) -> String {
    let words = name.split(|c: char| !c.is_alphanumeric());
    let mut pascal = String::new();
    for word in words {
        let mut chars = word.chars();
        if let Some(first) = chars.next() {
            pascal.extend(first.to_uppercase());
            pascal.push_str(chars.as_str());
        }
    }
    match pascal.chars().next() {
        Some(first) if first.is_alphabetic() => pascal,
        _ => format!("T{pascal}"),
    }
}

fn write(
    table: &Table,
    names: &BTreeMap<QualifiedName, String>,
    catalog: &Catalog,
    choices: &Choices,
) -> TableQueries {
    let QualifiedName { schema, name } = &table.name;
    let stem = match schema.as_str() {
        "public" => name.clone(),
        schema => format!("{schema}_{name}"),
    };
    let stem = stem.replace(|c: char| c == '/' || c.is_control(), "_");
    // A struct must not be called as a model or a type is.
    let types = catalog.enums.iter().map(|found| &found.name);
    let types = types.chain(catalog.composites.iter().map(|found| &found.name));
    let types = types.chain(catalog.domains.iter().map(|found| &found.name));
    let types = types.map(|found| pascal(&found.name));
    let taken: BTreeSet<String> = names.values().cloned().chain(types).collect();
    Writer::new(table, &names[&table.name], catalog, choices, &taken).write(stem)
}

#[cfg(test)]
mod tests;
