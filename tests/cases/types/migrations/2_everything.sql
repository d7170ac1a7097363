-- One column of each type that the first file leaves out; the server's names of the types are the columns' names.
CREATE TABLE everything (
  id integer PRIMARY KEY,
  money money,
  "char" "char",
  name name,
  timetz timetz,
  interval interval,
  jsonpath jsonpath,
  inet inet,
  cidr cidr,
  macaddr macaddr,
  macaddr8 macaddr8,
  bit bit(5),
  varbit varbit,
  point point,
  line line,
  lseg lseg,
  box box,
  path path,
  polygon polygon,
  circle circle,
  tsvector tsvector,
  tsquery tsquery,
  xml xml,
  pg_lsn pg_lsn,
  pg_snapshot pg_snapshot,
  txid_snapshot txid_snapshot,
  oid oid,
  regproc regproc,
  regprocedure regprocedure,
  regoper regoper,
  regoperator regoperator,
  regclass regclass,
  regtype regtype,
  regrole regrole,
  regnamespace regnamespace,
  regconfig regconfig,
  regdictionary regdictionary,
  regcollation regcollation,
  xid xid,
  cid cid,
  xid8 xid8,
  tid tid,
  refcursor refcursor,
  int2vector int2vector,
  oidvector oidvector,
  int4range int4range,
  int8range int8range,
  numrange numrange,
  tsrange tsrange,
  tstzrange tstzrange,
  daterange daterange,
  int4multirange int4multirange,
  int8multirange int8multirange,
  nummultirange nummultirange,
  tsmultirange tsmultirange,
  tstzmultirange tstzmultirange,
  datemultirange datemultirange
);

-- The same, as arrays.
DO $$
DECLARE columns text;
BEGIN
  SELECT string_agg(format('%I %s', attname, regexp_replace(format_type(atttypid, NULL), '^bit$', 'bit varying') || '[]'), ', ' ORDER BY attnum)
    INTO columns FROM pg_attribute WHERE attrelid = 'everything'::regclass AND attnum > 1;
  EXECUTE format('CREATE TABLE many_of_everything (id integer PRIMARY KEY, %s)', columns);
END $$;

-- Arrays with a shape.
CREATE TABLE shapes (
  id integer PRIMARY KEY,
  plain integer[],
  matrix integer[][],
  cube numeric[][][]
);
