-- name: AddAddress :one
-- The first address of a user becomes the default.
INSERT INTO addresses (user_id, recipient, street, postal_code, city, country, is_default)
VALUES (
  @user_id, @recipient, @street, @postal_code, @city, upper(@country),
  NOT EXISTS (SELECT FROM addresses WHERE user_id = @user_id)
)
RETURNING *;

-- name: ListAddresses :many
-- The default address comes first.
SELECT *
FROM addresses
WHERE user_id = @user_id
ORDER BY is_default DESC, created_at, id;

-- name: SetDefaultAddress :execrows
-- Moves the mark in one statement. No row changes when the address is someone else's.
UPDATE addresses
SET is_default = (id = @id)
WHERE user_id = @user_id
  AND EXISTS (SELECT FROM addresses mine WHERE mine.id = @id AND mine.user_id = @user_id);

-- name: DeleteAddress :execrows
DELETE FROM addresses WHERE id = @id AND user_id = @user_id;
