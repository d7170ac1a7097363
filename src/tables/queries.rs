//! The text of each query of a table.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::{Choices, TableQueries, pascal};
use crate::inflect;
use crate::ir::{Catalog, MAX_OPTIONAL, Table, TableColumn, TableKind, Type, UniqueKey};
use crate::options::Verb;
use crate::quote;

/// Writes the queries of one table.
pub(super) struct Writer<'a> {
    table: &'a Table,
    catalog: &'a Catalog,
    choices: &'a Choices,
    /// What a row is called, and several.
    one: &'a str,
    many: String,
    /// As SQL has the table's name.
    name: String,
    /// What the parameter of each column is called.
    parameters: BTreeMap<&'a str, String>,
    /// The structs of what is inserted, and of what is set.
    new: String,
    patch: String,
    queries: Vec<(String, String)>,
}

impl<'a> Writer<'a> {
    /// `taken` are names that a struct cannot have.
    pub(super) fn new(
        table: &'a Table,
        one: &'a str,
        catalog: &'a Catalog,
        choices: &'a Choices,
        taken: &BTreeSet<String>,
    ) -> Self {
        // Irregular ones come in lower case.
        let plural = pascal(&inflect::plural(one));
        let free = |name: String, otherwise: String| {
            if taken.contains(&name) {
                otherwise
            } else {
                name
            }
        };
        Self {
            table,
            catalog,
            choices,
            one,
            many: if plural.to_lowercase() == one.to_lowercase() {
                format!("Many{one}")
            } else {
                plural
            },
            name: match table.name.schema.as_str() {
                "public" => quote::name(&table.name.name),
                schema => quote::in_schema(schema, &table.name.name),
            },
            parameters: parameters(&table.columns),
            new: free(format!("New{one}"), format!("{one}ToInsert")),
            patch: free(format!("{one}Patch"), format!("{one}ToSet")),
            queries: Vec::new(),
        }
    }

    pub(super) fn write(mut self, stem: String) -> TableQueries {
        let is_view = matches!(
            self.table.kind,
            TableKind::View | TableKind::MaterializedView
        );
        for (_, verb) in Verb::ALL {
            let is_wanted = self.choices.only.is_empty() || self.choices.only.contains(&verb);
            if is_wanted && (!is_view || verb == Verb::Count) {
                self.verb(verb);
            }
        }
        TableQueries {
            stem,
            queries: self.queries,
        }
    }

    fn verb(&mut self, verb: Verb) {
        let (one, many, name) = (self.one, self.many.clone(), self.name.clone());
        let by_key = self.by_key();
        let by_keys = self.by_keys();
        let mark = self.delete_mark();
        let and_there = self.and_there();
        match (verb, by_key, by_keys) {
            (Verb::Find, Some(by_key), _) => self.add(
                format!("Find{one} :one"),
                &format!("SELECT * FROM {name}\nWHERE {by_key}{and_there}"),
            ),
            (Verb::FindMany, _, Some(by_keys)) => self.add(
                format!("Find{many} :many"),
                &format!("SELECT * FROM {name}\nWHERE {by_keys}{and_there}"),
            ),
            (Verb::FindBy, ..) => {
                for key in self.other_keys() {
                    let condition = self.condition(&key.columns);
                    self.add(
                        format!("Find{one}By{} :one", by(&key.columns)),
                        &format!("SELECT * FROM {name}\nWHERE {condition}{and_there}"),
                    );
                }
            }
            (Verb::Exists, Some(by_key), _) => self.add(
                format!("{one}Exists :one"),
                &format!("SELECT EXISTS (SELECT 1 FROM {name} WHERE {by_key}{and_there})"),
            ),
            (Verb::Count, ..) => {
                let there = mark.map_or_else(String::new, |mark| format!(" WHERE {mark} IS NULL"));
                self.add(
                    format!("Count{many} :one"),
                    &format!("SELECT count(*) FROM {name}{there}"),
                );
            }
            (Verb::Insert, ..) => self.insert(),
            (Verb::InsertMany, ..) => self.insert_many(),
            (Verb::Upsert, ..) => self.upserts(),
            (Verb::Patch, Some(by_key), _) => self.patch(&by_key),
            (Verb::Delete, Some(condition), _) => self.delete(one, &condition),
            (Verb::DeleteMany, _, Some(condition)) => self.delete(&many, &condition),
            (Verb::Restore, Some(by_key), _) => {
                if let Some(mark) = mark {
                    self.add(
                        format!("Restore{one} :execrows"),
                        &format!(
                            "UPDATE {name} SET {mark} = NULL\nWHERE {by_key} AND {mark} IS NOT NULL"
                        ),
                    );
                }
            }
            (Verb::Purge, Some(by_key), _) if mark.is_some() => {
                self.add(
                    format!("Purge{one} :execrows"),
                    &format!("DELETE FROM {name}\nWHERE {by_key}"),
                );
            }
            _ => {}
        }
    }

    /// Adds a query; `name` is its name and command.
    fn add(&mut self, name: String, sql: &str) {
        self.add_with(name, &[], sql);
    }

    fn add_with(&mut self, mut name: String, directives: &[String], sql: &str) {
        let mut text = format!("-- name: {name}\n");
        for directive in directives {
            let _ = writeln!(text, "-- {directive}");
        }
        let _ = writeln!(text, "{sql};");
        name.truncate(name.find(' ').unwrap_or(name.len()));
        self.queries.push((name, text));
    }

    /// The condition of the row with a key.
    fn by_key(&self) -> Option<String> {
        let key = self.table.primary_key().filter(|key| self.is_plain(key))?;
        Some(self.condition(&key.columns))
    }

    /// The condition of rows with one of several keys, each of one column.
    fn by_keys(&self) -> Option<String> {
        let [column] = self.table.primary_key()?.columns.as_slice() else {
            return None;
        };
        let keys = inflect::plural(&self.parameters[column.as_str()]);
        Some(format!("{} = ANY(@{keys})", quote::name(column)))
    }

    /// The column that marks deleted rows.
    fn delete_mark(&self) -> Option<String> {
        self.choices.soft_delete.as_deref().map(quote::name)
    }

    /// The condition of rows that are not deleted, beside others.
    fn and_there(&self) -> String {
        let mark = self.delete_mark();
        mark.map_or_else(String::new, |mark| format!(" AND {mark} IS NULL"))
    }

    fn condition(&self, columns: &[String]) -> String {
        let equal = columns.iter().map(|column| self.equal(column));
        equal.collect::<Vec<_>>().join(" AND ")
    }

    /// `column = @parameter`, as a condition or an assignment.
    fn equal(&self, column: &str) -> String {
        format!("{} = @{}", quote::name(column), self.parameters[column])
    }

    /// The unique keys beside the primary one.
    fn other_keys(&self) -> Vec<&'a UniqueKey> {
        let mut seen = BTreeSet::new();
        seen.extend(self.table.primary_key().map(|key| &key.columns));
        let keys = self.table.unique_keys.iter();
        keys.filter(|key| !key.primary && key.holds && self.is_plain(key))
            .filter(|key| seen.insert(&key.columns))
            .collect()
    }

    /// Whether Postgres tells the types of parameters that its columns are compared with. Of a composite type it would say
    /// `record`.
    fn is_plain(&self, key: &UniqueKey) -> bool {
        let columns = self.table.columns.iter();
        let mut columns = columns.filter(|column| key.columns.contains(&column.name));
        columns.all(|column| !matches!(self.catalog.base(&column.ty), Type::Composite(_)))
    }

    fn is_touch(&self, column: &TableColumn) -> bool {
        self.choices.touch.as_deref() == Some(&column.name)
    }

    /// `updated_at = now()`
    fn touched(&self) -> Option<String> {
        let touch = self.choices.touch.as_deref()?;
        Some(format!("{} = now()", quote::name(touch)))
    }

    /// What a new row is given: all but what the database makes, and what says that it is deleted.
    fn insertable(&self) -> Vec<&'a TableColumn> {
        let columns = self.table.columns.iter();
        let insertable = columns.filter(|column| {
            let is_mark = self.choices.soft_delete.as_deref() == Some(&column.name);
            !(column.generated || is_mark || self.is_touch(column) && column.has_default)
        });
        insertable.collect()
    }

    /// What the parameters of columns are called.
    fn names_of<'c>(&self, columns: impl IntoIterator<Item = &'c TableColumn>) -> Vec<String> {
        let columns = columns.into_iter().filter(|column| !self.is_touch(column));
        columns
            .map(|column| self.parameters[column.name.as_str()].clone())
            .collect()
    }

    fn insert_into(&self, columns: &[&TableColumn]) -> String {
        if columns.is_empty() {
            return format!("INSERT INTO {} DEFAULT VALUES", self.name);
        }
        let names = columns.iter().map(|column| quote::name(&column.name));
        let values = columns.iter().map(|column| {
            if self.is_touch(column) {
                "now()".to_owned()
            } else {
                format!("@{}", self.parameters[column.name.as_str()])
            }
        });
        format!(
            "INSERT INTO {} ({})\nVALUES ({})",
            self.name,
            names.collect::<Vec<_>>().join(", "),
            values.collect::<Vec<_>>().join(", ")
        )
    }

    /// `@params` and `@optional` of an `INSERT`.
    fn directives_of_new(&self, columns: &[&TableColumn]) -> Vec<String> {
        let with_default = columns.iter().copied().filter(|column| column.has_default);
        let optional = self.names_of(with_default);
        let mut directives = Vec::new();
        if !self.names_of(columns.iter().copied()).is_empty() {
            directives.push(format!("@params {}", self.new));
        }
        if !optional.is_empty() {
            directives.push(format!("@optional {}", optional.join(", ")));
        }
        directives
    }

    fn insert(&mut self) {
        let columns = self.insertable();
        let sql = format!("{}\nRETURNING *", self.insert_into(&columns));
        let directives = self.directives_of_new(&columns);
        self.add_with(format!("Insert{} :one", self.one), &directives, &sql);
    }

    /// Each row has what has no default. Arrays cannot be sent in arrays.
    fn insert_many(&mut self) {
        let mut columns = self.insertable();
        columns.retain(|column| !column.has_default);
        let is_plain = |column: &&TableColumn| {
            let base = self.catalog.base(&column.ty);
            !matches!(base, Type::Array(_) | Type::Composite(_))
        };
        let is_empty = self.names_of(columns.iter().copied()).is_empty();
        if is_empty || !columns.iter().all(is_plain) {
            return;
        }
        let sql = format!("{}\nRETURNING *", self.insert_into(&columns));
        let name = format!("Insert{} :many", self.many);
        self.add_with(name, &["@many".to_owned()], &sql);
    }

    /// For each unique key: inserts, or changes the row with the same key. What has no value stays as it is then.
    fn upserts(&mut self) {
        // Whether a row that is deleted comes back, nobody said.
        if self.choices.soft_delete.is_some() {
            return;
        }
        let columns = self.insertable();
        let primary = self.table.primary_key();
        let keys = primary.filter(|key| key.holds).into_iter();
        for key in keys.chain(self.other_keys()) {
            let is_written = |name: &String| columns.iter().any(|column| column.name == *name);
            if !key.columns.iter().all(is_written) {
                continue;
            }
            let is_of_key = |column: &TableColumn| {
                let in_key = |key: &UniqueKey| key.columns.contains(&column.name);
                in_key(key) || primary.is_some_and(in_key)
            };
            let excluded = |column: &str| {
                let column = quote::name(column);
                format!("{column} = EXCLUDED.{column}")
            };
            let changed = columns
                .iter()
                .copied()
                .filter(|column| !is_of_key(column) && !self.is_touch(column));
            let (optional, always): (Vec<&TableColumn>, Vec<&TableColumn>) =
                changed.partition(|column| column.has_default);
            let mut set: Vec<String> = always.iter().map(|c| excluded(&c.name)).collect();
            set.extend(self.touched());
            // One assignment is always made, which gives back the row that is there.
            if set.is_empty() {
                set.push(excluded(&key.columns[0]));
            }
            set.extend(optional.iter().map(|column| self.equal(&column.name)));
            let target = key.columns.iter().map(|column| quote::name(column));
            let sql = format!(
                "{}\nON CONFLICT ({}) DO UPDATE\nSET {}\nRETURNING *",
                self.insert_into(&columns),
                target.collect::<Vec<_>>().join(", "),
                set.join(", ")
            );
            let by = if key.primary {
                String::new()
            } else {
                format!("By{}", by(&key.columns))
            };
            let directives = self.directives_of_new(&columns);
            self.add_with(format!("Upsert{}{by} :one", self.one), &directives, &sql);
        }
    }

    /// Assigns what has a value.
    fn patch(&mut self, by_key: &str) {
        let mut columns = self.insertable();
        let key = self.table.primary_key();
        columns.retain(|column| {
            let is_of_key = key.is_some_and(|key| key.columns.contains(&column.name));
            !is_of_key && !self.is_touch(column)
        });
        if columns.is_empty() || columns.len() > MAX_OPTIONAL {
            return;
        }
        let names = self.names_of(columns.iter().copied()).join(", ");
        let set = columns.iter().map(|column| self.equal(&column.name));
        let set: Vec<String> = set.chain(self.touched()).collect();
        let sql = format!(
            "UPDATE {}\nSET {}\nWHERE {by_key}{}\nRETURNING *",
            self.name,
            set.join(", "),
            self.and_there()
        );
        let directives = [
            format!("@params {}: {names}", self.patch),
            format!("@optional {names}"),
        ];
        self.add_with(format!("Patch{} :one", self.one), &directives, &sql);
    }

    /// Deletes rows, or marks them.
    fn delete(&mut self, called: &str, condition: &str) {
        let name = &self.name;
        let sql = match self.delete_mark() {
            Some(mark) => format!(
                "UPDATE {name} SET {mark} = now()\nWHERE {condition}{}",
                self.and_there()
            ),
            None => format!("DELETE FROM {name}\nWHERE {condition}"),
        };
        self.add(format!("Delete{called} :execrows"), &sql);
    }
}

/// `EmailAndName`, for the end of a query's name.
fn by(columns: &[String]) -> String {
    let columns: Vec<String> = columns.iter().map(|column| pascal(column)).collect();
    columns.join("And")
}

/// What the parameters of columns are called: as the columns, if these are plain words.
fn parameters(columns: &[TableColumn]) -> BTreeMap<&str, String> {
    let is_word = |name: &str| {
        let is_part = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        name.starts_with(|c: char| c.is_ascii_lowercase()) && name.chars().all(is_part)
    };
    let (words, others): (Vec<_>, Vec<_>) = columns.iter().partition(|c| is_word(&c.name));
    let mut taken: BTreeSet<String> = words.iter().map(|column| column.name.clone()).collect();
    let words = words.iter();
    let mut found: BTreeMap<&str, String> = words
        .map(|column| (column.name.as_str(), column.name.clone()))
        .collect();
    for column in others {
        let lower = column.name.to_lowercase();
        let spelled = lower.chars();
        let spelled = spelled.map(|c| if c.is_alphanumeric() { c } else { '_' });
        let spelled: String = spelled.collect();
        let spelled = spelled.trim_matches('_');
        let name = if spelled.starts_with(char::is_alphabetic) {
            spelled.to_owned()
        } else {
            format!("column_{spelled}")
        };
        let mut free = name.clone();
        let mut number = 2;
        while !taken.insert(free.clone()) {
            free = format!("{name}_{number}");
            number += 1;
        }
        found.insert(&column.name, free);
    }
    found
}
