-- CHECK constraints of tables that hold for every row. `conenforced` (Postgres 18) is read from the row as a whole, since
-- older servers do not have it.
SELECT c.conrelid, c.conname, c.conbin::text, c.connoinherit
FROM pg_catalog.pg_constraint AS c
WHERE c.contype = 'c' AND c.conrelid <> 0 AND c.convalidated AND c.conbin IS NOT NULL
    AND coalesce(pg_catalog.to_jsonb(c) ->> 'conenforced', 'true') = 'true'
ORDER BY c.conrelid, c.conname
