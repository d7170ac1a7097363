-- name: ListTodos :many
SELECT * FROM todos ORDER BY id;

-- name: TodoTitles :many
SELECT title, id FROM todos ORDER BY id;

-- name: Owned :many
-- Either side of a join may have relations; what the outer join leaves empty has none.
SELECT u.id AS "user", u.invited_by, t.id AS todo, t.owner_id FROM auth.users u LEFT JOIN todos t ON t.owner_id = u.id ORDER BY u.id, t.id;

-- name: ListCategories :many
SELECT * FROM categories ORDER BY id;

-- name: GetUser :one
-- @with { owner_todos(order_by: id) { id, title } }
SELECT * FROM auth.users WHERE id = $1;

-- name: ListBookings :many
SELECT * FROM bookings ORDER BY id;

-- name: RoomKeys :many
SELECT building, number, id FROM bookings ORDER BY id;

-- name: ListTags :many
SELECT tags.*, 1 AS one FROM tags ORDER BY id;

-- name: ListSizes :many
SELECT * FROM "größen" ORDER BY id;

-- name: ListRooms :many
SELECT * FROM rooms ORDER BY seats;
