//! Whether the elements of an array can be NULL: those that are no arrays themselves, whatever its dimensions.
//!
//! Nothing in Postgres keeps NULL out of a stored array, so only what a query puts together itself is known.

use super::fault::{Fault, made};
use super::frame::{Frame, Phase};
use super::functions::{self, Needs};
use super::node::{Node, ParamKind, RteKind, SubLinkType, Value};
use super::targets::column_types;
use super::{Analyzer, Fact};
use crate::catalog::{Oid, PgTypeKind};

/// Which arrays the elements of a function's result come from.
enum Source {
    /// The function makes them, and none is NULL.
    Function,
    /// The array arguments, by position; the other arguments are elements, or say nothing.
    Arguments {
        arrays: &'static [usize],
        elements: &'static [usize],
    },
    /// `array_remove`: what the first argument has, without the second.
    Without,
}

impl<'a> Analyzer<'_> {
    /// A result column: its value and, if it is an array, its elements.
    pub(super) fn of_result_column(&self, value: &Value<'a>, frame: &Frame<'_, 'a>) -> Fact {
        let fact = self.evaluate(value, frame);
        let elements = self.elements(value, frame);
        Fact {
            elements: (!elements.nullable).then_some(elements.reason),
            ..fact
        }
    }

    /// Whether an element of the array can be NULL, if the array is none.
    pub(super) fn elements(&self, array: &Value<'a>, frame: &Frame<'_, 'a>) -> Fact {
        let unknown = || Fact::nullable("an array may have NULL elements");
        let (Some(node), Some(_step)) = (array.as_node(), self.step()) else {
            return unknown();
        };
        match node.name {
            "VAR" => self.elements_of_column(node, frame).unwrap_or_else(unknown),
            "ARRAY" | "ARRAYEXPR" => match (node.get("elements"), node.list("elements")) {
                (Value::Nothing, _) => Fact::not_null("the array is empty"),
                // The parts of a two-dimensional array are arrays.
                (_, parts) if !node.denies("multidims") => self.elements_of_all(parts, frame),
                (_, elements) => self.all_of(elements, frame),
            },
            // Changes of type that keep NULL and make none.
            "RELABELTYPE" | "COLLATE" | "COLLATEEXPR" | "COERCETODOMAIN" => {
                self.elements(node.get("arg"), frame)
            }
            "ARRAYCOERCEEXPR" => {
                let is_total =
                    casts_totally(node.get("elemexpr")) || made(Fault::ElementCastIgnored);
                if is_total {
                    self.elements(node.get("arg"), frame)
                } else {
                    Fact::nullable("the cast of an element may give NULL")
                }
            }
            // A slice; `array[1]` is no array.
            "SUBSCRIPTINGREF" if node.get("refassgnexpr").is_nothing() => {
                self.elements(node.get("refexpr"), frame)
            }
            "COALESCE" | "COALESCEEXPR" => self.elements_of_all(node.list("args"), frame),
            "CASE" | "CASEEXPR" => {
                let branches = node.list("args").iter();
                let results = branches.map(|branch| match branch.as_node() {
                    Some(when) => self.elements(when.get("result"), frame),
                    None => unknown(),
                });
                let otherwise = node.get("defresult");
                let otherwise = (!otherwise.is_nothing() && !is_null(otherwise))
                    .then(|| self.elements(otherwise, frame));
                weakest(results.chain(otherwise)).unwrap_or_else(unknown)
            }
            "SUBLINK" => self
                .elements_of_subquery(node, frame)
                .unwrap_or_else(unknown),
            "AGGREF" => self
                .elements_of_aggregate(node, frame)
                .unwrap_or_else(unknown),
            "FUNCEXPR" => {
                let function = node.number::<Oid>("funcid");
                self.elements_of_call(function, node, frame)
                    .unwrap_or_else(unknown)
            }
            "OPEXPR" => {
                let function = node.number::<Oid>("opfuncid");
                self.elements_of_call(function, node, frame)
                    .unwrap_or_else(unknown)
            }
            // An array argument of a query function is a slice, which has no place for NULL.
            "PARAM"
                if ParamKind::of(node) == Some(ParamKind::Extern)
                    && self.is_array(node.number("paramtype")) =>
            {
                match node.number::<usize>("paramid") {
                    Some(number)
                        if !self.assumptions.nullable_elements.contains(&number)
                            || made(Fault::SentElementsTrusted) =>
                    {
                        Fact::not_null(format!("`${number}` is sent without NULL in it"))
                    }
                    _ => unknown(),
                }
            }
            "CONST" if is_null(array) => Fact::not_null("there is no array"),
            "CONST" if self.is_array(node.number("consttype")) => {
                // The header's third word says where the elements start if there is a map of NULLs, else it is 0.
                let bytes: Option<Vec<_>> = node
                    .bytes("constvalue")
                    .map(|bytes| bytes.split_whitespace().collect());
                match bytes.as_deref().and_then(|bytes| bytes.get(8..12)) {
                    Some(["0", "0", "0", "0"]) => Fact::not_null("the array has no NULL in it"),
                    _ => unknown(),
                }
            }
            _ => unknown(),
        }
    }

    /// Not NULL where the elements of no array are.
    fn elements_of_all(&self, arrays: &[Value<'a>], frame: &Frame<'_, 'a>) -> Fact {
        let facts = arrays.iter().map(|array| self.elements(array, frame));
        weakest(facts).unwrap_or_else(|| Fact::nullable("an array may have NULL elements"))
    }

    /// A column of a subquery, view or CTE. Outer joins do not matter: they make the whole array NULL.
    fn elements_of_column(&self, var: &Node<'a>, frame: &Frame<'_, 'a>) -> Option<Fact> {
        if !self.is_array(var.number("vartype")) {
            return None;
        }
        let owner = var.number("varlevelsup").and_then(|up| frame.outer(up))?;
        let (table, column) = (
            var.number::<usize>("varno")?,
            var.number::<i16>("varattno")?,
        );
        // What is stored may be something else than what was read.
        let written = owner.written.as_ref();
        if written.is_some_and(|written| written.table == table) && !made(Fault::ElementsOfStored) {
            return None;
        }
        let entry = owner.entry(table)?;
        let index = usize::try_from(column).ok()?.checked_sub(1)?;
        match RteKind::of(entry)? {
            RteKind::Join => Some(self.elements(entry.list("joinaliasvars").get(index)?, owner)),
            RteKind::Group => {
                let value = entry.list("groupexprs").get(index)?;
                Some(owner.in_phase(Phase::Input, || self.elements(value, owner)))
            }
            RteKind::Relation if made(Fault::ElementsOfStored) => Some(Fact::not_null("")),
            _ => {
                let reason = self.column_of_entry(owner, table, column).elements?;
                Some(Fact::not_null(reason))
            }
        }
    }

    fn elements_of_subquery(&self, sublink: &Node<'a>, frame: &Frame<'_, 'a>) -> Option<Fact> {
        let query = sublink.node("subselect")?;
        let column = || self.result_columns(query, Some(frame)).into_iter().next();
        match SubLinkType::of(sublink)? {
            SubLinkType::Expr => column()?.elements.map(Fact::not_null),
            SubLinkType::Array => {
                // Arrays become the rows of one with more dimensions, whose elements are theirs.
                let ty = column_types(query).first().copied()??;
                if self.is_array(Some(ty)) && !made(Fault::ArrayOfArraysHasScalars) {
                    column()?.elements.map(Fact::not_null)
                } else {
                    column()
                }
            }
            _ => None,
        }
    }

    /// `array_agg`, whose FILTER says more of its rows.
    fn elements_of_aggregate(&self, node: &Node<'a>, frame: &Frame<'_, 'a>) -> Option<Fact> {
        let of_arrays = match node.number::<Oid>("aggfnoid")? {
            2335 => false,
            4053 => true,
            _ => return None,
        };
        if node.number::<usize>("agglevelsup") != Some(0) {
            return None;
        }
        let [input] = super::aggregates::arguments(node)[..] else {
            return None;
        };
        Some(frame.in_phase(Phase::Input, || {
            if of_arrays {
                return self.elements(input, frame);
            }
            let known = self.where_true(node.get("aggfilter"), frame).into_known();
            let known = known.said_by("FILTER keeps only rows where");
            // A row of which something is known is there, whatever outer join it comes from.
            let padded = frame.padded_without(&known.tables_with_rows(frame.level));
            frame.with_rows(known, padded, || self.evaluate(input, frame))
        }))
    }

    fn elements_of_call(
        &self,
        function: Option<Oid>,
        node: &Node<'a>,
        frame: &Frame<'_, 'a>,
    ) -> Option<Fact> {
        if !node.denies("funcretset") && node.name == "FUNCEXPR" {
            return None;
        }
        let arguments = node.list("args");
        match source(function?)? {
            Source::Function => {
                let name = self.function_name(function?);
                Some(Fact::not_null(format!(
                    "{name} puts no NULL into its array"
                )))
            }
            Source::Arguments { arrays, elements } => {
                let arrays = arrays.iter().map(|&at| match arguments.get(at) {
                    // A missing array adds nothing.
                    Some(array) if is_null(array) => Fact::not_null("there is no array"),
                    Some(array) => self.elements(array, frame),
                    None => Fact::too_deep(),
                });
                let elements = elements.iter().map(|&at| match arguments.get(at) {
                    Some(element) => self.evaluate(element, frame),
                    None => Fact::too_deep(),
                });
                weakest(arrays.chain(elements))
            }
            Source::Without => match arguments {
                [_, removed] if is_null(removed) => {
                    Some(Fact::not_null("`array_remove` takes NULL out of the array"))
                }
                [array, _] => Some(self.elements(array, frame)),
                _ => None,
            },
        }
    }

    pub(super) fn is_array(&self, oid: Option<Oid>) -> bool {
        let ty = oid.and_then(|oid| self.catalog.types.get(&oid));
        ty.is_some_and(|ty| matches!(ty.kind, PgTypeKind::Array { .. }))
    }
}

/// Whether the cast of an array's elements gives NULL for NULL only. An element is a `CASETESTEXPR` there.
fn casts_totally(cast: &Value<'_>) -> bool {
    let Some(node) = cast.as_node() else {
        return false;
    };
    match (node.name, node.list("args")) {
        ("CASETESTEXPR", _) => true,
        (
            "RELABELTYPE" | "COERCEVIAIO" | "COLLATE" | "COLLATEEXPR" | "COERCETODOMAIN"
            | "CONVERTROWTYPEEXPR",
            _,
        ) => casts_totally(node.get("arg")),
        // An array in a domain that is an element.
        ("ARRAYCOERCEEXPR", _) => {
            casts_totally(node.get("arg")) && casts_totally(node.get("elemexpr"))
        }
        // The other arguments are a length and whether the cast is written.
        ("FUNCEXPR", [element, rest @ ..]) => {
            node.number("funcid").and_then(functions::needs) == Some(Needs::All)
                && casts_totally(element)
                && rest.iter().all(is_something)
        }
        _ => false,
    }
}

/// Whether it is a constant that is not NULL.
fn is_something(value: &Value<'_>) -> bool {
    let node = value.as_node().filter(|node| node.name == "CONST");
    node.is_some_and(|node| node.denies("constisnull"))
}

/// The first that may be NULL, or the last; `None` of none.
fn weakest(facts: impl Iterator<Item = Fact>) -> Option<Fact> {
    let mut last = None;
    for fact in facts {
        if fact.nullable {
            return Some(fact);
        }
        last = Some(fact);
    }
    last
}

/// Whether it is the constant NULL, cast or not.
fn is_null(value: &Value<'_>) -> bool {
    value.as_node().is_some_and(|node| match node.name {
        "CONST" => node.flag("constisnull"),
        "RELABELTYPE" => is_null(node.get("arg")),
        _ => false,
    })
}

fn source(function: Oid) -> Option<Source> {
    let arguments = |arrays, elements| Source::Arguments { arrays, elements };
    Some(match function {
        // string_to_array without a string that stands for NULL, regexp_split_to_array, array_positions,
        // tsvector_to_array, enum_range, parse_ident, current_schemas.
        394 | 2767 | 2768 | 3279 | 3326 | 3530 | 3531 | 1268 | 1403 => Source::Function,
        378 => arguments(&[0], &[1]),   // array_append
        379 => arguments(&[1], &[0]),   // array_prepend
        383 => arguments(&[0, 1], &[]), // array_cat
        3168 => arguments(&[0], &[2]),  // array_replace
        // trim_array, array_sort, array_reverse, array_shuffle, array_sample
        6172 | 6388 | 6389 | 6390 | 6381 | 6215 | 6216 => arguments(&[0], &[]),
        3167 => Source::Without,
        _ => return None,
    })
}
