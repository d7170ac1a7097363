-- name: Apart :many
SELECT a.id AS "author.id", b.id, a.name AS "author.name" FROM books b JOIN authors a ON a.id = b.author_id;

-- name: Nested :many
SELECT a.id AS "book.author.id" FROM authors a;

-- name: OpenPattern :many
SELECT id FROM books WHERE title ILIKE '%' || @part || '%';

-- name: AllowWhat :many
-- @allow everything
SELECT id FROM books WHERE title LIKE @part || '%';
