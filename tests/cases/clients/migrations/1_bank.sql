CREATE TYPE standing AS ENUM ('good', 'bad');

CREATE DOMAIN email AS text CONSTRAINT email_has_at CHECK (VALUE LIKE '%@%');

CREATE TABLE owners (
  id integer PRIMARY KEY,
  email email NOT NULL UNIQUE,
  standing standing NOT NULL DEFAULT 'good'
);

CREATE TABLE accounts (
  id integer PRIMARY KEY,
  owner_id integer NOT NULL REFERENCES owners,
  balance bigint NOT NULL CONSTRAINT enough CHECK (balance >= 0)
);

CREATE TABLE transfers (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  account_id integer NOT NULL REFERENCES accounts DEFERRABLE INITIALLY DEFERRED,
  amount bigint NOT NULL CONSTRAINT enough CHECK (amount <> 0),
  -- One transfer at a time.
  during int4range,
  CONSTRAINT one_at_a_time EXCLUDE USING gist (during WITH &&)
);

CREATE UNIQUE INDEX one_bad_owner ON owners (standing) WHERE standing = 'bad';
