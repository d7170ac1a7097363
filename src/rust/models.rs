//! The module of the models: structs for rows of whole tables, and the enums in use.

use crate::ir;

use super::derives;
use super::doc::{DocComment, code};
use super::ident::Ident;
use super::items::{Enum, Field, Item, Module, Struct, Variant};
use super::literal::Literal;
use super::names::settled;
use super::overrides::Site;
use super::scope::Scope;
use super::types::{self, RustType};
use super::{Lowering, from_row, model_of, read_column};

impl Lowering<'_> {
    pub(super) fn models_module(&mut self) -> Option<Module> {
        let analysis = self.analysis;
        let used_tables = std::mem::take(&mut self.used_tables);
        let embedded_tables = std::mem::take(&mut self.embedded_tables);
        let tables: Vec<&ir::Table> = analysis
            .catalog
            .tables
            .iter()
            .filter(|t| used_tables.contains(&t.name) || embedded_tables.contains(&t.name))
            .collect();
        // Types of models first: they may use enums that no query uses by itself.
        let mut models: Vec<(&ir::Table, Vec<RustType>)> = Vec::new();
        for table in tables {
            let mut types = Vec::new();
            for column in &table.columns {
                match self.use_type(Site::TableColumn(table, column)) {
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
            let mut model = self.model(table, types, &mut scope);
            if let Some(from_row) = &mut model.from_row
                && embedded_tables.contains(&table.name)
            {
                from_row.is_whole = used_tables.contains(&table.name);
                from_row.is_part = true;
                from_row.values = (0..table.columns.len())
                    .map(|index| match index {
                        0 => "row.try_get(first)?".to_owned(),
                        index => format!("row.try_get(first + {index})?"),
                    })
                    .collect();
            }
            items.push(Item::Struct(model));
        }
        (!items.is_empty()).then(|| Module {
            name: Ident::value("models"),
            uses: scope.uses(),
            items,
            queries: None,
        })
    }

    fn unsupported_in_model(&mut self, table: &ir::Table, column: &ir::TableColumn) {
        // Reported where a query asks for it, since the table itself is fine.
        let analysis = self.analysis;
        let user = analysis.queries.iter().find(|q| {
            let embeds = q.embeds.iter().filter_map(|embed| embed.table.as_ref());
            let model = model_of(q, &analysis.catalog, self.overrides).map(|table| &table.name);
            embeds.chain(model).any(|name| *name == table.name)
        });
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
        let names = self.names.variants(enumeration);
        let labels = enumeration.labels.iter().map(Literal::new);
        let variants = names.into_iter().zip(labels);
        let variants = variants.map(|(name, label)| Variant { name, label });
        Enum {
            docs: docs_or(enumeration.comment.as_deref(), || {
                format!("The enum {}.", code(&enumeration.name.to_string()))
            }),
            name: self.enum_names[&enumeration.name].clone(),
            sql_name: Literal::new(&enumeration.name.name),
            variants: variants.collect(),
            result: scope.prelude("result::Result"),
        }
    }

    fn model(&self, table: &ir::Table, types: &[RustType], scope: &mut Scope) -> Struct {
        let columns = table.columns.iter();
        let names = columns.map(|column| self.names.column(&table.name, &column.name));
        let names = settled(&names.collect::<Vec<_>>());
        let columns = table.columns.iter().zip(types).zip(names);
        let fields = columns.map(|((column, ty), name)| Field {
            docs: DocComment::new(column.comment.as_deref()),
            name,
            ty: types::optional(ty.owned(scope), column.nullability.nullable, scope),
        });
        let fields = fields.collect();
        let values = (0..table.columns.len()).map(read_column).collect();
        Struct {
            docs: docs_or(table.comment.as_deref(), || {
                format!("A row of {}.", code(&table.name.to_string()))
            }),
            derives: derives::of_row(types),
            name: self.model_names[&table.name].clone(),
            borrows: false,
            fields,
            from_row: Some(from_row("pub(super) ", values, scope)),
        }
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
