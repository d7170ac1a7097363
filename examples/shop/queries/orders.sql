-- name: CreateOrder :one
-- Its lines follow in the same transaction, with `AddOrderItems`.
INSERT INTO orders (customer_id, shipping_address_id, total_cents, note)
VALUES (@customer_id, @shipping_address_id, @total_cents, @note)
RETURNING *;

-- name: AddOrderItems :many
-- Adds any number of lines in one statement, at the prices of this moment.
INSERT INTO order_items (order_id, product_id, quantity, unit_price_cents)
SELECT @order_id::uuid, p.id, line.quantity, p.price_cents
FROM unnest(@product_ids::uuid[], @quantities::integer[]) AS line (product_id, quantity)
JOIN products p ON p.id = line.product_id
RETURNING *;

-- name: GetOrder :one
SELECT * FROM orders WHERE id = @id;

-- name: GetOrderPage :one
-- An order with everything that its page shows.
-- @with {
--   customer { name, email },
--   items(order_by: id) { quantity, unit_price_cents, product { name, slug } },
--   shipping_address { -user_id, -is_default, -created_at }
-- }
SELECT id, number, status, total_cents, placed_at, customer_id, shipping_address_id
FROM orders
WHERE id = @id;

-- name: GetOrderLines :many
-- The whole order for a confirmation: a row per line, each with the customer and where it goes.
SELECT
  o.number, o.status, o.total_cents, o.placed_at,
  u.name AS customer, u.email,
  a.recipient, a.street, a.postal_code, a.city, a.country,
  p.slug, p.name AS product, i.quantity, i.unit_price_cents,
  i.quantity::bigint * i.unit_price_cents AS line_cents
FROM orders o
JOIN users u ON u.id = o.customer_id
LEFT JOIN addresses a ON a.id = o.shipping_address_id
JOIN order_items i ON i.order_id = o.id
JOIN products p ON p.id = i.product_id
WHERE o.id = @id
ORDER BY i.id;

-- name: ListOrders :many
-- A customer's orders, newest first.
-- @page
-- @total up_to 1000
-- @optional status, placed_after
-- @sort oldest: o.placed_at, o.id
-- @sort largest: o.total_cents DESC, o.id
SELECT
  o.id, o.number, o.status, o.total_cents, o.placed_at,
  COALESCE(lines.item_count, 0) AS item_count
FROM orders o
LEFT JOIN LATERAL (
  SELECT sum(quantity) AS item_count FROM order_items WHERE order_id = o.id
) AS lines ON true
WHERE o.customer_id = @customer_id AND o.status = @status AND o.placed_at >= @placed_after
ORDER BY o.placed_at DESC, o.id;

-- name: ListOrdersByStatus :many
-- The work list of the warehouse, oldest first.
-- @page
SELECT o.id, o.number, o.status, o.placed_at, u.name AS customer, a.city, a.country
FROM orders o
JOIN users u ON u.id = o.customer_id
LEFT JOIN addresses a ON a.id = o.shipping_address_id
WHERE o.status = ANY(@statuses::order_status[])
ORDER BY o.placed_at, o.id;

-- name: PayOrder :one
-- Records the payment. No row when the order is paid or cancelled already.
UPDATE orders
SET status = 'paid', paid_at = now()
WHERE id = @id AND status = 'pending'
RETURNING id, number, total_cents, paid_at;

-- name: SetOrderStatus :execrows
-- Moves an order on, unless someone else did so meanwhile.
UPDATE orders
SET status = @new_status
WHERE id = @id AND status = @current_status;

-- name: RestockOrder :execrows
-- Puts the lines of a cancelled order back into the stock.
UPDATE products
SET stock = products.stock + i.quantity
FROM order_items i
WHERE i.order_id = @order_id AND i.product_id = products.id;

-- name: CancelStaleOrders :execrows
-- Cancels orders that were never paid and puts their lines back into the stock.
WITH stale AS (
  SELECT id
  FROM orders
  WHERE status = 'pending' AND placed_at < @placed_before
  FOR UPDATE SKIP LOCKED
), returned AS (
  SELECT product_id, sum(quantity) AS quantity
  FROM order_items
  WHERE order_id IN (SELECT id FROM stale)
  GROUP BY product_id
), locked AS (
  -- The same order of locks as in LockStock.
  SELECT id
  FROM products
  WHERE id IN (SELECT product_id FROM returned)
  ORDER BY id
  FOR UPDATE
), restocked AS (
  UPDATE products
  SET stock = products.stock + returned.quantity
  FROM returned
  JOIN locked ON locked.id = returned.product_id
  WHERE products.id = locked.id
)
UPDATE orders
SET status = 'cancelled'
WHERE id IN (SELECT id FROM stale);
