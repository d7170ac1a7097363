-- `p` and `c` and what is around them, with NULL wherever it may stand.
CREATE TYPE pair AS (x int, y text);
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE DOMAIN positive AS int CHECK (VALUE > 0);
CREATE DOMAIN required AS text NOT NULL;
CREATE DOMAIN ints AS int[];
CREATE TABLE p (id int PRIMARY KEY, name text NOT NULL, note text, flag boolean, sure boolean NOT NULL DEFAULT true);
CREATE TABLE c (id int PRIMARY KEY, pid int NOT NULL REFERENCES p, w int NOT NULL, q int, tags text[], doc jsonb, spot pair, d date, span int4range, m mood);
CREATE TABLE t (a int, b boolean, s text, n numeric, r required, ps positive, j json, x xml, ts timestamptz, iv interval);
INSERT INTO p VALUES (1, 'one', NULL, true, true), (2, 'two', 'x', NULL, true), (3, 'three', 'y', false, true), (4, 'four', NULL, NULL, false);
INSERT INTO c VALUES
    (1, 1, 10, NULL, '{a,NULL}', '{"a": null}', NULL, NULL, NULL, NULL),
    (2, 1, 20, 5, NULL, '{"a": 1, "b": [1, null]}', '(1,)', '2024-01-01', '[1,5)', 'sad'),
    (3, 2, 30, 7, '{}', NULL, '(,b)', 'infinity', 'empty', 'ok'),
    (4, 3, 40, NULL, '{x}', '[]', '(3,c)', '-infinity', '(,)', NULL);
INSERT INTO t VALUES (NULL, NULL, NULL, NULL, 'r', NULL, NULL, NULL, NULL, NULL), (1, true, 'a', 1.5, 'r', 1, '{"k": null}', '<a>1</a>', now(), '1 day'),
    (1, false, 'b', 'NaN', 'r', 2, '[1, null]', '<a/>', 'infinity', '-1 month'), (2, true, '', NULL, 'r', NULL, 'null', NULL, NULL, NULL);
INSERT INTO t VALUES (3, NULL, 'z', 2, (SELECT r FROM t WHERE false));
CREATE TABLE made (id int PRIMARY KEY, v int, g int GENERATED ALWAYS AS (v + 1) STORED, h int GENERATED ALWAYS AS (coalesce(v, 0)) STORED);
INSERT INTO made VALUES (1, NULL), (2, 2);
-- Inheritance and partitions.
CREATE TABLE base (id int, k text NOT NULL);
CREATE TABLE derived (extra int) INHERITS (base);
DO $$ BEGIN
    IF current_setting('server_version_num')::int < 180000 THEN
        ALTER TABLE derived ALTER k DROP NOT NULL;
        INSERT INTO derived VALUES (9, NULL, NULL);
    ELSE
        INSERT INTO derived VALUES (9, 'k', NULL);
    END IF;
END $$;
INSERT INTO base VALUES (1, 'k');
CREATE TABLE parted (id int NOT NULL, k text, v int) PARTITION BY LIST (id);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES IN (1);
CREATE TABLE parted_2 PARTITION OF parted DEFAULT;
ALTER TABLE parted_1 ALTER k SET NOT NULL;
INSERT INTO parted VALUES (1, 'a', NULL), (2, NULL, 2);
-- Triggers and rules.
CREATE TABLE clearing (id int PRIMARY KEY, v text, w text NOT NULL);
INSERT INTO clearing VALUES (1, 'v', 'w');
CREATE FUNCTION clear_v() RETURNS trigger LANGUAGE plpgsql AS 'begin new.v := null; return new; end';
CREATE TRIGGER clear BEFORE INSERT OR UPDATE ON clearing FOR EACH ROW EXECUTE FUNCTION clear_v();
CREATE TABLE logged (id int PRIMARY KEY, v text NOT NULL);
INSERT INTO logged VALUES (1, 'v');
CREATE TABLE log (id int, v text);
CREATE RULE as_well AS ON INSERT TO logged DO ALSO INSERT INTO log VALUES (NULL, NULL);
CREATE TABLE ruled (id int PRIMARY KEY, v text);
CREATE RULE elsewhere AS ON UPDATE TO ruled DO INSTEAD INSERT INTO log VALUES (NULL, NULL) RETURNING id, v;
INSERT INTO ruled VALUES (1, 'v');
-- Views.
CREATE VIEW noted AS SELECT id, name, note FROM p WHERE note IS NOT NULL;
CREATE VIEW noted_checked AS SELECT id, name, note FROM p WHERE note IS NOT NULL WITH CHECK OPTION;
CREATE VIEW noted_twice AS SELECT id, name, note FROM noted WHERE note <> 'zz';
CREATE VIEW twins AS SELECT a, a AS a2, b, b AS b2 FROM t;
CREATE VIEW upserted AS SELECT id, v, w FROM clearing WHERE v IS NOT NULL;
CREATE VIEW flagged AS SELECT id, name, flag FROM p WHERE flag;
CREATE VIEW instead AS SELECT id, name FROM p;
CREATE FUNCTION nulls() RETURNS trigger LANGUAGE plpgsql AS 'begin new.id := null; new.name := null; return new; end';
CREATE TRIGGER instead INSTEAD OF INSERT OR UPDATE ON instead FOR EACH ROW EXECUTE FUNCTION nulls();
CREATE MATERIALIZED VIEW grouped AS SELECT pid, sum(q) AS q, count(*) AS n FROM c GROUP BY pid;
-- Functions.
CREATE FUNCTION nothing(x int) RETURNS int LANGUAGE sql IMMUTABLE STRICT AS 'SELECT nullif(x, x)';
CREATE FUNCTION same(x anyelement) RETURNS anyelement LANGUAGE sql IMMUTABLE AS 'SELECT x';
CREATE FUNCTION never() RETURNS boolean LANGUAGE sql AS 'SELECT NULL::boolean';
CREATE FUNCTION first_of(VARIADIC xs int[]) RETURNS int LANGUAGE sql AS 'SELECT xs[1]';
CREATE FUNCTION twice(x int) RETURNS TABLE (u int, v int) LANGUAGE sql STABLE AS 'SELECT x, x';
CREATE FUNCTION some_of() RETURNS SETOF int LANGUAGE sql AS 'VALUES (1), (NULL)';
CREATE FUNCTION pair_of(OUT x int, OUT y text) LANGUAGE sql AS 'SELECT 1, NULL::text';
CREATE FUNCTION people() RETURNS SETOF p LANGUAGE sql AS 'SELECT 1, NULL::text, NULL::text, NULL::boolean, NULL::boolean';
CREATE FUNCTION person() RETURNS p LANGUAGE sql AS 'SELECT NULL::p';
CREATE FUNCTION strict_sum_step(state int, x int) RETURNS int LANGUAGE sql AS 'SELECT nullif(coalesce(state, 0) + coalesce(x, 0), 5)';
CREATE AGGREGATE odd_sum(int) (SFUNC = strict_sum_step, STYPE = int);
-- Types whose operators and casts give NULL.
CREATE TYPE odd AS (v int);
CREATE FUNCTION odd_eq(odd, odd) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT AS 'SELECT NULL::boolean';
CREATE OPERATOR = (LEFTARG = odd, RIGHTARG = odd, PROCEDURE = odd_eq);
CREATE OPERATOR === (LEFTARG = odd, RIGHTARG = odd, PROCEDURE = odd_eq);
CREATE OPERATOR <> (LEFTARG = odd, RIGHTARG = odd, PROCEDURE = odd_eq);
CREATE FUNCTION odd_text(odd) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS 'SELECT NULL::text';
CREATE CAST (odd AS text) WITH FUNCTION odd_text(odd);
CREATE FUNCTION odd_int(odd) RETURNS int LANGUAGE sql IMMUTABLE STRICT AS 'SELECT nullif(($1).v, 1)';
CREATE CAST (odd AS int) WITH FUNCTION odd_int(odd) AS IMPLICIT;
CREATE FUNCTION mood_text(mood) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS 'SELECT nullif($1::text COLLATE "C", ''sad'')';
CREATE FUNCTION point_of(lseg) RETURNS point LANGUAGE sql IMMUTABLE STRICT AS 'SELECT NULL::point';
CREATE FUNCTION circle_of(path) RETURNS circle LANGUAGE sql IMMUTABLE STRICT AS 'SELECT NULL::circle';
CREATE CAST (path AS circle) WITH FUNCTION circle_of(path) AS IMPLICIT;
CREATE FUNCTION int_of_text(bytea) RETURNS int LANGUAGE sql IMMUTABLE STRICT AS 'SELECT NULL::int';
CREATE TYPE hue AS ENUM ('red', 'blue');
CREATE FUNCTION hue_text(hue) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS 'SELECT NULL::text';
CREATE CAST (hue AS text) WITH FUNCTION hue_text(hue);
CREATE FUNCTION hue_mood(hue) RETURNS mood LANGUAGE sql IMMUTABLE STRICT AS 'SELECT NULL::mood';
CREATE CAST (hue AS mood) WITH FUNCTION hue_mood(hue);
CREATE TABLE odds (id int PRIMARY KEY, o odd NOT NULL, h hue NOT NULL, hs hue[] NOT NULL);
INSERT INTO odds VALUES (1, ROW(1), 'red', '{red,blue}'), (2, ROW(2), 'blue', '{}');
CREATE TABLE keyed (id int PRIMARY KEY, other int REFERENCES keyed DEFERRABLE INITIALLY DEFERRED, loose int, CONSTRAINT is_there CHECK (loose IS NOT NULL) NOT VALID);
INSERT INTO keyed VALUES (1, NULL, 3), (2, 1, 4);
CREATE TABLE secret (id int PRIMARY KEY, v text NOT NULL);
INSERT INTO secret VALUES (1, 'v');
ALTER TABLE secret ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
-- An operator that Postgres takes another one for.
CREATE FUNCTION less(int, int) RETURNS boolean LANGUAGE plpgsql IMMUTABLE STRICT AS 'begin return $1 < $2; end';
CREATE FUNCTION not_less(int, int) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS 'begin return true; end';
CREATE OPERATOR <<< (LEFTARG = int, RIGHTARG = int, FUNCTION = less, NEGATOR = >>>);
CREATE OPERATOR >>> (LEFTARG = int, RIGHTARG = int, FUNCTION = not_less, NEGATOR = <<<);
-- A partition that computes a generated column in another way.
16: CREATE TABLE split (id int, v int, g int GENERATED ALWAYS AS (coalesce(v, 0)) STORED) PARTITION BY LIST (id);
16: CREATE TABLE split_1 (id int, v int, g int GENERATED ALWAYS AS (nullif(v, 1)) STORED);
16: ALTER TABLE split ATTACH PARTITION split_1 DEFAULT;
16: INSERT INTO split (id, v) VALUES (1, 1);
