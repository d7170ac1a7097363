-- For each object: how many rows of the catalogs are about it, and the transaction that wrote the latest of them. Nothing is
-- inserted, updated or deleted there without a change of the two, as long as transactions are counted upwards. What belongs to
-- a relation (indexes, constraints, defaults, triggers, rules, policies) counts as that relation. The server's own objects are
-- one, and each catalog that knows no names in queries is one.
WITH part (kind, id, written) AS (
    SELECT 'r', c.oid, c.xmin
    FROM pg_catalog.pg_class AS c
    WHERE c.relkind NOT IN ('i', 'I')
    UNION ALL
    SELECT 'r', i.indrelid, c.xmin
    FROM pg_catalog.pg_index AS i
    JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
    UNION ALL SELECT 'r', indrelid, xmin FROM pg_catalog.pg_index
    UNION ALL SELECT 'r', attrelid, xmin FROM pg_catalog.pg_attribute
    UNION ALL SELECT 'r', adrelid, xmin FROM pg_catalog.pg_attrdef
    UNION ALL SELECT 'r', conrelid, xmin FROM pg_catalog.pg_constraint WHERE conrelid <> 0
    UNION ALL SELECT 'r', confrelid, xmin FROM pg_catalog.pg_constraint WHERE confrelid <> 0
    UNION ALL SELECT 't', contypid, xmin FROM pg_catalog.pg_constraint WHERE contypid <> 0
    UNION ALL SELECT 'r', tgrelid, xmin FROM pg_catalog.pg_trigger
    UNION ALL SELECT 'r', ev_class, xmin FROM pg_catalog.pg_rewrite
    UNION ALL SELECT 'r', polrelid, xmin FROM pg_catalog.pg_policy
    UNION ALL SELECT 'r', seqrelid, xmin FROM pg_catalog.pg_sequence
    UNION ALL SELECT 'r', inhrelid, xmin FROM pg_catalog.pg_inherits
    UNION ALL SELECT 'r', inhparent, xmin FROM pg_catalog.pg_inherits
    UNION ALL SELECT 'r', partrelid, xmin FROM pg_catalog.pg_partitioned_table
    UNION ALL SELECT 'r', ftrelid, xmin FROM pg_catalog.pg_foreign_table
    UNION ALL SELECT 'r', typrelid, xmin FROM pg_catalog.pg_type WHERE typrelid <> 0
    UNION ALL SELECT 't', oid, xmin FROM pg_catalog.pg_type WHERE typrelid = 0
    UNION ALL SELECT 't', enumtypid, xmin FROM pg_catalog.pg_enum
    UNION ALL SELECT 't', rngtypid, xmin FROM pg_catalog.pg_range
    UNION ALL SELECT 'f', oid, xmin FROM pg_catalog.pg_proc
    UNION ALL SELECT 'f', aggfnoid, xmin FROM pg_catalog.pg_aggregate
    UNION ALL SELECT 'n', oid, xmin FROM pg_catalog.pg_namespace
    UNION ALL SELECT 'g', tableoid, xmin FROM pg_catalog.pg_am
    UNION ALL SELECT 'g', tableoid, xmin FROM pg_catalog.pg_amop
    UNION ALL SELECT 'g', tableoid, xmin FROM pg_catalog.pg_amproc
    UNION ALL SELECT 'g', tableoid, xmin FROM pg_catalog.pg_auth_members
    UNION ALL SELECT 'g', tableoid, xmin FROM pg_catalog.pg_authid
    UNION ALL SELECT 'g', tableoid, xmin FROM pg_catalog.pg_cast
    UNION ALL SELECT 'g', tableoid, xmin FROM pg_catalog.pg_collation
    UNION ALL SELECT 'g', tableoid, xmin FROM pg_catalog.pg_conversion
    UNION ALL SELECT 'g', tableoid, xmin FROM pg_catalog.pg_database
    UNION ALL SELECT 'g', tableoid, xmin FROM pg_catalog.pg_db_role_setting
    UNION ALL SELECT 'g', tableoid, xmin FROM pg_catalog.pg_event_trigger
    UNION ALL SELECT 'g', tableoid, xmin FROM pg_catalog.pg_foreign_data_wrapper
    UNION ALL SELECT 'g', tableoid, xmin FROM pg_catalog.pg_foreign_server
    UNION ALL SELECT 'g', tableoid, xmin FROM pg_catalog.pg_language
    UNION ALL SELECT 'g', tableoid, xmin FROM pg_catalog.pg_opclass
    UNION ALL SELECT 'g', tableoid, xmin FROM pg_catalog.pg_operator
    UNION ALL SELECT 'g', tableoid, xmin FROM pg_catalog.pg_opfamily
    UNION ALL SELECT 'g', tableoid, xmin FROM pg_catalog.pg_publication
    UNION ALL SELECT 'g', tableoid, xmin FROM pg_catalog.pg_publication_rel
    UNION ALL SELECT 'g', tableoid, xmin FROM pg_catalog.pg_tablespace
    UNION ALL SELECT 'g', tableoid, xmin FROM pg_catalog.pg_transform
    UNION ALL SELECT 'g', tableoid, xmin FROM pg_catalog.pg_ts_config
    UNION ALL SELECT 'g', tableoid, xmin FROM pg_catalog.pg_ts_config_map
    UNION ALL SELECT 'g', tableoid, xmin FROM pg_catalog.pg_ts_dict
    UNION ALL SELECT 'g', tableoid, xmin FROM pg_catalog.pg_ts_parser
    UNION ALL SELECT 'g', tableoid, xmin FROM pg_catalog.pg_ts_template
    UNION ALL SELECT 'g', tableoid, xmin FROM pg_catalog.pg_user_mapping
    -- What is there may be meant without its name, as by `TRIM` and `OVERLAPS`.
    UNION ALL
    SELECT 'g', pronamespace, xmin
    FROM pg_catalog.pg_proc
    WHERE oid >= 16384 AND pronamespace = 'pg_catalog'::regnamespace
    UNION ALL
    SELECT 'g', typnamespace, xmin
    FROM pg_catalog.pg_type
    WHERE oid >= 16384 AND typnamespace = 'pg_catalog'::regnamespace
    -- This schema would be searched before the others.
    UNION ALL SELECT 'g', oid, xmin FROM pg_catalog.pg_namespace WHERE nspname = CURRENT_USER
)
SELECT
    kind::text,
    CASE WHEN kind <> 'g' AND id < 16384 THEN 0 ELSE id::bigint END,
    pg_catalog.count(*),
    pg_catalog.max(written::text::bigint)
FROM part
GROUP BY 1, 2
