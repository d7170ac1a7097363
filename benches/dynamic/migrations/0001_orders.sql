CREATE TABLE orders (
  id bigint PRIMARY KEY,
  number text NOT NULL UNIQUE,
  customer_id bigint NOT NULL,
  status text NOT NULL,
  total_cents bigint NOT NULL,
  placed_at timestamptz NOT NULL
);
CREATE INDEX ON orders (customer_id, placed_at);
CREATE INDEX ON orders (placed_at);
