-- Types whose object ids differ from server to server, alone and inside of others.
CREATE TYPE mood AS ENUM ('calm', 'busy');
CREATE DOMAIN grams AS integer CHECK (VALUE > 0);
CREATE DOMAIN label AS text;
CREATE TYPE size AS (width integer, height numeric, mood mood);
CREATE SCHEMA "Store House";
CREATE TYPE "Store House"."Kind" AS ENUM ('box', 'bag');

CREATE TABLE customers (
  id bigint PRIMARY KEY,
  name text NOT NULL,
  credit numeric(20, 4) NOT NULL,
  mood mood NOT NULL,
  moods mood[] NOT NULL,
  referrer_id bigint REFERENCES customers (id)
);

-- A key that is shorter than its column: equal to others, and not the same bytes.
CREATE TABLE carriers (code char(3) PRIMARY KEY, name text NOT NULL);

CREATE TABLE orders (
  id bigint PRIMARY KEY,
  customer_id bigint NOT NULL REFERENCES customers (id),
  carrier char(3) REFERENCES carriers (code),
  placed_at timestamptz NOT NULL,
  note text
);

CREATE TABLE parcels (
  id integer PRIMARY KEY,
  order_id bigint NOT NULL REFERENCES orders (id),
  weight grams NOT NULL,
  weights grams[] NOT NULL,
  size size,
  sizes size[] NOT NULL,
  kind "Store House"."Kind" NOT NULL,
  label label,
  open_during daterange,
  flags bit(3) NOT NULL,
  body bytea,
  attributes jsonb NOT NULL,
  fits double precision[],
  carrier char(3) REFERENCES carriers (code)
);

CREATE TABLE receipts (order_id bigint PRIMARY KEY REFERENCES orders (id), paid boolean NOT NULL);

CREATE TABLE tags (id integer PRIMARY KEY, name text NOT NULL);
CREATE TABLE order_tags (
  order_id bigint NOT NULL REFERENCES orders (id),
  tag_id integer NOT NULL REFERENCES tags (id),
  position integer NOT NULL,
  PRIMARY KEY (order_id, tag_id)
);

-- Keys of two columns, of which one may be NULL.
CREATE TABLE shelves (hall integer NOT NULL, number numeric NOT NULL, title text NOT NULL, PRIMARY KEY (hall, number));
CREATE TABLE stock (
  id integer PRIMARY KEY,
  parcel_id integer NOT NULL REFERENCES parcels (id),
  hall integer,
  number numeric,
  FOREIGN KEY (hall, number) REFERENCES shelves (hall, number)
);

-- A tree.
CREATE TABLE categories (id integer PRIMARY KEY, parent_id integer REFERENCES categories (id), name text NOT NULL);

-- Names that a statement has for its own things, and those that need quotes.
CREATE TABLE root (id integer PRIMARY KEY, order_id integer REFERENCES root (id), "select ""x""" text NOT NULL);
CREATE TABLE found (id integer PRIMARY KEY, root_id integer NOT NULL REFERENCES root (id), "ROW" text NOT NULL);

-- Texts that are compared by different rules.
CREATE TABLE words (word text COLLATE "C" PRIMARY KEY, meaning text NOT NULL);
CREATE TABLE uses (id integer PRIMARY KEY, word text NOT NULL REFERENCES words (word));

CREATE VIEW order_remarks AS
  SELECT id AS order_id, note AS remark FROM orders WHERE note IS NOT NULL
  UNION ALL SELECT id, note FROM orders WHERE note = 'twice';

CREATE FUNCTION touch(id bigint) RETURNS bigint LANGUAGE sql VOLATILE AS 'UPDATE orders SET note = ''touched'' WHERE orders.id = touch.id RETURNING orders.id';
