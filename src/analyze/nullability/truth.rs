//! What a condition may turn out to be, given what its columns may hold.
//!
//! Only what is the same at all times is understood: comparisons of columns with constants, tests for NULL, and what is
//! made of these. Anything else may be true, false or NULL.

use std::collections::{BTreeMap, BTreeSet};

use super::Analyzer;
use super::frame::{ColumnId, Frame};
use super::functions;
use super::node::{BoolTestType, Node, NullTestType, Value};
use super::references::uncast;
use super::targets::integer;
use crate::catalog::Oid;

/// What a column may hold.
#[derive(Clone, Debug)]
pub(super) struct Content {
    pub(super) null: bool,
    /// The bytes of constants; `None` where it may be any value.
    values: Option<BTreeSet<String>>,
}

pub(super) type Contents = BTreeMap<ColumnId, Content>;

/// What a condition may turn out to be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Truth {
    pub(super) yes: bool,
    pub(super) no: bool,
    pub(super) null: bool,
}

/// A column that is compared with constants.
pub(super) struct Comparison<'v, 'a> {
    pub(super) column: &'v Value<'a>,
    pub(super) values: BTreeSet<String>,
    /// `=` or `<>`.
    pub(super) equal: bool,
}

impl<'a> Analyzer<'_> {
    /// What a condition may turn out to be where its columns hold that.
    pub(super) fn truth(
        &self,
        value: &Value<'a>,
        subject: Option<&Value<'a>>,
        frame: &Frame<'_, 'a>,
        contents: &Contents,
    ) -> Truth {
        let (Some(node), Some(_step)) = (value.as_node(), self.step()) else {
            return Truth::ANY;
        };
        let truth = |value| self.truth(value, subject, frame, contents);
        let content = |value: &Value<'a>| {
            let id = column_id(of_subject(value, subject), frame);
            id.and_then(|id| contents.get(&id).cloned())
                .unwrap_or(Content::ANY)
        };
        let arguments = node.list("args");
        if let Some(comparison) = comparison(node) {
            return content(comparison.column).compare(&comparison);
        }
        match (node.name, arguments) {
            ("CONST", _) => of_constant(node),
            ("VAR", _) => content(value).truth(),
            ("RELABELTYPE", _) => truth(node.get("arg")),
            ("BOOLEXPR", [first, rest @ ..]) => match node.get("boolop") {
                Value::Token("not") => truth(first).not(),
                Value::Token("and") => rest.iter().map(truth).fold(truth(first), Truth::and),
                Value::Token("or") => {
                    let each = rest.iter().map(|value| truth(value).not());
                    each.fold(truth(first).not(), Truth::and).not()
                }
                _ => Truth::ANY,
            },
            ("NULLTEST", _) if !node.flag("argisrow") => {
                let content = content(node.get("arg"));
                let is_null = Truth {
                    yes: content.null,
                    no: content.may_be_something(),
                    null: false,
                };
                match NullTestType::of(node) {
                    Some(NullTestType::IsNull) => is_null,
                    Some(NullTestType::IsNotNull) => is_null.not(),
                    None => Truth::ANY,
                }
            }
            ("BOOLEANTEST", _) => of_test(node, truth(node.get("arg"))),
            ("OPEXPR", [left, right]) if is_function(node, &[BOOL_EQ, BOOL_NE]) => {
                let equal = truth(left).equals(truth(right));
                if is_function(node, &[BOOL_EQ]) {
                    equal
                } else {
                    equal.not()
                }
            }
            ("OPEXPR", [left, right]) => match self.counted(left, right, node, frame, contents) {
                Some(truth) => truth,
                None => self.of_strict_call(node, subject, frame, contents),
            },
            ("FUNCEXPR", _) => self.of_strict_call(node, subject, frame, contents),
            ("COALESCE" | "COALESCEEXPR", [_, ..]) => {
                let mut found = Truth::default();
                for argument in arguments {
                    let next = truth(argument);
                    found = found.or_else(next);
                    found.null = next.null;
                    if !next.null {
                        break;
                    }
                }
                found
            }
            ("CASE" | "CASEEXPR", [_, ..]) => {
                let inner = Some(node.get("arg")).filter(|subject| !subject.is_nothing());
                let mut found = Truth::default();
                for branch in arguments {
                    let Some(when) = branch.as_node() else {
                        return Truth::ANY;
                    };
                    let taken = self.truth(when.get("expr"), inner, frame, contents);
                    if taken.yes {
                        found = found.or_else(truth(when.get("result")));
                    }
                    if !taken.no && !taken.null {
                        return found;
                    }
                }
                found.or_else(match node.get("defresult") {
                    Value::Nothing => Truth::NULL,
                    default => truth(default),
                })
            }
            _ => Truth::ANY,
        }
    }

    /// A call that gives NULL for NULL, with a NULL in it.
    fn of_strict_call(
        &self,
        node: &Node<'a>,
        subject: Option<&Value<'a>>,
        frame: &Frame<'_, 'a>,
        contents: &Contents,
    ) -> Truth {
        let function = node.number("funcid").or_else(|| node.number("opfuncid"));
        let is_null = |value: &Value<'a>| {
            let id = column_id(of_subject(value, subject), frame);
            let content = id.and_then(|id| contents.get(&id));
            content.is_some_and(|content| content.null && !content.may_be_something())
        };
        if function.is_some_and(functions::is_strict) && node.list("args").iter().any(is_null) {
            return Truth::NULL;
        }
        Truth::ANY
    }

    /// `num_nonnulls(…) = 1` and the like.
    fn counted(
        &self,
        left: &Value<'a>,
        right: &Value<'a>,
        node: &Node<'a>,
        frame: &Frame<'_, 'a>,
        contents: &Contents,
    ) -> Option<Truth> {
        let call = left.as_node().filter(|call| call.name == "FUNCEXPR")?;
        let counts_nulls = match call.number::<Oid>("funcid")? {
            438 => true,
            440 => false,
            _ => return None,
        };
        let number = right.as_node().filter(|node| node.name == "CONST")?;
        let number = i64::from(i32::try_from(integer(number)?).ok()?);
        if call.flag("funcvariadic") {
            return None;
        }
        let (mut least, mut most) = (0, 0);
        for argument in call.list("args") {
            let id = column_id(argument, frame);
            let content = id.and_then(|id| contents.get(&id)).unwrap_or(&Content::ANY);
            let (may, may_not) = if counts_nulls {
                (content.null, content.may_be_something())
            } else {
                (content.may_be_something(), content.null)
            };
            most += i64::from(may);
            least += i64::from(!may_not);
        }
        // int4eq, int4ne, int4lt, int4gt, int4le, int4ge.
        let holds: fn(i64, i64) -> bool = match node.number::<Oid>("opfuncid")? {
            65 => |a, b| a == b,
            144 => |a, b| a != b,
            66 => |a, b| a < b,
            147 => |a, b| a > b,
            149 => |a, b| a <= b,
            150 => |a, b| a >= b,
            _ => return None,
        };
        Some(Truth {
            yes: (least..=most).any(|count| holds(count, number)),
            no: (least..=most).any(|count| !holds(count, number)),
            null: false,
        })
    }
}

/// The object ids of `boolean`, and of functions that compare.
pub(super) const BOOL: Oid = 16;
const BOOL_EQ: Oid = 60;
const BOOL_NE: Oid = 84;

/// Functions of types of which two values are equal if their bytes are: int2, int4, text, "char", date, uuid, enum.
const EQUAL: &[Oid] = &[BOOL_EQ, 63, 65, 67, 61, 1086, 2956, 3508];
const NOT_EQUAL: &[Oid] = &[BOOL_NE, 145, 144, 157, 70, 1091, 2959, 3509];

/// Collations for which texts are equal only if they are the same: the database's own, C and POSIX; 0 is that of types
/// without any.
const DETERMINISTIC: &[Oid] = &[0, 100, 950, 951];

impl Content {
    pub(super) const ANY: Self = Self {
        null: true,
        values: None,
    };
    pub(super) const NULL: Self = Self {
        null: true,
        values: Some(BTreeSet::new()),
    };

    pub(super) fn one_of(values: BTreeSet<String>) -> Self {
        Self {
            null: false,
            values: Some(values),
        }
    }

    pub(super) fn boolean(value: bool) -> Self {
        Self::one_of(BTreeSet::from([boolean(value)]))
    }

    fn may_be_something(&self) -> bool {
        self.values.as_ref().is_none_or(|values| !values.is_empty())
    }

    fn compare(&self, comparison: &Comparison<'_, '_>) -> Truth {
        let each = self.values.as_ref();
        let equal = Truth {
            yes: each.is_none_or(|values| !values.is_disjoint(&comparison.values)),
            no: each.is_none_or(|values| !values.is_subset(&comparison.values)),
            null: self.null,
        };
        if comparison.equal { equal } else { equal.not() }
    }

    /// Of a column of booleans.
    fn truth(&self) -> Truth {
        let may_be = |value| {
            let values = self.values.as_ref();
            values.is_none_or(|values| values.contains(&boolean(value)))
        };
        Truth {
            yes: may_be(true),
            no: may_be(false),
            null: self.null,
        }
    }
}

impl Truth {
    const ANY: Self = Self {
        yes: true,
        no: true,
        null: true,
    };
    const NULL: Self = Self {
        yes: false,
        no: false,
        null: true,
    };

    fn not(self) -> Self {
        Self {
            yes: self.no,
            no: self.yes,
            ..self
        }
    }

    fn and(self, other: Self) -> Self {
        Self {
            yes: self.yes && other.yes,
            no: self.no || other.no,
            null: self.null && (other.null || other.yes) || other.null && self.yes,
        }
    }

    fn equals(self, other: Self) -> Self {
        Self {
            yes: self.yes && other.yes || self.no && other.no,
            no: self.yes && other.no || self.no && other.yes,
            null: self.null || other.null,
        }
    }

    /// This or that.
    fn or_else(self, other: Self) -> Self {
        Self {
            yes: self.yes || other.yes,
            no: self.no || other.no,
            null: self.null || other.null,
        }
    }
}

/// How a constant of type boolean is printed, as `comparison` writes it.
fn boolean(value: bool) -> String {
    format!("{} 0 0 0 0 0 0 0", u8::from(value))
}

fn of_constant(node: &Node<'_>) -> Truth {
    if node.number("consttype") != Some(BOOL) {
        return Truth::ANY;
    }
    match constant(node) {
        Some(bytes) => Content::one_of(BTreeSet::from([bytes])).truth(),
        None if node.flag("constisnull") => Truth::NULL,
        None => Truth::ANY,
    }
}

fn of_test(node: &Node<'_>, of: Truth) -> Truth {
    let is = |yes: bool, no: bool| Truth {
        yes,
        no,
        null: false,
    };
    match BoolTestType::of(node) {
        Some(BoolTestType::True) => is(of.yes, of.no || of.null),
        Some(BoolTestType::NotTrue) => is(of.no || of.null, of.yes),
        Some(BoolTestType::False) => is(of.no, of.yes || of.null),
        Some(BoolTestType::NotFalse) => is(of.yes || of.null, of.no),
        Some(BoolTestType::Unknown) => is(of.null, of.yes || of.no),
        Some(BoolTestType::NotUnknown) => is(of.yes || of.no, of.null),
        None => Truth::ANY,
    }
}

fn is_function(node: &Node<'_>, functions: &[Oid]) -> bool {
    let function = node.number::<Oid>("opfuncid");
    function.is_some_and(|function| functions.contains(&function))
}

/// A comparison for equality of a column, or what CASE compares, with constants.
pub(super) fn comparison<'v, 'a>(node: &'v Node<'a>) -> Option<Comparison<'v, 'a>> {
    let [left, right] = node.list("args") else {
        return None;
    };
    let equal = is_function(node, EQUAL);
    let is_known = equal || is_function(node, NOT_EQUAL);
    let collation = node.number::<Oid>("inputcollid")?;
    if !is_known || !DETERMINISTIC.contains(&collation) {
        return None;
    }
    let is_column = |value: &Value<'a>| {
        let node = value.as_node();
        node.is_some_and(|node| matches!(node.name, "VAR" | "CASETESTEXPR"))
    };
    let (left, right) = (uncast(left), uncast(right));
    match node.name {
        "OPEXPR" => {
            let (column, value) = if is_column(left) {
                (left, right)
            } else {
                (right, left)
            };
            let values = BTreeSet::from([constant(value.as_node()?)?]);
            is_column(column).then_some(Comparison {
                column,
                values,
                equal,
            })
        }
        // `= ANY`, which IN is, and `<> ALL`, which NOT IN is.
        "SCALARARRAYOPEXPR" if node.flag("useOr") == equal => {
            let mut array = right.as_node()?;
            if array.name == "ARRAYCOERCEEXPR" {
                let element = array.node("elemexpr")?;
                array = array
                    .node("arg")
                    .filter(|_| element.name == "RELABELTYPE")?;
            }
            let parts = array.list("elements").iter();
            let of_array = array.name == "ARRAY" || array.name == "ARRAYEXPR";
            let values: Option<BTreeSet<_>> = parts
                .map(|part| constant(uncast(part).as_node()?))
                .collect();
            let values = values.filter(|values| of_array && !values.is_empty())?;
            is_column(left).then_some(Comparison {
                column: left,
                values,
                equal,
            })
        }
        _ => None,
    }
}

/// What CASE compares, where a value stands for that.
pub(super) fn of_subject<'v, 'a>(
    value: &'v Value<'a>,
    subject: Option<&'v Value<'a>>,
) -> &'v Value<'a> {
    let stands_in = value
        .as_node()
        .is_some_and(|node| node.name == "CASETESTEXPR");
    match subject {
        Some(subject) if stands_in => uncast(subject),
        _ => value,
    }
}

pub(super) fn is_boolean_column(node: &Node<'_>) -> bool {
    node.name == "VAR" && node.number("vartype") == Some(BOOL)
}

/// The column that a value is.
pub(super) fn column_id<'a>(value: &Value<'a>, frame: &Frame<'_, 'a>) -> Option<ColumnId> {
    let value = uncast(value);
    let is_column = value.as_node().is_some_and(|node| node.name == "VAR");
    is_column.then(|| frame.key(value)?.column()).flatten()
}

/// The bytes of a constant that is not NULL, as they are printed.
fn constant(node: &Node<'_>) -> Option<String> {
    if node.name != "CONST" || !node.denies("constisnull") {
        return None;
    }
    let bytes = node.bytes("constvalue")?.split_whitespace();
    Some(bytes.collect::<Vec<_>>().join(" "))
}
