-- A second set of tables: constraints that say less than they seem to, keys that find no row, infinite dates, domains. `18: ` before a
-- line is the first Postgres major that knows it.
CREATE TYPE pair AS (x int, y text);
CREATE DOMAIN required AS text NOT NULL;
CREATE DOMAIN req2 AS required;
CREATE DOMAIN loosely AS int;
ALTER DOMAIN loosely ADD CONSTRAINT lc CHECK (VALUE IS NOT NULL) NOT VALID;
CREATE TYPE withreq AS (f required, g int);
CREATE DOMAIN dpair AS pair CHECK ((VALUE).x IS NOT NULL);
CREATE COLLATION ci (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE TABLE p (id int PRIMARY KEY, name text NOT NULL, note text, flag boolean, UNIQUE (name));
CREATE TABLE c (id int PRIMARY KEY, pid int NOT NULL REFERENCES p, w int NOT NULL, q int, tags text[], m int[][], spot pair, d date, f float8, n numeric, js jsonb, z int[]);
INSERT INTO p VALUES (1, 'one', NULL, true), (2, 'two', 'x', NULL), (3, 'three', 'y', false), (4, 'four', NULL, NULL);
INSERT INTO c VALUES (1, 1, 10, NULL, '{a,NULL}', '{{1,2},{3,4}}', NULL, NULL, NULL, NULL, NULL, NULL),
 (2, 1, 20, 5, NULL, '{1}', '(1,)', '2024-01-01', 'NaN', 'NaN', '{"a":null}', '{1,2}'),
 (3, 2, 30, 7, '{}', '{}', '(,b)', 'infinity', 'Infinity', 'Infinity', 'null', '{}'),
 (4, 3, 40, NULL, '{x}', NULL, '(3,c)', '-infinity', '-Infinity', 0, '[1,null]', '{3,NULL}');
CREATE TABLE st (id int PRIMARY KEY, state text COLLATE ci, st2 text, sure text NOT NULL, x int, y int, sp pair, k char(3), num numeric, e float8, b boolean,
  CONSTRAINT c1 CHECK (state <> 'BACK' OR x IS NOT NULL), CONSTRAINT c2 CHECK (st2 <> 'BACK' OR x IS NOT NULL),
  CONSTRAINT c3 CHECK (NOT (sp IS NULL) OR y IS NOT NULL), CONSTRAINT c4 CHECK (k <> 'a' OR y IS NOT NULL), CONSTRAINT c5 CHECK (num IN (1, 2) OR y IS NOT NULL),
  CONSTRAINT c6 CHECK ((st2 = 'go') = (num IS NOT NULL)), CONSTRAINT c7 CHECK (b OR e IS NOT NULL), CONSTRAINT c8 CHECK (CASE WHEN sure = 'hot' THEN e IS NOT NULL ELSE true END),
  CONSTRAINT c9 CHECK (num_nonnulls(x, y) <> 1 OR sure = 'odd'));
INSERT INTO st VALUES (1, 'Back', 'back', 'odd', 5, NULL, ROW(1,NULL), 'b', NULL, NULL, true), (2, NULL, NULL, 'even', NULL, NULL, ROW(NULL, 'x'), NULL, NULL, 0, NULL), (3, NULL, 'back', 'odd', NULL, 4, ROW(1,NULL), 'a  ', NULL, 1, false),
 (4, NULL, 'go', 'hot', 1, 1, NULL, NULL, 1.0, 'NaN', NULL), (5, NULL, 'BACK', 'Hot', 7, 7, ROW(1, NULL), 'b', NULL, NULL, true), (6, NULL, NULL, 'x', NULL, NULL, ROW(NULL, 'q'), NULL, 2, 3, NULL), (7, NULL, 'back', 'x', NULL, NULL, ROW(NULL, 'q'), NULL, NULL, 3, true);
CREATE TABLE fkp (a int, b int, v text NOT NULL, PRIMARY KEY (a, b));
CREATE TABLE fkc (id int PRIMARY KEY, a int NOT NULL, b int, b2 int NOT NULL, FOREIGN KEY (a, b) REFERENCES fkp);
INSERT INTO fkp VALUES (1, 1, 'v'); INSERT INTO fkc VALUES (1, 1, 1, 1), (2, 9, NULL, 3), (3, 1, NULL, 2);
CREATE TABLE fkf (id int PRIMARY KEY, a int NOT NULL, b int NOT NULL, FOREIGN KEY (a, b) REFERENCES fkp);
INSERT INTO fkf VALUES (1, 1, 1);
CREATE TABLE par (id int PRIMARY KEY, v text NOT NULL); CREATE TABLE parkid () INHERITS (par); INSERT INTO par VALUES (1, 'v'); INSERT INTO parkid VALUES (7, 'w');
CREATE TABLE tocld (id int PRIMARY KEY, pid int NOT NULL REFERENCES par); CREATE TABLE tocldkid () INHERITS (tocld); INSERT INTO tocld VALUES (1, 1); INSERT INTO tocldkid VALUES (2, 99);
CREATE TABLE pt (id int NOT NULL, k text, v text NOT NULL, PRIMARY KEY (id)) PARTITION BY RANGE (id); CREATE TABLE pt1 PARTITION OF pt FOR VALUES FROM (1) TO (10); CREATE TABLE pt2 PARTITION OF pt FOR VALUES FROM (10) TO (20);
INSERT INTO pt VALUES (1, NULL, 'v'), (11, 'k', 'w');
CREATE TABLE refpt (id int PRIMARY KEY, pid int NOT NULL REFERENCES pt); INSERT INTO refpt VALUES (1, 1), (2, 11);
CREATE TABLE cit (t text COLLATE ci PRIMARY KEY, v text NOT NULL); CREATE TABLE citc (id int PRIMARY KEY, t text COLLATE ci NOT NULL REFERENCES cit); INSERT INTO cit VALUES ('A', 'v'); INSERT INTO citc VALUES (1, 'a');
CREATE TABLE trg (id int PRIMARY KEY, v int NOT NULL DEFAULT 3, u int); CREATE FUNCTION f_au() RETURNS trigger LANGUAGE plpgsql AS 'begin new.u := null; return new; end'; CREATE TRIGGER tr BEFORE UPDATE ON trg FOR EACH ROW WHEN (new.v > 1) EXECUTE FUNCTION f_au(); INSERT INTO trg VALUES (1, 2, 5);
CREATE TABLE ided (id int GENERATED ALWAYS AS IDENTITY, v int DEFAULT 4, g int GENERATED ALWAYS AS (nullif(v, 4)) STORED, s serial); INSERT INTO ided (v) VALUES (1), (4), (NULL);
CREATE VIEW dv AS SELECT id, note, coalesce(note, 'none') AS nn, flag FROM p; ALTER VIEW dv ALTER note SET DEFAULT NULL;
CREATE VIEW uv AS SELECT id, note, 'a'::text AS k FROM p WHERE note IS NOT NULL UNION ALL SELECT id, NULL, 'b' FROM p;
CREATE VIEW lj AS SELECT p.id, c.id AS cid, c.w, c.q FROM p LEFT JOIN c ON c.pid = p.id;
CREATE VIEW fj AS SELECT p.id, c.id AS cid, c.w FROM p FULL JOIN c ON c.id = p.id + 1;
CREATE VIEW agg AS SELECT pid, max(q) AS mq, count(q) AS nq, max(w) AS mw FROM c GROUP BY pid;
CREATE VIEW win AS SELECT id, w, lag(w) OVER (ORDER BY id) AS prev, q FROM c;
CREATE VIEW cs AS SELECT id, CASE WHEN q IS NULL THEN 'none' ELSE 'some' END AS kind, q, w FROM c;
CREATE VIEW lim AS SELECT id, note FROM p ORDER BY id LIMIT 2;
CREATE VIEW dist AS SELECT DISTINCT ON (pid) pid, q, w FROM c ORDER BY pid, id;
CREATE MATERIALIZED VIEW mv AS SELECT c.id, c.pid, p.name FROM c LEFT JOIN p ON p.id = c.pid;
CREATE FUNCTION vol(x int) RETURNS int LANGUAGE sql VOLATILE STRICT AS 'SELECT x';
CREATE SEQUENCE sq; CREATE FUNCTION odd_or_null() RETURNS int LANGUAGE sql VOLATILE AS $$ SELECT nullif(nextval('sq') % 2, 0)::int $$;
CREATE FUNCTION setret(x int) RETURNS SETOF int LANGUAGE sql STRICT AS 'SELECT x WHERE x > 1';
CREATE FUNCTION tab(OUT a int, OUT b required) RETURNS SETOF record LANGUAGE sql AS $$ SELECT 1, 'x'::required WHERE false $$;
CREATE FUNCTION ints2(VARIADIC a int[]) RETURNS int[] LANGUAGE sql AS 'SELECT ARRAY[a, a]';
CREATE FUNCTION vsum(a int, b int DEFAULT NULL) RETURNS int LANGUAGE sql STRICT AS 'SELECT a + b';
CREATE TABLE ev (id int PRIMARY KEY, at timestamptz NOT NULL, until timestamptz, r tstzrange NOT NULL, mr int4multirange NOT NULL DEFAULT '{}'); INSERT INTO ev VALUES (1, 'infinity', NULL, 'empty'), (2, now(), '-infinity', '(,)'), (3, '-infinity', 'infinity', tstzrange(now(), NULL));
CREATE TABLE selfr (id int PRIMARY KEY, up int NOT NULL REFERENCES selfr, v text NOT NULL); INSERT INTO selfr VALUES (1, 1, 'a'), (2, 1, 'b');
CREATE TABLE bits (b bit(4) NOT NULL, vb varbit NOT NULL, by bytea NOT NULL, i inet NOT NULL, mac macaddr NOT NULL, tz timetz NOT NULL, t time NOT NULL, iv interval NOT NULL, mo money NOT NULL, u uuid NOT NULL, ts tsvector NOT NULL, tq tsquery NOT NULL, x xml NOT NULL, o oid NOT NULL, po point NOT NULL, pg polygon NOT NULL);
INSERT INTO bits VALUES ('1010', '', '', '::1', '08:00:2b:01:02:03', '10:00+02', '10:00', '-1 mon', '1.5', gen_random_uuid(), '', '', '<a/>', 0, '(NaN,1)', '((0,0),(1,1),(0,1))');
CREATE TYPE mood AS ENUM ('a', 'b', 'c');
CREATE TABLE g (id int PRIMARY KEY, c circle NOT NULL, b box NOT NULL, l lseg NOT NULL, p path NOT NULL, pt point NOT NULL, f float8 NOT NULL, n numeric NOT NULL, i int NOT NULL, m mood NOT NULL, mn mood, t text NOT NULL, bl boolean NOT NULL, bn boolean, at timestamptz NOT NULL, iv interval NOT NULL, d date NOT NULL, ts timestamp NOT NULL, r int4range NOT NULL, mac macaddr NOT NULL, po polygon NOT NULL, li line NOT NULL);
INSERT INTO g VALUES (1, '<(0,0),NaN>', '(NaN,0),(1,1)', '[(NaN,0),(1,1)]', '[(NaN,0),(1,1)]', '(NaN,NaN)', 'NaN', 'NaN', 1, 'a', NULL, 't', true, NULL, 'infinity', '1 day', 'infinity', 'infinity', 'empty', '08:00:2b:01:02:03', '((NaN,0),(1,1))', '{1,2,3}'),
 (2, '<(0,0),1>', '(0,0),(1,1)', '[(0,0),(1,1)]', '[(0,0),(1,1)]', '(1,1)', 1, 1, 2, 'b', 'b', 'u', false, true, '-infinity', '-1 mon', '-infinity', '-infinity', '[1,2)', '08:00:2b:01:02:04', '((0,0),(1,1))', '{1,-1,0}'), (3, '<(0,0),2>', '(0,0),(2,2)', '[(0,0),(2,2)]', '((0,0),(2,2))', '(2,2)', 'Infinity', 'Infinity', 3, 'c', 'c', 'v', true, false, now(), '2 days', now(), now(), '(,)', '08:00:2b:01:02:05', '((0,0),(2,2))', '{0,1,2}');
DO $$ BEGIN IF current_setting('server_version_num')::int >= 170000 THEN UPDATE g SET iv = 'infinity' WHERE id = 1; UPDATE g SET iv = '-infinity' WHERE id = 2; END IF; END $$;
CREATE FUNCTION lt_strict(int, int) RETURNS boolean LANGUAGE plpgsql IMMUTABLE STRICT AS 'begin return $1 < $2; end';
CREATE FUNCTION ge_loose(int, int) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true';
CREATE OPERATOR <<< (LEFTARG = int, RIGHTARG = int, FUNCTION = lt_strict, NEGATOR = >>>);
CREATE OPERATOR >>> (LEFTARG = int, RIGHTARG = int, FUNCTION = ge_loose, NEGATOR = <<<);
CREATE TABLE nb (x int, y int); INSERT INTO nb VALUES (NULL, 1), (1, NULL), (3, 3);
CREATE TABLE wide (id int PRIMARY KEY, a int, b int, c int, d int, CHECK (a IS NOT NULL OR b IS NOT NULL OR c IS NOT NULL), CHECK (d > 0 OR a IS NULL)); INSERT INTO wide VALUES (1, NULL, NULL, 1, NULL), (2, 1, NULL, NULL, 2), (3, NULL, 3, NULL, NULL), (4, 5, NULL, NULL, NULL);
18: CREATE TABLE ni (id int, x int, CONSTRAINT n NOT NULL x NO INHERIT); CREATE TABLE nik () INHERITS (ni); INSERT INTO ni VALUES (1, 1); INSERT INTO nik VALUES (2, NULL);
18: CREATE TABLE vg (id int PRIMARY KEY, a int, v int GENERATED ALWAYS AS (nullif(a, 1)) VIRTUAL, w int GENERATED ALWAYS AS (coalesce(a, 0)) VIRTUAL NOT NULL, s int GENERATED ALWAYS AS (a + 1) STORED); INSERT INTO vg VALUES (1, 1), (2, NULL), (3, 3);
18: CREATE TABLE nv (id int, x int); INSERT INTO nv VALUES (1, NULL); ALTER TABLE nv ADD CONSTRAINT nn NOT NULL x NOT VALID;
18: CREATE TABLE ne (id int, x int, CONSTRAINT ck CHECK (x IS NOT NULL) NOT ENFORCED); INSERT INTO ne VALUES (1, NULL);
18: CREATE TABLE tp (id int4range, valid daterange, v text NOT NULL, PRIMARY KEY (id, valid WITHOUT OVERLAPS)); CREATE TABLE tc (n int, id int4range NOT NULL, valid daterange NOT NULL, FOREIGN KEY (id, PERIOD valid) REFERENCES tp (id, PERIOD valid));
18: INSERT INTO tp VALUES ('[1,2)', '[2024-01-01,2024-02-01)', 'a'), ('[1,2)', '[2024-02-01,2024-03-01)', 'b'); INSERT INTO tc VALUES (1, '[1,2)', '[2024-01-15,2024-02-15)');
18: CREATE TABLE fkne (id int, bid int NOT NULL); CREATE TABLE pk (id int PRIMARY KEY, v text NOT NULL); INSERT INTO fkne VALUES (1, 9); ALTER TABLE fkne ADD FOREIGN KEY (bid) REFERENCES pk NOT ENFORCED;
18: CREATE TABLE pr (id int NOT NULL, k text) PARTITION BY LIST (id); CREATE TABLE pr1 PARTITION OF pr FOR VALUES IN (1); ALTER TABLE pr1 ALTER k SET NOT NULL; INSERT INTO pr VALUES (1, 'k'); CREATE TABLE pr2 PARTITION OF pr DEFAULT; INSERT INTO pr VALUES (3, NULL);
18: CREATE DOMAIN dn AS int; CREATE TABLE dt (x dn); INSERT INTO dt VALUES (NULL); ALTER DOMAIN dn ADD CONSTRAINT c CHECK (VALUE > 0) NOT VALID;
18: CREATE VIEW vvg AS SELECT id, v, w FROM vg WHERE v IS NOT NULL;
