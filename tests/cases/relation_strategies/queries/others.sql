-- name: TreeSingle :many
-- A table in itself, three times.
-- @load single
-- @with { children(where: name <> @name, order_by: id) { name, children(order_by: name DESC) { name, parent { parent { name, children { count } } } } } }
SELECT * FROM categories WHERE parent_id IS NULL ORDER BY id;

-- name: TreeBatched :many
-- @with { children(where: name <> @name, order_by: id) { name, children(order_by: name DESC) { name, parent { parent { name, children { count } } } } } }
SELECT * FROM categories WHERE parent_id IS NULL ORDER BY id;

-- name: RootSingle :one
-- @with { order { id, "select ""x""", order { found(order_by: "ROW") { "ROW" } } }, found(order_by: id) { "type": id, root { id } } }
SELECT * FROM root WHERE id = $1;

-- name: RootBatched :one
-- @load batched
-- @with { order { id, "select ""x""", order { found(order_by: "ROW") { "ROW" } } }, found(order_by: id) { "type": id, root { id } } }
SELECT * FROM root WHERE id = $1;

-- Below is what takes a statement for each relation by itself.

-- name: LockOrder :one
-- @with { parcels { id } }
SELECT id FROM orders WHERE id = $1 FOR NO KEY UPDATE OF orders;

-- name: PlaceOrder :one
-- @with { customer { name } }
INSERT INTO orders (id, customer_id, placed_at) VALUES ($1, $2, now()) RETURNING *;

-- name: TouchOrder :one
-- What the function writes is read.
-- @with { remark { remark } }
SELECT id FROM orders WHERE id = (SELECT touch($1));

-- name: MovedOrder :one
-- @with { parcels { id } }
WITH moved AS (UPDATE orders SET carrier = NULL WHERE id = $1 RETURNING id)
SELECT orders.id FROM orders JOIN moved USING (id);

-- name: UseOfWord :one
-- @with { told: word_word { meaning } }
SELECT * FROM uses WHERE id = $1;

-- name: LastParcels :one
-- A parameter after LIMIT.
-- @with { parcels(order_by: id DESC, limit: @last) { id } }
SELECT id FROM orders WHERE id = @id;

-- name: EmbeddedOrder :one
-- @with { parcels { id } }
SELECT sqlc.embed(orders) FROM orders WHERE id = $1;
