CREATE TYPE mood AS ENUM ('calm', 'busy');

CREATE TABLE customers (
  id bigint PRIMARY KEY,
  name text NOT NULL,
  email text NOT NULL UNIQUE,
  referrer_id bigint REFERENCES customers (id),
  credit numeric(20, 4) NOT NULL DEFAULT 0,
  mood mood NOT NULL DEFAULT 'calm'
);
COMMENT ON COLUMN customers.credit IS 'What the shop owes them.';

-- Zero or one for each customer.
CREATE TABLE customer_settings (
  customer_id bigint PRIMARY KEY REFERENCES customers (id),
  newsletter boolean NOT NULL
);

CREATE TABLE addresses (
  id integer PRIMARY KEY,
  customer_id bigint NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
  city text NOT NULL
);

CREATE TABLE products (
  id uuid PRIMARY KEY,
  name text NOT NULL,
  slug text NOT NULL,
  picture bytea,
  tags text[] NOT NULL DEFAULT '{}',
  attributes jsonb NOT NULL DEFAULT '{}'
);

CREATE TABLE orders (
  id bigint PRIMARY KEY,
  customer_id bigint NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
  shipping_address_id integer REFERENCES addresses (id),
  billing_address_id integer REFERENCES addresses (id),
  note text,
  placed_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE order_items (
  id bigint PRIMARY KEY,
  order_id bigint NOT NULL REFERENCES orders (id) ON DELETE CASCADE,
  product_id uuid NOT NULL REFERENCES products (id),
  quantity integer NOT NULL,
  price numeric(20, 4) NOT NULL
);

-- A tree.
CREATE TABLE categories (
  id integer PRIMARY KEY,
  parent_id integer REFERENCES categories (id),
  name text NOT NULL
);

-- Many to many, with a column of its own.
CREATE TABLE todos (id integer PRIMARY KEY, title text NOT NULL, done boolean NOT NULL DEFAULT false);
CREATE TABLE tags (id integer PRIMARY KEY, name text NOT NULL);
CREATE TABLE todo_tags (
  todo_id integer NOT NULL REFERENCES todos (id),
  tag_id integer NOT NULL REFERENCES tags (id),
  position integer NOT NULL DEFAULT 0,
  PRIMARY KEY (todo_id, tag_id)
);

-- Keys of two columns, and keys that are equal without being the same bytes.
CREATE TABLE courses (
  code numeric NOT NULL,
  semester integer NOT NULL,
  title text NOT NULL,
  PRIMARY KEY (code, semester)
);
CREATE TABLE students (id integer PRIMARY KEY, name text NOT NULL);
CREATE TABLE grades (
  student_id integer NOT NULL REFERENCES students (id),
  code numeric,
  semester integer,
  grade text NOT NULL,
  FOREIGN KEY (code, semester) REFERENCES courses (code, semester),
  UNIQUE (student_id, code, semester)
);
CREATE TABLE currencies (rate numeric PRIMARY KEY, name text NOT NULL);
CREATE TABLE payments (id integer PRIMARY KEY, rate numeric REFERENCES currencies (rate));

-- The same table names in another schema, and keywords for names.
CREATE SCHEMA archive;
CREATE TABLE archive.orders (id bigint PRIMARY KEY, "user" text NOT NULL, customer_id bigint REFERENCES customers (id));
CREATE TABLE archive."order" (id bigint PRIMARY KEY, orders_id bigint NOT NULL REFERENCES archive.orders (id), "Größe" text);

-- Rows that a policy hides.
CREATE TABLE notes (id integer PRIMARY KEY, order_id bigint REFERENCES orders (id), body text NOT NULL, hidden boolean NOT NULL);
ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
ALTER TABLE notes FORCE ROW LEVEL SECURITY;
CREATE POLICY shown ON notes USING (NOT hidden);

-- What only the configuration says.
CREATE VIEW order_totals AS SELECT order_id, sum(quantity) AS quantity FROM order_items GROUP BY order_id;
CREATE TABLE friendships (
  customer_id bigint NOT NULL REFERENCES customers (id),
  friend_id bigint NOT NULL REFERENCES customers (id),
  PRIMARY KEY (customer_id, friend_id)
);
