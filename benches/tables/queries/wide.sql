-- name: AddMany :many
-- The same by `-- @many`, with its columns written out.
-- @many
INSERT INTO wide (t1, t2, n1) VALUES (@t1, @t2, @n1) RETURNING *;
