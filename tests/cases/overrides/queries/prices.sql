-- name: ListPrices :many
-- What the user knows and rowsmith cannot.
-- @column note!
SELECT
  id,
  cents AS "cents!",
  note,
  shop.net(cents) AS net,
  shop.gross(cents) AS gross,
  sum(cents) OVER () AS "total?"
FROM shop.prices;

-- name: FindPrice :one
-- @param note?
SELECT id FROM shop.prices WHERE note = @note OR (@note IS NULL AND note IS NULL);

-- name: SetPrice :execrows
-- @param cents!
UPDATE shop.prices SET cents = @cents, note = sqlc.narg(note) WHERE id = @id;

-- name: AddPrice :one
INSERT INTO shop.prices (id, cents, note) VALUES (@id, @cents, @note) RETURNING *;
