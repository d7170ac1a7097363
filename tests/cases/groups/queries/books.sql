-- name: ListBooks :many
-- The author may be missing, whose first column may be NULL by itself; the editor never is.
SELECT b.id, a.bio AS "author.bio", a.id AS "author.id", b.title,
  e.name AS "editor.name", upper(e.name) AS "editor.upper"
FROM books b
LEFT JOIN authors a ON a.id = b.author_id
JOIN authors e ON e.id = b.editor_id
ORDER BY b.id;

-- name: BooksWithModels :many
SELECT a.bio AS "author.bio", a.id AS "author.id", a.name AS "author.name", b."price.net", b.id
FROM books b LEFT JOIN authors a ON a.id = b.author_id
ORDER BY b.id;

-- name: NothingTells :many
-- No column tells an author without a bio from none.
SELECT b.id, a.bio AS "author.bio"
FROM books b LEFT JOIN authors a ON a.id = b.author_id
ORDER BY b.id;

-- name: Mixed :many
-- Columns of several tables are no row.
SELECT b.id, a.name AS "names.author", e.name AS "names.editor", coalesce(a.bio, '') AS "names.bio"
FROM books b LEFT JOIN authors a ON a.id = b.author_id JOIN authors e ON e.id = b.editor_id
ORDER BY b.id;

-- name: TakenName :many
SELECT b.id AS author, a.id AS "author.id", a.name AS "author.type"
FROM books b LEFT JOIN authors a ON a.id = b.author_id
ORDER BY b.id;

-- name: SearchBooks :many
SELECT id FROM books WHERE title ILIKE @pattern ORDER BY id;

-- name: AnyWildcards :many
-- @allow wildcards
SELECT id FROM books WHERE title ILIKE '%' || @part || '%' ORDER BY id;
