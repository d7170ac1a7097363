//! Where the result columns of a statement are written.

use super::super::node::{Node, Value};
use super::targets::shown_targets;

/// The byte at which the expression of each result column starts. `None` where the tree does not say.
pub(super) fn of_columns(query: &Node<'_>) -> Vec<Option<usize>> {
    shown_targets(query)
        .map(|target| start(target.as_node()?.get("expr")))
        .collect()
}

/// The first place in an expression. An operator has that of its sign, so what it is applied to comes before.
fn start(value: &Value<'_>) -> Option<usize> {
    match value {
        // Its places are as those around it, but a long one need not be searched.
        Value::Node(node) if node.name == "QUERY" => None,
        Value::Node(node) => {
            let below = node.fields().flat_map(|(_, values)| values);
            below.filter_map(start).chain(node.location()).min()
        }
        Value::List(items) => items.iter().filter_map(start).min(),
        _ => None,
    }
}
