-- name: ListPrices :many
-- @column notes!
-- @param limit?
SELECT id AS "id?", note FROM shop.prices WHERE id = @id;

-- name: PricesWithRemarks :many
-- @with { remarks { id, remark } }
SELECT id FROM shop.prices;

-- name: DoesNotFit :one
-- @column total i32
-- @param least String
SELECT count(*) AS total, now() AS "at: i64" FROM pg_class WHERE relpages > @least::int;
