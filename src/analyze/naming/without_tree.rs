//! Names for the parameters of `CALL` and `EXPLAIN`, which Postgres prints no tree of before version 16.
//!
//! `sqlparser` reads a `CALL`. Other statements say no more than which name a parameter is compared with.

use sqlparser::ast::{
    Expr, FunctionArg, FunctionArgExpr, FunctionArguments, Ident, Statement, Value,
};
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::parser::Parser;

use super::{Proposals, Rank};
use crate::catalog::Catalog;
use crate::syntax::{Token, TokenKind, lex};

/// The longest statement that is read. The parser nests calls as deep as operators follow each other.
const MAX_TOKENS: usize = 200;

/// How deep parentheses, subqueries and the like may nest.
const MAX_NESTING: usize = 20;

/// Proposes names for the parameters of a statement without a tree.
pub(super) fn propose(sql: &str, catalog: &Catalog, proposals: &mut Proposals) {
    let tokens = lex(sql);
    let tokens: Vec<Token> = tokens
        .into_iter()
        .filter(|token| !token.is_trivia())
        .collect();
    let is_call = tokens
        .first()
        .is_some_and(|token| token.is_word("CALL", sql));
    if is_call && tokens.len() <= MAX_TOKENS {
        arguments(sql, catalog, proposals);
    } else if !is_call {
        comparisons(sql, &tokens, proposals);
    }
}

/// `name = $1`, whatever the operator.
fn comparisons(sql: &str, tokens: &[Token], proposals: &mut Proposals) {
    for window in tokens.windows(3) {
        let [name, operator, parameter] = window else {
            continue;
        };
        let is_operator = operator.kind == TokenKind::Operator
            || ["LIKE", "ILIKE"]
                .iter()
                .any(|word| operator.is_word(word, sql));
        if let (true, Some(name), Some(number)) =
            (is_operator, name.name(sql), parameter.number(sql))
        {
            proposals.add(number, Rank::Direct, parameter.range.start, &name);
        }
    }
}

/// The arguments of a call have the names of the procedure's arguments, or else its own.
fn arguments(sql: &str, catalog: &Catalog, proposals: &mut Proposals) {
    let parser = Parser::new(&PostgreSqlDialect {}).with_recursion_limit(MAX_NESTING);
    let statements = parser
        .try_with_sql(sql)
        .and_then(|mut parser| parser.parse_statements());
    let Ok([Statement::Call(call)]) = statements.as_deref() else {
        return;
    };
    let FunctionArguments::List(list) = &call.args else {
        return;
    };
    let Some(procedure) = call.name.0.last().and_then(|part| part.as_ident()) else {
        return;
    };
    let procedure = folded(procedure);
    let overloads = catalog.functions.iter().filter(|(_, known)| {
        known.name == procedure && known.argument_names.len() >= list.args.len()
    });
    let known = overloads.min_by_key(|(oid, known)| (known.argument_names.len(), **oid));
    for (position, argument) in list.args.iter().enumerate() {
        let (own, argument) = match argument {
            FunctionArg::Named { name, arg, .. }
            | FunctionArg::ExprNamed {
                name: Expr::Identifier(name),
                arg,
                ..
            } => (Some(folded(name)), arg),
            FunctionArg::ExprNamed { arg, .. } | FunctionArg::Unnamed(arg) => {
                let names = known.map(|(_, known)| known.argument_names.as_slice());
                let name = names.unwrap_or_default().get(position).cloned();
                (name.filter(|name| !name.is_empty()), arg)
            }
        };
        let name = own.as_ref().unwrap_or(&procedure);
        if let FunctionArgExpr::Expr(value) = argument
            && let Some(number) = parameter(value)
        {
            proposals.add(number, Rank::Direct, position, name);
        }
    }
}

/// The parameter that a value is, apart from casts.
fn parameter(value: &Expr) -> Option<usize> {
    match value {
        Expr::Nested(inner) | Expr::Cast { expr: inner, .. } => parameter(inner),
        Expr::Value(value) => match &value.value {
            Value::Placeholder(text) => text.strip_prefix('$')?.parse().ok(),
            _ => None,
        },
        _ => None,
    }
}

/// A name as Postgres reads it: in lower case unless quoted.
fn folded(name: &Ident) -> String {
    match name.quote_style {
        Some(_) => name.value.clone(),
        None => name.value.to_lowercase(),
    }
}
