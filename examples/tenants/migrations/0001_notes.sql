-- What the service runs as. Superusers and owners of tables are above policies, so it is neither.
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'tenants_app') THEN
    CREATE ROLE tenants_app NOLOGIN;
  END IF;
END $$;

-- The tenant of the transaction. NULL, which is no one's, where none is set: a setting that was set once and ended with its
-- transaction is empty.
CREATE FUNCTION current_tenant() RETURNS uuid LANGUAGE sql STABLE
  RETURN nullif(current_setting('app.tenant_id', true), '')::uuid;

CREATE TABLE tenants (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  name text NOT NULL UNIQUE
);

CREATE TABLE notes (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  -- Whoever adds a note adds it to the own ones.
  tenant_id uuid NOT NULL DEFAULT current_tenant() REFERENCES tenants,
  title text NOT NULL,
  UNIQUE (tenant_id, title)
);

ALTER TABLE notes ENABLE ROW LEVEL SECURITY;

-- Also for whoever owns the table.
ALTER TABLE notes FORCE ROW LEVEL SECURITY;

CREATE POLICY own_notes ON notes
  USING (tenant_id = current_tenant())
  WITH CHECK (tenant_id = current_tenant());

GRANT SELECT, INSERT, UPDATE, DELETE ON notes TO tenants_app;
