-- name: PatchBook :one
-- Every column can be left as it is.
-- @optional title, mood, other_mood, note, pages, tags
UPDATE books
SET title = @title,
    mood = @mood, -- an enum
    other_mood = @other_mood,
    note = @note,
    pages = @pages, tags = @tags
WHERE id = @id
RETURNING *;

-- name: RenameBook :execrows
-- One assignment is always made.
-- @optional title
UPDATE books SET title = @title, updates = updates + 1 WHERE id = @id;

-- name: SetMoods :exec
-- Two in one assignment go together; each type is told by the text alone.
-- @optional mood, other_mood
UPDATE books SET (mood, other_mood) = (@mood, @other_mood), updates = updates + 1 WHERE id = @id;

-- name: SetNotes :many
-- Conditions and assignments; a computed column.
-- @optional note, above
UPDATE books AS b SET note = upper(@note)WHERE b.pages > @above AND b.id > 0 RETURNING b.id, b.note, coalesce(b.note, b.title) AS shown;

-- name: SetMany :many
-- More than are combined: what is computed may be NULL.
-- @optional title, note, pages, other_mood, above
UPDATE books SET title = @title, note = @note, pages = @pages, other_mood = @other_mood
WHERE pages > @above AND id > 0
RETURNING id, title, note, upper(title) AS loud;

-- name: AddBook :one
-- What is missing has its default.
-- @optional mood, note, pages, tags
INSERT INTO books (title, mood, note, pages, tags)
VALUES (@title, @mood, @note, @pages, @tags)
RETURNING *;

-- name: AddOrChangeBook :one
-- On a conflict, what is missing is left as it is.
-- @optional mood, note
-- @param note ?
INSERT INTO books (id, title, mood, note) OVERRIDING SYSTEM VALUE
VALUES (@id, @title, @mood, @note)
ON CONFLICT (id) DO UPDATE SET title = excluded.title, mood = @mood, note = @note
RETURNING id, title, mood, note, (xmax = 0)::bool AS is_new;

-- name: ForceNote :exec
-- Never NULL, if it is there.
-- @param note !
-- @optional note
UPDATE books SET note = @note WHERE id = @id;
