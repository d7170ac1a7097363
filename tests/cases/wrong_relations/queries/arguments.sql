-- name: LimitOfOne :many
-- @with { author(limit: 1) { name }, author2: author(order_by: id) }
SELECT * FROM posts;

-- name: OrderOfCount :many
-- @with { posts(order_by: id) { count } }
SELECT * FROM users;

-- name: UnknownArgument :many
-- @with { posts(order: id) }
SELECT * FROM users;

-- name: EmptyArguments :many
-- @with { posts(), members(where:) }
SELECT * FROM users;

-- name: WrongWhere :many
-- @with { posts(
--   where: titel = @title
--     AND created_at > @since,
--   limit: 'many'
-- ) { title } }
SELECT * FROM users;

-- name: WrongType :many
-- @with { posts(where: title > 5) { title } }
SELECT * FROM users;

-- name: TwoTypes :many
-- @with { posts(where: title = @x) { title } }
SELECT * FROM users WHERE id = @x;

-- name: Numbered :many
-- @with { posts(where: title = $1) { title } }
SELECT * FROM users;

-- name: Unclosed :many
-- @with { posts { title
SELECT * FROM users;

-- name: Nothing :many
-- @with { posts { } }
SELECT * FROM users;

-- name: WithoutBraces :many
-- @with posts
SELECT * FROM users;

-- name: Trailing :many
-- @with { posts } please
SELECT * FROM users;

-- name: NoName :many
-- @with { 'posts', posts }
SELECT * FROM users;

-- name: Twice :many
-- @with { posts }
-- @with { members }
SELECT * FROM users;

-- name: Untyped :many
-- @with { posts(where: @x IS NULL) { title } }
SELECT * FROM users;

-- name: NothingBelow :many
-- @with { posts { title, author { } } }
SELECT * FROM users;

-- name: UntypedCount :many
-- @with { posts(where: author_id = 'x') { count } }
SELECT * FROM users;
