-- name: GetUser :one
SELECT * FROM users WHERE id = @id;

-- name: Secrets :many
SELECT u.*, n.secret FROM users u JOIN notes n ON n.user_id = u.id ORDER BY n.id;

-- name: UserWithNotes :one
-- @with { notes { secret } }
SELECT * FROM users WHERE id = @id;

-- name: NotesWithUser :many
-- @with { user }
SELECT * FROM notes ORDER BY id;

-- name: Embedded :many
SELECT sqlc.embed(users), sqlc.embed(notes) FROM users JOIN notes ON notes.user_id = users.id;

-- name: Found :many
-- @optional name
-- @sort id: id
SELECT * FROM users WHERE name = @name;

-- name: Inner :many
SELECT s.*, 1 AS one FROM (SELECT * FROM users UNION ALL SELECT * FROM users) s;

-- name: Joined :many
SELECT secret FROM notes NATURAL JOIN (SELECT id, user_id FROM notes) same;

-- name: WholeUsers :many
SELECT users, 1 AS one FROM users;

-- name: AddUser :one
INSERT INTO users VALUES (@id, @name, @mood) RETURNING *;

-- name: AddUsers :many
-- @many
INSERT INTO users VALUES (@id, @name) RETURNING *;

-- name: CopyUsers :copyfrom
INSERT INTO users VALUES (@id, @name);

-- name: SaveUser :execrows
INSERT INTO users (id, name) VALUES (@id, @name) ON CONFLICT (name) DO NOTHING;

-- name: Names :many
SELECT * FROM names ORDER BY id;

-- name: Points :many
SELECT id, points FROM users ORDER BY id;

-- name: Moods :many
SELECT id, mood FROM users ORDER BY id;

-- name: SetMood :execrows
UPDATE users SET mood = @mood WHERE id = @id;

-- name: Codes :many
SELECT id, code, balance FROM users ORDER BY id;

-- name: Homes :many
SELECT id, home FROM users ORDER BY id;

-- name: Events :many
SELECT * FROM events ORDER BY id;

-- name: SetHome :execrows
UPDATE users SET home = @home::place WHERE id = @id;
