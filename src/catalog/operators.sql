-- The operators that Postgres takes another one for, as the negator for `NOT`, which may be true of NULL.
SELECT DISTINCT o.oid
FROM pg_catalog.pg_operator AS n
JOIN pg_catalog.pg_proc AS p ON p.oid = n.oprcode
JOIN pg_catalog.pg_operator AS o ON n.oid IN (o.oprnegate, o.oprcom)
WHERE n.oid >= 16384 AND NOT p.proisstrict
ORDER BY o.oid
