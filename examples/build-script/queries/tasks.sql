-- name: CreateList :one
INSERT INTO lists (name) VALUES (@name) RETURNING id;

-- name: ListLists :many
-- Each list with what is left to do.
SELECT l.id, l.name, count(t.id) AS open_tasks, min(t.due_on) AS next_due_on
FROM lists l
LEFT JOIN tasks t ON t.list_id = l.id AND NOT t.done
GROUP BY l.id
ORDER BY l.name;

-- name: AddTask :one
INSERT INTO tasks (list_id, title, note, due_on)
VALUES (@list_id, @title, @note, @due_on)
RETURNING *;

-- name: ListTasks :many
-- Open tasks first, the most urgent on top.
SELECT *
FROM tasks
WHERE list_id = @list_id
ORDER BY done, due_on NULLS LAST, id;

-- name: FinishTask :execrows
UPDATE tasks SET done = true WHERE id = @id AND NOT done;

-- name: DeleteFinishedTasks :execrows
DELETE FROM tasks WHERE list_id = @list_id AND done;
