CREATE SCHEMA archive;

CREATE TABLE authors (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL,
  "Born In" integer,
  mentor_id bigint REFERENCES authors
);

CREATE TABLE books (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  author_id bigint NOT NULL REFERENCES authors,
  title text NOT NULL,
  "order" integer NOT NULL DEFAULT 0
);

-- Every column may be NULL.
CREATE TABLE remarks (
  book_id bigint REFERENCES books,
  remark text
);

CREATE TABLE archive.books (
  id bigint PRIMARY KEY,
  title text NOT NULL
);

CREATE VIEW titles AS SELECT id, title FROM books;

-- A column that was there once.
ALTER TABLE books ADD COLUMN gone text;
ALTER TABLE books DROP COLUMN gone;
ALTER TABLE books ADD COLUMN tags text[] NOT NULL DEFAULT '{}';
