-- name: CopyUsers :copyfrom
-- Rows with a value of every sort.
INSERT INTO users (email, name, level, quiet, bio, tags, levels, balance)
VALUES (@email, @name, @level, @quiet, @bio, @tags, @levels, @balance);

-- name: CopyEmails :copyfrom
INSERT INTO users (id, email, name) OVERRIDING SYSTEM VALUE VALUES ($2, $1, DEFAULT);

-- name: CopyNumbers :copyfrom
INSERT INTO numbers VALUES (@n);

-- name: CopyOrders :copyfrom
INSERT INTO "Shop" . /* not
sent */ "order" AS o ("order", "user Id", type) VALUES (@number, @user_id, @type);

-- name: InsertUsers :one
-- @many
INSERT INTO users (email, name, level, quiet, bio, balance, levels)
VALUES (lower(@email), @name, @level, @quiet, @bio, @balance * 2, DEFAULT)
ON CONFLICT (email) DO UPDATE SET name = EXCLUDED.name
RETURNING id, email, name;

-- name: InsertNumbers :execrows
-- @many
INSERT INTO numbers VALUES (@n);

-- name: InsertMissingNumbers :many
-- @many
INSERT INTO numbers (n) VALUES (@n::integer) ON CONFLICT DO NOTHING RETURNING *;

-- name: InsertOrders :exec
-- @many
WITH unused AS (SELECT 1 AS input)
INSERT INTO "Shop"."order" ("order", type, "user Id")
VALUES (
    @order, -- the number
    coalesce(@type, 'none'),
    (SELECT id FROM users WHERE users.email = @user_email)
);

-- name: AddOrders :execrows
-- @many
INSERT INTO "Shop"."order" ("order", "user Id", type) VALUES (@number, @user_id, @type);

-- name: AddOrder :batchexec
INSERT INTO "Shop"."order" ("order", "user Id", type) VALUES (@number, @user_id, @type);

-- name: RenameUser :batchexec
UPDATE users SET name = @name WHERE id = @id;

-- name: DeleteNumbers :batchexec
DELETE FROM numbers WHERE n >= @least;

-- name: AddNumber :batchone
INSERT INTO numbers (n) VALUES (@n) RETURNING n;

-- name: FindUser :batchone
SELECT id, name, level FROM users WHERE email = @email;

-- name: NumbersBetween :batchmany
SELECT n FROM numbers WHERE n BETWEEN @low AND @high ORDER BY n;

-- name: UsersOf :batchmany
SELECT * FROM users WHERE level = @level AND name <> @name ORDER BY id;

-- name: SetBalances :execresult
UPDATE users SET balance = @balance;

-- name: CountUsers :one
SELECT count(*) FROM users;

-- name: ListNumbers :many
SELECT n FROM numbers ORDER BY n;

-- name: ListUsers :many
SELECT * FROM users ORDER BY id;

-- name: ListOrders :many
SELECT * FROM "Shop"."order" ORDER BY "order";

-- name: ListEmails :many
SELECT n || '@x' AS "email!", n::text AS "name!" FROM numbers ORDER BY n;

-- name: SaveTagged :execrows
-- Arrays of different lengths, sent as JSON.
-- @many
INSERT INTO users (email, tags, levels)
VALUES (
    @email,
    ARRAY(SELECT jsonb_array_elements_text(@tags::jsonb)),
    CASE WHEN @levels::jsonb IS NOT NULL
        THEN ARRAY(SELECT jsonb_array_elements_text(@levels::jsonb)::level) END
)
ON CONFLICT (email) DO UPDATE SET tags = EXCLUDED.tags, levels = EXCLUDED.levels;

-- name: ShowTagged :many
SELECT email, array_to_json(tags) AS "tags!", array_to_json(levels) AS levels FROM users ORDER BY id;
