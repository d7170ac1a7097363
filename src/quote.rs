//! Names as SQL has them: in quotes where they need them.

/// A name wherever one may stand: quoted unless it is plain and no keyword, as by Postgres' own `quote_ident`.
pub(crate) fn name(name: &str) -> String {
    if is_plain(name) && KEYWORDS.binary_search(&name).is_err() {
        name.to_owned()
    } else {
        always(name)
    }
}

/// A name after a dot or `AS`, where keywords need no quotes.
pub(crate) fn after_dot(name: &str) -> String {
    if is_plain(name) {
        name.to_owned()
    } else {
        always(name)
    }
}

/// A name with the schema it is in.
pub(crate) fn in_schema(schema: &str, unqualified: &str) -> String {
    format!("{}.{}", name(schema), after_dot(unqualified))
}

/// A name in quotes, for SQL that nobody reads.
pub(crate) fn always(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// The name up to the closing quote, and what follows that. The opening one is taken off already.
pub(crate) fn unquote(quoted: &str) -> Option<(String, &str)> {
    let mut name = String::new();
    let mut rest = quoted;
    loop {
        let (before, after) = rest.split_once('"')?;
        name.push_str(before);
        match after.strip_prefix('"') {
            Some(after) => {
                name.push('"');
                rest = after;
            }
            None => return Some((name, after)),
        }
    }
}

/// What Postgres would not fold or take for something else.
fn is_plain(name: &str) -> bool {
    let is_part = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    name.starts_with(|c: char| c.is_ascii_lowercase() || c == '_') && name.chars().all(is_part)
}

/// The keywords that are not names everywhere, of all majors: those that `pg_get_keywords()` does not call unreserved.
/// Sorted.
const KEYWORDS: &[&str] = &[
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
    "between",
    "bigint",
    "binary",
    "bit",
    "boolean",
    "both",
    "case",
    "cast",
    "char",
    "character",
    "check",
    "coalesce",
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
    "dec",
    "decimal",
    "default",
    "deferrable",
    "desc",
    "distinct",
    "do",
    "else",
    "end",
    "except",
    "exists",
    "extract",
    "false",
    "fetch",
    "float",
    "for",
    "foreign",
    "freeze",
    "from",
    "full",
    "grant",
    "greatest",
    "group",
    "grouping",
    "having",
    "ilike",
    "in",
    "initially",
    "inner",
    "inout",
    "int",
    "integer",
    "intersect",
    "interval",
    "into",
    "is",
    "isnull",
    "join",
    "json",
    "json_array",
    "json_arrayagg",
    "json_exists",
    "json_object",
    "json_objectagg",
    "json_query",
    "json_scalar",
    "json_serialize",
    "json_table",
    "json_value",
    "lateral",
    "leading",
    "least",
    "left",
    "like",
    "limit",
    "localtime",
    "localtimestamp",
    "merge_action",
    "national",
    "natural",
    "nchar",
    "none",
    "normalize",
    "not",
    "notnull",
    "null",
    "nullif",
    "numeric",
    "offset",
    "on",
    "only",
    "or",
    "order",
    "out",
    "outer",
    "overlaps",
    "overlay",
    "placing",
    "position",
    "precision",
    "primary",
    "real",
    "references",
    "returning",
    "right",
    "row",
    "select",
    "session_user",
    "setof",
    "similar",
    "smallint",
    "some",
    "substring",
    "symmetric",
    "system_user",
    "table",
    "tablesample",
    "then",
    "time",
    "timestamp",
    "to",
    "trailing",
    "treat",
    "trim",
    "true",
    "union",
    "unique",
    "user",
    "using",
    "values",
    "varchar",
    "variadic",
    "verbose",
    "when",
    "where",
    "window",
    "with",
    "xmlattributes",
    "xmlconcat",
    "xmlelement",
    "xmlexists",
    "xmlforest",
    "xmlnamespaces",
    "xmlparse",
    "xmlpi",
    "xmlroot",
    "xmlserialize",
    "xmltable",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_quoted_where_they_must_be() {
        for (written, anywhere, behind_a_dot) in [
            ("email", "email", "email"),
            ("order", "\"order\"", "order"),
            ("position", "\"position\"", "position"),
            ("userId", "\"userId\"", "\"userId\""),
            ("1st", "\"1st\"", "\"1st\""),
            ("a\"b", "\"a\"\"b\"", "\"a\"\"b\""),
            ("a$1", "\"a$1\"", "\"a$1\""),
            ("é", "\"é\"", "\"é\""),
            ("", "\"\"", "\"\""),
        ] {
            assert_eq!(name(written), anywhere);
            assert_eq!(after_dot(written), behind_a_dot);
        }
        assert_eq!(in_schema("user", "order"), "\"user\".order");
    }

    #[test]
    fn keywords_are_sorted() {
        assert!(KEYWORDS.is_sorted());
    }
}
