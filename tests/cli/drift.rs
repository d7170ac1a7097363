//! `rowsmith drift`: how a database differs from what the migrations make.

use tokio_postgres::{Client, NoTls};

use crate::project::Project;

const CONFIGURATION: &str = "\
version: \"2\"
sql:
  - engine: postgresql
    schema: migrations
    queries: queries
    gen:
      rust:
        out: src/db
";

/// One object of many kinds.
const MIGRATION: &str = r#"
CREATE SCHEMA app;
CREATE TYPE mood AS ENUM ('good', 'bad');
CREATE DOMAIN app.email AS text CONSTRAINT has_at CHECK (VALUE LIKE '%@%' OR VALUE IN ('a', 'b'));
CREATE TABLE "We ird" (
  id bigint GENERATED ALWAYS AS IDENTITY (CACHE 5) PRIMARY KEY,
  kind varchar(5) DEFAULT 'x' CHECK (kind IN ('x', 'y')),
  mood mood,
  "e mail" app.email,
  twice bigint GENERATED ALWAYS AS (id * 2) STORED
);
CREATE TABLE notes (id bigint REFERENCES "We ird", title text NOT NULL, body text);
CREATE INDEX notes_title_idx ON notes (lower(title)) WHERE title IN ('a', 'b');
CREATE VIEW titles AS SELECT n.id, n.title FROM notes n WHERE n.title NOT IN ('a', 'b');
CREATE FUNCTION one() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1; END;
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER touch BEFORE UPDATE ON notes FOR EACH ROW WHEN (OLD.title <> NEW.title) EXECUTE FUNCTION touch();
ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON notes USING (title IN ('a', 'b'));
CREATE TABLE events (at date NOT NULL) PARTITION BY RANGE (at);
COMMENT ON COLUMN notes.title IS 'What it is about.';
"#;

const QUERIES: &str = "\
-- name: ListTitles :many
SELECT title FROM titles;

-- name: AddNote :exec
INSERT INTO notes (id, title, body) VALUES (@id, @title, @body);

-- name: CountMoods :one
SELECT count(mood) FROM \"We ird\";
";

fn project() -> Project {
    Project::new(&[
        ("sqlc.yaml", CONFIGURATION),
        ("migrations/1_all.sql", MIGRATION),
        ("queries/all.sql", QUERIES),
    ])
}

/// Runs `check` with a database to which the migrations were applied, and the options that name it.
async fn with_database(check: impl AsyncFnOnce(&Client, &str)) {
    let other = project();
    let generator = rowsmith::Generator::from_file(other.path("sqlc.yaml")).unwrap();
    let database = generator.throwaway_database().await.unwrap();
    let [tokio_postgres::config::Host::Unix(socket)] = database.config().get_hosts() else {
        panic!("the server has one socket");
    };
    let host = socket.display().to_string().replace('/', "%2F");
    let config = database.config();
    let (port, name) = (config.get_ports()[0], config.get_dbname().unwrap());
    let user = config.get_user().unwrap();
    let (client, connection) = config.connect(NoTls).await.unwrap();
    let connection = tokio::spawn(connection);
    check(
        &client,
        &format!("drift --database postgres://{user}@{host}:{port}/{name}"),
    )
    .await;
    drop(client);
    let _ = connection.await;
    database.close().await.unwrap();
}

/// What the command prints, and its exit code.
fn run(project: &Project, arguments: &str) -> String {
    let outcome = project.output(arguments);
    format!(
        "{}{}[exit {}]",
        outcome.stdout, outcome.stderr, outcome.code
    )
}

#[tokio::test]
async fn a_database_that_is_as_the_migrations_make_it_has_none() {
    with_database(async |client, drift| {
        assert_eq!(
            run(&project(), drift),
            "no drift: all 36 objects are as the migrations make them\n[exit 0]"
        );
        // As after a dump and a restore: each text is what Postgres prints, read again.
        client
            .batch_execute(
                "ALTER TABLE \"We ird\" DROP CONSTRAINT \"We ird_kind_check\";
                 ALTER TABLE \"We ird\" ADD CHECK (((kind)::text = ANY ((ARRAY['x'::character varying, 'y'::character varying])::text[])));
                 CREATE OR REPLACE VIEW titles AS SELECT n.id, n.title FROM public.notes n WHERE (n.title <> ALL (ARRAY['a'::text, 'b'::text]));
                 CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
                 CREATE TABLE _sqlx_migrations (version bigint PRIMARY KEY);
                 GRANT SELECT ON notes TO PUBLIC;",
            )
            .await
            .unwrap();
        assert_eq!(
            run(&project(), drift),
            "no drift: all 36 objects are as the migrations make them\n[exit 0]"
        );
    })
    .await;
}

#[tokio::test]
async fn what_was_changed_by_hand_is_named_with_the_queries_that_use_it() {
    with_database(async |client, drift| {
        client
            .batch_execute(
                "ALTER TABLE notes ALTER body SET NOT NULL, ADD extra int;
                 DROP INDEX notes_title_idx;
                 ALTER TYPE mood ADD VALUE 'odd';
                 ALTER TABLE notes DISABLE TRIGGER touch;
                 ALTER TABLE notes DISABLE ROW LEVEL SECURITY;
                 ALTER POLICY own ON notes USING (title IN ('a', 'c'));
                 CREATE TABLE mine (id int PRIMARY KEY, note text);
                 ALTER TABLE \"We ird\" ALTER kind TYPE varchar(6), ALTER id SET CACHE 7;
                 CREATE OR REPLACE FUNCTION one() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 2; END;
                 COMMENT ON COLUMN notes.title IS NULL;",
            )
            .await
            .unwrap();
        insta::assert_snapshot!(run(&project(), drift), @r#"
        missing  comment on column notes.title: 'What it is about.'
        missing  index notes_title_idx: CREATE INDEX notes_title_idx ON public.notes USING btree (lower(title)) WHERE (title = ANY (ARRAY['a'::text, 'b'::text]))
        extra    table mine
        extra    column notes.extra: integer
        changed  policy own on notes
                 expected: AS PERMISSIVE FOR ALL TO public USING ((title = ANY (ARRAY['a'::text, 'b'::text])))
                 found:    AS PERMISSIVE FOR ALL TO public USING ((title = ANY (ARRAY['a'::text, 'c'::text])))
                 used by:  AddNote, ListTitles
        changed  column "We ird".id
                 expected: bigint NOT NULL GENERATED ALWAYS AS IDENTITY (AS bigint START 1 INCREMENT 1 MIN 1 MAX 9223372036854775807 CACHE 5)
                 found:    bigint NOT NULL GENERATED ALWAYS AS IDENTITY (AS bigint START 1 INCREMENT 1 MIN 1 MAX 9223372036854775807 CACHE 7)
        changed  column "We ird".kind
                 expected: character varying(5) DEFAULT 'x'::character varying
                 found:    character varying(6) DEFAULT 'x'::character varying
        changed  enum mood
                 expected: 'good', 'bad'
                 found:    'good', 'bad', 'odd'
                 used by:  CountMoods
        changed  table notes
                 expected: row level security
                 found:    nothing special
                 used by:  AddNote, ListTitles
        changed  column notes.body
                 expected: text
                 found:    text NOT NULL
                 used by:  AddNote
        changed  function one()
                 expected: SELECT 1;
                 found:    SELECT 2;
        changed  trigger touch on notes
                 expected: CREATE TRIGGER touch BEFORE UPDATE ON public.notes FOR EACH ROW WHEN ((old.title <> new.title)) EXECUTE FUNCTION public.touch()
                 found:    disabled: CREATE TRIGGER touch BEFORE UPDATE ON public.notes FOR EACH ROW WHEN ((old.title <> new.title)) EXECUTE FUNCTION public.touch()
                 used by:  AddNote, ListTitles
        12 differences
        [exit 1]
        "#);
        let few = run(
            &project(),
            &format!("{drift} --ignore notes* --ignore *mood --ignore function* --ignore *We* --format json"),
        );
        insta::assert_snapshot!(few, @r#"
        [
          {
            "change": "extra",
            "kind": "table",
            "name": "public.mine",
            "expected": null,
            "live": "",
            "queries": []
          }
        ]
        [exit 1]
        "#);
        // The database is as it was.
        let left = client.query_one("SELECT count(*) FROM mine", &[]).await;
        assert_eq!(left.unwrap().get::<_, i64>(0), 0);
    })
    .await;
}

#[tokio::test]
async fn a_role_without_any_right_sees_it_all() {
    with_database(async |client, drift| {
        client
            .batch_execute("CREATE ROLE nobody_here LOGIN; REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC;")
            .await
            .unwrap();
        let (before, after) = drift.split_once("postgres://").unwrap();
        let (_, server) = after.split_once('@').unwrap();
        let drift = format!("{before}postgres://nobody_here@{server}");
        assert_eq!(
            run(&project(), &drift),
            "no drift: all 36 objects are as the migrations make them\n[exit 0]"
        );
    })
    .await;
}

#[test]
fn a_database_that_cannot_be_asked_is_an_error() {
    let project = project();
    let mut command = project.command("drift");
    command.env_remove("DATABASE_URL");
    let none = crate::project::outcome(&mut command, &project);
    insta::assert_snapshot!(none.stderr, @r"
    error: no database is named
      help: add `--database postgres://user@host/name`, or set `DATABASE_URL`
    ");
    assert_eq!(none.code, 2);
    insta::assert_snapshot!(
        run(&project, "drift --database postgres://app:secret@localhost:1/x"),
        @r"
    error: cannot reach the server at `localhost:1`
      caused by: Connection refused (os error 111)
      help: is the server running, and is the address right?
    [exit 2]
    "
    );
}
