-- name: get_thing :one
SELECT id FROM things LIMIT 1;
