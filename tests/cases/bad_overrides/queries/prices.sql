-- name: ListPrices :many
-- @column notes!
-- @param limit?
SELECT id AS "id?", note FROM shop.prices WHERE id = @id;

-- name: PricesWithRemarks :many
-- @with { remarks { id, remark } }
SELECT id FROM shop.prices;
