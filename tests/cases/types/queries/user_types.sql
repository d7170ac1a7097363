-- name: PutPerson :exec
INSERT INTO staff VALUES (
  @id, @person, @home, @homes, @codes, @scores, @matrix_of_scores, @feeling, @texts, @many_texts, @code_ranges,
  @many_codes
);

-- name: GetPerson :one
SELECT * FROM staff WHERE id = @id;

-- name: WholeRows :many
SELECT staff FROM staff;

-- name: WholeRowsInArray :one
SELECT array_agg(staff ORDER BY id) AS everyone FROM staff;

-- name: FindByRow :many
SELECT id FROM staff WHERE staff = @row::staff;

-- name: FieldOfPerson :one
SELECT (person).others AS others FROM staff WHERE id = @id;

-- name: PutExtended :exec
INSERT INTO extended VALUES (
  @id, @citext, @ltree, @lquery, @ltxtquery, @hstore, @cube, @citexts, @ltrees, @hstores, @cubes
);

-- name: GetExtended :one
SELECT * FROM extended WHERE id = @id;
