-- Names that nobody knows.

-- name: Table :many
SELECT id FROM usres;

-- name: TableInSchema :many
SELECT total FROM invoices;

-- name: Schema :many
SELECT total FROM sale.invoices;

-- name: ColumnName :many
SELECT emial FROM users;

-- name: ColumnOfAlias :many
SELECT u.emial FROM users AS u;

-- name: ColumnOfAnotherTable :many
SELECT title FROM users;

-- name: TableBehindItsAlias :many
SELECT users.id FROM users AS u;

-- name: ColumnOfSeveral :many
SELECT id FROM users JOIN posts ON posts.user_id = users.id;

-- name: FunctionName :many
SELECT lenght(name) FROM users;

-- name: TypeName :many
SELECT id FROM users WHERE created_at > @since::timestmptz;

-- name: LabelName :many
SELECT id FROM users WHERE level = 'hgih';

-- name: LabelUnlikeAny :many
SELECT id FROM users WHERE level = 'urgent';

-- name: StringInDoubleQuotes :many
SELECT id FROM users WHERE name = "bob";

-- name: NotGrouped :many
SELECT name, count(*) FROM users;

-- name: AggregateInWhere :many
SELECT user_id FROM posts WHERE count(*) > 1 GROUP BY user_id;

-- name: ValuesMissing :exec
INSERT INTO posts (id, user_id, title) VALUES (@id, @user_id);

-- name: Returning :many
SELECT name FROM users RETURNING id;
