-- name: AddNote :one
INSERT INTO notes (title, body) VALUES (@title, @body) RETURNING *;

-- name: FindNotes :many
-- The notes whose title matches a pattern, such as `%milk%`.
SELECT id, title FROM notes WHERE title ILIKE @pattern ORDER BY id;

-- name: DeleteNote :execrows
DELETE FROM notes WHERE id = @id;
