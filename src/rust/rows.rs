//! Row structs that queries name by `-- @row Name`: each is declared once, in the module of the first query that names it,
//! and shared by the others.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::diagnostic::{Code, Diagnostic, in_words};
use crate::ir;

use super::Lowering;
use super::doc::code;
use super::ident::Ident;
use super::items::Item;
use super::names::settled;
use super::overrides::Site;
use super::queries::link_to;
use super::scope::Scope;
use super::types::RustType;

/// The structs that queries name.
pub(super) type NamedRows<'a> = BTreeMap<Ident, NamedRow<'a>>;

#[derive(Debug)]
pub(super) struct NamedRow<'a> {
    /// The module that declares it: the first query's.
    pub(super) module: Ident,
    /// The queries that name it, each with its module.
    queries: Vec<(Ident, &'a ir::Query)>,
}

/// What a query's rows are called.
pub(super) enum RowName {
    /// A struct to declare, with the functions that give it, for its doc comment.
    Own(Ident, String),
    /// One that is declared already, as the module spells it.
    Shared(String),
}

impl<'a> Lowering<'a> {
    /// Takes note of all structs that queries name; reports names that cannot be.
    pub(super) fn name_rows(&mut self, modules: &BTreeMap<Ident, Vec<&'a ir::Query>>) {
        let mut named_rows = NamedRows::new();
        for (module, queries) in modules {
            for &query in queries {
                let Some(row) = &query.row else { continue };
                if self.model_of_rows(query).is_some() {
                    continue;
                }
                let name = Ident::chosen_type(&row.name);
                if name.as_str() != row.name {
                    self.report_row_name(row, &name);
                    continue;
                }
                let known = named_rows.entry(name);
                let known = known.or_insert_with(|| NamedRow {
                    module: module.clone(),
                    queries: Vec::new(),
                });
                known.queries.push((module.clone(), query));
            }
        }
        let names: Vec<Ident> = named_rows.keys().cloned().collect();
        self.named_rows = Arc::new(named_rows);
        for name in names {
            self.check_row_of_schema(&name);
            self.check_row_alone(&name);
        }
    }

    fn report_row_name(&mut self, row: &ir::RowName, legal: &Ident) {
        let message = format!("`{}` cannot be the name of a struct", row.name);
        let diagnostic = Diagnostic::error(Code::InvalidDirective, message);
        let help = format!("write a name as `{legal}`: letters and digits, a capital first");
        self.report(diagnostic.help(help), &row.location);
    }

    /// A model or another type of the schema has the name.
    fn check_row_of_schema(&mut self, name: &Ident) {
        let models = self.schema.models.iter();
        let types = self.schema.types.iter();
        let mut known = models.chain(types).filter(|(_, known)| *known == name);
        let Some((of, _)) = known.next() else { return };
        let message = format!(
            "`{name}` is what {} is called in Rust",
            code(&of.to_string())
        );
        let Some(row) = self.first_row(name) else {
            return;
        };
        let diagnostic = Diagnostic::error(Code::DuplicateName, message)
            .help("choose another name; only rows with all columns of the table can be its model");
        self.report(diagnostic, &row.location);
    }

    /// Rows with relations or embedded tables have structs of one query in them.
    fn check_row_alone(&mut self, name: &Ident) {
        let queries = &self.named_rows[name].queries;
        let is_whole = |query: &ir::Query| !query.relations.is_empty() || !query.embeds.is_empty();
        let [(_, first), (_, second), ..] = queries.as_slice() else {
            return;
        };
        let Some((_, whole)) = queries.iter().find(|(_, query)| is_whole(query)) else {
            return;
        };
        let other = if whole.name == first.name {
            second
        } else {
            first
        };
        let message = format!(
            "`{}` has `@with` or `sqlc.embed`, so its rows cannot be those of `{}`",
            whole.name, other.name
        );
        let (Some(row), Some(also)) = (&whole.row, &other.row) else {
            return;
        };
        let mut diagnostic =
            Diagnostic::error(Code::DuplicateName, message).help("give one of them another name");
        if let Some(span) = self.span(&also.location) {
            diagnostic = diagnostic.also(span, "the other one");
        }
        self.report(diagnostic, &row.location);
    }

    fn first_row(&self, name: &Ident) -> Option<&'a ir::RowName> {
        let (_, query) = self.named_rows.get(name)?.queries.first()?;
        query.row.as_ref()
    }

    /// Whether the query is the one to declare the struct that it names.
    pub(super) fn declares_row(&self, query: &ir::Query) -> Option<Ident> {
        let name = Ident::chosen_type(&query.row.as_ref()?.name);
        let (_, first) = self.named_rows.get(&name)?.queries.first()?;
        (first.location == query.location).then_some(name)
    }

    /// Reports the name of rows that are no struct.
    pub(super) fn report_only_value(&mut self, query: &ir::Query) {
        let Some(row) = &query.row else { return };
        let message = format!(
            "the rows of `{}` are one value each, not a struct",
            query.name
        );
        let diagnostic = Diagnostic::error(Code::InvalidDirective, message)
            .help("remove `@row`, or add a column");
        self.report(diagnostic, &row.location);
    }

    /// What the rows of a query are called that names them; compares its columns with those of the query that declares
    /// them.
    pub(super) fn row_name(
        &mut self,
        query: &'a ir::Query,
        types: &[RustType],
        scope: &mut Scope,
    ) -> Option<RowName> {
        let name = Ident::chosen_type(&query.row.as_ref()?.name);
        let named_rows = Arc::clone(&self.named_rows);
        let NamedRow { module, queries } = named_rows.get(&name)?;
        if self.declares_row(query).is_some() {
            return Some(RowName::Own(name, self.row_docs(module, queries)));
        }
        let (_, first) = queries.first()?;
        if let Some(declared) = self.fields_of_row(first)
            && let Some((index, difference)) =
                difference(&declared, &self.named_fields(query, types))
        {
            let message = format!(
                "`{}` and `{}` name their rows `{name}`, but {}",
                first.name,
                query.name,
                difference.of(&first.name, &query.name)
            );
            self.report_difference(query, first, index, message);
        }
        let is_here = queries
            .iter()
            .any(|(own, known)| known.location == query.location && own == module);
        Some(RowName::Shared(if is_here {
            name.to_string()
        } else {
            scope.import(&format!("super::{module}::{name}"))
        }))
    }

    /// The fields of a query's rows; `None` where one has no type, which is reported with the query.
    fn fields_of_row(&mut self, query: &'a ir::Query) -> Option<Vec<(Ident, RustType)>> {
        let columns = query.columns.iter();
        let types = columns.map(|column| self.use_type(Site::ResultColumn(query, column)).ok());
        let types: Vec<RustType> = types.collect::<Option<_>>()?;
        Some(self.named_fields(query, &types))
    }

    fn named_fields(&self, query: &ir::Query, types: &[RustType]) -> Vec<(Ident, RustType)> {
        let columns = query.columns.iter();
        let called = columns.map(|column| self.names.result_column(query, column));
        let called = settled(&called.collect::<Vec<_>>());
        let types = query.columns.iter().zip(types);
        let types = types.map(|(column, ty)| ty.clone().with_null(column.nullability.nullable));
        called.into_iter().zip(types).collect()
    }

    fn row_docs(&self, module: &Ident, queries: &[(Ident, &ir::Query)]) -> String {
        let links = queries.iter().map(|(own, query)| {
            let function = Ident::value(self.names.query(query));
            let link = link_to(&function);
            if own == module {
                link
            } else {
                format!("{link}(super::{own}::{function})")
            }
        });
        let links: Vec<String> = links.collect();
        format!("A row of {}.", in_words(&links, "and"))
    }

    fn report_difference(
        &mut self,
        query: &ir::Query,
        first: &ir::Query,
        index: usize,
        message: String,
    ) {
        let Some(row) = &query.row else { return };
        let mut diagnostic = Diagnostic::error(Code::DuplicateName, message)
            .help("give one of them another name, or the same columns to both");
        let columns = [first, query].map(|query| query.columns.get(index));
        let columns = columns.into_iter().flatten();
        for column in columns {
            if let Some(span) = column.location.as_ref().and_then(|at| self.span(at)) {
                let reason = column.nullability.reason.clone();
                diagnostic = diagnostic.also(span, reason);
            }
        }
        if let Some(span) = first.row.as_ref().and_then(|row| self.span(&row.location)) {
            diagnostic = diagnostic.also(span, "the first one");
        }
        self.report(diagnostic, &row.location);
    }

    /// Reports structs of a module that have the name of a query's choice, too.
    pub(super) fn check_row_names(&mut self, items: &[Item]) {
        let mut names = BTreeMap::new();
        for item in items {
            let name = match item {
                Item::Struct(item) => &item.name,
                Item::Enum(item) => &item.name,
                _ => continue,
            };
            *names.entry(name).or_insert(0) += 1;
        }
        for (name, count) in &names {
            let mut queries = self.analysis.queries.iter();
            let chosen = queries.find_map(|query| {
                let params = query.params.as_ref()?;
                let is_here = self
                    .params
                    .get(*name)
                    .is_some_and(|(first, _)| *first == query.name);
                (is_here && Ident::chosen_type(&params.name) == **name).then_some(params)
            });
            if let Some(params) = chosen.filter(|_| *count > 1) {
                let message = format!("another struct of the module is called `{name}`");
                let diagnostic =
                    Diagnostic::error(Code::DuplicateName, message).help("choose another name");
                self.report(diagnostic, &params.location);
            }
        }
        for (name, count) in names {
            let Some(row) = self.first_row(name).filter(|_| count > 1) else {
                continue;
            };
            let message = format!("another struct of the module is called `{name}`");
            let diagnostic =
                Diagnostic::error(Code::DuplicateName, message).help("choose another name");
            self.report(diagnostic, &row.location);
        }
    }
}

/// How the rows of two queries differ.
enum Difference {
    Missing { field: Ident, is_first: bool },
    Name(Ident, Ident),
    Type(Ident, String, String),
}

impl Difference {
    fn of(&self, first: &str, second: &str) -> String {
        match self {
            Self::Missing { field, is_first } => {
                let (with, without) = if *is_first {
                    (first, second)
                } else {
                    (second, first)
                };
                format!("only `{with}` has the column `{field}`, and not `{without}`")
            }
            Self::Name(a, b) => {
                format!("where one has the column `{a}`, the other has `{b}`")
            }
            Self::Type(name, a, b) => {
                format!("the column `{name}` is `{a}` in one and `{b}` in the other")
            }
        }
    }
}

/// The first difference, and its place.
fn difference(
    known: &[(Ident, RustType)],
    own: &[(Ident, RustType)],
) -> Option<(usize, Difference)> {
    let longest = known.len().max(own.len());
    (0..longest).find_map(|index| {
        let difference = match (known.get(index), own.get(index)) {
            (Some((field, _)), None) => Difference::Missing {
                field: field.clone(),
                is_first: true,
            },
            (None, Some((field, _))) => Difference::Missing {
                field: field.clone(),
                is_first: false,
            },
            (Some((a, _)), Some((b, _))) if a != b => Difference::Name(a.clone(), b.clone()),
            (Some((name, a)), Some((_, b))) if a != b => {
                let mut scope = Scope::default();
                let spelled = [a, b].map(|ty| ty.owned(&mut scope));
                let [a, b] = spelled;
                Difference::Type(name.clone(), a, b)
            }
            _ => return None,
        };
        Some((index, difference))
    })
}
