-- name: GetThing :one
SELECT id FROM t;
