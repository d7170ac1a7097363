//! The module of the models: structs for rows of whole tables, and the types of the schema that are in use.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::ir;
use crate::ir::QualifiedName;
use crate::options::Domains;

use super::derives::{Member, values};
use super::doc::{DocComment, code};
use super::ident::Ident;
use super::items::{Composite, Domain, Enum, EnumOf, Field, Item, Module, Part, Struct, Variant};
use super::literal::Literal;
use super::names::settled;
use super::overrides::Site;
use super::scope::Scope;
use super::types::RustType;
use super::{Fit, Lowering, from_record, from_row, model_of};

/// A type of the schema that is in use, with the types of what is in it.
enum InUse<'a> {
    Enum(&'a ir::Enum),
    Composite(&'a QualifiedName, Option<&'a str>, Vec<(&'a str, RustType)>),
    Domain(&'a ir::Domain, RustType),
}

impl<'a> Lowering<'a> {
    pub(super) fn models_module(&mut self) -> Option<Module> {
        let analysis = self.analysis;
        let used_tables = std::mem::take(&mut self.needs.tables);
        let embedded_tables = std::mem::take(&mut self.needs.embedded_tables);
        let recorded_tables = std::mem::take(&mut self.needs.recorded_tables);
        let all_tables = [&used_tables, &embedded_tables, &recorded_tables];
        let tables: Vec<&ir::Table> = analysis
            .catalog
            .tables
            .iter()
            .filter(|table| all_tables.iter().any(|used| used.contains(&table.name)))
            .collect();
        // Types of models first: they may use types of the schema that no query uses by itself.
        let mut models: Vec<(&ir::Table, Vec<RustType>)> = Vec::new();
        for table in tables {
            let mut types = Vec::new();
            for column in &table.columns {
                match self.use_type(Site::TableColumn(table, column)) {
                    Ok(ty) => types.push(ty),
                    Err(unsupported) => {
                        // Reported where a query asks for it, since the table itself is fine.
                        if let Some(query) = self.user_of(table) {
                            let is_it = |shown: &&ir::Column| shown.name == column.name;
                            let shown = query.columns.iter().find(is_it);
                            self.unsupported_column(
                                query,
                                &column.name,
                                true,
                                &column.ty,
                                shown.and_then(|shown| shown.location.as_ref()),
                                &unsupported,
                            );
                        }
                    }
                }
            }
            models.push((table, types));
        }
        let in_use = self.types_in_use();
        let schema = Arc::clone(&self.schema);
        let declared = models
            .iter()
            .map(|(table, _)| &schema.models[&table.name])
            .chain(&self.needs.types);
        let mut scope = Scope::new(declared.map(Ident::to_string), None);
        let mut items = Vec::new();
        for ty in &in_use {
            items.push(match ty {
                InUse::Enum(enumeration) => Item::Enum(self.enumeration(enumeration, &scope)),
                InUse::Composite(name, comment, fields) => {
                    Item::Composite(self.composite(name, *comment, fields, &mut scope))
                }
                InUse::Domain(domain, base) => Item::Domain(self.domain(domain, base, &mut scope)),
            });
        }
        for (table, types) in &models {
            let is_whole = used_tables.contains(&table.name);
            let is_part = embedded_tables.contains(&table.name);
            self.needs.has_parts |= is_part;
            let macros = [("from_row", is_whole), ("from_columns", is_part)];
            let macros = macros.iter().filter(|(_, is_used)| *is_used);
            let macros: Vec<&str> = macros.map(|(name, _)| *name).collect();
            let mut model = self.model(table, types, &macros, &mut scope);
            if recorded_tables.contains(&table.name) {
                let values = types.iter().map(|ty| ty.read_next(&mut scope)).collect();
                model.from_record = Some(from_record(values, &mut scope));
            }
            items.push(Item::Struct(model));
        }
        let user_types = self.user_type_items(&mut scope);
        items.extend(user_types.into_iter().map(Item::UserType));
        (!items.is_empty()).then(|| Module {
            name: Ident::value("models"),
            uses: scope.uses(),
            items,
        })
    }

    /// The table whose model the rows of a query are: they have all its columns, and what may be NULL is the same. If the query
    /// names the model as its row, it is enough that the values fit.
    pub(super) fn model_of_rows(&self, query: &'a ir::Query) -> Option<&'a ir::Table> {
        let fit = match query.row {
            Some(_) => Fit::Narrower,
            None => Fit::Exactly,
        };
        let table = model_of(query, &self.analysis.catalog, self.overrides, fit)?;
        let is_it = |row: &ir::RowName| {
            let model = self.schema.models.get(&table.name);
            model.is_some_and(|model| model.as_str() == row.name)
        };
        query.row.as_ref().is_none_or(is_it).then_some(table)
    }

    /// The first query that gives rows of the table.
    fn user_of(&self, table: &ir::Table) -> Option<&'a ir::Query> {
        let analysis = self.analysis;
        analysis.queries.iter().find(|q| {
            let embeds = q.embeds.iter().filter_map(|embed| embed.table.as_ref());
            let model = self.model_of_rows(q).map(|table| &table.name);
            embeds.chain(model).any(|name| *name == table.name)
        })
    }

    /// The types of the schema that are in use, and in turn those that these use.
    fn types_in_use(&mut self) -> Vec<InUse<'a>> {
        let catalog = &self.analysis.catalog;
        let mut found = Vec::new();
        let mut done: BTreeSet<Ident> = BTreeSet::new();
        while let Some(ident) = self.needs.types.difference(&done).next().cloned() {
            let named = self.schema.types.iter().find(|(_, known)| **known == ident);
            done.insert(ident.clone());
            let Some((name, _)) = named.map(|(name, ident)| (name.clone(), ident)) else {
                continue;
            };
            if let Some(enumeration) = catalog.enumeration(&name) {
                found.push(InUse::Enum(enumeration));
            } else if let Some(composite) = catalog.composite(&name) {
                let fields = composite.fields.iter();
                let fields = fields.map(|field| (field.name.as_str(), &field.ty));
                let fields = self.fields(fields);
                let comment = composite.comment.as_deref();
                found.push(InUse::Composite(&composite.name, comment, fields));
            } else if let Some(table) = catalog.table(&name) {
                let columns = table.columns.iter();
                let fields = self.fields(columns.map(|column| (column.name.as_str(), &column.ty)));
                found.push(InUse::Composite(&table.name, None, fields));
            } else if let Some(domain) = catalog.domain(&name)
                && self.options.types.domains == Domains::Newtype
                && let Ok(base) = self.use_inner_type(&domain.base, false)
            {
                self.needs.parts.insert(Part::Domain);
                found.push(InUse::Domain(domain, base));
            }
        }
        found.sort_by_key(|ty| match ty {
            InUse::Enum(enumeration) => (0, &enumeration.name),
            InUse::Domain(domain, _) => (1, &domain.name),
            InUse::Composite(name, ..) => (2, *name),
        });
        found
    }

    /// The types of a composite type's fields. One that has none was reported with the query that uses it.
    fn fields<'f>(
        &mut self,
        fields: impl Iterator<Item = (&'f str, &'f ir::Type)>,
    ) -> Vec<(&'f str, RustType)> {
        self.needs.parts.insert(Part::Composite);
        // Postgres checks what a table declares of NULL when it stores a row, not in a value.
        fields
            .filter_map(|(name, ty)| Some((name, self.use_inner_type(ty, true).ok()?)))
            .collect()
    }

    fn enumeration(&mut self, enumeration: &ir::Enum, scope: &Scope) -> Enum {
        let name = self.schema.types[&enumeration.name].clone();
        let attributes = self.derives_of_enum(&name);
        let names = self.names.variants(enumeration);
        let variants = names.into_iter().zip(&enumeration.labels);
        let variants = variants.map(|(name, label)| Variant {
            docs: DocComment::default(),
            attributes: attributes.of_variant(&name, label),
            name,
            label: Literal::new(label),
        });
        let variants = variants.collect();
        Enum {
            attributes,
            docs: docs_or(enumeration.comment.as_deref(), || {
                format!("The enum {}.", code(&enumeration.name.to_string()))
            }),
            name,
            of: EnumOf::Labels,
            sql_name: Literal::new(&enumeration.name.name),
            variants,
            result: scope.prelude("result::Result"),
        }
    }

    fn composite(
        &mut self,
        name: &QualifiedName,
        comment: Option<&str>,
        fields: &[(&str, RustType)],
        scope: &mut Scope,
    ) -> Composite {
        let is_table = self.analysis.catalog.table(name).is_some();
        let codecs = fields.iter().map(|(_, ty)| ty.codec_or_native(scope));
        let codecs = codecs.collect();
        let sql_fields = fields.iter().map(|(field, _)| Literal::new(*field));
        let sql_fields = sql_fields.collect();
        let members = values(fields.iter().map(|(field, ty)| (*field, ty)));
        let ident = self.schema.types[name].clone();
        let attributes = self.derives_of_row(&ident, &members);
        let named = fields
            .iter()
            .map(|(field, _)| self.names.column(name, field));
        let named = settled(&named.collect::<Vec<_>>());
        let fields = fields.iter().zip(named).map(|((_, ty), name)| Field {
            docs: DocComment::default(),
            attributes: Vec::new(),
            name,
            ty: ty.owned(scope),
        });
        let item = Struct {
            docs: docs_or(comment, || {
                if is_table {
                    format!("A value of the type that the table `{name}` makes.")
                } else {
                    format!("The composite type `{name}`.")
                }
            }),
            attributes,
            name: ident,
            borrows: false,
            fields: fields.collect(),
            from_row: None,
            from_record: None,
            put: None,
            borrowed: None,
            new: None,
        };
        Composite {
            item,
            sql_name: Literal::new(&name.name),
            sql_fields,
            codecs,
            result: scope.prelude("result::Result"),
        }
    }

    fn domain(&mut self, domain: &ir::Domain, base: &RustType, scope: &mut Scope) -> Domain {
        let name = self.schema.types[&domain.name].clone();
        let member = Member::Value("0".to_owned(), base.clone());
        Domain {
            docs: docs_or(domain.comment.as_deref(), || {
                format!("The domain `{}`.", domain.name)
            }),
            attributes: self.derives_of_domain(&name, member),
            name,
            base: base.owned(scope),
            codec: base.codec_or_native(scope),
            from: scope.prelude("convert::From"),
        }
    }

    fn model(
        &mut self,
        table: &ir::Table,
        types: &[RustType],
        macros: &[&str],
        scope: &mut Scope,
    ) -> Struct {
        let columns = table.columns.iter();
        let names = columns.map(|column| self.names.column(&table.name, &column.name));
        let names = settled(&names.collect::<Vec<_>>());
        let columns = table.columns.iter().zip(types).zip(names);
        let fields = columns.map(|((column, ty), name)| Field {
            docs: DocComment::new(column.comment.as_deref()),
            attributes: Vec::new(),
            name,
            ty: ty.owned(scope),
        });
        let fields = fields.collect();
        let values_read = types.iter().enumerate();
        let values_read = values_read.map(|(index, ty)| ty.column(index, scope));
        let values_read = values_read.collect();
        let name = self.schema.models[&table.name].clone();
        let columns = table.columns.iter().zip(types);
        let members = values(columns.map(|(column, ty)| (column.name.as_str(), ty)));
        Struct {
            docs: docs_or(table.comment.as_deref(), || {
                format!("A row of {}.", code(&table.name.to_string()))
            }),
            attributes: self.derives_of_row(&name, &members),
            name,
            borrows: false,
            fields,
            from_row: Some(from_row(macros, values_read, scope)),
            from_record: None,
            put: None,
            borrowed: None,
            new: None,
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
