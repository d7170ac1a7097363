-- name: Loose :many
-- @with { user { name } }
SELECT * FROM loose;
