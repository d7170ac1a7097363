-- name: CountTodos :one
SELECT count(*) FROM todos;
