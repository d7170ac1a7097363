-- name: AddTenant :one
-- For administrators only.
INSERT INTO tenants (name) VALUES (@name) RETURNING id;
