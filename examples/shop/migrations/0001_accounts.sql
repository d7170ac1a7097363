-- People: accounts, log-ins and where parcels go.

CREATE FUNCTION touch_updated_at() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  NEW.updated_at := now();
  RETURN NEW;
END;
$$;

COMMENT ON FUNCTION touch_updated_at() IS 'Keeps updated_at current, so that no query can forget it.';

CREATE TYPE user_role AS ENUM ('customer', 'support', 'admin');

CREATE TABLE users (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  email text NOT NULL UNIQUE CHECK (email = lower(email)),
  password_hash text NOT NULL,
  name text NOT NULL CHECK (name <> ''),
  phone text,
  role user_role NOT NULL DEFAULT 'customer',
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz
);

COMMENT ON TABLE users IS 'Everyone with an account: customers and staff.';
COMMENT ON COLUMN users.email IS 'In lower case. A closed account keeps its address until it is purged.';
COMMENT ON COLUMN users.deleted_at IS 'When the account was closed; its orders stay.';

CREATE TRIGGER users_touch BEFORE UPDATE ON users
FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

CREATE TABLE sessions (
  token_hash bytea PRIMARY KEY,
  user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  CHECK (expires_at > created_at)
);

COMMENT ON COLUMN sessions.token_hash IS 'SHA-256 of the token; the token itself is only in the cookie.';

CREATE INDEX sessions_user_id_idx ON sessions (user_id);
CREATE INDEX sessions_expires_at_idx ON sessions (expires_at);

CREATE TABLE addresses (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  recipient text NOT NULL,
  street text NOT NULL,
  postal_code text NOT NULL,
  city text NOT NULL,
  country char(2) NOT NULL CHECK (country ~ '^[A-Z]{2}$'),
  is_default boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL DEFAULT now(),
  -- Checked after the statement, not row by row, so that one UPDATE can move the mark.
  CONSTRAINT addresses_one_default
    EXCLUDE (user_id WITH =) WHERE (is_default) DEFERRABLE INITIALLY IMMEDIATE
);

COMMENT ON COLUMN addresses.country IS 'ISO 3166-1, two letters.';
COMMENT ON COLUMN addresses.is_default IS 'At most one address of a user is the default.';

CREATE INDEX addresses_user_id_idx ON addresses (user_id);
