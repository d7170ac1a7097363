-- name: Put :exec
INSERT INTO choices VALUES (
  @id, @date, @time, @timestamp, @timestamptz, @numeric, @dates, @times, @timestamps, @timestamptzs, @numerics, @days,
  @numbers, @moments, @email, @emails, @tags, @price, @ok, @offer
);

-- name: Get :one
SELECT * FROM choices WHERE id = @id;
