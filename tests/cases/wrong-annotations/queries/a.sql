-- name: NoCommand
SELECT 1;

-- name: :one
SELECT 1;

-- name:
SELECT 1;

-- name: NoColon one
SELECT 1;

-- name: Get-User :one
SELECT 1;

-- name: 2ndUser :one
SELECT 1;

-- name: Typo :mnay
SELECT 1;

-- name: Upper :ONE
SELECT 1;

-- name: Extra :one row
SELECT 1;

-- Name: Capital :one
SELECT 1;

-- name Colonless :one
SELECT 1;

# name: Hash :one
SELECT 1;

// name: Slashes :one
SELECT 1;

-- name: NoStatement :one

-- name: Directive :one
-- @parm id int
SELECT @id::int;

-- name: NoSemicolon :exec
DELETE FROM t
-- name: OpenQuote :one
SELECT 'abc;

-- name: AfterIt :one
SELECT 1;

-- name: OpenComment :one
SELECT 1 /* not
;
