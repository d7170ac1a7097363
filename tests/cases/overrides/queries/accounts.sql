-- name: AddAccount :one
INSERT INTO shop.accounts (parent, legacy_id, settings, tags, mood, secret, secret_hint, created_at, closed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
RETURNING *;

-- name: FindAccounts :many
SELECT id, settings FROM shop.accounts WHERE id = ANY(@ids) AND settings = @settings AND mood = @mood;

-- name: AccountsOf :many
-- @column settings serde_json::Value
SELECT * FROM shop.accounts AS a WHERE a.created_at > @since;

-- name: Totals :many
SELECT count(*) AS total, max(created_at) AS latest, array_agg(id) AS ids FROM shop.accounts;

-- name: Sized :one
-- @column size crate::overrides::Id
-- @param factor crate::overrides::Id
SELECT count(*) * @factor::bigint AS size FROM shop.accounts;

-- name: AsInSqlx :one
SELECT id AS "id: crate::overrides::Id", max(id) FILTER (WHERE id > 0) AS "most: crate::overrides::Id", mood AS "mood!: _"
FROM shop.accounts GROUP BY id;
