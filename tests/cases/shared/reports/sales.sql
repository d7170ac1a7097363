-- name: AddSales :copyfrom
INSERT INTO sales (product_id, amount) VALUES (@product_id, @amount);

-- name: SetPrice :exec
UPDATE products SET price = @price, unit = @unit WHERE id = @id;

-- name: ListSales :many
-- @optional unit
-- @sort largest: amount DESC
SELECT p.name, p.price, p.unit, s.amount
FROM sales s
JOIN products p ON p.id = s.product_id
WHERE p.unit = @unit
ORDER BY s.id;

-- name: AnySale :one
SELECT amount FROM sales;
