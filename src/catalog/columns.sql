-- Live columns in order. A NOT NULL that was added NOT VALID (Postgres 18) promises nothing yet.
SELECT
    a.attrelid,
    a.attnum,
    a.attname,
    a.atttypid,
    a.attnotnull AND coalesce(c.convalidated, true),
    a.atthasdef OR a.attidentity <> '' OR t.typdefault IS NOT NULL,
    a.attgenerated <> '' OR a.attidentity = 'a',
    d.description,
    -- Not by a join, which would read every default.
    CASE WHEN a.attgenerated <> '' THEN (
        SELECT e.adbin::text
        FROM pg_catalog.pg_attrdef AS e
        WHERE e.adrelid = a.attrelid AND e.adnum = a.attnum
    ) END,
    -- Of no meaning to Postgres itself; smallint since version 16.
    a.attndims::integer,
    coalesce(l.collisdeterministic, true),
    a.attcollation
FROM pg_catalog.pg_attribute AS a
JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid
LEFT JOIN pg_catalog.pg_collation AS l ON l.oid = a.attcollation
LEFT JOIN pg_catalog.pg_constraint AS c
    ON c.conrelid = a.attrelid AND c.contype = 'n' AND c.conkey = ARRAY[a.attnum]
LEFT JOIN pg_catalog.pg_description AS d
    ON d.objoid = a.attrelid AND d.classoid = 'pg_catalog.pg_class'::regclass AND d.objsubid = a.attnum
WHERE a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attrelid, a.attnum
