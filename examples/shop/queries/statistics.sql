-- name: RevenuePerDay :many
-- A row for every day from the first to the last, also for days without a sale.
SELECT
  day::date AS day,
  count(o.id) AS orders,
  COALESCE(sum(o.total_cents), 0)::bigint AS revenue_cents
FROM generate_series(@first_day::date, @last_day::date, interval '1 day') AS day
LEFT JOIN orders o
  ON o.paid_at >= day
  AND o.paid_at < day + interval '1 day'
  AND o.status <> 'cancelled'
GROUP BY day
ORDER BY day;

-- name: RevenuePerMonth :many
-- Only months with a sale, each with its average basket.
SELECT
  date_trunc('month', paid_at)::date AS month,
  count(*) AS orders,
  sum(total_cents)::bigint AS revenue_cents,
  round(avg(total_cents), 2) AS average_cents
FROM orders
WHERE paid_at >= @since AND status <> 'cancelled'
GROUP BY month
ORDER BY month;

-- name: BestSellers :many
-- Products by pieces sold. Equals share a rank.
SELECT
  p.id, p.slug, p.name,
  sum(i.quantity) AS sold,
  sum(i.quantity::bigint * i.unit_price_cents)::bigint AS revenue_cents,
  rank() OVER (ORDER BY sum(i.quantity) DESC) AS place
FROM order_items i
JOIN orders o ON o.id = i.order_id
JOIN products p ON p.id = i.product_id
WHERE o.placed_at >= @since AND o.status <> 'cancelled'
GROUP BY p.id
ORDER BY place, p.name
LIMIT @max_rows;

-- name: CustomerLifetimeValue :many
-- The best customers: what they spent, since when, and their share of all revenue.
WITH spent AS (
  SELECT
    customer_id,
    count(*) AS orders,
    sum(total_cents) AS total_cents,
    min(placed_at) AS first_order_at,
    max(placed_at) AS last_order_at
  FROM orders
  WHERE status IN ('paid', 'shipped', 'delivered')
  GROUP BY customer_id
)
SELECT
  u.id, u.name, u.email,
  spent.orders,
  spent.total_cents::bigint AS total_cents,
  spent.first_order_at,
  spent.last_order_at,
  round(spent.total_cents / NULLIF(sum(spent.total_cents) OVER (), 0), 4) AS share
FROM spent
JOIN users u ON u.id = spent.customer_id
ORDER BY spent.total_cents DESC, u.id
LIMIT @max_rows;

-- name: OrdersByStatus :many
-- Every status with its number of orders, also those without any.
SELECT s.status::order_status AS status, count(o.id) AS orders, max(o.placed_at) AS latest
FROM unnest(enum_range(NULL::order_status)) AS s (status)
LEFT JOIN orders o ON o.status = s.status
GROUP BY s.status
ORDER BY s.status;

-- name: BoughtTogether :many
-- What else was in the orders that contain a product.
SELECT p.id, p.slug, p.name, count(*) AS orders
FROM order_items mine
JOIN order_items other ON other.order_id = mine.order_id AND other.product_id <> mine.product_id
JOIN products p ON p.id = other.product_id
WHERE mine.product_id = @product_id AND p.deleted_at IS NULL
GROUP BY p.id
ORDER BY orders DESC, p.id
LIMIT @max_rows;
