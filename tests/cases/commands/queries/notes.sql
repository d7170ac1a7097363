-- Notes, and what people say about them.
-- This text belongs to no query.

-- name: AddNote :exec
INSERT INTO notes (id, title, body) VALUES ($1, $2, $3);

-- name: AddComment :one
-- Fails after the row is made where there is no such note.
INSERT INTO comments (id, note_id) VALUES (@id, @note_id) RETURNING id;

-- name: GetNote :one
SELECT * FROM notes WHERE id = $1;

-- name: GetTitle :one
SELECT title FROM notes WHERE id = $1;

-- name: GetBody :one
SELECT body FROM notes WHERE id = $1;

-- name: ListNotes :many
-- Every note, by its identity.
SELECT id, title FROM notes ORDER BY id;

-- name: ListTitles :many
SELECT title FROM notes WHERE title LIKE @pattern ORDER BY title;

-- name: RenameNotes :execrows
UPDATE notes SET title = @prefix || title WHERE id > @after;

-- name: DeleteNotes :exec
DELETE FROM notes RETURNING id;

-- name: Numbers :many
SELECT n FROM generate_series(1, @count::integer) AS n;

-- name: Divide :many
-- Divides by zero at the last row.
SELECT 10 / n AS quotient FROM generate_series(3, 0, -1) AS n;
