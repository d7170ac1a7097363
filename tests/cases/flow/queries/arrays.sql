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

-- name: OneOrMore :many
SELECT '{1}'::int[] AS grid UNION ALL SELECT grid FROM t;

-- name: Planes :many
SELECT plane || plane AS joined, (sheet).cells, (coalesce(sheet, NULL)).cells AS defaulted FROM planes;

-- name: PlanesOfFunctions :many
SELECT p.plane, c.cells FROM all_planes() AS p, unnest(ARRAY[p.sheet]) AS c;

-- name: Modes :one
SELECT mode() WITHIN GROUP (ORDER BY grid) AS grid, percentile_disc('{{0.1},{0.9}}'::float8[]) WITHIN GROUP (ORDER BY n) AS quantiles FROM t;

-- name: Filled :one
SELECT array_fill(0, '{2,2}') AS constant, array_fill(0, @lengths::int[]) AS any_lengths, array_fill(0, ARRAY[3]) AS one;
