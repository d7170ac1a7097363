CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL);
CREATE TABLE groups (id integer PRIMARY KEY, name text NOT NULL, owner_id integer REFERENCES users (id));
CREATE TABLE members (
  user_id integer REFERENCES users (id),
  group_id integer REFERENCES groups (id),
  PRIMARY KEY (user_id, group_id)
);
CREATE TABLE posts (id integer PRIMARY KEY, author_id integer NOT NULL REFERENCES users (id), title text, created_at timestamptz);
CREATE TABLE loose (id integer);
CREATE TABLE seats (line integer, number integer, PRIMARY KEY (line, number));
CREATE TABLE tickets (id integer PRIMARY KEY, line integer, number integer, FOREIGN KEY (line, number) REFERENCES seats);
