-- name: AddProduct :exec
INSERT INTO products (id, name) VALUES (@id, @name);

-- name: GetName :one
SELECT name FROM products WHERE id = @id;

-- name: AnyProduct :one
SELECT p.id FROM products p, sales;
