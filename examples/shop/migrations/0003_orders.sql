-- What was bought.

CREATE TYPE order_status AS ENUM ('pending', 'paid', 'shipped', 'delivered', 'cancelled');

CREATE TABLE orders (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  number bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  customer_id uuid NOT NULL REFERENCES users (id) ON DELETE RESTRICT,
  shipping_address_id uuid REFERENCES addresses (id) ON DELETE SET NULL,
  status order_status NOT NULL DEFAULT 'pending',
  total_cents bigint NOT NULL CHECK (total_cents >= 0),
  note text,
  placed_at timestamptz NOT NULL DEFAULT now(),
  paid_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT orders_paid_before_shipped
    CHECK (paid_at IS NOT NULL OR status IN ('pending', 'cancelled')),
  CONSTRAINT orders_paid_after_placed CHECK (paid_at >= placed_at)
);

COMMENT ON COLUMN orders.number IS 'What customers quote on the phone.';
COMMENT ON COLUMN orders.shipping_address_id IS 'NULL for downloads, and once the address is deleted.';
COMMENT ON COLUMN orders.note IS 'What the customer wrote at the checkout.';
COMMENT ON COLUMN orders.placed_at IS 'Earlier than created_at for orders imported from a marketplace.';

CREATE INDEX orders_customer_id_idx ON orders (customer_id, placed_at DESC);
CREATE INDEX orders_shipping_address_id_idx ON orders (shipping_address_id);
CREATE INDEX orders_placed_at_idx ON orders (placed_at);
CREATE INDEX orders_pending_idx ON orders (placed_at) WHERE status = 'pending';

CREATE TRIGGER orders_touch BEFORE UPDATE ON orders
FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

CREATE TABLE order_items (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  order_id uuid NOT NULL REFERENCES orders (id) ON DELETE CASCADE,
  product_id uuid NOT NULL REFERENCES products (id) ON DELETE RESTRICT,
  quantity integer NOT NULL CHECK (quantity > 0),
  unit_price_cents integer NOT NULL CHECK (unit_price_cents >= 0),
  UNIQUE (order_id, product_id)
);

COMMENT ON COLUMN order_items.unit_price_cents IS 'The price on the day: products change theirs.';

CREATE INDEX order_items_product_id_idx ON order_items (product_id);
