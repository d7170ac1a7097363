-- name: UserGroups :many
-- F: many to many, with the junction and without.
-- @with {
--   groups(order_by: groups.id) { name, users(where: users.id > 1, order_by: users.id) { name, posts { count } } },
--   some: groups(where: groups.id >= @least, order_by: name DESC, limit: @most) { name },
--   junction: to_groups(where: group_id > 1, order_by: group_id DESC, limit: 1) { group_id, group },
--   groups { count },
--   watched_sizes(order_by: users) { users }
-- }
SELECT id, name FROM users ORDER BY id;

-- name: GroupUsers :many
-- @with { users(order_by: users_to_groups.user_id DESC) { name, to_groups(where: group_id = 1) { group_id } }, size { users } }
SELECT id, name FROM groups ORDER BY id DESC;

-- name: PrivateUsers :many
-- O: another schema, and names in another case.
-- @with { groups(order_by: id) { name, users(order_by: id) { "fullName" } }, "BlogPosts"(order_by: id) { content, owner { "fullName" } } }
SELECT * FROM private.users ORDER BY id;

-- name: ViewRows :many
-- I: a view's rows, which repeat; the columns of an outer join.
-- @with { remarks(order_by: id) { content } }
SELECT id, post_id, content, counts FROM users_view WHERE counts > 1 ORDER BY id, post_id;

-- name: Filtered :many
-- H: parents by what they have, and the list by what that has.
-- @with {
--   posts(
--     where: NOT EXISTS (SELECT FROM comments c JOIN users u ON u.id = c.creator_id WHERE c.post_id = posts.id AND u.name = @by)
--       OR content = @or_content,
--     order_by: id
--   ) { content }
-- }
SELECT id, (SELECT count(*) FROM posts WHERE owner_id = u.id AND id NOT IN (1)) AS others, (SELECT count(*) FROM users) AS everybody
FROM users u
WHERE EXISTS (SELECT FROM posts WHERE owner_id = u.id AND content LIKE 'a%')
  AND EXISTS (SELECT FROM posts WHERE owner_id = u.id AND content LIKE 'b%')
  OR NOT EXISTS (SELECT FROM posts WHERE owner_id = u.id) AND verified
ORDER BY id;

-- name: Types :many
-- L: every type, one level down and two, and as a list.
-- @with { next { *, next }, next_all_types }
SELECT * FROM all_types ORDER BY id;

-- name: Twice :many
-- X2: the same row several times.
-- @with { posts(order_by: id) { id }, invited_by_user { name } }
SELECT u.id, u.invited_by FROM users u CROSS JOIN generate_series(1, 2) ORDER BY id;

-- name: Everybody :many
-- @with { posts { count }, invited_by_user }
SELECT id, invited_by FROM users ORDER BY id;

-- name: Cycle :one
-- X8: a way may come back.
-- @with { posts(order_by: id) { owner { posts(order_by: id) { owner { name } } } } }
SELECT id FROM users WHERE id = @id;

-- name: Transfers :many
-- X4, X5: a key of another type than what it points to, and what is deleted softly.
-- @with { account { currency: currency, currency_currency { name } } }
SELECT * FROM transfers WHERE deleted_at IS NULL ORDER BY id;

-- name: Accounts :many
-- @with { transfers(where: deleted_at IS NULL, order_by: id) { id } }
SELECT id FROM accounts ORDER BY id;

-- name: Readers :many
-- X5: what a policy hides.
-- @with { secret { hidden } }
SELECT * FROM secret_readers ORDER BY id;

-- name: KeptSecrets :many
-- @with { secrets(order_by: id) { id }, secrets { count } }
SELECT id FROM users ORDER BY id;

-- name: AddPost :one
-- @with { owner { name, posts { count } } }
INSERT INTO posts (owner_id, content) VALUES (@owner, @content) RETURNING *;
