-- name: ListPrices :many
-- @column notes!
-- @param limit?
SELECT id AS "id?", note FROM shop.prices WHERE id = @id;
