CREATE TYPE address AS (street text, "house number" integer, tags text[], price numeric, opens time);
COMMENT ON TYPE address IS 'Where somebody lives.';
CREATE TYPE sales.address AS (region text);
CREATE DOMAIN digits AS text CHECK (VALUE ~ '^[0-9]*$');
CREATE DOMAIN code AS digits NOT NULL;
CREATE DOMAIN scores AS integer[] CHECK (cardinality(VALUE) < 10);
CREATE DOMAIN feeling AS mood;
CREATE DOMAIN home AS address;
CREATE TYPE person AS (
  name text,
  home address,
  others address[],
  region sales.address,
  feelings feeling[],
  emails email[],
  scores scores,
  span int4range
);
CREATE TYPE textrange AS RANGE (subtype = text);
CREATE TYPE coderange AS RANGE (subtype = digits);
CREATE EXTENSION citext;
CREATE EXTENSION ltree;
CREATE EXTENSION hstore;
CREATE EXTENSION cube;

CREATE TABLE staff (
  id integer PRIMARY KEY,
  person person NOT NULL,
  home home,
  homes home[],
  codes code[] NOT NULL,
  scores scores,
  matrix_of_scores scores[],
  feeling feeling,
  texts textrange,
  many_texts textmultirange,
  code_ranges coderange[],
  many_codes codemultirange
);

CREATE TABLE extended (
  id integer PRIMARY KEY,
  citext citext,
  ltree ltree,
  lquery lquery,
  ltxtquery ltxtquery,
  hstore hstore,
  cube cube,
  citexts citext[],
  ltrees ltree[],
  hstores hstore[],
  cubes cube[]
);
