-- name: InMod :exec
SELECT 1;
