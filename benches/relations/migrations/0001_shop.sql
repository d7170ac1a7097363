CREATE TABLE customers (
  id bigint PRIMARY KEY,
  name text NOT NULL,
  email text NOT NULL
);

CREATE TABLE addresses (
  id bigint PRIMARY KEY,
  street text NOT NULL,
  city text NOT NULL,
  country text NOT NULL
);

CREATE TABLE products (
  id uuid PRIMARY KEY,
  name text NOT NULL,
  slug text NOT NULL
);

CREATE TABLE orders (
  id bigint PRIMARY KEY,
  customer_id bigint NOT NULL REFERENCES customers (id),
  shipping_address_id bigint REFERENCES addresses (id),
  status text NOT NULL,
  placed_at timestamptz NOT NULL
);

CREATE TABLE order_items (
  id bigint PRIMARY KEY,
  order_id bigint NOT NULL REFERENCES orders (id),
  product_id uuid NOT NULL REFERENCES products (id),
  quantity integer NOT NULL,
  price_cents integer NOT NULL
);
CREATE INDEX ON order_items (order_id);
