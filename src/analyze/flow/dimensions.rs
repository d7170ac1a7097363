//! How many dimensions an array has by the way it is made.

use std::cell::Cell;

use super::super::node::{self, Node, RteKind, SubLinkType, Value};
use super::super::nullability::{shown_targets, type_of};
use super::{MAX_DEPTH, Scope};
use crate::catalog::{Catalog, Oid, PgTypeKind};

const ARRAY_CAT: Oid = 383;
const ARRAY_AGG_OF_ARRAYS: Oid = 4053;

/// How many dimensions each result column has; 1 where nothing says that it has more.
pub(super) fn of_columns(query: &Node<'_>, catalog: &Catalog) -> Vec<usize> {
    let steps = Cell::new(0);
    let scope = Scope::of(query, catalog, &steps);
    let columns = 0..shown_targets(query).count();
    columns
        .map(|index| {
            let mut most = 1;
            scope.column(index, &mut |scope, value| {
                most = most.max(scope.dimensions(value));
            });
            most
        })
        .collect()
}

/// The same for the columns of a view.
pub(in crate::analyze) fn of_view(view: Oid, catalog: &Catalog) -> Vec<usize> {
    let tree = catalog
        .relations
        .get(&view)
        .and_then(|view| view.view_tree.as_deref());
    let tree = tree.and_then(node::read_query);
    tree.map_or_else(Vec::new, |tree| of_columns(&tree, catalog))
}

/// The dimensions that a column or field is declared with: its own, or those of its domain.
fn declared(relation: Oid, number: i16, catalog: &Catalog) -> usize {
    let Some(column) = catalog.attribute(relation, number) else {
        return 0;
    };
    let mut most = column.dimensions;
    let mut ty = column.type_id;
    while let Some(PgTypeKind::Domain {
        base, dimensions, ..
    }) = catalog.types.get(&ty).map(|ty| &ty.kind)
    {
        most = most.max(*dimensions);
        ty = *base;
    }
    usize::try_from(most).unwrap_or_default()
}

impl<'a> Scope<'_, 'a> {
    /// 0 of what is no array as far as anybody knows.
    fn dimensions(&self, value: &Value<'a>) -> usize {
        let Some(node) = value.as_node().filter(|_| self.step()) else {
            return 0;
        };
        let scope = Scope {
            depth: self.depth + 1,
            ..*self
        };
        scope.dimensions_of(node)
    }

    fn dimensions_of(&self, node: &Node<'a>) -> usize {
        let most = |values: &[Value<'a>]| {
            let all = values.iter().map(|value| self.dimensions(value));
            all.max().unwrap_or_default()
        };
        let argument = |index: usize| {
            let arguments = node.list("args");
            arguments
                .get(index)
                .map_or(0, |value| self.dimensions(value))
        };
        match node.name {
            "VAR" => self.dimensions_of_column(node),
            "RELABELTYPE" | "COLLATE" | "COLLATEEXPR" | "ARRAYCOERCEEXPR" | "COERCETODOMAIN"
            | "COERCEVIAIO" | "NAMEDARGEXPR" => self.dimensions(node.get("arg")),
            "TARGETENTRY" => self.dimensions(node.get("expr")),
            "ARRAY" | "ARRAYEXPR" if node.flag("multidims") => {
                1 + most(node.list("elements")).max(1)
            }
            "ARRAY" | "ARRAYEXPR" => 1,
            "COALESCE" | "COALESCEEXPR" | "MINMAX" | "MINMAXEXPR" => most(node.list("args")),
            "NULLIFEXPR" => argument(0),
            "CASE" | "CASEEXPR" => {
                let results = node
                    .nodes("args")
                    .map(|when| self.dimensions(when.get("result")));
                let otherwise = self.dimensions(node.get("defresult"));
                results.chain([otherwise]).max().unwrap_or_default()
            }
            "SUBSCRIPTINGREF" => {
                let is_array = !node.list("reflowerindexpr").is_empty()
                    || !node.get("refassgnexpr").is_nothing();
                if is_array {
                    self.dimensions(node.get("refexpr"))
                } else {
                    0
                }
            }
            "SUBLINK" => self.dimensions_of_subquery(node).unwrap_or_default(),
            "FIELDSELECT" => self.dimensions_of_field(node).unwrap_or_default(),
            // An array of arrays; max, min, any_value, mode and percentile_disc are one of their rows.
            "AGGREF" | "WINDOWFUNC" => {
                let field = if node.name == "AGGREF" {
                    "aggfnoid"
                } else {
                    "winfnoid"
                };
                let input = node.list("args").first();
                let input = || input.map_or(0, |value| self.dimensions(value));
                match node.number::<Oid>(field) {
                    Some(ARRAY_AGG_OF_ARRAYS) => 1 + input().max(1),
                    // max, min, any_value, mode, percentile_disc; lag, lead, first_value, last_value and nth_value.
                    Some(2050 | 2051 | 6292 | 3984 | 3972 | 3106..=3114) => input(),
                    // percentile_disc and percentile_cont of several fractions.
                    Some(3978 | 3980 | 3982) => most(node.list("aggdirectargs")),
                    _ => 0,
                }
            }
            "FUNCEXPR" | "OPEXPR" => {
                let field = if node.name == "OPEXPR" {
                    "opfuncid"
                } else {
                    "funcid"
                };
                match node.number::<Oid>(field) {
                    Some(ARRAY_CAT) => argument(0).max(argument(1)),
                    // array_append, array_replace, trim_array, array_sort, array_reverse, array_shuffle, array_sample.
                    Some(378 | 3168 | 6172 | 6388..=6390 | 6381 | 6215 | 6216) => argument(0),
                    Some(379) => argument(1), // array_prepend
                    // array_fill, with a length for each dimension.
                    Some(1193 | 1286) => count(node.list("args").get(1)).unwrap_or(2),
                    _ => 0,
                }
            }
            // After its own length, an array begins with the number of its dimensions.
            "CONST"
                if self
                    .catalog
                    .is_array(node.number("consttype").unwrap_or_default()) =>
            {
                integers(node).next().unwrap_or(1)
            }
            _ => 0,
        }
    }

    fn dimensions_of_column(&self, var: &Node<'a>) -> usize {
        let mut most = 0;
        let mut stored = None;
        self.sources(
            var,
            &mut |column| stored = Some(column),
            &mut |scope, value| most = most.max(scope.dimensions(value)),
        );
        // The rows of `unnest` are elements.
        if !self
            .catalog
            .is_array(var.number("vartype").unwrap_or_default())
        {
            return 0;
        }
        let Some((relation, number)) = stored else {
            return most.max(self.dimensions_of_returned(var).unwrap_or_default());
        };
        let index = usize::try_from(number).ok();
        let made = index
            .and_then(|number| number.checked_sub(1))
            .filter(|_| self.depth < MAX_DEPTH / 4)
            .and_then(|index| of_view(relation, self.catalog).get(index).copied());
        declared(relation, number, self.catalog).max(made.unwrap_or_default())
    }

    fn dimensions_of_subquery(&self, sublink: &Node<'a>) -> Option<usize> {
        let query = sublink.node("subselect")?;
        let mut most = 0;
        self.inner(query).column(0, &mut |scope, value| {
            most = most.max(scope.dimensions(value));
        });
        match SubLinkType::of(sublink)? {
            SubLinkType::Array => Some(most + 1),
            SubLinkType::Expr => Some(most),
            _ => None,
        }
    }

    /// A field of a composite value, as its type declares it.
    fn dimensions_of_field(&self, node: &Node<'a>) -> Option<usize> {
        let relation = self.composite(type_of(node.node("arg")?)?)?;
        Some(declared(relation, node.number("fieldnum")?, self.catalog))
    }

    /// A column of a function in FROM that returns rows of a composite type.
    fn dimensions_of_returned(&self, var: &Node<'a>) -> Option<usize> {
        let owner = self.outer(var.number("varlevelsup")?)?;
        let entry = owner.entry(var.number("varno")?)?;
        if RteKind::of(entry)? != RteKind::Function {
            return None;
        }
        let mut column: i16 = var.number("varattno")?;
        for function in entry.nodes("functions") {
            let count: i16 = function.number("funccolcount")?;
            if column <= count {
                let relation = self.composite(type_of(function.node("funcexpr")?)?)?;
                return Some(declared(relation, column, self.catalog));
            }
            column -= count;
        }
        None
    }

    /// The relation with the fields of a composite type, or of a domain over one.
    fn composite(&self, ty: Oid) -> Option<Oid> {
        match self.catalog.types.get(&ty)?.kind {
            PgTypeKind::Composite { relation } => Some(relation),
            PgTypeKind::Domain { base, .. } => self.composite(base),
            _ => None,
        }
    }
}

/// How many elements an array has, if that is written there.
fn count(array: Option<&Value<'_>>) -> Option<usize> {
    let array = array?.as_node()?;
    match array.name {
        "ARRAY" | "ARRAYEXPR" => Some(array.list("elements").len()),
        // The number of dimensions, the place of the elements, their type, the length.
        "CONST" => match integers(array).collect::<Vec<_>>()[..] {
            [1, _, _, length, ..] => Some(length),
            _ => None,
        },
        _ => None,
    }
}

/// The numbers that the value of a constant begins with, after its own length.
fn integers(constant: &Node<'_>) -> impl Iterator<Item = usize> {
    let bytes = constant.bytes("constvalue").unwrap_or_default();
    // They are printed as signed or unsigned, as the server's platform has them. The lowest comes first.
    let bytes = bytes.split_whitespace();
    let bytes = bytes.map_while(|byte| usize::try_from(byte.parse::<i16>().ok()? & 0xff).ok());
    let bytes: Vec<usize> = bytes.skip(4).take(16).collect();
    let numbers: Vec<usize> = bytes
        .chunks_exact(4)
        .map(|number| number.iter().rev().fold(0, |sum, byte| (sum << 8) | byte))
        .collect();
    numbers.into_iter()
}
