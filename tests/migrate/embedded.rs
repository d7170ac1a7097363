//! The case `embedded_migrations`: migrations in the generated code.

#[path = "../cases/embedded_migrations/expected/mod.rs"]
mod db;

use std::path::Path;

use rowsmith::Generator;
use rowsmith_migrate::{Migration, Migrations, Options, Statement, migrate, status};

use crate::place::{Project, connect, on_server, value};

#[test]
fn the_program_holds_what_the_files_say() {
    let case =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/embedded_migrations/sqlc.yaml");
    let read = Generator::from_file(case).unwrap().migrations().unwrap();
    assert_eq!(db::MIGRATIONS, read);
}

#[test]
fn a_program_migrates_an_empty_database() {
    on_server(async |place| {
        let (config, _) = place.database().await;
        let mut client = connect(&config).await;
        let options = Options::default();
        let applied = migrate(&mut client, &db::MIGRATIONS, &options)
            .await
            .unwrap();
        assert_eq!(applied.versions, ["1", "1.1", "2", "R__views"]);
        let titles = db::notes::list_titles(&db::Session::new(client))
            .await
            .unwrap();
        assert_eq!(titles, ["\"#", "é"]);
        let mut client = connect(&config).await;
        let about = value(&client, "SELECT obj_description('notes'::regclass)").await;
        assert_eq!(about, "What people write");
        // A file that may change is applied again when it does.
        let text = "CREATE OR REPLACE VIEW titles AS SELECT title || '!' AS title FROM notes";
        let views = Migration::read(
            "R__views".to_owned(),
            "views".to_owned(),
            "migrations/R__views.sql".to_owned(),
            text.to_owned(),
            vec![Statement::new(0, text.len())],
        );
        let others = db::MIGRATIONS.iter().take(3).cloned().collect::<Vec<_>>();
        let changed: Migrations = others
            .into_iter()
            .chain([views.repeatable()])
            .collect::<Vec<_>>()
            .into();
        assert!(
            !status(&client, &changed, &options)
                .await
                .unwrap()
                .is_diverged()
        );
        let applied = migrate(&mut client, &changed, &options).await.unwrap();
        assert_eq!(applied.versions, ["R__views"]);
        assert_eq!(value(&client, "SELECT max(title) FROM titles").await, "é!");
        assert!(
            status(&client, &changed, &options)
                .await
                .unwrap()
                .is_current()
        );
    });
}

#[test]
fn a_query_file_cannot_have_the_name_of_the_module() {
    let project = Project::new(&[("1_a.sql", "CREATE TABLE a (id int);\n")]);
    project.embed();
    project.write(
        "queries/migrations.sql",
        "-- name: Two :one\nSELECT 2 AS two;\n",
    );
    let error = Generator::from_file(project.path().join("sqlc.yaml"))
        .unwrap()
        .generate()
        .unwrap_err();
    let told = error.to_string();
    assert!(
        told.ends_with("and the embedded migrations would both be the module `migrations`"),
        "{told}"
    );
}
