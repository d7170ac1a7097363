//! Functions that take many rows or items: what they take, and what they give.

use std::borrow::Cow;

use crate::ir::{self, Bulk, Command};

use super::Lowering;
use super::ident::Ident;
use super::items::{Argument, Copying, Form, Put};
use super::literal::Literal;
use super::names::Called;
use super::scope::Scope;
use super::types::{self, RustType};

impl Lowering<'_> {
    /// How the function of a query takes its values; notes what it needs.
    pub(super) fn form(&mut self, query: &ir::Query, scope: &mut Scope) -> Form {
        let form = match &query.bulk {
            None if query.command.is_batch() => Form::Batch,
            None => Form::Single,
            Some(Bulk::Arrays { key, .. }) => Form::Rows { key: key.clone() },
            Some(Bulk::Copy { insert, .. }) => Form::Copy {
                target: scope.import("super::client::CopyTarget"),
                insert: Literal::new(insert),
            },
        };
        match form {
            Form::Single => {}
            Form::Rows { .. } => self.needs.bulk.rows = true,
            Form::Batch => self.needs.bulk.batches = true,
            Form::Copy { .. } => self.needs.bulk.copies = true,
        }
        form
    }
}

/// How the rows of a `COPY` are written: with a method of their struct, which comes with it, unless each is one value.
pub(super) fn copying(
    query: &ir::Query,
    called: &Called<'_>,
    (names, types): (&[Ident], &[&RustType]),
    borrows: bool,
    scope: &mut Scope,
) -> (Copying, Option<Put>) {
    let mut put = |each: &str| {
        let values = sent(&places(each, names), types, scope);
        let columns = match &query.bulk {
            Some(Bulk::Copy { parameters, .. }) => parameters.as_slice(),
            _ => &[],
        };
        let column = |&index: &usize| {
            let (value, ty) = (values.get(index)?, types.get(index)?);
            // A codec's is a value, not a reference.
            Some(format!(
                "{}{value}",
                if ty.is_sent_coded() { "&" } else { "" }
            ))
        };
        columns.iter().filter_map(column).collect::<Vec<_>>()
    };
    let calls = |values: Vec<String>| -> String {
        let calls = values.iter().map(|value| format!(".put({value})"));
        calls.collect()
    };
    let (row, put_row, put_item, method) = if let [ty] = types {
        let (of_row, of_item) = (calls(put("row")), calls(put("&row(item)")));
        let row = ty.argument(scope, "");
        (
            row,
            format!("|row, out| out{of_row}"),
            format!("out{of_item}"),
            None,
        )
    } else {
        let values = put("self");
        let buffer = scope.import("super::client::CopyBuffer");
        let name = &called.params;
        let lifetime = if borrows { "<'_>" } else { "" };
        let row = format!("{name}{lifetime}");
        let of_item = "row(item).put(out)".to_owned();
        (
            row,
            format!("{name}::put"),
            of_item,
            Some(Put { buffer, values }),
        )
    };
    let copying = Copying {
        put_row,
        function: stream_function(&called.function),
        stream: scope.import("super::client::CopyStream"),
        closure: scope.prelude("ops::Fn"),
        row,
        put_item: format!("move |item, out| {put_item}"),
    };
    (copying, method)
}

/// The argument of a function that takes many, and its expressions for the parameters of each. `single` is what it would
/// take for one: a params struct, or the only parameter.
pub(super) fn input(
    form: &Form,
    names: &[Ident],
    types: &[&RustType],
    single: Vec<Argument>,
    scope: &mut Scope,
) -> (Vec<Argument>, Vec<String>) {
    let each = form.each();
    let values = match form {
        Form::Copy { .. } => Vec::new(),
        _ => sent(&places(each, names), types, scope),
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

/// The function that copies what the items of a stream become.
pub(super) fn stream_function(function: &Ident) -> Ident {
    Ident::value(&format!("{}_stream", function.unraw()))
}

/// The parameters of `each` row or item.
fn places(each: &str, names: &[Ident]) -> Vec<String> {
    match names {
        [_] => vec![each.to_owned()],
        names => names.iter().map(|name| format!("&{each}.{name}")).collect(),
    }
}

/// How the parameters at `places`, references to them, are sent.
fn sent(places: &[String], types: &[&RustType], scope: &mut Scope) -> Vec<String> {
    let values = places.iter().zip(types);
    let values = values.map(|(place, ty)| ty.send_borrowed(place.clone(), scope));
    values.collect()
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
pub(super) fn sent_types<'t>(
    query: &'t ir::Query,
    catalog: &ir::Catalog,
) -> Vec<Cow<'t, ir::Type>> {
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
