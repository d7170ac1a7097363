-- What a statement can violate: constraints of tables and domains, and unique indexes that are none. With the name of what
-- it descends from: for a partition's, that of the partitioned table.
WITH RECURSIVE descent AS (
    SELECT c.oid, c.oid AS root
    FROM pg_catalog.pg_constraint AS c
    WHERE c.conparentid = 0
    UNION ALL
    SELECT c.oid, descent.root
    FROM descent
    JOIN pg_catalog.pg_constraint AS c ON c.conparentid = descent.oid
)
SELECT root.conrelid, root.contypid, root.contype, root.conname, c.conname
FROM descent
JOIN pg_catalog.pg_constraint AS c ON c.oid = descent.oid
JOIN pg_catalog.pg_constraint AS root ON root.oid = descent.root
-- A child's copy of a check has the name of the parent's.
WHERE c.contype IN ('p', 'u', 'f', 'x') OR c.contype = 'c' AND c.conislocal
UNION ALL
SELECT root.indrelid, 0, 'u', root_name.relname, name.relname
FROM pg_catalog.pg_index AS i
JOIN pg_catalog.pg_class AS name ON name.oid = i.indexrelid
JOIN pg_catalog.pg_index AS root
    ON root.indexrelid = coalesce(pg_catalog.pg_partition_root(i.indexrelid), i.indexrelid)
JOIN pg_catalog.pg_class AS root_name ON root_name.oid = root.indexrelid
WHERE i.indisunique
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint AS c WHERE c.conindid = i.indexrelid AND c.contype <> 'f')
ORDER BY 1, 2, 4, 5
