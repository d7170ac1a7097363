//! Names and types as SQL that rowsmith writes itself.

use crate::catalog::{Catalog, Oid, PgTypeKind};
use crate::ir;

/// Keywords that are no names of columns without quotes.
const RESERVED: &[&str] = &[
    "all",
    "analyse",
    "analyze",
    "and",
    "any",
    "array",
    "as",
    "asc",
    "asymmetric",
    "authorization",
    "binary",
    "both",
    "case",
    "cast",
    "check",
    "collate",
    "collation",
    "column",
    "concurrently",
    "constraint",
    "create",
    "cross",
    "current_catalog",
    "current_date",
    "current_role",
    "current_schema",
    "current_time",
    "current_timestamp",
    "current_user",
    "default",
    "deferrable",
    "desc",
    "distinct",
    "do",
    "else",
    "end",
    "except",
    "false",
    "fetch",
    "for",
    "foreign",
    "freeze",
    "from",
    "full",
    "grant",
    "group",
    "having",
    "ilike",
    "in",
    "initially",
    "inner",
    "intersect",
    "into",
    "is",
    "isnull",
    "join",
    "lateral",
    "leading",
    "left",
    "like",
    "limit",
    "localtime",
    "localtimestamp",
    "natural",
    "not",
    "notnull",
    "null",
    "offset",
    "on",
    "only",
    "or",
    "order",
    "outer",
    "overlaps",
    "placing",
    "primary",
    "references",
    "returning",
    "right",
    "select",
    "session_user",
    "similar",
    "some",
    "symmetric",
    "system_user",
    "table",
    "tablesample",
    "then",
    "to",
    "trailing",
    "true",
    "union",
    "unique",
    "user",
    "using",
    "variadic",
    "verbose",
    "when",
    "where",
    "window",
    "with",
];

/// A name, in quotes where it needs them.
pub(super) fn name(name: &str) -> String {
    let is_part = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    let is_plain = name.chars().all(is_part) && !name.starts_with(|c: char| c.is_ascii_digit());
    if is_plain && !name.is_empty() && !RESERVED.contains(&name) {
        name.to_owned()
    } else {
        format!("\"{}\"", name.replace('"', "\"\""))
    }
}

/// A type to cast to. `None` where the catalog does not know it.
pub(super) fn type_name(oid: Oid, catalog: &Catalog) -> Option<String> {
    let ty = catalog.types.get(&oid)?;
    Some(match (ty.schema.as_str(), &ty.kind) {
        (_, PgTypeKind::Array { element }) => format!("{}[]", type_name(*element, catalog)?),
        // Without a length, `bit` is `bit(1)`, and `character` is `character(1)`.
        ("pg_catalog", _) if ty.name == "bit" => "\"bit\"".to_owned(),
        ("pg_catalog", _) if ty.name == "bpchar" => "bpchar".to_owned(),
        ("pg_catalog", _) => {
            ir::Type::Base(ir::QualifiedName::new(&ty.schema, &ty.name)).to_string()
        }
        (schema, _) => format!("{}.{}", name(schema), name(&ty.name)),
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn names_are_quoted_where_they_must_be() {
        for (name, quoted) in [
            ("email", "email"),
            ("order", "\"order\""),
            ("userId", "\"userId\""),
            ("1st", "\"1st\""),
            ("a\"b", "\"a\"\"b\""),
            ("é", "\"é\""),
        ] {
            assert_eq!(super::name(name), quoted);
        }
    }
}
