-- name: AddNote :one
-- Adds a note to those of the current tenant.
INSERT INTO notes (title) VALUES (@title) RETURNING id;

-- name: ListNotes :many
-- The notes that the current tenant may see.
SELECT id, title FROM notes ORDER BY id;

-- name: RenameNote :execrows
UPDATE notes SET title = @title WHERE id = @id;

-- name: MoveNote :execrows
-- Gives a note to another tenant, which no policy allows.
UPDATE notes SET tenant_id = @tenant_id WHERE id = @id;
