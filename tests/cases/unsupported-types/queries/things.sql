-- name: ListThings :many
SELECT id, span, gap FROM things WHERE gap > @least;

-- name: GetThing :one
SELECT pair,
       place
FROM things
WHERE doc::text = @doc AND span @> @spans::int4range;

-- name: Computed :one
SELECT ROW(1, 2), array_agg(gap) FROM things;
