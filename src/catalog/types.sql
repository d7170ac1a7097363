-- Every type, with what its kind needs.
SELECT
    t.oid,
    n.nspname,
    t.typname,
    t.typtype,
    -- Fixed-length types such as `point` can be subscripted too; only true arrays use this handler. The vectors are
    -- arrays to it, but types of their own to everything else.
    CASE
        WHEN t.typsubscript = 'pg_catalog.array_subscript_handler'::regproc
            AND t.oid NOT IN ('pg_catalog.int2vector'::regtype, 'pg_catalog.oidvector'::regtype)
        THEN t.typelem
        ELSE 0
    END,
    t.typrelid,
    t.typbasetype,
    t.typnotnull,
    coalesce(range.rngsubtype, 0::oid),
    coalesce(multirange.rngtypid, 0::oid),
    CASE t.typtype WHEN 'e' THEN ARRAY(
        SELECT e.enumlabel::text
        FROM pg_catalog.pg_enum AS e
        WHERE e.enumtypid = t.oid
        ORDER BY e.enumsortorder
    ) END,
    CASE t.typtype WHEN 'd' THEN ARRAY(
        SELECT pg_catalog.pg_get_constraintdef(c.oid)
        FROM pg_catalog.pg_constraint AS c
        WHERE c.contypid = t.oid AND c.contype = 'c'
        ORDER BY c.conname
    ) END,
    d.description,
    extension.objid IS NOT NULL,
    t.typndims::integer
FROM pg_catalog.pg_type AS t
JOIN pg_catalog.pg_namespace AS n ON n.oid = t.typnamespace
LEFT JOIN pg_catalog.pg_range AS range ON range.rngtypid = t.oid
LEFT JOIN pg_catalog.pg_range AS multirange ON multirange.rngmultitypid = t.oid
LEFT JOIN pg_catalog.pg_description AS d
    ON d.objoid = t.oid AND d.classoid = 'pg_catalog.pg_type'::regclass AND d.objsubid = 0
LEFT JOIN pg_catalog.pg_depend AS extension
    ON extension.objid = t.oid
    AND extension.classid = 'pg_catalog.pg_type'::regclass
    AND extension.deptype = 'e'
