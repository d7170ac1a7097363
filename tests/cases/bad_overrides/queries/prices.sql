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

-- name: DoesNotFitEither :one
-- @column at chrono::DateTime<chrono::Utc>
-- @column day std::time::SystemTime
SELECT now()::timestamp AS at, current_date AS day;
