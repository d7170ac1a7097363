-- name: GetOrder :one
-- @with { customer { id, name, email }, items(order_by: id) { id, quantity, price_cents, product { name, slug } }, shipping_address }
SELECT * FROM orders WHERE id = @id;

-- name: GetOrderBatched :one
-- @load batched
-- @with { customer { id, name, email }, items(order_by: id) { id, quantity, price_cents, product { name, slug } }, shipping_address }
SELECT * FROM orders WHERE id = @id;

-- name: ListOrders :many
-- @with { customer { id, name, email }, items(order_by: id) { id, quantity, price_cents, product { name, slug } }, shipping_address }
SELECT * FROM orders ORDER BY id LIMIT @page OFFSET @start;

-- name: ListOrdersSingle :many
-- @load single
-- @with { customer { id, name, email }, items(order_by: id) { id, quantity, price_cents, product { name, slug } }, shipping_address }
SELECT * FROM orders ORDER BY id LIMIT @page OFFSET @start;
