-- name: ListOrders :many
-- A page of orders, newest first.
-- @optional number, customer_id, status, placed_before
SELECT id, number, customer_id, status, total_cents, placed_at
FROM orders
WHERE number = @number AND customer_id = @customer_id AND status = @status AND placed_at < @placed_before
ORDER BY placed_at DESC, id
LIMIT 20;

-- name: ListOrdersByOneText :many
-- The same with a text for all calls.
SELECT id, number, customer_id, status, total_cents, placed_at
FROM orders
WHERE (sqlc.narg(number)::text IS NULL OR number = @number)
  AND (sqlc.narg(customer_id)::bigint IS NULL OR customer_id = @customer_id)
  AND (sqlc.narg(status)::text IS NULL OR status = @status)
  AND (sqlc.narg(placed_before)::timestamptz IS NULL OR placed_at < @placed_before)
ORDER BY placed_at DESC, id
LIMIT 20;
