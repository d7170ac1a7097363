-- name: OrdersAbove :many
-- Rows as those of another file.
-- @row OrderSummary
-- @sort largest: total_cents DESC, id
SELECT id, status, note FROM orders WHERE total_cents > @total_cents;

-- name: OrdersWithItem :many
-- The row that may be missing shows a parameter that may be NULL.
-- @param ceiling ?
-- @optional kind
SELECT o.id, sqlc.embed(i)
FROM orders o
LEFT JOIN (SELECT order_id, kind, @ceiling::int AS ceiling FROM items) i ON i.order_id = o.id AND i.kind = @kind
WHERE o.id = @id;
