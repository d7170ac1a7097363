-- None of these is a mistake for sure: with some values, or elsewhere, each of them may work.

-- name: Reached :one
SELECT CASE WHEN @flag::boolean THEN 1 / 0 ELSE 1 END AS x;

-- name: Either :many
SELECT id FROM p WHERE @all::boolean OR name ~ '(';

-- name: After :many
SELECT id FROM p WHERE @none::boolean AND name ~ '(';

-- name: Instead :one
SELECT coalesce(@x::int, 1 / 0) AS x;

-- name: WithinView :many
SELECT name FROM one WHERE kind = @kind AND name ~ '(';

-- name: WithinSubquery :many
SELECT s.name FROM (SELECT 1 AS kind, name FROM p) s WHERE s.kind = @kind AND s.name ~ '(';

-- name: OfAPartition :many
SELECT name FROM logs WHERE day = @day AND name ~ '(';

-- name: OfATenant :many
SELECT id FROM p WHERE id = current_setting('app.tenant')::int;

-- name: OfAnotherTenant :many
SELECT id FROM p WHERE id > current_setting('app.tenant', true)::int;

-- name: ThroughAView :many
SELECT id FROM mine;

-- name: OfData :one
SELECT looks(1);

-- name: MaybeFull :many
SELECT p.id, c.id FROM p FULL JOIN c ON p.id > c.pid AND @joined::boolean;

-- name: MayBeNull :many
SELECT id FROM p WHERE id = sqlc.narg(id) AND name ~ '(';

-- name: ByValue :exec
INSERT INTO p (id, name) VALUES (@id, @name) ON CONFLICT (name) WHERE live = @live DO NOTHING;

-- name: LimitInside :many
SELECT id FROM p WHERE EXISTS (SELECT FROM c WHERE c.pid = p.id LIMIT -1);

-- name: LimitByValue :many
SELECT id FROM p LIMIT @n;

-- name: Named :exec
INSERT INTO p (id, name) VALUES (@id, @name) ON CONFLICT (name) WHERE live DO NOTHING;

-- name: Keyed :exec
INSERT INTO p (id, name) VALUES (@id, @name) ON CONFLICT (id) DO UPDATE SET name = excluded.name;

-- name: Hidden :one
SELECT CASE WHEN false THEN 1 / 0 ELSE 1 END AS x;

-- name: Cursor :exec
UPDATE p SET name = 'x' WHERE CURRENT OF rows_of_mine;

-- name: ThroughTheFunction :one
SELECT divides(0);

-- name: Filled :exec
INSERT INTO filled (id, kept) VALUES (@id, NULL);

-- name: FilledByATrigger :exec
INSERT INTO fired (id) VALUES (@id);

-- name: FilledInAPartition :exec
INSERT INTO fired_parts (id) VALUES (@id);
