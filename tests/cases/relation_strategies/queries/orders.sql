-- name: OrderSingle :one
-- Everything of an order.
-- @with {
--   customer { *, referrer { name, mood, referrer { name } } },
--   parcels(order_by: id) { *, its_carrier: carrier_carrier, stock(order_by: id) { id, shelf { title } } },
--   by: carrier_carrier,
--   receipt,
--   remark { remark },
--   tags(order_by: position DESC, name) { label: name },
--   first_tag: tags(where: order_tags.position > @after, order_by: position, limit: 1),
--   heavy: parcels(where: weight > @above) { count },
--   tags { count }
-- }
SELECT * FROM orders WHERE id = @id;

-- name: OrderBatched :one
-- The same by a statement for each relation.
-- @load batched
-- @with {
--   customer { *, referrer { name, mood, referrer { name } } },
--   parcels(order_by: id) { *, its_carrier: carrier_carrier, stock(order_by: id) { id, shelf { title } } },
--   by: carrier_carrier,
--   receipt,
--   remark { remark },
--   tags(order_by: position DESC, name) { label: name },
--   first_tag: tags(where: order_tags.position > @after, order_by: position, limit: 1),
--   heavy: parcels(where: weight > @above) { count },
--   tags { count }
-- }
SELECT * FROM orders WHERE id = @id;

-- name: OrderAsInSqlx :one
-- The column that the relation belongs to has its name only after what sqlx says by it is taken off.
-- @load single
-- @with { parcels(order_by: id) { id } }
SELECT id AS "id: _" FROM orders WHERE id = @id;

-- name: OrdersSingle :many
-- @load single
-- @with {
--   customer { name, orders(order_by: id DESC, limit: @recent) { id, parcels(where: id <> @without, order_by: 1) { id, kind } } },
--   parcels(order_by: weight, id, limit: 2) { id, weight, label, sizes }
-- }
SELECT id, customer_id, note AS "note!" FROM orders WHERE note IS NOT NULL AND id >= @start ORDER BY id;

-- name: OrdersBatched :many
-- @with {
--   customer { name, orders(order_by: id DESC, limit: @recent) { id, parcels(where: id <> @without, order_by: 1) { id, kind } } },
--   parcels(order_by: weight, id, limit: 2) { id, weight, label, sizes }
-- }
SELECT id, customer_id, note AS "note!" FROM orders WHERE note IS NOT NULL AND id >= @start ORDER BY id;

-- name: JoinSingle :many
-- Columns of one name, and one longer than names may be inside.
-- @load single
-- @with { customers.orders(order_by: id) { id }, parcels(order_by: id) { id } }
SELECT c.id, c.name, o.id AS id, o.note AS name, 1 AS a_name_that_is_longer_than_what_is_left_for_it_in_a_statement,
  'x' AS "quoted ""name"""
FROM customers c LEFT JOIN orders o ON o.customer_id = c.id
ORDER BY c.id, o.id
-- The end.
;

-- name: JoinBatched :many
-- @with { customers.orders(order_by: id) { id }, parcels(order_by: id) { id } }
SELECT c.id, c.name, o.id AS id, o.note AS name, 1 AS a_name_that_is_longer_than_what_is_left_for_it_in_a_statement,
  'x' AS "quoted ""name"""
FROM customers c LEFT JOIN orders o ON o.customer_id = c.id
ORDER BY c.id, o.id
-- The end.
;
