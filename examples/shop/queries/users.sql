-- name: CreateUser :one
-- Signs up a customer. A taken e-mail violates `users_email_key`.
INSERT INTO users (email, password_hash, name, phone)
VALUES (lower(@email), @password_hash, @name, @phone)
RETURNING id, email, name, role, created_at;

-- name: GetUser :one
-- The public part of an open account.
SELECT id, email, name, phone, role, created_at
FROM users
WHERE id = $1 AND deleted_at IS NULL;

-- name: GetUserByEmail :one
-- What a log-in needs: the hash to compare the password with.
SELECT id, password_hash, role
FROM users
WHERE email = lower(@email) AND deleted_at IS NULL;

-- name: UpdateUser :one
-- Changes the profile; what is not given stays as it is. A telephone number can be taken away.
-- @optional email, name, phone
UPDATE users
SET email = lower(@email), name = @name, phone = @phone
WHERE id = @id AND deleted_at IS NULL
RETURNING id, email, name, phone, role, updated_at;

-- name: CloseUser :execrows
-- Closes an account without deleting it, because its orders must be kept.
UPDATE users
SET deleted_at = now()
WHERE id = @id AND deleted_at IS NULL;

-- name: PurgeClosedUsers :execrows
-- Deletes accounts closed before a moment, except those that bought something.
DELETE FROM users u
WHERE u.deleted_at < @closed_before
  AND NOT EXISTS (SELECT FROM orders o WHERE o.customer_id = u.id);

-- name: CreateSession :exec
INSERT INTO sessions (token_hash, user_id, expires_at)
VALUES (@token_hash, @user_id, @expires_at);

-- name: GetSessionUser :one
-- Who sends this request, if the session is still valid.
SELECT u.id, u.name, u.role, s.expires_at
FROM sessions s
JOIN users u ON u.id = s.user_id
WHERE s.token_hash = @token_hash
  AND s.expires_at > now()
  AND u.deleted_at IS NULL;

-- name: DeleteExpiredSessions :execrows
DELETE FROM sessions WHERE expires_at <= now();
