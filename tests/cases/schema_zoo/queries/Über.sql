-- name: 名前 :one
SELECT @名前::text AS 名前, @mood::app.mood AS mood;
