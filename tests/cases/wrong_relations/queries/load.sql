-- name: LoadNothing :one
-- @load
-- @with { posts { id } }
SELECT id FROM users WHERE id = $1;

-- name: LoadMisspelt :one
-- @load sinlge
-- @with { posts { id } }
SELECT id FROM users WHERE id = $1;

-- name: LoadWithout :one
-- @load single
SELECT id FROM users WHERE id = $1;

-- name: LoadTwice :one
-- @load single
-- @with { posts { id } }
-- @load batched
SELECT id FROM users WHERE id = $1;

-- name: LoadWritten :one
-- @load single
-- @with { posts { id } }
INSERT INTO users VALUES (1, 'a') RETURNING id;

-- name: LoadWrittenInside :one
-- @with { posts { id } }
-- @load single
WITH gone AS (DELETE FROM users RETURNING id)
SELECT users.id FROM users JOIN gone USING (id);

-- name: LoadLocked :many
-- @with { posts { id } }
-- @load single
SELECT id FROM users FOR SHARE;

-- name: LoadEmbedded :many
-- @with { posts { id } }
-- @load single
SELECT sqlc.embed(users) FROM users;
