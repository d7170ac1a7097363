-- name: CopyThings :copyfrom
INSERT INTO things (id) VALUES (@id);

-- name: CopyThingsStream :many
SELECT id FROM things;
