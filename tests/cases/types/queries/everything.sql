-- name: PutEverything :exec
INSERT INTO everything VALUES (
  @id, @money, @char, @name, @timetz, @interval, @jsonpath, @inet, @cidr, @macaddr, @macaddr8, @bit, @varbit,
  @point, @line, @lseg, @box, @path, @polygon, @circle, @tsvector, @tsquery, @xml, @pg_lsn, @pg_snapshot,
  @txid_snapshot, @oid, @regproc, @regprocedure, @regoper, @regoperator, @regclass, @regtype, @regrole,
  @regnamespace, @regconfig, @regdictionary, @regcollation, @xid, @cid, @xid8, @tid, @refcursor, @int2vector,
  @oidvector, @int4range, @int8range, @numrange, @tsrange, @tstzrange, @daterange, @int4multirange,
  @int8multirange, @nummultirange, @tsmultirange, @tstzmultirange, @datemultirange
);

-- name: GetEverything :one
SELECT * FROM everything WHERE id = @id;

-- name: PutMany :exec
INSERT INTO many_of_everything VALUES (
  @id, @money, @char, @name, @timetz, @interval, @jsonpath, @inet, @cidr, @macaddr, @macaddr8, @bit, @varbit,
  @point, @line, @lseg, @box, @path, @polygon, @circle, @tsvector, @tsquery, @xml, @pg_lsn, @pg_snapshot,
  @txid_snapshot, @oid, @regproc, @regprocedure, @regoper, @regoperator, @regclass, @regtype, @regrole,
  @regnamespace, @regconfig, @regdictionary, @regcollation, @xid, @cid, @xid8, @tid, @refcursor, @int2vector,
  @oidvector, @int4range, @int8range, @numrange, @tsrange, @tstzrange, @daterange, @int4multirange,
  @int8multirange, @nummultirange, @tsmultirange, @tstzmultirange, @datemultirange
);

-- name: GetMany :one
SELECT * FROM many_of_everything WHERE id = @id;

-- name: PutShapes :exec
INSERT INTO shapes (id, plain) VALUES (@id, @plain);

-- name: GetShapes :one
SELECT * FROM shapes WHERE id = @id;

-- name: FindMatrix :many
SELECT matrix FROM shapes WHERE matrix IS NOT NULL;

-- name: Wait :one
SELECT pg_sleep(0);

-- name: WaitAndTell :one
SELECT pg_sleep(0) AS nothing, 1 AS one;

-- name: JustWait :exec
SELECT pg_sleep(0);
