//! The functions that load relations for any rows: a module per table, with a trait for each of its keys.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::{Code, Diagnostic};
use crate::ir::{self, Cardinality, QualifiedName};

use super::Lowering;
use super::bulk;
use super::doc::{DocComment, code};
use super::ident::Ident;
use super::items::{self, Item, Module};
use super::literal::Literal;
use super::names::settled;
use super::overrides::Site;
use super::scope::Scope;
use super::types::{self, RustType};

/// The module that holds those of the tables.
pub(super) const MODULE: &str = "relations";

/// A struct of rows, and which columns of tables its fields show.
#[derive(Debug)]
pub(super) struct KeyedRow {
    /// The module that it is in.
    pub(super) module: String,
    pub(super) name: Ident,
    pub(super) fields: Vec<KeyedField>,
}

#[derive(Debug)]
pub(super) struct KeyedField {
    pub(super) table: QualifiedName,
    pub(super) column: String,
    /// Which row of the table it is of.
    pub(super) row: usize,
    pub(super) name: Ident,
    pub(super) ty: RustType,
}

impl KeyedRow {
    /// A struct of the module at hand, which names itself when it is whole.
    pub(super) fn new(name: &Ident, fields: Vec<KeyedField>) -> Self {
        Self {
            module: String::new(),
            name: name.clone(),
            fields,
        }
    }
}

impl KeyedField {
    /// The field of a result column; `None` where that shows no table's.
    pub(super) fn of(column: &ir::Column, name: &Ident, ty: &RustType) -> Option<Self> {
        let origin = column.origin.as_ref()?;
        Some(Self {
            table: origin.table.clone(),
            column: origin.column.clone(),
            row: column.row,
            name: name.clone(),
            ty: ty.clone().with_null(column.nullability.nullable),
        })
    }
}

/// The columns of a table by which some of its relations are loaded.
struct Key<'a> {
    table: &'a ir::Table,
    columns: &'a [String],
    /// Of the columns, where they are not NULL.
    types: Vec<RustType>,
    name: Ident,
    /// Whether every row must have it, since a relation then always has a row.
    required: bool,
}

impl<'a> Lowering<'a> {
    pub(super) fn loader_modules(&mut self) -> Vec<Module> {
        let mut by_table: BTreeMap<&QualifiedName, Vec<&'a ir::Loader>> = BTreeMap::new();
        for loader in &self.analysis.loaders {
            by_table.entry(&loader.table).or_default().push(loader);
        }
        let mut taken = BTreeSet::new();
        let tables = by_table.into_iter();
        let mut modules: Vec<Module> = tables
            .filter_map(|(table, loaders)| {
                let table = self.analysis.catalog.table(table)?;
                let name = module_name(&table.name).unique(&mut taken);
                Some(self.loader_module(name, table, &loaders))
            })
            .collect();
        modules.sort_by(|a, b| a.name.unraw().cmp(b.name.unraw()));
        modules
    }

    fn loader_module(
        &mut self,
        name: Ident,
        table: &'a ir::Table,
        loaders: &[&'a ir::Loader],
    ) -> Module {
        let mut functions = BTreeSet::new();
        let mut constants = BTreeSet::new();
        let named: Vec<(Ident, Ident)> = loaders
            .iter()
            .map(|loader| {
                let (verb, constant) = match loader.cardinality {
                    Cardinality::Count => ("count", format!("{}_count", loader.name)),
                    _ => ("load", loader.name.clone()),
                };
                let function = Ident::value(&format!("{verb}_{}", loader.name));
                (
                    function.unique(&mut functions),
                    Ident::constant(&constant).unique(&mut constants),
                )
            })
            .collect();
        let keys = self.keys(table, loaders);
        // `R` are the rows that functions take.
        let declared = keys.iter().map(|key| key.name.to_string());
        let declared = declared.chain(["R".to_owned()]);
        let mut scope = Scope::new(declared, Some("super::models")).nested();
        let mut items = Vec::new();
        for key in &keys {
            items.push(self.key(key, &mut scope));
        }
        for (loader, (function, constant)) in loaders.iter().zip(named) {
            let Some(key) = keys.iter().find(|key| key.columns == loader.key) else {
                continue;
            };
            items.extend(self.loader(loader, key, function, constant, &mut scope));
        }
        Module {
            name,
            uses: scope.uses(),
            items,
        }
    }

    /// The keys by which a table's relations are loaded. Those whose types cannot be compared are reported.
    fn keys(&mut self, table: &'a ir::Table, loaders: &[&'a ir::Loader]) -> Vec<Key<'a>> {
        let mut keys: Vec<Key<'a>> = Vec::new();
        let mut names = BTreeSet::new();
        for loader in loaders {
            let required = loader.cardinality == Cardinality::One;
            if let Some(known) = keys.iter_mut().find(|key| key.columns == loader.key) {
                known.required |= required;
                continue;
            }
            let columns = loader.key.iter();
            let types = columns.map(|name| self.key_type(table, name, loader));
            let types: Vec<Option<RustType>> = types.collect();
            let Some(types) = types.into_iter().collect() else {
                continue;
            };
            let name = Ident::type_name(&format!("has_{}", loader.key.join("_and_")));
            keys.push(Key {
                table,
                columns: &loader.key,
                types,
                name: name.unique_type(&mut names),
                required,
            });
        }
        keys
    }

    fn key_type(
        &mut self,
        table: &'a ir::Table,
        name: &str,
        loader: &ir::Loader,
    ) -> Option<RustType> {
        let column = table.columns.iter().find(|column| column.name == name)?;
        let found = self.use_type(Site::TableColumn(table, column));
        let Ok(ty) = found else {
            let message = format!(
                "`{}.{name}`, a `{}`, has no Rust type: nothing can be loaded by it",
                table.name, column.ty
            );
            self.refuse_loader(loader, message, "choose one under `overrides`");
            return None;
        };
        let ty = ty.with_null(false);
        let needed = ["Clone", "Eq", "Hash"];
        let missing = needed
            .iter()
            .find(|needed| !self.owned_implements(&ty, needed));
        if let Some(missing) = missing {
            let message = format!(
                "`{}` of `{}` cannot be loaded by `{name}`: its type `{}` does not implement `{missing}`",
                loader.name,
                table.name,
                ty.shown()
            );
            let help = if ty.is_custom() {
                "if it does, say so where it is chosen: `implements: [Debug, Clone, PartialEq, Eq, Hash]`"
            } else {
                "hide the relation under `relations`, or list the `loaders` that are needed"
            };
            self.refuse_loader(loader, message, help);
            return None;
        }
        Some(ty)
    }

    /// Reports why there can be no loader, where loaders are asked for.
    fn refuse_loader(&mut self, loader: &ir::Loader, message: String, help: &str) {
        let (schema, table) = (&loader.table.schema, &loader.table.name);
        let Some(place) = self.options.loaders.place(schema, table, &loader.name) else {
            return;
        };
        self.diagnostics.push(
            Diagnostic::error(Code::UnsupportedType, message)
                .at(place.span(), "")
                .help(help),
        );
    }

    /// The trait of a key, which models, rows of queries and the key itself implement.
    fn key(&mut self, key: &Key<'a>, scope: &mut Scope) -> Item {
        let spelled: Vec<String> = key.types.iter().map(|ty| ty.owned(scope)).collect();
        let ty = match spelled.as_slice() {
            [only] => only.clone(),
            several => format!("({})", several.join(", ")),
        };
        let copied = key.types.iter().all(|ty| !ty.is_borrowed());
        let own = if copied { "*self" } else { "self.clone()" };
        let mut rows = vec![(ty.clone(), some(own, key.required))];
        let fields = self.model_fields(key);
        if let Some(value) = value_of(key, &fields) {
            let model = self.schema.models[&key.table.name].clone();
            // Of tables whose rows no query gives there is no model.
            if self.needs.tables.contains(&key.table.name)
                || self.needs.embedded_tables.contains(&key.table.name)
                || self.is_target(&key.table.name)
            {
                rows.push((scope.import_model(&model), value));
            }
        }
        for row in &self.needs.rows {
            if let Some(value) = value_of(key, &row.fields) {
                let path = format!("super::{}::{}", row.module, row.name);
                rows.push((scope.import(&path), value));
            }
        }
        let columns: Vec<String> = key.columns.iter().map(|column| code(column)).collect();
        let table = code(&key.table.name.to_string());
        let columns = columns.join(" and ");
        let docs = if key.required {
            format!("Rows that have {columns} of {table}, or the key itself.")
        } else {
            format!("Rows that may have {columns} of {table}, or the key itself.")
        };
        Item::Key(items::Key {
            docs: DocComment::markdown(docs),
            name: key.name.clone(),
            returns: if key.required {
                ty
            } else {
                types::optional(&ty, scope)
            },
            option: (!key.required).then(|| scope.prelude("option::Option")),
            rows,
        })
    }

    /// Whether some loader gives rows of the table.
    fn is_target(&self, table: &QualifiedName) -> bool {
        let mut loaders = self.analysis.loaders.iter();
        loaders.any(|loader| loader.target == *table && loader.cardinality != Cardinality::Count)
    }

    /// The fields of a table's model.
    fn model_fields(&mut self, key: &Key<'a>) -> Vec<KeyedField> {
        let table = key.table;
        let columns = table.columns.iter();
        let names = columns.map(|column| self.names.column(&table.name, &column.name));
        let names = settled(&names.collect::<Vec<_>>());
        let columns = table.columns.iter().zip(names);
        let in_key = columns.filter(|(column, _)| key.columns.contains(&column.name));
        let fields = in_key.filter_map(|(column, name)| {
            Some(KeyedField {
                table: table.name.clone(),
                column: column.name.clone(),
                row: 0,
                name,
                ty: self.use_type(Site::TableColumn(table, column)).ok()?,
            })
        });
        fields.collect()
    }

    fn loader(
        &mut self,
        loader: &'a ir::Loader,
        key: &Key<'a>,
        function: Ident,
        constant: Ident,
        scope: &mut Scope,
    ) -> Option<Item> {
        let decode = match loader.cardinality {
            Cardinality::Count => None,
            _ => Some(self.target(loader, scope)?),
        };
        let statement = &loader.statement;
        let single = key.types.len() == 1;
        let values = key.types.iter().enumerate().map(|(index, ty)| {
            let value = match (single, ty.is_borrowed()) {
                (true, false) => "*key".to_owned(),
                (true, true) => "key.clone()".to_owned(),
                (false, false) => format!("key.{index}"),
                (false, true) => format!("key.{index}.clone()"),
            };
            ty.send(value, scope)
        });
        let values = values.collect();
        let places = key.types.iter().zip(&loader.statement_key);
        let reads: Vec<String> = places
            .map(|(ty, place)| ty.read(&place.to_string(), scope))
            .collect();
        let read_key = match reads.as_slice() {
            [only] => format!("|row| {}", only.trim_end_matches('?')),
            several => format!("|row| Ok(({}))", several.join(", ")),
        };
        let row = decode.as_deref().unwrap_or("i64");
        let decode = format!("{row}::from_row");
        let (item, finish) = match loader.cardinality {
            Cardinality::One => (row.to_owned(), format!("one({read_key}, {decode})")),
            Cardinality::Optional => (
                types::optional(row, scope),
                format!("optional({read_key}, {decode})"),
            ),
            Cardinality::Many => (
                format!("{}<{row}>", scope.prelude("vec::Vec")),
                format!("many({read_key}, {decode})"),
            ),
            Cardinality::Count => ("i64".to_owned(), format!("count({read_key})")),
        };
        Some(Item::Loader(Box::new(items::Loader {
            docs: DocComment::markdown(docs(loader, &self.analysis.catalog)),
            constant,
            query_type: scope.import("super::client::Query"),
            name: Literal::new(&statement.name),
            sql: Literal::new(&statement.sql),
            types: self.type_paths(statement, scope),
            user_types: self.user_types(statement, scope),
            signature: Literal::new(bulk::signature(statement, &self.analysis.catalog)),
            function,
            key: key.name.clone(),
            key_of_row: if key.required {
                "Some(row.key())"
            } else {
                "row.key()"
            },
            item,
            client_type: scope.import("super::client::Client"),
            error_type: scope.import("super::client::Error"),
            request: scope.import("super::client::Loader"),
            result: scope.prelude("result::Result"),
            vec: scope.prelude("vec::Vec"),
            values,
            finish,
        })))
    }

    /// The model of the rows that a loader gives; reports where there can be none.
    fn target(&mut self, loader: &'a ir::Loader, scope: &mut Scope) -> Option<String> {
        let table = self.analysis.catalog.table(&loader.target)?;
        for column in &table.columns {
            let found = self.use_type(Site::TableColumn(table, column));
            let trouble = match &found {
                Err(_) => format!("a `{}`, has no Rust type", column.ty),
                Ok(ty) if !self.owned_implements(ty, "Clone") => {
                    format!("a `{}`, cannot be copied", ty.shown())
                }
                Ok(_) => continue,
            };
            let message = format!(
                "`{}` of `{}` cannot be loaded: `{}.{}`, {trouble}",
                loader.name, loader.table, table.name, column.name
            );
            let help = "choose a type under `overrides`, hide the relation under `relations`, or list the `loaders` that are needed";
            self.refuse_loader(loader, message, help);
            return None;
        }
        self.needs.tables.insert(table.name.clone());
        let model = self.schema.models[&table.name].clone();
        Some(scope.import_model(&model))
    }
}

/// What a function says of itself.
fn docs(loader: &ir::Loader, catalog: &ir::Catalog) -> String {
    let name = code(&loader.name);
    let way = &loader.way;
    match loader.cardinality {
        Cardinality::One => format!(
            "{name} of each row, {way}. It is there unless it was deleted in between, which is an error."
        ),
        Cardinality::Optional => format!("{name} of each row, {way}."),
        Cardinality::Many => {
            let key = catalog
                .table(&loader.target)
                .and_then(ir::Table::primary_key);
            let ordered = key.map_or("in any order", |_| "in the order of their primary key");
            format!("{name} of each row, {way}; {ordered}.")
        }
        Cardinality::Count => format!("How many {name} each row has, {way}."),
    }
}

/// The expression of a row's key; `None` where the row lacks a column, or shows one twice or as another type.
fn value_of(key: &Key<'_>, fields: &[KeyedField]) -> Option<String> {
    let mut parts = Vec::new();
    let mut row = None;
    for (column, ty) in key.columns.iter().zip(&key.types) {
        let mut shown = fields
            .iter()
            .filter(|field| field.table == key.table.name && field.column == *column);
        let (field, None) = (shown.next()?, shown.next()) else {
            return None;
        };
        // Columns of different rows are the key of none.
        if *row.get_or_insert(field.row) != field.row {
            return None;
        }
        let is_null = matches!(field.ty, RustType::Nullable(_));
        if field.ty.clone().with_null(false) != *ty || is_null && key.required {
            return None;
        }
        let value = format!("self.{}", field.name);
        let value = if ty.is_borrowed() {
            format!("{value}.clone()")
        } else {
            value
        };
        parts.push((value, is_null));
    }
    match parts.as_slice() {
        [(value, true)] => Some(value.clone()),
        [(value, false)] => Some(some(value, key.required)),
        several => {
            let values = several.iter().map(|(value, is_null)| match is_null {
                true => format!("{value}?"),
                false => value.clone(),
            });
            let tuple = format!("({})", values.collect::<Vec<_>>().join(", "));
            Some(some(&tuple, key.required))
        }
    }
}

/// The value, or `Some` of it where there may be none.
fn some(value: &str, required: bool) -> String {
    if required {
        value.to_owned()
    } else {
        format!("Some({value})")
    }
}

/// The module of a table's loaders: with its schema in front where that is not `public`.
fn module_name(table: &QualifiedName) -> Ident {
    let ident = match table.schema.as_str() {
        "public" => Ident::value(&table.name),
        schema => Ident::value(&format!("{schema}_{}", table.name)),
    };
    // `mod.rs` would be the module of the folder.
    match ident.unraw() {
        "mod" => Ident::value("mod_table"),
        _ => ident,
    }
}
