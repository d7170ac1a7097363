-- name: SummariesOfCustomer :many
-- @row OrderSummary
-- @optional status
SELECT id, status, note FROM orders WHERE customer_id = @customer_id AND status = @status ORDER BY id;

-- name: LongestNote :one
-- @row OrderSummary
SELECT o.id, o.status, o.note FROM orders o WHERE note IS NOT NULL OR true ORDER BY length(note) DESC NULLS LAST, id LIMIT 1;

-- name: CustomerPage :one
-- @row CustomerPage
-- @with { orders(order_by: id, limit: 2) { id } }
SELECT id, name FROM customers WHERE id = @id;

-- name: WholeOrder :one
-- @row FullOrder
SELECT * FROM orders WHERE id = @id;
