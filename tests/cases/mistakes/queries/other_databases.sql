-- What MySQL, SQLite, SQL Server, Oracle and other libraries write.

-- name: Backticks :many
SELECT `id` FROM `users`;

-- name: Brackets :many
SELECT [id] FROM [users];

-- name: Top :many
SELECT TOP 10 id FROM users;

-- name: LimitWithComma :many
SELECT id FROM users LIMIT 10, 20;

-- name: DoubleEquals :many
SELECT id FROM users WHERE id == @id;

-- name: Ampersands :many
SELECT id FROM users WHERE active && age > 17;

-- name: Exclamation :many
SELECT id FROM users WHERE !active;

-- name: Regexp :many
SELECT id FROM users WHERE name REGEXP '^a';

-- name: Ifnull :many
SELECT IFNULL(age, 0) FROM users;

-- name: Nvl :many
SELECT NVL(age, 0) FROM users;

-- name: Isnull :many
SELECT ISNULL(age, 0) FROM users;

-- name: Getdate :one
SELECT GETDATE();

-- name: GroupConcat :one
SELECT GROUP_CONCAT(name) FROM users;

-- name: DateAdd :many
SELECT DATE_ADD(created_at, INTERVAL 1 DAY) FROM users;

-- name: Dual :one
SELECT 1 FROM dual;

-- name: Minus :many
SELECT id FROM users MINUS SELECT user_id FROM posts;

-- name: OnDuplicateKey :exec
INSERT INTO users (id, name, email) VALUES (@id, @name, @email) ON DUPLICATE KEY UPDATE name = VALUES(name);

-- name: InsertOrReplace :exec
INSERT OR REPLACE INTO users (id, name, email) VALUES (@id, @name, @email);

-- name: InsertIgnore :exec
INSERT IGNORE INTO users (id, name, email) VALUES (@id, @name, @email);

-- name: TableInSet :exec
UPDATE users AS u SET u.name = @name WHERE u.id = @id;

-- name: DeleteStar :exec
DELETE * FROM users WHERE id = @id;

-- name: InParameter :many
SELECT id FROM users WHERE id IN @ids;

-- name: NotInParameter :many
SELECT id FROM users WHERE id NOT IN @ids;

-- name: PercentS :many
SELECT id FROM users WHERE id = %s;

-- name: Braces :many
SELECT id FROM users WHERE id = {id};

-- name: Colon :many
SELECT id FROM users WHERE id = :id;

-- name: QuestionMark :many
SELECT id FROM users WHERE id = ?;
