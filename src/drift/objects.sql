-- What is in a database, one object to a row: its kind, its name, what it is part of, what it is, the expression that is the
-- rest of it, and the statements that make that anew, where Postgres may write it in another way the second time.
--
-- Read with an empty `search_path`, so that every name has its schema. What an extension owns is left out.
WITH spaces AS (
  SELECT n.oid, n.nspname
  FROM pg_namespace n
  WHERE n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
),
members AS (SELECT classid, objid FROM pg_depend WHERE deptype = 'e'),
tables AS (
  SELECT c.*, format('%I.%I', s.nspname, c.relname) AS name
  FROM pg_class c
  JOIN spaces s ON s.oid = c.relnamespace
  WHERE NOT EXISTS (SELECT FROM members m WHERE m.classid = 'pg_class'::regclass AND m.objid = c.oid)
),
types AS (
  SELECT t.*, format('%I.%I', s.nspname, t.typname) AS name
  FROM pg_type t
  JOIN spaces s ON s.oid = t.typnamespace
  WHERE NOT EXISTS (SELECT FROM members m WHERE m.classid = 'pg_type'::regclass AND m.objid = t.oid)
),
functions AS (
  SELECT p.*, format('%I.%I(%s)', s.nspname, p.proname, pg_get_function_identity_arguments(p.oid)) AS name
  FROM pg_proc p
  JOIN spaces s ON s.oid = p.pronamespace
  WHERE NOT EXISTS (SELECT FROM members m WHERE m.classid = 'pg_proc'::regclass AND m.objid = p.oid)
    -- The constructors of ranges come with their types.
    AND NOT EXISTS (
      SELECT FROM pg_depend d
      WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.refclassid = 'pg_type'::regclass AND d.deptype = 'i'
    )
),
sequences AS (
  SELECT
    c.oid,
    c.name,
    concat_ws(
      ' ',
      'AS ' || format_type(s.seqtypid, NULL),
      'START ' || s.seqstart,
      'INCREMENT ' || s.seqincrement,
      'MIN ' || s.seqmin,
      'MAX ' || s.seqmax,
      'CACHE ' || s.seqcache,
      CASE WHEN s.seqcycle THEN 'CYCLE' END
    ) AS options,
    d.deptype,
    d.refobjid,
    d.refobjsubid,
    c.relpersistence
  FROM tables c
  JOIN pg_sequence s ON s.seqrelid = c.oid
  LEFT JOIN pg_depend d
    ON d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.refclassid = 'pg_class'::regclass
    AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i')
),
columns AS (
  SELECT
    a.attrelid,
    a.attnum,
    a.attname,
    c.name AS table_name,
    c.relkind,
    c.relispartition,
    format('%s.%I', c.name, a.attname) AS name,
    format_type(a.atttypid, a.atttypmod) AS type,
    a.attnotnull,
    a.attgenerated,
    a.attidentity,
    pg_get_expr(d.adbin, d.adrelid) AS expression,
    CASE WHEN a.attcollation <> t.typcollation THEN a.attcollation::regcollation::text END AS collation
  FROM tables c
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  JOIN pg_type t ON t.oid = a.atttypid
  LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
),
objects (kind, name, part_of, definition, expression, anew) AS (
  SELECT 'schema', format('%I', nspname), NULL, '', NULL, NULL
  FROM spaces s
  WHERE NOT EXISTS (SELECT FROM members m WHERE m.classid = 'pg_namespace'::regclass AND m.objid = s.oid)

  UNION ALL
  SELECT 'extension', format('%I', e.extname), NULL, format('in schema %I', n.nspname), NULL, NULL
  FROM pg_extension e
  JOIN pg_namespace n ON n.oid = e.extnamespace

  UNION ALL
  SELECT
    CASE c.relkind WHEN 'f' THEN 'foreign table' ELSE 'table' END,
    c.name,
    NULL,
    concat_ws(
      ', ',
      CASE c.relpersistence WHEN 'u' THEN 'unlogged' END,
      CASE WHEN c.relkind = 'p' THEN 'partitioned by ' || pg_get_partkeydef(c.oid) END,
      CASE
        WHEN c.relispartition THEN format(
          'partition of %s %s',
          (SELECT i.inhparent::regclass FROM pg_inherits i WHERE i.inhrelid = c.oid),
          pg_get_expr(c.relpartbound, c.oid)
        )
        ELSE (
          SELECT 'inherits ' || string_agg(i.inhparent::regclass::text, ', ' ORDER BY i.inhseqno)
          FROM pg_inherits i
          WHERE i.inhrelid = c.oid
        )
      END,
      (SELECT 'of type ' || c.reloftype::regtype WHERE c.reloftype <> 0),
      (SELECT 'using ' || m.amname FROM pg_am m WHERE m.oid = c.relam AND m.amname <> 'heap'),
      CASE WHEN c.relrowsecurity THEN 'row level security' END,
      CASE WHEN c.relforcerowsecurity THEN 'forced for the owner' END,
      CASE c.relreplident WHEN 'n' THEN 'no replica identity' WHEN 'f' THEN 'replica identity full' END,
      (
        SELECT 'replica identity ' || i.indexrelid::regclass
        FROM pg_index i
        WHERE i.indrelid = c.oid AND i.indisreplident
      ),
      'with ' || array_to_string(c.reloptions, ', '),
      (
        SELECT format('server %I %s', s.srvname, array_to_string(f.ftoptions, ', '))
        FROM pg_foreign_table f
        JOIN pg_foreign_server s ON s.oid = f.ftserver
        WHERE f.ftrelid = c.oid
      )
    ),
    NULL,
    NULL
  FROM tables c
  WHERE c.relkind IN ('r', 'p', 'f')

  UNION ALL
  SELECT
    'column',
    c.name,
    c.table_name,
    concat_ws(
      ' ',
      c.type,
      'COLLATE ' || c.collation,
      CASE WHEN c.attnotnull THEN 'NOT NULL' END,
      CASE
        -- Before Postgres 17, partitions had none.
        WHEN c.attidentity <> '' AND NOT c.relispartition THEN format(
          'GENERATED %s AS IDENTITY (%s)',
          CASE c.attidentity WHEN 'a' THEN 'ALWAYS' ELSE 'BY DEFAULT' END,
          (
            SELECT s.options
            FROM sequences s
            WHERE s.deptype = 'i' AND s.refobjid = c.attrelid AND s.refobjsubid = c.attnum
          )
        )
        WHEN c.attgenerated = 's' THEN 'STORED'
        WHEN c.attgenerated = 'v' THEN 'VIRTUAL'
      END
    ),
    CASE c.attgenerated WHEN '' THEN 'DEFAULT ' || c.expression ELSE format('GENERATED ALWAYS AS (%s)', c.expression) END,
    CASE
      WHEN c.expression IS NOT NULL AND c.attgenerated = ''
        THEN format('ALTER TABLE %s ALTER COLUMN %I SET DEFAULT %s', c.table_name, c.attname, c.expression)
      WHEN c.attgenerated <> '' THEN format(
        'ALTER TABLE %1$s DROP COLUMN %2$I CASCADE; ALTER TABLE %1$s ADD COLUMN %2$I %3$s %4$s %5$s GENERATED ALWAYS AS (%6$s) %7$s',
        c.table_name,
        c.attname,
        c.type,
        'COLLATE ' || c.collation,
        CASE WHEN c.attnotnull THEN 'NOT NULL' END,
        c.expression,
        CASE c.attgenerated WHEN 's' THEN 'STORED' ELSE 'VIRTUAL' END
      )
    END
  FROM columns c
  WHERE c.relkind IN ('r', 'p', 'f')

  UNION ALL
  SELECT
    CASE c.contype WHEN 'f' THEN 'foreign key' ELSE 'constraint' END,
    format('%I on %s', c.conname, t.name),
    t.name,
    CASE
      WHEN EXISTS (SELECT FROM pg_trigger g WHERE g.tgconstraint = c.oid AND g.tgisinternal AND g.tgenabled <> 'O')
        THEN 'its triggers are disabled:'
    END,
    pg_get_constraintdef(c.oid),
    CASE
      WHEN c.contype IN ('c', 'x') THEN format(
        'ALTER TABLE %1$s DROP CONSTRAINT IF EXISTS %2$I; ALTER TABLE %1$s ADD CONSTRAINT %2$I %3$s',
        t.name,
        c.conname,
        pg_get_constraintdef(c.oid)
      )
    END
  FROM pg_constraint c
  JOIN tables t ON t.oid = c.conrelid
  -- That a column is NOT NULL is said of the column; Postgres 18 has a constraint for it.
  WHERE c.contype IN ('c', 'f', 'p', 'u', 'x') AND c.conparentid = 0 AND (c.conislocal OR c.coninhcount = 0)

  UNION ALL
  SELECT
    'index',
    i.name,
    t.name,
    CASE WHEN NOT x.indisvalid THEN 'not valid:' END,
    pg_get_indexdef(i.oid),
    format('DROP INDEX %s CASCADE; %s', i.name, pg_get_indexdef(i.oid))
  FROM tables i
  JOIN pg_index x ON x.indexrelid = i.oid
  JOIN tables t ON t.oid = x.indrelid
  WHERE NOT EXISTS (SELECT FROM pg_inherits h WHERE h.inhrelid = i.oid)
    AND NOT EXISTS (
      SELECT FROM pg_constraint c WHERE c.conindid = i.oid AND c.contype IN ('p', 'u', 'x')
    )

  UNION ALL
  SELECT
    CASE c.relkind WHEN 'm' THEN 'materialized view' ELSE 'view' END,
    c.name,
    NULL,
    'with ' || array_to_string(c.reloptions, ', '),
    pg_get_viewdef(c.oid),
    CASE c.relkind
      WHEN 'm' THEN format(
        'DROP MATERIALIZED VIEW %1$s CASCADE; CREATE MATERIALIZED VIEW %1$s AS %2$s WITH NO DATA',
        c.name,
        rtrim(pg_get_viewdef(c.oid), ';')
      )
      ELSE format('CREATE OR REPLACE VIEW %s AS %s', c.name, pg_get_viewdef(c.oid))
    END
  FROM tables c
  WHERE c.relkind IN ('v', 'm')

  UNION ALL
  SELECT
    'rule',
    format('%I on %s', r.rulename, t.name),
    t.name,
    CASE WHEN r.ev_enabled <> 'O' THEN 'disabled:' END,
    pg_get_ruledef(r.oid),
    format('DROP RULE %I ON %s; %s', r.rulename, t.name, pg_get_ruledef(r.oid))
  FROM pg_rewrite r
  JOIN tables t ON t.oid = r.ev_class
  WHERE r.rulename <> '_RETURN'

  UNION ALL
  SELECT
    'trigger',
    format('%I on %s', g.tgname, t.name),
    t.name,
    CASE g.tgenabled WHEN 'D' THEN 'disabled:' WHEN 'R' THEN 'on replicas:' WHEN 'A' THEN 'always:' END,
    pg_get_triggerdef(g.oid),
    format('DROP TRIGGER %I ON %s; %s', g.tgname, t.name, pg_get_triggerdef(g.oid))
  FROM pg_trigger g
  JOIN tables t ON t.oid = g.tgrelid
  WHERE NOT g.tgisinternal AND g.tgparentid = 0

  UNION ALL
  SELECT
    'policy',
    format('%I on %s', p.polname, t.name),
    t.name,
    p.definition,
    p.expression,
    format('DROP POLICY %1$I ON %2$s; CREATE POLICY %1$I ON %2$s %3$s %4$s', p.polname, t.name, p.definition, p.expression)
  FROM (
    SELECT
      q.polname,
      q.polrelid,
      concat_ws(
        ' ',
        CASE WHEN q.polpermissive THEN 'AS PERMISSIVE' ELSE 'AS RESTRICTIVE' END,
        'FOR',
        CASE q.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE' ELSE 'ALL' END,
        'TO',
        (
          SELECT string_agg(CASE r WHEN 0 THEN 'public' ELSE r::regrole::text END, ', ' ORDER BY r::regrole::text)
          FROM unnest(q.polroles) r
        )
      ) AS definition,
      concat_ws(
        ' ',
        format('USING (%s)', pg_get_expr(q.polqual, q.polrelid)),
        CASE WHEN q.polwithcheck IS NOT NULL THEN format('WITH CHECK (%s)', pg_get_expr(q.polwithcheck, q.polrelid)) END
      ) AS expression
    FROM pg_policy q
  ) p
  JOIN tables t ON t.oid = p.polrelid

  UNION ALL
  SELECT
    'sequence',
    s.name,
    CASE WHEN s.deptype = 'a' THEN s.refobjid::regclass::text END,
    concat_ws(
      ', ',
      s.options,
      CASE s.relpersistence WHEN 'u' THEN 'unlogged' END,
      (
        SELECT format('owned by %s', c.name)
        FROM columns c
        WHERE s.deptype = 'a' AND c.attrelid = s.refobjid AND c.attnum = s.refobjsubid
      )
    ),
    NULL,
    NULL
  FROM sequences s
  WHERE s.deptype IS DISTINCT FROM 'i'

  UNION ALL
  SELECT
    'enum',
    t.name,
    NULL,
    (SELECT string_agg(quote_literal(e.enumlabel), ', ' ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid),
    NULL,
    NULL
  FROM types t
  WHERE t.typtype = 'e'

  UNION ALL
  SELECT
    'domain',
    t.name,
    NULL,
    concat_ws(
      ' ',
      format_type(t.typbasetype, t.typtypmod),
      (
        SELECT 'COLLATE ' || t.typcollation::regcollation
        FROM pg_type b
        WHERE b.oid = t.typbasetype AND b.typcollation <> t.typcollation
      ),
      CASE WHEN t.typnotnull THEN 'NOT NULL' END,
      'DEFAULT ' || t.typdefault
    ),
    NULL,
    NULL
  FROM types t
  WHERE t.typtype = 'd'

  UNION ALL
  SELECT
    'constraint',
    format('%I on %s', c.conname, t.name),
    t.name,
    NULL,
    pg_get_constraintdef(c.oid),
    format(
      'ALTER DOMAIN %1$s DROP CONSTRAINT %2$I; ALTER DOMAIN %1$s ADD CONSTRAINT %2$I %3$s',
      t.name,
      c.conname,
      pg_get_constraintdef(c.oid)
    )
  FROM pg_constraint c
  JOIN types t ON t.oid = c.contypid
  WHERE c.contype = 'c'

  UNION ALL
  SELECT
    'composite type',
    t.name,
    NULL,
    (
      SELECT string_agg(concat_ws(' ', quote_ident(c.attname), c.type, 'COLLATE ' || c.collation), ', ' ORDER BY c.attnum)
      FROM columns c
      WHERE c.attrelid = t.typrelid
    ),
    NULL,
    NULL
  FROM types t
  JOIN tables c ON c.oid = t.typrelid AND c.relkind = 'c'

  UNION ALL
  SELECT 'range type', t.name, NULL, 'of ' || format_type(r.rngsubtype, NULL), NULL, NULL
  FROM types t
  JOIN pg_range r ON r.rngtypid = t.oid

  UNION ALL
  SELECT 'base type', t.name, NULL, concat_ws(' ', t.typinput::text, t.typoutput::text, t.typlen, t.typalign), NULL, NULL
  FROM types t
  WHERE t.typtype = 'b' AND t.typelem = 0

  UNION ALL
  SELECT
    CASE p.prokind WHEN 'p' THEN 'procedure' ELSE 'function' END,
    p.name,
    NULL,
    NULL,
    pg_get_functiondef(p.oid),
    CASE WHEN p.prosqlbody IS NOT NULL THEN pg_get_functiondef(p.oid) END
  FROM functions p
  WHERE p.prokind <> 'a'

  UNION ALL
  SELECT
    'aggregate',
    p.name,
    NULL,
    concat_ws(
      ', ',
      'returns ' || format_type(p.prorettype, NULL),
      'state ' || a.aggtransfn,
      'of ' || format_type(a.aggtranstype, NULL),
      'final ' || nullif(a.aggfinalfn::text, '-'),
      'combine ' || nullif(a.aggcombinefn::text, '-'),
      'initially ' || a.agginitval
    ),
    NULL,
    NULL
  FROM functions p
  JOIN pg_aggregate a ON a.aggfnoid = p.oid

  UNION ALL
  SELECT
    'operator',
    o.oid::regoperator::text,
    NULL,
    concat_ws(', ', o.oprcode::text, o.oprrest::text, o.oprjoin::text),
    NULL,
    NULL
  FROM pg_operator o
  JOIN spaces s ON s.oid = o.oprnamespace
  WHERE NOT EXISTS (SELECT FROM members m WHERE m.classid = 'pg_operator'::regclass AND m.objid = o.oid)

  UNION ALL
  SELECT
    'operator class',
    format('%I.%I using %s', s.nspname, o.opcname, m.amname),
    NULL,
    concat_ws(' ', 'for', format_type(o.opcintype, NULL), CASE WHEN o.opcdefault THEN 'by default' END),
    NULL,
    NULL
  FROM pg_opclass o
  JOIN spaces s ON s.oid = o.opcnamespace
  JOIN pg_am m ON m.oid = o.opcmethod
  WHERE NOT EXISTS (SELECT FROM members e WHERE e.classid = 'pg_opclass'::regclass AND e.objid = o.oid)

  UNION ALL
  SELECT
    'cast',
    format('%s as %s', format_type(c.castsource, NULL), format_type(c.casttarget, NULL)),
    NULL,
    concat_ws(' ', nullif(c.castfunc, 0)::regprocedure::text, 'method ' || c.castmethod::text, 'context ' || c.castcontext::text),
    NULL,
    NULL
  FROM pg_cast c
  WHERE c.oid >= 16384
    AND NOT EXISTS (
      SELECT FROM pg_depend d
      WHERE d.classid = 'pg_cast'::regclass AND d.objid = c.oid AND d.deptype IN ('e', 'i')
    )

  UNION ALL
  SELECT
    'collation',
    format('%I.%I', s.nspname, c.collname),
    NULL,
    concat_ws(
      ', ',
      'provider ' || c.collprovider::text,
      c.collcollate,
      c.collctype,
      coalesce(to_jsonb(c) ->> 'colllocale', to_jsonb(c) ->> 'colliculocale'),
      CASE WHEN NOT c.collisdeterministic THEN 'not deterministic' END
    ),
    NULL,
    NULL
  FROM pg_collation c
  JOIN spaces s ON s.oid = c.collnamespace
  WHERE NOT EXISTS (SELECT FROM members m WHERE m.classid = 'pg_collation'::regclass AND m.objid = c.oid)

  UNION ALL
  SELECT
    'text search configuration',
    format('%I.%I', s.nspname, c.cfgname),
    NULL,
    concat_ws(
      ', ',
      (SELECT p.prsname FROM pg_ts_parser p WHERE p.oid = c.cfgparser),
      (
        SELECT string_agg(format('%s: %s', m.maptokentype, m.mapdict::regdictionary), ', ' ORDER BY m.maptokentype, m.mapseqno)
        FROM pg_ts_config_map m
        WHERE m.mapcfg = c.oid
      )
    ),
    NULL,
    NULL
  FROM pg_ts_config c
  JOIN spaces s ON s.oid = c.cfgnamespace
  WHERE NOT EXISTS (SELECT FROM members m WHERE m.classid = 'pg_ts_config'::regclass AND m.objid = c.oid)

  UNION ALL
  SELECT 'text search dictionary', format('%I.%I', s.nspname, d.dictname), NULL, d.dictinitoption, NULL, NULL
  FROM pg_ts_dict d
  JOIN spaces s ON s.oid = d.dictnamespace
  WHERE NOT EXISTS (SELECT FROM members m WHERE m.classid = 'pg_ts_dict'::regclass AND m.objid = d.oid)

  UNION ALL
  SELECT 'statistics', format('%I.%I', s.nspname, x.stxname), x.stxrelid::regclass::text, NULL, pg_get_statisticsobjdef(x.oid),
    format('DROP STATISTICS %I.%I; %s', s.nspname, x.stxname, pg_get_statisticsobjdef(x.oid))
  FROM pg_statistic_ext x
  JOIN spaces s ON s.oid = x.stxnamespace
  WHERE NOT EXISTS (SELECT FROM members m WHERE m.classid = 'pg_statistic_ext'::regclass AND m.objid = x.oid)

  UNION ALL
  SELECT 'foreign server', format('%I', f.srvname), NULL, array_to_string(f.srvoptions, ', '), NULL, NULL
  FROM pg_foreign_server f
  WHERE NOT EXISTS (SELECT FROM members m WHERE m.classid = 'pg_foreign_server'::regclass AND m.objid = f.oid)

  UNION ALL
  SELECT
    'event trigger',
    format('%I', e.evtname),
    NULL,
    concat_ws(', ', e.evtevent, e.evtfoid::regprocedure::text, array_to_string(e.evttags, ' '), 'enabled ' || e.evtenabled::text),
    NULL,
    NULL
  FROM pg_event_trigger e
  WHERE NOT EXISTS (SELECT FROM members m WHERE m.classid = 'pg_event_trigger'::regclass AND m.objid = e.oid)

  UNION ALL
  SELECT
    'publication',
    format('%I', p.pubname),
    NULL,
    concat_ws(
      ', ',
      CASE WHEN p.puballtables THEN 'all tables' END,
      (SELECT string_agg(r.prrelid::regclass::text, ', ' ORDER BY r.prrelid::regclass::text) FROM pg_publication_rel r WHERE r.prpubid = p.oid),
      CASE WHEN p.pubinsert THEN 'insert' END,
      CASE WHEN p.pubupdate THEN 'update' END,
      CASE WHEN p.pubdelete THEN 'delete' END,
      CASE WHEN p.pubtruncate THEN 'truncate' END,
      CASE WHEN p.pubviaroot THEN 'via root' END
    ),
    NULL,
    NULL
  FROM pg_publication p

  UNION ALL
  SELECT
    'comment',
    format('on %s %s', replace(o.type, 'table column', 'column'), o.identity),
    CASE d.classoid
      -- Of a column, it is part of that.
      WHEN 'pg_class'::regclass THEN o.identity
      WHEN 'pg_constraint'::regclass
        THEN (SELECT nullif(c.conrelid, 0)::regclass::text FROM pg_constraint c WHERE c.oid = d.objoid)
      WHEN 'pg_trigger'::regclass THEN (SELECT g.tgrelid::regclass::text FROM pg_trigger g WHERE g.oid = d.objoid)
      WHEN 'pg_policy'::regclass THEN (SELECT p.polrelid::regclass::text FROM pg_policy p WHERE p.oid = d.objoid)
      ELSE o.identity
    END,
    quote_literal(d.description),
    NULL,
    NULL
  FROM pg_description d
  CROSS JOIN LATERAL pg_identify_object(d.classoid, d.objoid, d.objsubid) o
  WHERE d.objoid >= 16384
    AND d.classoid <> 'pg_extension'::regclass
    AND o.schema IS DISTINCT FROM 'pg_toast'
    AND NOT EXISTS (SELECT FROM members m WHERE m.classid = d.classoid AND m.objid = d.objoid)

  UNION ALL
  -- What differs from the privileges that Postgres gives to everybody.
  SELECT
    'grant',
    format('on %s to %s', g.name, CASE g.grantee WHEN 0 THEN 'public' ELSE g.grantee::regrole::text END),
    g.name,
    coalesce(
      string_agg(
        g.privilege || CASE WHEN g.grantable THEN ' WITH GRANT OPTION' ELSE '' END,
        ', ' ORDER BY g.privilege
      ) FILTER (WHERE g.privilege <> ''),
      'nothing'
    ),
    NULL,
    NULL
  FROM (
    SELECT c.name, a.grantee, a.privilege_type AS privilege, a.is_grantable AS grantable
    FROM tables c
    CROSS JOIN LATERAL aclexplode(c.relacl) a
    WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm', 'S') AND a.grantee <> c.relowner
    UNION ALL
    SELECT c.name, a.grantee, a.privilege_type, a.is_grantable
    FROM columns c
    JOIN pg_class t ON t.oid = c.attrelid
    JOIN pg_attribute o ON o.attrelid = c.attrelid AND o.attnum = c.attnum
    CROSS JOIN LATERAL aclexplode(o.attacl) a
    WHERE a.grantee <> t.relowner
    UNION ALL
    SELECT p.name, a.grantee, a.privilege_type, a.is_grantable
    FROM functions p
    CROSS JOIN LATERAL aclexplode(p.proacl) a
    WHERE a.grantee NOT IN (0, p.proowner)
    UNION ALL
    SELECT p.name, 0, '', false
    FROM functions p
    WHERE p.proacl IS NOT NULL AND NOT EXISTS (SELECT FROM aclexplode(p.proacl) a WHERE a.grantee = 0)
    UNION ALL
    SELECT t.name, a.grantee, a.privilege_type, a.is_grantable
    FROM types t
    CROSS JOIN LATERAL aclexplode(t.typacl) a
    WHERE a.grantee NOT IN (0, t.typowner)
    UNION ALL
    SELECT t.name, 0, '', false
    FROM types t
    WHERE t.typacl IS NOT NULL AND NOT EXISTS (SELECT FROM aclexplode(t.typacl) a WHERE a.grantee = 0)
    UNION ALL
    SELECT format('%I', n.nspname), a.grantee, a.privilege_type, a.is_grantable
    FROM pg_namespace n
    JOIN spaces s ON s.oid = n.oid
    CROSS JOIN LATERAL aclexplode(n.nspacl) a
    -- What everybody may do in `public` has changed with Postgres 15, and stays as it was in a database that was upgraded.
    WHERE a.grantee <> n.nspowner AND NOT (n.nspname = 'public' AND a.grantee = 0)
    UNION ALL
    SELECT
      concat_ws(
        ' ',
        'future',
        CASE d.defaclobjtype WHEN 'r' THEN 'tables' WHEN 'S' THEN 'sequences' WHEN 'f' THEN 'functions' WHEN 'T' THEN 'types' ELSE 'schemas' END,
        (SELECT format('in %I', n.nspname) FROM pg_namespace n WHERE n.oid = d.defaclnamespace)
      ),
      a.grantee,
      a.privilege_type,
      a.is_grantable
    FROM pg_default_acl d
    CROSS JOIN LATERAL aclexplode(d.defaclacl) a
    WHERE a.grantee <> d.defaclrole
  ) g
  GROUP BY g.name, g.grantee

  UNION ALL
  SELECT 'owner', o.name, o.name, o.owner::regrole::text, NULL, NULL
  FROM (
    SELECT c.name, c.relowner FROM tables c WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm')
    UNION ALL
    SELECT t.name, t.typowner FROM types t WHERE t.typtype IN ('e', 'd')
    UNION ALL
    SELECT p.name, p.proowner FROM functions p
  ) o (name, owner)
)
SELECT kind, name, part_of, coalesce(definition, '') AS definition, coalesce(expression, '') AS expression, anew
FROM objects
ORDER BY kind, name, definition;
