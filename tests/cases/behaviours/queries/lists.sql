-- name: Lists :many
-- A: one level, to many.
-- @with {
--   posts(order_by: id DESC) { content },
--   first: posts(order_by: id, limit: @most) { id },
--   of_a: posts(where: content LIKE 'a%', order_by: id) { content },
--   later: posts(where: id >= 3, order_by: id) { content },
--   highest: posts(order_by: content DESC, limit: 2) { content }
-- }
SELECT id FROM users WHERE name <> @without ORDER BY id DESC LIMIT @page OFFSET @start;

-- name: Columns :many
-- B: which columns.
-- @with {
--   posts(order_by: id) { content, written: created_at },
--   kept: posts(order_by: id) { -created_at, -owner_id },
--   texts(order_by: id) { lowered },
--   to_groups(order_by: group_id) { group { name } }
-- }
SELECT id, lower(name) AS lowered FROM users ORDER BY id;

-- name: Wide :many
-- @with { parts(order_by: id), whole }
SELECT * FROM wide ORDER BY id;

-- name: First :one
-- C: the first, or none.
-- @with { posts(where: content <> @not, order_by: id DESC, limit: 2) { content }, invited_by_user { name } }
SELECT *, lower(name) AS lowered FROM users WHERE id >= @least ORDER BY id;

-- name: Invited :many
-- D: to one.
-- @with {
--   invited_by_user { name, invited_by_user { name } },
--   verified_one: invited_by_user(where: verified) { -id },
--   invited_by_users(order_by: id DESC, limit: 2) { name },
--   posts(where: content LIKE 'a%', order_by: id) { content },
--   a_group: groups(order_by: id, limit: 1) { name }
-- }
SELECT * FROM users ORDER BY id;

-- name: Albums :many
-- @with { artist { name }, maybe: artist(where: name = 'Abba') { name } }
SELECT id, artist_id FROM albums ORDER BY id;

-- name: Discussed :many
-- E: depth, and H: parents that have something.
-- @with {
--   posts(order_by: id) { content, comments(order_by: id) { content, creator { name }, post { owner { posts { count } } } } }
-- }
SELECT id, name FROM users u
WHERE EXISTS (SELECT FROM posts p JOIN comments c ON c.post_id = p.id WHERE p.owner_id = u.id)
ORDER BY id;

-- name: Artists :many
-- @with { albums(order_by: id), members(order_by: members.id) }
SELECT * FROM artists ORDER BY id;

-- name: Menu :many
-- @with {
--   menu_item_modifier_groups(order_by: "order") {
--     modifier_group {
--       name,
--       modifier_group_modifiers(order_by: "order") { modifier { price, ingredient { name } } }
--     }
--   }
-- }
SELECT id, name FROM menu_items ORDER BY name;

-- name: LongNames :many
-- @with {
--   the_column_of_a_key_that_is_as_long_as_postgres_allows_it_to {
--     label,
--     another_table_whose_name_is_as_long_as_postgres_allows_it_to_be {
--       the_column_of_a_key_that_is_as_long_as_postgres_allows_it_to { label }
--     }
--   }
-- }
SELECT * FROM another_table_whose_name_is_as_long_as_postgres_allows_it_to_be ORDER BY id;
