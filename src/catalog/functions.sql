-- Functions and procedures that are not the server's own.
SELECT p.oid, n.nspname, p.proname, p.proisstrict
FROM pg_catalog.pg_proc AS p
JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
WHERE p.oid >= 16384
