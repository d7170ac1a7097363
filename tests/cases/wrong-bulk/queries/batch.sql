-- name: BatchNothing :batchexec
DELETE FROM t;

-- name: BatchNothingMany :batchmany
SELECT * FROM t;

-- name: BatchOne :batchone
UPDATE t SET name = @name WHERE id = @id;

-- name: BatchMany :batchmany
DELETE FROM t WHERE id = @id;

-- name: LastId :execlastid
INSERT INTO t (name) VALUES (@name);

-- name: Close :batch
SELECT 1;
