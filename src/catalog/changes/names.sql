-- The names by which a query can mean an object, and of functions whether the planner may look into their bodies.
SELECT 'r', oid::bigint, relname::text, false
FROM pg_catalog.pg_class
WHERE oid >= 16384 AND relkind NOT IN ('i', 'I', 't')
UNION ALL
SELECT 'r', typrelid::bigint, typname::text, false
FROM pg_catalog.pg_type
WHERE oid >= 16384 AND typrelid <> 0
UNION ALL
SELECT 't', oid::bigint, typname::text, false
FROM pg_catalog.pg_type
WHERE oid >= 16384 AND typrelid = 0
UNION ALL
SELECT 'f', p.oid::bigint, p.proname::text, l.lanname = 'sql'
FROM pg_catalog.pg_proc AS p
JOIN pg_catalog.pg_language AS l ON l.oid = p.prolang
WHERE p.oid >= 16384
UNION ALL
SELECT 'n', oid::bigint, nspname::text, false
FROM pg_catalog.pg_namespace
WHERE oid >= 16384
