-- name: CopyReadings :copyfrom
INSERT INTO readings (id, sensor, channel, value, valid, device, taken_at, note)
VALUES (@id, @sensor, @channel, @value, @valid, @device, @taken_at, @note);

-- name: AddReadings :execrows
-- @many
INSERT INTO readings (id, sensor, channel, value, valid, device, taken_at, note)
VALUES (@id, @sensor, @channel, @value, @valid, @device, @taken_at, @note);
