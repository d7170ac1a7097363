-- name: FirstThing :many
-- @row Thing
SELECT id, name, kind FROM t;

-- name: OtherNullability :many
-- @row Thing
SELECT id, name, kind FROM t WHERE kind = @kind;

-- name: OtherType :many
-- @row Thing
SELECT size AS id, name, kind FROM t;

-- name: Keyword :many
-- @row Self
SELECT id, name FROM t;

-- name: SnakeCase :many
-- @row thing_row
SELECT id, name FROM t;

-- name: TwoWords :many
-- @row Thing Row
SELECT id, name FROM t;

-- name: OneValue :many
-- @row Value
SELECT id FROM t;

-- name: OfModel :many
-- @row Part
SELECT id, label FROM parts;

-- name: OfOther :many
-- @row OtherRow
SELECT id, name FROM t;

-- name: Other :many
SELECT id, size FROM t;

-- name: WithParts :many
-- @row Whole
-- @with { parts { label } }
SELECT id, name FROM t;

-- name: WithoutParts :many
-- @row Whole
SELECT id, name FROM t;
