CREATE TYPE status AS ENUM ('open', 'paid');
CREATE DOMAIN email AS text CHECK (VALUE LIKE '%@%');
CREATE SCHEMA sales;

CREATE TABLE users (
  id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  email email NOT NULL UNIQUE,
  name text NOT NULL,
  nick text,
  mood text DEFAULT 'fine',
  tags text[] NOT NULL DEFAULT '{}',
  visits integer NOT NULL DEFAULT 0
);

CREATE TABLE orders (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  user_id bigint NOT NULL REFERENCES users,
  number bigint NOT NULL UNIQUE,
  status status NOT NULL DEFAULT 'open',
  note text,
  total_cents bigint NOT NULL,
  doubled bigint GENERATED ALWAYS AS (total_cents * 2) STORED,
  updated_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz
);

-- A key of two columns.
CREATE TABLE order_items (
  order_id uuid NOT NULL REFERENCES orders,
  line integer NOT NULL,
  quantity integer NOT NULL DEFAULT 1,
  PRIMARY KEY (order_id, line)
);

-- No key at all, and partitions.
CREATE TABLE events (at timestamptz NOT NULL, what text NOT NULL) PARTITION BY RANGE (at);
CREATE TABLE events_all PARTITION OF events DEFAULT;

CREATE VIEW order_totals AS SELECT user_id, sum(total_cents) AS total FROM orders GROUP BY user_id;

-- The same name in another schema.
CREATE TABLE sales.order (id int PRIMARY KEY, "select" text, "Größe" status NOT NULL);

-- A name that is its own plural, and a key that can be compared with no parameter.
CREATE TYPE address AS (street text, town text);
CREATE TABLE news (id int PRIMARY KEY, place address NOT NULL UNIQUE);

CREATE TABLE "odd ""names""" ("the id" int PRIMARY KEY, "$1" text NOT NULL, "type" text DEFAULT 'a''b', "type " text);
