//! Names for the parameters of `CALL`, which Postgres prints no tree of before version 16.
//!
//! `sqlparser` reads the statement. One that it cannot read gets names by number.

use sqlparser::ast::{
    Expr, FunctionArg, FunctionArgExpr, FunctionArguments, Ident, Statement, Value,
};
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::parser::Parser;

use super::{Proposals, Rank};
use crate::catalog::Catalog;
use crate::syntax::lex;

/// The longest statement that is read. The parser nests calls as deep as operators follow each other.
const MAX_TOKENS: usize = 200;

/// How deep parentheses, subqueries and the like may nest.
const MAX_NESTING: usize = 20;

/// The arguments of a call have the names of the procedure's arguments, or else its own.
pub(super) fn propose(sql: &str, catalog: &Catalog) -> Proposals {
    let mut proposals = Proposals::default();
    let tokens = lex(sql);
    let is_call = tokens.iter().find(|token| !token.is_trivia());
    if !is_call.is_some_and(|token| token.is_word("CALL", sql)) || tokens.len() > MAX_TOKENS {
        return proposals;
    }
    let parser = Parser::new(&PostgreSqlDialect {}).with_recursion_limit(MAX_NESTING);
    let statements = parser
        .try_with_sql(sql)
        .and_then(|mut parser| parser.parse_statements());
    let Ok([Statement::Call(call)]) = statements.as_deref() else {
        return proposals;
    };
    let FunctionArguments::List(list) = &call.args else {
        return proposals;
    };
    let Some(procedure) = call.name.0.last().and_then(|part| part.as_ident()) else {
        return proposals;
    };
    let procedure = folded(procedure);
    let overloads = catalog.functions.iter().filter(|(_, known)| {
        known.name == procedure && known.argument_names.len() >= list.args.len()
    });
    let known = overloads.min_by_key(|(oid, known)| (known.argument_names.len(), **oid));
    for (position, argument) in list.args.iter().enumerate() {
        let (own, argument) = match argument {
            FunctionArg::Named { name, arg, .. } => (Some(folded(name)), arg),
            FunctionArg::ExprNamed {
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
    proposals
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
