//! Types that have no Rust type, and what to write instead.

use super::Lowering;
use super::types::Unsupported;
use crate::diagnostic::{Code, Diagnostic};
use crate::ir::{self, QualifiedName};
use crate::quote;

/// Types whose values the server makes itself: it reads none.
const OUTPUT_ONLY: &[&str] = &[
    "gtsvector",
    "pg_brin_bloom_summary",
    "pg_brin_minmax_multi_summary",
    "pg_dependencies",
    "pg_mcv_list",
    "pg_ndistinct",
    "pg_node_tree",
];

impl Lowering<'_> {
    pub(super) fn unsupported_column(
        &mut self,
        query: &ir::Query,
        column: &str,
        is_table_column: bool,
        ty: &ir::Type,
        location: Option<&ir::Location>,
        unsupported: &Unsupported,
    ) {
        let what = format!("column `{column}` of `{}`", query.name);
        let name = quote::name(column);
        let value = if is_table_column {
            name.as_str()
        } else {
            "…"
        };
        let help = if is_record(&unsupported.0) {
            format!(
                "take it apart into columns, or give it a type: `CAST({value} AS my_composite_type)`, or `to_jsonb({value})`"
            )
        } else {
            format!(
                "cast it in the query to a type that has one, as in `CAST({value} AS text) AS {}`",
                quote::after_dot(column)
            )
        };
        let diagnostic = diagnostic(&what, ty, unsupported).help(help);
        let diagnostic = match choice(unsupported) {
            Some(choice) => diagnostic.help(choice),
            None => diagnostic,
        };
        self.report(diagnostic, location.unwrap_or(&query.location));
    }

    pub(super) fn unsupported_parameter(
        &mut self,
        query: &ir::Query,
        parameter: &ir::Parameter,
        unsupported: &Unsupported,
    ) {
        let what = format!("parameter `{}` of `{}`", parameter.name, query.name);
        let diagnostic = diagnostic(&what, &parameter.ty, unsupported);
        let base = &unsupported.0;
        let diagnostic = if is_record(base) {
            let name = &parameter.name;
            diagnostic.help(format!("say which row it is: `@{name}::my_composite_type`"))
        } else if is_output_only(base) {
            diagnostic.note(format!("Postgres takes no `{base}` from outside"))
        } else {
            diagnostic.help(format!(
                "send it as text, as in `@{}::text::{}`",
                parameter.name,
                sql_name(&parameter.ty)
            ))
        };
        self.report(diagnostic, &query.location.moved_to(parameter.position));
    }
}

/// How to choose a Rust type oneself. Rows, and values without a binary form, no type can read.
fn choice(unsupported: &Unsupported) -> Option<String> {
    let ir::Type::Base(name) = &unsupported.0 else {
        return None;
    };
    if name.schema == "pg_catalog" {
        return None;
    }
    Some(format!(
        "or choose a type that implements `FromSql` and `ToSql`, if the Postgres type has a binary form:\n\
         overrides:\n  - db_type: {}\n    rust_type: crate::MyType",
        db_type(&unsupported.0)
    ))
}

fn diagnostic(what: &str, ty: &ir::Type, unsupported: &Unsupported) -> Diagnostic {
    let message = if *ty == unsupported.0 {
        format!("{what} has the type `{ty}`, for which there is no Rust type")
    } else {
        format!(
            "{what} has the type `{ty}`, and there is no Rust type for the `{}` in it",
            unsupported.0
        )
    };
    Diagnostic::error(Code::UnsupportedType, message)
}

/// Whether it is a row of which Postgres tells only that it is one.
fn is_record(ty: &ir::Type) -> bool {
    matches!(ty, ir::Type::Base(name) if is_builtin(name, &["record"]))
}

fn is_output_only(ty: &ir::Type) -> bool {
    matches!(ty, ir::Type::Base(name) if is_builtin(name, OUTPUT_ONLY))
}

fn is_builtin(name: &QualifiedName, names: &[&str]) -> bool {
    name.schema == "pg_catalog" && names.contains(&name.name.as_str())
}

/// A type as SQL has it.
fn sql_name(ty: &ir::Type) -> String {
    if let ir::Type::Array(element) = ty {
        return format!("{}[]", sql_name(element));
    }
    let name = ty.name();
    match name.schema.as_str() {
        "pg_catalog" => ty.to_string(),
        "public" => quote::name(&name.name),
        schema => quote::in_schema(schema, &name.name),
    }
}

/// A type as `db_type` takes it, quoted where YAML or SQL need it.
fn db_type(ty: &ir::Type) -> String {
    let plain = |name: &str| {
        name.chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
    };
    let name = match ty {
        ir::Type::Array(element) => return db_type(element),
        ty => ty.name(),
    };
    if plain(&name.schema) && plain(&name.name) {
        ty.to_string()
    } else {
        let sql = format!(
            "{}.{}",
            quote::always(&name.schema),
            quote::always(&name.name)
        );
        format!("'{}'", sql.replace('\'', "''"))
    }
}
