-- Which object depends on which. What belongs to a relation is that relation, arrays are what they are arrays of, and members
-- of an inheritance tree depend on one another. Foreign keys are left out: that a row is there says nothing of its columns.
WITH node (class, id, kind, owner) AS (
    SELECT
        'pg_catalog.pg_class'::regclass::oid, c.oid, 'r', coalesce(i.indrelid, c.oid)
    FROM pg_catalog.pg_class AS c
    LEFT JOIN pg_catalog.pg_index AS i ON i.indexrelid = c.oid
    WHERE c.oid >= 16384
    UNION ALL
    SELECT
        'pg_catalog.pg_type'::regclass::oid,
        t.oid,
        CASE WHEN coalesce(element.typrelid, t.typrelid) <> 0 THEN 'r' ELSE 't' END,
        CASE
            WHEN coalesce(element.typrelid, t.typrelid) <> 0 THEN coalesce(element.typrelid, t.typrelid)
            ELSE coalesce(element.oid, range.rngtypid, t.oid)
        END
    FROM pg_catalog.pg_type AS t
    LEFT JOIN pg_catalog.pg_type AS element ON element.typarray = t.oid
    LEFT JOIN pg_catalog.pg_range AS range ON range.rngmultitypid = t.oid
    WHERE t.oid >= 16384
    UNION ALL
    SELECT 'pg_catalog.pg_proc'::regclass::oid, oid, 'f', oid
    FROM pg_catalog.pg_proc
    WHERE oid >= 16384
    UNION ALL
    SELECT 'pg_catalog.pg_rewrite'::regclass::oid, oid, 'r', ev_class FROM pg_catalog.pg_rewrite
    UNION ALL
    SELECT 'pg_catalog.pg_attrdef'::regclass::oid, oid, 'r', adrelid FROM pg_catalog.pg_attrdef
    UNION ALL
    SELECT 'pg_catalog.pg_policy'::regclass::oid, oid, 'r', polrelid FROM pg_catalog.pg_policy
    UNION ALL
    SELECT 'pg_catalog.pg_trigger'::regclass::oid, oid, 'r', tgrelid
    FROM pg_catalog.pg_trigger
    WHERE NOT tgisinternal
    UNION ALL
    SELECT
        'pg_catalog.pg_constraint'::regclass::oid,
        oid,
        CASE WHEN conrelid <> 0 THEN 'r' ELSE 't' END,
        CASE WHEN conrelid <> 0 THEN conrelid ELSE contypid END
    FROM pg_catalog.pg_constraint
    WHERE contype <> 'f'
)
SELECT DISTINCT dependent.kind, dependent.owner::bigint, used.kind, used.owner::bigint
FROM pg_catalog.pg_depend AS d
JOIN node AS dependent ON dependent.class = d.classid AND dependent.id = d.objid
JOIN node AS used ON used.class = d.refclassid AND used.id = d.refobjid
WHERE (dependent.kind, dependent.owner) <> (used.kind, used.owner)
UNION
SELECT 'r', inhrelid::bigint, 'r', inhparent::bigint FROM pg_catalog.pg_inherits
UNION
SELECT 'r', inhparent::bigint, 'r', inhrelid::bigint FROM pg_catalog.pg_inherits
