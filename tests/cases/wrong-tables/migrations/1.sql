CREATE TABLE users (id int PRIMARY KEY, name text);
CREATE TABLE orders (id int PRIMARY KEY, note text, updated_at timestamptz);
CREATE TABLE notes (id int PRIMARY KEY, note text, written_at timestamptz NOT NULL);
