-- One statement a line; `17: ` before one is the first Postgres major that knows it.
-- The order of the select list, and what FILTER and CASE prove elsewhere.
SELECT array_agg(s.y) FILTER (WHERE c.id IS NOT NULL) AS ws, max(s.y) AS top FROM p LEFT JOIN c ON c.pid = p.id CROSS JOIN LATERAL (SELECT c.w * 2 AS y) s GROUP BY p.id
SELECT max(s.y) AS top, array_agg(s.y) FILTER (WHERE c.id IS NOT NULL) AS ws FROM p LEFT JOIN c ON c.pid = p.id CROSS JOIN LATERAL (SELECT c.w * 2 AS y) s GROUP BY p.id
SELECT array_agg(s.y) FILTER (WHERE c.q > 0), array_agg(s.y), min(s.y) FROM p LEFT JOIN c ON c.pid = p.id CROSS JOIN LATERAL (SELECT c.q AS y) s GROUP BY p.id
SELECT array_agg(v.y) FILTER (WHERE c.id IS NOT NULL), array_agg(v.y) FROM p LEFT JOIN c ON c.pid = p.id CROSS JOIN LATERAL (VALUES (c.w)) v(y) GROUP BY p.id
SELECT array_agg(s2.z) FILTER (WHERE c.id IS NOT NULL), max(s2.z), max(s1.y) FROM p LEFT JOIN c ON c.pid = p.id CROSS JOIN LATERAL (SELECT c.w AS y) s1 CROSS JOIN LATERAL (SELECT s1.y AS z) s2 GROUP BY p.id
SELECT CASE WHEN c.id IS NOT NULL THEN s.y END, s.y, CASE WHEN c.id IS NOT NULL THEN s.y ELSE 0 END FROM p LEFT JOIN c ON c.pid = p.id CROSS JOIN LATERAL (SELECT c.w AS y) s
SELECT CASE WHEN c.q IS NOT NULL THEN (SELECT s.y) ELSE 0 END, s.y, (SELECT s.y) FROM c CROSS JOIN LATERAL (SELECT c.q AS y) s
SELECT sum(CASE WHEN c.q IS NOT NULL THEN s.y ELSE 0 END), sum(s.y) FROM c CROSS JOIN LATERAL (SELECT c.q AS y) s GROUP BY c.id
SELECT array_agg(s.y) FILTER (WHERE s.y IS NOT NULL), array_agg(s.y), (array_agg(s.y))[1] FROM c CROSS JOIN LATERAL (SELECT c.q AS y) s GROUP BY c.id
SELECT k, s.y FROM (SELECT id AS k, q FROM c) l FULL JOIN (SELECT id AS k FROM p) r USING (k) CROSS JOIN LATERAL (SELECT l.q AS y) s
SELECT s.y, k FROM (c CROSS JOIN LATERAL (SELECT c.q AS k, c.w AS y) s) FULL JOIN (SELECT id AS k FROM p) r USING (k)
SELECT k, s.y FROM (c CROSS JOIN LATERAL (SELECT c.id AS k, c.w AS y) s) FULL JOIN (SELECT id AS k FROM p) r USING (k)
SELECT array_agg(c.q) FILTER (WHERE c.q IS NOT NULL), array_agg(c.q) FILTER (WHERE c.w > 0), array_agg(c.w) FILTER (WHERE false) FROM c
SELECT count(*) FILTER (WHERE q > 100), sum(w) FILTER (WHERE q > 100), max(w) FILTER (WHERE true) FROM c GROUP BY pid
SELECT array_agg(w ORDER BY q) FILTER (WHERE q IS NOT NULL), array_agg(q ORDER BY w), array_agg(DISTINCT q) FROM c GROUP BY pid
SELECT string_agg(note, ',') FILTER (WHERE flag), string_agg(name, note), string_agg(note, name) FROM p GROUP BY sure
SELECT (SELECT max(s.y) FROM (SELECT c.q AS y) s), CASE WHEN c.q > 0 THEN (SELECT max(c.q)) ELSE 1 END FROM c GROUP BY c.q
SELECT bool_or(x.f) FILTER (WHERE x.f), every(x.f), bool_and(x.f) FROM p CROSS JOIN LATERAL (SELECT p.flag AS f) x GROUP BY p.id
-- Arrays that are sent with NULL in them.
SELECT unnest($1::int[]), unnest($1::int[]) + 1
SELECT x, o FROM unnest($1::int[]) WITH ORDINALITY u(x, o)
SELECT $1::int[], $1::int[]::text[], ($1::int[])[1:2], 3 = ANY ($1), 3 <> ALL ($1), array_append($1, 5), coalesce($1, '{1}')
SELECT p.id, x FROM p CROSS JOIN LATERAL unnest($1::int[]) x
-- Casts of elements.
SELECT ARRAY(SELECT jsonb_array_elements('[1,2]'))::text[]::int[], ARRAY(SELECT jsonb_array_elements('["a", null]')::text)
18: SELECT ARRAY(SELECT jsonb_array_elements('[1,null]'))::int[]
18: SELECT unnest(ARRAY(SELECT jsonb_array_elements('[1,null]'))::int[]), unnest(ARRAY['null'::jsonb, '1']::bigint[])
18: SELECT array_agg(v)::numeric[], array_agg(v)::boolean[] FROM jsonb_array_elements('[null]') v
18: SELECT array_agg('null'::jsonb)::float8[], (ARRAY['null'::jsonb]::int2[])[1:1], array_cat(ARRAY['null'::jsonb]::int[], ARRAY[1])
18: SELECT 1 = ANY (ARRAY['null'::jsonb]::int[]), 2 <> ALL (ARRAY['null'::jsonb]::int[]), coalesce(ARRAY['null'::jsonb]::int[], ARRAY[1])
SELECT ARRAY[ROW(1)::odd, ROW(2)::odd]::int[], ARRAY[ROW(1)::odd]::text[]
SELECT array_agg(o)::int[], array_agg(h)::text[], array_agg(h)::mood[] FROM odds
SELECT unnest(array_agg(o)::int[]), unnest(ARRAY(SELECT h FROM odds)::mood[]) FROM odds
SELECT 3 = ANY (array_agg(o)::int[]), 'x' = ANY (ARRAY(SELECT h FROM odds)::text[]) FROM odds
SELECT hs::text[], hs::mood[], unnest(hs), unnest(hs::mood[]) FROM odds
SELECT (ARRAY[ROW(1)::odd]::int[])[1:1], array_append(ARRAY[ROW(1)::odd]::int[], 4), ARRAY[ROW(1)::odd]::int[] || ARRAY[5]
SELECT CASE WHEN id > 0 THEN ARRAY[o]::int[] ELSE ARRAY[1] END, coalesce(ARRAY[o]::int[], '{1}') FROM odds
SELECT ARRAY[ARRAY[ROW(1)::odd], ARRAY[ROW(2)::odd]]::int[], ARRAY[ARRAY[ROW(1)::odd]::int[]]
SELECT x FROM unnest(ARRAY[ROW(1)::odd, ROW(3)::odd]::int[]) x
SELECT x, o FROM unnest(ARRAY['red', 'blue']::hue[]::mood[]) WITH ORDINALITY u(x, o)
SELECT ARRAY[1, 2]::positive[], ARRAY[1, 2]::bigint[], ARRAY['1', '2']::int[], ARRAY[1.5, 2]::int[]::text[]
SELECT ARRAY['a', 'b']::varchar(1)[], ARRAY['a']::bpchar[], ARRAY[1, 2]::numeric(5, 1)[], ARRAY[now()]::date[]
SELECT ARRAY[1, NULL]::bigint[], '{1,NULL}'::int[]::text[], ARRAY[NULL::odd]::int[], ARRAY(SELECT q FROM c)::bigint[]
SELECT (ARRAY[1, 2]::ints)::bigint[], unnest('{1,NULL}'::ints), unnest((ARRAY[ROW(1)::odd]::int[])::ints)
SELECT ARRAY(SELECT o::int FROM odds), ARRAY(SELECT h::text FROM odds), ARRAY(SELECT (h::mood)::text FROM odds)
-- Equality, casts and operators of the user's.
SELECT o IS DISTINCT FROM ROW(5)::odd, o IS NOT DISTINCT FROM o, o = ROW(1)::odd, o <> ROW(1)::odd FROM odds
SELECT (o IS DISTINCT FROM ROW(5)::odd)::int, NOT (o IS DISTINCT FROM o), coalesce(o IS DISTINCT FROM o, false) FROM odds
SELECT (o, id) IS DISTINCT FROM (ROW(5)::odd, 2), (id, o) IS NOT DISTINCT FROM (3, o) FROM odds
SELECT (id, 1) IS DISTINCT FROM (1, 1), id IS DISTINCT FROM NULL, note IS DISTINCT FROM name FROM p
SELECT o = ANY (ARRAY[ROW(1)::odd]), o <> ALL (ARRAY[ROW(1)::odd]), o IN (ROW(1)::odd, ROW(2)::odd) FROM odds
SELECT o = ANY (SELECT o FROM odds), o NOT IN (SELECT o FROM odds), ROW(1)::odd = (SELECT o FROM odds LIMIT 1) FROM odds
SELECT EXISTS (SELECT 1 FROM odds WHERE o IS DISTINCT FROM ROW(9)::odd), count(*) FILTER (WHERE o = o) FROM odds
SELECT CASE o WHEN ROW(1)::odd THEN 1 ELSE 2 END, CASE WHEN o IS DISTINCT FROM ROW(9)::odd THEN 1 END, nullif(o, ROW(7)::odd) FROM odds
SELECT o::int, o::text, h::text, h::mood, (o::int) + 1, abs(o), greatest(o::int, NULL), coalesce(o::int, 0) FROM odds
SELECT 'x' || h, h || 'x', 'x' || o, name || 1, 1 || name, 'x' || ARRAY[1]::text FROM odds JOIN p USING (id)
SELECT 'x' || m, m || 'x', 'y' || d, span || 'z' FROM c WHERE m IS NOT NULL AND d IS NOT NULL AND span IS NOT NULL
SELECT o FROM odds UNION SELECT ROW(3)::odd
SELECT o::int FROM odds UNION ALL SELECT 1
SELECT v FROM (SELECT '[(0,0),(1,1)]'::path AS v UNION ALL SELECT '<(0,0),1>'::circle) s
SELECT v FROM (SELECT '<(0,0),1>'::circle AS v UNION ALL SELECT '[(0,0),(1,1)]'::path) s
SELECT '[(0,0),(1,1)]'::path UNION ALL SELECT '((0,0))'::path
SELECT ARRAY['<(0,0),1>'::circle] UNION ALL SELECT ARRAY['[(0,0),(1,1)]'::path]
SELECT unnest(v) FROM (SELECT ARRAY['<(0,0),1>'::circle] AS v UNION ALL SELECT ARRAY['[(0,0),(1,1)]'::path]) s
SELECT 1 UNION SELECT 2.5 UNION ALL SELECT 3::float8
SELECT 1::smallint UNION ALL SELECT w FROM c UNION ALL SELECT 5::bigint
SELECT '2024-01-01'::date UNION SELECT now() UNION ALL SELECT ts FROM t WHERE ts IS NOT NULL
SELECT 'a'::varchar UNION SELECT name FROM p UNION SELECT 'c'::name
SELECT ARRAY[1] UNION ALL SELECT ARRAY[2.5] UNION ALL SELECT ARRAY[o]::int[] FROM odds
SELECT nothing(1), same(1), same(NULL::int), never(), first_of(VARIADIC ARRAY[]::int[]), first_of(1, 2)
SELECT same(name), same(note), nothing(id), never() IS NULL, never() IS DISTINCT FROM true FROM p
SELECT odd_sum(w), odd_sum(q), odd_sum(5) OVER () FROM c GROUP BY w, q
SELECT pid, odd_sum(w) FROM c GROUP BY pid
SELECT a FROM t WHERE NOT (a <<< 1)
SELECT a FROM t WHERE (a <<< 1) = false
SELECT a, CASE WHEN NOT (a <<< 1) THEN a ELSE 0 END FROM t
SELECT a FROM t WHERE NOT (a <<< ANY (ARRAY[1, 2]))
SELECT a FROM t WHERE a <<< 3
SELECT quote_literal(h), quote_literal(o), quote_nullable(h), format('%s', h), concat(h), array_to_string(hs, ',') FROM odds
-- Grouping sets.
SELECT NOT b AS q FROM t GROUP BY b, ROLLUP (b = true)
SELECT b FROM t WHERE b IS NOT NULL GROUP BY b, ROLLUP (b = true)
SELECT sure, sure IS TRUE FROM p GROUP BY sure, ROLLUP (sure = true)
SELECT NOT sure FROM p GROUP BY sure, ROLLUP (sure <> false)
SELECT sure::int FROM p GROUP BY sure, CUBE ((sure = true))
SELECT sure FROM p GROUP BY sure, ROLLUP (NOT (NOT sure))
SELECT sure FROM p GROUP BY sure, ROLLUP (coalesce(sure))
SELECT sure FROM p GROUP BY sure, ROLLUP ((sure AND true))
SELECT sure FROM p GROUP BY sure, ROLLUP (CASE WHEN true THEN sure END)
SELECT w FROM c GROUP BY w, ROLLUP (same(w))
SELECT w + 1 FROM c GROUP BY w + 1, ROLLUP (same(w) + 1)
SELECT w + 2, w FROM c GROUP BY w, ROLLUP (w + (1 + 1))
SELECT w + 2, w - 2 FROM c GROUP BY w, ROLLUP (same(w + 2))
SELECT name, lower(name), upper(name) FROM p GROUP BY name, ROLLUP (lower(name))
SELECT s.x, s.y FROM (SELECT w AS x, w AS y FROM c) s GROUP BY x, ROLLUP (y)
SELECT s.x + 1, s.y FROM (SELECT w AS x, w AS y FROM c) s GROUP BY x, ROLLUP (y)
SELECT s.x, s.y FROM (SELECT w AS x, id AS y FROM c) s GROUP BY x, ROLLUP (y)
SELECT s.x, s.y FROM (SELECT w + 1 AS x, w + 1 AS y FROM c) s GROUP BY x, ROLLUP (y)
SELECT s.x, s.y FROM (SELECT x, x AS y FROM (SELECT w AS x FROM c) r) s GROUP BY x, ROLLUP (y)
WITH s AS (SELECT w AS x, w AS y FROM c) SELECT x, y FROM s GROUP BY x, ROLLUP (y)
WITH s AS MATERIALIZED (SELECT w AS x, w AS y FROM c) SELECT x, y FROM s GROUP BY x, ROLLUP (y)
SELECT a, a2 FROM twins WHERE a IS NOT NULL GROUP BY a, ROLLUP (a2)
SELECT u, v FROM twice(1) GROUP BY u, ROLLUP (v)
SELECT c.w, s.y FROM c CROSS JOIN LATERAL (SELECT c.w AS y) s GROUP BY c.w, ROLLUP (s.y)
SELECT c.w, s.y FROM c CROSS JOIN LATERAL (VALUES (c.w)) s(y) GROUP BY c.w, ROLLUP (s.y)
SELECT c.w, j.w FROM (c JOIN p ON p.id = c.pid) AS j(cid, pid, w), c GROUP BY c.w, ROLLUP (j.w)
SELECT id, pid FROM c GROUP BY GROUPING SETS ((id, pid), (id)) HAVING id > 1
SELECT id, pid, count(*), sum(w) FROM c GROUP BY CUBE (id), pid
SELECT pid, grouping(pid), count(*), sum(w), max(q) FROM c GROUP BY ROLLUP (pid)
SELECT pid, sum(w) FROM c WHERE false GROUP BY GROUPING SETS ((pid), ())
SELECT sum(w), count(*), 1, 'x' FROM c WHERE false GROUP BY GROUPING SETS ((), ())
SELECT coalesce(pid, 0), pid + 1, CASE WHEN grouping(pid) = 0 THEN pid ELSE 0 END FROM c GROUP BY ROLLUP (pid)
SELECT (SELECT p.id FROM p WHERE p.id = c.pid), c.pid FROM c GROUP BY GROUPING SETS ((c.pid), (c.pid, c.id))
SELECT c.pid, (SELECT c.pid), (SELECT count(*) + c.pid FROM p) FROM c GROUP BY ROLLUP (c.pid)
SELECT sure, (SELECT sure), (SELECT sure = true) FROM p GROUP BY sure, ROLLUP (sure = true)
SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY w), mode() WITHIN GROUP (ORDER BY q), rank(1) WITHIN GROUP (ORDER BY q) FROM c GROUP BY ROLLUP (pid)
SELECT DISTINCT pid FROM c GROUP BY GROUPING SETS ((pid), ()) HAVING count(*) > 0
SELECT pid, first_value(pid) OVER (ORDER BY pid), sum(pid) OVER () FROM c GROUP BY ROLLUP (pid)
SELECT array_agg(pid) OVER (), row_number() OVER () FROM c GROUP BY ROLLUP (pid)
SELECT ROW(pid, 1), ARRAY[pid], ARRAY[pid]::bigint[] FROM c GROUP BY ROLLUP (pid)
SELECT max(x) FROM (SELECT pid AS x FROM c GROUP BY ROLLUP (pid)) s GROUP BY x IS NULL
SELECT pid AS x, sum(w) AS y FROM c GROUP BY ROLLUP (pid) UNION ALL SELECT 1, 2
-- Views that are written through.
INSERT INTO noted VALUES (1, 'n', 'v') ON CONFLICT (id) DO UPDATE SET note = noted.note || '!' RETURNING note, name, id
INSERT INTO noted VALUES (1, 'n', 'v') ON CONFLICT (id) DO UPDATE SET name = 'x' RETURNING note, name, id
INSERT INTO noted VALUES (1, 'n', 'v') ON CONFLICT (id) DO UPDATE SET name = coalesce(noted.note, 'x') RETURNING note, upper(note), name
INSERT INTO noted VALUES (1, 'n', 'v') ON CONFLICT (id) DO UPDATE SET note = excluded.note RETURNING note
INSERT INTO noted VALUES (1, 'n', NULL) ON CONFLICT (id) DO UPDATE SET note = excluded.note RETURNING note
INSERT INTO noted VALUES (1, 'n', 'v') ON CONFLICT DO NOTHING RETURNING note
INSERT INTO noted VALUES (9, 'n', 'v') ON CONFLICT DO NOTHING RETURNING note, name
INSERT INTO noted_twice VALUES (4, 'n', 'v') ON CONFLICT (id) DO UPDATE SET note = upper(noted_twice.note) RETURNING note, name || note
INSERT INTO noted_twice AS nt VALUES (4, 'n', 'v') ON CONFLICT (id) DO UPDATE SET note = nt.note WHERE nt.name <> '' RETURNING nt.note, nt
INSERT INTO noted (id, name) VALUES (9, 'n') RETURNING note, id, name
INSERT INTO noted (id, name, note) SELECT id + 50, name, note FROM p RETURNING id, name, note
INSERT INTO flagged VALUES (1, 'n', true) ON CONFLICT (id) DO UPDATE SET flag = NOT flagged.flag RETURNING flag
INSERT INTO flagged VALUES (2, 'n', true) ON CONFLICT (id) DO UPDATE SET flag = flagged.flag RETURNING flag
INSERT INTO flagged VALUES (2, 'n', true) ON CONFLICT (id) DO UPDATE SET name = CASE WHEN flagged.flag THEN 'a' ELSE 'b' END RETURNING flag, name
INSERT INTO upserted VALUES (1, 'x', 'y') ON CONFLICT (id) DO UPDATE SET v = 'z' RETURNING v, w
WITH x AS (INSERT INTO noted VALUES (1, 'n', 'v') ON CONFLICT (id) DO UPDATE SET note = noted.note || '!' RETURNING note, name) SELECT note, name FROM x
18: INSERT INTO noted VALUES (1, 'n', 'v') ON CONFLICT (id) DO UPDATE SET note = 'q' RETURNING old.note, new.note, old.name, note
18: INSERT INTO p VALUES (1, 'n', 'v') ON CONFLICT (id) DO UPDATE SET note = p.note RETURNING old.note, new.note, old.id, new.id, old, new
18: INSERT INTO p VALUES (77, 'n', 'v') RETURNING old.id, old.name, new.id, new.name
18: UPDATE p SET note = NULL WHERE note IS NOT NULL RETURNING old.note, new.note, note
18: DELETE FROM p WHERE id = 4 RETURNING old.id, new.id, id, old.note
18: UPDATE noted SET note = NULL RETURNING old.note, new.note
18: MERGE INTO made m USING p ON p.id = m.id WHEN MATCHED THEN UPDATE SET v = NULL WHEN NOT MATCHED THEN INSERT (id) VALUES (p.id) RETURNING old.id, new.id, old.v, new.v, p.id
UPDATE noted SET note = NULL RETURNING note, name
UPDATE noted SET name = 'q' RETURNING note, name
UPDATE noted n SET note = p.note FROM p WHERE p.id = n.id RETURNING n.note, p.note
UPDATE noted_checked SET name = note RETURNING name, note
UPDATE twins SET a = NULL WHERE a2 IS NOT NULL RETURNING a, a2
UPDATE twins SET a2 = NULL WHERE a = 1 AND b RETURNING a, a2, b2
DELETE FROM noted WHERE id = 2 AND false RETURNING note, name
UPDATE instead SET name = 'q' RETURNING id, name
INSERT INTO instead VALUES (5, 'q') RETURNING id, name
UPDATE ruled SET v = 'x' RETURNING id, v
INSERT INTO logged VALUES (2, 'w') RETURNING id, v
INSERT INTO clearing VALUES (2, 'v', 'w') RETURNING id, v, w
INSERT INTO clearing VALUES (1, 'v', 'w') ON CONFLICT (id) DO UPDATE SET v = 'k' RETURNING v, w
UPDATE clearing SET v = 'k' WHERE v IS NOT NULL RETURNING v, w, v || w
UPDATE clearing SET w = 'k' WHERE v IS NOT NULL RETURNING v
17: MERGE INTO noted n USING p ON p.id = n.id WHEN MATCHED THEN UPDATE SET note = p.note WHEN NOT MATCHED THEN INSERT VALUES (p.id + 90, p.name, p.note) RETURNING n.note, n.name, p.note, merge_action()
17: MERGE INTO made m USING c ON c.id = m.id WHEN NOT MATCHED BY SOURCE THEN DELETE WHEN MATCHED THEN UPDATE SET v = c.q RETURNING m.id, m.v, m.g, m.h, c.id, c.w
17: MERGE INTO made m USING (SELECT 1 AS id, 2 AS v WHERE false) s ON s.id = m.id WHEN NOT MATCHED BY SOURCE THEN UPDATE SET v = 5 RETURNING m.v, s.id, s.v
17: MERGE INTO made m USING p ON p.id = m.id WHEN MATCHED AND p.note IS NOT NULL THEN UPDATE SET v = length(p.note) WHEN MATCHED THEN DO NOTHING RETURNING m.v, p.note
17: MERGE INTO made m USING p ON p.id = m.id WHEN MATCHED AND p.note IS NOT NULL THEN DELETE RETURNING m.v, m.id, p.note
-- Stored rows.
INSERT INTO made (id, v) VALUES (5, NULL), (6, 3) RETURNING id, v, g, h
UPDATE made SET v = NULL WHERE g IS NOT NULL RETURNING v, g, h
UPDATE made SET v = 1 WHERE v IS NULL RETURNING v, g, h
UPDATE made m SET v = c.q FROM c WHERE c.id = m.id RETURNING m.v, m.g, m.h, c.q, c.w
UPDATE made m SET v = s.q FROM c RIGHT JOIN (SELECT 1 AS one, NULL::int AS q) s ON c.id = -1 RETURNING m.v, c.id, c.w, s.one
DELETE FROM made m USING c WHERE c.id = m.id AND c.q IS NOT NULL RETURNING m.v, c.q, m.g
UPDATE c SET (w, q) = (SELECT 1, NULL::int) RETURNING w, q
UPDATE c SET tags[5] = 'x' WHERE tags IS NOT NULL RETURNING tags, tags[1]
UPDATE c SET spot.x = 1 RETURNING spot, (spot).x, (spot).y
INSERT INTO t (a, r) VALUES (DEFAULT, 'r') RETURNING a, b, r
INSERT INTO t (a, r) VALUES ((SELECT a FROM t WHERE false), 'r') RETURNING a
INSERT INTO t (a, r) VALUES (1, (SELECT r FROM t WHERE false)) RETURNING r, a
SELECT r, r::text, upper(r), ps FROM t
SELECT a::positive, 'x'::required, (SELECT 'y'::required WHERE false) FROM t WHERE a > 0
WITH x AS (UPDATE p SET note = NULL WHERE note IS NOT NULL RETURNING id, note) SELECT x.id, x.note, p.note FROM x JOIN p USING (id)
WITH x AS (DELETE FROM c RETURNING *) SELECT x.id, x.w, x.q, p.id, p.note FROM p LEFT JOIN x ON x.pid = p.id
WITH x AS (INSERT INTO p VALUES (50, 'n') RETURNING *) SELECT id, name, note, flag, sure FROM x UNION ALL SELECT * FROM p
UPDATE keyed SET other = 99 RETURNING other, loose
SELECT other, loose FROM keyed
SELECT id, v FROM secret
SELECT s.id, s.v FROM p LEFT JOIN secret s USING (id)
SELECT base.k, base.id FROM base
SELECT b.k FROM ONLY base b
SELECT x.k FROM base x JOIN base y ON x.k = y.k
UPDATE base SET id = 5 RETURNING k
SELECT id, k, v FROM parted
SELECT id, k, v FROM parted_1
SELECT k FROM parted WHERE id = 1
INSERT INTO parted VALUES (1, 'q', NULL), (5, NULL, NULL) RETURNING id, k, v
UPDATE parted SET v = 1 RETURNING id, k, v
SELECT pid, q, n FROM grouped
SELECT tableoid, ctid, xmin, base.* FROM base
16: INSERT INTO split (id, v) VALUES (5, 1) RETURNING g
16: INSERT INTO split (id, v) VALUES (5, 1) ON CONFLICT DO NOTHING RETURNING g, v
16: SELECT g FROM split
16: UPDATE split SET v = 1 RETURNING g
-- Joins.
SELECT p.id, c.id, c.w, c.q FROM p LEFT JOIN c ON c.pid = p.id AND c.q IS NOT NULL
SELECT p.id, c.id, c.w, c.q FROM p LEFT JOIN c ON c.pid = p.id WHERE c.q IS NOT NULL OR c.id IS NULL
SELECT p.id, c.id FROM p FULL JOIN c ON c.pid = p.id AND c.id > 2
SELECT id, p.note, c.q FROM p FULL JOIN c USING (id)
SELECT id FROM (SELECT a AS id FROM t) x FULL JOIN p USING (id)
SELECT id FROM p LEFT JOIN (SELECT a AS id FROM t) x USING (id)
SELECT id FROM (SELECT a AS id FROM t) x LEFT JOIN p USING (id)
SELECT x.id, p.id, id FROM (SELECT a AS id FROM t) x RIGHT JOIN p USING (id)
SELECT id, a FROM (p FULL JOIN c USING (id)) FULL JOIN (SELECT a AS id, a FROM t) z USING (id)
SELECT j.id, j.w FROM (p LEFT JOIN c USING (id)) AS j
SELECT j, j.w FROM (p LEFT JOIN c USING (id)) AS j
SELECT p.*, c.* FROM p NATURAL LEFT JOIN c
SELECT c.w, d.w, e.w FROM p LEFT JOIN (c JOIN c d ON d.id = c.id + 1) ON c.pid = p.id LEFT JOIN c e ON e.id = d.id
SELECT a.id, b.id, c.id FROM p a LEFT JOIN p b ON b.id = a.id + 1 LEFT JOIN p c ON c.id = b.id + 1 WHERE c.id IS NOT NULL
SELECT a.id, b.id, c.id FROM p a LEFT JOIN p b ON b.id = a.id + 1 LEFT JOIN p c ON c.id = coalesce(b.id, 1) WHERE c.id IS NOT NULL
SELECT a.id, s.n, s.m FROM p a LEFT JOIN LATERAL (SELECT count(*) AS n, max(w) AS m FROM c WHERE c.pid = a.id) s ON true
SELECT a.id, s.n FROM p a LEFT JOIN LATERAL (SELECT count(*) AS n FROM c WHERE c.pid = a.id HAVING count(*) > 1) s ON true
SELECT a.id, s.n FROM p a LEFT JOIN LATERAL (SELECT count(*) AS n FROM c WHERE c.pid = a.id GROUP BY ()) s ON true
SELECT a.id, s.n FROM p a LEFT JOIN LATERAL (SELECT count(*) AS n LIMIT 0) s ON true
SELECT a.id, s.n FROM p a LEFT JOIN LATERAL (SELECT 1 AS n OFFSET 1) s ON true
SELECT a.id, s.n FROM p a LEFT JOIN LATERAL (SELECT generate_series(1, 0) AS n) s ON true
SELECT a.id, s.n FROM p a LEFT JOIN LATERAL (SELECT a.id AS n WHERE a.id > 1) s ON true
SELECT a.id, s.n FROM p a CROSS JOIN LATERAL (SELECT a.note AS n) s WHERE a.note IS NOT NULL
SELECT a.id, s.n FROM p a LEFT JOIN c ON c.pid = a.id AND c.id = 1 CROSS JOIN LATERAL (SELECT c.w AS n UNION ALL SELECT 1) s
SELECT a.id, s.n FROM p a LEFT JOIN c ON c.pid = a.id AND c.id = 1 LEFT JOIN LATERAL (SELECT c.w + 1 AS n) s ON true WHERE c.id IS NOT NULL
SELECT x.v, y.v FROM (VALUES (1), (NULL)) x(v) LEFT JOIN (VALUES (1)) y(v) ON x.v = y.v
SELECT p.id, x.y FROM p LEFT JOIN (SELECT id, 'k' AS y FROM c) x ON x.id = p.id + 3
SELECT p.id, x.y FROM p RIGHT JOIN (SELECT id, 'k' AS y FROM c) x ON x.id = p.id + 3
SELECT x.* FROM p LEFT JOIN (SELECT 1 AS one, 'k' AS k) x ON false
SELECT x IS NULL, x IS NOT NULL, x FROM p LEFT JOIN c x ON x.pid = p.id AND x.id = 1
SELECT x.id, x.note FROM p LEFT JOIN p x ON x.id = p.id + 1 WHERE x IS NOT NULL
SELECT x.id, x.note FROM p LEFT JOIN p x ON x.id = p.id + 1 WHERE NOT (x IS NULL)
SELECT x.id, x.note FROM p LEFT JOIN p x ON x.id = p.id + 1 WHERE x::text IS NOT NULL
SELECT x.id FROM p LEFT JOIN p x ON x.id = p.id + 9 WHERE row_to_json(x) IS NULL
SELECT p.id, c.w FROM p LEFT JOIN c ON c.pid = p.id WHERE c.w + p.id > 0
SELECT p.id, c.w FROM p LEFT JOIN c ON c.pid = p.id WHERE concat(c.w, p.id) <> ''
SELECT p.id, c.w FROM p LEFT JOIN c ON c.pid = p.id WHERE (c.w, p.id) IS NOT NULL
SELECT p.id, c.w, c.q FROM p LEFT JOIN c ON c.pid = p.id WHERE NOT ((c.w, c.q) IS NULL)
SELECT p.id, c.w FROM p LEFT JOIN c ON c.pid = p.id WHERE c.w = ANY (ARRAY[10, NULL])
SELECT p.id, c.w FROM p LEFT JOIN c ON c.pid = p.id WHERE c.w <> ALL (ARRAY[]::int[])
SELECT p.id, c.w FROM p LEFT JOIN c ON c.pid = p.id WHERE c.w NOT IN (SELECT w FROM c WHERE false)
SELECT p.id, c.w FROM p LEFT JOIN c ON c.pid = p.id WHERE c.w > ALL (SELECT w FROM c WHERE false)
SELECT p.id, c.w FROM p LEFT JOIN c ON c.pid = p.id WHERE c.w IN (SELECT w FROM c)
SELECT p.id, c.w FROM p LEFT JOIN c ON c.pid = p.id WHERE (c.w > 5) IS NOT FALSE
SELECT p.id, c.w FROM p LEFT JOIN c ON c.pid = p.id WHERE (c.w > 5) IS NOT UNKNOWN
SELECT p.id, c.w FROM p LEFT JOIN c ON c.pid = p.id WHERE CASE WHEN c.w > 5 THEN true ELSE p.id > 3 END
SELECT p.id, c.w FROM p LEFT JOIN c ON c.pid = p.id WHERE c.w IS DISTINCT FROM 5
SELECT p.id, c.w FROM p LEFT JOIN c ON c.pid = p.id WHERE c.w IS NOT DISTINCT FROM 10
SELECT p.id, c.w FROM p LEFT JOIN c ON c.pid = p.id WHERE c.w IS NOT DISTINCT FROM nullif(p.id, p.id)
SELECT p.id, c.w FROM p LEFT JOIN c ON c.pid = p.id WHERE EXISTS (SELECT 1 FROM t WHERE t.a = c.id)
SELECT p.id, c.w FROM p LEFT JOIN c ON c.pid = p.id WHERE NOT EXISTS (SELECT 1 FROM t WHERE t.a = c.id)
SELECT p.id, c.w FROM p LEFT JOIN c ON c.pid = p.id WHERE EXISTS (SELECT max(t.a) FROM t WHERE t.a = c.id)
SELECT p.id, c.w FROM p LEFT JOIN c ON c.pid = p.id WHERE EXISTS (SELECT 1 FROM t WHERE t.a = c.id UNION SELECT 1)
SELECT p.id, c.w FROM p LEFT JOIN c ON c.pid = p.id WHERE EXISTS (SELECT 1 FROM t RIGHT JOIN p x ON t.a = c.id)
SELECT p.id, c.w FROM p LEFT JOIN c ON c.pid = p.id WHERE (SELECT c.w > 0)
SELECT p.id, c.w FROM p LEFT JOIN c ON c.pid = p.id WHERE coalesce(c.w > 0, c.w IS NULL)
SELECT p.id, c.q FROM p JOIN c ON c.pid = p.id AND (c.q > 0 OR c.w > 0)
-- Row comparisons.
SELECT (p.id, p.note) < (2, 'x'), (p.note, 1) = ('x', 1), (1, p.note) < (2, NULL), (p.id, 1) >= (1, 1) FROM p
SELECT note FROM p WHERE (id, note) > (1, 'a')
SELECT note FROM p WHERE (note, id) <= ('z', 1)
SELECT note FROM p WHERE (id, note) = (2, 'x')
SELECT note FROM p WHERE (id, note) <> (1, 'x')
SELECT note FROM p WHERE (id, note) IN (SELECT id, note FROM p)
SELECT note FROM p WHERE (id, note) NOT IN (SELECT 1, 'q')
SELECT note FROM p WHERE (id, note) = ANY (SELECT id, note FROM p)
SELECT note FROM p WHERE (SELECT (id, note) = (id, 'x'))
SELECT ROW(id, note) = ROW(2, 'x'), ROW(id, note) IS NULL, ROW(id, note) IS NOT NULL FROM p
SELECT (id, note) = (SELECT id, note FROM p x WHERE x.id = p.id), (id, 1) = (SELECT 1, 1), (id, 1) = (SELECT 1, 1 WHERE false) FROM p
SELECT p = p, p < p, p IS DISTINCT FROM p, ROW(p.*) = ROW(p.*) FROM p
-- Windows.
SELECT first_value(w) OVER (), first_value(w) OVER (ORDER BY id ROWS BETWEEN 1 FOLLOWING AND 2 FOLLOWING), last_value(w) OVER (ORDER BY id) FROM c
SELECT sum(w) OVER (ORDER BY id ROWS BETWEEN CURRENT ROW AND 1 FOLLOWING EXCLUDE CURRENT ROW), sum(w) OVER (ORDER BY id ROWS BETWEEN 2 PRECEDING AND 1 PRECEDING) FROM c
SELECT sum(w) OVER (ORDER BY id GROUPS BETWEEN 1 PRECEDING AND 1 FOLLOWING EXCLUDE TIES), max(w) OVER (ORDER BY pid RANGE BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING) FROM c
SELECT sum(w) OVER (ORDER BY q RANGE BETWEEN 1 PRECEDING AND 1 FOLLOWING), count(q) OVER (ORDER BY q), max(w) OVER (PARTITION BY q) FROM c
SELECT lag(w) OVER (ORDER BY id), lag(w, 1, 0) OVER (ORDER BY id), lag(w, NULL, 0) OVER (ORDER BY id), lead(q, 1, 0) OVER (ORDER BY id), lead(w, 1, q) OVER () FROM c
SELECT nth_value(w, 1) OVER (), nth_value(w, 9) OVER (), ntile(2) OVER (), ntile(NULL) OVER (), cume_dist() OVER (ORDER BY q) FROM c
SELECT sum(w) FILTER (WHERE q > 0) OVER (), count(*) FILTER (WHERE q > 0) OVER (), array_agg(q) OVER (), array_agg(w) OVER (ORDER BY id ROWS 1 PRECEDING) FROM c
SELECT sum(sum(w)) OVER (), sum(sum(q)) OVER (ORDER BY pid), rank() OVER (ORDER BY max(q)) FROM c GROUP BY pid
SELECT CASE WHEN q IS NOT NULL THEN sum(q) OVER (ORDER BY id ROWS CURRENT ROW) ELSE 0 END, CASE WHEN q IS NOT NULL THEN first_value(q) OVER (ORDER BY id) ELSE 0 END FROM c
SELECT first_value(q) OVER (ORDER BY q), last_value(q) OVER (ORDER BY q), first_value(q) OVER (ORDER BY q NULLS FIRST) FROM c WHERE w > 0
SELECT min(w) OVER (ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), min(w) OVER (ORDER BY id ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM c
SELECT sum(w) OVER (ORDER BY d RANGE BETWEEN '1 day' PRECEDING AND CURRENT ROW) FROM c
SELECT string_agg(tags[1], ',') OVER (), avg(w) OVER (PARTITION BY pid), stddev(w) OVER (PARTITION BY id), bool_and(w > 0) OVER () FROM c
-- Aggregates.
SELECT sum(w), max(w), count(w), array_agg(w), avg(w), bool_or(w > 0), jsonb_agg(w), string_agg('x', ',') FROM c WHERE false
SELECT stddev(w), variance(w), corr(w, q), regr_slope(w, q), var_pop(w), stddev_pop(q), covar_pop(w, q) FROM c GROUP BY id
SELECT max(q), min(note), sum(NULL::int), array_agg(NULL::int), count(NULL), json_agg(q), jsonb_object_agg(c.id, q) FROM c JOIN p ON p.id = c.pid GROUP BY c.id
SELECT json_object_agg(id, q), jsonb_agg(q), xmlagg(NULL::xml), range_agg(int4range(w, w + 1)), bit_and(q) FROM c GROUP BY pid
SELECT max(w) FROM c HAVING count(*) > 0
SELECT max(w), count(*) FROM c HAVING false
SELECT max(w) + 1, coalesce(max(q), 0), greatest(max(q), 0), least(NULL, max(w)) FROM c GROUP BY pid HAVING max(w) > 0
SELECT max(q) FROM c GROUP BY pid HAVING max(q) > 0
SELECT max(q), min(q) FROM c GROUP BY pid HAVING max(q) > 0 OR count(*) > 1
SELECT (SELECT max(c.w) FROM c WHERE c.pid = p.id), (SELECT count(*) FROM c WHERE c.pid = p.id), (SELECT sum(p.id)) FROM p GROUP BY p.id
SELECT (SELECT max(x.w) FROM c x WHERE x.pid = p.id GROUP BY x.pid), (SELECT array_agg(x.w) FROM c x WHERE x.pid = p.id) FROM p
SELECT (SELECT max(p.id) FROM c LIMIT 1), (SELECT count(p.id) FROM c LIMIT 1) FROM p GROUP BY ()
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY w), percentile_cont(NULL) WITHIN GROUP (ORDER BY w), percentile_disc(ARRAY[0.5, NULL]) WITHIN GROUP (ORDER BY w) FROM c GROUP BY pid
SELECT array_agg(tags), array_agg(spot), array_agg(c), array_agg(ROW(q)) FROM c WHERE tags = '{a,NULL}' GROUP BY pid
SELECT unnest(array_agg(q)), unnest(array_agg(w)) FROM c GROUP BY pid
16: SELECT any_value(w), any_value(q), any_value(note) FROM c JOIN p ON p.id = c.pid GROUP BY c.id
-- Sets.
SELECT generate_series(1, 3), generate_series(1, 2)
SELECT generate_series(1, w / 10), unnest(tags), id FROM c
SELECT unnest(ARRAY[1, 2]), 'x' || unnest(ARRAY['a', 'b', 'c'])
SELECT generate_series(1, NULL), 1
SELECT id, generate_series(1, q) FROM c
SELECT x, y FROM unnest(ARRAY[1, 2], ARRAY['a']) u(x, y)
SELECT x, y, n FROM unnest(ARRAY[1], ARRAY['a', 'b']) WITH ORDINALITY u(x, y, n)
SELECT a, b, n FROM ROWS FROM (generate_series(1, 2), generate_series(1, 3)) WITH ORDINALITY r(a, b, n)
SELECT a, x, y FROM ROWS FROM (generate_series(1, 2), pair_of()) r(a, x, y)
SELECT x, y FROM pair_of()
SELECT (pair_of()).x, (pair_of()).y, pair_of()
SELECT * FROM people()
SELECT * FROM person()
SELECT (person()).id, person(), person() IS NULL
SELECT some_of(), some_of() IS NULL
SELECT * FROM some_of() WITH ORDINALITY
SELECT * FROM unnest('{1,NULL}'::int[]) WITH ORDINALITY
SELECT * FROM unnest(ARRAY[ROW(1, NULL)::pair, NULL])
SELECT (u).x, u FROM unnest(ARRAY[ROW(1, NULL)::pair, NULL]) u
SELECT * FROM unnest(ARRAY[ROW(1)::odd, NULL])
SELECT * FROM unnest(int4multirange(int4range(1, 3)))
SELECT * FROM jsonb_array_elements('[1, null]')
SELECT * FROM jsonb_array_elements_text('[1, null]')
SELECT * FROM jsonb_each('{"a": null}')
SELECT * FROM jsonb_each_text('{"a": null}')
SELECT * FROM jsonb_to_recordset('[{"a": 1}, {}]') x(a int, b text)
SELECT * FROM jsonb_populate_record(NULL::pair, '{}')
SELECT (jsonb_populate_record(NULL::pair, '{}')).x, jsonb_populate_record(NULL::pair, NULL)
SELECT * FROM string_to_table('a,b', ',', 'a')
SELECT * FROM string_to_table('a,b', NULL)
SELECT string_to_array('a,b', ',', 'a'), string_to_array('a', NULL), string_to_array('', ','), unnest(string_to_array('a,b', ',', 'b'))
SELECT unnest(string_to_array(name, 'n')), regexp_split_to_array(name, 'n'), regexp_matches(name, '(o)|(t)') FROM p
SELECT (regexp_matches(name, '(o)|(t)'))[1], regexp_match(name, 'q'), substring(name FROM 'q'), (regexp_match(name, '(q)?'))[1] FROM p
SELECT regexp_split_to_table(note, ''), id FROM p
SELECT * FROM generate_series('2024-01-01'::timestamp, '2024-01-02', '1 day')
SELECT * FROM LATERAL (SELECT generate_series(1, 2) AS g) s LEFT JOIN c ON c.id = s.g + 3
SELECT DISTINCT ON (pid) pid, q, w FROM c ORDER BY pid, q
SELECT id, unnest(CASE WHEN q > 0 THEN ARRAY[q] ELSE ARRAY[0] END), unnest(CASE WHEN q > 0 THEN ARRAY[w] END) FROM c
-- Set operations and CTEs.
SELECT id FROM p UNION SELECT a FROM t
SELECT a FROM t INTERSECT SELECT id FROM p
SELECT a FROM t EXCEPT SELECT id FROM p
SELECT id FROM p EXCEPT SELECT a FROM t
SELECT a FROM t INTERSECT ALL SELECT a FROM t
(SELECT id FROM p UNION SELECT a FROM t) INTERSECT SELECT 5 UNION ALL SELECT 1
SELECT ARRAY[1] UNION ALL SELECT ARRAY[NULL::int]
SELECT tags FROM c INTERSECT SELECT ARRAY['x']
SELECT unnest(x) FROM (SELECT ARRAY[1] AS x UNION ALL SELECT ARRAY[2, NULL]) s
VALUES (1, 'a'), (NULL, 'b')
SELECT x FROM (VALUES (1), ((SELECT 1 WHERE false))) v(x)
SELECT x, y FROM (VALUES (1, NULL), (2, NULL)) v(x, y) WHERE y IS NULL
WITH RECURSIVE r(n, m) AS (SELECT 1, 1 UNION ALL SELECT n + 1, nullif(m, 1) FROM r WHERE n < 4) SELECT n, m FROM r
WITH RECURSIVE r(n, m, k) AS (SELECT 1, 1, 1 UNION ALL SELECT n + 1, k, nullif(m, 1) FROM r WHERE n < 5) SELECT n, m, k FROM r
WITH RECURSIVE r(id, up) AS (SELECT id, NULL::int FROM p WHERE id = 1 UNION ALL SELECT p.id, r.id FROM r JOIN p ON p.id = r.id + 1) SELECT id, up FROM r
WITH RECURSIVE r(n, xs) AS (SELECT 1, ARRAY[1] UNION ALL SELECT n + 1, xs || nullif(n, 2) FROM r WHERE n < 4) SELECT n, xs, unnest(xs) FROM r
WITH RECURSIVE r(n, x) AS (SELECT 1, 'a'::text UNION ALL SELECT n + 1, (SELECT p.note FROM p WHERE p.id = r.n) FROM r WHERE n < 4) SELECT n, x FROM r
WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r WHERE n < 3) SEARCH DEPTH FIRST BY n SET o CYCLE n SET is_cycle USING path SELECT n, o, is_cycle, path FROM r
WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n % 2 + 1 FROM r) CYCLE n SET c TO 'y' DEFAULT NULL USING path SELECT n, c, path FROM r
WITH a AS (SELECT q FROM c), b AS (SELECT q FROM a WHERE q IS NOT NULL) SELECT a.q, b.q FROM a LEFT JOIN b ON a.q = b.q
WITH a AS (SELECT id, note FROM p) SELECT (SELECT note FROM a WHERE a.id = p.id), (SELECT count(*) FROM a) FROM p
SELECT (WITH x AS (SELECT p.note AS n) SELECT n FROM x), CASE WHEN note IS NOT NULL THEN (WITH x AS (SELECT p.note AS n LIMIT 1) SELECT n FROM x) ELSE '' END FROM p
SELECT * FROM (SELECT id, note FROM p WHERE note IS NOT NULL FOR UPDATE SKIP LOCKED) s
SELECT id, (SELECT x.id FROM p x WHERE x.id = p.id FOR UPDATE SKIP LOCKED) FROM p
TABLE noted
-- Expressions.
SELECT nullif(1, 1), nullif(id, 5), greatest(1, NULL), least(NULL::int, NULL), coalesce(NULL, NULL, note), coalesce(note, name) FROM p
SELECT CASE WHEN flag THEN 1 WHEN NOT flag THEN 2 END, CASE WHEN flag THEN 1 WHEN NOT flag THEN 2 ELSE NULL END, CASE flag WHEN true THEN 1 WHEN false THEN 2 END FROM p
SELECT CASE WHEN note IS NULL THEN name ELSE note END, CASE WHEN note IS NOT NULL THEN note END, CASE WHEN note = 'x' THEN note ELSE note END FROM p
SELECT CASE note WHEN 'x' THEN note ELSE name END, CASE name WHEN note THEN note ELSE 'q' END, CASE WHEN note > '' OR flag THEN note ELSE '' END FROM p
SELECT tags[1], tags[1:1], tags[:2], (ARRAY[1, 2])[3], (ARRAY[1, 2])[2:5], (ARRAY[1, 2])[q:], array_length(tags, 1), cardinality(tags), array_upper(ARRAY[]::int[], 1) FROM c
SELECT doc -> 'a', doc ->> 'a', doc['a'], doc #> '{b,1}', doc #>> '{b,1}', jsonb_typeof(doc), doc ? 'a', doc @> '{}' FROM c
SELECT jsonb_extract_path('{"a": null}', 'b'), jsonb_array_length('[]'), to_jsonb(NULL::int), to_jsonb(q), jsonb_build_object('q', q), jsonb_strip_nulls('{}') FROM c
SELECT lower(span), upper(span), isempty(span), lower('(,)'::int4range), upper(int4range(1, 5)), lower_inf(span), range_merge(span, '[1,2)'), span * '[2,3)' FROM c
SELECT (spot).x, (spot).y, spot IS NULL, (ROW(1, NULL)::pair).y, (ROW(q, 'x')::pair).x, (ROW(w, 'x')::pair).x FROM c
SELECT p.note, (p).note, (p).id, (p.*)::text, p::text, (ROW(p.*)::p).note FROM p
SELECT extract(day FROM d), extract(year FROM d), date_part('epoch', d), date_trunc('day', d), to_char(d, 'YYYY'), age(d), d + 1, isfinite(d) FROM c WHERE d IS NOT NULL AND isfinite(d)
SELECT extract(day FROM d), extract(year FROM d), extract(hour FROM d::timestamp), extract(epoch FROM d), to_char(d, 'YYYY'), d - 1 FROM c WHERE d IS NOT NULL
SELECT extract(day FROM ts), extract(month FROM iv), date_part('hour', ts), to_char(ts, ''), to_char(n, ''), to_char(n, '999'), ts + iv FROM t WHERE ts IS NOT NULL AND iv IS NOT NULL AND n IS NOT NULL
SELECT concat(NULL), concat_ws(NULL, 'a'), concat_ws(',', NULL), concat(VARIADIC NULL::text[]), format('%s', NULL), format(NULL), format('%s', VARIADIC ARRAY[NULL])
SELECT array_position(ARRAY[1], 2), array_remove(ARRAY[1, NULL], 1), array_remove(tags, NULL), array_replace(ARRAY[1, NULL], NULL, 2), array_replace(ARRAY[1], 1, q), array_to_string(tags, ','), array_fill(q, ARRAY[1]) FROM c
SELECT ARRAY[q] || 1, 1 || ARRAY[q], ARRAY[1] || NULL::int[], NULL::int[] || NULL::int[], array_append(NULL, 1), array_append(ARRAY[1], NULL), array_prepend(q, ARRAY[1]), array_cat(NULL, ARRAY[q]) FROM c
SELECT current_setting('no.such', true), current_schema, current_user, version(), pg_typeof(NULL), inet_client_addr(), obj_description(1, 'pg_class'), set_config('a.b', 'c', true)
SELECT name SIMILAR TO note, name LIKE note, name ~ note, note BETWEEN 'a' AND 'b', name IN (note, 'q'), name = ANY (ARRAY[note]), id = ANY ('{1,NULL}'), id <> ALL (ARRAY[2, NULL]) FROM p
SELECT id IN (SELECT a FROM t), id NOT IN (SELECT a FROM t), id IN (SELECT id FROM p), note IN (SELECT name FROM p), id > ALL (SELECT a FROM t WHERE a IS NOT NULL), id = ANY (SELECT a FROM t WHERE a > 0) FROM p
SELECT flag AND sure, flag OR sure, NOT flag, flag IS TRUE, flag IS NOT UNKNOWN, sure AND NULL, sure OR true, (flag AND false) IS NULL FROM p
SELECT xmlparse(CONTENT 'a'), xmlelement(name a, NULL), xmlforest(q), xmlconcat(NULL, '<a/>'::xml), xpath('/q', '<a/>'::xml), (xpath('/q', '<a/>'::xml))[1], xmlserialize(CONTENT NULL AS text), x IS DOCUMENT FROM c LEFT JOIN t ON t.a = c.id
SELECT x.* FROM XMLTABLE('/r/a' PASSING ('<r><a b="1"/><a/></r>'::xml) COLUMNS n FOR ORDINALITY, b int PATH '@b', d text PATH '@d' DEFAULT 'k', e text PATH '@d' DEFAULT NULL) x
SELECT grouping(a), a FROM t GROUP BY GROUPING SETS ((a), ())
SELECT overlay(name PLACING note FROM 1), position(note IN name), trim(note), substring(name, 1, q), split_part(name, 'n', 9), left(note, 1) FROM p JOIN c ON c.id = p.id
SELECT round(n), n / 2, n::int IS NULL, n::text, sqrt(abs(n)), power(n, 0), width_bucket(n, 0, 1, 2), numeric '1' + n FROM t WHERE n IS NOT NULL AND n <> 'NaN'
SELECT min_scale(n), scale(n), trunc(n), n::float8, n % 2, trim_scale(n) FROM t WHERE n IS NOT NULL
SELECT pg_size_pretty(1::bigint), to_regclass('nope'), to_regtype('int'), 'p'::regclass, pg_get_viewdef('noted'::regclass), pg_get_constraintdef(1), col_description('p'::regclass, 1)
SELECT make_date(2024, 1, id), make_interval(days => id), justify_days(iv), iv * 2, now() - ts, clock_timestamp(), ts AT TIME ZONE 'UTC', timezone(name, now()) IS NULL FROM p JOIN t ON t.a = p.id WHERE false
SELECT m::text, m < 'ok', enum_first(m), enum_range(m), enum_range(NULL::mood), enum_last(NULL::mood), enum_range(NULL, m) FROM c
SELECT to_tsvector('a b'), ts_headline('a', 'b'::tsquery), numnode('a'::tsquery), ts_rank('a:1'::tsvector, 'a'), tsvector_to_array('a b'::tsvector), phraseto_tsquery('') IS NULL
SELECT row_to_json(p), to_json(note), json_build_object('a', note), array_to_json(NULL::int[]), json_object('{}'), json_typeof('null'), j -> 'k', j ->> 'k' FROM p LEFT JOIN t ON t.a = p.id
SELECT num_nulls(NULL), num_nonnulls(VARIADIC NULL::int[]), num_nulls(VARIADIC ARRAY[NULL::int]), pg_column_size(note), hashtext(note), md5(note), quote_nullable(note), quote_literal(note) FROM p
SELECT inet '10.0.0.1' - inet '10.0.0.2', family(NULL), host('::1'), network('10.0.0.1/8'), masklen('10.0.0.1'), inet_merge('10.0.0.1', '10.0.0.2'), abbrev('10.1.0.0/16'::cidr)
SELECT point(1, 2) <-> point(2, 3), box '(0,0),(1,1)' # box '(5,5),(6,6)', lseg '[(0,0),(1,1)]' # lseg '[(5,5),(6,7)]', path '[(0,0),(1,1)]' + path '((0,0))', area(path '[(0,0),(1,1)]'), circle '<(0,0),1>'::text
SELECT a, b FROM t WHERE a IS NOT NULL AND b IS NOT NULL OR a = 3
SELECT s FROM t WHERE s || a <> '' AND NOT s = 'q'
SELECT s FROM t WHERE length(s) > 0 IS TRUE OR s IS NOT NULL
SELECT a FROM t WHERE a BETWEEN 1 AND 3 OR a > b::int
SELECT a FROM t WHERE a = 1 OR NULL
SELECT a, b FROM t WHERE NOT (a IS NULL AND b IS NULL)
SELECT a, b FROM t WHERE (a IS NULL) = (b IS NULL)
SELECT a FROM t WHERE (a IS NOT NULL) IS NOT FALSE
SELECT a FROM t WHERE (a IS NOT NULL) = true
SELECT a FROM t WHERE coalesce(a, 1) = 1
SELECT a FROM t WHERE nullif(a, 2) IS NOT NULL
SELECT a FROM t WHERE nothing(a) IS NULL
SELECT a FROM t WHERE same(a) IS NOT NULL
SELECT a FROM t WHERE ROW(a) IS NOT NULL
SELECT a FROM t WHERE ARRAY[a] IS NOT NULL
SELECT a FROM t WHERE ARRAY[a] = ARRAY[1] OR a IS NULL
SELECT a FROM t WHERE a = ANY (ARRAY[a, 1])
SELECT a FROM t WHERE greatest(a, 1) > 0
SELECT a FROM t WHERE num_nulls(a) = 0
SELECT a FROM t WHERE a::text::int > 0 AND random() >= 0
SELECT a FROM t WHERE CASE WHEN a IS NULL THEN true ELSE a > 1 END
SELECT a FROM t WHERE CASE a WHEN 1 THEN true ELSE false END
SELECT a FROM t WHERE (SELECT a) IS NOT NULL
SELECT a FROM t WHERE EXISTS (SELECT 1 WHERE a > 0)
SELECT t.a, x.a FROM t, LATERAL (SELECT t.a) x(a) WHERE x.a IS NOT NULL
SELECT t.a, x.a FROM t, LATERAL (SELECT coalesce(t.a, 1)) x(a) WHERE x.a = 1
16: SELECT JSON_OBJECT('a': NULL), JSON_ARRAY(NULL), JSON_ARRAYAGG(q), JSON_OBJECTAGG(id: q), JSON_ARRAYAGG(q) FILTER (WHERE false) FROM c GROUP BY pid
16: SELECT JSON_OBJECT('a': q ABSENT ON NULL), JSON_ARRAY(SELECT q FROM c WHERE false), '{}' IS JSON, note IS JSON, JSON_ARRAY(SELECT 1 WHERE false) FROM c JOIN p ON p.id = c.pid
17: SELECT JSON_EXISTS('{"a": null}', '$.a'), JSON_VALUE('{"a": null}', '$.a'), JSON_QUERY('{"a": null}', '$.b'), JSON_VALUE('{}', '$.a' DEFAULT 'x' ON EMPTY), JSON_EXISTS(doc, '$.a'), JSON_QUERY(doc, '$.a' WITH WRAPPER) FROM c
17: SELECT JSON_SCALAR(q), JSON_SCALAR(w), JSON(note), JSON_SERIALIZE(doc), JSON_VALUE(doc, '$.a' RETURNING int DEFAULT NULL ON EMPTY) FROM c JOIN p ON p.id = c.pid WHERE note IS NULL
17: SELECT j.* FROM JSON_TABLE('[{"a": 1}, {"a": null}, {}]', '$[*]' COLUMNS (n FOR ORDINALITY, a int PATH '$.a', b int PATH '$.b' DEFAULT 3 ON EMPTY, e boolean EXISTS PATH '$.a', NESTED PATH '$.c[*]' COLUMNS (m FOR ORDINALITY, d text PATH '$'))) j
17: SELECT j.n, j.v FROM c LEFT JOIN JSON_TABLE(c.doc, '$' COLUMNS (n FOR ORDINALITY, v text PATH '$.a')) j ON true
18: SELECT id, v2 FROM (SELECT 1 AS id) s LEFT JOIN LATERAL (SELECT casefold('A') AS v2) x ON s.id = 2
18: SELECT array_sort(ARRAY[2, NULL]), array_reverse(ARRAY[1, NULL]), uuidv7(), jsonb_strip_nulls('[null]', true), crc32('a'), gamma(2)
