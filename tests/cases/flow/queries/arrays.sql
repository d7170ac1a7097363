-- name: TagsOfAll :one
SELECT array_agg(tags) AS aggregated, ARRAY(SELECT tags FROM t ORDER BY id) AS selected FROM t;

-- name: Twice :many
SELECT ARRAY[tags, tags] AS twice, ARRAY[n, n] AS flat, tags[1:1] AS slice, tags[1] AS one FROM t;

-- name: Grids :many
SELECT grid FROM grids UNION ALL SELECT '{{1,2}}'::int[];

-- name: MoreGrids :many
SELECT coalesce(grid, '{}') AS defaulted, grid[1:1] AS slice, s.g AS through,
    (SELECT grid FROM t AS other WHERE other.id = t.id) AS picked, grid || grid AS joined, CASE WHEN n > 0 THEN grid END AS kept
FROM t, LATERAL (SELECT grid AS g OFFSET 0) AS s;

-- name: AllOfView :many
SELECT * FROM grids;

-- name: Said :one
-- @column said Array<Option<String>>
SELECT string_to_array('a,b', ',') AS said;
