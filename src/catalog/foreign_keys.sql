-- Foreign keys. Those to a partitioned table have a twin per partition, which is left out: the key it descends from
-- points elsewhere. `conperiod` and `conenforced` (Postgres 18) are read from the row as a whole, since older servers do
-- not have them.
WITH RECURSIVE ancestor AS (
    SELECT c.oid, c.oid AS ancestor, c.conparentid, c.confrelid
    FROM pg_catalog.pg_constraint AS c
    WHERE c.contype = 'f'
    UNION ALL
    SELECT a.oid, p.oid, p.conparentid, p.confrelid
    FROM ancestor AS a
    JOIN pg_catalog.pg_constraint AS p ON p.oid = a.conparentid
)
SELECT
    c.conrelid,
    c.conname,
    c.conkey,
    c.confrelid,
    c.confkey,
    c.convalidated,
    -- Whether it holds after each statement. The triggers of the key that it descends from, of that one's other partitions
    -- and twins, do their part of the work.
    NOT c.condeferrable
        AND coalesce(pg_catalog.to_jsonb(c) ->> 'conenforced', 'true') = 'true'
        AND NOT EXISTS (
            SELECT
            FROM ancestor AS relative
            JOIN pg_catalog.pg_trigger AS t ON t.tgconstraint = relative.oid
            WHERE relative.ancestor = root.ancestor AND t.tgenabled NOT IN ('O', 'A')
        ),
    -- Whether it changes the rows that refer to one that is changed or deleted.
    c.confupdtype NOT IN ('a', 'r') OR c.confdeltype NOT IN ('a', 'r'),
    -- The operators that compare the referenced column with this one, and this one with it.
    c.conpfeqop,
    ARRAY(
        SELECT coalesce(o.oprcom, 0::oid)
        FROM pg_catalog.unnest(c.conpfeqop) WITH ORDINALITY AS u (operator, position)
        LEFT JOIN pg_catalog.pg_operator AS o ON o.oid = u.operator
        ORDER BY u.position
    )
FROM pg_catalog.pg_constraint AS c
JOIN ancestor AS root ON root.oid = c.oid AND root.conparentid = 0 AND root.confrelid = c.confrelid
WHERE coalesce(pg_catalog.to_jsonb(c) ->> 'conperiod', 'false') = 'false'
ORDER BY c.conrelid, c.conname
