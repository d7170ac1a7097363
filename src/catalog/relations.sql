-- Whatever has columns, the server's own included: queries may read `pg_class`.
SELECT
    c.oid,
    n.nspname,
    c.relname,
    c.relkind,
    c.relispartition,
    d.description,
    extension.objid IS NOT NULL,
    c.relrowsecurity,
    pg_catalog.pg_table_is_visible(c.oid)
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_description AS d
    ON d.objoid = c.oid AND d.classoid = 'pg_catalog.pg_class'::regclass AND d.objsubid = 0
LEFT JOIN pg_catalog.pg_depend AS extension
    ON extension.objid = c.oid
    AND extension.classid = 'pg_catalog.pg_class'::regclass
    AND extension.deptype = 'e'
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'c', 'S') AND n.nspname !~ '^pg_(toast|temp)'
