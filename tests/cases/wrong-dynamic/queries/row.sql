-- name: NoRowName :many
-- @row
SELECT id, name FROM t;

-- name: TwoNames :many
-- @row Thing
-- @row Other
SELECT id, name FROM t;

-- name: ExecRow :exec
-- @row Thing
SELECT id, name FROM t;
