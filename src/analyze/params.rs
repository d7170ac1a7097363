//! What is known of parameters beside their types: which are fields of a struct that the query names, by `@params`, and for
//! which calls give NULL.

use std::collections::BTreeMap;

use super::nullability::Inference;
use super::overrides::unknown;
use crate::diagnostic::{Code, Diagnostic};
use crate::ir::{self, Dynamic, ParamsName};
use crate::syntax::{Query, location};

/// The struct that a query makes of its parameters, whose names are `names`.
pub(super) fn of(
    query: &Query,
    names: &[String],
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<ParamsName> {
    let params = query.params()?;
    let place = &params.name.place;
    let mistake =
        |message: String| Diagnostic::error(Code::InvalidDirective, message).at(place.clone(), "");
    let takes_many = query.many().is_some()
        || query.command.is_batch()
        || query.command == ir::Command::CopyFrom;
    if takes_many || query.shape.is_some() {
        let other = if takes_many {
            "a query that takes many rows or items"
        } else {
            "`@with`"
        };
        diagnostics.push(
            mistake(format!("`@params` does not go with {other}"))
                .help("remove it: the function takes a struct that is called after the query"),
        );
        return None;
    }
    if names.is_empty() {
        let message = format!("`{}` has no parameters", query.name.text());
        diagnostics.push(mistake(message).help("remove `@params`"));
        return None;
    }
    let mut fields = Vec::new();
    for named in &params.fields {
        let is_it = |known: &String| ir::is_same_name(known, &named.name);
        match names.iter().position(is_it) {
            None => diagnostics.push(unknown("parameter", query, &named.place, names)),
            Some(index) if fields.contains(&index) => {
                let message = format!("`@params` names `{}` twice", named.name);
                diagnostics.push(
                    Diagnostic::error(Code::InvalidDirective, message)
                        .at(named.place.clone(), "the second time")
                        .help("once is enough"),
                );
            }
            Some(index) => fields.push(index),
        }
    }
    if params.fields.is_empty() {
        fields = (0..names.len()).collect();
    }
    Some(ParamsName {
        name: params.name.name.clone(),
        location: location(place),
        fields,
    })
}

/// What of a text a call chooses, with the parameters for which NULL is a value beside none: those that are written where
/// NULL has a meaning.
pub(super) fn with_null(dynamic: Option<Dynamic>, inference: &Inference) -> Option<Dynamic> {
    dynamic.map(|dynamic| {
        let takes_null = |&index: &usize| {
            let fact = inference.parameters.get(&(index + 1));
            dynamic.writes(index) && fact.is_some_and(|fact| fact.nullable)
        };
        let nullable = dynamic.optional.iter().copied().filter(takes_null);
        Dynamic {
            nullable: nullable.collect(),
            ..dynamic
        }
    })
}

/// The parameters, by `$n`, and whether calls give NULL for them where they are part of what is sent.
pub(super) fn nullable(query: &ir::Query) -> BTreeMap<usize, bool> {
    let is_optional = |index| {
        let dynamic = query.dynamic.as_ref();
        dynamic.is_some_and(|dynamic| {
            dynamic.optional.contains(&index) && !dynamic.nullable.contains(&index)
        })
    };
    let parameters = query.parameters.iter().enumerate();
    parameters
        .map(|(index, parameter)| {
            let nullable = parameter.nullability.nullable && !is_optional(index);
            (index + 1, nullable)
        })
        .collect()
}
