//! The modules of query files: a function for each query, and the structs it takes and gives.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::{Code, Diagnostic};
use crate::inflect;
use crate::ir;

use super::derives;
use super::doc::DocComment;
use super::ident::Ident;
use super::items::{Argument, Field, Item, Module, Query, Struct};
use super::literal::Literal;
use super::overrides::Site;
use super::relations::{self, Given};
use super::scope::Scope;
use super::types::{self, RustType};
use super::{Lowering, from_row, model_of, read_column};

/// Module names that generated files of our own have.
const RESERVED_MODULES: &[&str] = &["client", "mod", "models"];

impl<'a> Lowering<'a> {
    pub(super) fn query_modules(&mut self) -> Vec<Module> {
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
        let own_types = queries
            .iter()
            .flat_map(|query| [row_name(query), params_name(query)]);
        self.part_names = own_types.collect();
        let constants = queries.iter().map(|query| Ident::constant(&query.name));
        self.constants = constants.collect();
        let declared = queries.iter().flat_map(|query| {
            let own = [
                Ident::value(&query.name),
                row_name(query),
                params_name(query),
            ];
            let parts = query.embeds.iter().map(|embed| part_name(query, embed));
            let related = relations::struct_names(&query.name, &query.relations);
            own.into_iter().chain(parts).chain(related)
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

    fn query(&mut self, query: &'a ir::Query, scope: &mut Scope, items: &mut Vec<Item>) {
        // What the function takes and gives is declared below it.
        let mut structs = Vec::new();
        let function = Ident::value(&query.name);
        let Inputs {
            arguments,
            values,
            places,
            borrows,
        } = self.inputs(query, scope, &mut structs);
        let mut taken: BTreeSet<_> = arguments
            .iter()
            .map(|argument| argument.name.clone())
            .collect();
        let mut candidates = ["client", "db", "connection"].map(Ident::value).into_iter();
        let client = candidates
            .find(|name| !taken.contains(name))
            .unwrap_or_else(|| Ident::value("client").unique(&mut taken));
        let reference = if borrows { "&'a dyn " } else { "&dyn " };
        let given = Given {
            arguments: arguments.clone(),
            places,
            constant: Ident::constant(&query.name),
            client: client.clone(),
            query: function.clone(),
        };
        let row = if query.command.returns_rows() {
            self.row(query, &given, scope, &mut structs)
        } else {
            None
        };
        let mut docs = DocComment::new(&query.docs);
        if !query.relations.is_empty() {
            docs = docs.and(relations::cost_lines(&query.relations));
        }
        let (handle, finish) = match (query.command, query.relations.is_empty()) {
            (ir::Command::One, true) => ("One", "one"),
            (ir::Command::One, false) => ("OneWith", "one_with"),
            (ir::Command::Many, true) => ("Many", "many"),
            (ir::Command::Many, false) => ("ManyWith", "many_with"),
            (ir::Command::Exec, _) => ("Exec", "exec"),
            (ir::Command::ExecRows, _) => ("ExecRows", "exec_rows"),
        };
        items.push(Item::Query(Box::new(Query {
            docs,
            constant: Ident::constant(&query.name),
            constant_type: scope.import("super::client::Query"),
            name: Literal::new(&query.name),
            sql: Literal::new(&query.sql),
            types: self.type_paths(query, scope),
            function,
            borrows,
            client: Argument {
                name: client,
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

    /// What a query's function takes; adds the struct of its parameters where they are many.
    fn inputs(
        &mut self,
        query: &'a ir::Query,
        scope: &mut Scope,
        structs: &mut Vec<Item>,
    ) -> Inputs {
        let (parameters, nullable): (Vec<_>, Vec<bool>) = self
            .all_parameters(query)
            .into_iter()
            .map(|(parameter, ty, nullable)| ((parameter, ty), nullable))
            .unzip();
        let mut field_names = BTreeSet::new();
        let names: Vec<Ident> = parameters
            .iter()
            .map(|(p, _)| Ident::value(&p.name).unique(&mut field_names))
            .collect();
        let borrows = parameters.iter().any(|(_, ty)| ty.is_borrowed());
        let lifetime = if borrows { "'a " } else { "" };
        let spelled = parameters.iter().zip(&nullable).map(|((_, ty), nullable)| {
            types::optional(ty.argument(scope, lifetime), *nullable, scope)
        });
        let spelled: Vec<String> = spelled.collect();
        let typed = names.iter().cloned().zip(spelled);
        let is_struct = parameters.len() > self.options.query_parameter_limit;
        let places = parameters.iter().zip(&names).enumerate();
        let places = places.map(|(index, ((parameter, _), name))| {
            let place = if is_struct {
                (0, Some(name.clone()))
            } else {
                (index, None)
            };
            (parameter.name.to_lowercase(), place)
        });
        let places = places.collect();
        // Those after the query's own are for its relations.
        let own = names.iter().take(query.parameters.len());
        if !is_struct {
            return Inputs {
                arguments: typed.map(|(name, ty)| Argument { name, ty }).collect(),
                values: own.map(Ident::to_string).collect(),
                places,
                borrows,
            };
        }
        let name = params_name(query);
        let fields = typed.map(|(name, ty)| Field {
            docs: DocComment::default(),
            name,
            ty,
        });
        let function = link_to(&Ident::value(&query.name));
        structs.push(Item::Struct(Struct {
            docs: DocComment::markdown(format!("The parameters of {function}.")),
            derives: derives::of_params(&parameters),
            name: name.clone(),
            borrows,
            fields: fields.collect(),
            from_row: None,
        }));
        Inputs {
            arguments: vec![Argument {
                name: Ident::value("params"),
                ty: format!("{name}{}", if borrows { "<'a>" } else { "" }),
            }],
            values: own.map(|name| format!("params.{name}")).collect(),
            places,
            borrows,
        }
    }

    /// The row type of a query and the path of what decodes it; adds the row struct where it needs one of its own.
    fn row(
        &mut self,
        query: &'a ir::Query,
        given: &Given,
        scope: &mut Scope,
        items: &mut Vec<Item>,
    ) -> Option<(String, String)> {
        if let Some(table) = model_of(query, &self.analysis.catalog, self.overrides) {
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
        let mut types: Vec<RustType> = types.into_iter().collect::<Option<_>>()?;
        if let ([column], [ty], [], []) = (
            query.columns.as_slice(),
            types.as_slice(),
            query.embeds.as_slice(),
            query.relations.as_slice(),
        ) {
            let spelled = types::optional(ty.owned(scope), column.nullability.nullable, scope);
            return Some((spelled, scope.import("super::client::scalar")));
        }
        let mut row = Fields::default();
        let mut parts = Vec::new();
        let mut index = 0;
        while let (Some(column), Some(ty)) = (query.columns.get(index), types.get(index)) {
            let mut embeds = query.embeds.iter();
            if let Some(embed) = embeds.find(|embed| embed.columns.start == index) {
                let types = &types[embed.columns.clone()];
                row.push(self.embedded(query, embed, types, scope, &mut parts));
                index = embed.columns.end;
            } else {
                row.push(plain_column(column, ty, index, scope));
                index += 1;
            }
        }
        let name = row_name(query);
        let docs = format!("A row of {}.", link_to(&Ident::value(&query.name)));
        let mut row = row.into_struct(name.clone(), docs, &types, scope);
        let decode = if query.relations.is_empty() {
            format!("{name}::from_row")
        } else {
            let passed = self.relations(query, &mut row, given, &mut types, scope, &mut parts);
            given.load(&name, &passed)
        };
        items.push(Item::Struct(row));
        items.append(&mut parts);
        Some((name.to_string(), decode))
    }

    /// The field of `sqlc.embed(…)`; adds its struct where it is no table's row.
    fn embedded(
        &mut self,
        query: &'a ir::Query,
        embed: &ir::Embed,
        types: &[RustType],
        scope: &mut Scope,
        items: &mut Vec<Item>,
    ) -> (String, String, String) {
        let analysis = self.analysis;
        let start = embed.columns.start;
        let table = embed.table.as_ref();
        // What the query says of a column is not what the table's model has.
        let is_told = |column| self.overrides.is_told_by_query(query, column);
        let table = table.filter(|_| !query.columns[embed.columns.clone()].iter().any(is_told));
        let Some(table) = table.and_then(|table| analysis.catalog.table(table)) else {
            let name = part_name(query, embed).unique(&mut self.part_names);
            let mut part = Fields::default();
            for (index, ty) in embed.columns.clone().zip(types) {
                part.push(plain_column(&query.columns[index], ty, index, scope));
            }
            let function = link_to(&Ident::value(&query.name));
            let docs = format!("`{}` in a row of {function}.", embed.name);
            items.push(Item::Struct(part.into_struct(
                name.clone(),
                docs,
                types,
                scope,
            )));
            let value = format!("{name}::from_row(row)?");
            return (embed.name.clone(), name.to_string(), value);
        };
        self.embedded_tables.insert(table.name.clone());
        let model = scope.import_model(&self.model_names[&table.name]);
        // A table's own name is a plural of rows, and this is one.
        let field = if embed.name == table.name.name && !embed.renamed {
            inflect::singular(&embed.name)
        } else {
            embed.name.clone()
        };
        let whole = format!("{model}::from_columns(row, {start})");
        let is_never_null = |column: &ir::TableColumn| !column.nullability.nullable;
        let proof = table.columns.iter().position(is_never_null);
        let Some(proof) = proof.filter(|_| embed.nullability.nullable) else {
            return (field, model, format!("{whole}?"));
        };
        let key = types::optional(types[proof].owned(scope), true, scope);
        let value = format!(
            "match row.try_get::<_, {key}>({})? {{ Some(_) => Some({whole}?), None => None }}",
            start + proof
        );
        (field, types::optional(model, true, scope), value)
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
}

/// What the function of a query takes.
struct Inputs {
    arguments: Vec<Argument>,
    /// One expression per placeholder of the query's own.
    values: Vec<String>,
    /// By a parameter's name in lower case: which argument holds it, and the field in that.
    places: BTreeMap<String, (usize, Option<Ident>)>,
    /// Whether an argument borrows.
    borrows: bool,
}

/// The fields of a struct while they are collected: name, type, and the expression that reads it.
#[derive(Default)]
struct Fields {
    taken: BTreeSet<Ident>,
    list: Vec<Field>,
    values: Vec<String>,
}

impl Fields {
    fn push(&mut self, (name, ty, value): (String, String, String)) {
        self.list.push(Field {
            docs: DocComment::default(),
            name: Ident::value(&name).unique(&mut self.taken),
            ty,
        });
        self.values.push(value);
    }

    /// `types` are those of all columns in it, the embedded ones included.
    fn into_struct(
        self,
        name: Ident,
        docs: String,
        types: &[RustType],
        scope: &mut Scope,
    ) -> Struct {
        Struct {
            docs: DocComment::markdown(docs),
            derives: derives::of_row(types),
            name,
            borrows: false,
            fields: self.list,
            from_row: Some(from_row("", self.values, scope)),
        }
    }
}

fn plain_column(
    column: &ir::Column,
    ty: &RustType,
    index: usize,
    scope: &mut Scope,
) -> (String, String, String) {
    let ty = types::optional(ty.owned(scope), column.nullability.nullable, scope);
    (column.name.clone(), ty, read_column(index))
}

/// A link for rustdoc. The parentheses tell a function from a crate or primitive type of the same name.
pub(super) fn link_to(function: &Ident) -> String {
    format!("[`{}()`]", function.unraw())
}

fn row_name(query: &ir::Query) -> Ident {
    Ident::type_name(&format!("{}_row", query.name))
}

/// The struct of an embed that is no table's row.
fn part_name(query: &ir::Query, embed: &ir::Embed) -> Ident {
    Ident::type_name(&format!("{}_{}_part", query.name, embed.name))
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
