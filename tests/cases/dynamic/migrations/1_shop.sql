CREATE SCHEMA shop;
CREATE TYPE shop.status AS ENUM ('open', 'paid', 'sent');
CREATE DOMAIN shop.email AS text CHECK (VALUE LIKE '%@%');

CREATE TABLE customers (
  id bigint PRIMARY KEY,
  name text NOT NULL,
  email shop.email
);

CREATE TABLE orders (
  id bigint PRIMARY KEY,
  customer_id bigint NOT NULL REFERENCES customers,
  status shop.status NOT NULL,
  total_cents bigint NOT NULL,
  note text,
  placed_at timestamptz NOT NULL
);
CREATE INDEX orders_customer ON orders (customer_id);

CREATE TABLE items (
  id bigint PRIMARY KEY,
  order_id bigint NOT NULL REFERENCES orders,
  kind text NOT NULL,
  quantity integer NOT NULL
);
