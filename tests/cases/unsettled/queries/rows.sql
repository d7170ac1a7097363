-- name: Posts :many
-- @with { user { name } }
SELECT * FROM posts ORDER BY id;

-- name: GetPost :one
-- @with { user { name } }
SELECT * FROM posts WHERE id = @id;

-- name: Notes :many
-- @with { user { name } }
SELECT * FROM notes ORDER BY id;

-- name: Drafts :many
-- @with { user { name } }
SELECT * FROM drafts ORDER BY id;

-- name: UserProfiles :many
-- @with { profiles(order_by: id) { bio } }
SELECT * FROM users ORDER BY id;

-- name: UserBadges :many
-- @with { badges(order_by: id) { id } }
SELECT * FROM users ORDER BY id;

-- name: DeleteCategories :many
-- @with { parent { name } }
DELETE FROM categories WHERE id >= @first RETURNING *;

-- name: MoveCategories :many
-- @with { parent { name } }
UPDATE categories SET id = id + 100, parent_id = parent_id + 100 RETURNING *;

-- name: RenameCategory :one
-- Its parent is there: no key changes.
-- @with { parent { name } }
UPDATE categories SET name = @name WHERE id = @id RETURNING *;

-- name: DeleteOrders :many
-- The customer is there: deleting an order deletes no user.
-- @with { customer { name } }
DELETE FROM orders WHERE customer_id = @customer_id RETURNING *;

-- name: DeleteUser :many
-- The orders are deleted with the user, and are read before.
-- @with { customer { name } }
WITH gone AS (DELETE FROM users WHERE id = @id)
SELECT * FROM orders WHERE customer_id = @id;

-- name: DeleteUserOfItems :many
-- @with { order { note } }
WITH gone AS (DELETE FROM users WHERE id = @id)
SELECT * FROM items ORDER BY id;

-- name: AddOrder :one
-- @with { customer { name } }
INSERT INTO orders (id, customer_id) VALUES (@id, @customer_id)
ON CONFLICT (id) DO UPDATE SET note = 'again' RETURNING *;

-- name: Pairs :many
-- The key is that of `a`.
-- @with { slot { name } }
SELECT a.id, a.x, a.y, b.y AS other_y FROM bookings a JOIN bookings b ON b.id = a.id + 1 ORDER BY a.id;

-- name: Labels :many
-- @with { shape { name } }
SELECT * FROM labels ORDER BY id;

-- name: GetLabel :one
-- @with { shape { name } }
SELECT * FROM labels WHERE id = @id;
