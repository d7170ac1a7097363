//! A Postgres type by any of its names.

use super::pattern;
use crate::quote::unquote;

/// A Postgres type as `pg_type` calls it, however the user spelled it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DbType {
    /// Any schema, where it is not given.
    schema: Option<String>,
    name: String,
    array: bool,
}

/// Names that only SQL's grammar knows, and what `pg_catalog` calls these types.
const SPELLINGS: &[(&str, &str)] = &[
    ("bigint", "int8"),
    ("bigserial", "int8"),
    ("bit varying", "varbit"),
    ("boolean", "bool"),
    ("char", "bpchar"),
    ("char varying", "varchar"),
    ("character", "bpchar"),
    ("character varying", "varchar"),
    ("dec", "numeric"),
    ("decimal", "numeric"),
    ("double precision", "float8"),
    ("float", "float8"),
    ("int", "int4"),
    ("integer", "int4"),
    ("national char", "bpchar"),
    ("national character", "bpchar"),
    ("national character varying", "varchar"),
    ("nchar", "bpchar"),
    ("nchar varying", "varchar"),
    ("real", "float4"),
    ("serial", "int4"),
    ("serial2", "int2"),
    ("serial4", "int4"),
    ("serial8", "int8"),
    ("smallint", "int2"),
    ("smallserial", "int2"),
    ("time with time zone", "timetz"),
    ("time without time zone", "time"),
    ("timestamp with time zone", "timestamptz"),
    ("timestamp without time zone", "timestamp"),
];

impl DbType {
    /// Reads a type as one writes it in SQL: `bigint`, `pg_catalog.timestamptz`, `varchar(40)`, `shop."Mood"[]`.
    /// `None` where it is not a name.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (text, array) = match text.split_once('[') {
            // Postgres makes no difference between dimensions.
            Some((element, rest)) => {
                let lengths = rest.trim_end().strip_suffix(']')?;
                let is_length = |length: &str| length.chars().all(|c| c.is_ascii_digit());
                if !lengths.split("][").all(is_length) {
                    return None;
                }
                (element.trim_end(), true)
            }
            None => (text, false),
        };
        let named = |schema: Option<String>, name: String| Self {
            schema,
            name,
            array,
        };
        if text.contains('"') {
            let mut parts = split_folding(text)?.into_iter().rev();
            let name = parts.next()?;
            let schema = parts.next();
            return parts.next().is_none().then(|| named(schema, name));
        }
        let folded = without_length(&text.to_lowercase())?;
        let words: Vec<&str> = folded.split_whitespace().collect();
        let folded = words.join(" ");
        let (schema, name) = match folded.split_once('.') {
            Some((schema, name)) => (Some(schema), name),
            None => (None, folded.as_str()),
        };
        if matches!(schema, None | Some("pg_catalog"))
            && let Some((_, canonical)) = SPELLINGS.iter().find(|(known, _)| *known == name)
        {
            return Some(named(
                Some("pg_catalog".to_owned()),
                (*canonical).to_owned(),
            ));
        }
        let is_name = |name: &str| !name.is_empty() && !name.contains([' ', '.', '(', ')']);
        let sound = is_name(name) && schema.is_none_or(is_name);
        sound.then(|| named(schema.map(str::to_owned), name.to_owned()))
    }

    /// Whether it is the type of that name in `pg_type`, or an array of it.
    pub(crate) fn is(&self, schema: &str, name: &str, array: bool) -> bool {
        self.array == array
            && self.name == name
            && self.schema.as_ref().is_none_or(|known| known == schema)
    }

    /// Whether it names its schema, or is of a kind of which there is one only.
    #[cfg_attr(
        not(feature = "cli"),
        expect(dead_code, reason = "only the command line is a plugin")
    )]
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn is_qualified(&self) -> bool {
        self.schema.is_some()
    }
}

/// The type without its length or precision: `timestamp(3) with time zone`, `float(24)`.
fn without_length(text: &str) -> Option<String> {
    let Some((before, rest)) = text.split_once('(') else {
        return Some(text.to_owned());
    };
    let (length, after) = rest.split_once(')')?;
    let before = before.trim();
    // Up to 24 bits are a real.
    if before == "float" && length.trim().parse::<u8>().is_ok_and(|bits| bits <= 24) {
        return Some("real".to_owned());
    }
    Some(format!("{before} {}", after.trim()))
}

/// The parts of a name as SQL reads them: folded to lower case outside of quotes.
fn split_folding(text: &str) -> Option<Vec<String>> {
    let mut parts = Vec::new();
    let mut rest = text;
    loop {
        let (part, after) = if let Some(quoted) = rest.strip_prefix('"') {
            unquote(quoted)?
        } else {
            let end = rest.find('.').unwrap_or(rest.len());
            (rest[..end].to_lowercase(), &rest[end..])
        };
        parts.push(part);
        if after.is_empty() {
            // The rules for dots and quotes are the same.
            return pattern::split(text).map(|_| parts);
        }
        rest = after.strip_prefix('.')?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_type_has_many_names() {
        for (text, schema, name, array) in [
            ("timestamptz", "pg_catalog", "timestamptz", false),
            ("pg_catalog.timestamptz", "pg_catalog", "timestamptz", false),
            (
                "TIMESTAMP  with time zone",
                "pg_catalog",
                "timestamptz",
                false,
            ),
            (
                "timestamp(3) with time zone",
                "pg_catalog",
                "timestamptz",
                false,
            ),
            ("bigserial", "pg_catalog", "int8", false),
            ("pg_catalog.bigserial", "pg_catalog", "int8", false),
            ("varchar(40)", "pg_catalog", "varchar", false),
            ("character varying (40)", "pg_catalog", "varchar", false),
            ("numeric(8, 2)[]", "pg_catalog", "numeric", true),
            ("int[3][]", "pg_catalog", "int4", true),
            ("float(24)", "pg_catalog", "float4", false),
            ("float(25)", "pg_catalog", "float8", false),
            ("\"char\"", "pg_catalog", "char", false),
            ("char", "pg_catalog", "bpchar", false),
            ("Mood", "public", "mood", false),
            ("shop.mood", "shop", "mood", false),
            ("\"Mood\"", "public", "Mood", false),
            ("Shop.\"a.b\"", "shop", "a.b", false),
        ] {
            let parsed = DbType::parse(text).unwrap();
            assert!(parsed.is(schema, name, array), "{text}: {parsed:?}");
        }
        for (text, schema, name) in [("shop.mood", "public", "mood"), ("int", "public", "int4")] {
            assert!(!DbType::parse(text).unwrap().is(schema, name, false));
        }
        for text in ["", "a b", "a.b.c", "a[", "\"a", "varchar(40", "a..b", "[]"] {
            assert_eq!(DbType::parse(text), None, "{text}");
        }
    }
}
