-- name: OrdersAbove :many
-- Rows as those of another file.
-- @row OrderSummary
-- @sort largest: total_cents DESC, id
SELECT id, status, note FROM orders WHERE total_cents > @total_cents;
