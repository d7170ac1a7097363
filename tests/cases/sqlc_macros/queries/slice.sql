-- name: ListBooksByIds :many
SELECT id, title FROM books WHERE id IN (sqlc.slice(ids)) ORDER BY id;

-- name: ListOtherTitles :many
SELECT title FROM books WHERE title NOT IN (sqlc.slice('titles')) AND "order" >=@least ORDER BY 1;

-- name: CountInPlaces :one
SELECT count(*) FROM books WHERE "order" in( sqlc.slice(places)::int[] ) OR id = ANY(sqlc.slice(ids));

-- name: Upsert :exec
MERGE INTO archive.books b USING (SELECT @id::bigint AS id) s ON s.id = b.id
WHEN MATCHED THEN UPDATE SET title=@title
WHEN NOT MATCHED THEN INSERT (id, title) VALUES (@id, @title);

-- name: Rename :execrows
UPDATE books SET title = coalesce(sqlc.narg("Title"), title) WHERE id = $1;
