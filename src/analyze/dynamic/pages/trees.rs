//! What Postgres' trees and types say of what pages are sorted by.

use std::collections::BTreeSet;

use tokio_postgres::types::{Kind as TypeKind, Type};

use super::super::super::describe::Description;
use super::super::super::functions;
use super::super::super::node::{Node, Value};
use super::super::super::nullability::{self, Assumptions};
use crate::catalog::{Catalog, Oid};

/// The columns that may be NULL in some of the texts.
pub(super) fn nullable(probes: &[Description], catalog: &Catalog) -> BTreeSet<usize> {
    let mut nullable = BTreeSet::new();
    for probe in probes {
        let facts = match probe.tree.as_deref() {
            Some(tree) => nullability::infer(tree, catalog, &Assumptions::default()).columns,
            None => Vec::new(),
        };
        let columns = 0..probe.columns.len();
        nullable
            .extend(columns.filter(|column| facts.get(*column).is_none_or(|fact| fact.nullable)));
    }
    nullable
}

/// What a domain is over.
pub(super) fn base(ty: &Type) -> &Type {
    match ty.kind() {
        TypeKind::Domain(inner) => base(inner),
        _ => ty,
    }
}

/// The name of a type as generated code has it.
pub(super) fn type_name(ty: &Type) -> String {
    match ty.kind() {
        TypeKind::Array(element) if ty.name().starts_with('_') => {
            format!("{}[]", type_name(element))
        }
        _ => ty.name().to_owned(),
    }
}

/// The rows of a page in its tree.
pub(super) fn subquery<'t, 'a>(tree: &'t Node<'a>) -> Option<&'t Node<'a>> {
    tree.list("rtable").first()?.as_node()?.node("subquery")
}

/// Whether two targets are one column.
pub(super) fn is_same_column(one: &Value<'_>, other: &Value<'_>) -> bool {
    let var = |target: &Value<'_>| -> Option<[i64; 3]> {
        let var = target
            .as_node()?
            .node("expr")
            .filter(|var| var.name == "VAR")?;
        Some([
            var.number("varno")?,
            var.number("varattno")?,
            var.number("varlevelsup")?,
        ])
    };
    var(one).is_some_and(|one| var(other) == Some(one))
}

/// The name of what gives something else in the next call.
pub(super) fn varies(node: &Node<'_>, catalog: &Catalog) -> Option<String> {
    if node.name == "SQLVALUEFUNCTION" {
        return Some("it tells the time, or who asks".to_owned());
    }
    let function = node
        .number::<Oid>("funcid")
        .or_else(|| node.number("opfuncid"));
    if let Some(function) = function {
        let own = catalog.functions.get(&function);
        if functions::varies(function) || own.is_some_and(|own| own.volatile) {
            let name = own.map(|own| own.name.as_str());
            let name = name.or_else(|| functions::name(function));
            return Some(match name {
                Some(name) => format!("`{name}` gives something else each time"),
                None => "it gives something else each time".to_owned(),
            });
        }
    }
    let mut values = node.fields().flat_map(|(_, values)| values);
    values.find_map(|value| value_varies(value, catalog))
}

fn value_varies(value: &Value<'_>, catalog: &Catalog) -> Option<String> {
    match value {
        Value::Node(node) => varies(node, catalog),
        Value::List(items) => items.iter().find_map(|item| value_varies(item, catalog)),
        _ => None,
    }
}
