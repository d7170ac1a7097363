-- name: ListProducts :many
-- A page of the catalogue, newest first. Without a bound, any price will do.
SELECT id, slug, name, price_cents, stock > 0 AS in_stock
FROM products
WHERE deleted_at IS NULL
  AND price_cents >= COALESCE(@min_price_cents, 0)
  AND price_cents <= COALESCE(@max_price_cents, price_cents)
ORDER BY created_at DESC, id
LIMIT @page_size OFFSET @page_start;

-- name: CountProducts :one
-- How many products the same filter of the catalogue finds.
SELECT count(*)
FROM products
WHERE deleted_at IS NULL
  AND price_cents >= COALESCE(@min_price_cents, 0)
  AND price_cents <= COALESCE(@max_price_cents, price_cents);

-- name: ListProductsInCategory :many
-- The products of a category and of all categories below it.
WITH RECURSIVE below AS (
  SELECT id, name FROM categories WHERE slug = @category_slug
  UNION
  SELECT child.id, child.name
  FROM categories child
  JOIN below ON child.parent_id = below.id
)
SELECT p.id, p.slug, p.name, p.price_cents, below.name AS category
FROM products p
JOIN below ON below.id = p.category_id
WHERE p.deleted_at IS NULL
ORDER BY p.name, p.id
LIMIT @page_size OFFSET @page_start;

-- name: GetProductBySlug :one
-- The product page: the product, its category and its rating, where it has them.
SELECT
  p.id, p.slug, p.name, p.description, p.price_cents, p.tax_rate, p.weight_kg, p.stock, p.tags, p.metadata,
  c.name AS category,
  r.average_rating,
  COALESCE(r.review_count, 0) AS review_count
FROM products p
LEFT JOIN categories c ON c.id = p.category_id
LEFT JOIN product_ratings r ON r.product_id = p.id
WHERE p.slug = $1 AND p.deleted_at IS NULL;

-- name: SearchProducts :many
-- Full-text search, best match first. The search text may use quotes, `or` and `-`.
SELECT
  p.id, p.slug, p.name, p.price_cents,
  ts_rank(to_tsvector('english', p.name || ' ' || COALESCE(p.description, '')), search) AS score
FROM products p
CROSS JOIN websearch_to_tsquery('english', @search_text) AS search
WHERE p.deleted_at IS NULL
  AND to_tsvector('english', p.name || ' ' || COALESCE(p.description, '')) @@ search
ORDER BY score DESC, p.id
LIMIT @page_size;

-- name: GetProducts :many
-- Several products at once, for a cart or a comparison.
SELECT id, slug, name, price_cents, stock
FROM products
WHERE id = ANY(@ids::uuid[]) AND deleted_at IS NULL
ORDER BY name, id;

-- name: ListProductsByTag :many
SELECT id, slug, name, price_cents, tags
FROM products
WHERE @tag::text = ANY(tags) AND deleted_at IS NULL
ORDER BY name, id;

-- name: ListTags :many
-- The tag cloud: each tag and how many products carry it.
SELECT tag, count(*) AS products
FROM products
CROSS JOIN LATERAL unnest(tags) AS tag
WHERE deleted_at IS NULL
GROUP BY tag
ORDER BY products DESC, tag;

-- name: UpsertProduct :one
-- Imports a product from a supplier's list: a known slug is updated and comes back into the catalogue.
INSERT INTO products (
  category_id, slug, name, description, price_cents, tax_rate, weight_kg, stock, tags, metadata
)
VALUES (
  @category_id, @slug, @name, @description, @price_cents, @tax_rate, @weight_kg, @stock, @tags, @metadata
)
ON CONFLICT (slug) DO UPDATE
SET category_id = EXCLUDED.category_id,
    name = EXCLUDED.name,
    description = EXCLUDED.description,
    price_cents = EXCLUDED.price_cents,
    tax_rate = EXCLUDED.tax_rate,
    weight_kg = EXCLUDED.weight_kg,
    stock = EXCLUDED.stock,
    tags = EXCLUDED.tags,
    metadata = products.metadata || EXCLUDED.metadata,
    deleted_at = NULL
RETURNING *;

-- name: WithdrawProduct :execrows
UPDATE products
SET deleted_at = now()
WHERE id = @id AND deleted_at IS NULL;

-- name: LockStock :many
-- Locks the products of an order until the transaction ends. Always in the same order, so that two orders wait for each
-- other instead of deadlocking.
SELECT id, name, price_cents, stock
FROM products
WHERE id = ANY(@ids::uuid[]) AND deleted_at IS NULL
ORDER BY id
FOR UPDATE;

-- name: TakeStock :execrows
-- Takes all lines of an order from the stock at once, each product once. What is not there violates
-- `products_stock_check`.
UPDATE products
SET stock = products.stock - line.quantity
FROM unnest(@product_ids::uuid[], @quantities::integer[]) AS line (product_id, quantity)
WHERE products.id = line.product_id;

-- name: ListLowStock :many
-- What to order again, scarcest first, with what was sold lately.
SELECT
  p.id, p.slug, p.name, p.stock,
  (SELECT COALESCE(sum(i.quantity), 0)
   FROM order_items i
   JOIN orders o ON o.id = i.order_id
   WHERE i.product_id = p.id
     AND o.status <> 'cancelled'
     AND o.placed_at >= @sold_since) AS sold
FROM products p
WHERE p.deleted_at IS NULL AND p.stock < @threshold
ORDER BY p.stock, p.name;

-- name: CopyProducts :copyfrom
-- A supplier's first list, however long.
INSERT INTO products (category_id, slug, name, price_cents, stock, tags)
VALUES (@category_id, @slug, @name, @price_cents, @stock, @tags);

-- name: ChangePrice :batchone
-- Gives what the product cost before.
UPDATE products
SET price_cents = @price_cents
FROM products AS before
WHERE products.slug = @slug AND before.id = products.id
RETURNING products.slug, before.price_cents AS before_cents, products.price_cents;
