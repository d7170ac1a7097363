-- Values whose types do not fit.

-- name: Interval :many
SELECT id FROM users WHERE created_at > now() - @ago;

-- name: EnumAndText :many
SELECT id FROM users WHERE level IN (SELECT title FROM posts);

-- name: TextAndNumber :many
SELECT id FROM users WHERE zip = 12345;

-- name: BooleanAndNumber :many
SELECT id FROM users WHERE active = 1;

-- name: DocumentAndText :many
SELECT id FROM users WHERE data -> 'theme' = 'dark';

-- name: DocumentAndNumber :many
SELECT id FROM users WHERE data ->> 'visits' > 5;

-- name: ArrayAndText :many
SELECT id FROM users WHERE tags = 'vip';

-- name: RoundDouble :many
SELECT round(rating, 2) FROM posts;

-- name: CoalesceTypes :many
SELECT coalesce(zip, age) FROM users;

-- name: SameParameterTwice :many
SELECT id FROM users WHERE id = @key OR email = @key;
