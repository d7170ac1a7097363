-- name: CreateCart :one
-- For a visitor, or for a user who has none yet; a user's cart is only touched.
INSERT INTO carts (user_id)
VALUES (@user_id)
ON CONFLICT (user_id) DO UPDATE
SET updated_at = now()
RETURNING *;

-- name: AddToCart :one
-- Adding a product again raises its quantity. No row when the cart is gone.
WITH touched AS (
  UPDATE carts SET updated_at = now() WHERE id = @cart_id RETURNING id
)
INSERT INTO cart_items (cart_id, product_id, quantity)
SELECT touched.id, @product_id::uuid, @quantity::integer
FROM touched
ON CONFLICT (cart_id, product_id) DO UPDATE
SET quantity = cart_items.quantity + EXCLUDED.quantity
RETURNING product_id, quantity;

-- name: RemoveFromCart :exec
DELETE FROM cart_items
WHERE cart_id = @cart_id AND product_id = @product_id;

-- name: GetCartItems :many
-- What the cart page shows, at today's prices.
SELECT
  p.id, p.slug, p.name, p.price_cents, i.quantity,
  i.quantity::bigint * p.price_cents AS line_cents,
  p.stock >= i.quantity AND p.deleted_at IS NULL AS available
FROM cart_items i
JOIN products p ON p.id = i.product_id
WHERE i.cart_id = @cart_id
ORDER BY i.added_at, p.id;

-- name: DeleteOldCarts :execrows
-- Visitors' carts go after a while; those of users stay.
DELETE FROM carts
WHERE user_id IS NULL AND updated_at < @updated_before;
