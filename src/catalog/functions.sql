-- Functions and procedures that are not the server's own, with the names of what they take.
SELECT
    p.oid,
    n.nspname,
    p.proname,
    p.proisstrict OR p.pronargs = 0,
    ARRAY(
        SELECT argument.name
        FROM pg_catalog.unnest(p.proargnames) WITH ORDINALITY AS argument (name, position)
        WHERE p.proargmodes IS NULL OR p.proargmodes[argument.position] IN ('i', 'b', 'v')
        ORDER BY argument.position
    ),
    p.provolatile = 'v',
    extension.extname
FROM pg_catalog.pg_proc AS p
JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
LEFT JOIN pg_catalog.pg_depend AS d
    ON d.objid = p.oid
    AND d.classid = 'pg_catalog.pg_proc'::regclass
    AND d.refclassid = 'pg_catalog.pg_extension'::regclass
    AND d.deptype = 'e'
LEFT JOIN pg_catalog.pg_extension AS extension ON extension.oid = d.refobjid
WHERE p.oid >= 16384
