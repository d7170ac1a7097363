CREATE TABLE authors (
  bio text,
  id integer PRIMARY KEY,
  name text NOT NULL
);

CREATE TABLE books (
  id integer PRIMARY KEY,
  title text NOT NULL,
  author_id integer REFERENCES authors,
  editor_id integer NOT NULL REFERENCES authors,
  "price.net" integer
);
