CREATE TABLE tasks (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  list_id bigint NOT NULL REFERENCES lists (id) ON DELETE CASCADE,
  title text NOT NULL,
  note text,
  due_on date,
  done boolean NOT NULL DEFAULT false
);

CREATE INDEX tasks_list_id_idx ON tasks (list_id);
