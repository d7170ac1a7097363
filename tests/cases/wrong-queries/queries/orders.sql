-- name: ListOrders :many
SELECT * FROM orders;

-- name: Fine :many
SELECT id FROM sales.orders;

-- name: TotalOf :one
SELECT sum(o.totl) AS "sümme" FROM sales.orders AS o
WHERE o.user_id = @user_id;

-- name: InsertOrder :one
INSERT INTO sales.orders (id, user_id) VALUES (@id, @user_id);

-- name: PurgeOrders :many
TRUNCATE sales.orders;

-- name: Untyped :many
SELECT id FROM sales.orders WHERE @flag IS NULL OR user_id = @user_id;

-- name: Unfinished :one
SELECT id FROM sales.orders WHERE (id = @id;
