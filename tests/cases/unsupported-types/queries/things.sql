-- name: ListThings :many
SELECT id, "the rights", "order", all_rights FROM things WHERE "the rights" = @least;

-- name: GetThing :one
SELECT pair,
       statistics
FROM things
WHERE all_rights @> @some::aclitem[] AND pair = @pair;

-- name: AddThing :exec
INSERT INTO things (statistics) VALUES (@statistics);

-- name: Computed :one
SELECT ROW(1, 2), array_agg("the rights"), array_agg(ROW(id)) AS rows FROM things;

-- name: WholeTable :many
SELECT * FROM things;
