//! The queries of tables, as they are written.

use super::*;
use crate::ir::{Nullability, TableColumn, Type, UniqueKey};
use crate::source::SourceFile;

fn column(name: &str, ty: &str, has_default: bool) -> TableColumn {
    TableColumn {
        name: name.to_owned(),
        ty: Type::Base(QualifiedName::new("pg_catalog", ty)),
        nullability: Nullability::nullable(""),
        elements: None,
        has_default,
        generated: false,
        comment: None,
    }
}

fn key(name: &str, columns: &[&str], primary: bool) -> UniqueKey {
    UniqueKey {
        name: name.to_owned(),
        columns: columns.iter().map(|column| (*column).to_owned()).collect(),
        primary,
        holds: true,
    }
}

fn catalog() -> Catalog {
    let table = |name: &str, columns, unique_keys| Table {
        name: QualifiedName::new("public", name),
        kind: TableKind::Table,
        comment: None,
        row_security: false,
        inherited: false,
        columns,
        unique_keys,
        foreign_keys: Vec::new(),
    };
    Catalog {
        tables: vec![
            table(
                "order",
                vec![
                    column("Größe", "int4", false),
                    column("select", "text", false),
                ],
                Vec::new(),
            ),
            table(
                "users",
                vec![
                    column("id", "int8", true),
                    column("email", "text", false),
                    column("name", "text", false),
                    column("mood", "text", true),
                    column("updated_at", "timestamptz", true),
                    column("deleted_at", "timestamptz", false),
                ],
                vec![
                    key("users_pkey", &["id"], true),
                    key("users_email", &["email"], false),
                ],
            ),
        ],
        ..Catalog::default()
    }
}

fn named_column(name: &str) -> NamedColumn {
    let file = SourceFile::new("sqlc.yaml", "sqlc.yaml", name);
    NamedColumn {
        name: name.to_owned(),
        place: file.span(0..name.len()).into(),
    }
}

fn wanted(name: &str, touch: &str, soft_delete: &str) -> WantedTable {
    WantedTable {
        name: name.to_owned(),
        place: SourceFile::new("sqlc.yaml", "sqlc.yaml", name)
            .span(0..name.len())
            .into(),
        only: Vec::new(),
        touch: (!touch.is_empty()).then(|| named_column(touch)),
        soft_delete: (!soft_delete.is_empty()).then(|| named_column(soft_delete)),
    }
}

#[test]
fn writes_what_a_user_would_write() {
    let mut diagnostics = Vec::new();
    let tables = Tables::Of(vec![wanted("users", "updated_at", "deleted_at")]);
    let found = texts(&tables, &catalog(), &Naming::default(), &mut diagnostics);
    assert!(diagnostics.is_empty());
    assert_eq!(found[0].stem, "users");
    assert_eq!(
        found[0].text(|_| true),
        "\
-- name: FindUser :one
SELECT * FROM users
WHERE id = @id AND deleted_at IS NULL;

-- name: FindUsers :many
SELECT * FROM users
WHERE id = ANY(@ids) AND deleted_at IS NULL;

-- name: FindUserByEmail :one
SELECT * FROM users
WHERE email = @email AND deleted_at IS NULL;

-- name: UserExists :one
SELECT EXISTS (SELECT 1 FROM users WHERE id = @id AND deleted_at IS NULL);

-- name: CountUsers :one
SELECT count(*) FROM users WHERE deleted_at IS NULL;

-- name: InsertUser :one
-- @params NewUser
-- @optional id, mood
INSERT INTO users (id, email, name, mood)
VALUES (@id, @email, @name, @mood)
RETURNING *;

-- name: InsertUsers :many
-- @many
INSERT INTO users (email, name)
VALUES (@email, @name)
RETURNING *;

-- name: PatchUser :one
-- @params UserPatch: email, name, mood
-- @optional email, name, mood
UPDATE users
SET email = @email, name = @name, mood = @mood, updated_at = now()
WHERE id = @id AND deleted_at IS NULL
RETURNING *;

-- name: DeleteUser :execrows
UPDATE users SET deleted_at = now()
WHERE id = @id AND deleted_at IS NULL;

-- name: DeleteUsers :execrows
UPDATE users SET deleted_at = now()
WHERE id = ANY(@ids) AND deleted_at IS NULL;

-- name: RestoreUser :execrows
UPDATE users SET deleted_at = NULL
WHERE id = @id AND deleted_at IS NOT NULL;

-- name: PurgeUser :execrows
DELETE FROM users
WHERE id = @id;
"
    );
    let verbs = [Verb::Upsert];
    let found = text(
        "users",
        &verbs,
        &Tables::None,
        &catalog(),
        &Naming::default(),
    )
    .unwrap();
    assert_eq!(
        found.text(|name| name != "UpsertUser"),
        "\
-- name: UpsertUserByEmail :one
-- @params NewUser
-- @optional id, mood, updated_at
INSERT INTO users (id, email, name, mood, updated_at, deleted_at)
VALUES (@id, @email, @name, @mood, @updated_at, @deleted_at)
ON CONFLICT (email) DO UPDATE
SET name = EXCLUDED.name, deleted_at = EXCLUDED.deleted_at, mood = @mood, updated_at = @updated_at
RETURNING *;
"
    );
}

#[test]
fn hostile_names_are_quoted_and_have_parameters() {
    let found = text("order", &[], &Tables::None, &catalog(), &Naming::default()).unwrap();
    assert_eq!(
        found.text(|_| true),
        "\
-- name: CountOrders :one
SELECT count(*) FROM \"order\";

-- name: InsertOrder :one
-- @params NewOrder
INSERT INTO \"order\" (\"Größe\", \"select\")
VALUES (@größe, @select)
RETURNING *;

-- name: InsertOrders :many
-- @many
INSERT INTO \"order\" (\"Größe\", \"select\")
VALUES (@größe, @select)
RETURNING *;
"
    );
}

#[test]
fn mistakes_say_what_was_meant() {
    for (wanted, expected, help) in [
        (
            wanted("user", "", ""),
            "there is no table `user`",
            "did you mean `users`?",
        ),
        (
            wanted("users", "update_at", ""),
            "`users` has no column `update_at`",
            "did you mean `updated_at`?",
        ),
        (
            wanted("users", "", "mood"),
            "`soft_delete` is a column of times, and `mood` is `text`",
            "name a column of type `timestamptz`",
        ),
    ] {
        let mut diagnostics = Vec::new();
        let tables = Tables::Of(vec![wanted]);
        texts(&tables, &catalog(), &Naming::default(), &mut diagnostics);
        let [diagnostic] = diagnostics.as_slice() else {
            panic!("{diagnostics:?}");
        };
        assert_eq!(diagnostic.message(), expected);
        let shown = crate::diagnostic::render(std::slice::from_ref(diagnostic), false);
        assert!(shown.contains(help), "{shown}");
    }
}
