//! What a condition proves: which expressions are not NULL where it is true.
//!
//! Four questions are asked of an expression, each answered by its own function: what holds where it is *true*, where it
//! is *false*, where it is *not NULL*, and (for the branches of CASE after it) where it is *not true*. NULL is neither
//! true nor false, which is what makes conditions prove anything: `nick = 'a'` cannot be true where `nick` is NULL.

use super::Analyzer;
use super::frame::{Frame, Known};
use super::functions;
use super::node::{
    BoolTestType, CommandType, Node, NullTestType, ReturningRow, SubLinkType, Value,
};
use crate::analyze::fault::{Fault, made};

/// What holds of each row for which something happens.
#[derive(Clone, Debug)]
pub(super) enum Implied {
    /// It never happens: everything holds.
    Never,
    Known(Known),
}

impl Implied {
    fn nothing() -> Self {
        Self::Known(Known::default())
    }

    /// Where both happen.
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Never, _) | (_, Self::Never) => Self::Never,
            (Self::Known(a), Self::Known(b)) => Self::Known(a.union(b)),
        }
    }

    /// Where one of them happens.
    fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Never, other) | (other, Self::Never) => other,
            (Self::Known(a), Self::Known(b)) => Self::Known(a.intersection(&b)),
        }
    }

    fn all(implied: impl Iterator<Item = Self>) -> Self {
        implied.fold(Self::nothing(), Self::and)
    }

    fn any(implied: impl Iterator<Item = Self>) -> Self {
        implied.fold(Self::Never, Self::or)
    }

    /// What is known. Where it never happens nothing needs to be.
    pub(super) fn into_known(self) -> Known {
        match self {
            Self::Never => Known::default(),
            Self::Known(known) => known,
        }
    }
}

/// A truth value that a condition is asked about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Outcome {
    True,
    False,
    NotNull,
    NotTrue,
    NotFalse,
}

use Outcome::{False, NotFalse, NotNull, NotTrue, True};

impl<'a> Analyzer<'_> {
    /// What holds of rows for which the condition is true.
    pub(super) fn where_true(&self, condition: &Value<'a>, frame: &Frame<'_, 'a>) -> Implied {
        self.implied(condition, True, frame)
    }

    /// What holds of rows for which the value is not NULL.
    pub(super) fn where_not_null(&self, value: &Value<'a>, frame: &Frame<'_, 'a>) -> Implied {
        self.implied(value, NotNull, frame)
    }

    /// What holds of rows for which the condition is false or NULL.
    pub(super) fn where_not_true(&self, condition: &Value<'a>, frame: &Frame<'_, 'a>) -> Implied {
        self.implied(condition, NotTrue, frame)
    }

    fn implied(&self, value: &Value<'a>, outcome: Outcome, frame: &Frame<'_, 'a>) -> Implied {
        let Value::Node(node) = value.resolve() else {
            // An absent condition, as in a FROM without WHERE.
            return Implied::nothing();
        };
        let Some(_step) = self.step() else {
            return Implied::nothing();
        };
        let derived = match node.name {
            "BOOLEXPR" => self.of_boolean(node, outcome, frame),
            "NULLTEST" => self.of_null_test(node, outcome, frame),
            "BOOLEANTEST" => self.of_boolean_test(node, outcome, frame),
            "DISTINCTEXPR" => self.of_distinct(node, outcome, frame),
            "CONST" => of_constant(node, outcome),
            "CASE" | "CASEEXPR" => self.of_case(node, outcome, frame),
            "COALESCE" | "COALESCEEXPR" => self.of_coalesce(node, outcome, frame),
            "SCALARARRAYOPEXPR" => self.of_array_comparison(node, outcome, frame),
            "SUBLINK" => self.of_sublink(node, outcome, frame),
            _ if matches!(outcome, NotTrue | NotFalse) => Implied::nothing(),
            // The rest is true or false only if it is not NULL, and that is all there is to know.
            _ => self.of_not_null(node, frame),
        };
        if !matches!(outcome, True | False | NotNull) {
            return derived;
        }
        match frame.key(value) {
            None => derived,
            Some(key) => {
                let mut known = Known::default();
                known.insert(key, subject(node, frame), self.location(node));
                derived.and(Implied::Known(known))
            }
        }
    }

    /// What makes an expression that is no condition not NULL: its arguments are not NULL, where it is strict.
    fn of_not_null(&self, node: &Node<'a>, frame: &Frame<'_, 'a>) -> Implied {
        let all = |field| {
            let items = node.list(field).iter();
            Implied::all(items.map(|item| self.implied(item, NotNull, frame)))
        };
        match node.name {
            "FUNCEXPR" if self.is_strict(node.number("funcid")) => all("args"),
            "OPEXPR" if self.is_strict_operator(node) => all("args"),
            // Gives its first argument or NULL.
            "NULLIFEXPR" => match node.list("args").first() {
                Some(first) => self.implied(first, NotNull, frame),
                None => Implied::nothing(),
            },
            "RELABELTYPE" | "COERCEVIAIO" | "ARRAYCOERCEEXPR" | "COLLATE" | "COLLATEEXPR"
            | "CONVERTROWTYPEEXPR" | "COERCETODOMAIN" | "FIELDSELECT" | "NAMEDARGEXPR" => {
                self.implied(node.get("arg"), NotNull, frame)
            }
            // Ignores arguments that are NULL.
            "MINMAX" | "MINMAXEXPR" if !node.list("args").is_empty() => {
                let items = node.list("args").iter();
                Implied::any(items.map(|item| self.implied(item, NotNull, frame)))
            }
            "SUBSCRIPTINGREF" if self.is_strict_subscript(node) => {
                let array = self.implied(node.get("refexpr"), NotNull, frame);
                let subscripts = all("refupperindexpr").and(all("reflowerindexpr"));
                array.and(subscripts)
            }
            "ROWCOMPARE" | "ROWCOMPAREEXPR" => self.of_row_comparison(node, frame),
            _ => Implied::nothing(),
        }
    }

    fn of_boolean(&self, node: &Node<'a>, outcome: Outcome, frame: &Frame<'_, 'a>) -> Implied {
        let arguments = node.list("args");
        if arguments.is_empty() {
            // Too deep to be read. "One of no arguments" would never happen.
            return Implied::nothing();
        }
        let each = |outcome| {
            arguments
                .iter()
                .map(move |argument| self.implied(argument, outcome, frame))
        };
        let operator = match node.get("boolop") {
            Value::Token(operator) => *operator,
            _ => return Implied::nothing(),
        };
        match (operator, outcome) {
            ("not", True) => Implied::all(each(False)),
            ("not", False) => Implied::all(each(True)),
            ("not", NotTrue) => Implied::all(each(NotFalse)),
            ("not", NotFalse) => Implied::all(each(NotTrue)),
            ("not", NotNull) => Implied::all(each(NotNull)),
            // For an AND that is false, at least one argument is to blame, nobody knows which.
            ("and", True | NotFalse) | ("or", False | NotTrue) => Implied::all(each(outcome)),
            ("and", False | NotTrue) if made(Fault::FalseAndBlamesAll) => {
                Implied::all(each(outcome))
            }
            ("or", True | NotFalse) if made(Fault::TrueOrProvesAll) => Implied::all(each(outcome)),
            ("and", False | NotTrue) | ("or", True | NotFalse) => Implied::any(each(outcome)),
            ("and", NotNull) => Implied::all(each(True)).or(Implied::any(each(False))),
            ("or", NotNull) => Implied::any(each(True)).or(Implied::all(each(False))),
            _ => Implied::nothing(),
        }
    }

    /// `IS [NOT] NULL`, which is never NULL itself.
    fn of_null_test(&self, node: &Node<'a>, outcome: Outcome, frame: &Frame<'_, 'a>) -> Implied {
        let is_null = match NullTestType::of(node) {
            Some(NullTestType::IsNull) => true,
            Some(NullTestType::IsNotNull) => false,
            None => return Implied::nothing(),
        };
        let says_not_null = match outcome {
            True | NotFalse => !is_null,
            False | NotTrue => is_null,
            NotNull => return Implied::nothing(),
        };
        if !says_not_null {
            return Implied::nothing();
        }
        let argument = node.get("arg");
        if !node.flag("argisrow") {
            return self.implied(argument, NotNull, frame);
        }
        // A row `IS NOT NULL` when all its fields are, and fails to be `IS NULL` when one of them is not.
        let Some(row) = argument.as_node() else {
            return Implied::nothing();
        };
        if matches!(row.name, "ROW" | "ROWEXPR") {
            let fields = row.list("args").iter();
            let mut fields = fields.map(|field| self.implied(field, NotNull, frame));
            return if is_null && row.list("args").is_empty() {
                Implied::nothing()
            } else if is_null {
                Implied::any(&mut fields)
            } else {
                Implied::all(&mut fields)
            };
        }
        let present = self.implied(argument, NotNull, frame);
        let whole_row = row.name == "VAR" && row.number::<i16>("varattno") == Some(0);
        if is_null || !whole_row {
            return present;
        }
        let columns = self.columns_of_row(row, frame);
        present.and(Implied::Known(columns))
    }

    /// `t IS NOT NULL`: no column of `t` is NULL.
    fn columns_of_row(&self, row: &Node<'a>, frame: &Frame<'_, 'a>) -> Known {
        let mut known = Known::default();
        let owner = row.number("varlevelsup").and_then(|up| frame.outer(up));
        let (Some(owner), Some(table)) = (owner, row.number::<usize>("varno")) else {
            return known;
        };
        if !matches!(ReturningRow::of(row), None | Some(ReturningRow::Default)) {
            return known;
        }
        let names = owner.entry(table).and_then(|entry| entry.node("eref"));
        let count = names.map_or(0, |names| names.list("colnames").len());
        for column in (1_i16..).take(count) {
            let key = owner.key_of_column(table, column);
            let subject = format!("`{}`", owner.column_name(table, column));
            known.insert(key, subject, self.location(row));
        }
        known
    }

    /// `IS [NOT] TRUE`, `FALSE`, `UNKNOWN`, which are never NULL themselves.
    fn of_boolean_test(&self, node: &Node<'a>, outcome: Outcome, frame: &Frame<'_, 'a>) -> Implied {
        let holds = match outcome {
            True | NotFalse => true,
            False | NotTrue => false,
            NotNull => return Implied::nothing(),
        };
        let Some(test) = BoolTestType::of(node) else {
            return Implied::nothing();
        };
        let argument = match (test, holds) {
            (BoolTestType::True, true) | (BoolTestType::NotTrue, false) => True,
            (BoolTestType::True, false) | (BoolTestType::NotTrue, true) => NotTrue,
            (BoolTestType::False, true) | (BoolTestType::NotFalse, false) => False,
            (BoolTestType::False, false) | (BoolTestType::NotFalse, true) => NotFalse,
            (BoolTestType::Unknown, false) | (BoolTestType::NotUnknown, true) => NotNull,
            (BoolTestType::Unknown, true) | (BoolTestType::NotUnknown, false) => {
                return Implied::nothing();
            }
        };
        self.implied(node.get("arg"), argument, frame)
    }

    /// `a IS NOT DISTINCT FROM 'x'` says that `a` is not NULL. Between two columns it says nothing, nor does it against a
    /// parameter that may be NULL.
    fn of_distinct(&self, node: &Node<'a>, outcome: Outcome, frame: &Frame<'_, 'a>) -> Implied {
        let [left, right] = node.list("args") else {
            return Implied::nothing();
        };
        if !matches!(outcome, False | NotTrue) {
            return Implied::nothing();
        }
        let constant = |value: &Value<'a>| {
            let node = value.as_node();
            node.is_some_and(|node| node.name == "CONST" && node.denies("constisnull"))
        };
        match (constant(left), constant(right)) {
            (true, _) => self.implied(right, NotNull, frame),
            (_, true) => self.implied(left, NotNull, frame),
            _ => Implied::nothing(),
        }
    }

    /// One of the branches gave the value.
    fn of_case(&self, node: &Node<'a>, outcome: Outcome, frame: &Frame<'_, 'a>) -> Implied {
        if matches!(outcome, NotTrue | NotFalse) {
            return Implied::nothing();
        }
        let branches = node.list("args");
        if branches.is_empty() {
            return Implied::nothing();
        }
        let branches = branches.iter().map(|branch| match branch.as_node() {
            None => Implied::nothing(),
            Some(when) => {
                let result = self.implied(when.get("result"), outcome, frame);
                result.and(self.where_branch_taken(node, when, frame))
            }
        });
        let otherwise = match node.get("defresult") {
            Value::Nothing => Implied::Never, // NULL is neither true nor false.
            default => self.implied(default, outcome, frame),
        };
        Implied::any(branches).or(otherwise)
    }

    /// What holds where a branch of CASE is taken.
    pub(super) fn where_branch_taken(
        &self,
        case: &Node<'a>,
        when: &Node<'a>,
        frame: &Frame<'_, 'a>,
    ) -> Implied {
        let condition = when.get("expr");
        let subject = case.get("arg");
        let taken = self.implied(condition, True, frame);
        if subject.is_nothing() {
            return taken;
        }
        // `CASE x WHEN 'a'` compares 'a' with a stand-in for x, as a rule with a strict operator.
        let compares = condition.as_node().is_some_and(|comparison| {
            let stands_in = |argument: &Value<'a>| {
                let node = argument.as_node();
                node.is_some_and(|node| node.name == "CASETESTEXPR")
            };
            comparison.name == "OPEXPR"
                && self.is_strict_operator(comparison)
                && comparison.list("args").iter().any(stands_in)
        });
        if compares {
            taken.and(self.implied(subject, NotNull, frame))
        } else {
            taken
        }
    }

    /// One of the arguments gave the value.
    fn of_coalesce(&self, node: &Node<'a>, outcome: Outcome, frame: &Frame<'_, 'a>) -> Implied {
        if matches!(outcome, NotTrue | NotFalse) {
            return Implied::nothing();
        }
        let arguments = node.list("args");
        if arguments.is_empty() {
            return Implied::nothing();
        }
        let each = arguments.iter();
        Implied::any(each.map(|argument| self.implied(argument, outcome, frame)))
    }

    /// `x = ANY (array)`, `x <> ALL (array)`. An empty array decides without a look at `x`: `NULL <> ALL ('{}')` is true.
    fn of_array_comparison(
        &self,
        node: &Node<'a>,
        outcome: Outcome,
        frame: &Frame<'_, 'a>,
    ) -> Implied {
        let ([scalar, array], true) = (node.list("args"), self.is_strict_operator(node)) else {
            return Implied::nothing();
        };
        if matches!(outcome, NotTrue | NotFalse) {
            return Implied::nothing();
        }
        let any = node.flag("useOr");
        if !any && !node.denies("useOr") {
            return Implied::nothing();
        }
        let has_elements = match array.as_node() {
            Some(node) if matches!(node.name, "ARRAY" | "ARRAYEXPR") => {
                node.denies("multidims") && !node.list("elements").is_empty()
            }
            _ => false,
        };
        // True for some element, or false for some element: then there is one, and the operator is strict.
        let decided_by_element = matches!((any, outcome), (true, True) | (false, False));
        let array_known = self.implied(array, NotNull, frame);
        if decided_by_element || has_elements || made(Fault::EmptyArrayCompares) {
            array_known.and(self.implied(scalar, NotNull, frame))
        } else {
            array_known
        }
    }

    /// `(a, b) < (x, y)` may be decided by `a` and `x` alone.
    fn of_row_comparison(&self, node: &Node<'a>, frame: &Frame<'_, 'a>) -> Implied {
        // The comparison calls the operator class, of which only the server's own are known to be strict.
        let operators = node.get("opnos").numbers();
        let known = |oid: &i64| *oid < i64::from(functions::FIRST_USER_OID);
        let (Some(left), Some(right), true) = (
            node.list("largs").first(),
            node.list("rargs").first(),
            !operators.is_empty() && operators.iter().all(known),
        ) else {
            return Implied::nothing();
        };
        let left = self.implied(left, NotNull, frame);
        if made(Fault::RowComparisonProvesAll) {
            let all = node.list("largs").iter();
            return left.and(Implied::all(
                all.map(|part| self.implied(part, NotNull, frame)),
            ));
        }
        left.and(self.implied(right, NotNull, frame))
    }

    /// Conditions on the rows of a subquery.
    fn of_sublink(&self, node: &Node<'a>, outcome: Outcome, frame: &Frame<'_, 'a>) -> Implied {
        let comparison = node.get("testexpr");
        match (SubLinkType::of(node), outcome) {
            // EXISTS and `= ANY` are true only if there is a row, which passed the subquery's WHERE.
            (Some(SubLinkType::Exists), True) => self.of_subquery_rows(node, frame),
            (Some(SubLinkType::Any), True) => {
                let rows = self.of_subquery_rows(node, frame);
                rows.and(self.implied(comparison, True, frame))
            }
            // ALL is false, and a row comparison not NULL, only if there is a row.
            (Some(SubLinkType::All), False) => self.implied(comparison, False, frame),
            (Some(SubLinkType::Row), True | False | NotNull) => {
                self.implied(comparison, outcome, frame)
            }
            // `NOT IN` over no rows is true whatever stands before it.
            _ => Implied::nothing(),
        }
    }

    /// What holds of outer columns and parameters if the subquery has a row.
    fn of_subquery_rows(&self, node: &Node<'a>, frame: &Frame<'_, 'a>) -> Implied {
        let Some(query) = node.node("subselect").filter(|query| query.name == "QUERY") else {
            return Implied::nothing();
        };
        if CommandType::of(query) != Some(CommandType::Select)
            || !query.get("setOperations").is_nothing()
        {
            return Implied::nothing();
        }
        let Some(inner) = self.open(query, Some(frame)) else {
            return Implied::nothing();
        };
        if inner.grouping.empty_group {
            return Implied::nothing();
        }
        let mut known = inner.known_of_input.clone();
        known.retain_columns(|column| column.level <= frame.level);
        Implied::Known(known)
    }
}

/// What an expression that is not NULL is called.
fn subject(node: &Node<'_>, frame: &Frame<'_, '_>) -> String {
    let owner = node.number("varlevelsup").and_then(|up| frame.outer(up));
    let place = (node.number("varno"), node.number("varattno"));
    match (owner, place, node.number::<usize>("paramid")) {
        (Some(owner), (Some(table), Some(column)), _) => {
            format!("`{}`", owner.column_name(table, column))
        }
        (_, _, Some(number)) => format!("`${number}`"),
        _ => "it".to_owned(),
    }
}

fn of_constant(node: &Node<'_>, outcome: Outcome) -> Implied {
    if node.flag("constisnull") {
        // NULL is neither true nor false.
        return match outcome {
            True | False | NotNull => Implied::Never,
            NotTrue | NotFalse => Implied::nothing(),
        };
    }
    let value = match (node.number::<u32>("consttype"), node.bytes("constvalue")) {
        (Some(16), Some(bytes)) => bytes.split_whitespace().any(|byte| byte != "0"),
        _ => return Implied::nothing(),
    };
    match outcome {
        True | NotFalse if !value => Implied::Never,
        False | NotTrue if value => Implied::Never,
        _ => Implied::nothing(),
    }
}
