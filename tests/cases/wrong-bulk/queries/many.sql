-- name: ManySelect :many
-- @many
SELECT name FROM t WHERE id = @id;

-- name: ManyUpdate :exec
-- @many
UPDATE t SET name = @name;

-- name: ManyFromSelect :exec
-- @many
INSERT INTO t (name) SELECT @name;

-- name: ManyTwoRows :exec
-- @many
INSERT INTO t (name) VALUES (@one), (@two);

-- name: ManyOutside :exec
-- @many
INSERT INTO t (name) VALUES (@name) ON CONFLICT (id) DO UPDATE SET name = @name;

-- name: ManyNothing :exec
-- @many
INSERT INTO t (name) VALUES ('x');

-- name: ManyOne :one
-- @many
INSERT INTO t (name) VALUES (@name);

-- name: ManyBatch :batchexec
-- @many
INSERT INTO t (name) VALUES (@name);

-- name: ManyCopy :copyfrom
-- @many
INSERT INTO t (name) VALUES (@name);

-- name: ManyWords :exec
-- @many rows at once
INSERT INTO t (name) VALUES (@name);

-- name: ManyTags :exec
-- @many
INSERT INTO t (name, tags) VALUES (@name, @tags);

-- name: ManyAmounts :exec
-- @many
INSERT INTO t (name, amount) VALUES (@name, (SELECT sum(n) FROM unnest(@amounts::numeric[]) AS n));
