-- What a function of the schema for temporary objects, `rowsmith_query`, depends on, also through views, by the names of
-- `objects.sql`: tables, columns, functions and types.
WITH RECURSIVE used AS (
  SELECT d.refclassid, d.refobjid, d.refobjsubid
  FROM pg_depend d
  WHERE d.classid = 'pg_proc'::regclass
    AND d.objid = (SELECT p.oid FROM pg_proc p WHERE p.proname = 'rowsmith_query' AND p.pronamespace = pg_my_temp_schema())
  UNION
  SELECT d.refclassid, d.refobjid, d.refobjsubid
  FROM used u
  JOIN pg_rewrite r ON u.refclassid = 'pg_class'::regclass AND r.ev_class = u.refobjid AND r.rulename = '_RETURN'
  JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
)
SELECT
  CASE u.refclassid
    WHEN 'pg_class'::regclass THEN u.refobjid::regclass || coalesce('.' || quote_ident(a.attname), '')
    WHEN 'pg_type'::regclass THEN format_type(coalesce(nullif(t.typelem, 0), t.oid), NULL)
    WHEN 'pg_proc'::regclass THEN (
      SELECT format('%I.%I(%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid))
      FROM pg_proc p
      JOIN pg_namespace n ON n.oid = p.pronamespace
      WHERE p.oid = u.refobjid
    )
  END AS name
FROM used u
LEFT JOIN pg_attribute a
  ON u.refclassid = 'pg_class'::regclass AND u.refobjsubid > 0 AND a.attrelid = u.refobjid AND a.attnum = u.refobjsubid
LEFT JOIN pg_type t ON u.refclassid = 'pg_type'::regclass AND t.oid = u.refobjid
UNION
-- The types of the columns, arrays as their elements.
SELECT format_type(coalesce(nullif(t.typelem, 0), t.oid), NULL)
FROM used u
JOIN pg_attribute a ON a.attrelid = u.refobjid AND a.attnum = u.refobjsubid
JOIN pg_type t ON t.oid = a.atttypid
WHERE u.refclassid = 'pg_class'::regclass AND u.refobjsubid > 0
UNION
-- The tables of the columns.
SELECT u.refobjid::regclass::text
FROM used u
WHERE u.refclassid = 'pg_class'::regclass
