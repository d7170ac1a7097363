-- name: Unnamed :one
-- Text with */ and {{ braces }} and "quotes" and `ticks` and [brackets] and <tags>:
--
--     SELECT 'not a doctest';
--
-- ```
-- neither
-- ```
-- See https://example.com/path_(x).
SELECT 1, 'a' AS "?column?", 2 AS id, 3 AS id, '' AS " ", 4 AS "self";

-- name: Arguments :many
SELECT id FROM clients WHERE name = @client AND id = @type;

-- name: many_arguments :many
SELECT id FROM clients WHERE name = @self AND id = @type AND id > @db AND id < @params;

-- name: Text :one
SELECT 'it''s' || E'a\tb\\' || $tag$ "#  $1 @x ; -- no comment
second line $tag$ || /* a /* nested */ comment */ U&'\0041' || @suffix::text AS text;

-- name: Operators :one
SELECT -5 = @five::int, @ -5 AS abs, ARRAY[1,2] @> ARRAY[1] AS contains, ARRAY[1] <@ ARRAY[1, @two::int] AS contained;

-- name: tokio_postgres :exec
SELECT 1;

-- name: RowsRow :one
SELECT 1 AS a, 2 AS b;
