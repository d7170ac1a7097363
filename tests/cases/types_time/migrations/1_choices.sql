CREATE DOMAIN email AS text CHECK (VALUE LIKE '%@%');
COMMENT ON DOMAIN email IS 'Where mail goes.';
CREATE DOMAIN price AS numeric;
CREATE DOMAIN tags AS text[];
CREATE DOMAIN "ok" AS integer;
CREATE TYPE offer AS (price price, until timestamptz, emails email[], tags tags);

CREATE TABLE choices (
  id integer PRIMARY KEY,
  date date,
  time time,
  timestamp timestamp,
  timestamptz timestamptz,
  numeric numeric,
  dates date[],
  times time[],
  timestamps timestamp[],
  timestamptzs timestamptz[],
  numerics numeric[],
  days daterange,
  numbers numrange,
  moments tstzmultirange,
  email email,
  emails email[],
  tags tags,
  price price,
  "ok" "ok",
  offer offer
);
