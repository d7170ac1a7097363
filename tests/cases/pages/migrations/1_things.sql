CREATE TYPE kind AS ENUM ('small', 'big', 'huge');

CREATE TABLE authors (
  id integer PRIMARY KEY,
  name text NOT NULL
);

CREATE TABLE things (
  id bigint PRIMARY KEY,
  author_id integer REFERENCES authors,
  kind kind NOT NULL,
  name varchar(40) NOT NULL,
  note text,
  rank integer,
  score double precision,
  price numeric,
  page integer NOT NULL DEFAULT 1,
  seen timestamptz NOT NULL,
  UNIQUE (name, seen)
);

CREATE TABLE tags (
  thing_id bigint NOT NULL REFERENCES things,
  tag text NOT NULL,
  PRIMARY KEY (thing_id, tag)
);

CREATE VIEW seen_things AS
SELECT t.id, t.name, a.name AS author
FROM things t LEFT JOIN authors a ON a.id = t.author_id;
