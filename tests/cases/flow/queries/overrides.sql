-- name: Patch :exec
UPDATE t SET prefs = prefs || @patch WHERE id % @shards = 0;

-- name: Merge :exec
UPDATE t SET prefs = coalesce(@prefs, prefs) WHERE id IN (@a, @b);

-- name: After :many
SELECT id, n FROM t WHERE (id, n) > (@x, @y) ORDER BY id, n;

-- name: Add :exec
INSERT INTO t (id, n, prefs, tags) VALUES (@id, @n, coalesce(@meta::jsonb, '{}'), @tags)
ON CONFLICT (id) DO UPDATE SET prefs = CASE WHEN @overwrite::boolean THEN @replacement ELSE t.prefs END;

-- name: AddAll :exec
INSERT INTO t (id, n, prefs, tags) SELECT u.id, 0, '{}', '{}' FROM unnest(@ids::int[]) AS u(id);

-- name: Between :many
SELECT id FROM t WHERE id BETWEEN @low AND @high AND id IS DISTINCT FROM @but AND id = ANY(@ids);

-- name: Joined :many
SELECT t.n FROM t JOIN (VALUES (@first::int), (@second)) AS v(id) ON v.id = t.id;

-- name: Through :many
WITH keys AS (SELECT id AS key FROM t) SELECT key, key + @more AS more FROM keys WHERE key <> @key;

-- name: Containing :many
SELECT id FROM t WHERE prefs @> @part AND prefs <> @whole AND prefs ? @name;
