-- name: Unordered :many
-- @page
SELECT id FROM things;

-- name: NotUnique :many
-- @page
SELECT t.id, a.name FROM things t JOIN authors a ON a.id = t.author_id ORDER BY a.name, t.seen;

-- name: OfParentAlone :many
-- @page
SELECT a.id, t.kind FROM authors a JOIN things t ON t.author_id = a.id ORDER BY a.id;

-- name: OrderNotUnique :many
-- @page
-- @sort seen: seen DESC
SELECT id, seen FROM things ORDER BY id;

-- name: NullableKey :many
-- @page
SELECT mail FROM authors ORDER BY mail;

-- name: WithoutKey :many
-- @page
SELECT line FROM logs ORDER BY at;

-- name: UnionAll :many
-- @page
SELECT id FROM things UNION ALL SELECT id FROM authors ORDER BY id;

-- name: DistinctPart :many
-- @page
SELECT DISTINCT kind, a FROM things ORDER BY kind;

-- name: OtherCollation :many
-- @page
SELECT plain FROM words ORDER BY plain COLLATE ignoring_case;

-- name: OptionalKey :many
-- Unique only where the condition is there.
-- @page
-- @optional author
SELECT a.name, t.id FROM things t JOIN authors a ON true WHERE a.id = @author ORDER BY t.id;

-- name: Limited :many
-- @page
SELECT id FROM things ORDER BY id LIMIT @size;

-- name: Locked :many
-- @page
SELECT id FROM things ORDER BY id FOR UPDATE;

-- name: Latest :many
-- @page
SELECT DISTINCT ON (kind) kind, id FROM things ORDER BY kind, id;

-- name: Deleted :many
-- @page
DELETE FROM things RETURNING id;

-- name: Moved :many
-- @page
WITH moved AS (UPDATE things SET a = 1 RETURNING id) SELECT id FROM moved ORDER BY id;

-- name: OneThing :one
-- @page
SELECT id FROM things ORDER BY id;

-- name: AtRandom :many
-- @page
SELECT id FROM things ORDER BY random(), id;

-- name: ByAge :many
-- @page
SELECT id FROM things ORDER BY now() - seen, id;

-- name: ByPrice :many
-- @page
SELECT id FROM things ORDER BY price, id;

-- name: ByHiddenKind :many
-- @page
SELECT id FROM things ORDER BY kind, id;

-- name: ManyNulls :many
-- @page
SELECT id FROM things ORDER BY a, b, c, d, id;

-- name: Using :many
-- @page
SELECT id FROM things ORDER BY id USING >;

-- name: SameName :many
-- @page
SELECT id, id FROM things ORDER BY id;

-- name: UnknownOrder :many
-- @page
-- @sort nothing: nothing, id
SELECT id FROM things ORDER BY id;
