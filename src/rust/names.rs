//! What things of the schema and of queries are called in Rust: as the user says, or as they are called in SQL.

use std::collections::BTreeSet;

use crate::diagnostic::{Code, Diagnostic, nearest};
use crate::inflect;
use crate::ir;
use crate::options::{Naming, Rename, Renamed};

use super::ident::Ident;

/// A name before it is told apart from others beside it.
#[derive(Clone, Debug)]
pub(super) struct Named {
    ident: Ident,
    /// Whether the user chose it, so that others give way.
    chosen: bool,
}

/// What is made of a query's name.
#[derive(Debug)]
pub(super) struct Called<'a> {
    /// The name itself, or the one that the user chose.
    pub(super) name: &'a str,
    pub(super) function: Ident,
    pub(super) constant: Ident,
    /// The types that it may have of its own, apart from parts of rows.
    pub(super) row: Ident,
    pub(super) params: Ident,
    pub(super) owned_params: Ident,
    pub(super) orders: Ident,
}

impl<'a> Called<'a> {
    fn new(name: &'a str) -> Self {
        let type_name = |what: &str| Ident::type_name(&format!("{name}_{what}"));
        Self {
            name,
            function: Ident::value(name),
            constant: Ident::constant(name),
            row: type_name("row"),
            params: type_name("params"),
            owned_params: type_name("owned_params"),
            orders: type_name("sort"),
        }
    }

    pub(super) fn own_types(&self) -> impl Iterator<Item = &Ident> {
        [&self.row, &self.params, &self.owned_params, &self.orders].into_iter()
    }

    /// The struct of an embed that is no table's row.
    pub(super) fn part(&self, embed: &ir::Embed) -> Ident {
        Ident::type_name(&format!("{}_{}_part", self.name, embed.name))
    }
}

impl Named {
    /// A field or argument of that name in SQL.
    pub(super) fn value(name: &str) -> Self {
        Self {
            ident: Ident::value(name),
            chosen: false,
        }
    }

    fn or_renamed(rename: Option<&Rename>, otherwise: &str) -> Self {
        match rename {
            Some(rename) => Self {
                ident: Ident::chosen_value(&rename.to),
                chosen: true,
            },
            None => Self::value(otherwise),
        }
    }
}

/// Tells names apart: those that the user chose come first, others that are equal are numbered.
pub(super) fn settled(names: &[Named]) -> Vec<Ident> {
    settled_by(names, Ident::unique)
}

fn settled_by(
    names: &[Named],
    unique: impl Fn(Ident, &mut BTreeSet<Ident>) -> Ident,
) -> Vec<Ident> {
    let mut taken = BTreeSet::new();
    let mut settled: Vec<Option<Ident>> = vec![None; names.len()];
    for chosen in [true, false] {
        for (named, settled) in names.iter().zip(&mut settled) {
            if named.chosen == chosen {
                *settled = Some(unique(named.ident.clone(), &mut taken));
            }
        }
    }
    settled.into_iter().flatten().collect()
}

/// The user's choices about names.
#[derive(Clone, Copy, Debug)]
pub(super) struct Names<'a>(pub(super) &'a Naming);

impl<'a> Names<'a> {
    /// The models of all tables; `taken` are names that are not free.
    pub(super) fn models(
        self,
        tables: &[ir::Table],
        taken: &mut BTreeSet<Ident>,
    ) -> Vec<(ir::QualifiedName, Ident)> {
        // First those that the user chose, then those whose name is no plural.
        let mut ordered: Vec<_> = tables.iter().map(|t| (self.model(&t.name), t)).collect();
        ordered.sort_by_key(|((_, rank), _)| *rank);
        let named = ordered.into_iter().map(|((ident, _), table)| {
            let exact = type_name(&table.name, &table.name.name);
            let ident = if taken.contains(&ident) && !taken.contains(&exact) {
                exact
            } else {
                ident
            };
            (table.name.clone(), ident.unique_type(taken))
        });
        named.collect()
    }

    fn model(self, name: &ir::QualifiedName) -> (Ident, u8) {
        let singular = self.singular(&name.name);
        let rename = self.0.find(Renamed::Table, &[&name.schema, &name.name]);
        let prefixed = format!("{}_{singular}", name.schema);
        let of_sqlc = || {
            self.0
                .find_any([&prefixed, &singular, &name.name].map(String::as_str))
        };
        match rename.or_else(of_sqlc) {
            Some(rename) => (Ident::chosen_type(&rename.to), 0),
            None => (
                type_name(name, &singular),
                if singular == name.name { 1 } else { 2 },
            ),
        }
    }

    /// What one row of a table is called.
    pub(super) fn singular(self, table: &str) -> String {
        let folded = table.to_lowercase();
        let excluded = |name: &String| name.to_lowercase() == folded;
        if self.0.exact_table_names || self.0.not_inflected.iter().any(excluded) {
            table.to_owned()
        } else {
            inflect::singular(table)
        }
    }

    /// An enum, composite type or domain.
    pub(super) fn type_of_schema(self, name: &ir::QualifiedName) -> Ident {
        let rename = self.0.find(Renamed::Type, &[&name.schema, &name.name]);
        match rename.or_else(|| self.0.find_any([name.name.as_str()])) {
            Some(rename) => Ident::chosen_type(&rename.to),
            None => type_name(name, &name.name),
        }
    }

    /// The variants of an enum.
    pub(super) fn variants(self, enumeration: &ir::Enum) -> Vec<Ident> {
        let ir::Enum { name, labels, .. } = enumeration;
        let rename = |label: &str| {
            let rename = self
                .0
                .find(Renamed::Value, &[&name.schema, &name.name, label]);
            // sqlc puts the enum's name in front of each value.
            let of_sqlc = || {
                self.0
                    .find_any([format!("{}_{label}", name.name).as_str(), label])
            };
            rename.or_else(of_sqlc).map(|rename| &rename.to)
        };
        let plain: Vec<Ident> = labels.iter().map(|label| Ident::type_name(label)).collect();
        let is_alone = |ident: &Ident| plain.iter().filter(|other| *other == ident).count() == 1;
        let named = labels
            .iter()
            .zip(&plain)
            .map(|(label, ident)| match rename(label) {
                Some(chosen) => Named {
                    ident: Ident::chosen_type(chosen),
                    chosen: true,
                },
                None => Named {
                    // `c`, `c++` and `c#` are told apart by what they end with.
                    ident: if is_alone(ident) {
                        ident.clone()
                    } else {
                        Ident::spelled_type(label)
                    },
                    chosen: false,
                },
            });
        settled_by(&named.collect::<Vec<_>>(), Ident::unique_type)
    }

    /// The field of a table's column, or of a composite type's.
    pub(super) fn column(self, table: &ir::QualifiedName, column: &str) -> Named {
        let parts = [table.schema.as_str(), &table.name, column];
        let rename = self.0.find(Renamed::Column, &parts);
        Named::or_renamed(rename.or_else(|| self.0.find_any([column])), column)
    }

    /// What is made of the name of a query.
    pub(super) fn called(self, query: &'a ir::Query) -> Called<'a> {
        Called::new(self.query(query))
    }

    /// The name that query's function and structs are made of.
    pub(super) fn query(self, query: &'a ir::Query) -> &'a str {
        let rename = self.0.find(Renamed::Query, &[&query.name]);
        rename.map_or(&query.name, |rename| &rename.to)
    }

    /// The field of a result column.
    pub(super) fn result_column(self, query: &ir::Query, column: &ir::Column) -> Named {
        let rename = self.0.find(Renamed::Column, &[&query.name, &column.name]);
        self.like_column(rename, &column.name, column.origin.as_ref())
    }

    /// The argument or field of a parameter.
    pub(super) fn parameter(self, query: &ir::Query, parameter: &ir::Parameter) -> Named {
        let rename = self
            .0
            .find(Renamed::Parameter, &[&query.name, &parameter.name]);
        self.like_column(rename, &parameter.name, parameter.origin.as_ref())
    }

    /// What is called as a table's column is gets that column's name.
    fn like_column(
        self,
        rename: Option<&Rename>,
        name: &str,
        origin: Option<&ir::ColumnOrigin>,
    ) -> Named {
        match (rename, origin) {
            (None, Some(origin)) if origin.column == name => self.column(&origin.table, name),
            _ => Named::or_renamed(rename.or_else(|| self.0.find_any([name])), name),
        }
    }

    /// Warns of renames that nothing in the schema and the queries is about.
    pub(super) fn report_unmatched(self, analysis: &ir::Analysis) -> Vec<Diagnostic> {
        if self.0.renames.is_empty() {
            return Vec::new();
        }
        let things = self.things(analysis);
        let is_about = |rename: &Rename, (kind, parts): &(Renamed, Vec<String>)| {
            let tail = &parts[parts.len().saturating_sub(rename.parts.len())..];
            *kind == rename.kind && tail == rename.parts
        };
        let unmatched = self.0.renames.iter();
        let unmatched = unmatched.filter(|r| !things.iter().any(|thing| is_about(r, thing)));
        let warnings = unmatched.map(|rename| {
            let name = rename.parts.join(".");
            let same_kind = things.iter().filter(|(kind, _)| *kind == rename.kind);
            let candidates: Vec<String> = same_kind
                .map(|(_, parts)| parts[parts.len().saturating_sub(rename.parts.len())..].join("."))
                .collect();
            let word = Renamed::WORDS
                .iter()
                .find(|(_, kind, _)| *kind == rename.kind);
            let word = word.map_or_else(String::new, |(word, ..)| format!("{word} "));
            let diagnostic = Diagnostic::warning(
                Code::UnusedOverride,
                format!(
                    "there is no {}`{name}`",
                    if word.is_empty() { "name " } else { &word }
                ),
            )
            .at(rename.place.span(), "this rename changes nothing");
            match nearest(&name, candidates.iter().map(String::as_str)) {
                Some(near) => diagnostic.help(format!("did you mean `{word}{near}`?")),
                None => diagnostic.help("remove it, or mend the name"),
            }
        });
        warnings.collect()
    }

    /// Everything that can be renamed, with the parts of its name.
    fn things(self, analysis: &ir::Analysis) -> Vec<(Renamed, Vec<String>)> {
        let mut things = Vec::new();
        let mut add = |kind: Renamed, parts: &[&str]| {
            things.push((kind, parts.iter().map(|part| (*part).to_owned()).collect()));
        };
        for table in &analysis.catalog.tables {
            let ir::QualifiedName { schema, name } = &table.name;
            let singular = self.singular(name);
            add(Renamed::Table, &[schema, name]);
            add(Renamed::Any, &[name]);
            add(Renamed::Any, &[&format!("{schema}_{singular}")]);
            add(Renamed::Any, &[&singular]);
            for column in &table.columns {
                add(Renamed::Column, &[schema, name, &column.name]);
                add(Renamed::Any, &[&column.name]);
            }
        }
        for enumeration in &analysis.catalog.enums {
            let ir::QualifiedName { schema, name } = &enumeration.name;
            add(Renamed::Type, &[schema, name]);
            add(Renamed::Any, &[name]);
            for label in &enumeration.labels {
                add(Renamed::Value, &[schema, name, label]);
                add(Renamed::Any, &[label]);
                add(Renamed::Any, &[&format!("{name}_{label}")]);
            }
        }
        for composite in &analysis.catalog.composites {
            let ir::QualifiedName { schema, name } = &composite.name;
            add(Renamed::Type, &[schema, name]);
            add(Renamed::Any, &[name]);
            for field in &composite.fields {
                add(Renamed::Column, &[schema, name, &field.name]);
                add(Renamed::Any, &[&field.name]);
            }
        }
        for domain in &analysis.catalog.domains {
            add(Renamed::Type, &[&domain.name.schema, &domain.name.name]);
            add(Renamed::Any, &[&domain.name.name]);
        }
        for query in &analysis.queries {
            add(Renamed::Query, &[&query.name]);
            for column in &query.columns {
                add(Renamed::Column, &[&query.name, &column.name]);
                add(Renamed::Any, &[&column.name]);
            }
            let related = query.related_parameters();
            let related = related.into_iter().map(|(_, parameter)| parameter);
            for parameter in query.parameters.iter().chain(related) {
                add(Renamed::Parameter, &[&query.name, &parameter.name]);
                add(Renamed::Any, &[&parameter.name]);
            }
        }
        things
    }
}

/// A type's name: with its schema in front where that is not `public`.
fn type_name(name: &ir::QualifiedName, singular: &str) -> Ident {
    match name.schema.as_str() {
        "public" => Ident::type_name(singular),
        schema => Ident::type_name(&format!("{schema}_{singular}")),
    }
}
