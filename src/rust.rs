//! From an analysis to Rust items: every name, type and collision is decided here.

mod constraints;
mod derives;
mod doc;
mod ident;
pub(crate) mod items;
mod literal;
mod models;
mod overrides;
mod queries;
mod relations;
mod scope;
mod types;

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::{Code, Diagnostic};
use crate::inflect;
use crate::ir;
use crate::options::Options;
use crate::source::{Position, SourceFile, Span};

use ident::Ident;
use items::{FromRow, Package};
use overrides::{Conflict, Overrides, Site};
use scope::Scope;
use types::{Dependency, RustType};

/// Decides what is generated for `analysis`; `files` are the query files, for places in diagnostics. Of the latter the
/// first list holds mistakes, because of which there is no package, the second warnings.
pub(crate) fn lower(
    analysis: &ir::Analysis,
    files: &[SourceFile],
    options: &Options,
) -> (Result<Package, Vec<Diagnostic>>, Vec<Diagnostic>) {
    let mut lowering = Lowering::new(analysis, files, options);
    let queries = lowering.query_modules();
    let models = lowering.models_module();
    let warnings = lowering.overrides.report_unmatched(analysis);
    let package = if lowering.diagnostics.is_empty() {
        let clients = types::client_dependencies(options.client);
        let dependencies = lowering.dependencies.into_iter().chain(clients).collect();
        Ok(Package {
            models,
            queries,
            client: options.client,
            constraints: constraints::constraints(&analysis.catalog),
            dependencies,
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

    /// The type of a result column; `None` where there is none.
    pub(crate) fn column(
        &mut self,
        query: &'a ir::Query,
        column: &'a ir::Column,
    ) -> Option<String> {
        let rust = self.0.use_type(Site::ResultColumn(query, column))?;
        let mut scope = Scope::default();
        let spelled = rust.owned(&mut scope);
        Some(types::optional(
            spelled,
            column.nullability.nullable,
            &mut scope,
        ))
    }

    /// The type of a parameter; `None` where there is none.
    pub(crate) fn parameter(
        &mut self,
        query: &'a ir::Query,
        parameter: &'a ir::Parameter,
    ) -> Option<String> {
        let rust = self.0.use_type(Site::Parameter(query, parameter))?;
        if !types::can_be_sent(&parameter.ty, &rust, &self.0.analysis.catalog) {
            return None;
        }
        let mut scope = Scope::default();
        let spelled = rust.argument(&mut scope, "");
        Some(types::optional(
            spelled,
            parameter.nullability.nullable,
            &mut scope,
        ))
    }
}

struct Lowering<'a> {
    analysis: &'a ir::Analysis,
    files: &'a [SourceFile],
    options: &'a Options,
    overrides: Overrides<'a>,
    /// Those that were reported.
    conflicts: BTreeSet<Conflict>,
    /// The names of tables' models and of enums: one namespace, whether in use or not, so that using another table
    /// renames nothing.
    model_names: BTreeMap<ir::QualifiedName, Ident>,
    enum_names: BTreeMap<ir::QualifiedName, Ident>,
    /// Tables whose models some query gives as its rows, and as parts of them.
    used_tables: BTreeSet<ir::QualifiedName>,
    embedded_tables: BTreeSet<ir::QualifiedName>,
    used_enums: BTreeSet<ir::QualifiedName>,
    /// The structs of the module at hand for parts of rows that are no table's.
    part_names: BTreeSet<Ident>,
    /// The statics of the module at hand.
    constants: BTreeSet<Ident>,
    dependencies: BTreeSet<Dependency>,
    diagnostics: Vec<Diagnostic>,
}

impl<'a> Lowering<'a> {
    fn new(analysis: &'a ir::Analysis, files: &'a [SourceFile], options: &'a Options) -> Self {
        let mut taken = BTreeSet::new();
        let catalog = &analysis.catalog;
        let enum_names = catalog.enums.iter().map(|e| {
            (
                e.name.clone(),
                type_name(&e.name, &e.name.name).unique(&mut taken),
            )
        });
        let enum_names = enum_names.collect();
        let tables = catalog.tables.iter();
        let model_names = tables.map(|table| {
            let singular = inflect::singular(&table.name.name);
            (
                table.name.clone(),
                type_name(&table.name, &singular).unique(&mut taken),
            )
        });
        Self {
            analysis,
            files,
            options,
            overrides: Overrides(&options.overrides),
            conflicts: BTreeSet::new(),
            model_names: model_names.collect(),
            enum_names,
            used_tables: BTreeSet::new(),
            embedded_tables: BTreeSet::new(),
            used_enums: BTreeSet::new(),
            part_names: BTreeSet::new(),
            constants: BTreeSet::new(),
            dependencies: BTreeSet::new(),
            diagnostics: Vec::new(),
        }
    }

    /// The Rust type of a column or parameter; notes what it needs.
    fn use_type(&mut self, site: Site<'a>) -> Option<RustType> {
        let catalog = &self.analysis.catalog;
        let chosen = self.overrides.of_site(site, catalog);
        let chosen = chosen.unwrap_or_else(|conflict| {
            self.report_conflict(conflict);
            None
        });
        let rust = if let Some(chosen) = chosen {
            chosen
        } else {
            let place = TypePlace {
                enum_names: &self.enum_names,
                overrides: self.overrides,
                nullable: site.nullable(),
                conflict: Cell::new(None),
            };
            let rust = types::rust_type(site.ty(), catalog, &place);
            if let Some(conflict) = place.conflict.get() {
                self.report_conflict(conflict);
            }
            rust?
        };
        self.dependencies.extend(rust.dependency());
        if rust.has_enum() {
            self.use_enums(site.ty());
        }
        Some(rust)
    }

    fn report_conflict(&mut self, conflict: Conflict) {
        if self.conflicts.insert(conflict) {
            self.diagnostics.push(self.overrides.report(conflict));
        }
    }

    fn use_enums(&mut self, ty: &ir::Type) {
        match ty {
            ir::Type::Enum(name) => {
                self.used_enums.insert(name.clone());
            }
            ir::Type::Array(element) => self.use_enums(element),
            ir::Type::Domain(name) => {
                let analysis = self.analysis;
                if let Some(domain) = analysis.catalog.domain(name) {
                    self.use_enums(&domain.base);
                }
            }
            _ => {}
        }
    }

    fn unsupported(&mut self, what: &str, ty: &ir::Type, cast: &str, location: &ir::Location) {
        let message = format!("{what} has the type `{ty}`, for which there is no Rust type yet");
        let diagnostic = Diagnostic::error(Code::UnsupportedType, message)
            .help(format!(
                "cast it in the query to a type that has one, as in `{cast}`"
            ))
            .help(format!(
                "or choose a type that implements `FromSql` and `ToSql`:\n\
                 overrides:\n  - db_type: {}\n    rust_type: crate::MyType",
                db_type(ty)
            ));
        self.report(diagnostic, location);
    }

    /// Reports a mistake at the word that stands at `location`.
    fn report(&mut self, diagnostic: Diagnostic, location: &ir::Location) {
        let diagnostic = match self.span(location) {
            Some(span) => diagnostic.at(span, ""),
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
        let length: usize = file.text()[start..]
            .chars()
            .take_while(is_word)
            .map(char::len_utf8)
            .sum();
        Some(file.span(start..start + length.max(1)))
    }
}

/// What is known where a type is looked for.
struct TypePlace<'a> {
    enum_names: &'a BTreeMap<ir::QualifiedName, Ident>,
    overrides: Overrides<'a>,
    nullable: bool,
    conflict: Cell<Option<Conflict>>,
}

impl types::Names for TypePlace<'_> {
    fn enumeration(&self, name: &ir::QualifiedName) -> Option<Ident> {
        self.enum_names.get(name).cloned()
    }

    fn overridden(&self, ty: &ir::Type) -> Option<RustType> {
        let chosen = self.overrides.of_type(ty, self.nullable);
        chosen.unwrap_or_else(|conflict| {
            self.conflict.set(Some(conflict));
            None
        })
    }
}

/// How a struct is decoded from whole rows, each field by one of `values`.
fn from_row(visibility: &'static str, values: Vec<String>, scope: &mut Scope) -> FromRow {
    FromRow {
        visibility,
        row: scope.import("tokio_postgres::Row"),
        result: scope.prelude("result::Result"),
        arguments: Vec::new(),
        is_whole: true,
        is_part: false,
        values,
    }
}

/// The expression that reads a column.
fn read_column(index: usize) -> String {
    format!("row.try_get({index})?")
}

/// A type as `db_type` takes it, quoted where YAML or SQL need it.
fn db_type(ty: &ir::Type) -> String {
    let plain = |name: &str| {
        name.chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
    };
    let name = match ty {
        ir::Type::Array(element) => return db_type(element),
        ty => ty.name(),
    };
    if plain(&name.schema) && plain(&name.name) {
        ty.to_string()
    } else {
        let quote = |name: &str| format!("\"{}\"", name.replace('"', "\"\""));
        let sql = format!("{}.{}", quote(&name.schema), quote(&name.name));
        format!("'{}'", sql.replace('\'', "''"))
    }
}

/// A type's name: with its schema in front where that is not `public`.
fn type_name(name: &ir::QualifiedName, singular: &str) -> Ident {
    match name.schema.as_str() {
        "public" => Ident::type_name(singular),
        schema => Ident::type_name(&format!("{schema}_{singular}")),
    }
}

/// The table whose rows a query returns, column for column, with the same types and nullability.
fn model_of<'c>(
    query: &'c ir::Query,
    catalog: &'c ir::Catalog,
    overrides: Overrides<'c>,
) -> Option<&'c ir::Table> {
    if !query.embeds.is_empty() || !query.relations.is_empty() {
        return None;
    }
    model_of_columns(query, &query.columns, catalog, overrides)
}

/// The same for the first columns of a query.
fn model_of_columns<'c>(
    query: &'c ir::Query,
    columns: &'c [ir::Column],
    catalog: &'c ir::Catalog,
    overrides: Overrides<'c>,
) -> Option<&'c ir::Table> {
    let table = catalog.table(&columns.first()?.origin.as_ref()?.table)?;
    let may_have_null =
        |elements: &Option<ir::Nullability>| elements.as_ref().is_some_and(|e| e.nullable);
    let same = |(column, model): (&'c ir::Column, &ir::TableColumn)| {
        let origin = column.origin.as_ref();
        column.name == model.name
            && origin
                .is_some_and(|origin| origin.table == table.name && origin.column == model.name)
            && column.nullability.nullable == model.nullability.nullable
            && may_have_null(&column.elements) == may_have_null(&model.elements)
            && !overrides.is_told_by_query(query, column)
    };
    let all = table.columns.len() == columns.len() && columns.iter().zip(&table.columns).all(same);
    (all && table.columns.len() > 1).then_some(table)
}
