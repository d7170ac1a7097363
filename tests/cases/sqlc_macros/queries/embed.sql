-- name: GetBook :one
SELECT sqlc.embed(books), sqlc.embed(authors)
FROM books JOIN authors ON authors.id = books.author_id
WHERE books.id = @id;

-- name: ListAuthors :many
-- The mentor is missing for some.
SELECT sqlc.embed(a), sqlc.embed(mentor), count(*) AS books
FROM authors a
LEFT JOIN authors mentor ON mentor.id = a.mentor_id
LEFT JOIN books ON books.author_id = a.id
GROUP BY a.id, mentor.id
ORDER BY a.id;

-- name: ListPupils :many
-- An inner join by WHERE: the mentor is always there.
SELECT a.name, sqlc.embed(mentor)
FROM authors a LEFT JOIN authors mentor ON mentor.id = a.mentor_id
WHERE mentor.id IS NOT NULL
ORDER BY a.id;

-- name: OnlyAuthor :one
SELECT sqlc.embed(authors) FROM authors WHERE id = sqlc.arg( 'id' );

-- name: ListRemarks :many
-- Nothing tells a missing remark from one without a text.
SELECT books.id, sqlc.embed(remarks)
FROM books LEFT JOIN remarks ON remarks.book_id = books.id
ORDER BY books.id;

-- name: MatchArchive :many
SELECT sqlc.embed(public.books) AS current, sqlc.embed(archive.books) AS archived
FROM public.books FULL JOIN archive.books ON archive.books.id = public.books.id
ORDER BY coalesce(public.books.id, archive.books.id);

-- name: CountByAuthor :many
WITH counts AS (
  SELECT author_id, count(*) AS books, max("order") AS last FROM books GROUP BY author_id
)
SELECT sqlc.embed(authors), sqlc.embed(counts)
FROM authors LEFT JOIN counts ON counts.author_id = authors.id
ORDER BY authors.id;

-- name: PairUp :many
-- A missing row of a subquery shows in a column that is never NULL otherwise.
SELECT a.id, sqlc.embed(last)
FROM authors a
LEFT JOIN LATERAL (
  SELECT id AS book_id, a.mentor_id, nullif(title, '') AS title FROM books WHERE author_id = a.id ORDER BY id DESC LIMIT 1
) last ON true
ORDER BY a.id;

-- name: ListTitles :many
SELECT sqlc.embed(titles), sqlc.embed(s)
FROM titles, LATERAL (SELECT upper(title) AS "Loud!", length(title) AS size) s
ORDER BY titles.id;

-- name: ListSubquery :many
-- A subquery that shows a table whole is as good as the table.
SELECT sqlc.embed(b), 1 AS one FROM (SELECT * FROM books WHERE "order" > 0) b ORDER BY b.id;

-- name: AddBook :one
INSERT INTO books (author_id, title, tags) VALUES (@author_id, @title, @tags)
RETURNING sqlc.embed(books);

-- name: MoveBook :one
UPDATE books SET "order" = @place FROM authors
WHERE authors.id = books.author_id AND books.id = @id
RETURNING sqlc.embed(books), sqlc.embed(authors);

-- name: RollUp :many
-- Grouping sets empty single columns: the row is none of the table's.
SELECT sqlc.embed(b), count(*) AS books
FROM archive.books b GROUP BY ROLLUP (b.id, b.title) ORDER BY b.id, b.title;

-- name: BothKinds :many
SELECT sqlc.embed(a), 'current' AS kind FROM (SELECT id, title FROM books) a
UNION ALL
SELECT b.*, 'archived' FROM archive.books b
ORDER BY 1, 2;
