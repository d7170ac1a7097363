-- name: GetThing :one
SELECT id FROM things LIMIT 1;
