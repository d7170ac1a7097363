//! Functions that take many rows or items: what they take, and what they give.

use std::borrow::Cow;

use crate::ir::{self, Bulk, Command};

use super::Lowering;
use super::ident::Ident;
use super::items::{Argument, Form};
use super::literal::Literal;
use super::scope::Scope;
use super::types::{self, RustType};

impl Lowering<'_> {
    /// How the function of a query takes its values; notes what it needs.
    pub(super) fn form(&mut self, query: &ir::Query, scope: &mut Scope) -> Form {
        let form = match &query.bulk {
            None if query.command.is_batch() => Form::Batch,
            None => Form::Single,
            Some(Bulk::Arrays { .. }) => Form::Rows,
            Some(Bulk::Copy { insert, .. }) => Form::Copy {
                target: scope.import("super::client::CopyTarget"),
                insert: Literal::new(insert),
            },
        };
        match form {
            Form::Single => {}
            Form::Rows => self.bulk.rows = true,
            Form::Batch => self.bulk.batches = true,
            Form::Copy { .. } => self.bulk.copies = true,
        }
        form
    }
}

/// The argument of a function that takes many, and its expressions for the parameters of each. `single` is what it would
/// take for one: a params struct, or the only parameter.
pub(super) fn input(
    query: &ir::Query,
    form: &Form,
    names: &[Ident],
    types: &[&RustType],
    single: Vec<Argument>,
    scope: &mut Scope,
) -> (Vec<Argument>, Vec<String>) {
    let each = form.each();
    let values: Vec<String> = match names {
        [_] => vec![each.to_owned()],
        names => names.iter().map(|name| format!("&{each}.{name}")).collect(),
    };
    let values = values.into_iter().zip(types);
    let values: Vec<String> = values
        .map(|(value, ty)| match form {
            Form::Copy { .. } if ty.is_coded() => format!("&{}", ty.send_borrowed(value, scope)),
            _ => ty.send_borrowed(value, scope),
        })
        .collect();
    let values = match &query.bulk {
        Some(Bulk::Copy { parameters, .. }) => {
            let values = parameters.iter().filter_map(|&index| values.get(index));
            values.cloned().collect()
        }
        _ => values,
    };
    let arguments = single.into_iter().map(|Argument { ty, .. }| Argument {
        name: Ident::value(&format!("{each}s")),
        ty: match form {
            Form::Copy { .. } => format!(
                "impl {}<Item = {ty}, IntoIter: {} + 'a>",
                scope.prelude("iter::IntoIterator"),
                scope.prelude("marker::Send")
            ),
            _ => format!("&'a [{ty}]"),
        },
    });
    (arguments.collect(), values)
}

/// The constants of `tokio_postgres::types::Type` for what is sent.
pub(super) fn type_constants(query: &ir::Query, catalog: &ir::Catalog) -> Vec<String> {
    let sent = sent_types(query, catalog);
    sent.iter()
        .map(|ty| types::type_constant(ty, catalog))
        .collect()
}

/// Whether it is sent as a `COPY`.
pub(super) fn is_copy(query: &ir::Query) -> bool {
    matches!(query.bulk, Some(Bulk::Copy { .. }))
}

/// The types of a statement's parameters and columns by their names in Postgres: `(int4) -> (int4, text)`.
pub(super) fn signature(query: &ir::Query, catalog: &ir::Catalog) -> String {
    let name = |ty: &ir::Type| types::base_name(ty, catalog);
    let sent = sent_types(query, catalog);
    let parameters: Vec<String> = sent.iter().map(|ty| name(ty)).collect();
    let parameters = parameters.join(", ");
    if query.command.returns_rows() {
        let columns: Vec<String> = query
            .columns
            .iter()
            .map(|column| name(&column.ty))
            .collect();
        format!("({parameters}) -> ({})", columns.join(", "))
    } else {
        format!("({parameters})")
    }
}

/// The types of the statement's parameters: of a `COPY`, of its columns.
fn sent_types<'t>(query: &'t ir::Query, catalog: &ir::Catalog) -> Vec<Cow<'t, ir::Type>> {
    let types = query.parameters.iter().map(|parameter| &parameter.ty);
    match &query.bulk {
        None => types.map(Cow::Borrowed).collect(),
        // As the statement casts them: arrays of what domains are over.
        Some(Bulk::Arrays { .. }) => types
            .map(|ty| Cow::Owned(ir::Type::Array(Box::new(catalog.base(ty).clone()))))
            .collect(),
        Some(Bulk::Copy { parameters, .. }) => {
            let columns = parameters.iter();
            columns
                .filter_map(|&index| query.parameters.get(index))
                .map(|parameter| Cow::Borrowed(&parameter.ty))
                .collect()
        }
    }
}

/// The return type of the query's function, without its arguments, and the method of a request that gives it.
pub(super) fn handle(query: &ir::Query) -> (&'static str, &'static str) {
    let takes_rows = matches!(query.bulk, Some(Bulk::Arrays { .. }));
    match query.command {
        Command::One if !takes_rows => ("One", "one"),
        // One row for each.
        Command::One | Command::Many => ("Many", "many"),
        Command::Exec => ("Exec", "exec"),
        Command::ExecRows | Command::ExecResult => ("ExecRows", "exec_rows"),
        Command::CopyFrom => ("CopyIn", "copy"),
        Command::BatchExec => ("Batch", "exec"),
        Command::BatchOne => ("Batch", "one"),
        Command::BatchMany => ("Batch", "many"),
    }
}
