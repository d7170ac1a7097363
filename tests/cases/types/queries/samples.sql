-- name: AddSample :one
INSERT INTO samples (
  flag, small, medium, large, single, double, exact, text, varchar, char, bytes, uuid, date, time, timestamp,
  timestamptz, json, jsonb, mood, market, email
) VALUES (
  @flag, @small, @medium, @large, @single, @double, @exact, @text, @varchar, @char, @bytes, @uuid, @date, @time,
  @timestamp, @timestamptz, @json, @jsonb, @mood, @market, @email
) RETURNING *;

-- name: GetSample :one
SELECT * FROM samples WHERE id = @id;

-- name: AddOptions :one
INSERT INTO optionals SELECT * FROM samples WHERE id = @id
RETURNING *;

-- name: AddNothing :one
INSERT INTO optionals (id) VALUES (@id) RETURNING *;

-- name: AddLists :one
INSERT INTO lists VALUES (
  @flags, @smalls, @mediums, @larges, @singles, @doubles, @exacts, @texts, @varchars, @bytes, @uuids, @dates, @times,
  @timestamps, @timestamptzs, @jsons, @jsonbs, @moods, @markets
) RETURNING *;

-- name: FindByEmail :many
SELECT id, email FROM samples WHERE email = @email::email;

-- name: FindByMood :many
SELECT id FROM samples WHERE mood = ANY(@moods::mood[]) AND market <> @market;

-- name: ListMoods :many
SELECT mood FROM optionals;
