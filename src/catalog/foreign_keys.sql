-- Foreign keys. Those to a partitioned table have a twin per partition, which is left out: the key it descends from
-- points elsewhere. `conperiod` (Postgres 18) is read from the row as a whole, since older servers do not have it.
WITH RECURSIVE ancestor AS (
    SELECT c.oid, c.conparentid, c.confrelid
    FROM pg_catalog.pg_constraint AS c
    WHERE c.contype = 'f'
    UNION ALL
    SELECT a.oid, p.conparentid, p.confrelid
    FROM ancestor AS a
    JOIN pg_catalog.pg_constraint AS p ON p.oid = a.conparentid
)
SELECT c.conrelid, c.conname, c.conkey, c.confrelid, c.confkey, c.convalidated
FROM pg_catalog.pg_constraint AS c
JOIN ancestor AS root ON root.oid = c.oid AND root.conparentid = 0 AND root.confrelid = c.confrelid
WHERE coalesce(pg_catalog.to_jsonb(c) ->> 'conperiod', 'false') = 'false'
ORDER BY c.conrelid, c.conname
