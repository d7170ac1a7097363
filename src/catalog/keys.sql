-- Primary keys, unique constraints and unique indexes that hold for every row, without their INCLUDE columns.
SELECT
    i.indrelid,
    c.relname,
    i.indisprimary,
    (i.indkey::int2[])[0:i.indnkeyatts - 1],
    i.indimmediate
FROM pg_catalog.pg_index AS i
JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL
    AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
ORDER BY i.indrelid, i.indisprimary DESC, c.relname
