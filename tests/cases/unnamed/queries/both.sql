-- Applied as a migration, too.
CREATE TABLE queues (name text PRIMARY KEY);
INSERT INTO queues VALUES ('new');

-- name: Queues :many
SELECT name FROM queues;

SELECT name FROM queues WHERE name = @name;
