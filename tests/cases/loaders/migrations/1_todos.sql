CREATE SCHEMA auth;
CREATE TABLE auth.users (id bigint PRIMARY KEY, name text NOT NULL, invited_by bigint REFERENCES auth.users (id));

-- A tree.
CREATE TABLE categories (
  id integer PRIMARY KEY,
  parent_id integer REFERENCES categories (id),
  name text NOT NULL
);

CREATE TYPE level AS ENUM ('low', 'high');
CREATE TABLE levels (level level PRIMARY KEY, meaning text NOT NULL);
CREATE TABLE currencies (code char(3) PRIMARY KEY, name text NOT NULL);

CREATE TABLE todos (
  id integer PRIMARY KEY,
  title text NOT NULL,
  owner_id bigint NOT NULL REFERENCES auth.users (id),
  reviewer_id bigint REFERENCES auth.users (id),
  category_id integer REFERENCES categories (id),
  level level REFERENCES levels (level),
  currency char(3) REFERENCES currencies (code)
);

-- Many to many.
CREATE TABLE tags (id integer PRIMARY KEY, name text NOT NULL);
CREATE TABLE todo_tags (
  todo_id integer NOT NULL REFERENCES todos (id) ON DELETE CASCADE,
  tag_id integer NOT NULL REFERENCES tags (id),
  PRIMARY KEY (todo_id, tag_id)
);

-- At most one for each.
CREATE TABLE todo_notes (todo_id integer PRIMARY KEY REFERENCES todos (id) ON DELETE CASCADE, body text NOT NULL);

-- Keys of two columns, of which one is equal without being the same bytes.
CREATE TABLE rooms (building text NOT NULL, number numeric NOT NULL, seats integer NOT NULL, PRIMARY KEY (building, number));
CREATE TABLE bookings (
  id integer PRIMARY KEY,
  todo_id integer NOT NULL REFERENCES todos (id) ON DELETE CASCADE,
  building text,
  number numeric,
  FOREIGN KEY (building, number) REFERENCES rooms (building, number)
);

-- The same name in another schema, a name that is no word of ours, and a view.
CREATE TABLE auth.todos (id integer PRIMARY KEY, user_id bigint NOT NULL REFERENCES auth.users (id));
CREATE TABLE "größen" (id smallint PRIMARY KEY, "type" text NOT NULL, todo_id integer NOT NULL REFERENCES todos (id));
CREATE VIEW open_todos AS SELECT id AS todo_id, title FROM todos WHERE level IS NOT NULL;
