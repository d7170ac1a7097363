-- name: Purge :execrows
DELETE FROM jobs WHERE done;
DELETE FROM jobs WHERE queue = 'old';

-- name: Empty :exec
;
SELECT 1;

WITH gone AS (DELETE FROM jobs RETURNING id) SELECT count(*) FROM gone;

-- nmae: Misspelt :one
SELECT 1 AS one;

-- _name: Off :exec
DELETE FROM jobs WHERE id = @id;

-- Statements that need no parameters and change nothing.
SET search_path = public;
CREATE TABLE not_here (id int);

\set ON_ERROR_STOP on

-- name: AfterPsql :one
SELECT 2 AS two;

-- text after the last one
SELECT id FROM jobs WHERE queue = @queue
