-- name: OtherName :many
-- @row Thing
SELECT id, name AS title, kind FROM t;

-- name: OneLess :many
-- @row Thing
SELECT id, name FROM t;

-- name: OneMore :many
-- @row Thing
SELECT id, name, kind, size FROM t;
