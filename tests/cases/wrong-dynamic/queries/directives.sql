-- name: NoList :many
-- @optional
SELECT id FROM t WHERE name = @name;

-- name: TwoWords :many
-- @optional name kind
SELECT id FROM t WHERE name = @name;

-- name: NoName :many
-- @optional name,, kind
SELECT id FROM t WHERE name = @name;

-- name: NoNameAtTheEnd :many
-- @optional name,
SELECT id FROM t WHERE name = @name;

-- name: NoKey :many
-- @sort
SELECT id FROM t;

-- name: NoColon :many
-- @sort newest id
SELECT id FROM t;

-- name: NoOrder :many
-- @sort newest: -- the newest first
SELECT id FROM t;

-- name: BadKey :many
-- @sort "newest": id
SELECT id FROM t;

-- name: OpenString :many
-- @sort newest: 'a
SELECT id FROM t;

-- name: OpenParenthesis :many
-- @sort newest: id) OR (id
SELECT id FROM t;

-- name: More :many
-- @sort newest: id LIMIT 1
SELECT id FROM t;

-- name: Misspelt :many
-- @optionl name
SELECT id FROM t WHERE name = @name;

-- name: Misplaced :many
SELECT id FROM t
-- @optional name
WHERE name = @name;
