-- name: NoSuchColumn :many
-- @sort newest: id, naem DESC
-- @sort largest: size + 'é' || siez
SELECT id, name FROM t WHERE name = @name
ORDER BY id;

-- name: SyntaxError :many
-- @sort newest: id DESCENDING
SELECT id FROM t;

-- name: NotInUnion :many
-- @sort smallest: size + 1
SELECT size FROM t UNION SELECT size FROM t LIMIT 2;

-- name: NotInDistinct :many
-- @sort name: name
SELECT DISTINCT ON (size) size, name FROM t ORDER BY size;

-- name: TwoOfOneName :many
-- @sort by-id: id
-- @sort by_id: id DESC
-- @sort by-id: id
SELECT id FROM t;

-- name: Returned :many
-- @sort id: id
DELETE FROM t WHERE id = @id RETURNING id;

-- name: NoRows :exec
-- @sort id: id
SELECT id FROM t;

-- name: CalledSort :many
-- @sort id: id
SELECT id FROM t WHERE name = @sort;

-- name: ByOptional :many
-- @optional name
-- @sort near: name <> @name
SELECT id FROM t WHERE name = @name;

-- name: ByUnknown :many
-- @sort near: abs(size - @near)
SELECT id FROM t;

-- name: ReplacedCondition :many
-- @optional label
-- @sort id: id
SELECT id FROM t ORDER BY (SELECT count(*) FROM parts WHERE t_id = t.id AND label = @label);
