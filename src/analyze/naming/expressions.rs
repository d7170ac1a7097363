//! Which column an expression is a form of, and of which parameters.

use super::text::Text;
use crate::analyze::node::{CoercionForm, Node, ParamKind, RteKind, SubLinkType, Value};

/// How deep expressions are followed.
pub(super) const MAX_DEPTH: usize = 600;

/// A query level.
pub(super) struct Level<'l, 'a> {
    pub(super) query: &'l Node<'a>,
    parent: Option<&'l Level<'l, 'a>>,
}

impl<'l, 'a> Level<'l, 'a> {
    pub(super) fn new(query: &'l Node<'a>, parent: Option<&'l Level<'l, 'a>>) -> Self {
        Self { query, parent }
    }

    /// The level that is `up` levels further out.
    pub(super) fn outer(&self, up: usize) -> Option<&Self> {
        (0..up).try_fold(self, |level, _| level.parent)
    }

    /// The range table entry of that index, from 1.
    pub(super) fn entry(&self, index: usize) -> Option<&'l Node<'a>> {
        self.query
            .list("rtable")
            .get(index.checked_sub(1)?)?
            .as_node()
    }
}

/// The name of a column of a range table entry, by its number, as the query may write it.
pub(super) fn column_of(entry: &Node<'_>, number: i16) -> Option<String> {
    let names = entry.node("eref")?.list("colnames");
    let index = usize::try_from(number).ok()?.checked_sub(1)?;
    let name = names.get(index)?.text()?;
    (!name.is_empty()).then(|| name.into_owned())
}

/// The shown columns of a query, in order.
pub(super) fn shown<'q, 'a>(list: &'q [Value<'a>]) -> impl Iterator<Item = &'q Node<'a>> {
    let targets = list.iter().filter_map(Value::as_node);
    targets.filter(|target| !target.flag("resjunk"))
}

/// Without casts, collation, sign, and what names an argument or a result.
pub(super) fn unwrapped<'v, 'a>(value: &'v Value<'a>) -> &'v Value<'a> {
    let Some(node) = value.as_node() else {
        return value;
    };
    match node.name {
        "RELABELTYPE" | "COERCEVIAIO" | "ARRAYCOERCEEXPR" | "COERCETODOMAIN"
        | "CONVERTROWTYPEEXPR" | "COLLATE" | "COLLATEEXPR" | "NAMEDARGEXPR" => {
            unwrapped(node.get("arg"))
        }
        "TARGETENTRY" => unwrapped(node.get("expr")),
        "FUNCEXPR" if is_cast(node) => node.list("args").first().map_or(value, unwrapped),
        "OPEXPR" | "BOOLEXPR" => match node.list("args") {
            [only] => unwrapped(only),
            _ => value,
        },
        _ => value,
    }
}

fn is_cast(function: &Node<'_>) -> bool {
    matches!(
        CoercionForm::of(function),
        Some(CoercionForm::ExplicitCast | CoercionForm::ImplicitCast)
    )
}

/// The arguments of a function, an aggregate or a window function.
pub(super) fn arguments<'n, 'a>(call: &'n Node<'a>) -> impl Iterator<Item = &'n Value<'a>> {
    let direct = call.list("aggdirectargs").iter();
    direct.chain(call.list("args"))
}

/// Whether a node yields one of its arguments.
pub(super) fn is_choice(node: &Node<'_>) -> bool {
    matches!(
        node.name,
        "COALESCE" | "COALESCEEXPR" | "MINMAX" | "MINMAXEXPR" | "NULLIFEXPR"
    )
}

pub(super) fn is_call(node: &Node<'_>) -> bool {
    matches!(node.name, "FUNCEXPR" | "AGGREF" | "WINDOWFUNC") && !is_cast(node)
}

/// Whether a call is `a AT TIME ZONE b`, whose arguments are `b` and `a`.
pub(super) fn is_at_time_zone(call: &Node<'_>, text: &Text<'_>) -> bool {
    call.name == "FUNCEXPR"
        && call.list("args").len() == 2
        && text.has_words(call.location(), &["AT", "TIME", "ZONE"])
}

/// The column that an expression is a form of, as the query may write its name.
pub(super) fn column_name<'a>(
    value: &Value<'a>,
    level: &Level<'_, 'a>,
    text: &Text<'_>,
    depth: usize,
) -> Option<String> {
    let node = unwrapped(value).as_node().filter(|_| depth < MAX_DEPTH)?;
    let deeper = |value: &Value<'a>| column_name(value, level, text, depth + 1);
    match node.name {
        "VAR" => variable(node, level, text, depth),
        "SUBSCRIPTINGREF" => deeper(node.get("refexpr")),
        "FIELDSELECT" => deeper(node.get("arg")),
        "OPEXPR" => {
            let picks = ["->", "#>"];
            let picks = picks.map(|start| text.has_operator(node.location(), start));
            picks
                .contains(&true)
                .then(|| deeper(node.list("args").first()?))?
        }
        "SUBLINK" if SubLinkType::of(node) == Some(SubLinkType::Expr) => {
            let query = node.node("subselect")?;
            let target = shown(query.list("targetList")).next()?;
            let inner = Level::new(query, Some(level));
            column_name(target.get("expr"), &inner, text, depth + 1)
        }
        _ if is_choice(node) || is_call(node) => arguments(node).find_map(deeper),
        _ => None,
    }
}

fn variable<'a>(
    var: &Node<'a>,
    level: &Level<'_, 'a>,
    text: &Text<'_>,
    depth: usize,
) -> Option<String> {
    let owner = level.outer(var.number("varlevelsup")?)?;
    let entry = owner.entry(var.number("varno")?)?;
    let number = var.number::<i16>("varattno")?;
    let system = match number {
        0 => return entry.node("eref")?.text("aliasname").map(Into::into),
        -1 => "ctid",
        -2 => "xmin",
        -3 => "cmin",
        -4 => "xmax",
        -5 => "cmax",
        -6 => "tableoid",
        _ if RteKind::of(entry) == Some(RteKind::Group) => {
            let index = usize::try_from(number).ok()?.checked_sub(1)?;
            let grouped = entry.list("groupexprs").get(index)?;
            return column_name(grouped, owner, text, depth + 1);
        }
        _ => return column_of(entry, number),
    };
    Some(system.to_owned())
}

/// A use of a parameter of the statement: its number and place.
pub(super) fn parameter(node: &Node<'_>) -> Option<(usize, usize)> {
    let is_parameter = node.name == "PARAM" && ParamKind::of(node) == Some(ParamKind::Extern);
    let number = is_parameter.then(|| node.number("paramid"))??;
    Some((number, node.location().unwrap_or(usize::MAX)))
}

/// The parameters that an expression is a form of: through casts, concatenation, and calls about nothing else, as
/// `lower($1)` or `'%' || $1 || '%'`.
pub(super) fn parameters_of<'a>(
    value: &Value<'a>,
    level: &Level<'_, 'a>,
    text: &Text<'_>,
    depth: usize,
) -> Vec<(usize, usize)> {
    let Some(node) = unwrapped(value).as_node().filter(|_| depth < MAX_DEPTH) else {
        return Vec::new();
    };
    let all = |values: &mut dyn Iterator<Item = &Value<'a>>| {
        values
            .flat_map(|value| parameters_of(value, level, text, depth + 1))
            .collect()
    };
    match node.name {
        "PARAM" => parameter(node).into_iter().collect(),
        "ARRAY" | "ARRAYEXPR" => all(&mut node.list("elements").iter()),
        "OPEXPR" if text.has_operator(node.location(), "||") => all(&mut node.list("args").iter()),
        "FUNCEXPR" if is_at_time_zone(node, text) => all(&mut node.list("args").iter().skip(1)),
        _ if is_choice(node) => all(&mut node.list("args").iter()),
        _ if is_call(node) => {
            let is_about_a_column =
                arguments(node).any(|value| column_name(value, level, text, depth + 1).is_some());
            if is_about_a_column {
                return Vec::new();
            }
            all(&mut arguments(node))
        }
        _ => Vec::new(),
    }
}
