-- name: FindUserByEmail :one
-- This takes the place of the one for the table.
SELECT id, name FROM users WHERE email = @email;
