-- name: SaveCategories :many
-- Makes the departments of the shop, or gives them new names.
-- @many
INSERT INTO categories (slug, name) VALUES (@slug, @name)
ON CONFLICT (slug) DO UPDATE SET name = EXCLUDED.name
RETURNING id, slug;
