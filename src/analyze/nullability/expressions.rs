//! Whether an expression can be NULL: one rule per kind of node. A kind without a rule may be NULL.

use super::fault::{Fault, made};
use super::frame::{Frame, Phase, Version};
use super::functions::{self, Needs};
use super::node::{Node, ParamKind, ReturningRow, SqlValueFunction, SubLinkType, Value};
use super::targets::has_a_row;
use super::writes::multiple_assignment;
use super::{Analyzer, Fact};
use crate::catalog::{Oid, PgTypeKind};

/// The object id of `jsonb`.
const JSONB: Oid = 3802;

impl<'a> Analyzer<'_> {
    /// Whether the expression can be NULL, seen from the query level it stands in. Says nothing of elements: of a column
    /// that shows an array, [`Self::elements`] does.
    pub(super) fn evaluate(&self, value: &Value<'a>, frame: &Frame<'_, 'a>) -> Fact {
        Fact {
            elements: None,
            ..self.of_value(value, frame)
        }
    }

    fn of_value(&self, value: &Value<'a>, frame: &Frame<'_, 'a>) -> Fact {
        let Value::Node(node) = value.resolve() else {
            return Fact::too_deep();
        };
        let Some(_step) = self.step() else {
            return Fact::nullable("the query is too large to be followed");
        };
        if node.name == "VAR" {
            return self.of_column(node, value, frame);
        }
        let nulled = &frame.grouping.nulled;
        if frame.phase.get() == Phase::Output
            && !nulled.is_empty()
            && nulled.contains(&frame.grouping_key(value))
            && !made(Fault::GroupedExpressionsIgnored)
        {
            let key = frame.key(value);
            return match key.and_then(|key| frame.proof(&key.text)) {
                Some(proof) => Fact::not_null(proof.reason).at(proof.location),
                None => Fact::nullable("a grouping set leaves it out"),
            };
        }
        if self.may_be_taken_for_grouped(value, frame) {
            return Fact::nullable("a grouping set may leave it out");
        }
        let fact = self.of_node(node, frame);
        if !fact.nullable || !frame.knows_anything() {
            return fact;
        }
        let key = frame.key(value);
        match key.and_then(|key| frame.proof(&key.text)) {
            Some(proof) => Fact::not_null(proof.reason).at(proof.location),
            None => fact,
        }
    }

    fn of_node(&self, node: &Node<'a>, frame: &Frame<'_, 'a>) -> Fact {
        match node.name {
            "CONST" => of_constant(node),
            "PARAM" => self.of_parameter(node, frame),
            "FUNCEXPR" => self.of_function(node, "funcid", "funcretset", frame),
            "OPEXPR" => self.of_function(node, "opfuncid", "opretset", frame),
            "AGGREF" => self.of_aggregate(node, frame),
            "WINDOWFUNC" => self.of_window_function(node, frame),
            "SUBLINK" => self.of_sublink_value(node, frame),
            "CASE" | "CASEEXPR" => self.of_case_value(node, frame),
            "COALESCE" | "COALESCEEXPR" => {
                let fact = self.any_of(node.list("args"), "COALESCE", frame);
                let checked = fact
                    .nullable
                    .then(|| self.checked_together(node.list("args"), frame));
                checked.flatten().unwrap_or(fact)
            }
            // NULL arguments are ignored.
            "MINMAX" | "MINMAXEXPR" => self.any_of(node.list("args"), "GREATEST or LEAST", frame),
            "NULLIFEXPR" => Fact::nullable("NULLIF gives NULL for equal arguments"),
            "BOOLEXPR" => self.all_of(node.list("args"), frame),
            "NULLTEST" => Fact::not_null("`IS [NOT] NULL` is true or false"),
            "BOOLEANTEST" => Fact::not_null("`IS TRUE` and the like are true or false"),
            "DISTINCTEXPR" => self.of_distinct_value(node),
            "SCALARARRAYOPEXPR" => self.of_array_comparison_value(node, frame),
            "ROWCOMPARE" | "ROWCOMPAREEXPR" => self.of_row_comparison_value(node, frame),
            "ARRAY" | "ARRAYEXPR" => Fact::not_null("`ARRAY[…]` is an array"),
            "ROW" | "ROWEXPR" => Fact::not_null("`ROW(…)` is a row"),
            "FIELDSTORE" => Fact::not_null("a row with a changed field is a row"),
            // Changes of type that keep NULL and make none. An input function that does is refused by the server.
            "RELABELTYPE" | "COERCEVIAIO" | "ARRAYCOERCEEXPR" | "CONVERTROWTYPEEXPR"
            | "COLLATE" | "COLLATEEXPR" | "NAMEDARGEXPR" => self.evaluate(node.get("arg"), frame),
            "COERCETODOMAIN" => self.of_domain_cast(node, frame),
            "SUBSCRIPTINGREF" => self.of_subscript(node, frame),
            "FIELDSELECT" => self.of_field(node, frame),
            "SQLVALUEFUNCTION" => of_sql_value_function(node),
            "NEXTVALUEEXPR" => Fact::not_null("a sequence always has a next value"),
            "CURRENTOFEXPR" => Fact::not_null("`CURRENT OF` is true or false"),
            "GROUPINGFUNC" => Fact::not_null("`GROUPING` never returns NULL"),
            "MERGESUPPORTFUNC" => Fact::not_null("`merge_action` never returns NULL"),
            "XMLEXPR" => self.of_xml(node, frame),
            "JSONCONSTRUCTOREXPR" => self.of_json_constructor(node, frame),
            "JSONVALUEEXPR" => self.evaluate(node.get("formatted_expr"), frame),
            "JSONISPREDICATE" => self.evaluate(node.get("expr"), frame),
            "JSONEXPR" => self.of_json_query(node, frame),
            "SETTODEFAULT" => Fact::nullable("the default may be NULL"),
            // What it stands for is not followed.
            "CASETESTEXPR" | "COERCETODOMAINVALUE" => {
                Fact::nullable("the value that is cast or compared may be NULL")
            }
            name => Fact::nullable(format!(
                "rowsmith does not know expressions of the kind {name}"
            )),
        }
    }

    /// A column of this query level or one around it.
    fn of_column(&self, var: &Node<'a>, value: &Value<'a>, frame: &Frame<'_, 'a>) -> Fact {
        let owner = var.number("varlevelsup").and_then(|up| frame.outer(up));
        let place = (var.number::<usize>("varno"), var.number::<i16>("varattno"));
        let (Some(owner), (Some(table), Some(column))) = (owner, place) else {
            return Fact::nullable("the column is not in any table of the query");
        };
        // The key says whether it is OLD or NEW.
        if let Some(proof) = frame.key(value).and_then(|key| frame.proof(&key.text)) {
            return Fact::not_null(proof.reason).at(proof.location);
        }
        let version = ReturningRow::of(var).unwrap_or(ReturningRow::Default);
        match &owner.written {
            Some(written) if written.table == table => {
                let row = match version {
                    ReturningRow::Default => &written.plain,
                    ReturningRow::Old => &written.old,
                    ReturningRow::New => &written.new,
                };
                match row {
                    Version::Missing(reason) => Fact::nullable(reason.as_str()),
                    Version::Stored(_) if column == 0 => Fact::not_null("the row was written"),
                    Version::Stored(columns) => match columns.get(&column) {
                        Some(fact) => fact.clone(),
                        None => self.column_of_entry(owner, table, column),
                    },
                    Version::Found => {
                        let key = owner.key_of_column(table, column);
                        match written.known_before.get(&key.text) {
                            Some(proof) => Fact::not_null(proof.reason.as_str()),
                            None => self.column_of_entry(owner, table, column),
                        }
                    }
                }
            }
            _ if version != ReturningRow::Default => {
                Fact::nullable("there may be no OLD or NEW row")
            }
            _ if self.column_may_be_taken_for_grouped(var, owner) => {
                Fact::nullable("a grouping set may leave it out")
            }
            _ => self.of_read_column(frame, owner, table, column),
        }
    }

    /// A column of a table in FROM of `owner`, read at the place `at`.
    pub(super) fn of_read_column(
        &self,
        at: &Frame<'_, 'a>,
        owner: &Frame<'_, 'a>,
        table: usize,
        column: i16,
    ) -> Fact {
        if !owner.settled.get() {
            return Fact::nullable("the joins around it are not settled");
        }
        let may_be_nulled = owner.phase.get() == Phase::Output && !owner.grouping.nulled.is_empty();
        let key = || owner.grouping_key_of_column(table, column);
        if may_be_nulled && owner.grouping.nulled.contains(&key()) {
            let name = owner.column_name(table, column);
            return Fact::nullable(format!("a grouping set leaves `{name}` out"));
        }
        if let Some(padded) = owner.padding(table)
            && at.known_columns(owner.level, table).is_empty()
        {
            return padded;
        }
        let fact = self.column_of_entry(owner, table, column);
        if fact.nullable {
            let narrowed = self.narrowed_column(at, owner, table, column);
            let narrowed = narrowed.or_else(|| self.checked_columns(at, owner, table, &[column]));
            return narrowed.unwrap_or(fact);
        }
        match owner.kept.get(&table) {
            Some(reason) => Fact {
                reason: format!("{}; {reason}", fact.reason),
                ..fact
            },
            None => fact,
        }
    }

    fn of_parameter(&self, node: &Node<'a>, frame: &Frame<'_, 'a>) -> Fact {
        let number = node.number::<usize>("paramid");
        if made(Fault::ParameterIsNeverNull) {
            return Fact::not_null("");
        }
        match (ParamKind::of(node), number) {
            (Some(ParamKind::Extern), Some(number)) if self.is_required(number) => {
                Fact::not_null(format!("`${number}` is not NULL"))
            }
            (Some(ParamKind::Extern), Some(number)) => {
                Fact::nullable(format!("`${number}` may be NULL"))
            }
            // The rows of the subquery that is being compared with.
            (Some(ParamKind::SubLink), Some(number)) => frame.subquery_column(number),
            (Some(ParamKind::MultiExpr), _) => self.of_multiple_assignment(node, frame),
            _ => Fact::nullable("a subquery without a row is NULL"),
        }
    }

    fn of_multiple_assignment(&self, node: &Node<'a>, frame: &Frame<'_, 'a>) -> Fact {
        let found = multiple_assignment(node, frame.query);
        let found = found.filter(|(query, _)| has_a_row(query) || made(Fault::SubqueryHasRow));
        let fact = found.and_then(|(query, column)| {
            let columns = self.result_columns(query, Some(frame));
            columns.into_iter().nth(column.checked_sub(1)?)
        });
        fact.unwrap_or_else(|| Fact::nullable("a subquery without a row is NULL"))
    }

    /// Not NULL where all arguments are.
    pub(super) fn all_of(&self, arguments: &[Value<'a>], frame: &Frame<'_, 'a>) -> Fact {
        if arguments.is_empty() {
            return Fact::too_deep();
        }
        let facts = arguments.iter().map(|a| self.evaluate(a, frame));
        let mut last = Fact::not_null("nothing in it is NULL");
        for fact in facts {
            if fact.nullable {
                return fact;
            }
            last = fact;
        }
        last
    }

    /// Not NULL where one argument is not.
    pub(super) fn any_of(
        &self,
        arguments: &[Value<'a>],
        name: &str,
        frame: &Frame<'_, 'a>,
    ) -> Fact {
        let facts = arguments.iter().map(|a| self.evaluate(a, frame));
        let found = facts.into_iter().find(|fact| !fact.nullable);
        found.unwrap_or_else(|| Fact {
            nullable: !made(Fault::CoalesceOfNulls),
            ..Fact::nullable(format!("every argument of {name} may be NULL"))
        })
    }

    /// `IS [NOT] DISTINCT FROM`: what the operator gives for two values, and true or false for NULL.
    fn of_distinct_value(&self, node: &Node<'a>) -> Fact {
        let Some(oid) = node.number::<Oid>("opfuncid") else {
            return Fact::nullable("the operator is not known");
        };
        let is_total = functions::needs(oid) == Some(Needs::All)
            || self.assumptions.never_null_functions.contains(&oid)
            || made(Fault::EqualityIsTotal);
        if is_total {
            Fact::not_null("`IS [NOT] DISTINCT FROM` is true or false")
        } else {
            let name = self.function_name(oid);
            Fact::nullable(format!("{name}, which compares the two, may return NULL"))
        }
    }

    /// A function or operator call.
    fn of_function(
        &self,
        node: &Node<'a>,
        function: &str,
        returns_set: &str,
        frame: &Frame<'_, 'a>,
    ) -> Fact {
        let Some(oid) = node.number::<Oid>(function) else {
            return Fact::nullable("the function is not known");
        };
        let name = self.function_name(oid);
        if !node.denies(returns_set) {
            // A NULL argument gives no rows. Several sets in one target list are dealt with there.
            return match functions::set_columns(oid) {
                Some((_, [true])) => Fact::not_null(format!("{name} gives no NULL")),
                Some((_, [false])) => match node.list("args") {
                    [array] => self.elements(array, frame),
                    _ => Fact::nullable(format!("{name} may give NULL")),
                },
                _ => Fact::nullable(format!("{name} may give NULL")),
            };
        }
        if self.assumptions.never_null_functions.contains(&oid) {
            return Fact::not_null(format!("{name} is said never to return NULL"));
        }
        let arguments = node.list("args");
        if functions::casts_to_text(oid) && !made(Fault::ConcatenationCastsTotally) {
            let mut arguments = arguments.iter();
            if arguments.any(|argument| self.has_own_cast_to_text(argument)) {
                return Fact::nullable("the cast to text may give NULL");
            }
        }
        // `concat(VARIADIC NULL)` is NULL.
        let needs = match self.needs(oid) {
            Some(needs) if !node.flag("funcvariadic") => needs,
            Some(_) => Needs::All,
            None if self.has_part(oid, arguments) => {
                let fact = self.all_of(arguments, frame);
                return if fact.nullable {
                    fact
                } else {
                    Fact::not_null(format!("{name} of that is never NULL"))
                };
            }
            None => return Fact::nullable(format!("{name} may return NULL")),
        };
        self.of_arguments(needs, node, &name, frame)
    }

    /// What a call gives that needs some of its arguments.
    fn of_arguments(
        &self,
        needs: Needs,
        node: &Node<'a>,
        name: &str,
        frame: &Frame<'_, 'a>,
    ) -> Fact {
        let arguments = node.list("args");
        let fact = match needs {
            Needs::Nothing => return Fact::not_null(format!("{name} never returns NULL")),
            Needs::All if arguments.is_empty() => {
                // A function without arguments, unless they could not be read.
                return match node.get("args") {
                    Value::Nothing => Fact::not_null(format!("{name} never returns NULL")),
                    _ => Fact::too_deep(),
                };
            }
            Needs::All => self.all_of(arguments, frame),
            Needs::First(count) => match arguments.get(..count) {
                Some(first) => self.all_of(first, frame),
                None => Fact::nullable(format!("{name} may return NULL")),
            },
            Needs::Any => self.any_of(arguments, name, frame),
        };
        // One argument's reason tells more than "an argument"; of several, which all are not NULL, none does.
        if fact.nullable || arguments.len() == 1 {
            return fact;
        }
        Fact::not_null(if node.name == "OPEXPR" {
            "no operand is NULL".to_owned()
        } else {
            format!("{name} returns NULL only for NULL")
        })
    }

    /// `CASE`. A branch is looked at knowing that its condition is true and those before it are not.
    fn of_case_value(&self, node: &Node<'a>, frame: &Frame<'_, 'a>) -> Fact {
        let compares = !node.get("arg").is_nothing();
        let branches = node.list("args");
        if branches.is_empty() {
            return Fact::too_deep();
        }
        let mut skipped = Vec::new();
        let mut found = None;
        for branch in branches {
            let Some(when) = branch.as_node() else {
                return Fact::too_deep();
            };
            let taken = self.where_branch_taken(node, when, frame).into_known();
            let known = skipped
                .iter()
                .cloned()
                .fold(taken, super::frame::Known::union);
            let known = known.said_by("this branch of CASE is taken only where");
            let result = frame.with_local(known, || self.evaluate(when.get("result"), frame));
            if result.nullable && !made(Fault::CaseLooksAtLastBranch) {
                return result;
            }
            found = Some(result);
            if !compares {
                skipped.push(self.where_not_true(when.get("expr"), frame).into_known());
            }
        }
        if is_left_out(node.get("defresult")) {
            if self.is_exhaustive(node, frame) {
                return Fact::not_null("one of the conditions of CASE is always met");
            }
            return Fact {
                nullable: !made(Fault::CaseWithoutElse),
                ..Fact::nullable("CASE without ELSE is NULL where no condition is met")
            };
        }
        let known = skipped
            .into_iter()
            .fold(super::frame::Known::default(), super::frame::Known::union)
            .said_by("this branch of CASE is taken only where");
        let otherwise = frame.with_local(known, || self.evaluate(node.get("defresult"), frame));
        if otherwise.nullable {
            return otherwise;
        }
        match found {
            Some(_) => Fact::not_null("no branch of CASE gives NULL"),
            None => otherwise,
        }
    }

    /// `x = ANY (array)`: NULL if `x`, the array or, where no other decides, an element is.
    fn of_array_comparison_value(&self, node: &Node<'a>, frame: &Frame<'_, 'a>) -> Fact {
        let [scalar, array] = node.list("args") else {
            return Fact::too_deep();
        };
        let operator = node.number("opfuncid").and_then(|oid| self.needs(oid));
        if operator != Some(Needs::All) {
            return Fact::nullable("the operator may return NULL");
        }
        for fact in [
            self.evaluate(scalar, frame),
            self.evaluate(array, frame),
            self.elements(array, frame),
        ] {
            if fact.nullable {
                return fact;
            }
        }
        Fact::not_null("nothing that is compared is NULL")
    }

    /// `(a, b) < (x, y)`.
    fn of_row_comparison_value(&self, node: &Node<'a>, frame: &Frame<'_, 'a>) -> Fact {
        let operators = node.get("opnos").numbers();
        let built_in = |oid: &i64| *oid < i64::from(functions::FIRST_USER_OID);
        if operators.is_empty() || !operators.iter().all(built_in) {
            return Fact::nullable("the operator may return NULL");
        }
        let left = self.all_of(node.list("largs"), frame);
        if left.nullable {
            return left;
        }
        self.all_of(node.list("rargs"), frame)
    }

    fn of_sublink_value(&self, node: &Node<'a>, frame: &Frame<'_, 'a>) -> Fact {
        let Some(query) = node.node("subselect").filter(|query| query.name == "QUERY") else {
            return Fact::too_deep();
        };
        match SubLinkType::of(node) {
            Some(SubLinkType::Exists) => Fact::not_null("`EXISTS` is true or false"),
            Some(SubLinkType::Array) => Fact::not_null("`ARRAY(…)` is an array"),
            // Over no rows they are true and false.
            Some(SubLinkType::All | SubLinkType::Any) if made(Fault::NotInIgnoresNull) => {
                Fact::not_null("")
            }
            Some(SubLinkType::All | SubLinkType::Any) => {
                self.of_subquery_comparison(node, query, frame)
            }
            Some(SubLinkType::Row) if has_a_row(query) => {
                self.of_subquery_comparison(node, query, frame)
            }
            Some(SubLinkType::Expr) if has_a_row(query) || made(Fault::SubqueryHasRow) => {
                let columns = self.result_columns(query, Some(frame));
                let first = columns.into_iter().next();
                first.unwrap_or_else(|| Fact::nullable("the subquery has no column"))
            }
            Some(SubLinkType::Expr) => {
                let is_not_null =
                    |value: &Value<'a>, at: &Frame<'_, 'a>| !self.evaluate(value, at).nullable;
                let found = self.finds_row(query, frame, &is_not_null);
                match (
                    found,
                    self.result_columns(query, Some(frame)).into_iter().next(),
                ) {
                    (Some(reason), Some(fact)) if !fact.nullable => Fact {
                        reason: format!("{}; {reason}", fact.reason),
                        ..fact
                    },
                    (Some(_), Some(fact)) => fact,
                    _ => Fact::nullable("a subquery without a row is NULL"),
                }
            }
            Some(SubLinkType::Row) => Fact::nullable("a subquery without a row is NULL"),
            _ => Fact::nullable("the subquery may have no row"),
        }
    }

    /// `x = ANY (SELECT …)`: the comparison with a row's columns for the stand-ins.
    fn of_subquery_comparison(
        &self,
        node: &Node<'a>,
        query: &Node<'a>,
        frame: &Frame<'_, 'a>,
    ) -> Fact {
        let columns = self.result_columns(query, Some(frame));
        let before = frame.subquery.replace(columns);
        let fact = self.evaluate(node.get("testexpr"), frame);
        frame.subquery.replace(before);
        fact
    }

    /// A cast to a domain, which checks the domain's NOT NULL.
    fn of_domain_cast(&self, node: &Node<'a>, frame: &Frame<'_, 'a>) -> Fact {
        let domain = node.number::<Oid>("resulttype");
        match domain.filter(|&domain| self.is_not_null_domain(domain)) {
            Some(domain) => Fact::not_null(format!(
                "the domain `{}` is declared NOT NULL",
                self.type_name(domain)
            )),
            None => self.evaluate(node.get("arg"), frame),
        }
    }

    /// Whether the domain, or one that it is over, is declared NOT NULL.
    pub(super) fn is_not_null_domain(&self, domain: Oid) -> bool {
        let mut next = Some(domain);
        while let Some(oid) = next {
            match self.catalog.types.get(&oid).map(|ty| &ty.kind) {
                Some(PgTypeKind::Domain { not_null: true, .. }) => return true,
                Some(PgTypeKind::Domain { base, .. }) => next = Some(*base),
                _ => return false,
            }
        }
        false
    }

    /// Whether a subscript of NULL, or of NULL's parts, gives NULL: true of arrays and of jsonb. Extensions may differ.
    pub(super) fn is_strict_subscript(&self, node: &Node<'a>) -> bool {
        let container = node.number::<Oid>("refcontainertype");
        node.get("refassgnexpr").is_nothing()
            && (container == Some(JSONB) || self.is_array(container))
    }

    /// `array[1]`, `array[1:2]`, `json['key']`.
    fn of_subscript(&self, node: &Node<'a>, frame: &Frame<'_, 'a>) -> Fact {
        let is_slice = !node.list("reflowerindexpr").is_empty();
        if !is_slice || !self.is_strict_subscript(node) {
            return Fact::nullable("there may be no such element");
        }
        // A slice of nothing is an empty array. A bound that is left out is no NULL.
        let bounds = ["reflowerindexpr", "refupperindexpr"].map(|field| node.list(field));
        let given = bounds.into_iter().flatten();
        for bound in given.filter(|bound| !bound.is_nothing()) {
            let fact = self.evaluate(bound, frame);
            if fact.nullable {
                return fact;
            }
        }
        self.evaluate(node.get("refexpr"), frame)
    }

    /// `(row).field`.
    fn of_field(&self, node: &Node<'a>, frame: &Frame<'_, 'a>) -> Fact {
        let field = node.number::<usize>("fieldnum");
        let row = node.node("arg");
        let fields = row.filter(|row| matches!(row.name, "ROW" | "ROWEXPR"));
        let value = fields.and_then(|row| row.list("args").get(field?.checked_sub(1)?));
        match value {
            Some(value) => self.evaluate(value, frame),
            None => Fact::nullable("a field of a composite value may be NULL"),
        }
    }
}

/// Whether an ELSE was not written: then Postgres puts a NULL there that has no place in the text.
fn is_left_out(default: &Value<'_>) -> bool {
    default.as_node().is_none_or(|node| {
        node.name == "CONST" && node.flag("constisnull") && node.location().is_none()
    })
}

fn of_constant(node: &Node<'_>) -> Fact {
    if node.denies("constisnull") {
        Fact::not_null("a constant is not NULL")
    } else {
        Fact::nullable("NULL is written there")
    }
}

/// `CURRENT_DATE` and the like.
fn of_sql_value_function(node: &Node<'_>) -> Fact {
    match SqlValueFunction::of(node) {
        None | Some(SqlValueFunction::CurrentSchema) => {
            Fact::nullable("there may be no current schema")
        }
        Some(
            SqlValueFunction::CurrentRole
            | SqlValueFunction::CurrentUser
            | SqlValueFunction::User
            | SqlValueFunction::SessionUser
            | SqlValueFunction::CurrentCatalog,
        ) => Fact::not_null("there is always a current role and database"),
        Some(_) => Fact::not_null("there is always a current time"),
    }
}
