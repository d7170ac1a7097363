//! The modules of query files: a function for each query, and the structs it takes and gives.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::{Code, Diagnostic};
use crate::ir;
use crate::parallel;

use super::bulk;
use super::derives::{Attributes, Member, Wrapped, values};
use super::doc::{DocComment, code};
use super::dynamic;
use super::fields::Fields;
use super::ident::Ident;
use super::inputs::Inputs;
use super::items::{Argument, Form, Item, Module, Query, Value};
use super::literal::Literal;
use super::loaders::{self, KeyedField, KeyedRow};
use super::names::{Called, Named};
use super::overrides::Site;
use super::params;
use super::relations::{self, Given};
use super::rows::RowName;
use super::scope::Scope;
use super::single;
use super::types::{self, RustType};
use super::{Lowering, from_record};

/// Module names that generated files of our own have.
const RESERVED_MODULES: &[&str] = &["client", "mod", "models", "types"];

impl<'a> Lowering<'a> {
    pub(super) fn query_modules(&mut self) -> Vec<Module> {
        let mut by_module: BTreeMap<Ident, Vec<&'a ir::Query>> = BTreeMap::new();
        for query in &self.analysis.queries {
            by_module
                .entry(self.module_name(&query.location.file))
                .or_default()
                .push(query);
        }
        self.name_rows(&by_module);
        let by_module: Vec<_> = by_module.into_iter().collect();
        let lowered = parallel::map(&by_module, |(name, queries)| {
            let mut lowering = self.beside();
            let module = lowering.query_module(name.clone(), queries);
            for row in &mut lowering.needs.rows {
                row.module = module.name.to_string();
            }
            (module, lowering.needs, lowering.diagnostics)
        });
        let lowered = lowered.into_iter();
        let modules = lowered.map(|(module, needs, diagnostics)| {
            self.needs.extend(needs);
            self.diagnostics.extend(diagnostics);
            module
        });
        modules.collect()
    }

    fn query_module(&mut self, name: Ident, queries: &[&'a ir::Query]) -> Module {
        let queries = queries.iter();
        let queries: Vec<_> = queries
            .map(|&query| (query, self.names.called(query)))
            .collect();
        self.check_names(&queries);
        let own_types = queries.iter().flat_map(|(_, called)| called.own_types());
        let named = queries.iter();
        let named = named.filter_map(|(query, _)| self.declares_row(query));
        self.part_names = own_types.cloned().chain(named).collect();
        let constants = queries.iter().map(|(_, called)| called.constant.clone());
        self.constants = constants.collect();
        let functions = queries.iter().map(|(_, called)| &called.function);
        let others = queries.iter().flat_map(|(query, called)| {
            let parts = query.embeds.iter().map(|embed| called.part(embed));
            parts.chain(relations::struct_names(called.name, &query.relations))
        });
        let declared = functions.chain(&self.part_names).map(Ident::to_string);
        let declared = declared.chain(others.map(|name| name.to_string()));
        let params = queries
            .iter()
            .filter_map(|(query, _)| query.params.as_ref());
        let declared =
            declared.chain(params.map(|named| Ident::chosen_type(&named.name).to_string()));
        let mut scope = Scope::new(declared, Some("super::models"));
        let mut items = Vec::new();
        for (query, called) in &queries {
            self.query(query, called, &mut scope, &mut items);
        }
        self.check_row_names(&items);
        if std::mem::take(&mut self.needs.reads_present) {
            items.push(Item::Present(params::present()));
        }
        Module {
            name,
            uses: scope.uses(),
            items,
        }
    }

    /// The module of a query file, named after it.
    fn module_name(&self, file: &str) -> Ident {
        let name = file.rsplit('/').next().unwrap_or(file);
        let stem = name.strip_suffix(".sql").unwrap_or(name);
        let ident = Ident::value(stem);
        let has_loaders = !self.analysis.loaders.is_empty();
        if RESERVED_MODULES.contains(&ident.unraw())
            || has_loaders && ident.as_str() == loaders::MODULE
        {
            Ident::value(&format!("{stem}_queries"))
        } else {
            ident
        }
    }

    /// Reports queries of one module that would share names: those of files that become the same module, which
    /// `syntax` has no reason to compare.
    fn check_names(&mut self, queries: &[(&ir::Query, Called<'_>)]) {
        let mut seen: BTreeMap<&Ident, &ir::Query> = BTreeMap::new();
        for (query, called) in queries {
            let Some(first) = seen.insert(&called.row, query) else {
                continue;
            };
            // Equal names have been reported where they were read.
            if first.name == query.name {
                continue;
            }
            self.report_same(first, query, "");
        }
        for (copying, called) in queries.iter().filter(|(query, _)| bulk::is_copy(query)) {
            let function = bulk::stream_function(&called.function);
            let mut others = queries.iter();
            if let Some((query, _)) = others.find(|(_, called)| called.function == function) {
                self.report_same(copying, query, " for a stream");
            }
        }
    }

    /// Reports that `query` would be the same function as `first`, or as the one of its two that `which` says.
    fn report_same(&mut self, first: &ir::Query, query: &ir::Query, which: &str) {
        let module = self.module_name(&query.location.file);
        let message = format!(
            "`{}`{which} and `{}` would be the same function in the module `{}`",
            first.name,
            query.name,
            module.unraw()
        );
        let mut diagnostic = Diagnostic::error(Code::DuplicateName, message).help(format!(
            "rename one of the queries or files, or choose another name in the configuration:\n\
                 rename:\n  query {}: another_name",
            query.name
        ));
        if let Some(span) = self.span(&first.location) {
            diagnostic = diagnostic.also(span, "the other one");
        }
        self.report(diagnostic, &query.location);
    }

    #[expect(clippy::too_many_lines, reason = "one step after the other")]
    fn query(
        &mut self,
        query: &'a ir::Query,
        called: &Called<'a>,
        scope: &mut Scope,
        items: &mut Vec<Item>,
    ) {
        // What the function takes and gives is declared below it.
        let mut structs = Vec::new();
        let form = self.form(query, scope);
        let is_single = matches!(form, Form::Single);
        let Inputs {
            arguments,
            values,
            places,
            borrows,
            lines,
            choices,
            copying,
        } = self.inputs(query, called, &form, scope, &mut structs);
        let mut taken: BTreeSet<_> = arguments
            .iter()
            .map(|argument| argument.name.clone())
            .collect();
        let mut candidates = ["client", "db", "connection"].map(Ident::value).into_iter();
        let client = candidates
            .find(|name| !taken.contains(name))
            .unwrap_or_else(|| Ident::value("client").unique(&mut taken));
        let given = Given {
            arguments: arguments.clone(),
            places,
            constant: called.constant.clone(),
            client: client.clone(),
            query: called.function.clone(),
        };
        let row = if query.command.returns_rows() {
            self.row(query, called, &given, scope, &mut structs)
        } else {
            None
        };
        let row = row.map(|(ty, decode)| (ty, unhidden(decode, &taken)));
        // What takes many keeps a reference to them.
        let borrows = borrows || !is_single;
        let reference = if borrows { "&'a dyn " } else { "&dyn " };
        let (handle, finish) = dynamic::handle(query)
            .or_else(|| single::handle(query))
            .unwrap_or_else(|| bulk::handle(query));
        let has_pages = choices
            .as_ref()
            .is_some_and(|choices| choices.pages.is_some());
        let request = match form {
            Form::Single if has_pages => "PageRequest",
            Form::Single => "Request",
            Form::Rows { .. } => "RowsRequest",
            Form::Batch => "BatchRequest",
            Form::Copy { .. } => handle,
        };
        let row = row.map(|(row, decode)| match query.command {
            ir::Command::BatchMany => (format!("{}<{row}>", scope.prelude("vec::Vec")), decode),
            _ => (row, decode),
        });
        let mut docs = DocComment::new(&query.docs);
        if !query.relations.is_empty() {
            docs = docs.and(single::cost_lines(query));
        }
        if !lines.is_empty() {
            docs = docs.and(lines);
        }
        self.needs.has_patterns |= !query.patterns.is_empty();
        if let Some(choices) = &choices {
            self.needs.dynamic.queries = true;
            self.needs.dynamic.orders |= choices.order.is_some();
            self.needs.dynamic.pages |= has_pages;
            self.needs.dynamic.totals |= handle == "ManyCounted";
            self.needs.dynamic.assignments |= choices.has_assignments();
        }
        structs.extend(dynamic::orders(self, query, called, scope));
        let constant_type = match choices {
            Some(_) => scope.import("super::client::DynamicQuery"),
            None => scope.import("super::client::Query"),
        };
        let statement = single::statement(query);
        items.push(Item::Query(Box::new(Query {
            docs,
            constant: called.constant.clone(),
            constant_type,
            name: Literal::new(&query.name),
            sql: Literal::new(single::text(query, self.options.client)),
            types: self.type_paths(&statement, scope),
            user_types: self.user_types(&statement, scope),
            signature: Literal::new(bulk::signature(&statement, &self.analysis.catalog)),
            function: called.function.clone(),
            is_strict: self.options.client.strict_one
                && matches!(query.command, ir::Command::One | ir::Command::BatchOne),
            borrows,
            client: Argument {
                name: client,
                ty: format!("{reference}{}", scope.import("super::client::Client")),
            },
            arguments,
            handle: scope.import(&format!("super::client::{handle}")),
            finish,
            request: scope.import(&format!("super::client::{request}")),
            row,
            values,
            form,
            choices,
            copying,
        })));
        items.append(&mut structs);
    }

    /// The row type of a query and the path of what decodes it; adds the row struct where it needs one of its own.
    fn row(
        &mut self,
        query: &'a ir::Query,
        called: &Called<'a>,
        given: &Given,
        scope: &mut Scope,
        items: &mut Vec<Item>,
    ) -> Option<(String, String)> {
        if let Some(table) = self.model_of_rows(query) {
            self.needs.tables.insert(table.name.clone());
            let model = scope.import_model(&self.schema.models[&table.name]);
            let decode = format!("{model}::from_row");
            return Some((model, decode));
        }
        let types = query
            .columns
            .iter()
            .map(|column| self.column_type(query, column));
        let types: Vec<Option<RustType>> = types.collect();
        let types: Vec<RustType> = types.into_iter().collect::<Option<_>>()?;
        if let ([_], [ty], [], []) = (
            query.columns.as_slice(),
            types.as_slice(),
            query.embeds.as_slice(),
            query.relations.as_slice(),
        ) {
            self.report_only_value(query);
            let decode = if ty.is_coded() {
                let read = ty.read("0", scope);
                format!("|row| {}", read.trim_end_matches('?'))
            } else {
                scope.import("super::client::scalar")
            };
            return Some((ty.owned(scope), decode));
        }
        let named = match self.row_name(query, &types, scope) {
            Some(RowName::Shared(name)) => {
                let decode = format!("{name}::from_row");
                return Some((name, decode));
            }
            Some(RowName::Own(name, docs)) => Some((name, docs)),
            None => None,
        };
        let mut row = Fields::default();
        let mut parts = Vec::new();
        let mut shown = Vec::new();
        let mut index = 0;
        while let (Some(column), Some(ty)) = (query.columns.get(index), types.get(index)) {
            let mut embeds = query.embeds.iter();
            if let Some(embed) = embeds.find(|embed| embed.columns.start == index) {
                let types = &types[embed.columns.clone()];
                let (member, field) = self.embedded(query, called, embed, types, scope, &mut parts);
                row.push(member, field);
                index = embed.columns.end;
            } else {
                let name = self.names.result_column(query, column);
                let nullable = column.nullability.nullable;
                shown.push((row.names.len(), column, ty.clone()));
                row.push_column(&column.name, name, nullable, ty, index, scope);
                index += 1;
            }
        }
        let mut members = std::mem::take(&mut row.members);
        let macros: &[&str] = if query.relations.is_empty() {
            &["from_row"]
        } else {
            &[]
        };
        let (name, docs) = named.unwrap_or_else(|| {
            let docs = format!("A row of {}.", link_to(&called.function));
            (called.row.clone(), docs)
        });
        let mut row = row.into_struct(macros, name.clone(), docs, Attributes::default(), scope);
        let fields = shown
            .iter()
            .filter_map(|(field, column, ty)| KeyedField::of(column, &row.fields[*field].name, ty));
        let fields = fields.collect();
        self.needs.rows.push(KeyedRow::new(&name, fields));
        let decode = if query.relations.is_empty() {
            format!("{name}::from_row")
        } else {
            if query.single.is_some() {
                let values = types.iter().map(|ty| ty.read_next(scope)).collect();
                row.from_record = Some(from_record(values, scope));
                row.from_row = None;
            }
            self.relations(query, &mut row, given, &mut members, scope, &mut parts)
        };
        row.attributes = self.derives_of_row(&name, &members);
        items.push(Item::Struct(row));
        items.append(&mut parts);
        Some((name.to_string(), decode))
    }

    /// The field of `sqlc.embed(…)`; adds its struct where it is no table's row.
    fn embedded(
        &mut self,
        query: &'a ir::Query,
        called: &Called<'a>,
        embed: &ir::Embed,
        types: &[RustType],
        scope: &mut Scope,
        items: &mut Vec<Item>,
    ) -> (Member, (Named, String, Value)) {
        let analysis = self.analysis;
        let start = embed.columns.start;
        let table = embed.table.as_ref();
        // What the query says of a column is not what the table's model has.
        let is_told = |column| self.overrides.is_told_by_query(query, column);
        let table = table.filter(|_| !query.columns[embed.columns.clone()].iter().any(is_told));
        let table = table.and_then(|table| analysis.catalog.table(table));
        let (name, field, ty, whole) = if let Some(table) = table {
            self.needs.embedded_tables.insert(table.name.clone());
            let name = self.schema.models[&table.name].clone();
            let model = scope.import_model(&name);
            // A table's own name is a plural of rows, and this is one.
            let field = if embed.name == table.name.name && !embed.renamed {
                self.names.singular(&embed.name)
            } else {
                embed.name.clone()
            };
            let whole = format!("{model}::from_columns(row, {start})");
            (name, field, model, whole)
        } else {
            let name = called.part(embed).unique_type(&mut self.part_names);
            let mut part = Fields::default();
            let columns = embed.columns.clone().zip(&embed.nullable_columns);
            for (place, ((index, nullable), ty)) in columns.zip(types).enumerate() {
                let column = &query.columns[index];
                // `author.name` is the field `name` of `author`.
                let own = column
                    .name
                    .split_once('.')
                    .filter(|(group, _)| *group == embed.name);
                let column = match own.filter(|_| embed.renamed) {
                    Some((_, own)) => &ir::Column {
                        name: own.to_owned(),
                        ..column.clone()
                    },
                    None => column,
                };
                let name = self.names.result_column(query, column);
                part.push_column(&column.name, name, *nullable, ty, place, scope);
            }
            let function = link_to(&called.function);
            let docs = format!("{} in a row of {function}.", code(&embed.name));
            let derives = self.derives_of_row(&name, &part.members);
            let part = part.into_struct(&["from_columns"], name.clone(), docs, derives, scope);
            self.needs.has_parts = true;
            items.push(Item::Struct(part));
            let whole = format!("{name}::from_columns(row, {start})");
            let ty = name.to_string();
            (name, embed.name.clone(), ty, whole)
        };
        let member = |wrapped| {
            let columns = query.columns[embed.columns.clone()].iter().zip(types);
            Member::Struct {
                field: embed.name.clone(),
                name: name.unraw().to_owned(),
                wrapped,
                members: values(columns.map(|(column, ty)| (column.name.as_str(), ty))),
            }
        };
        // A column that is NULL only where the row is missing.
        let proof = embed.nullable_columns.iter().position(|nullable| !nullable);
        let Some(proof) = proof.filter(|_| embed.nullability.nullable) else {
            return (
                member(Wrapped::Plain),
                (
                    Named::value(&field),
                    ty,
                    Value::Expression(format!("{whole}?")),
                ),
            );
        };
        let key = types[proof].clone().or_null(true);
        let place = start + proof;
        let read = if key.is_coded() {
            key.read(&place.to_string(), scope)
                .replace(", _>", &format!(", {}>", key.owned(scope)))
        } else {
            format!("row.try_get::<{}>({place})?", key.owned(scope))
        };
        let value = format!("match {read} {{ Some(_) => Some({whole}?), None => None }}");
        let ty = types::optional(&ty, scope);
        (
            member(Wrapped::Option),
            (Named::value(&field), ty, Value::Expression(value)),
        )
    }

    pub(super) fn parameters(
        &mut self,
        query: &'a ir::Query,
    ) -> Vec<(&'a ir::Parameter, RustType)> {
        let parameters = query.parameters.iter();
        parameters
            .filter_map(|parameter| Some((parameter, self.parameter_type(query, parameter)?)))
            .collect()
    }

    pub(super) fn column_type(
        &mut self,
        query: &'a ir::Query,
        column: &'a ir::Column,
    ) -> Option<RustType> {
        let found = self.use_type(Site::ResultColumn(query, column));
        if let Err(unsupported) = &found {
            let origin = column.origin.as_ref();
            let is_own = origin.is_some_and(|origin| origin.column == column.name);
            self.unsupported_column(
                query,
                &column.name,
                is_own,
                &column.ty,
                column.location.as_ref(),
                unsupported,
            );
        }
        found.ok()
    }
}

/// The path of a function of the client, where an argument of its name hides it.
fn unhidden(decode: String, arguments: &BTreeSet<Ident>) -> String {
    if arguments.iter().any(|name| name.as_str() == decode) {
        format!("super::client::{decode}")
    } else {
        decode
    }
}

/// A link for rustdoc. The parentheses tell a function from a crate or primitive type of the same name.
pub(super) fn link_to(function: &Ident) -> String {
    format!("[`{}()`]", function.unraw())
}
