-- name: AddEvent :one
INSERT INTO events (mood, moods, numbers, email) VALUES (@mood, @moods, @numbers, @email) RETURNING *;

-- name: InsertThroughRule :exec
INSERT INTO event_moods (mood) VALUES (@mood);

-- name: EventMoods :many
SELECT * FROM event_moods;

-- name: Marks :many
SELECT * FROM marks;

-- name: Marked :one
SELECT "sure!", "sure!" AS "id!", max("sure!") OVER () AS "most?" FROM marks;

-- name: Rows :many
-- Rows without columns are rows.
SELECT FROM marks;

-- name: Empty :many
TABLE empty;

-- name: scalar :many
SELECT id FROM events;

-- name: i32 :one
-- A link to this function could be one to the type.
SELECT 1 AS i32, 2 AS u32;

-- name: _1 :one
SELECT 1;

-- name: CallAdd :one
CALL add(@a, @b);

-- name: Pairs :many
SELECT p.*, c.name, c.state FROM capitals AS c CROSS JOIN LATERAL pairs(@n) AS p;

-- name: AddLog :execrows
WITH gone AS (DELETE FROM logs WHERE at < @at RETURNING *)
INSERT INTO logs SELECT id, @at, text FROM gone;

-- name: MergeCities :execrows
MERGE INTO cities AS c USING (VALUES (@name::text)) AS new (name) ON c.name = new.name
WHEN MATCHED THEN UPDATE SET people = @people
WHEN NOT MATCHED THEN INSERT VALUES (new.name, @people);

-- name: Sends :many
TABLE sends;

-- name: Syncs :many
TABLE syncs;

-- name: Debugs :many
TABLE debugs;

-- name: Accents :many
TABLE accents;
