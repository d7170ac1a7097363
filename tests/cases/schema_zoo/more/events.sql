-- name: MoreEvents :many
-- In the module of the other file of that name.
SELECT * FROM events;
