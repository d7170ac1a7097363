//! Names for plain `$n` parameters, from what they are compared with, assigned to or passed to.
//!
//! `sqlparser` is only an adviser here: it does not know all of Postgres, so a statement that it cannot read gets
//! names by number, never an error.

use std::collections::{BTreeMap, HashSet};
use std::ops::ControlFlow;

use sqlparser::ast::{
    Assignment, AssignmentTarget, BinaryOperator, Expr, FunctionArg, FunctionArgExpr,
    FunctionArguments, Ident, Insert, LimitClause, Merge, MergeAction, MergeInsertKind,
    MergeUpdateKind, ObjectName, OnConflictAction, OnInsert, Query as SqlQuery, Select, SelectItem,
    SetExpr, Statement, TableFactor, TableObject, Value, Visit, Visitor, visit_expressions,
};
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::parser::Parser;
use sqlparser::tokenizer::{Token, Tokenizer};

use crate::catalog::Catalog;
use crate::syntax::Query;

#[cfg(test)]
mod tests;

/// The longest chain of operators (`a + b + …`) that is looked at. It nests as deep as it is long, and is dropped
/// recursively, so that this bounds the stack. The parser's own limit is about parentheses and the like.
const MAX_OPERATORS: usize = 1000;

/// How deep parentheses, subqueries and the like may nest.
const MAX_NESTING: usize = 50;

/// A name for each of the `count` parameters: the one that the query gives, else one from its use. All differ.
pub(super) fn parameter_names(query: &Query, count: usize, catalog: &Catalog) -> Vec<String> {
    let written = |index: usize| query.placeholders.get(index).and_then(|p| p.name.clone());
    let mut taken: HashSet<String> = (0..count).filter_map(written).collect();
    let advice = if (0..count).all(|index| written(index).is_some()) {
        Advice::default()
    } else {
        advise(query.sql.text(), catalog)
    };
    let mut names = Vec::with_capacity(count);
    for index in 0..count {
        names.push(written(index).unwrap_or_else(|| {
            let number = index + 1;
            let base = advice.name(number);
            let base = base.map_or_else(|| format!("arg_{number}"), str::to_owned);
            let mut name = base.clone();
            for suffix in 2.. {
                if taken.insert(name.clone()) {
                    break;
                }
                name = format!("{base}_{suffix}");
            }
            name
        }));
    }
    names
}

/// What a statement's text says of its parameters, by number.
#[derive(Default)]
struct Advice {
    /// The parameter itself is compared, assigned or passed.
    direct: BTreeMap<usize, String>,
    /// It is part of an expression that is.
    indirect: BTreeMap<usize, String>,
}

impl Advice {
    fn name(&self, number: usize) -> Option<&str> {
        let found = self
            .direct
            .get(&number)
            .or_else(|| self.indirect.get(&number));
        found.map(String::as_str)
    }
}

fn advise(sql: &str, catalog: &Catalog) -> Advice {
    let mut adviser = Adviser {
        advice: Advice::default(),
        catalog,
    };
    if let Some(statements) = parse(sql) {
        let _ = statements.visit(&mut adviser);
    }
    adviser.advice
}

fn parse(sql: &str) -> Option<Vec<Statement>> {
    let dialect = PostgreSqlDialect {};
    let tokens = Tokenizer::new(&dialect, sql)
        .tokenize_with_location()
        .ok()?;
    let is_operand = |token: &Token| match token {
        Token::Whitespace(_)
        | Token::Comma
        | Token::Period
        | Token::Placeholder(_)
        | Token::LParen
        | Token::RParen
        | Token::Number(..)
        | Token::SingleQuotedString(_) => true,
        Token::Word(word) => word.keyword == sqlparser::keywords::Keyword::NoKeyword,
        _ => false,
    };
    if tokens
        .iter()
        .filter(|token| !is_operand(&token.token))
        .count()
        > MAX_OPERATORS
    {
        return None;
    }
    let parser = Parser::new(&dialect).with_recursion_limit(MAX_NESTING);
    parser
        .with_tokens_with_locations(tokens)
        .parse_statements()
        .ok()
}

struct Adviser<'a> {
    advice: Advice,
    catalog: &'a Catalog,
}

impl Visitor for Adviser<'_> {
    type Break = ();

    fn pre_visit_statement(&mut self, statement: &Statement) -> ControlFlow<()> {
        match statement {
            Statement::Insert(insert) => self.insert(insert),
            Statement::Update(update) => self.assignments(&update.assignments),
            Statement::Merge(merge) => self.merge(merge),
            Statement::Call(function) => {
                if let FunctionArguments::List(list) = &function.args {
                    self.call(&function.name, &list.args);
                }
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_query(&mut self, query: &SqlQuery) -> ControlFlow<()> {
        if let Some(LimitClause::LimitOffset { limit, offset, .. }) = &query.limit_clause {
            self.propose_all(limit, "limit");
            self.propose_all(offset.as_ref().map(|offset| &offset.value), "offset");
        }
        if let Some(fetch) = &query.fetch {
            self.propose_all(&fetch.quantity, "limit");
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<()> {
        for item in &select.projection {
            if let SelectItem::ExprWithAlias { expr, alias } = item {
                self.propose_within(expr, &folded(alias));
            }
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<()> {
        match factor {
            TableFactor::Table {
                name,
                args: Some(args),
                ..
            } => self.call(name, &args.args),
            TableFactor::Function { name, args, .. } => self.call(name, args),
            _ => {}
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        match expr {
            Expr::BinaryOp { left, op, right } => {
                let connects = [BinaryOperator::And, BinaryOperator::Or, BinaryOperator::Xor];
                if !connects.contains(op) {
                    self.pair(left, right);
                }
            }
            Expr::Like { expr, pattern, .. }
            | Expr::ILike { expr, pattern, .. }
            | Expr::SimilarTo { expr, pattern, .. } => self.pair(expr, pattern),
            Expr::IsDistinctFrom(left, right)
            | Expr::IsNotDistinctFrom(left, right)
            | Expr::AnyOp { left, right, .. }
            | Expr::AllOp { left, right, .. } => self.pair(left, right),
            Expr::InList { expr, list, .. } => list.iter().for_each(|item| self.pair(expr, item)),
            Expr::InSubquery { expr, subquery, .. } => {
                if let Some(name) = only_column(subquery) {
                    self.propose(expr, &name);
                }
            }
            Expr::Between {
                expr, low, high, ..
            } => {
                if let Some(name) = column_name(expr) {
                    self.propose(low, &format!("from_{name}"));
                    self.propose(high, &format!("to_{name}"));
                } else if let Some(name) = column_name(low).or_else(|| column_name(high)) {
                    self.propose(expr, &name);
                }
            }
            Expr::Case {
                operand: Some(operand),
                conditions,
                ..
            } => {
                for case in conditions {
                    self.pair(operand, &case.condition);
                }
            }
            Expr::AtTimeZone { time_zone, .. } => self.propose(time_zone, "time_zone"),
            Expr::Function(function) => {
                if let FunctionArguments::List(list) = &function.args {
                    self.call(&function.name, &list.args);
                }
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }
}

impl Adviser<'_> {
    fn insert(&mut self, insert: &Insert) {
        let columns = match &insert.table {
            _ if !insert.columns.is_empty() => insert.columns.iter().map(last_part).collect(),
            TableObject::TableName(table) => self.columns_of(table),
            _ => Vec::new(),
        };
        if let Some(source) = &insert.source {
            self.source(&source.body, &columns);
        }
        if let Some(OnInsert::OnConflict(conflict)) = &insert.on
            && let OnConflictAction::DoUpdate(update) = &conflict.action
        {
            self.assignments(&update.assignments);
        }
    }

    fn merge(&mut self, merge: &Merge) {
        for clause in &merge.clauses {
            match &clause.action {
                MergeAction::Insert(insert) => {
                    let columns: Vec<_> = insert.columns.iter().map(last_part).collect();
                    let columns = match &merge.table {
                        TableFactor::Table { name, .. } if columns.is_empty() => {
                            self.columns_of(name)
                        }
                        _ => columns,
                    };
                    if let MergeInsertKind::Values(values) = &insert.kind {
                        let rows = values.rows.iter();
                        rows.for_each(|row| self.row(&row.content, &columns));
                    }
                }
                MergeAction::Update(update) => {
                    if let MergeUpdateKind::Set(assignments) = &update.kind {
                        self.assignments(assignments);
                    }
                }
                _ => {}
            }
        }
    }

    /// What is inserted into, or assigned to, `columns`.
    fn source(&mut self, body: &SetExpr, columns: &[Option<String>]) {
        match body {
            SetExpr::Values(values) => {
                values
                    .rows
                    .iter()
                    .for_each(|row| self.row(&row.content, columns));
            }
            SetExpr::Select(select) => {
                for (item, column) in select.projection.iter().zip(columns) {
                    match (item, column) {
                        (
                            SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. },
                            Some(column),
                        ) => self.propose(expr, column),
                        (SelectItem::UnnamedExpr(_) | SelectItem::ExprWithAlias { .. }, None) => {}
                        _ => break, // `*`: how many columns it stands for is not known here.
                    }
                }
            }
            SetExpr::Query(query) => self.source(&query.body, columns),
            SetExpr::SetOperation { left, right, .. } => {
                self.source(left, columns);
                self.source(right, columns);
            }
            _ => {}
        }
    }

    fn row(&mut self, values: &[Expr], columns: &[Option<String>]) {
        for (value, column) in values.iter().zip(columns) {
            if let Some(column) = column {
                self.propose(value, column);
            }
        }
    }

    fn assignments(&mut self, assignments: &[Assignment]) {
        for Assignment { target, value } in assignments {
            match target {
                AssignmentTarget::ColumnName(column) => {
                    if let Some(name) = last_part(column) {
                        self.propose(value, &name);
                    }
                }
                AssignmentTarget::Tuple(columns) => {
                    let columns: Vec<_> = columns.iter().map(last_part).collect();
                    match value {
                        Expr::Tuple(values) => self.row(values, &columns),
                        Expr::Subquery(query) => self.source(&query.body, &columns),
                        _ => {}
                    }
                }
            }
        }
    }

    /// The columns of a table that can be written without naming them: all of them, in order.
    fn columns_of(&self, table: &ObjectName) -> Vec<Option<String>> {
        let parts: Vec<_> = table
            .0
            .iter()
            .filter_map(|part| part.as_ident())
            .map(folded)
            .collect();
        let Some((name, qualifiers)) = parts.split_last() else {
            return Vec::new();
        };
        let relations = self.catalog.relations.values();
        let fits = relations.filter(|relation| {
            let schema = qualifiers.last();
            relation.name == *name && schema.is_none_or(|schema| relation.schema == *schema)
        });
        let found = fits.min_by_key(|relation| (relation.schema != "public", &relation.schema));
        let columns = found.map(|relation| relation.columns.as_slice());
        let columns = columns.unwrap_or_default().iter();
        columns.map(|column| Some(column.name.clone())).collect()
    }

    /// The arguments of a call: by their own names where the function has them, else by the function's.
    fn call(&mut self, name: &ObjectName, arguments: &[FunctionArg]) {
        let Some(function) = last_part(name) else {
            return;
        };
        let expressions = || arguments.iter().filter_map(argument);
        if is_transparent(&function) {
            if let Some(column) = expressions().find_map(column_name) {
                expressions().for_each(|expr| self.propose(expr, &column));
            }
            return;
        }
        let overloads = self.catalog.functions.iter().filter(|(_, known)| {
            known.name == function && known.argument_names.len() >= arguments.len()
        });
        let known = overloads.min_by_key(|(oid, known)| (known.argument_names.len(), **oid));
        let names = known.map_or(Vec::new(), |(_, known)| known.argument_names.clone());
        for (position, argument) in arguments.iter().enumerate() {
            let own = match argument {
                FunctionArg::Named { name, .. } => Some(folded(name)),
                FunctionArg::ExprNamed { name, .. } => column_name(name),
                FunctionArg::Unnamed(_) => names.get(position).filter(|n| !n.is_empty()).cloned(),
            };
            if let Some(expr) = self::argument(argument) {
                self.propose(expr, own.as_ref().unwrap_or(&function));
            }
        }
    }

    /// Two expressions that are compared or combined: each can name the other.
    fn pair(&mut self, left: &Expr, right: &Expr) {
        match (unwrapped(left), unwrapped(right)) {
            (Expr::Tuple(lefts), Expr::Tuple(rights)) => {
                lefts
                    .iter()
                    .zip(rights)
                    .for_each(|(left, right)| self.pair(left, right));
            }
            (left, right) => {
                if let Some(name) = column_name(left) {
                    self.propose(right, &name);
                }
                if let Some(name) = column_name(right) {
                    self.propose(left, &name);
                }
            }
        }
    }

    fn propose_all<'e>(&mut self, exprs: impl IntoIterator<Item = &'e Expr>, name: &str) {
        exprs.into_iter().for_each(|expr| self.propose(expr, name));
    }

    /// Names the parameters that `expr` is or is made of. The first proposal holds.
    fn propose(&mut self, expr: &Expr, name: &str) {
        for number in parameters_of(expr) {
            self.advice
                .direct
                .entry(number)
                .or_insert_with(|| name.to_owned());
        }
        self.propose_within(expr, name);
    }

    /// Names the parameters anywhere in `expr` that nothing closer names.
    fn propose_within(&mut self, expr: &Expr, name: &str) {
        let indirect = &mut self.advice.indirect;
        let _ = visit_expressions(expr, |expr| {
            if let Some(number) = placeholder(expr) {
                indirect.entry(number).or_insert_with(|| name.to_owned());
            }
            ControlFlow::<()>::Continue(())
        });
    }
}

/// The number of `$n`.
fn placeholder(expr: &Expr) -> Option<usize> {
    match expr {
        Expr::Value(value) => match &value.value {
            Value::Placeholder(text) => text.strip_prefix('$')?.parse().ok(),
            _ => None,
        },
        _ => None,
    }
}

/// The parameters that an expression is a form of: through casts, concatenation, and calls about nothing else, as
/// `lower($1)` or `'%' || $1 || '%'`.
fn parameters_of(expr: &Expr) -> Vec<usize> {
    let expr = unwrapped(expr);
    match expr {
        Expr::Value(_) => placeholder(expr).into_iter().collect(),
        Expr::BinaryOp {
            left,
            op: BinaryOperator::StringConcat,
            right,
        } => [left, right]
            .into_iter()
            .flat_map(|side| parameters_of(side))
            .collect(),
        Expr::Array(array) => array.elem.iter().flat_map(parameters_of).collect(),
        Expr::Function(function) => match &function.args {
            FunctionArguments::List(list) => {
                let arguments = || list.args.iter().filter_map(argument);
                let about_a_column = arguments().any(|argument| column_name(argument).is_some());
                let transparent = last_part(&function.name).is_some_and(|n| is_transparent(&n));
                if about_a_column && !transparent {
                    return Vec::new();
                }
                arguments().flat_map(parameters_of).collect()
            }
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}

/// The column that an expression is a form of.
fn column_name(expr: &Expr) -> Option<String> {
    match unwrapped(expr) {
        Expr::Identifier(name) => Some(folded(name)),
        Expr::CompoundIdentifier(parts) => parts.last().map(folded),
        Expr::CompoundFieldAccess { root, .. } => column_name(root),
        Expr::AtTimeZone { timestamp, .. } => column_name(timestamp),
        Expr::BinaryOp {
            left,
            op:
                BinaryOperator::Arrow
                | BinaryOperator::LongArrow
                | BinaryOperator::HashArrow
                | BinaryOperator::HashLongArrow,
            ..
        } => column_name(left),
        Expr::Function(function) => {
            let FunctionArguments::List(list) = &function.args else {
                return None;
            };
            let mut arguments = list.args.iter().filter_map(argument);
            arguments.find_map(column_name)
        }
        _ => None,
    }
}

/// Without parentheses, casts, collation, sign, and calls that have a syntax of their own.
fn unwrapped(expr: &Expr) -> &Expr {
    match expr {
        Expr::Nested(inner)
        | Expr::Cast { expr: inner, .. }
        | Expr::Collate { expr: inner, .. }
        | Expr::Trim { expr: inner, .. }
        | Expr::Ceil { expr: inner, .. }
        | Expr::Floor { expr: inner, .. }
        | Expr::UnaryOp { expr: inner, .. } => unwrapped(inner),
        _ => expr,
    }
}

/// Functions that yield one of their arguments.
fn is_transparent(function: &str) -> bool {
    ["coalesce", "nullif", "greatest", "least"].contains(&function)
}

fn argument(argument: &FunctionArg) -> Option<&Expr> {
    let (FunctionArg::Named { arg, .. }
    | FunctionArg::ExprNamed { arg, .. }
    | FunctionArg::Unnamed(arg)) = argument;
    match arg {
        FunctionArgExpr::Expr(expr) => Some(expr),
        _ => None,
    }
}

/// The name of the one column of `(SELECT column …)`.
fn only_column(query: &SqlQuery) -> Option<String> {
    match query.body.as_select()?.projection.as_slice() {
        [SelectItem::UnnamedExpr(expr)] => column_name(expr),
        [SelectItem::ExprWithAlias { alias, .. }] => Some(folded(alias)),
        _ => None,
    }
}

fn last_part(name: &ObjectName) -> Option<String> {
    name.0.last()?.as_ident().map(folded)
}

/// A name as Postgres reads it: in lower case unless quoted.
fn folded(name: &Ident) -> String {
    match name.quote_style {
        Some(_) => name.value.clone(),
        None => name.value.to_lowercase(),
    }
}
