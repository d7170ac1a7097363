//! What a query's tree says by itself of its rows and result columns: which there are, their types, whether there is a row.

use super::Fact;
use super::node::{CommandType, Node, SubLinkType, Value};
use crate::analyze::fault::is_backwards;
use crate::catalog::Oid;

/// Looks at each of the columns.
pub(super) fn each_column<'q, 'a: 'q>(
    targets: impl Iterator<Item = &'q Value<'a>>,
    look: impl FnMut(&'q Value<'a>) -> Fact,
) -> Vec<Fact> {
    if !is_backwards() {
        return targets.map(look).collect();
    }
    let targets: Vec<_> = targets.collect();
    let mut facts: Vec<_> = targets.into_iter().rev().map(look).collect();
    facts.reverse();
    facts
}

/// Whether the query has a row if what is in FROM and WHERE has one.
pub(super) fn keeps_a_row(query: &Node<'_>) -> bool {
    let absent = |field: &str| query.get(field).is_nothing();
    CommandType::of(query) == Some(CommandType::Select)
        && absent("setOperations")
        && absent("groupClause")
        && absent("groupingSets")
        && absent("havingQual")
        && absent("limitOffset")
        && (absent("limitCount") || is_positive(query.get("limitCount")))
        && query.denies("hasTargetSRFs")
}

/// Whether the query has a row whatever the data.
pub(super) fn has_a_row(query: &Node<'_>) -> bool {
    // An aggregate without GROUP BY has one row, SELECT without FROM and WHERE another.
    let from_nothing = query
        .node("jointree")
        .is_some_and(|tree| tree.get("fromlist").is_nothing() && tree.get("quals").is_nothing());
    keeps_a_row(query) && (query.flag("hasAggs") || from_nothing)
}

/// The entries of the target list that are result columns of a query, or of its RETURNING.
pub(in crate::analyze) fn shown_targets<'q, 'a>(
    query: &'q Node<'a>,
) -> impl Iterator<Item = &'q Value<'a>> {
    let list = match CommandType::of(query) {
        Some(CommandType::Select) => "targetList",
        _ => "returningList",
    };
    query.list(list).iter().filter(|target| is_shown(target))
}

/// Whether a target entry is a result column, not only sorted or grouped by. Unreadable ones count.
pub(super) fn is_shown(target: &Value<'_>) -> bool {
    target.as_node().is_none_or(|node| !node.flag("resjunk"))
}

/// How many sets an entry of the target list gives rows from. Those in subqueries are none of them.
pub(super) fn count_sets(value: &Value<'_>) -> usize {
    match value {
        Value::Node(node) if node.name == "QUERY" => 0,
        Value::Node(node) => {
            let own = usize::from(node.flag("funcretset") || node.flag("opretset"));
            let inner = node.fields().flat_map(|(_, values)| values);
            own + inner.map(count_sets).sum::<usize>()
        }
        Value::List(items) => items.iter().map(count_sets).sum(),
        // Nobody knows; two are enough to give up.
        Value::TooDeep => 2,
        Value::Nothing | Value::Token(_) | Value::Bytes(_) | Value::Deferred(_) => 0,
    }
}

/// A constant above zero, as in LIMIT 1, which is cast to bigint.
fn is_positive(value: &Value<'_>) -> bool {
    let Some(node) = value.as_node() else {
        return false;
    };
    match node.list("args") {
        // int4 to int8.
        [argument] if node.number("funcid") == Some(481) => is_positive(argument),
        _ => integer(node).is_some_and(|number| number > 0),
    }
}

/// The value of a constant of type integer or bigint.
pub(super) fn integer(node: &Node<'_>) -> Option<i64> {
    if node.name != "CONST" || !matches!(node.number::<Oid>("consttype"), Some(20 | 23)) {
        return None;
    }
    // The lowest byte first. They are printed as signed or unsigned, as the server's platform has them.
    let bytes = node.bytes("constvalue")?.split_whitespace();
    let bytes = bytes.map(|byte| u8::try_from(byte.parse::<i16>().ok()? & 0xff).ok());
    let bytes: Vec<u8> = bytes.collect::<Option<_>>()?;
    Some(i64::from_le_bytes(bytes.try_into().ok()?))
}

/// The types of a query's result columns, where they are easily told.
pub(super) fn column_types(query: &Node<'_>) -> Vec<Option<Oid>> {
    let targets = query.list("targetList").iter();
    let shown = targets.filter(|target| is_shown(target));
    let types = shown.map(|target| type_of(target.as_node()?.node("expr")?));
    types.collect()
}

pub(in crate::analyze) fn type_of(node: &Node<'_>) -> Option<Oid> {
    let field = match node.name {
        "VAR" => "vartype",
        "CONST" => "consttype",
        "PARAM" => "paramtype",
        "FUNCEXPR" => "funcresulttype",
        "OPEXPR" | "NULLIFEXPR" => "opresulttype",
        "AGGREF" => "aggtype",
        "WINDOWFUNC" => "wintype",
        "CASE" | "CASEEXPR" => "casetype",
        "COALESCE" | "COALESCEEXPR" => "coalescetype",
        "MINMAX" | "MINMAXEXPR" => "minmaxtype",
        "ARRAY" | "ARRAYEXPR" => "array_typeid",
        "ROW" | "ROWEXPR" => "row_typeid",
        "SQLVALUEFUNCTION" => "type",
        "SUBSCRIPTINGREF" => "refrestype",
        "RELABELTYPE" | "COERCEVIAIO" | "ARRAYCOERCEEXPR" | "CONVERTROWTYPEEXPR"
        | "COERCETODOMAIN" | "FIELDSELECT" => "resulttype",
        "COLLATE" | "COLLATEEXPR" => return type_of(node.node("arg")?),
        "BOOLEXPR" | "NULLTEST" | "BOOLEANTEST" | "DISTINCTEXPR" | "SCALARARRAYOPEXPR"
        | "ROWCOMPARE" | "ROWCOMPAREEXPR" => return Some(16),
        "GROUPINGFUNC" => return Some(23),
        "SUBLINK" => {
            return match SubLinkType::of(node)? {
                SubLinkType::Array => None,
                SubLinkType::Expr => column_types(node.node("subselect")?).first().copied()?,
                _ => Some(16),
            };
        }
        _ => return None,
    };
    node.number(field)
}
