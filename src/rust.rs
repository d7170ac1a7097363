//! From an analysis to Rust items: every name, type and collision is decided here.

mod doc;
mod ident;
mod inflect;
pub(crate) mod items;
mod literal;
mod scope;
mod types;

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::{Code, Diagnostic};
use crate::ir;
use crate::source::{Position, SourceFile, Span};

use doc::DocComment;
use ident::Ident;
use items::{Argument, Enum, Field, FromRow, Item, Module, Package, Query, Struct, Variant};
use literal::Literal;
use scope::Scope;
use types::{Dependency, RustType};

/// Up to so many parameters are arguments of their own; more become a params struct.
const QUERY_PARAMETER_LIMIT: usize = 2;

/// Module names that generated files of our own have.
const RESERVED_MODULES: &[&str] = &["client", "mod", "models"];

/// Decides what is generated for `analysis`; `files` are the query files, for places in diagnostics.
pub(crate) fn lower(
    analysis: &ir::Analysis,
    files: &[SourceFile],
) -> Result<Package, Vec<Diagnostic>> {
    let mut lowering = Lowering::new(analysis, files);
    let queries = lowering.query_modules();
    let models = lowering.models_module();
    if lowering.diagnostics.is_empty() {
        let dependencies = lowering.dependencies.into_iter().collect();
        Ok(Package {
            models,
            queries,
            dependencies,
        })
    } else {
        Err(lowering.diagnostics)
    }
}

/// The Rust type of a parameter or result column, as `explain` shows it; `None` where there is none.
pub(crate) fn describe(
    ty: &ir::Type,
    nullable: bool,
    is_parameter: bool,
    catalog: &ir::Catalog,
) -> Option<String> {
    let enums = |name: &ir::QualifiedName| Some(Ident::type_name(&name.name));
    let rust = types::rust_type(ty, catalog, &enums)?;
    if is_parameter && !types::can_be_sent(ty, &rust, catalog) {
        return None;
    }
    let mut scope = Scope::default();
    let spelled = if is_parameter {
        rust.argument(&mut scope, "")
    } else {
        rust.owned(&mut scope)
    };
    Some(types::optional(spelled, nullable, &mut scope))
}

struct Lowering<'a> {
    analysis: &'a ir::Analysis,
    files: &'a [SourceFile],
    /// The names of tables' models and of enums: one namespace, whether in use or not, so that using another table
    /// renames nothing.
    model_names: BTreeMap<ir::QualifiedName, Ident>,
    enum_names: BTreeMap<ir::QualifiedName, Ident>,
    used_tables: BTreeSet<ir::QualifiedName>,
    used_enums: BTreeSet<ir::QualifiedName>,
    dependencies: BTreeSet<Dependency>,
    diagnostics: Vec<Diagnostic>,
}

impl<'a> Lowering<'a> {
    fn new(analysis: &'a ir::Analysis, files: &'a [SourceFile]) -> Self {
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
            model_names: model_names.collect(),
            enum_names,
            used_tables: BTreeSet::new(),
            used_enums: BTreeSet::new(),
            dependencies: BTreeSet::new(),
            diagnostics: Vec::new(),
        }
    }

    fn query_modules(&mut self) -> Vec<Module> {
        let mut by_module: BTreeMap<Ident, Vec<&'a ir::Query>> = BTreeMap::new();
        for query in &self.analysis.queries {
            by_module
                .entry(module_name(&query.location.file))
                .or_default()
                .push(query);
        }
        by_module
            .into_iter()
            .map(|(name, queries)| self.query_module(name, &queries))
            .collect()
    }

    fn query_module(&mut self, name: Ident, queries: &[&'a ir::Query]) -> Module {
        self.check_names(queries);
        let declared = queries.iter().flat_map(|query| {
            [
                Ident::value(&query.name),
                row_name(query),
                params_name(query),
            ]
        });
        let mut scope = Scope::new(declared.map(|name| name.to_string()), Some("super::models"));
        let mut items = Vec::new();
        for query in queries {
            self.query(query, &mut scope, &mut items);
        }
        Module {
            name,
            uses: scope.uses(),
            items,
        }
    }

    /// Reports queries of one module that would share names: those of files that become the same module, which
    /// `syntax` has no reason to compare.
    fn check_names(&mut self, queries: &[&ir::Query]) {
        let mut seen: BTreeMap<Ident, &ir::Query> = BTreeMap::new();
        for query in queries {
            let Some(first) = seen.insert(row_name(query), query) else {
                continue;
            };
            // Equal names have been reported where they were read.
            if first.name == query.name {
                continue;
            }
            let module = module_name(&query.location.file);
            let message = format!(
                "`{}` and `{}` would be the same function in the module `{}`",
                first.name,
                query.name,
                module.unraw()
            );
            let mut diagnostic = Diagnostic::error(Code::DuplicateName, message)
                .help("rename one of the queries, or one of the files");
            if let Some(span) = self.span(&first.location) {
                diagnostic = diagnostic.also(span, "the other one");
            }
            self.report(diagnostic, &query.location);
        }
    }

    fn query(&mut self, query: &ir::Query, scope: &mut Scope, items: &mut Vec<Item>) {
        // What the function takes and gives is declared below it.
        let mut structs = Vec::new();
        let function = Ident::value(&query.name);
        let parameters = self.parameters(query);
        let mut field_names = BTreeSet::new();
        let names: Vec<Ident> = parameters
            .iter()
            .map(|(p, _)| Ident::value(&p.name).unique(&mut field_names))
            .collect();
        let borrows = parameters.iter().any(|(_, ty)| ty.is_borrowed());
        let lifetime = if borrows { "'a " } else { "" };
        let spelled = parameters.iter().map(|(parameter, ty)| {
            types::optional(
                ty.argument(scope, lifetime),
                parameter.nullability.nullable,
                scope,
            )
        });
        let spelled: Vec<String> = spelled.collect();
        let typed = names.iter().cloned().zip(spelled);
        let (arguments, values) = if parameters.len() > QUERY_PARAMETER_LIMIT {
            let name = params_name(query);
            let fields = typed.map(|(name, ty)| Field {
                docs: DocComment::default(),
                name,
                ty,
            });
            structs.push(Item::Struct(Struct {
                docs: DocComment::markdown(format!("The parameters of {}.", link_to(&function))),
                derives: "Debug, Clone, Copy, PartialEq",
                name: name.clone(),
                borrows,
                fields: fields.collect(),
                from_row: None,
            }));
            let ty = format!("{name}{}", if borrows { "<'a>" } else { "" });
            let argument = Argument {
                name: Ident::value("params"),
                ty,
            };
            (
                vec![argument],
                names.iter().map(|name| format!("params.{name}")).collect(),
            )
        } else {
            let arguments: Vec<Argument> = typed.map(|(name, ty)| Argument { name, ty }).collect();
            let values = names.iter().map(Ident::to_string).collect();
            (arguments, values)
        };
        let row = if query.command.returns_rows() {
            self.row(query, scope, &mut structs)
        } else {
            None
        };
        let client = ["client", "db", "connection"].map(Ident::value);
        let client = client
            .into_iter()
            .find(|name| arguments.iter().all(|argument| argument.name != *name));
        let reference = if borrows { "&'a dyn " } else { "&dyn " };
        let type_constant =
            |parameter: &ir::Parameter| types::type_constant(&parameter.ty, &self.analysis.catalog);
        let constants: Vec<String> = query.parameters.iter().map(type_constant).collect();
        let type_path = if constants.is_empty() {
            String::new()
        } else {
            scope.import("tokio_postgres::types::Type")
        };
        let (handle, finish) = match query.command {
            ir::Command::One => ("One", "one"),
            ir::Command::Many => ("Many", "many"),
            ir::Command::Exec => ("Exec", "exec"),
            ir::Command::ExecRows => ("ExecRows", "exec_rows"),
        };
        items.push(Item::Query(Box::new(Query {
            docs: DocComment::new(&query.docs),
            constant: Ident::constant(&query.name),
            constant_type: scope.import("super::client::Query"),
            name: Literal::new(&query.name),
            sql: Literal::new(&query.sql),
            types: constants
                .iter()
                .map(|constant| format!("{type_path}::{constant}"))
                .collect(),
            function,
            borrows,
            client: Argument {
                name: client.expect("two arguments cannot take three names"),
                ty: format!("{reference}{}", scope.import("super::client::Client")),
            },
            arguments,
            handle: scope.import(&format!("super::client::{handle}")),
            finish,
            request: scope.import("super::client::Request"),
            row,
            values,
        })));
        items.append(&mut structs);
    }

    /// The row type of a query and the path of what decodes it; adds the row struct where it needs one of its own.
    fn row(
        &mut self,
        query: &ir::Query,
        scope: &mut Scope,
        items: &mut Vec<Item>,
    ) -> Option<(String, String)> {
        if let Some(table) = model_of(query, &self.analysis.catalog) {
            self.used_tables.insert(table.name.clone());
            let model = scope.import_model(&self.model_names[&table.name]);
            let decode = format!("{model}::from_row");
            return Some((model, decode));
        }
        let types = query
            .columns
            .iter()
            .map(|column| self.column_type(query, column));
        let types: Vec<Option<RustType>> = types.collect();
        let types: Vec<RustType> = types.into_iter().collect::<Option<_>>()?;
        if let ([column], [ty]) = (query.columns.as_slice(), types.as_slice()) {
            let spelled = types::optional(ty.owned(scope), column.nullability.nullable, scope);
            return Some((spelled, scope.import("super::client::scalar")));
        }
        let mut taken = BTreeSet::new();
        let fields = query.columns.iter().zip(&types).map(|(column, ty)| Field {
            docs: DocComment::default(),
            name: Ident::value(&column.name).unique(&mut taken),
            ty: types::optional(ty.owned(scope), column.nullability.nullable, scope),
        });
        let fields = fields.collect();
        let name = row_name(query);
        items.push(Item::Struct(Struct {
            docs: DocComment::markdown(format!(
                "A row of {}.",
                link_to(&Ident::value(&query.name))
            )),
            derives: "Debug, Clone, PartialEq",
            name: name.clone(),
            borrows: false,
            fields,
            from_row: Some(from_row("", scope)),
        }));
        Some((name.to_string(), format!("{name}::from_row")))
    }

    fn parameters<'q>(&mut self, query: &'q ir::Query) -> Vec<(&'q ir::Parameter, RustType)> {
        let mut typed = Vec::with_capacity(query.parameters.len());
        for parameter in &query.parameters {
            let ty = self.use_type(&parameter.ty);
            let catalog = &self.analysis.catalog;
            match ty.filter(|ty| types::can_be_sent(&parameter.ty, ty, catalog)) {
                Some(ty) => typed.push((parameter, ty)),
                None => self.unsupported(
                    &format!("parameter `{}` of `{}`", parameter.name, query.name),
                    &parameter.ty,
                    &format!("@{}::text::{}", parameter.name, parameter.ty),
                    &parameter.location,
                ),
            }
        }
        typed
    }

    fn column_type(&mut self, query: &ir::Query, column: &ir::Column) -> Option<RustType> {
        let found = self.use_type(&column.ty);
        if found.is_none() {
            let what = format!("column `{}` of `{}`", column.name, query.name);
            self.unsupported(
                &what,
                &column.ty,
                &format!("{}::text", column.name),
                &query.location,
            );
        }
        found
    }

    /// The Rust type of `ty`; notes what it needs.
    fn use_type(&mut self, ty: &ir::Type) -> Option<RustType> {
        let names = &self.enum_names;
        let rust = types::rust_type(ty, &self.analysis.catalog, &|name| names.get(name).cloned())?;
        self.dependencies.extend(rust.dependency());
        self.use_enums(ty);
        Some(rust)
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
        let diagnostic = Diagnostic::error(Code::UnsupportedType, message).help(format!(
            "cast it in the query to a type that has one, as in `{cast}`"
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

    fn models_module(&mut self) -> Option<Module> {
        let analysis = self.analysis;
        let used_tables = std::mem::take(&mut self.used_tables);
        let tables: Vec<&ir::Table> = analysis
            .catalog
            .tables
            .iter()
            .filter(|t| used_tables.contains(&t.name))
            .collect();
        // Types of models first: they may use enums that no query uses by itself.
        let mut models: Vec<(&ir::Table, Vec<RustType>)> = Vec::new();
        for table in tables {
            let mut types = Vec::new();
            for column in &table.columns {
                match self.use_type(&column.ty) {
                    Some(ty) => types.push(ty),
                    None => self.unsupported_in_model(table, column),
                }
            }
            models.push((table, types));
        }
        let model_names = models
            .iter()
            .map(|(table, _)| &self.model_names[&table.name]);
        let enums = self
            .used_enums
            .iter()
            .filter_map(|name| self.enum_names.get(name));
        let mut scope = Scope::new(model_names.chain(enums).map(Ident::to_string), None);
        let mut items = Vec::new();
        for enumeration in analysis
            .catalog
            .enums
            .iter()
            .filter(|e| self.used_enums.contains(&e.name))
        {
            items.push(Item::Enum(self.enumeration(enumeration, &scope)));
        }
        for (table, types) in &models {
            items.push(Item::Struct(self.model(table, types, &mut scope)));
        }
        (!items.is_empty()).then(|| Module {
            name: Ident::value("models"),
            uses: scope.uses(),
            items,
        })
    }

    fn unsupported_in_model(&mut self, table: &ir::Table, column: &ir::TableColumn) {
        // Reported where a query asks for it, since the table itself is fine.
        let analysis = self.analysis;
        let user = analysis
            .queries
            .iter()
            .find(|q| model_of(q, &analysis.catalog).is_some_and(|t| t.name == table.name));
        if let Some(query) = user {
            let what = format!("column `{}` of `{}`", column.name, query.name);
            self.unsupported(
                &what,
                &column.ty,
                &format!("{}::text", column.name),
                &query.location,
            );
        }
    }

    fn enumeration(&self, enumeration: &ir::Enum, scope: &Scope) -> Enum {
        let mut taken = BTreeSet::new();
        let variants = enumeration.labels.iter().map(|label| Variant {
            name: Ident::type_name(label).unique(&mut taken),
            label: Literal::new(label),
        });
        Enum {
            docs: docs_or(enumeration.comment.as_deref(), || {
                format!("The enum `{}`.", enumeration.name)
            }),
            name: self.enum_names[&enumeration.name].clone(),
            sql_name: Literal::new(&enumeration.name.name),
            variants: variants.collect(),
            result: scope.prelude("result::Result"),
        }
    }

    fn model(&self, table: &ir::Table, types: &[RustType], scope: &mut Scope) -> Struct {
        let mut taken = BTreeSet::new();
        let fields = table.columns.iter().zip(types).map(|(column, ty)| Field {
            docs: DocComment::new(column.comment.as_deref()),
            name: Ident::value(&column.name).unique(&mut taken),
            ty: types::optional(ty.owned(scope), column.nullability.nullable, scope),
        });
        let fields = fields.collect();
        Struct {
            docs: docs_or(table.comment.as_deref(), || {
                format!("A row of `{}`.", table.name)
            }),
            derives: "Debug, Clone, PartialEq",
            name: self.model_names[&table.name].clone(),
            borrows: false,
            fields,
            from_row: Some(from_row("pub(super) ", scope)),
        }
    }
}

fn from_row(visibility: &'static str, scope: &mut Scope) -> FromRow {
    FromRow {
        visibility,
        row: scope.import("tokio_postgres::Row"),
        result: scope.prelude("result::Result"),
    }
}

fn docs_or(comment: Option<&str>, otherwise: impl FnOnce() -> String) -> DocComment {
    let docs = DocComment::new(comment);
    if docs.is_empty() {
        DocComment::markdown(otherwise())
    } else {
        docs
    }
}

/// A link for rustdoc. The parentheses tell a function from a crate or primitive type of the same name.
fn link_to(function: &Ident) -> String {
    format!("[`{}()`]", function.unraw())
}

/// A type's name: with its schema in front where that is not `public`.
fn type_name(name: &ir::QualifiedName, singular: &str) -> Ident {
    match name.schema.as_str() {
        "public" => Ident::type_name(singular),
        schema => Ident::type_name(&format!("{schema}_{singular}")),
    }
}

fn row_name(query: &ir::Query) -> Ident {
    Ident::type_name(&format!("{}_row", query.name))
}

fn params_name(query: &ir::Query) -> Ident {
    Ident::type_name(&format!("{}_params", query.name))
}

/// The module of a query file, named after it.
fn module_name(file: &str) -> Ident {
    let name = file.rsplit('/').next().unwrap_or(file);
    let stem = name.strip_suffix(".sql").unwrap_or(name);
    let ident = Ident::value(stem);
    if RESERVED_MODULES.contains(&ident.unraw()) {
        Ident::value(&format!("{stem}_queries"))
    } else {
        ident
    }
}

/// The table whose rows a query returns, column for column, with the same nullability.
fn model_of<'c>(query: &ir::Query, catalog: &'c ir::Catalog) -> Option<&'c ir::Table> {
    let table = catalog.table(&query.columns.first()?.origin.as_ref()?.table)?;
    let same = |(column, model): (&ir::Column, &ir::TableColumn)| {
        let origin = column.origin.as_ref();
        column.name == model.name
            && origin
                .is_some_and(|origin| origin.table == table.name && origin.column == model.name)
            && column.nullability.nullable == model.nullability.nullable
    };
    let all = table.columns.len() == query.columns.len()
        && query.columns.iter().zip(&table.columns).all(same);
    (all && table.columns.len() > 1).then_some(table)
}
