-- What is for sale, and what customers say of it.

CREATE TABLE categories (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  parent_id integer REFERENCES categories (id) ON DELETE RESTRICT,
  slug text NOT NULL UNIQUE,
  name text NOT NULL,
  CHECK (parent_id <> id)
);

COMMENT ON COLUMN categories.parent_id IS 'NULL for the departments at the top.';

CREATE INDEX categories_parent_id_idx ON categories (parent_id);

CREATE TABLE products (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  category_id integer REFERENCES categories (id) ON DELETE SET NULL,
  slug text NOT NULL UNIQUE CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
  name text NOT NULL CHECK (name <> ''),
  description text,
  price_cents integer NOT NULL CHECK (price_cents >= 0),
  tax_rate numeric(5, 4) NOT NULL DEFAULT 0.2000 CHECK (tax_rate >= 0 AND tax_rate < 1),
  weight_kg double precision CHECK (weight_kg > 0),
  stock integer NOT NULL DEFAULT 0 CHECK (stock >= 0),
  tags text[] NOT NULL DEFAULT '{}',
  metadata jsonb NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz
);

COMMENT ON TABLE products IS 'The catalogue. Products that were ever sold are withdrawn, never deleted.';
COMMENT ON COLUMN products.price_cents IS 'With tax, in cents of the shop''s currency.';
COMMENT ON COLUMN products.tax_rate IS 'The share of the net price: 0.2000 is 20 %.';
COMMENT ON COLUMN products.weight_kg IS 'NULL when nothing is shipped.';
COMMENT ON COLUMN products.metadata IS 'Whatever a kind of product needs: colours, sizes, ISBN.';
COMMENT ON COLUMN products.deleted_at IS 'When the product was withdrawn from sale.';

CREATE INDEX products_category_id_idx ON products (category_id);
CREATE INDEX products_newest_idx ON products (created_at DESC, id) WHERE deleted_at IS NULL;
CREATE INDEX products_tags_idx ON products USING gin (tags);
CREATE INDEX products_search_idx ON products
  USING gin (to_tsvector('english', name || ' ' || COALESCE(description, '')));

CREATE TRIGGER products_touch BEFORE UPDATE ON products
FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

CREATE TABLE reviews (
  product_id uuid NOT NULL REFERENCES products (id) ON DELETE CASCADE,
  user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  rating smallint NOT NULL CHECK (rating BETWEEN 1 AND 5),
  body text,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (product_id, user_id)
);

COMMENT ON TABLE reviews IS 'One review per customer and product.';

CREATE INDEX reviews_user_id_idx ON reviews (user_id);

CREATE VIEW product_ratings AS
SELECT product_id, count(*) AS review_count, round(avg(rating), 2) AS average_rating
FROM reviews
GROUP BY product_id;

COMMENT ON VIEW product_ratings IS 'Only products that have a review.';
