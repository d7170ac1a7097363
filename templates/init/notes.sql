-- name: AddNote :one
INSERT INTO notes (title, body) VALUES (@title, @body) RETURNING *;

-- name: FindNotes :many
-- The notes whose title holds a word.
SELECT id, title FROM notes WHERE title ILIKE '%' || @word || '%' ORDER BY id;

-- name: DeleteNote :execrows
DELETE FROM notes WHERE id = @id;
