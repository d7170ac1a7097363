CREATE TYPE kind AS ENUM ('small', 'big');
CREATE TYPE price AS (amount integer, currency text);
CREATE TABLE authors (id integer PRIMARY KEY, name text NOT NULL, mail text UNIQUE);
CREATE TABLE things (
  id integer PRIMARY KEY,
  author_id integer NOT NULL REFERENCES authors,
  kind kind NOT NULL,
  price price NOT NULL,
  a integer, b integer, c integer, d integer,
  seen timestamptz NOT NULL
);
CREATE TABLE logs (line text, at timestamptz);
CREATE COLLATION ignoring_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE TABLE words (word text COLLATE ignoring_case PRIMARY KEY, plain text NOT NULL UNIQUE);
