//! From an analysis to Rust items: every name, type and collision is decided here.

mod bulk;
mod constraints;
mod derives;
mod doc;
mod dynamic;
mod fields;
mod ident;
mod inputs;
pub(crate) mod items;
mod literal;
mod loaders;
mod models;
mod names;
mod needs;
mod overrides;
mod params;
mod queries;
mod relations;
mod rows;
mod schema;
mod scope;
mod single;
#[cfg(test)]
mod tests;
mod types;
mod unsupported;
mod user_types;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::diagnostic::Diagnostic;
use crate::ir;
use crate::options::{Options, Runtime};
use crate::source::{Position, SourceFile, Span};

use ident::Ident;
pub(crate) use items::Package;
use items::{FromRecord, FromRow, Value};
use names::Names;
use needs::Needs;
#[cfg(feature = "postgres")]
pub(crate) use overrides::sends_null_elements;
use overrides::{Overrides, Site};
use rows::NamedRows;
use schema::SchemaNames;
use scope::Scope;

/// Decides what is generated for `analysis`; `files` are the query files, for places in diagnostics. Of the latter the
/// first list holds mistakes, because of which there is no package, the second warnings.
pub(crate) fn lower(
    analysis: &ir::Analysis,
    files: &[SourceFile],
    options: &Options,
) -> (Result<Package, Vec<Diagnostic>>, Vec<Diagnostic>) {
    let mut lowering = Lowering::new(analysis, files, options);
    let mut queries = lowering.query_modules();
    lowering.attribute_fields(&mut queries);
    let loaders = lowering.loader_modules();
    let mut models = lowering.models_module();
    lowering.attribute_fields(models.as_mut_slice());
    let mut warnings = lowering.overrides.report_unmatched(analysis);
    warnings.extend(lowering.names.report_unmatched(analysis));
    warnings.extend(lowering.report_unmatched_derives());
    let unfit = lowering.overrides.report_unfit(analysis);
    lowering.diagnostics.extend(unfit);
    lowering.report_conflicts();
    let needs = lowering.needs;
    let package = if lowering.diagnostics.is_empty() {
        let clients = types::client_dependencies(options.client);
        // The crate of the runtime depends on them itself.
        let clients = clients.filter(|_| options.runtime != Runtime::Crate);
        let dependencies = needs.dependencies.into_iter().chain(clients).collect();
        Ok(Package {
            models,
            queries,
            loaders,
            client: options.client,
            runtime: options.runtime.clone(),
            constraints: constraints::constraints(&analysis.catalog),
            bulk: needs.bulk,
            dynamic: needs.dynamic,
            has_parts: needs.has_parts,
            migrations: None,
            has_patterns: needs.has_patterns,
            types: types::closure(needs.parts),
            dependencies,
            serde: options.derives.has_serde(),
        })
    } else {
        Err(lowering.diagnostics)
    };
    (package, warnings)
}

/// The Rust types of parameters and result columns, as `explain` shows them.
pub(crate) struct Describer<'a>(Lowering<'a>);

impl<'a> Describer<'a> {
    pub(crate) fn new(analysis: &'a ir::Analysis, options: &'a Options) -> Self {
        Self(Lowering::new(analysis, &[], options))
    }

    /// The text that a query sends.
    pub(crate) fn sent(&self, query: &ir::Query) -> String {
        single::text(query, self.0.options.client).into_owned()
    }

    /// The type of a result column; `None` where there is none.
    pub(crate) fn column(
        &mut self,
        query: &'a ir::Query,
        column: &'a ir::Column,
    ) -> Option<String> {
        let table = self.0.model_of_rows(query);
        let declared = table.and_then(|table| {
            let found = table
                .columns
                .iter()
                .find(|known| known.name == column.name)?;
            Some(Site::TableColumn(table, found))
        });
        let site = declared.unwrap_or(Site::ResultColumn(query, column));
        let rust = self.0.use_type(site).ok()?;
        Some(rust.owned(&mut Scope::default()))
    }

    /// The type of a parameter; `None` where there is none.
    pub(crate) fn parameter(
        &mut self,
        query: &'a ir::Query,
        parameter: &'a ir::Parameter,
    ) -> Option<String> {
        let rust = self.0.use_type(Site::Parameter(query, parameter)).ok()?;
        Some(rust.argument(&mut Scope::default(), ""))
    }
}

/// Lowers the modules of a target, one after another or each by itself.
struct Lowering<'a> {
    analysis: &'a ir::Analysis,
    files: &'a [SourceFile],
    options: &'a Options,
    overrides: Overrides<'a>,
    names: Names<'a>,
    schema: Arc<SchemaNames>,
    named_rows: Arc<NamedRows<'a>>,
    needs: Needs,
    /// The structs of the module at hand for parts of rows that are no table's.
    part_names: BTreeSet<Ident>,
    /// The statics of the module at hand.
    constants: BTreeSet<Ident>,
    /// Its structs of parameters that queries name: the first query that does, and their fields.
    params: BTreeMap<Ident, (String, Vec<(Ident, String)>)>,
    diagnostics: Vec<Diagnostic>,
}

impl<'a> Lowering<'a> {
    fn new(analysis: &'a ir::Analysis, files: &'a [SourceFile], options: &'a Options) -> Self {
        let schema = SchemaNames::new(&analysis.catalog, Names(&options.naming));
        Self {
            analysis,
            files,
            options,
            overrides: Overrides(&options.overrides),
            names: Names(&options.naming),
            schema: Arc::new(schema),
            named_rows: Arc::default(),
            needs: Needs::default(),
            part_names: BTreeSet::new(),
            constants: BTreeSet::new(),
            params: BTreeMap::new(),
            diagnostics: Vec::new(),
        }
    }

    /// One that knows the same, and has lowered nothing yet.
    fn beside(&self) -> Self {
        Self {
            schema: Arc::clone(&self.schema),
            named_rows: Arc::clone(&self.named_rows),
            needs: Needs::default(),
            part_names: BTreeSet::new(),
            constants: BTreeSet::new(),
            params: BTreeMap::new(),
            diagnostics: Vec::new(),
            ..*self
        }
    }

    fn report_conflicts(&mut self) {
        for conflict in std::mem::take(&mut self.needs.conflicts) {
            self.diagnostics.push(self.overrides.report(conflict));
        }
    }

    /// Reports a mistake at the word that stands at `location`.
    fn report(&mut self, diagnostic: Diagnostic, location: &ir::Location) {
        let diagnostic = match self.span(location) {
            Some(span) => diagnostic.at(span, ""),
            None if self.options.tables.are_wanted() && location.file.starts_with("tables/") => {
                diagnostic.in_file(&location.file).note(
                    "rowsmith wrote this query because of `tables` in the configuration; `rowsmith scaffold` shows it",
                )
            }
            None => diagnostic.in_file(&location.file),
        };
        self.diagnostics.push(diagnostic);
    }

    /// The word that stands at `location`.
    fn span(&self, location: &ir::Location) -> Option<Span> {
        let file = self.files.iter().find(|file| file.key() == location.file)?;
        let start = file.offset(Position {
            line: location.line,
            column: location.column,
        });
        let is_word = |c: &char| c.is_alphanumeric() || matches!(c, '_' | '@' | '$');
        let text = &file.text()[start..];
        let length = match text.strip_prefix('"').and_then(|rest| rest.find('"')) {
            Some(quoted) => quoted + 2,
            None => text.find(|c| !is_word(&c)).unwrap_or(text.len()),
        };
        Some(file.span(start..start + length.max(1)))
    }
}

/// How a struct is read from rows, each field from one of `values`; by these macros where it needs nothing else.
fn from_row(macros: &[&str], values: Vec<Value>, scope: &mut Scope) -> FromRow {
    let macros = macros.iter();
    FromRow {
        macros: macros
            .map(|name| scope.import(&format!("super::client::{name}")))
            .collect(),
        result: scope.prelude("result::Result"),
        arguments: Vec::new(),
        values,
    }
}

/// How a struct is decoded from records, each field by one of `values`.
fn from_record(values: Vec<Option<String>>, scope: &mut Scope) -> FromRecord {
    FromRecord {
        by: scope.import("super::client::from_record"),
        values,
    }
}

/// How well rows have to fit a model.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fit {
    /// What may be NULL in one may be in the other.
    Exactly,
    /// What may be NULL in the model may be never NULL in the rows: the user says that they are the model.
    Narrower,
}

/// The table whose rows a query returns, column for column, with the same types and nullability.
fn model_of<'c>(
    query: &'c ir::Query,
    catalog: &'c ir::Catalog,
    overrides: Overrides<'c>,
    fit: Fit,
) -> Option<&'c ir::Table> {
    if !query.embeds.is_empty() || !query.relations.is_empty() {
        return None;
    }
    model_of_columns(query, &query.columns, catalog, overrides, fit)
}

/// The same for the first columns of a query.
fn model_of_columns<'c>(
    query: &'c ir::Query,
    columns: &'c [ir::Column],
    catalog: &'c ir::Catalog,
    overrides: Overrides<'c>,
    fit: Fit,
) -> Option<&'c ir::Table> {
    let table = catalog.table(&columns.first()?.origin.as_ref()?.table)?;
    let may_have_null =
        |elements: &Option<ir::Nullability>| elements.as_ref().is_some_and(|e| e.nullable);
    // Whether something may be NULL in the rows, and in the model.
    let fits = |here: bool, there: bool| here == there || fit == Fit::Narrower && there;
    let same = |(column, model): (&'c ir::Column, &ir::TableColumn)| {
        let origin = column.origin.as_ref();
        column.name == model.name
            && origin
                .is_some_and(|origin| origin.table == table.name && origin.column == model.name)
            && fits(column.nullability.nullable, model.nullability.nullable)
            && fits(
                may_have_null(&column.elements),
                may_have_null(&model.elements),
            )
            && !overrides.is_told_by_query(query, column)
    };
    let all = table.columns.len() == columns.len() && columns.iter().zip(&table.columns).all(same);
    (all && table.columns.len() > 1).then_some(table)
}
