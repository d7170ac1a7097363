-- name: SaveReview :one
-- Writes a review, or replaces the one the customer wrote before.
INSERT INTO reviews (product_id, user_id, rating, body)
VALUES (@product_id, @user_id, @rating, @body)
ON CONFLICT (product_id, user_id) DO UPDATE
SET rating = EXCLUDED.rating,
    body = EXCLUDED.body,
    created_at = now()
RETURNING *;

-- name: ListReviews :many
-- The newest reviews of a product. Closed accounts are shown without their name.
SELECT
  r.rating, r.body, r.created_at,
  u.name AS author,
  EXISTS (
    SELECT
    FROM orders o
    JOIN order_items i ON i.order_id = o.id
    WHERE o.customer_id = r.user_id AND i.product_id = r.product_id AND o.status = 'delivered'
  ) AS verified_purchase
FROM reviews r
LEFT JOIN users u ON u.id = r.user_id AND u.deleted_at IS NULL
WHERE r.product_id = @product_id
ORDER BY r.created_at DESC, r.user_id
LIMIT @page_size;

-- name: GetAverageRating :one
-- Always one row: the average is NULL while nobody has rated the product.
SELECT
  avg(rating)::numeric(3, 2) AS average,
  count(*) AS reviews,
  count(*) FILTER (WHERE rating = 5) AS five_stars
FROM reviews
WHERE product_id = @product_id;
