//! The statements that load relations: one for any number of parents.
//!
//! Three forms. Where Postgres' equality is that of the bytes, the children of all parents are found by `= ANY($1)` and
//! bring their key along. Otherwise, and for keys of several columns, the parents' keys are joined and returned as they
//! were sent. With a limit, which is per parent, and where such are counted, each parent has a subquery of its own.

use std::ops::Range;

use crate::ir::{Catalog, Command, QualifiedName, Type};
use crate::quote;
use crate::source::{Rewritten, Span};
use crate::syntax::{Argument, Placeholder, Query, renumbered};

use super::graph::Relation;

/// A statement to be written.
#[derive(Clone)]
pub(super) struct Request<'a> {
    pub(super) relation: &'a Relation,
    /// What is selected, but for the key.
    pub(super) columns: Vec<Selected>,
    pub(super) is_count: bool,
    /// The types of the parents' key columns, without domains.
    pub(super) key_types: Vec<Type>,
    pub(super) is_exact: bool,
    pub(super) condition: Option<&'a Argument>,
    pub(super) order: Option<&'a Argument>,
    pub(super) limit: Option<&'a Argument>,
    /// What the text that is not the user's stands for in the file.
    pub(super) origin: Range<usize>,
}

/// One relation of a shape.
pub(super) struct Node<'a> {
    pub(super) field: String,
    pub(super) request: Request<'a>,
    /// The places of the key's columns in the rows it belongs to.
    pub(super) parent_key: Vec<usize>,
    /// How many columns are fields.
    pub(super) fields: usize,
    /// The places of the columns that hold the parent's key.
    pub(super) key: Vec<usize>,
    pub(super) name: Span,
    pub(super) nodes: Vec<Node<'a>>,
}

/// A column of the target, and what it is called in the result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Selected {
    pub(super) column: String,
    pub(super) name: String,
}

/// A statement that is written.
pub(super) struct Written {
    pub(super) sql: Rewritten,
    /// The user's parameters, which follow those of the keys.
    pub(super) placeholders: Vec<Placeholder>,
    /// The places of the columns that hold the parent's key.
    pub(super) key: Vec<usize>,
}

/// How names are spelled.
pub(super) struct Spelling<'a> {
    pub(super) catalog: &'a Catalog,
    /// The tables that need no schema.
    pub(super) is_visible: &'a dyn Fn(&QualifiedName) -> bool,
}

impl Spelling<'_> {
    fn table(&self, name: &QualifiedName) -> String {
        if (self.is_visible)(name) {
            quote::name(&name.name)
        } else {
            quote::in_schema(&name.schema, &name.name)
        }
    }

    /// A type in a cast.
    pub(super) fn ty(ty: &Type) -> String {
        if let Type::Array(element) = ty {
            return format!("{}[]", Self::ty(element));
        }
        let name = ty.name();
        match (name.schema.as_str(), name.name.as_str()) {
            // By the names that SQL has for them, these are cut to one character or bit.
            ("pg_catalog", "bpchar" | "bit") => format!("pg_catalog.{}", name.name),
            ("pg_catalog", _) => ty.to_string(),
            ("public", name) => quote::name(name),
            (schema, name) => quote::in_schema(schema, name),
        }
    }

    /// Writes the statement of a relation.
    pub(super) fn write(&self, request: &Request<'_>) -> Written {
        let parts = self.parts(request);
        let statement = Statement::new(parts.keys.len(), request.origin.clone());
        // Keys that are equal need not be the same bytes, and are counted each for itself.
        if request.limit.is_some() || (request.is_count && !request.is_exact) {
            parts.for_each(request, statement)
        } else if request.is_exact {
            parts.in_array(request, statement)
        } else {
            parts.joined(request, statement)
        }
    }

    /// The pieces that the forms have in common. A table is called by its own name, which conditions may use.
    pub(super) fn parts(&self, request: &Request<'_>) -> Parts {
        let relation = request.relation;
        let target = &relation.target;
        let target_alias = quote::name(&target.name);
        let junction = relation.junction.as_ref();
        let names = [Some(target), junction.map(|junction| &junction.table)];
        let names: Vec<&QualifiedName> = names.into_iter().flatten().collect();
        let is_table = |name: &str| names.iter().any(|table| table.name == name);
        let is_column = |name: &str| {
            let mut tables = names.iter().filter_map(|name| self.catalog.table(name));
            tables.any(|table| table.columns.iter().any(|column| column.name == name))
        };
        let parent = free("parent", is_table);
        let keys = (1..=relation.columns.len()).map(|number| match number {
            1 => free("key", is_column),
            number => free(&format!("key_{number}"), is_column),
        });
        let keys: Vec<String> = keys.collect();
        let read = if relation.only {
            format!("ONLY {}", self.table(target))
        } else {
            self.table(target)
        };
        let (from, near, join) = match junction {
            None => (read, target_alias.clone(), String::new()),
            Some(junction) => {
                let (from, alias) = if junction.table.name == target.name {
                    let alias = free("junction", is_table);
                    (format!("{} AS {alias}", self.table(&junction.table)), alias)
                } else {
                    (
                        self.table(&junction.table),
                        quote::name(&junction.table.name),
                    )
                };
                let pairs = junction.columns.iter().zip(&junction.target_columns);
                let on = pairs.map(|(here, there)| {
                    format!(
                        "{target_alias}.{} = {alias}.{}",
                        quote::after_dot(there),
                        quote::after_dot(here)
                    )
                });
                let on = on.collect::<Vec<_>>().join(" AND ");
                (from, alias, format!("\nJOIN {read} ON {on}"))
            }
        };
        let list = if request.is_count {
            vec!["count(*)".to_owned()]
        } else {
            let own = request.columns.iter();
            own.map(|selected| aliased(&target_alias, &selected.column, &selected.name))
                .collect()
        };
        let arrays = request.key_types.iter().enumerate();
        let arrays = arrays.map(|(index, ty)| format!("${}::{}[]", index + 1, Self::ty(ty)));
        Parts {
            list,
            from,
            join,
            matched: relation
                .matched
                .iter()
                .map(|name| format!("{near}.{}", quote::after_dot(name)))
                .collect(),
            parents: format!(
                "unnest({}) AS {parent} ({})",
                arrays.collect::<Vec<_>>().join(", "),
                keys.join(", ")
            ),
            keys: keys.iter().map(|key| format!("{parent}.{key}")).collect(),
        }
    }
}

/// The pieces of a statement.
pub(super) struct Parts {
    /// What is selected of the target.
    pub(super) list: Vec<String>,
    pub(super) from: String,
    /// What leads from a junction to the target.
    pub(super) join: String,
    /// The columns that are compared with the key.
    pub(super) matched: Vec<String>,
    /// The parents' keys as a table, and its columns.
    parents: String,
    keys: Vec<String>,
}

impl Parts {
    /// `WHERE key = ANY($1)`.
    fn in_array(mut self, request: &Request<'_>, mut statement: Statement) -> Written {
        let matched = &self.matched[0];
        let is_selected = |selected: &Selected| selected.column == request.relation.matched[0];
        let held = request.columns.iter().position(is_selected);
        let is_held = self.join.is_empty() && !request.is_count;
        let key = held.filter(|_| is_held).unwrap_or_else(|| {
            self.list.push(matched.clone());
            self.list.len() - 1
        });
        statement.text(&format!(
            "SELECT {}\nFROM {}{}\nWHERE {matched} = ANY($1)",
            self.list.join(", "),
            self.from,
            self.join
        ));
        statement.argument("\n    AND (", request.condition, ")");
        if request.is_count {
            statement.text(&format!("\nGROUP BY {matched}"));
        }
        statement.argument("\nORDER BY ", request.order, "");
        statement.finish(vec![key])
    }

    /// `FROM unnest($1) AS parent JOIN …`.
    fn joined(mut self, request: &Request<'_>, mut statement: Statement) -> Written {
        let first = self.list.len();
        self.list.extend(self.keys.iter().cloned());
        statement.text(&format!(
            "SELECT {}\nFROM {}\nJOIN {} ON {}{}",
            self.list.join(", "),
            self.parents,
            self.from,
            self.on(),
            self.join
        ));
        statement.argument("\nWHERE (", request.condition, ")");
        statement.argument("\nORDER BY ", request.order, "");
        statement.finish((first..self.list.len()).collect())
    }

    /// `FROM unnest($1) AS parent CROSS JOIN LATERAL (… LIMIT …)`.
    fn for_each(self, request: &Request<'_>, mut statement: Statement) -> Written {
        let found = request.columns.iter();
        let found = found.map(|selected| format!("found.{}", quote::after_dot(&selected.name)));
        let count = request.is_count.then(|| "found.count".to_owned());
        let mut list: Vec<String> = found.chain(count).collect();
        let first = list.len();
        list.extend(self.keys.iter().cloned());
        statement.text(&format!(
            "SELECT {}\nFROM {}\nCROSS JOIN LATERAL (\n    SELECT {}\n    FROM {}{}\n    WHERE {}",
            list.join(", "),
            self.parents,
            self.list.join(", "),
            self.from,
            self.join.replace('\n', "\n    "),
            self.on()
        ));
        statement.argument("\n        AND (", request.condition, ")");
        statement.argument("\n    ORDER BY ", request.order, "");
        statement.argument("\n    LIMIT ", request.limit, "");
        statement.text("\n) AS found");
        statement.finish((first..list.len()).collect())
    }

    fn on(&self) -> String {
        let pairs = self.matched.iter().zip(&self.keys);
        let equal: Vec<String> = pairs
            .map(|(matched, key)| format!("{matched} = {key}"))
            .collect();
        equal.join(" AND ")
    }
}

/// A statement on its way: generated text and the user's pieces.
pub(super) struct Statement {
    pub(super) sql: Rewritten,
    keys: usize,
    /// The user's parameters, which follow those of the keys.
    pub(super) placeholders: Vec<Placeholder>,
    origin: Range<usize>,
}

impl Statement {
    pub(super) fn new(keys: usize, origin: Range<usize>) -> Self {
        Self {
            sql: Rewritten::default(),
            keys,
            placeholders: Vec::new(),
            origin,
        }
    }

    pub(super) fn text(&mut self, text: &str) {
        self.sql.replace(text, self.origin.clone());
    }

    /// An argument of the relation with text around it, its placeholders numbered after those that are there.
    pub(super) fn argument(&mut self, before: &str, argument: Option<&Argument>, after: &str) {
        let Some(argument) = argument else { return };
        let numbers: Vec<usize> = argument
            .placeholders
            .iter()
            .map(|placeholder| self.number(placeholder))
            .collect();
        self.text(before);
        self.sql
            .append(&argument.sql, |sent| renumbered(sent, &numbers));
        self.text(after);
    }

    fn number(&mut self, placeholder: &Placeholder) -> usize {
        let name =
            |placeholder: &Placeholder| placeholder.name.as_ref().map(|name| name.to_lowercase());
        let known = self
            .placeholders
            .iter()
            .position(|known| name(known) == name(placeholder));
        let index = known.unwrap_or_else(|| {
            self.placeholders.push(Placeholder {
                uses: Vec::new(),
                ..placeholder.clone()
            });
            self.placeholders.len() - 1
        });
        let known = &mut self.placeholders[index];
        known.uses.extend(placeholder.uses.iter().cloned());
        known.nullable |= placeholder.nullable;
        self.keys + index + 1
    }

    fn finish(self, key: Vec<usize>) -> Written {
        Written {
            sql: self.sql,
            placeholders: self.placeholders,
            key,
        }
    }
}

pub(super) fn aliased(table: &str, name: &str, alias: &str) -> String {
    let written = format!("{table}.{}", quote::after_dot(name));
    if name == alias {
        written
    } else {
        // Not every keyword may follow `AS` unquoted before Postgres 14; all may since.
        format!("{written} AS {}", quote::after_dot(alias))
    }
}

/// The first of `name`, `name_2`, … that is not taken.
pub(super) fn free(name: &str, is_taken: impl Fn(&str) -> bool) -> String {
    let numbered = (2..).map(|number| format!("{name}_{number}"));
    let mut candidates = std::iter::once(name.to_owned()).chain(numbered);
    candidates
        .find(|name| !is_taken(name))
        .unwrap_or_else(|| name.to_owned())
}

/// A statement of rowsmith's own as a query that Postgres is asked about. The first `keys` of its parameters are arrays of
/// keys, `placeholders` the others.
pub(super) fn keyed_query(
    name: Span,
    statement: Span,
    sql: Rewritten,
    keys: usize,
    placeholders: Vec<Placeholder>,
) -> Query {
    let key = Placeholder {
        name: Some("keys".to_owned()),
        nullable: false,
        uses: vec![name.clone()],
    };
    let keys = std::iter::repeat_n(key, keys);
    Query {
        name,
        command: Command::Many,
        docs: Vec::new(),
        directives: Vec::new(),
        alias_types: Vec::new(),
        orders: Vec::new(),
        shape: None,
        statement,
        sql,
        placeholders: keys.chain(placeholders).collect(),
        embeds: Vec::new(),
    }
}
