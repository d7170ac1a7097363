-- name: OfTwoRows :many
-- @with { seat }
SELECT one.line, two.number FROM tickets AS one, tickets AS two;

-- name: OfTwoRowsBelow :many
-- @with { seat }
WITH one AS (SELECT line FROM tickets) SELECT one.line, two.number FROM one, (SELECT * FROM tickets) AS two;

-- name: OfBothRows :many
-- @with { seat }
SELECT one.line, one.number, two.line AS other_line, two.number AS other_number FROM tickets AS one, tickets AS two;
