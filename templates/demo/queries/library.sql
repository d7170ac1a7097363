-- name: AddAuthor :one
INSERT INTO authors (name) VALUES (@name) RETURNING id;

-- name: AddBook :exec
INSERT INTO books (author_id, title, published, subtitle) VALUES (@author_id, @title, @published, @subtitle);

-- name: ListAuthors :many
-- Each author with the books, by one more query and not by one for each author.
-- @with { books { title, published } }
SELECT id, name FROM authors ORDER BY name;

-- name: FindBooks :many
-- Without `published_after`, books of all years.
-- @optional published_after
SELECT b.title, b.subtitle, a.name AS author
FROM books b
JOIN authors a ON a.id = b.author_id
WHERE b.title ILIKE @pattern AND b.published > @published_after
ORDER BY b.published;
