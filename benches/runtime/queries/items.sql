-- name: GetItem :one
SELECT * FROM items WHERE id = @id;

-- name: ListItems :many
SELECT * FROM items WHERE id <= @last ORDER BY id;

-- name: LockStock :one
SELECT stock FROM items WHERE id = @id FOR UPDATE;

-- name: TakeStock :execrows
UPDATE items SET stock = stock - @quantity WHERE id = @id;

-- name: AddSale :one
INSERT INTO sales (item_id, quantity) VALUES (@item_id, @quantity) RETURNING id;
