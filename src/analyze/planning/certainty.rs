//! Whether a statement that the planner refuses is refused in every call.
//!
//! The generic plan that was asked for leaves parameters open. A call may plan with their values: then
//! `CASE WHEN $1 THEN 1/0 ELSE 1 END` with `false` loses the division before anybody computes it. And the planner calls
//! functions that depend on the session, such as `current_setting`, which may well succeed elsewhere. So a refusal is
//! certain only where no parameter can change what is left of the statement, and nothing that the planner computes depends
//! on the session. What is not known to be so counts as uncertain.

use std::collections::BTreeSet;

use tokio_postgres::error::{DbError, SqlState};

use super::super::node::{self, Node, Value};
use crate::catalog::{Catalog, Oid};
use crate::syntax::lex;

/// How deep the walks over a tree go.
const MAX_DEPTH: usize = 500;

/// What a refusal of the planner depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// On more than the statement and the schema, or nobody knows.
    Uncertain,
    /// On the relations alone.
    Always,
    /// On what `ON CONFLICT` names.
    Arbiter,
    /// On the conditions that are left when parameters have values.
    Shape,
    /// On what the planner computes, too.
    Evaluation,
}

/// Functions of the server's own that depend on settings, and fail or succeed whatever these are.
const HARMLESS: &[&str] = &[
    "age",
    "array_to_string",
    "concat",
    "concat_ws",
    "date_trunc",
    "extract",
    "format",
    "json_build_array",
    "json_build_object",
    "jsonb_build_array",
    "jsonb_build_object",
    "now",
    "phraseto_tsquery",
    "plainto_tsquery",
    "row_to_json",
    "statement_timestamp",
    "timestamptz_mi_interval",
    "timestamptz_pl_interval",
    "to_char",
    "to_json",
    "to_jsonb",
    "to_tsquery",
    "to_tsvector",
    "transaction_timestamp",
    "ts_headline",
    "websearch_to_tsquery",
];

pub(super) fn of(error: &DbError) -> Refusal {
    // A function of the user's was running, which may have looked at data.
    let is_alone = error
        .where_()
        .is_none_or(|context| context.starts_with("JSON data, "));
    let code = error.code();
    if !is_alone {
        Refusal::Uncertain
    } else if *code == SqlState::INVALID_COLUMN_REFERENCE {
        Refusal::Arbiter
    } else if *code == SqlState::WRONG_OBJECT_TYPE {
        Refusal::Always
    } else if error
        .message()
        .starts_with("FULL JOIN is only supported with ")
    {
        Refusal::Shape
    } else if code.code().starts_with("22")
        || [SqlState::FEATURE_NOT_SUPPORTED, SqlState::SYNTAX_ERROR].contains(code)
    {
        Refusal::Evaluation
    } else {
        Refusal::Uncertain
    }
}

pub(super) fn is_harmless(function: &str) -> bool {
    HARMLESS.contains(&function)
        // Comparisons of a date or timestamp with a timestamptz.
        || function.ends_with("_timestamptz") || function.starts_with("timestamptz_")
}

/// Whether no `ON CONFLICT` has a parameter in what it names, whose value could prove that an index fits.
pub(super) fn has_constant_arbiters(tree: &Node<'_>) -> bool {
    let mut constant = true;
    each(tree, &mut |node| {
        if node.name == "ONCONFLICTEXPR" {
            let named = ["arbiterElems", "arbiterWhere"].map(|field| node.get(field));
            constant &= !named.into_iter().any(has_parameter);
        }
    });
    constant
}

/// Whether no row policy takes part, and no parameter could rule out a partition before the rest is planned.
pub(super) fn is_secluded(tree: &Node<'_>, catalog: &Catalog) -> bool {
    relations(tree, catalog)
        .iter()
        .filter_map(|oid| catalog.relations.get(oid))
        .all(|relation| !relation.row_security && relation.children.is_empty())
}

/// Whether the values of parameters cannot make the planner drop a part of the statement: each is a value that is stored,
/// shown or counted as it is, or is compared with a column. A comparison with one of the `nullable` ones drops all that
/// depends on it.
pub(super) fn is_settled(tree: &Node<'_>, catalog: &Catalog, nullable: &BTreeSet<usize>) -> bool {
    let level = Level {
        catalog,
        nullable,
        query: tree,
    };
    level.is_settled(true, 0)
}

/// A query, at some level of the statement.
struct Level<'t, 'a> {
    catalog: &'t Catalog,
    nullable: &'t BTreeSet<usize>,
    query: &'t Node<'a>,
}

impl<'a> Level<'_, 'a> {
    /// `is_last` says that no condition looks at the values that the query gives.
    fn is_settled(&self, is_last: bool, depth: usize) -> bool {
        let is_insert = self.query.number::<u8>("commandType") == Some(3);
        depth < MAX_DEPTH
            && self.query.fields().all(|(field, values)| {
                let mut values = values.iter().map(Value::resolve);
                match field {
                    "limitCount" | "limitOffset" => values.all(|value| is_plain(value, depth)),
                    "targetList" | "returningList" if is_last => {
                        values.all(|value| is_plain(value, depth))
                    }
                    "rtable" => values.flat_map(Value::items).all(|entry| {
                        let entry = entry.as_node();
                        entry.is_some_and(|entry| self.is_entry_settled(entry, is_insert, depth))
                    }),
                    "onConflict" => values.all(|value| match value.as_node() {
                        Some(conflict) => {
                            is_plain(conflict.get("onConflictSet"), depth)
                                && self.holds(conflict.get("onConflictWhere"), depth)
                                && self.holds(conflict.get("arbiterWhere"), depth)
                        }
                        None => true,
                    }),
                    _ => values.all(|value| self.holds(value, depth + 1)),
                }
            })
    }

    /// Whether what stands in FROM is settled; `is_source` says that its rows are what an INSERT stores.
    fn is_entry_settled(&self, entry: &Node<'a>, is_source: bool, depth: usize) -> bool {
        match entry.number::<u8>("rtekind") {
            Some(1) => entry.node("subquery").is_some_and(|query| {
                let inner = Level { query, ..*self };
                inner.is_settled(is_source, depth + 1)
            }),
            Some(5) => is_plain(entry.get("values_lists"), depth),
            // What a join calls its columns is written below it.
            Some(2) => true,
            _ => self.hold_all(entry, depth),
        }
    }

    fn hold_all(&self, node: &Node<'a>, depth: usize) -> bool {
        let mut values = node.fields().flat_map(|(_, values)| values);
        values.all(|value| self.holds(value, depth + 1))
    }

    /// Whether every parameter in an expression is compared with a column.
    fn holds(&self, value: &Value<'a>, depth: usize) -> bool {
        match value {
            _ if depth > MAX_DEPTH => false,
            Value::TooDeep => false,
            Value::Deferred(_) | Value::Nothing | Value::Token(_) | Value::Bytes(_) => true,
            Value::List(items) => items.iter().all(|item| self.holds(item, depth + 1)),
            Value::Node(node) => match node.name {
                "QUERY" => {
                    let inner = Level {
                        query: node,
                        ..*self
                    };
                    inner.is_settled(false, depth + 1)
                }
                "PARAM" => node.number::<u8>("paramkind") != Some(0),
                "OPEXPR" | "SCALARARRAYOPEXPR" if !is_foreign(node, "opfuncid") => {
                    let arguments = node.list("args");
                    let has_column = arguments.iter().any(|argument| self.is_column(argument));
                    arguments.iter().all(|argument| {
                        has_column && self.is_value(argument) || self.holds(argument, depth + 1)
                    })
                }
                _ => self.hold_all(node, depth),
            },
        }
    }

    /// A column of a table, as it is or cast. That of a view or a subquery may be the same in all rows.
    fn is_column(&self, value: &Value<'a>) -> bool {
        let column = inside_casts(value)
            .filter(|node| node.name == "VAR" && node.number::<u8>("varlevelsup") == Some(0));
        let index = column.and_then(|column| column.number::<usize>("varno"));
        let entry = index.and_then(|index| {
            let entry = self.query.list("rtable").get(index.checked_sub(1)?)?;
            entry.as_node()
        });
        let relation = entry.and_then(relation);
        let relation = relation.and_then(|oid| self.catalog.relations.get(&oid));
        relation.is_some_and(|relation| relation.view_tree.is_none())
    }

    /// A parameter that is never NULL, as it is or cast.
    fn is_value(&self, value: &Value<'a>) -> bool {
        let parameter = inside_casts(value).filter(|node| node.name == "PARAM");
        let number = parameter.and_then(|parameter| parameter.number("paramid"));
        number.is_some_and(|number| !self.nullable.contains(&number))
    }
}

/// Whether the parameters in a value can change nothing but the value.
fn is_plain(value: &Value<'_>, depth: usize) -> bool {
    match value {
        _ if depth > MAX_DEPTH => false,
        Value::TooDeep => false,
        Value::Deferred(_) | Value::Nothing | Value::Token(_) | Value::Bytes(_) => true,
        Value::List(items) => items.iter().all(|item| is_plain(item, depth + 1)),
        Value::Node(node) => match node.name {
            "BOOLEXPR" | "CASE" | "CASEEXPR" | "COALESCE" | "COALESCEEXPR" | "SUBLINK"
            | "AGGREF" | "WINDOWFUNC" => !has_parameter(value),
            "FUNCEXPR" if is_foreign(node, "funcid") => !has_parameter(value),
            "OPEXPR" if is_foreign(node, "opfuncid") => !has_parameter(value),
            _ => {
                let mut values = node.fields().flat_map(|(_, values)| values);
                values.all(|value| is_plain(value, depth + 1))
            }
        },
    }
}

/// Whether the function is not the server's own, so that it may be replaced by its body.
fn is_foreign(node: &Node<'_>, field: &str) -> bool {
    node.number::<Oid>(field)
        .is_none_or(|oid| oid == 0 || oid >= 16384)
}

fn inside_casts<'v, 'a>(value: &'v Value<'a>) -> Option<&'v Node<'a>> {
    let node = value.as_node()?;
    match node.name {
        "RELABELTYPE" | "COERCEVIAIO" | "COLLATE" | "COLLATEEXPR" | "ARRAYCOERCEEXPR" => {
            inside_casts(node.get("arg"))
        }
        "FUNCEXPR" if matches!(node.number::<u8>("funcformat"), Some(1 | 2)) => {
            inside_casts(node.list("args").first()?)
        }
        _ => Some(node),
    }
}

fn has_parameter(value: &Value<'_>) -> bool {
    let mut found = matches!(value, Value::TooDeep);
    each_in(value, 0, &mut |node| {
        found |= node.name == "PARAM" && node.number::<u8>("paramkind") == Some(0);
    });
    found
}

/// The functions that the statement and its views call, operators included.
pub(super) fn functions(tree: &Node<'_>, catalog: &Catalog) -> BTreeSet<Oid> {
    let mut found = BTreeSet::new();
    let mut add = |node: &Node<'_>| {
        found.extend(
            ["funcid", "opfuncid"]
                .iter()
                .filter_map(|field| node.number::<Oid>(field)),
        );
    };
    each(tree, &mut add);
    for oid in relations(tree, catalog) {
        let view = catalog.relations.get(&oid);
        let tree = view
            .and_then(|view| view.view_tree.as_deref())
            .and_then(node::read);
        if let Some(tree) = tree {
            each(&tree, &mut add);
        }
    }
    found
}

/// The relations of the statement, and of the views among them.
fn relations(tree: &Node<'_>, catalog: &Catalog) -> BTreeSet<Oid> {
    let mut found = BTreeSet::new();
    let mut open = Vec::new();
    each(tree, &mut |node| open.extend(relation(node)));
    while let Some(oid) = open.pop() {
        if !found.insert(oid) {
            continue;
        }
        let view = catalog.relations.get(&oid);
        let tree = view
            .and_then(|view| view.view_tree.as_deref())
            .and_then(node::read);
        if let Some(tree) = tree {
            each(&tree, &mut |node| open.extend(relation(node)));
        }
    }
    found
}

fn relation(node: &Node<'_>) -> Option<Oid> {
    let is_entry = matches!(node.name, "RTE" | "RANGETBLENTRY");
    node.number::<Oid>("relid").filter(|_| is_entry)
}

/// Calls `look` with each node of a tree.
fn each<'a>(tree: &Node<'a>, look: &mut impl FnMut(&Node<'a>)) {
    look(tree);
    for (_, values) in tree.fields() {
        for value in values {
            each_in(value, 0, look);
        }
    }
}

fn each_in<'a>(value: &Value<'a>, depth: usize, look: &mut impl FnMut(&Node<'a>)) {
    if depth > MAX_DEPTH {
        return;
    }
    match value {
        Value::List(items) => {
            for item in items {
                each_in(item, depth + 1, look);
            }
        }
        Value::Node(node) => {
            look(node);
            for (_, values) in node.fields() {
                for value in values {
                    each_in(value, depth + 1, look);
                }
            }
        }
        _ => {}
    }
}

/// A LIMIT or OFFSET that is a negative number and is reached in every call: the clause, its SQLSTATE and its place.
pub(super) fn negative_limit(
    tree: &Node<'_>,
) -> Option<(&'static str, &'static str, Option<usize>)> {
    let clauses = [
        ("limitCount", "LIMIT", "2201W"),
        ("limitOffset", "OFFSET", "2201X"),
    ];
    let mut found = clauses.into_iter().filter_map(|(field, clause, code)| {
        let constant = negative(tree.get(field))?;
        Some((clause, code, constant.location()))
    });
    if let Some(found) = found.next() {
        return Some(found);
    }
    // The rows that an INSERT stores.
    let is_insert = tree.number::<u8>("commandType") == Some(3);
    let mut sources = tree
        .nodes("rtable")
        .filter_map(|entry| entry.node("subquery"));
    match (sources.next(), sources.next()) {
        (Some(source), None) if is_insert => negative_limit(source),
        _ => None,
    }
}

/// The constant that a value is, if that is a negative whole number.
fn negative<'v, 'a>(value: &'v Value<'a>) -> Option<&'v Node<'a>> {
    let node = inside_casts(value)?;
    if node.name != "CONST" || node.flag("constisnull") {
        return None;
    }
    let is_whole = matches!(node.number::<Oid>("consttype"), Some(20 | 21 | 23));
    let bytes = node.bytes("constvalue").filter(|_| is_whole)?;
    let length: usize = node.number("constlen")?;
    let bytes: Vec<i16> = bytes
        .split_whitespace()
        .filter_map(|byte| byte.parse().ok())
        .collect();
    // Trees print a datum as the server's machine holds it.
    let is_negative = |byte: Option<&i16>| byte.is_some_and(|byte| byte & 0x80 != 0);
    let highest = if cfg!(target_endian = "little") {
        length.checked_sub(1)?
    } else {
        0
    };
    is_negative(bytes.get(highest)).then_some(node)
}

/// Where the constant is that the planner fails at, if only one can be it: a byte offset in the statement.
pub(super) fn culprit(tree: &Node<'_>, code: &SqlState, sql: &str) -> Option<usize> {
    let mut found = BTreeSet::new();
    each(tree, &mut |node| {
        if !matches!(
            node.name,
            "OPEXPR" | "FUNCEXPR" | "SCALARARRAYOPEXPR" | "COERCEVIAIO"
        ) {
            return;
        }
        let operator = node.location().and_then(|at| sql.get(at..));
        let operator = operator.map(|rest| match lex(rest).first() {
            Some(token) => token.text(rest).to_owned(),
            None => String::new(),
        });
        let operator = operator.unwrap_or_default();
        let is_suspect = match operator.to_lowercase().as_str() {
            "/" | "%" => true,
            "+" | "-" | "*" => *code == SqlState::NUMERIC_VALUE_OUT_OF_RANGE,
            "=" | "<>" | "!=" | "<" | ">" | "<=" | ">=" | "in" | "any" | "all" | "(" => false,
            _ => *code != SqlState::DIVISION_BY_ZERO || node.name == "FUNCEXPR",
        };
        let arguments = match node.name {
            "COERCEVIAIO" => std::slice::from_ref(node.get("arg")),
            _ => node.list("args"),
        };
        let last = arguments.last().filter(|_| is_suspect);
        if let Some(last) = last.filter(|last| is_constant(last)) {
            found.extend(first_place(last).or_else(|| node.location()));
        }
    });
    match found.len() {
        1 => found.first().copied(),
        _ => None,
    }
}

fn is_constant(value: &Value<'_>) -> bool {
    let mut constant = true;
    each_in(value, 0, &mut |node| {
        constant &= !matches!(
            node.name,
            "VAR" | "PARAM" | "SUBLINK" | "AGGREF" | "WINDOWFUNC"
        );
    });
    constant
}

fn first_place(value: &Value<'_>) -> Option<usize> {
    let mut first: Option<usize> = None;
    each_in(value, 0, &mut |node| {
        first = first.into_iter().chain(node.location()).min();
    });
    first
}
