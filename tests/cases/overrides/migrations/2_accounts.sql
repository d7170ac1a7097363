CREATE TYPE shop."Mood" AS ENUM ('good', 'bad');
CREATE DOMAIN shop.account_id AS bigint CHECK (value > 0);

CREATE TABLE shop.accounts (
  id bigserial PRIMARY KEY,
  parent shop.account_id,
  legacy_id bigint,
  settings jsonb NOT NULL,
  tags text[] NOT NULL,
  seen timestamptz[] NOT NULL DEFAULT '{}',
  mood shop."Mood" NOT NULL,
  secret text NOT NULL,
  secret_hint text,
  created_at timestamptz NOT NULL,
  closed_at timestamptz
);
