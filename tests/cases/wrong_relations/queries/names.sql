-- name: UnknownRelation :many
-- @with { post { title } }
SELECT * FROM users;

-- name: UnknownColumn :many
-- @with { posts { titel }, members { grup } }
SELECT * FROM users;

-- name: NoRelations :many
-- @with { anything }
SELECT * FROM loose;

-- name: NoTable :many
-- @with { posts }
SELECT 1 AS id;

-- name: MissingKey :many
-- @with { posts { title } }
SELECT name FROM users;

-- name: Ambiguous :many
-- @with { groups }
SELECT * FROM users;

-- name: OfTwoTables :many
-- @with { members { user_id } }
SELECT u.id, g.id AS group FROM users u, groups g;

-- name: SameTableTwice :many
-- @with { posts }
SELECT a.id, b.id FROM users a, users b;

-- name: SameNameTwice :many
-- @with { posts { title }, posts { id }, name: posts }
SELECT * FROM users;

-- name: SameColumnTwice :many
-- @with { posts { title, title, id: title, id } }
SELECT * FROM users;

-- name: OwnColumns :many
-- @with { *, -name }
SELECT * FROM users;

-- name: NamedAndLeftOut :many
-- @with { posts { -id, title }, members { -user_id, -group_id, -nothing } }
SELECT * FROM users;

-- name: BracesOnColumn :many
-- @with { posts { title { x }, posts.id } }
SELECT * FROM users;

-- name: NoRows :exec
-- @with { posts }
DELETE FROM users;

-- name: OfMany :one
-- @many
-- @with { posts }
INSERT INTO users (id, name) VALUES (@id, @name) RETURNING *;

-- name: OfBatch :batchmany
-- @with { posts }
SELECT * FROM users WHERE id = @id;
