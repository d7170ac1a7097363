//! The types of the schema: what each is called in Rust, and what a query that uses one needs.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use super::Lowering;
use super::ident::Ident;
use super::names::Names;
use super::overrides::Site;
use super::types::{Context, RustType, Unsupported};
use super::user_types;
use crate::ir::{self, QualifiedName};

/// The names of models and types: one namespace, whether in use or not, so that using another one renames nothing.
#[derive(Debug)]
pub(crate) struct SchemaNames {
    /// Of tables, as rows.
    pub(super) models: BTreeMap<QualifiedName, Ident>,
    /// Of enums, composite types, domains, and of tables as types.
    pub(super) types: BTreeMap<QualifiedName, Ident>,
    /// Of the constants that say what these types are.
    pub(super) constants: BTreeMap<QualifiedName, Ident>,
}

impl SchemaNames {
    pub(super) fn new(catalog: &ir::Catalog, names: Names<'_>) -> Self {
        let mut taken = BTreeSet::new();
        let mut types = BTreeMap::new();
        for enumeration in &catalog.enums {
            let ident = names.type_of_schema(&enumeration.name);
            types.insert(enumeration.name.clone(), ident.unique_type(&mut taken));
        }
        let models = names.models(&catalog.tables, &mut taken);
        for composite in &catalog.composites {
            let ident = names.type_of_schema(&composite.name);
            types.insert(composite.name.clone(), ident.unique_type(&mut taken));
        }
        for domain in &catalog.domains {
            let ident = names.type_of_schema(&domain.name);
            // As a tuple struct it has a constructor of its name, beside those that generated code calls.
            let ident = match ident.as_str() {
                "Ok" | "Err" | "Some" | "None" => Ident::type_name(&format!("{ident}_domain")),
                _ => ident,
            };
            types.insert(domain.name.clone(), ident.unique_type(&mut taken));
        }
        for (table, model) in &models {
            let ident = Ident::type_name(&format!("{}_record", model.unraw()));
            types.insert(table.clone(), ident.unique_type(&mut taken));
        }
        Self {
            models: models.into_iter().collect(),
            constants: user_types::constants(&types),
            types,
        }
    }
}

impl<'a> Lowering<'a> {
    /// The Rust type of a column or parameter, an `Option` where it may be NULL; notes what it needs.
    pub(super) fn use_type(&mut self, site: Site<'a>) -> Result<RustType, Unsupported> {
        let catalog = &self.analysis.catalog;
        let chosen = self.overrides.of_site(site, catalog);
        let chosen = chosen.unwrap_or_else(|conflict| {
            self.needs.conflicts.insert(conflict);
            None
        });
        let rust = match chosen {
            Some(chosen) => Ok(chosen),
            None => self.look_up(site.nullable(), |context| match site {
                Site::TableColumn(_, column) => {
                    context.rust_type(&column.ty, never_null(column.elements.as_ref()))
                }
                Site::ResultColumn(_, column) => {
                    context.rust_type(&column.ty, never_null(column.elements.as_ref()))
                }
                Site::Parameter(_, parameter) => context.parameter_type(parameter),
            }),
        }?;
        self.note(&rust);
        let rust = rust.or_null(site.nullable());
        Ok(match site {
            Site::Parameter(query, parameter) if query.takes_null_or_nothing(parameter) => {
                RustType::Nullable(Box::new(rust))
            }
            _ => rust,
        })
    }

    /// The type of a composite type's field, or of what a domain is over; notes what it needs.
    pub(super) fn use_inner_type(
        &mut self,
        ty: &ir::Type,
        nullable: bool,
    ) -> Result<RustType, Unsupported> {
        let rust = self.look_up(nullable, |context| context.rust_type(ty, false))?;
        self.note(&rust);
        Ok(rust.or_null(nullable))
    }

    fn look_up<T>(&mut self, nullable: bool, find: impl FnOnce(Context<'_>) -> T) -> T {
        let conflict = Cell::new(None);
        let chosen = |ty: &ir::Type| {
            let chosen = self.overrides.of_type(ty, nullable);
            chosen.unwrap_or_else(|found| {
                conflict.set(Some(found));
                None
            })
        };
        let found = find(Context {
            catalog: &self.analysis.catalog,
            options: self.options.types,
            names: &self.schema.types,
            chosen: &chosen,
        });
        if let Some(conflict) = conflict.get() {
            self.needs.conflicts.insert(conflict);
        }
        found
    }

    /// Notes which crates, types of the schema and generated parts the type needs. What types of the schema need in
    /// turn is noted when they are printed.
    fn note(&mut self, rust: &RustType) {
        self.needs.dependencies.extend(rust.dependency());
        self.needs.parts.extend(rust.parts());
        self.needs.types.extend(rust.schema_type().cloned());
    }
}

/// Whether the elements of an array are proved not to be NULL.
fn never_null(elements: Option<&ir::Nullability>) -> bool {
    elements.is_some_and(|elements| !elements.nullable)
}
