-- name: NoName :exec
-- @params
UPDATE users SET name = @name WHERE id = @id;

-- name: UnknownField :exec
-- @params UserPatch: nam
UPDATE users SET name = @name WHERE id = @id;

-- name: Nothing :many
-- @params Nothing
SELECT * FROM users;

-- name: Many :exec
-- @many
-- @params ManyUsers
INSERT INTO users (id, name) VALUES (@id, @name);

-- name: Twice :exec
-- @params UserPatch: name, name
UPDATE users SET name = @name WHERE id = @id;
