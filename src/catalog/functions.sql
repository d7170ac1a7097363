-- Functions and procedures that are not the server's own, with the names of what they take.
SELECT
    p.oid,
    n.nspname,
    p.proname,
    p.proisstrict,
    ARRAY(
        SELECT argument.name
        FROM pg_catalog.unnest(p.proargnames) WITH ORDINALITY AS argument (name, position)
        WHERE p.proargmodes IS NULL OR p.proargmodes[argument.position] IN ('i', 'b', 'v')
        ORDER BY argument.position
    ),
    p.provolatile = 'v'
FROM pg_catalog.pg_proc AS p
JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
WHERE p.oid >= 16384
