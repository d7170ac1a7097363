//! The types that are not built into Postgres, as statements send and give them to servers on which nothing is prepared:
//! there, nobody tells what the object ids of such types are, so the code says what it expects.

use std::collections::{BTreeMap, BTreeSet};

use crate::ir::{self, QualifiedName};

use super::Lowering;
use super::bulk;
use super::ident::Ident;
use super::items::{Call, UserType};
use super::literal::Literal;
use super::scope::Scope;
use super::types::{UNDECLARED, type_constant};

impl Lowering<'_> {
    /// The calls that tell a `Query` of the user's types among the parameters and columns of its statement.
    pub(super) fn user_types(&mut self, statement: &ir::Query, scope: &mut Scope) -> Vec<Call> {
        let catalog = &self.analysis.catalog;
        let parameters = bulk::sent_types(statement, catalog);
        let parameters = parameters.iter().enumerate();
        let sent: Vec<_> = parameters
            .filter(|(_, ty)| type_constant(ty, catalog) == UNDECLARED)
            .map(|(place, ty)| (place, ty.as_ref()))
            .collect();
        let columns = statement.columns.iter().enumerate();
        let given: Vec<_> = columns
            .filter(|(_, column)| !is_built_in(&column.ty, catalog))
            .map(|(place, column)| (place, &column.ty))
            .collect();
        let mut list = |types: Vec<(usize, &ir::Type)>| {
            let types = types.into_iter();
            types
                .map(|(place, ty)| format!("({place}, {})", self.user_type(ty, true, scope)))
                .collect()
        };
        let mut calls = Vec::new();
        if !sent.is_empty() {
            calls.push(Call {
                open: ".sends(".to_owned(),
                names: Vec::new(),
                items: list(sent),
            });
        }
        if !given.is_empty() && statement.command.returns_rows() && !is_call(&statement.sql) {
            let columns = statement.columns.iter();
            let names = columns.map(|column| Literal::new(&column.name).to_string());
            calls.push(Call {
                open: match statement.body {
                    0 => ".gives(".to_owned(),
                    body => format!(".gives_after({body}, "),
                },
                names: names.collect(),
                items: list(given),
            });
        }
        calls
    }

    /// The expression for a type; `outside` the module of the models.
    fn user_type(&mut self, ty: &ir::Type, outside: bool, scope: &mut Scope) -> String {
        let catalog = &self.analysis.catalog;
        let user_type = scope.import("super::client::UserType");
        let constant = type_constant(ty, catalog);
        if constant != UNDECLARED {
            let ty = scope.import("tokio_postgres::types::Type");
            return format!("{user_type}::Builtin({ty}::{constant})");
        }
        match ty {
            ir::Type::Enum(name) | ir::Type::Composite(name) => {
                let Some(constant) = self.schema.constants.get(name).cloned() else {
                    return named(&user_type, name);
                };
                self.needs.user_types.insert(name.clone());
                if outside {
                    format!("{}::{constant}", scope.import("super::models"))
                } else {
                    constant.to_string()
                }
            }
            ir::Type::Domain(name) => match catalog.domain(name) {
                Some(domain) => self.user_type(&domain.base, outside, scope),
                None => named(&user_type, name),
            },
            ir::Type::Array(element) if matches!(**element, ir::Type::Array(_)) => {
                self.user_type(element, outside, scope)
            }
            ir::Type::Array(of) | ir::Type::Range(_, of) => {
                let kind = if matches!(ty, ir::Type::Array(_)) {
                    "Array"
                } else {
                    "Range"
                };
                let of = self.user_type(of, outside, scope);
                format!("{user_type}::{kind}(&{of})")
            }
            // As `tokio-postgres` knows them.
            ir::Type::Base(name) | ir::Type::Multirange(name, _) => named(&user_type, name),
        }
    }

    /// The constants of the types that queries send or give, and of those that these are made of.
    pub(super) fn user_type_items(&mut self, scope: &mut Scope) -> Vec<UserType> {
        let mut items = Vec::new();
        let mut done: BTreeSet<QualifiedName> = BTreeSet::new();
        while let Some(name) = self.needs.user_types.difference(&done).next().cloned() {
            done.insert(name.clone());
            let Some(constant) = self.schema.constants.get(&name).cloned() else {
                continue;
            };
            let user_type = scope.import("super::client::UserType");
            let sql_name = Literal::new(&name.name);
            let catalog = &self.analysis.catalog;
            let value = if let Some(enumeration) = catalog.enumeration(&name) {
                let labels = enumeration.labels.iter();
                let labels: Vec<String> = labels.map(|l| Literal::new(l).to_string()).collect();
                format!("{user_type}::Enum({sql_name}, &[{}])", labels.join(", "))
            } else {
                let fields: Vec<String> = fields(catalog, &name)
                    .map(|(field, ty)| {
                        let ty = self.user_type(ty, false, scope);
                        format!("({}, {ty})", Literal::new(field))
                    })
                    .collect();
                format!(
                    "{user_type}::Composite({sql_name}, &[{}])",
                    fields.join(", ")
                )
            };
            items.push((
                name,
                UserType {
                    name: constant,
                    ty: user_type,
                    value,
                },
            ));
        }
        items.sort_by(|(one, _), (other, _)| one.cmp(other));
        items.into_iter().map(|(_, item)| item).collect()
    }
}

/// The constants of all types that have one, in use or not.
pub(super) fn constants(types: &BTreeMap<QualifiedName, Ident>) -> BTreeMap<QualifiedName, Ident> {
    let mut taken = BTreeSet::new();
    types
        .iter()
        .map(|(name, ident)| {
            let constant = Ident::constant(ident.unraw()).unique(&mut taken);
            (name.clone(), constant)
        })
        .collect()
}

/// The fields of a composite type, or of a table as a type.
fn fields<'c>(
    catalog: &'c ir::Catalog,
    name: &QualifiedName,
) -> impl Iterator<Item = (&'c str, &'c ir::Type)> {
    let composite = catalog.composite(name);
    let fields = composite
        .into_iter()
        .flat_map(|composite| &composite.fields);
    let fields = fields.map(|field| (field.name.as_str(), &field.ty));
    let table = catalog.table(name).filter(|_| composite.is_none());
    let columns = table.into_iter().flat_map(|table| &table.columns);
    fields.chain(columns.map(|column| (column.name.as_str(), &column.ty)))
}

/// Whether a column of the type is described by an object id that is the same on every server.
fn is_built_in(ty: &ir::Type, catalog: &ir::Catalog) -> bool {
    match ty {
        ir::Type::Base(name) | ir::Type::Range(name, _) | ir::Type::Multirange(name, _) => {
            name.schema == "pg_catalog"
        }
        ir::Type::Domain(name) => {
            let domain = catalog.domain(name);
            domain.is_none_or(|domain| is_built_in(&domain.base, catalog))
        }
        ir::Type::Array(element) => {
            // An array of a domain is not an array of what that is over.
            !matches!(**element, ir::Type::Domain(_)) && is_built_in(element, catalog)
        }
        ir::Type::Enum(_) | ir::Type::Composite(_) => false,
    }
}

/// Whether it is a statement that cannot be part of another one.
fn is_call(sql: &str) -> bool {
    let word = sql.trim_start().get(..4);
    word.is_some_and(|word| word.eq_ignore_ascii_case("call"))
}

fn named(user_type: &str, name: &QualifiedName) -> String {
    format!("{user_type}::Named({})", Literal::new(&name.name))
}
