-- name: CreateTask :one
INSERT INTO tasks (title, note, state, labels, data, raw_bytes, place, weight)
VALUES (@title, @note, @state, @labels, @data, @raw_bytes, @place, @weight)
RETURNING *;

-- Its rows are the model, though `note` is never NULL here.
-- name: ListNotedTasks :many
-- @row Task
SELECT * FROM tasks WHERE note IS NOT NULL;

-- name: FinishTask :one
UPDATE tasks SET state = 'Done' WHERE id = @id RETURNING *;

-- name: ListTitles :many
-- @sort newest-first: id DESC
SELECT id, title FROM tasks ORDER BY id;
