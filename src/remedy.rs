//! What to do where Postgres lacks what SQL names: an extension makes it, a later version has it, or it is another database's
//! word for something that Postgres has, too.
//!
//! Known by Postgres' messages, which are English on every server that rowsmith starts. A message that is not known has no
//! remedy; it never gets a wrong one.

/// Functions, operator classes and types, and the extension that makes them.
const EXTENSIONS: [(&str, &[&str]); 12] = [
    (
        "uuid-ossp",
        &[
            "uuid_generate_v1",
            "uuid_generate_v1mc",
            "uuid_generate_v3",
            "uuid_generate_v4",
            "uuid_generate_v5",
            "uuid_nil",
        ],
    ),
    (
        "pgcrypto",
        &[
            "armor",
            "crypt",
            "digest",
            "gen_random_bytes",
            "gen_salt",
            "hmac",
            "pgp_sym_decrypt",
            "pgp_sym_encrypt",
        ],
    ),
    (
        "pg_trgm",
        &[
            "gin_trgm_ops",
            "gist_trgm_ops",
            "show_trgm",
            "similarity",
            "strict_word_similarity",
            "word_similarity",
        ],
    ),
    ("unaccent", &["unaccent"]),
    ("citext", &["citext"]),
    ("hstore", &["hstore"]),
    ("ltree", &["lquery", "ltree", "nlevel", "subpath"]),
    (
        "fuzzystrmatch",
        &[
            "difference",
            "dmetaphone",
            "levenshtein",
            "metaphone",
            "soundex",
        ],
    ),
    (
        "earthdistance",
        &["earth_box", "earth_distance", "ll_to_earth"],
    ),
    ("tablefunc", &["connectby", "crosstab", "normal_rand"]),
    (
        "vector",
        &[
            "halfvec",
            "sparsevec",
            "vector",
            "vector_cosine_ops",
            "vector_ip_ops",
            "vector_l2_ops",
        ],
    ),
    (
        "postgis",
        &[
            "geography",
            "geometry",
            "st_distance",
            "st_dwithin",
            "st_makepoint",
            "st_setsrid",
        ],
    ),
];

/// Functions and settings, and the version that brought them.
const SINCE: [(&str, u32); 38] = [
    ("any_value", 16),
    ("array_reverse", 18),
    ("array_sample", 16),
    ("array_shuffle", 16),
    ("array_sort", 18),
    ("casefold", 18),
    ("crc32", 18),
    ("crc32c", 18),
    ("date_add", 16),
    ("date_subtract", 16),
    ("erf", 16),
    ("erfc", 16),
    ("gamma", 18),
    ("idle_replication_slot_timeout", 18),
    ("json_array", 16),
    ("json_exists", 17),
    ("json_query", 17),
    ("json_scalar", 17),
    ("json_serialize", 17),
    ("json_value", 17),
    ("lgamma", 18),
    ("merge_action", 17),
    ("pg_input_error_info", 16),
    ("pg_input_is_valid", 16),
    ("random_normal", 16),
    ("regexp_count", 15),
    ("regexp_instr", 15),
    ("regexp_like", 15),
    ("regexp_substr", 15),
    ("security_invoker", 15),
    ("to_bin", 17),
    ("to_oct", 17),
    ("transaction_timeout", 17),
    ("unicode_version", 17),
    ("uuid_extract_timestamp", 17),
    ("uuid_extract_version", 17),
    ("uuidv4", 18),
    ("uuidv7", 18),
];

/// Words at which an earlier version stops reading, what they begin, and the version that brought it.
const GRAMMAR: [(&str, &str, u32); 7] = [
    ("columns", "JSON_TABLE", 17),
    ("enforced", "NOT ENFORCED", 18),
    ("merge", "MERGE", 15),
    ("nulls", "NULLS NOT DISTINCT", 15),
    ("period", "PERIOD", 18),
    ("virtual", "GENERATED ALWAYS AS (…) VIRTUAL", 18),
    ("without", "WITHOUT OVERLAPS", 18),
];

/// Types of other databases.
const FOREIGN: [(&str, &str); 19] = [
    ("binary", "bytea"),
    ("blob", "bytea"),
    ("clob", "text"),
    ("datetime", "timestamp"),
    ("double", "double precision"),
    ("float64", "double precision"),
    ("int64", "bigint"),
    ("longblob", "bytea"),
    ("longtext", "text"),
    ("mediumint", "integer"),
    ("mediumtext", "text"),
    ("number", "numeric"),
    ("nvarchar", "varchar"),
    ("string", "text"),
    ("tinyblob", "bytea"),
    ("tinyint", "smallint"),
    ("tinytext", "text"),
    ("uniqueidentifier", "uuid"),
    ("varbinary", "bytea"),
];

/// What to do about a refusal by a Postgres of this version.
pub(crate) fn find(message: &str, major_version: u32) -> Option<String> {
    let of_version = |what: &str, since: u32| {
        (major_version < since).then(|| {
            format!(
                "{what} is there from Postgres {since} on, and this is {major_version}: `database.binaries` or \
                 `database.uri` chooses another one"
            )
        })
    };
    if message == "subquery in FROM must have an alias" {
        return of_version("a subquery without an alias", 16);
    }
    if let Some(word) = quoted_after(message, "syntax error at or near ") {
        let word = word.to_lowercase();
        let (_, what, since) = GRAMMAR.iter().find(|(first, ..)| *first == word)?;
        return of_version(&format!("`{what}`"), *since);
    }
    let name = missing_name(message)?;
    let name = name.rsplit('.').next()?.to_lowercase();
    if let Some((_, since)) = SINCE.iter().find(|(known, _)| *known == name) {
        return of_version(&format!("`{name}`"), *since);
    }
    if let Some((extension, _)) = EXTENSIONS
        .iter()
        .find(|(_, made)| made.contains(&name.as_str()))
    {
        let extension = if extension.contains('-') {
            format!("\"{extension}\"")
        } else {
            (*extension).to_owned()
        };
        return Some(format!(
            "an extension makes it: add `CREATE EXTENSION {extension};` to a migration, or to a file in `setup`"
        ));
    }
    let (_, own) = FOREIGN.iter().find(|(known, _)| *known == name)?;
    message.starts_with("type ").then(|| {
        format!(
            "Postgres calls it `{own}`; where the file is also for another database, add `CREATE DOMAIN {name} AS {own};` \
             to a file in `setup`"
        )
    })
}

/// The name of what a message says is missing.
fn missing_name(message: &str) -> Option<&str> {
    if let Some(signature) = message.strip_prefix("function ") {
        return message
            .ends_with(" does not exist")
            .then(|| signature.split('(').next())?;
    }
    let before = [
        "type ",
        "operator class ",
        "unrecognized configuration parameter ",
        "unrecognized parameter ",
    ];
    before
        .iter()
        .find_map(|before| quoted_after(message, before))
}

/// What stands in double quotes after `before`.
fn quoted_after<'m>(message: &'m str, before: &str) -> Option<&'m str> {
    message
        .strip_prefix(before)?
        .strip_prefix('"')?
        .split('"')
        .next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_has_a_remedy() {
        let table = [
            (
                "function uuid_generate_v4() does not exist",
                "an extension makes it: add `CREATE EXTENSION \"uuid-ossp\";` to a migration, or to a file in `setup`",
            ),
            (
                "operator class \"gin_trgm_ops\" does not exist for access method \"gin\"",
                "an extension makes it: add `CREATE EXTENSION pg_trgm;` to a migration, or to a file in `setup`",
            ),
            (
                "type \"public.citext\" does not exist",
                "an extension makes it: add `CREATE EXTENSION citext;` to a migration, or to a file in `setup`",
            ),
            (
                "function uuidv7() does not exist",
                "`uuidv7` is there from Postgres 18 on, and this is 15: `database.binaries` or `database.uri` chooses another one",
            ),
            (
                "unrecognized configuration parameter \"transaction_timeout\"",
                "`transaction_timeout` is there from Postgres 17 on, and this is 15: `database.binaries` or `database.uri` chooses another one",
            ),
            (
                "syntax error at or near \"VIRTUAL\"",
                "`GENERATED ALWAYS AS (…) VIRTUAL` is there from Postgres 18 on, and this is 15: `database.binaries` or `database.uri` chooses another one",
            ),
            (
                "subquery in FROM must have an alias",
                "a subquery without an alias is there from Postgres 16 on, and this is 15: `database.binaries` or `database.uri` chooses another one",
            ),
            (
                "type \"blob\" does not exist",
                "Postgres calls it `bytea`; where the file is also for another database, add `CREATE DOMAIN blob AS bytea;` to a file in `setup`",
            ),
            // Not for want of a later version, and nothing that is known.
            ("syntax error at or near \"MERGE\"", ""),
            ("syntax error at or near \"SELECT\"", ""),
            ("function f(integer) does not exist", ""),
            ("function blob(text) does not exist", ""),
            ("relation \"citext\" does not exist", ""),
        ];
        for (message, expected) in table {
            assert_eq!(find(message, 15).unwrap_or_default(), expected, "{message}");
        }
        assert_eq!(find("function uuidv7(text) does not exist", 18), None);
    }
}
