-- name: ListOrders :many
-- A page of orders.
-- @optional status, placed_after
-- @sort newest: placed_at DESC, id
-- @sort largest: total_cents DESC, id
SELECT id, status, total_cents, placed_at FROM orders
WHERE customer_id = @customer_id AND status = @status AND placed_at >= @placed_after
ORDER BY id
LIMIT @max_rows;

-- name: FindOrders :many
-- Conditions of all sorts, each in its place.
-- @allow wildcards
-- @optional word, kind, low, high, email, statuses, min_items
-- @sort by-customer: c.name COLLATE "C", o.id
-- @sort wordy: length(coalesce(o.note, '')) DESC, o.id -- the longest first
SELECT o.id, c.email, o.note, count(i.id) FILTER (WHERE i.quantity > 0 AND i.kind = @kind) AS items
FROM orders o
JOIN customers c ON c.id = o.customer_id AND c.email = @email
LEFT JOIN items i ON i.order_id = o.id
WHERE o.id > 0 -- AND not this one: @word
  AND (o.note ILIKE '%' || @word || '%' OR c.name = @word)
  AND o.total_cents BETWEEN @low AND @high
  AND o.status IN (sqlc.slice(statuses))
  AND 'a AND b' <> $$ WHERE x AND ORDER BY $$
GROUP BY o.id, c.id
HAVING true AND count(i.id) >= @min_items;

-- name: FindNear :many
-- @optional note
-- @sort nearest: abs(total_cents - @near), id
-- @sort note: note NULLS FIRST, id DESC
SELECT id, note FROM orders WHERE note = @note AND total_cents <> @near;

-- name: NewestOrder :one
-- @optional customer_id
-- @sort oldest: placed_at, id
SELECT * FROM orders WHERE customer_id = @customer_id ORDER BY placed_at DESC, id LIMIT 1;

-- name: SetNote :execrows
-- @optional status, query
UPDATE orders SET note = @note WHERE customer_id = @customer_id AND status = @status AND note = @query;

-- name: DropItems :exec
-- @optional kind
DELETE FROM items WHERE true AND kind = @kind;

-- name: OrdersOfCustomer :many
-- @optional kind
-- @sort -largest: total_cents DESC, id
-- @with { customer { name }, items(order_by: id) { kind, quantity } }
SELECT id, customer_id, total_cents FROM orders o
WHERE customer_id = @customer_id AND EXISTS (SELECT 1 FROM items i WHERE i.order_id = o.id AND i.kind = @kind)
ORDER BY id;

-- name: OrderOfStatus :one
-- @optional status
-- @with { items(order_by: id) { kind } }
SELECT id FROM orders WHERE id = @id AND status = @status;

-- name: EverythingNamed :many
-- @optional name
-- @sort id: id
WITH named AS (
  SELECT id, name FROM customers WHERE name = @name ORDER BY name
)
SELECT id, name FROM named
UNION
SELECT o.id, o.note FROM orders o WHERE o.note = @name
ORDER BY 2, 1
OFFSET @skipped;

-- name: TakenStatuses :many
-- @optional customer_id
-- @sort latest: status, placed_at DESC
SELECT DISTINCT ON (status) status, placed_at, count(*) OVER (PARTITION BY status ORDER BY id) AS place
FROM orders
WHERE customer_id = @customer_id;

-- name: SameOrder :many
-- @sort id: id
-- @sort -id: id DESC
SELECT id, note FROM orders ORDER BY id DESC;

-- name: Hostile :many
-- Names that Rust has its own use for.
-- @optional query
-- @sort type: note || '*/ {{ "" # `' || $$\$$, id
-- @sort self: id DESC
-- @sort größe-1st: total_cents
SELECT id, note FROM orders WHERE note = @query;
