-- name: One :one
SELECT emial FROM users;
