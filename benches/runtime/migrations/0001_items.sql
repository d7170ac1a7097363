CREATE TABLE items (
  id bigint PRIMARY KEY,
  name text NOT NULL,
  description text,
  price_cents integer NOT NULL,
  stock integer NOT NULL CHECK (stock >= 0),
  weight double precision NOT NULL,
  active boolean NOT NULL,
  code uuid NOT NULL,
  added_at timestamptz NOT NULL,
  tags text[] NOT NULL
);

CREATE TABLE sales (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  item_id bigint NOT NULL REFERENCES items,
  quantity integer NOT NULL
);
