-- name: GetOrder :one
-- The order with everything its page shows.
-- @load batched
-- @with { customer { id, name, email }, items(order_by: id, limit: 50) { quantity, product { name, slug } }, shipping_address }
SELECT * FROM orders WHERE id = @id;

-- name: ListOrders :many
-- @with {
--   customer { name, referrer { name }, setting, addresses(order_by: city) { -customer_id } },
--   items(where: quantity >= @least, order_by: quantity DESC, id) {
--     *, product { *, -picture }
--   },
--   best: items(order_by: price DESC, id, limit: @best) { title: price },
--   items { count },
--   big_items: items(where: quantity >= @least) { count },
--   shipping_address,
--   billing_address { city }
-- }
SELECT id, customer_id, shipping_address_id, billing_address_id FROM orders
WHERE note IS DISTINCT FROM @note
ORDER BY id
LIMIT @page OFFSET @start;

-- name: PlaceOrder :one
-- @with { customer { name } }
INSERT INTO orders (id, customer_id) VALUES (@id, @customer_id) RETURNING *;

-- name: MoveOrders :many
-- @with { shipping_address(where: city <> @city) { city }, notes(order_by: id) { body } }
UPDATE orders SET shipping_address_id = @address WHERE customer_id = @customer_id RETURNING id, shipping_address_id;

-- name: CustomersWithOrders :many
-- The rows of a join: relations of both tables.
-- @with { orders.notes { id }, latest: customers.orders(order_by: placed_at DESC, id DESC, limit: 1) { id } }
SELECT c.id AS customer, c.name, o.id AS "order" FROM customers c LEFT JOIN orders o ON o.customer_id = c.id ORDER BY c.id, o.id;

-- name: Archived :many
-- @with { "order"(order_by: id), customer { name } }
SELECT * FROM archive.orders ORDER BY id;

-- name: ArchivedOfCustomer :one
-- @with { archive_orders { id, user, "order" { "Größe" } } }
SELECT id FROM customers WHERE id = $1;
