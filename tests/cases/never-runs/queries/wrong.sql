-- name: NoArbiter :exec
INSERT INTO p (id, name) VALUES (@id, @name)
ON CONFLICT (name) DO UPDATE SET note = excluded.note;

-- name: NoArbiterForMany :exec
-- @many
INSERT INTO p (id, name) VALUES (@id, @name) ON CONFLICT (name, id) DO NOTHING;

-- name: WrongPredicate :exec
INSERT INTO p (id, name) VALUES (@id, @name) ON CONFLICT (name) WHERE NOT live DO NOTHING;

-- name: FullJoin :many
SELECT p.id, c.id FROM p FULL JOIN c ON p.id > c.pid WHERE p.name = @name OR c.w = @w;

-- name: Pattern :many
SELECT id FROM p WHERE id = @id AND name ~ '(' ;

-- name: PatternOfAny :many
SELECT id FROM p WHERE name ~ ANY (ARRAY['a', '[']) LIMIT @n;

-- name: Division :one
SELECT id, 1 / 0 AS x FROM p WHERE id = ANY(@ids);

-- name: Stored :exec
INSERT INTO c (id, pid, w) VALUES (@id, @pid, 7 % 0);

-- name: Words :many
SELECT id FROM c WHERE words @@ to_tsquery('two words');

-- name: Words2 :many
SELECT id FROM c WHERE words @@ to_tsquery('english', 'two words') AND pid = @pid;

-- name: NegativeLimit :many
SELECT id FROM p WHERE id > @id LIMIT -1;

-- name: NegativeOffset :many
SELECT id FROM p LIMIT @n OFFSET -3;

-- name: NegativeSource :exec
INSERT INTO c (id, pid, w) SELECT id, @pid, 1 FROM p LIMIT (-5)::bigint;

-- name: OneOfTheTexts :many
-- @optional name
SELECT id FROM p WHERE name = @name AND 1 / 0 > 0;

-- name: OneOfTheOrders :many
-- @sort wrong: id / (1 - 1)
-- @sort worse: (1 / (1 - 1)), id
SELECT id FROM p ORDER BY id;

-- name: LockOfAView :many
SELECT id FROM kept FOR UPDATE;

-- name: Ü :one
-- What stands before the mistake is longer in bytes than in characters.
SELECT 'äöü' AS "Ä", 'x' ~ 'a{2,1}' AS y;

-- name: Shift :one
SELECT 2147483647 + 1;

-- name: Json :one
SELECT ('{' || '"a"')::jsonb;

-- name: WithItems :many
-- @with { c(where: id = 1 / 0) { id } }
SELECT id FROM p;

-- name: WithLimit :many
-- @with { c(limit: -1) { id } }
SELECT id FROM p;

-- name: LeavesOut :exec
INSERT INTO p (id, note) VALUES (@id, @note) ON CONFLICT (id) DO UPDATE SET note = excluded.note;

-- name: LeavesOutTwo :exec
WITH added AS (INSERT INTO p DEFAULT VALUES RETURNING id)
INSERT INTO c (id, pid, w) SELECT 1, id, NULL FROM added;
