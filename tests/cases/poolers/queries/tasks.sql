-- name: AddLevel :exec
INSERT INTO levels (priority, description) VALUES (@priority, @description);

-- name: AddTask :one
INSERT INTO tasks (id, title, priority, marks, effort, efforts, grade, grades, place, places, during, parent_id)
VALUES (@id, @title, @priority, @marks, @effort, @efforts, @grade, @grades, @place, @places, @during, @parent_id)
RETURNING *; -- the line ends here

-- name: GetTask :one
SELECT * FROM tasks WHERE id = @id;

-- name: ListTasks :many
-- @optional priority, least
-- @sort hardest: effort DESC NULLS LAST, id
SELECT id, title, priority FROM tasks
WHERE priority = @priority AND effort >= @least
ORDER BY priority DESC, id;

-- name: PriorityOf :one
SELECT priority FROM tasks WHERE id = @id;

-- name: MarksOf :one
SELECT marks FROM tasks WHERE title = @title ORDER BY id LIMIT 1;

-- name: PlacesOf :one
SELECT places FROM tasks WHERE id = @id;

-- name: Raise :exec
UPDATE tasks SET priority = @priority, marks = marks || @priority::priority WHERE id = @id RETURNING priority;

-- name: RaiseAll :execrows
UPDATE tasks SET priority = @priority WHERE priority = ANY(@now::priority[]);

-- name: Finish :many
WITH finished AS (
    DELETE FROM notes WHERE task_id = @id RETURNING id, kind, place
), kinds (kind) AS (SELECT DISTINCT kind FROM notes)
SELECT finished.id, finished.kind, finished.place, (SELECT count(*) FROM kinds)::bigint AS kinds
FROM finished ORDER BY finished.kind DESC, finished.id;

-- name: Embedded :many
SELECT sqlc.embed(tasks), notes.kind
FROM notes LEFT JOIN tasks ON tasks.id = notes.task_id AND tasks.priority = notes.kind
ORDER BY notes.id;

-- name: AddNotes :copyfrom
INSERT INTO notes (id, task_id, kind, place, body) VALUES (@id, @task_id, @kind, @place, @body);

-- name: SaveNotes :many
-- @many
INSERT INTO notes (id, task_id, kind, place, body) VALUES (@id, @task_id, @kind, @place, @body)
ON CONFLICT (id) DO UPDATE SET kind = EXCLUDED.kind, place = EXCLUDED.place
RETURNING id, kind;

-- name: NotesOf :batchmany
SELECT id, kind, place FROM notes WHERE task_id = @task_id AND kind = @kind ORDER BY id;

-- name: NoteKind :batchone
SELECT kind FROM notes WHERE id = @id;

-- name: SetKinds :batchexec
UPDATE notes SET kind = @kind WHERE id = @id;

-- name: TaskPage :one
-- @with { level { description }, notes(where: kind = @kind) { id, kind, place }, parent { title, priority } }
SELECT id, priority, parent_id FROM tasks WHERE id = @id;

-- name: TaskPages :many
-- @load batched
-- @with { level { description }, notes(where: kind = @kind) { id, kind, place }, parent { title, priority } }
SELECT id, priority, parent_id FROM tasks ORDER BY id;

-- name: Nothing :exec
SELECT @priority::priority, ARRAY[@priority::priority];
