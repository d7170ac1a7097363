-- name: SetNothingFrom :exec
-- @optional name
UPDATE t SET name = @name FROM parts WHERE t.id = parts.t_id;

-- name: SetNothingOnConflict :exec
-- @optional name
INSERT INTO t (id, size, name) VALUES (1, 2, 'a') ON CONFLICT (id) DO UPDATE SET name = @name;

-- name: InsertSelect :exec
-- @optional name
INSERT INTO t (id, size, name) SELECT 1, 2, @name;

-- name: InSubquery :exec
-- @optional name, id
UPDATE t SET name = @name, kind = (SELECT name FROM t WHERE id = @id) WHERE true;

-- name: SetEverything :exec
-- @optional name, id
UPDATE t SET name = @name WHERE id = @id;

-- name: NotNullWithoutDefault :exec
-- A parameter that is not there.
-- @optional nam
INSERT INTO t (id, size, name) VALUES (1, 2, @name);
