//! Every type that Postgres itself has, in a table of its own making.

use std::fs;

use rowsmith::Generator;

/// A column of every type that a column can have, rows of the catalogs and arrays included.
const SCHEMA: &str = "
CREATE TABLE walk (id integer);
DO $$
DECLARE ty record;
BEGIN
  FOR ty IN SELECT typname, oid::regtype AS name FROM pg_type
            WHERE typnamespace = 'pg_catalog'::regnamespace AND typtype <> 'p' ORDER BY typname
  LOOP
    BEGIN
      EXECUTE format('ALTER TABLE walk ADD COLUMN %I %s', 'c_' || ty.typname, ty.name);
    EXCEPTION WHEN invalid_table_definition OR feature_not_supported THEN
      -- A type that no column can have, as one with a pseudo type in it.
    END;
  END LOOP;
END $$;
";

/// Reads `queries` and gives each mistake: what is wrong, and the first help.
fn mistakes(queries: &str) -> Vec<(String, Option<String>)> {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write("schema.sql", SCHEMA);
    write("queries.sql", queries);
    write(
        "sqlc.yaml",
        "version: 2\nsql: [{engine: postgresql, schema: schema.sql, queries: queries.sql, gen: {rust: {out: db}}}]\n",
    );
    let generator = Generator::from_folder(folder.path()).unwrap();
    let Err(error) = generator.generate() else {
        return Vec::new();
    };
    let found = error.diagnostics().iter().map(|diagnostic| {
        let help = diagnostic.helps().next().map(str::to_owned);
        (diagnostic.message().to_owned(), help)
    });
    found.collect()
}

/// What stands between the first pair of backticks.
fn quoted(text: &str) -> &str {
    text.split('`').nth(1).unwrap()
}

#[test]
fn every_type_has_a_rust_type_or_a_remedy_that_works() {
    let all = mistakes("-- name: Walk :one\nSELECT * FROM walk;\n");
    // What is left are rows of the server's own catalogs, and types without a binary form.
    let is_expected = |name: &str| {
        let element = name.trim_start_matches("c_").trim_start_matches('_');
        element.starts_with("pg_") || matches!(element, "aclitem" | "gtsvector")
    };
    let mut columns = Vec::new();
    let mut remedies = Vec::new();
    for (message, help) in &all {
        let column = quoted(message);
        assert!(is_expected(column), "{message}");
        let help = help.as_deref().unwrap_or_else(|| panic!("{message}"));
        columns.push(column);
        remedies.push(quoted(help));
    }
    for known in ["c_aclitem", "c__aclitem", "c_gtsvector", "c_pg_ndistinct"] {
        assert!(columns.contains(&known), "{known}: {columns:?}");
    }
    for known in [
        "c_pg_lsn",
        "c_pg_node_tree",
        "c_pg_snapshot",
        "c_int2vector",
        "c__text",
    ] {
        assert!(!columns.contains(&known), "{known}");
    }
    let cast = format!(
        "-- name: Cast :one\nSELECT {} FROM walk;\n",
        remedies.join(", ")
    );
    assert_eq!(mistakes(&cast), []);

    let stores = columns.iter().enumerate().map(|(index, column)| {
        format!("-- name: Store{index} :exec\nUPDATE walk SET {column} = @value;\n")
    });
    let refused = mistakes(&stores.collect::<String>());
    assert_eq!(refused.len(), columns.len());
    let mut sent = String::new();
    for (index, (message, help)) in refused.iter().enumerate() {
        // Of those that Postgres makes for itself alone there is nothing to send.
        let is_output_only = [
            "gtsvector",
            "pg_ndistinct",
            "pg_dependencies",
            "pg_mcv_list",
            "pg_brin",
        ]
        .iter()
        .any(|name| message.contains(&format!("`{name}")));
        assert_eq!(help.is_none(), is_output_only, "{message}");
        if let Some(help) = help {
            let name = quoted(&message[message.find("of `").unwrap()..]);
            let column = columns[name.trim_start_matches("Store").parse::<usize>().unwrap()];
            sent.extend([format!(
                "-- name: Send{index} :exec\nUPDATE walk SET {column} = {};\n",
                quoted(help)
            )]);
        }
    }
    assert_eq!(mistakes(&sent), []);
}

#[test]
fn parameters_of_every_type_are_sent() {
    let unsupported = mistakes("-- name: Walk :one\nSELECT * FROM walk;\n");
    let unsupported: Vec<&str> = unsupported
        .iter()
        .map(|(message, _)| quoted(message))
        .collect();
    let types = [
        "bool",
        "int2",
        "regclass",
        "xid8",
        "interval",
        "int4range",
        "tstzmultirange",
        "_numrange",
        "oidvector",
        "_int2vector",
        "pg_snapshot",
        "jsonpath",
        "macaddr8",
        "_xml",
        "tsquery",
        "tid",
        "_cid",
        "polygon",
    ];
    let stores = types.iter().map(|name| {
        assert!(
            !unsupported.contains(&format!("c_{name}").as_str()),
            "{name}"
        );
        format!("-- name: Store{name}x :exec\nUPDATE walk SET c_{name} = @value;\n")
    });
    assert_eq!(mistakes(&stores.collect::<String>()), []);
}
