-- name: AddOwner :one
INSERT INTO owners (id, email) VALUES (@id, @email) RETURNING *;

-- name: GetOwner :one
SELECT * FROM owners WHERE id = @id;

-- name: FindOwner :one
SELECT id FROM owners WHERE standing = @standing ORDER BY id;

-- name: SetStanding :execrows
UPDATE owners SET standing = @standing WHERE id = @id;

-- name: AddAccount :exec
INSERT INTO accounts (id, owner_id, balance) VALUES (@id, @owner_id, @balance);

-- name: GetBalance :one
SELECT balance FROM accounts WHERE id = @id;

-- name: ListBalances :many
SELECT id, balance FROM accounts ORDER BY id;

-- name: Deposit :one
UPDATE accounts SET balance = balance + @amount WHERE id = @id RETURNING balance;

-- name: Total :one
SELECT coalesce(sum(balance), 0)::bigint AS total FROM accounts;

-- name: AddTransfer :exec
INSERT INTO transfers (account_id, amount, during)
VALUES (@account_id, @amount, int4range(@start::integer, @stop::integer));

-- name: Sleep :exec
SELECT pg_sleep(@seconds);

-- name: Setting :one
SELECT current_setting(@name, true) AS value;

-- name: Backend :one
SELECT pg_backend_pid();

-- name: OwnerLike :batchone
SELECT id, standing FROM owners WHERE email LIKE @pattern ORDER BY id;

-- name: DepositEach :batchexec
UPDATE accounts SET balance = balance + @amount WHERE id = @id;

-- name: OpenAccounts :copyfrom
INSERT INTO accounts (id, owner_id, balance) VALUES (@id, @owner_id, @balance);

-- name: SaveAccounts :execrows
-- @many
INSERT INTO accounts (id, owner_id, balance) VALUES (@id, @owner_id, @balance)
ON CONFLICT (id) DO UPDATE SET balance = EXCLUDED.balance;

-- name: OwnersWithAccounts :many
-- @with { accounts { id, balance } }
SELECT id FROM owners ORDER BY id;
