//! The command: what it prints, and its exit codes.

use insta::assert_snapshot;

use crate::place::{Project, connect, on_server, value};

#[test]
fn a_project_is_migrated_and_asked_about() {
    on_server(async |place| {
        let (config, uri) = place.database().await;
        let project = Project::new(&[
            ("0001_a.sql", "CREATE TABLE a (id int);\n"),
            (
                "0002_b.sql",
                "-- Two of them.\nCREATE TABLE b (id int);\nCREATE TABLE c (id int);\n",
            ),
        ]);
        let (text, code) = project.run(&uri, &["status"]);
        assert_eq!(code, 1);
        assert_snapshot!(text, @r"
        pending  1    migrations/0001_a.sql
        pending  2    migrations/0002_b.sql
        2 migrations are pending (the database has no journal yet)
        ");
        let (text, code) = project.run(&uri, &["apply", "--plan"]);
        assert_eq!(code, 0);
        assert_snapshot!(text, @r"
        -- migrations/0001_a.sql
        CREATE TABLE a (id int);

        -- migrations/0002_b.sql
        CREATE TABLE b (id int);
        CREATE TABLE c (id int);
        ");
        let client = connect(&config).await;
        assert_eq!(
            value(&client, "SELECT to_regclass('_rowsmith_migrations')").await,
            "NULL"
        );
        let (text, code) = project.run(&uri, &["apply"]);
        assert_eq!(code, 0, "{text}");
        assert!(
            text.starts_with("applied migrations/0001_a.sql (0."),
            "{text}"
        );
        assert!(text.ends_with("applied 2 migrations\n"), "{text}");
        let (text, code) = project.run(&uri, &["apply"]);
        assert_eq!(
            (text.as_str(), code),
            ("nothing to do: every migration is applied\n", 0)
        );
        assert_eq!(project.run(&uri, &["status"]).1, 0);
        let (text, _) = project.run(&uri, &["status", "--format", "json"]);
        assert!(
            text.contains("\"current\": true") && text.contains("\"state\": \"applied\""),
            "{text}"
        );
        let (text, code) = project.run(&uri, &["new", "add d"]);
        assert_eq!(
            (text.as_str(), code),
            ("created migrations/0003_add_d.sql\n", 0)
        );
        project.write("migrations/0001_a.sql", "CREATE TABLE a (id bigint);\n");
        let (text, code) = project.run(&uri, &["apply"]);
        assert_eq!(code, 2);
        assert!(
            text.contains("error: `migrations/0001_a.sql` was edited after version 1 was applied"),
            "{text}"
        );
        assert_eq!(project.run(&uri, &["status"]).1, 2);
        let (text, code) = project.run(&uri, &["resolve", "1", "--accept"]);
        assert_eq!(code, 0, "{text}");
        project.remove("migrations/0002_b.sql");
        let (text, code) = project.run(&uri, &["apply"]);
        assert_eq!(code, 2);
        assert_snapshot!(text, @r"
        error: version 2 `b` is applied, but there is no file of it
          help: put the file back, or get the newest version of the project; if the database shall forget it, `rowsmith migrate resolve 2 --forget`
        ");
    });
}

#[test]
fn a_baseline_needs_a_database_of_that_schema() {
    on_server(async |place| {
        let (config, uri) = place.database().await;
        let project = Project::new(&[
            ("1_a.sql", "CREATE TABLE a (id int NOT NULL);\n"),
            ("2_b.sql", "CREATE TABLE b (id int CHECK (id > 0));\n"),
        ]);
        let client = connect(&config).await;
        client
            .batch_execute("CREATE TABLE a (id int)")
            .await
            .unwrap();
        let (text, code) = project.run(&uri, &["baseline", "--to", "1"]);
        assert_eq!(code, 1, "{text}");
        assert!(text.contains("changed  column a.id"), "{text}");
        assert!(text.contains("nothing is recorded: the database is not as the migrations up to version 1 make it (1 difference)"), "{text}");
        client
            .batch_execute("ALTER TABLE a ALTER id SET NOT NULL")
            .await
            .unwrap();
        let (text, code) = project.run(&uri, &["baseline", "--to", "7"]);
        assert_eq!(code, 2, "{text}");
        assert!(
            text.contains("there is no migration with the version 7"),
            "{text}"
        );
        let (text, code) = project.run(&uri, &["baseline", "--to", "1"]);
        assert_eq!(
            (text.as_str(), code),
            ("recorded 1 migration as applied\n", 0)
        );
        let (text, code) = project.run(&uri, &["apply"]);
        assert_eq!(
            (text.contains("applied 1 migration"), code),
            (true, 0),
            "{text}"
        );
    });
}

#[test]
fn a_mistake_is_shown_where_it_is() {
    on_server(async |place| {
        let (_, uri) = place.database().await;
        let project = Project::new(&[
            ("V1__a.sql", "-- é\nCREATE TABLE ${schema}.a (id int);\n"),
            ("V2__b.sql", "SELECT 1;\nSELECT nothing FROM a;\n"),
        ]);
        let configuration = std::fs::read_to_string(project.path().join("sqlc.yaml")).unwrap();
        project.write(
            "sqlc.yaml",
            &configuration.replace(
                "        out: db\n",
                "        out: db\n        placeholders: {schema: public}\n",
            ),
        );
        let (text, code) = project.run(&uri, &["apply"]);
        assert_eq!(code, 1);
        let text = text.lines().skip(1).collect::<Vec<_>>().join("\n");
        assert_snapshot!(text, @r#"
        error[migration-failed]: column "nothing" does not exist
         --> migrations/V2__b.sql:2:8
          |
        2 | SELECT nothing FROM a;
          |        ^^^^^^^
          |
          = note: SQLSTATE 42703
          = note: nothing of this file was applied

        1 mistake
        "#);
    });
}

#[test]
fn databases_that_cannot_be_used_are_told_apart() {
    on_server(async |place| {
        let (_, uri) = place.database().await;
        let project = Project::new(&[("1_a.sql", "CREATE TABLE a (id int);\n")]);
        let nowhere = uri.replace("/stays_", "/absent_");
        let (text, code) = project.run(&nowhere, &["status"]);
        assert_eq!(code, 2);
        assert!(
            text.contains("help: create the database first, with `createdb` or `CREATE DATABASE`"),
            "{text}"
        );
        let (text, code) = project.run("postgres://me:s3cret@127.0.0.1:1/x", &["status"]);
        assert_eq!(code, 2);
        assert!(
            text.contains("cannot reach the server at `127.0.0.1:1`") && !text.contains("s3cret"),
            "{text}"
        );
        let unset = project.command("", &["status"]).output().unwrap();
        let (text, code) = crate::place::told(&unset);
        assert_eq!(code, 2);
        assert_snapshot!(text, @r"
        error: no database is named: `DATABASE_URL` is not set, and there is no `.env`
          help: set `DATABASE_URL`, or add `--database postgres://user@host/name`
        ");
        project.write(".env", &format!("# The database.\nDATABASE_URL='{uri}'\n"));
        let (text, code) = crate::place::told(&project.command("", &["status"]).output().unwrap());
        assert_eq!(code, 1, "{text}");
        project.write(".env", "DATABASE_URL=postgres://me:s3cret pass@h/x\n");
        let (text, code) = crate::place::told(&project.command("", &["status"]).output().unwrap());
        assert_eq!((code, text.contains("s3cret")), (2, false), "{text}");
    });
}
