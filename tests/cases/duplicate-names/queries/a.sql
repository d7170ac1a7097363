-- name: GetThing :one
SELECT id FROM t;

-- name: get_thing :one
SELECT id FROM t;
