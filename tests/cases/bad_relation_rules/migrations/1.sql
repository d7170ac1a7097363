CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL);
CREATE TABLE groups (id integer PRIMARY KEY, name text NOT NULL, owner_id integer REFERENCES users (id));
CREATE TABLE members (
  user_id integer REFERENCES users (id),
  group_id integer REFERENCES groups (id),
  PRIMARY KEY (user_id, group_id)
);
CREATE TABLE posts (id integer PRIMARY KEY, author_id integer NOT NULL REFERENCES users (id), title text, created_at timestamptz);
CREATE TABLE loose (id integer);
CREATE TABLE lonely (id integer PRIMARY KEY);
CREATE TABLE measures (at double precision PRIMARY KEY);
CREATE TABLE marks (id integer PRIMARY KEY, at double precision NOT NULL REFERENCES measures (at), "right" box, left_of integer REFERENCES marks (id));
CREATE TABLE texts (id text PRIMARY KEY);
