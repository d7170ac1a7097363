CREATE TABLE notes (
  id integer PRIMARY KEY,
  title text NOT NULL UNIQUE,
  body text
);

CREATE TABLE comments (
  id integer PRIMARY KEY,
  note_id integer NOT NULL REFERENCES notes
);
