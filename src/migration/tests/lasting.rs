//! Migrations for databases that stay: what identifies them, what is sent of them, what is refused.

use super::*;

fn lasting(files: &[(&str, &str)]) -> (Vec<Migration>, Vec<String>) {
    let files = files.iter();
    let files = files.map(|(path, text)| ((*path).to_owned(), (*text).to_owned()));
    let placeholders = [("owner".to_owned(), "shop".to_owned())];
    let mut memory = Memory(files.collect());
    let (found, diagnostics) = read_folder(&mut memory, &placeholders.into(), Purpose::Lasting);
    (found.unwrap_or_default(), reports(&diagnostics))
}

/// The version and the name of each.
fn identities(files: &[(&str, &str)]) -> Vec<String> {
    let (found, reported) = lasting(files);
    assert_eq!(reported, [] as [String; 0]);
    let show = |migration: &Migration| {
        let Identity {
            version,
            name,
            repeatable,
        } = &migration.identity;
        let again = if *repeatable { " again" } else { "" };
        format!("{version} {name}{again}")
    };
    found.iter().map(show).collect()
}

#[test]
fn every_layout_has_versions() {
    let sql = "SELECT 1;\n";
    for (files, expected) in [
        (
            &["0001_users.up.sql", "0001_users.down.sql", "0002_a.up.sql"] as &[&str],
            &["1 users", "2 a"] as &[&str],
        ),
        (
            &["V1.0__users.sql", "V1.1__more.sql", "R__views.sql"],
            &["1 users", "1.1 more", "R__views views again"],
        ),
        (
            &[
                "2024-01-02-030405_users/up.sql",
                "2024-01-03-030405_a_b/up.sql",
            ],
            &["20240102030405 users", "20240103030405 a_b"],
        ),
        (
            &["20240102030405_users/migration.sql"],
            &["20240102030405_users users"],
        ),
        (&["schema.sql"], &["schema schema"]),
    ] {
        let files: Vec<_> = files.iter().map(|path| (*path, sql)).collect();
        assert_eq!(identities(&files), expected);
    }
    let journal = "{\"entries\": [{\"tag\": \"0001_b\"}, {\"tag\": \"0000_a\"}]}";
    let drizzle = [
        ("meta/_journal.json", journal),
        ("0000_a.sql", sql),
        ("0001_b.sql", sql),
    ];
    assert_eq!(identities(&drizzle), ["1 b", "0 a"]);
}

#[test]
fn what_is_sent_knows_its_place() {
    let text = "-- +goose Up\nALTER SYSTEM RESET work_mem;\n-- +goose StatementBegin\nDO $$ BEGIN; END $$\n-- +goose StatementEnd\n\
        SET lock_timeout = 1; -- é\nSELECT 'é'\n;\n-- +goose Down\nDROP TABLE t;\n";
    let (found, reported) = lasting(&[("1_a.sql", text)]);
    assert_eq!(reported, [] as [String; 0]);
    let sent: Vec<&str> = found[0]
        .parts()
        .into_iter()
        .map(|part| {
            assert_eq!(part.sent, None);
            &text[part.range]
        })
        .collect();
    assert_eq!(
        sent,
        [
            "ALTER SYSTEM RESET work_mem",
            "DO $$ BEGIN; END $$",
            "SET lock_timeout = 1",
            "SELECT 'é'"
        ]
    );
    let text = "GRANT ALL ON t\n  TO ${owner};\nSELECT 1;";
    let (found, _) = lasting(&[("V1__a.sql", text)]);
    let parts = found[0].parts();
    assert_eq!(parts[0].sent.as_deref(), Some("GRANT ALL ON t\n  TO shop"));
    assert_eq!(
        &text[parts[0].range.clone()],
        "GRANT ALL ON t\n  TO ${owner}"
    );
    assert_eq!(&text[parts[1].range.clone()], "SELECT 1");
}

#[test]
fn nothing_is_left_out_silently() {
    for (files, report) in [
        (
            [("1_a.sql", "\\connect other\nSELECT 1;\n")],
            "error 1_a.sql:1:1: psql's `\\connect` cannot be followed",
        ),
        (
            [("1_a.sql", "COPY t FROM stdin;\n1\n\\.\n")],
            "error 1_a.sql:1:1: the data of a `COPY` cannot be applied by rowsmith",
        ),
        (
            [("beforeMigrate.sql", "SELECT 1;\n")],
            "error beforeMigrate.sql: a callback of Flyway cannot be applied by rowsmith",
        ),
        (
            [("V1__a.sql", "SELECT ${flyway:user};\n")],
            "error V1__a.sql:1:8: the placeholder `${flyway:user}` has no value",
        ),
        (
            [("1_a.sql", "-- atlas:checkpoint\nSELECT 1;\n")],
            "error 1_a.sql: a checkpoint of Atlas cannot be applied by rowsmith",
        ),
    ] {
        let files: Vec<_> = [("V0__first.sql", "SELECT 0;\n")]
            .into_iter()
            .filter(|_| report.contains("Flyway") || report.contains("flyway"))
            .chain(files)
            .collect();
        let (_, reported) = lasting(&files);
        assert_eq!(reported, [report]);
    }
    let (found, reported) = lasting(&[("1_a.sql", "\\restrict x\nSELECT 1;\n\\unrestrict x\n")]);
    assert_eq!((found[0].parts().len(), reported.len()), (1, 0));
}
