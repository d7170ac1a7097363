-- name: ok :many
SELECT * FROM ok;

-- name: some :many
SELECT * FROM "some";

-- name: none :many
SELECT * FROM "none";

-- name: self :many
SELECT * FROM self;

-- name: core :many
SELECT * FROM core;

-- name: crate :many
SELECT * FROM std;

-- name: drop :many
SELECT * FROM "user";

-- name: super :many
SELECT * FROM users;

-- name: static :many
SELECT * FROM "User";

-- name: people :many
SELECT * FROM people WHERE id = @id AND "e-mail" <> @hidden;

-- name: evil :many
SELECT * FROM "evil` */ { }
pub fn injected() {}";

-- name: long :many
SELECT * FROM a_table_with_a_name_of_sixty_three_bytes_as_many_as_there_can_be;

-- name: scalar :one
SELECT @scalar::integer + 1 AS scalar;

-- name: Err :one
-- Turned ‮around⁦, and `code` in [brackets] of <b>.
SELECT 'turned ‮around⁦' AS "Ok", @language::language AS language, @from_row::text AS from_row;

-- name: renamed :one
SELECT 1 AS total, 2 AS "sub total";
