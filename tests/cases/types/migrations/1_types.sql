CREATE SCHEMA sales;
CREATE TYPE mood AS ENUM ('sad', 'ok', 'very happy');
CREATE TYPE sales.mood AS ENUM ('bull', 'bear');
CREATE DOMAIN email AS text CHECK (VALUE LIKE '%@%');

CREATE TABLE samples (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  flag boolean NOT NULL,
  small smallint NOT NULL,
  medium integer NOT NULL,
  large bigint NOT NULL,
  single real NOT NULL,
  double double precision NOT NULL,
  exact numeric NOT NULL,
  text text NOT NULL,
  varchar varchar(40) NOT NULL,
  char character(3) NOT NULL,
  bytes bytea NOT NULL,
  uuid uuid NOT NULL,
  date date NOT NULL,
  time time NOT NULL,
  timestamp timestamp NOT NULL,
  timestamptz timestamptz NOT NULL,
  json json NOT NULL,
  jsonb jsonb NOT NULL,
  mood mood NOT NULL,
  market sales.mood NOT NULL,
  email email NOT NULL
);
COMMENT ON TABLE samples IS 'One column of each type.';
COMMENT ON COLUMN samples.exact IS 'Any precision that `Decimal` holds, see https://docs.rs/rust_decimal.';

CREATE TABLE optionals (LIKE samples);
DO $$
DECLARE name text;
BEGIN
  FOR name IN SELECT attname FROM pg_attribute WHERE attrelid = 'optionals'::regclass AND attnum > 1 LOOP
    EXECUTE format('ALTER TABLE optionals ALTER %I DROP NOT NULL', name);
  END LOOP;
END $$;

CREATE TABLE lists (
  flags boolean[] NOT NULL,
  smalls smallint[] NOT NULL,
  mediums integer[] NOT NULL,
  larges bigint[] NOT NULL,
  singles real[] NOT NULL,
  doubles double precision[] NOT NULL,
  exacts numeric[] NOT NULL,
  texts text[] NOT NULL,
  varchars varchar(40)[] NOT NULL,
  bytes bytea[] NOT NULL,
  uuids uuid[] NOT NULL,
  dates date[] NOT NULL,
  times time[] NOT NULL,
  timestamps timestamp[] NOT NULL,
  timestamptzs timestamptz[] NOT NULL,
  jsons json[] NOT NULL,
  jsonbs jsonb[] NOT NULL,
  moods mood[] NOT NULL,
  markets sales.mood[] NOT NULL
);
