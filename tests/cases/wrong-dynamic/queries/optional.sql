-- name: Unknown :many
-- @optional nmae
SELECT id FROM t WHERE name = @name;

-- name: Twice :many
-- @optional name, kind, Name
SELECT id FROM t WHERE name = @name AND kind = @kind;

-- name: NeverNull :many
-- @param name !
-- @optional name
SELECT id FROM t WHERE name = @name;

-- name: InLimit :many
-- @optional name, max_rows
SELECT id FROM t WHERE name = @name LIMIT @max_rows;

-- name: InSelectList :many
-- @optional greeting
SELECT @greeting::text || name FROM t;

-- name: Assigned :execrows
-- @optional name
UPDATE t SET name = @name WHERE id = @id;

-- name: SaidByNumber :many
-- @optional limit
SELECT id FROM t LIMIT $1;

-- name: BesideOr :many
-- @optional kind
SELECT id FROM t WHERE name = @name AND kind = @kind OR size > 1;

-- name: DeleteAll :execrows
-- @optional name, kind
DELETE FROM t WHERE name = @name AND kind = @kind;

-- name: UpdateAll :many
-- @optional name
WITH changed AS (
  UPDATE t SET size = 0 WHERE name = @name RETURNING id
)
SELECT id FROM changed;

-- name: Batch :batchexec
-- @optional kind
UPDATE t SET size = @size WHERE id = @id AND kind = @kind;

-- name: Copy :copyfrom
-- @optional kind
INSERT INTO t (id, name, kind, size) VALUES (@id, @name, @kind, @size);

-- name: Many :exec
-- @many
-- @sort name: name
INSERT INTO t (id, name, kind, size) VALUES (@id, @name, @kind, @size);

-- name: ForcedSingle :one
-- @optional kind
-- @load single
-- @with { parts { label } }
SELECT id FROM t WHERE id = @id AND kind = @kind;

-- name: InRelation :many
-- @optional label
-- @with { parts(where: label = @label) { id } }
SELECT id FROM t WHERE name = @label;

-- name: GroupedByIt :many
-- The condition is what makes the other one possible.
-- @optional kind
SELECT id FROM t WHERE (name, kind) = (@name, @kind) AND size = @kind;
