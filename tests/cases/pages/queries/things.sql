-- name: ThingsById :many
-- @page
SELECT id, name FROM things ORDER BY id;

-- name: LatestThings :many
-- @page
-- Keys that are all alike, compared as a row.
SELECT id, seen, kind FROM things ORDER BY seen DESC, id DESC;

-- name: ListThings :many
-- A list with everything.
-- @page
-- @total up_to 50
-- @optional kind, least
-- @sort name: name COLLATE "C", id
-- @sort rank: rank NULLS FIRST, score DESC, id
-- @sort note: note DESC NULLS LAST, rank, t.id DESC
-- @sort upper: upper(name) DESC, t.id
-- @sort price: price, t.id
-- @sort kind: t.kind DESC, id
-- @sort near: abs(id - @near::bigint), id
SELECT t.id, t.kind, t.name, t.rank, t.seen -- no score
FROM things t
WHERE kind = @kind AND id >= @least AND @near::bigint > 0
-- the newest first
ORDER BY t.seen DESC, t.id;

-- name: ThingsOfPage :many
-- A parameter that is called as the argument.
-- @page
-- @total
SELECT id FROM things WHERE page = @page ORDER BY 1 DESC;

-- name: ThingsWithTags :many
-- @page
-- @total
-- @with { tags(order_by: tag) { tag }, author { name } }
SELECT id, name, author_id FROM things WHERE id > @above ORDER BY name, seen;

-- name: CountByAuthor :many
-- @page
SELECT author_id, count(*) AS things, max(rank) FROM things GROUP BY author_id ORDER BY things DESC, author_id;

-- name: KindsAndRanks :many
-- @page
SELECT DISTINCT kind, rank FROM things ORDER BY rank DESC, kind;

-- name: AllNames :many
-- @page
SELECT id, name FROM authors UNION SELECT id, name FROM things ORDER BY name, id;

-- name: RankedThings :many
-- @page
SELECT id, row_number() OVER (ORDER BY rank, id) AS place FROM things ORDER BY place, id;

-- name: ThingsOfAuthors :many
-- @page
WITH named AS (SELECT id, name FROM authors WHERE name <> @not_of)
SELECT t.id, a.name AS author, lines.tags
FROM things t
JOIN named a ON a.id = t.author_id
LEFT JOIN LATERAL (SELECT count(*) AS tags FROM tags WHERE thing_id = t.id) lines ON true
ORDER BY a.name, t.id DESC;

-- name: SeenThings :many
-- @page
SELECT * FROM seen_things ORDER BY author, id;

-- name: GuessedThings :many
-- @page assume_unique
SELECT id, name FROM things ORDER BY name;
