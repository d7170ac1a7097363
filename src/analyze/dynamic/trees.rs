//! What Postgres' trees say of conditions that may be left out: whether they were cut out right, and whether the rest
//! means the same without them.
//!
//! Conditions are found in tokens, with little knowledge of the grammar. So each is proved here: with a switch beside it,
//! `(NOT NOT c OR $7)`, the statement must have the tree that it had, apart from switches, each of which stands beside an
//! operand of the ANDs of an outermost WHERE, ON, HAVING or FILTER. A cut at another place has another tree, or none: NOT
//! binds what AND binds, and no more.

use std::ops::Range;

use super::node::{Node, Value, read};

/// What holds a condition: of FROM with its WHERE, of joins, HAVING, FILTER, ON CONFLICT DO UPDATE, and MERGE since 17.
const CONDITIONS: [&str; 5] = [
    "quals",
    "havingQual",
    "aggfilter",
    "onConflictWhere",
    "mergeJoinCondition",
];

/// Whether the trees of a statement, as it is written and with switches, are of the same statement. `parameters` is how
/// many it has itself: those beyond are switches. True where a tree is not one that can be read.
pub(super) fn is_same_statement(written: &str, switched: &str, parameters: usize) -> bool {
    let (Some(written), Some(switched)) = (read(written), read(switched)) else {
        return true;
    };
    Comparison { parameters }.nodes(&written, &switched, false)
}

struct Comparison {
    parameters: usize,
}

impl Comparison {
    /// Whether two nodes are the same apart from places and switches. There are no switches inside of conditions.
    fn nodes(&self, written: &Node<'_>, switched: &Node<'_>, in_condition: bool) -> bool {
        let is_told = |(name, _): &(&str, &[Value<'_>])| !is_incidental(name);
        let mut fields = switched.fields().filter(is_told);
        let same = written.fields().filter(is_told).all(|(name, values)| {
            let Some((other_name, others)) = fields.next() else {
                return false;
            };
            name == other_name
                && values.len() == others.len()
                && values.iter().zip(others).all(|(value, other)| {
                    if CONDITIONS.contains(&name) {
                        self.conditions(value, other, in_condition)
                    } else {
                        self.values(value, other, in_condition)
                    }
                })
        });
        same && written.name == switched.name && fields.next().is_none()
    }

    fn values(&self, written: &Value<'_>, switched: &Value<'_>, in_condition: bool) -> bool {
        match (written.resolve(), switched.resolve()) {
            (Value::Token(token), Value::Token(other)) => token == other,
            // Lines are wrapped anywhere between bytes.
            (Value::Bytes(bytes), Value::Bytes(others)) => {
                bytes.split_whitespace().eq(others.split_whitespace())
            }
            (Value::List(items), Value::List(others)) => self.lists(items, others, in_condition),
            (Value::Node(node), Value::Node(other)) => self.nodes(node, other, in_condition),
            // What is nested too deep to be read proves nothing.
            (Value::Nothing, Value::Nothing) | (Value::TooDeep, _) | (_, Value::TooDeep) => true,
            _ => false,
        }
    }

    fn lists(&self, items: &[Value<'_>], others: &[Value<'_>], in_condition: bool) -> bool {
        let mut pairs = items.iter().zip(others);
        items.len() == others.len()
            && pairs.all(|(item, other)| self.values(item, other, in_condition))
    }

    /// The same for two whole conditions, by the operands of their ANDs.
    fn conditions(&self, written: &Value<'_>, switched: &Value<'_>, in_condition: bool) -> bool {
        let mut operands = Vec::new();
        let mut others = Vec::new();
        self.operands(written, false, &mut operands);
        self.operands(switched, !in_condition, &mut others);
        let is_as_long = operands.len() == others.len();
        let mut pairs = operands.into_iter().zip(others);
        is_as_long && pairs.all(|(value, other)| self.values(value, other, true))
    }

    fn operands<'t, 'a>(
        &self,
        condition: &'t Value<'a>,
        has_switches: bool,
        operands: &mut Vec<&'t Value<'a>>,
    ) {
        let (condition, has_switches) = match self.without_switch(condition) {
            Some(inner) if has_switches => (inner, false),
            _ => (condition, has_switches),
        };
        match of_bool(condition, "and") {
            Some(inner) => {
                for operand in inner {
                    self.operands(operand, has_switches, operands);
                }
            }
            None => operands.push(condition),
        }
    }

    /// What stands beside switches.
    fn without_switch<'t, 'a>(&self, condition: &'t Value<'a>) -> Option<&'t Value<'a>> {
        let [twice_denied, switches @ ..] = of_bool(condition, "or")? else {
            return None;
        };
        let [denied] = of_bool(twice_denied, "not")? else {
            return None;
        };
        let [inner] = of_bool(denied, "not")? else {
            return None;
        };
        let are_switches = switches.iter().all(|operand| self.is_switch(operand));
        are_switches.then_some(inner)
    }

    fn is_switch(&self, operand: &Value<'_>) -> bool {
        let number = operand.as_node().filter(|node| node.name == "PARAM");
        let number = number.and_then(|node| node.number::<usize>("paramid"));
        number.is_some_and(|number| number > self.parameters)
    }
}

/// The operands of this AND, OR or NOT.
fn of_bool<'t, 'a>(value: &'t Value<'a>, operator: &str) -> Option<&'t [Value<'a>]> {
    let node = value.as_node().filter(|node| node.name == "BOOLEXPR")?;
    let is_it = node.text("boolop").as_deref() == Some(operator);
    is_it.then(|| node.list("args"))
}

/// Whether a field says where something is written, or what follows from the rest.
fn is_incidental(field: &str) -> bool {
    field.ends_with("location")
        || matches!(
            field,
            "stmt_len" | "list_start" | "list_end" | "queryId" | "joinaliasvars"
        )
}

/// Whether a part of the statement holds an aggregate of a query around it: `(SELECT 1 WHERE count(t.id) > $1)` in the
/// SELECT list. That query has one row by it alone, so without it would be another.
pub(super) fn groups_outside(tree: &str, part: &Range<usize>) -> bool {
    read(tree).is_some_and(|tree| node_groups_outside(&tree, part))
}

fn node_groups_outside(node: &Node<'_>, part: &Range<usize>) -> bool {
    let is_outer = node
        .number::<u32>("agglevelsup")
        .is_some_and(|level| level > 0);
    let is_inside = || node.location().is_none_or(|place| part.contains(&place));
    let mut values = node.fields().flat_map(|(_, values)| values);
    is_outer && is_inside() || values.any(|value| value_groups_outside(value, part))
}

fn value_groups_outside(value: &Value<'_>, part: &Range<usize>) -> bool {
    match value {
        Value::Node(node) => node_groups_outside(node, part),
        Value::List(items) => items.iter().any(|item| value_groups_outside(item, part)),
        _ => false,
    }
}
