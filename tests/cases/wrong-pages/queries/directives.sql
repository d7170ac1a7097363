-- name: Words :many
-- @page 20
SELECT id FROM things ORDER BY id;

-- name: TotalWords :many
-- @page
-- @total 1000
SELECT id FROM things ORDER BY id;

-- name: TotalZero :many
-- @page
-- @total up_to 0
SELECT id FROM things ORDER BY id;

-- name: TotalAlone :many
-- @total
SELECT id FROM things ORDER BY id;

-- name: Twice :many
-- @page
-- @page
-- @total
-- @total
SELECT id FROM things ORDER BY id;
