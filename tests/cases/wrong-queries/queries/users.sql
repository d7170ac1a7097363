-- name: GetUser :one
SELECT emial FROM users WHERE id = @id;

-- name: Umlauts :one
SELECT 'é ñ 漢字 😀' AS text, FORM users;

-- name: FromUsers :many
SELECT u.id, o.id FROM usres AS u;

-- name: Name :one
SELECT ful_name(@id);

-- name: Mood :one
SELECT id FROM users WHERE mood = 'okk';

-- name: Type :one
SELECT @mood::mod;

-- name: Column :one
SELECT "Grösse" FROM users;

-- name: Ambiguous :one
SELECT id FROM users, sales.orders;

-- name: Grouped :many
SELECT email, count(*)
FROM users;

-- name: TwoTypes :one
SELECT id FROM users WHERE id = @key OR email = @key;

-- name: Gap :one
SELECT id FROM users WHERE id = $1 AND email = $3;

-- name: Colon :one
SELECT id FROM users WHERE id = :id;

-- name: String :one
SELECT 'it's' FROM users;
