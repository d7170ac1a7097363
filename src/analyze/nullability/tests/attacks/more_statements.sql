-- FK joins
SELECT fkp.v FROM fkc LEFT JOIN fkp ON fkp.a = fkc.a AND fkp.b = fkc.b
SELECT fkp.v FROM fkc LEFT JOIN fkp ON fkp.a = fkc.a AND fkp.b = fkc.b2
SELECT fkp.v FROM fkf LEFT JOIN fkp ON fkp.a = fkf.a AND fkp.b = fkf.b
SELECT fkp.v FROM fkf LEFT JOIN fkp ON fkp.a = fkf.b AND fkp.b = fkf.a
SELECT fkp.v FROM fkf LEFT JOIN fkp USING (a, b)
SELECT a, b, v FROM fkf FULL JOIN fkp USING (a, b)
SELECT fkp.v FROM fkc x LEFT JOIN fkf ON fkf.id = x.id LEFT JOIN fkp ON fkp.a = fkf.a AND fkp.b = fkf.b
SELECT fkp.v FROM fkf LEFT JOIN fkp ON fkp.a = fkf.a
SELECT fkp.v FROM fkf LEFT JOIN LATERAL (SELECT v FROM fkp WHERE fkp.a = fkf.a AND fkp.b = fkf.b LIMIT 1) fkp ON true
SELECT fkp.v FROM fkf LEFT JOIN LATERAL (SELECT v FROM fkp WHERE fkp.a = fkf.a AND fkp.b = fkf.b OFFSET 1) fkp ON true
SELECT fkp.v FROM fkf LEFT JOIN (SELECT * FROM fkp LIMIT 0) fkp ON fkp.a = fkf.a AND fkp.b = fkf.b
SELECT fkp.v FROM fkf LEFT JOIN (SELECT * FROM fkp WHERE v <> 'v') fkp ON fkp.a = fkf.a AND fkp.b = fkf.b
SELECT fkp.v FROM fkf LEFT JOIN (fkp JOIN p ON p.id = 99) ON fkp.a = fkf.a AND fkp.b = fkf.b
SELECT fkp.v, p.id FROM fkf LEFT JOIN (fkp LEFT JOIN p ON p.id = 99) ON fkp.a = fkf.a AND fkp.b = fkf.b
SELECT par.v FROM tocld LEFT JOIN par ON par.id = tocld.pid
SELECT par.v FROM ONLY tocld LEFT JOIN par ON par.id = tocld.pid
SELECT par.v FROM ONLY tocld LEFT JOIN ONLY par ON par.id = tocld.pid
SELECT pt.v, pt.k FROM refpt LEFT JOIN pt ON pt.id = refpt.pid
SELECT pt1.v FROM refpt LEFT JOIN pt1 ON pt1.id = refpt.pid
SELECT pt.v FROM refpt LEFT JOIN ONLY pt ON pt.id = refpt.pid
SELECT pt.v FROM refpt LEFT JOIN pt TABLESAMPLE BERNOULLI (0) ON pt.id = refpt.pid
SELECT cit.v FROM citc LEFT JOIN cit ON cit.t = citc.t
SELECT cit.v FROM citc LEFT JOIN cit ON cit.t = citc.t COLLATE "C"
SELECT cit.v FROM citc LEFT JOIN cit ON cit.t::bytea = citc.t::bytea
SELECT (SELECT v FROM cit WHERE t = citc.t), (SELECT v FROM cit WHERE t = citc.t COLLATE "C"), (SELECT v FROM cit WHERE t COLLATE "C" = citc.t) FROM citc
SELECT s.v, u.v FROM selfr s LEFT JOIN selfr u ON u.id = s.up
SELECT s.v, u.v FROM selfr s LEFT JOIN selfr u ON u.up = s.id
SELECT s.v, (SELECT u.v FROM selfr u WHERE u.id = s.up AND u.v = 'a'), (SELECT max(u.v) FROM selfr u WHERE u.up = s.id) FROM selfr s
SELECT s.v, (SELECT u.v FROM selfr u WHERE u.id = s.up ORDER BY random() LIMIT 1), (SELECT u.v FROM selfr u WHERE u.id = s.up OFFSET 0), (SELECT u.v FROM selfr u WHERE u.id = s.up GROUP BY u.v HAVING count(*) > 5) FROM selfr s
SELECT s.v, (SELECT ARRAY[u.v] FROM selfr u WHERE u.id = s.up), (SELECT nullif(u.v, 'a') FROM selfr u WHERE u.id = s.up), (SELECT DISTINCT u.v FROM selfr u WHERE u.id = s.up) FROM selfr s
DELETE FROM selfr s WHERE id = 2 RETURNING (SELECT u.v FROM selfr u WHERE u.id = s.up)
WITH d AS (DELETE FROM fkf RETURNING a, b) SELECT d.a, fkp.v FROM d LEFT JOIN fkp USING (a, b)
WITH i AS (INSERT INTO fkp VALUES (5, 5, 'n') RETURNING a, b), j AS (INSERT INTO fkf SELECT 9, a, b FROM i RETURNING *) SELECT j.a, fkp.v FROM j LEFT JOIN fkp USING (a, b)
WITH i AS (INSERT INTO fkp VALUES (5, 5, 'n') RETURNING a, b) INSERT INTO fkf SELECT 9, a, b FROM i RETURNING (SELECT v FROM fkp WHERE fkp.a = fkf.a AND fkp.b = fkf.b)
SELECT mv.id, p.name FROM mv LEFT JOIN p ON p.id = mv.pid
SELECT mv.name, mv.pid FROM mv
SELECT p.name FROM c LEFT JOIN p ON p.id = c.pid AND true
SELECT p.name FROM c LEFT JOIN p ON p.id = c.pid AND p.id = c.pid
SELECT p.name FROM c LEFT JOIN p ON c.pid = p.id AND c.w > 10
SELECT p.name FROM c LEFT JOIN p ON p.id = c.pid + 0
SELECT p.name FROM c LEFT JOIN p ON p.id >= c.pid
SELECT p.name FROM c LEFT JOIN p ON p.id::bigint = c.pid
SELECT p.name FROM c LEFT JOIN p ON (p.id, 1) = (c.pid, 1)
SELECT p.name FROM c LEFT JOIN p ON p.id IN (c.pid)
SELECT p.name FROM c LEFT JOIN p ON p.id IN (c.pid, NULL)
SELECT p.name FROM c LEFT JOIN p ON p.id = ANY (ARRAY[c.pid])
SELECT p.name FROM (SELECT pid FROM c UNION ALL SELECT 99) x LEFT JOIN p ON p.id = x.pid
SELECT p.name FROM (SELECT DISTINCT pid FROM c) x LEFT JOIN p ON p.id = x.pid
SELECT p.name FROM (SELECT pid FROM c GROUP BY ROLLUP (pid)) x LEFT JOIN p ON p.id = x.pid
SELECT p.name FROM (SELECT max(pid) AS pid FROM c WHERE false) x LEFT JOIN p ON p.id = x.pid
SELECT p.name FROM (SELECT max(pid) AS pid FROM c GROUP BY w) x LEFT JOIN p ON p.id = x.pid
SELECT p.name FROM (VALUES (1), (99)) x(pid) LEFT JOIN p ON p.id = x.pid
SELECT p.name FROM lj LEFT JOIN c ON c.id = lj.cid LEFT JOIN p ON p.id = c.pid
WITH RECURSIVE r(pid) AS (SELECT pid FROM c UNION SELECT pid + 50 FROM r WHERE pid < 50) SELECT r.pid, p.name FROM r LEFT JOIN p ON p.id = r.pid
SELECT p.name FROM c RIGHT JOIN p ON p.id = c.pid WHERE c.id IS NULL
SELECT p.name, c.w FROM c FULL JOIN p ON p.id = c.pid
SELECT p.name, c2.w FROM c LEFT JOIN (p JOIN c c2 ON c2.pid = p.id AND c2.w > 30) ON p.id = c.pid
SELECT x.name FROM c LEFT JOIN p AS x (id2, name) ON x.id2 = c.pid
SELECT x.id2, x.name FROM c LEFT JOIN p AS x (name, id2) ON x.name = c.pid
-- CHECK
SELECT x FROM st WHERE state = 'BACK'
SELECT x FROM st WHERE st2 = 'BACK' COLLATE ci
SELECT x FROM st WHERE st2 COLLATE ci = 'BACK'
SELECT x FROM st WHERE st2 = 'BACK'
SELECT x FROM st WHERE st2 IN ('BACK')
SELECT x FROM st WHERE st2 IN ('BACK', 'back')
SELECT x FROM st WHERE st2 = ANY (ARRAY['BACK', NULL])
SELECT x FROM st WHERE lower(st2) = 'back'
SELECT x FROM st WHERE st2 ILIKE 'BACK'
SELECT x FROM st WHERE st2 LIKE 'BACK'
SELECT x FROM st WHERE NOT st2 <> 'BACK'
SELECT x FROM st WHERE st2 >= 'BACK' AND st2 <= 'BACK'
SELECT y FROM st WHERE NOT (sp IS NOT NULL)
SELECT y FROM st WHERE sp IS NULL
SELECT y FROM st WHERE NOT (sp IS NULL)
SELECT y FROM st WHERE sp IS NOT NULL
SELECT y FROM st WHERE (sp).x IS NULL AND (sp).y IS NULL
SELECT y FROM st WHERE sp IS NOT DISTINCT FROM NULL
SELECT y FROM st WHERE k = 'a'
SELECT y FROM st WHERE k = 'a  '
SELECT y FROM st WHERE k::text = 'a'
SELECT y FROM st WHERE k = 'a'::text
SELECT y, k FROM st WHERE k LIKE 'a%'
SELECT y FROM st WHERE num NOT IN (1, 2)
SELECT y FROM st WHERE num = 3
SELECT y FROM st WHERE num <> 1
SELECT y FROM st WHERE num IS NULL
SELECT y FROM st WHERE num::text = '1.0'
SELECT num FROM st WHERE st2 = 'go'
SELECT num FROM st WHERE st2 <> 'go'
SELECT num FROM st WHERE st2 IS NULL
SELECT num, st2 FROM st WHERE num IS NOT NULL
SELECT e FROM st WHERE NOT b
SELECT e FROM st WHERE b IS FALSE
SELECT e FROM st WHERE b IS NOT TRUE
SELECT e FROM st WHERE b IS NULL
SELECT e FROM st WHERE b = false
SELECT e FROM st WHERE b <> true
SELECT e FROM st WHERE b IS DISTINCT FROM true
SELECT e FROM st WHERE sure = 'hot'
SELECT e FROM st WHERE sure = 'hot' COLLATE ci
SELECT e FROM st WHERE lower(sure) = 'hot'
SELECT e FROM st WHERE sure <> 'x'
SELECT x, y FROM st WHERE sure = 'even' AND x IS NOT NULL
SELECT x, y FROM st WHERE sure <> 'odd' AND x IS NOT NULL
SELECT x, y FROM st WHERE x IS NOT NULL
SELECT s2.x FROM st s1 JOIN st s2 ON s2.id = s1.id + 1 WHERE s1.st2 = 'BACK'
SELECT s2.x FROM st s1 LEFT JOIN st s2 ON s2.st2 = 'BACK'
SELECT s2.x FROM st s1 LEFT JOIN st s2 ON s2.id = s1.id WHERE s2.st2 = 'BACK'
UPDATE st SET st2 = 'BACK', x = 1, sure = 'odd' WHERE st2 = 'back' RETURNING x, y
UPDATE st SET x = NULL, st2 = 'q', sure = 'odd' WHERE st2 = 'BACK' RETURNING x
UPDATE st SET sure = 'odd' WHERE st2 IS NULL RETURNING e, x, sure
SELECT CASE WHEN st2 = 'BACK' THEN x ELSE 0 END, CASE WHEN st2 = 'BACK' THEN 0 ELSE x END, CASE st2 WHEN 'BACK' THEN x ELSE 0 END, CASE WHEN sure = 'hot' THEN e ELSE 1 END FROM st
SELECT max(x) FILTER (WHERE st2 = 'BACK'), max(e) FILTER (WHERE sure = 'hot') FROM st GROUP BY sure
SELECT x FROM st WHERE st2 = 'BACK' OR st2 = 'go'
SELECT x FROM st WHERE st2 = 'BACK' OR id = 5
SELECT x FROM (SELECT st2, x FROM st UNION ALL SELECT 'BACK', NULL) s WHERE st2 = 'BACK'
SELECT x FROM (SELECT st2, x FROM st GROUP BY ROLLUP (st2, x)) s WHERE st2 = 'BACK'
-- Domains
SELECT (v).f, (v).g FROM (SELECT NULL::withreq AS v) s
SELECT (x).f FROM (SELECT c.id, ROW('a', 1)::withreq AS x FROM c) s RIGHT JOIN p ON p.id = s.id
SELECT (ARRAY['a']::required[])[5], (ARRAY['a']::required[])[1], lag('a'::required) OVER (), max('a'::required) FILTER (WHERE false), nullif('a'::required, 'a')
SELECT r FROM p LEFT JOIN (SELECT id + 3 AS id, 'a'::required AS r FROM p) s USING (id)
SELECT a, b FROM p LEFT JOIN tab() ON a = p.id
SELECT (SELECT b FROM tab()), (tab()).b, tab()
SELECT (s.x).x, (s.x).y, s.x FROM (SELECT ROW(1, NULL)::dpair AS x) s
SELECT array_agg(r) FROM (SELECT 'a'::required AS r WHERE false) s
SELECT coalesce(NULL::text, r), r || 'x', upper(r) FROM p LEFT JOIN (SELECT id + 3 AS id, 'a'::required AS r FROM p) s USING (id)
SELECT q FROM (SELECT NULL::int::text::int AS q) s
-- Views and narrowing
SELECT id, note, k FROM uv WHERE k = 'a'
SELECT id, note, k FROM uv WHERE note IS NOT NULL
SELECT id, cid, w, q FROM lj WHERE w > 0
SELECT id, cid, w, q FROM lj WHERE q IS NULL
SELECT id, cid, w FROM fj WHERE cid IS NOT NULL
SELECT id, cid, w FROM fj WHERE id > 0
SELECT id, cid, w FROM fj WHERE w > 0 OR id > 0
SELECT pid, mq, nq, mw FROM agg WHERE nq > 0
SELECT pid, mq, nq, mw FROM agg WHERE mq > 0
SELECT pid, mq FROM agg RIGHT JOIN p ON p.id = agg.pid WHERE nq IS NOT NULL
SELECT prev, w, q FROM win WHERE prev IS NOT NULL
SELECT prev, w, q FROM win WHERE q IS NOT NULL
SELECT kind, q FROM cs WHERE kind = 'some'
SELECT kind, q FROM cs WHERE kind <> 'none'
SELECT id, note FROM lim WHERE note IS NOT NULL
SELECT pid, q, w FROM dist WHERE q IS NOT NULL
SELECT nn, note FROM dv WHERE nn <> 'none'
SELECT nn, note FROM dv WHERE nn IS NOT NULL
SELECT x.q, y.q FROM cs x LEFT JOIN cs y ON y.id = x.id + 1 AND y.kind = 'some' WHERE x.kind = 'some'
WITH v AS (SELECT id, note, upper(note) AS up FROM p) SELECT a.note, b.note FROM v a, v b WHERE a.up IS NOT NULL
WITH v AS (SELECT id, note FROM p) SELECT v.note FROM v WHERE id IN (SELECT id FROM v WHERE note IS NOT NULL)
WITH v AS MATERIALIZED (SELECT id, note FROM p) SELECT note FROM v WHERE note > '' UNION ALL SELECT note FROM v
WITH RECURSIVE r(n, m) AS (SELECT note, note FROM p UNION ALL SELECT 'x', m FROM r WHERE n <> 'x' OR n IS NULL) SELECT n, m FROM r WHERE n IS NOT NULL
WITH RECURSIVE r(n, m) AS (SELECT 1, 'a'::text UNION ALL SELECT n + 1, CASE WHEN n < 2 THEN m END FROM r WHERE n < 4) SELECT n, m FROM r WHERE n = 1
WITH RECURSIVE r(n, m) AS (SELECT 1, 'a'::text UNION ALL SELECT r.n + 1, p.note FROM r LEFT JOIN p ON p.id = r.n WHERE r.n < 5) SELECT n, m FROM r WHERE m IS NOT NULL OR n = 2
WITH RECURSIVE r AS (SELECT 1 AS n, NULL::int AS prev UNION ALL SELECT n + 1, n FROM r WHERE n < 3), s AS (SELECT * FROM r WHERE prev IS NOT NULL) SELECT n, prev FROM s UNION ALL SELECT prev, n FROM r
SELECT s.a, s.b FROM (SELECT note AS a, length(note) AS b FROM p EXCEPT SELECT 'x', 1) s WHERE b IS NOT NULL
SELECT s.a, s.b FROM (SELECT note AS a, length(note) AS b FROM p UNION SELECT NULL, 1) s WHERE b IS NOT NULL
SELECT s.a FROM (SELECT note AS a FROM p INTERSECT SELECT note FROM p) s
SELECT s.a, s.b FROM (SELECT note AS a, 1 AS b FROM p INTERSECT SELECT name, NULL FROM p) s
SELECT a FROM (SELECT q AS a FROM c INTERSECT ALL SELECT w FROM c UNION ALL SELECT NULL) s
SELECT a FROM ((SELECT q AS a FROM c) EXCEPT ALL (SELECT w FROM c)) s
-- volatile and repeated
SELECT odd_or_null() FROM p WHERE odd_or_null() IS NOT NULL
SELECT x, x + 1 FROM (SELECT odd_or_null() AS x FROM p) s WHERE x IS NOT NULL
SELECT x, y FROM (SELECT odd_or_null() AS x, id FROM p) s JOIN LATERAL (SELECT s.x AS y) t ON true WHERE y IS NOT NULL
SELECT CASE WHEN odd_or_null() IS NOT NULL THEN odd_or_null() ELSE 0 END, coalesce(odd_or_null(), 0) FROM p
SELECT nullif(random() < 0.5, true) FROM generate_series(1, 200) WHERE nullif(random() < 0.5, true) IS NOT NULL
SELECT CASE WHEN nullif((random() * 2)::int, 1) IS NOT NULL THEN nullif((random() * 2)::int, 1) ELSE 0 END FROM generate_series(1, 100)
WITH x AS (SELECT odd_or_null() AS v FROM p) SELECT a.v, b.v FROM x a, x b WHERE a.v IS NOT NULL
SELECT CASE (SELECT odd_or_null()) WHEN 1 THEN (SELECT odd_or_null()) ELSE 1 END FROM p
SELECT setret(id), id FROM p
SELECT setret(id), generate_series(1, 2), id FROM p
SELECT vsum(1), vsum(1, 2), vsum(1, NULL), vol(3), vol(NULL)
-- windows
SELECT sum(w) OVER (ORDER BY id ROWS BETWEEN 0 PRECEDING AND 1 PRECEDING), sum(w) OVER (ORDER BY id ROWS BETWEEN 1 FOLLOWING AND 0 FOLLOWING), sum(w) OVER (ORDER BY id ROWS BETWEEN 0 PRECEDING AND 0 FOLLOWING) FROM c
SELECT sum(w) OVER (ORDER BY id ROWS BETWEEN CURRENT ROW AND CURRENT ROW EXCLUDE CURRENT ROW), sum(w) OVER (ORDER BY id ROWS UNBOUNDED PRECEDING EXCLUDE GROUP), first_value(w) OVER (ORDER BY id RANGE CURRENT ROW EXCLUDE TIES) FROM c
SELECT sum(w) OVER (ORDER BY f RANGE BETWEEN 1 PRECEDING AND CURRENT ROW), max(w) OVER (ORDER BY f RANGE BETWEEN 'Infinity' PRECEDING AND CURRENT ROW), max(w) OVER (ORDER BY f DESC RANGE BETWEEN 0 PRECEDING AND 0 FOLLOWING) FROM c
SELECT max(w) OVER (ORDER BY n RANGE BETWEEN 'Infinity' PRECEDING AND 'Infinity' FOLLOWING), max(w) OVER (ORDER BY n RANGE BETWEEN 'Infinity' FOLLOWING AND UNBOUNDED FOLLOWING), max(w) OVER (ORDER BY n RANGE BETWEEN 1 PRECEDING AND 1 FOLLOWING) FROM c
SELECT max(w) OVER (ORDER BY d RANGE BETWEEN '1 day' PRECEDING AND '1 day' FOLLOWING), max(w) OVER (ORDER BY d RANGE BETWEEN '1 day' FOLLOWING AND '2 day' FOLLOWING), min(w) OVER (ORDER BY d GROUPS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING) FROM c
SELECT lag(w, 0) OVER (ORDER BY id), lag(w, -1) OVER (ORDER BY id), lead(w, 0, q) OVER (), lag(w, q) OVER (ORDER BY id), nth_value(w, 1) OVER (ORDER BY id), first_value(w) OVER (PARTITION BY q) FROM c
SELECT count(*) OVER w, sum(q) OVER w, array_agg(w) OVER w, row_number() OVER w, percent_rank() OVER w FROM c WINDOW w AS (ORDER BY id ROWS BETWEEN 3 PRECEDING AND 2 PRECEDING)
SELECT min(w) FILTER (WHERE true) OVER (), min(w) FILTER (WHERE w > 0) OVER (PARTITION BY id), sum(w) FILTER (WHERE id = 1) OVER (ORDER BY id) FROM c
SELECT sum(sum(w)) OVER (ORDER BY pid ROWS BETWEEN 1 PRECEDING AND 1 PRECEDING), lag(count(*)) OVER (), first_value(max(w)) OVER () FROM c GROUP BY pid
SELECT rank() OVER (ORDER BY q), dense_rank() OVER (), ntile(q) OVER (), cume_dist() OVER (ORDER BY id) FROM c
SELECT first_value(pid) OVER (ORDER BY pid), max(pid) OVER (PARTITION BY pid) FROM c GROUP BY GROUPING SETS ((pid), ())
SELECT max(w) OVER (ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND 0 PRECEDING), max(w) OVER (ORDER BY id ROWS BETWEEN 0 FOLLOWING AND UNBOUNDED FOLLOWING) FROM c
-- arrays and dimensions
SELECT m FROM c
SELECT array_agg(m) FROM c WHERE m IS NOT NULL AND cardinality(m) = 4
SELECT ARRAY(SELECT m FROM c WHERE id = 1), ARRAY[m, m], m || m, m || ARRAY[[5, 6]], m[1:1], max(m) OVER (), coalesce(m, m) FROM c WHERE id = 1
SELECT array_agg(tags) FROM c WHERE tags <> '{}' AND id = 1
SELECT ints2(1, 2), ints2(VARIADIC ARRAY[1])
SELECT CASE WHEN id = 1 THEN m ELSE ARRAY[1] END, nullif(m, '{}'), greatest(m, ARRAY[0]) FROM c
SELECT x FROM (SELECT m AS x FROM c UNION ALL SELECT ARRAY[1]) s
SELECT x FROM (SELECT ARRAY[1] AS x UNION ALL SELECT m FROM c) s
WITH RECURSIVE r(x) AS (SELECT m FROM c WHERE id = 1 UNION ALL SELECT x || x FROM r WHERE cardinality(x) < 8) SELECT x FROM r
SELECT array_fill(1, ARRAY[2, 2]), array_fill(NULL::int, ARRAY[2]), array_fill(1, (SELECT ARRAY[2, 2])), '{{1,2}}'::int[], ARRAY[[1, 2], [3, 4]], string_to_array('a b', ' '), regexp_matches('ab', '(a)(b)')
SELECT (array_agg(ARRAY[q]))[1][1], array_agg(ARRAY[w]), array_agg(ARRAY[ARRAY[w]]), array_agg(DISTINCT tags) FILTER (WHERE false) FROM c
SELECT to_jsonb(m), array_to_json(m), unnest(m), array_to_string(m, ','), array_ndims(m), array_length(m, 2), m[1][1], m[1] FROM c
SELECT (s.a).m FROM (SELECT c AS a FROM c) s
SELECT (c).m, (ROW(c.*)::c).m FROM c
SELECT array_remove(tags, 'a'), array_replace(tags, NULL, 'b'), array_positions(tags, 'a'), tags || 'z'::text, tags[1:1], array_cat(tags, '{}'), array_prepend(NULL, tags) FROM c
SELECT unnest(array_remove(tags, NULL)), unnest(array_replace(ARRAY['a'], 'a', NULL)) FROM c
SELECT array_agg(x) FROM unnest(ARRAY[1, NULL]) x
SELECT array_agg(x ORDER BY x) FILTER (WHERE x IS NOT NULL) FROM unnest(ARRAY[1, NULL]) x
SELECT array_agg(x) FILTER (WHERE x > 5) FROM unnest(ARRAY[1, NULL]) x
SELECT string_to_array(note, NULL), string_to_array(name, ''), regexp_split_to_array(note, ','), (string_to_array(name, 'e'))[2], string_to_array('a,,b', ',', '') FROM p
SELECT array_agg(DISTINCT q), array_agg(q) FILTER (WHERE q = q), array_agg(q) FILTER (WHERE q IS DISTINCT FROM NULL), array_agg(w) FILTER (WHERE q IS NULL) FROM c
SELECT ARRAY(SELECT q FROM c WHERE q IS NOT NULL), ARRAY(SELECT q FROM c WHERE q > 0 OR w > 0), ARRAY(SELECT max(q) FROM c), ARRAY(SELECT note FROM p WHERE note = ANY (ARRAY['x', 'y']))
SELECT ARRAY[]::int[], ARRAY[NULL]::int[], ARRAY[q], ARRAY[w, q], ARRAY[w]::text[], ARRAY[q]::text[] FROM c
-- hstore, citext
-- Scalars
SELECT lower(r), upper(r), isempty(r), lower_inc(r), r * tstzrange(now(), now()), r + r, range_merge(r, r), at - until, until - at, extract(epoch FROM at), extract(day FROM at), date_trunc('day', at), to_char(at, 'YYYY'), at::date, isfinite(at), age(at, now()) IS NULL, at AT TIME ZONE 'UTC' FROM ev WHERE until IS NULL OR isfinite(until)
SELECT extract(day FROM at), extract(epoch FROM at), date_part('month', at), extract(julian FROM at), extract(year FROM at), extract(isodow FROM at), to_char(at, 'DD'), extract(timezone FROM at), extract(hour FROM at::timestamp), date_bin('1 day', at, at) IS NULL FROM ev WHERE at >= now() - interval '1 day' AND at <= now()
SELECT extract(day FROM at), extract(hour FROM until), extract(epoch FROM until) FROM ev WHERE isfinite(at)
SELECT extract(day FROM at) FROM ev WHERE at < 'infinity'
SELECT extract(day FROM at), to_char(at, 'DD') FROM ev WHERE at > '2000-01-01'
SELECT extract(day FROM now()), extract(day FROM current_date), to_char(now(), ''), to_char(now(), 'YYYY'), to_char(5, ''), to_char(interval '1 day', ''), extract(day FROM d), extract(month FROM d::timestamp) FROM c WHERE d BETWEEN '2024-01-01' AND '2024-12-31'
SELECT extract(hour FROM t), extract(timezone FROM tz), extract(day FROM iv), mo / mo, substring(encode(by, 'hex') FROM 'a'), encode(by, 'hex'), length(by), b & b, b || vb, host(i), family(i), broadcast(i), netmask(i), trunc(mac), ts @@ tq, tq && tq, numnode(tq), querytree(tq), strip(ts), ts_rank(ts, tq), ts_headline('a', tq), po <-> po, po ~= po, pg::circle, center(pg::box), area(pg::box), npoints(pg), x::text, xmlexists('/a' PASSING x), xpath('/b', x), (xpath('/b', x))[1], mac::text, u::text, o::regclass, o::regtype::text, obj_description(o), pg_get_userbyid(o), format_type(o, NULL), format_type(NULL, NULL), to_regclass('q') FROM bits
SELECT lseg(po, po) # lseg '[(0,0),(1,1)]', po <@ pg, pg @> po, slope(po, po), diameter(circle(po, 1)), line '{1,2,3}' # line '{1,2,4}', line '{1,2,3}' ## lseg '[(0,0),(1,1)]', box '(0,0),(1,1)' # box '(2,2),(3,3)', path '[(0,0),(1,1)]' + path '[(0,0),(1,1)]', path '((0,0))' + path '((0,0))', area(path '[(0,0),(1,1)]'), point(1,1) ## line '{1,0,NaN}' FROM bits
SELECT sqrt(4), ln(n) IS NULL, n % 2, div(n, 1), gcd(4, 6), width_bucket(w, ARRAY[1, 2]), scale(n), min_scale(n), numeric 'NaN' = n, sign(n), round(n), n::text, trim_scale(n), factorial(3), log(2, 8), mod(w, 3) FROM c WHERE n IS NOT NULL AND n = 'NaN'
SELECT jsonb_path_query_first('{}', '$.a'), jsonb_path_exists('{}', '$.a'), jsonb_path_match('{"a":1}', '$.a', silent => true), jsonb_path_query_array('{}', '$.a'), jsonb_set('{}', '{a}', NULL), jsonb_set_lax('{}', '{a}', NULL), jsonb_insert('{}', '{a}', '1'), '{}'::jsonb @? '$.a', '{}'::jsonb @@ '$.a', '1'::jsonb @@ '$', jsonb_object('{a,1}'), jsonb_pretty('{}'), '{"a":1}'::jsonb - 'a', '{}'::jsonb #- '{a}', jsonb_typeof('null'), jsonb_array_length('[]'), js -> 0, js ->> 'a', js['a'], js || '{}' FROM c WHERE js IS NOT NULL
SELECT * FROM jsonb_array_elements('[1,null]') WITH ORDINALITY, jsonb_object_keys('{"a":null}'), jsonb_each('{"a":null}'), json_each_text('{"a":null}') AS k(kk, kv), jsonb_path_query('{}', '$') AS q
SELECT (jsonb_each_text('{"a":null}')).*, jsonb_array_elements_text('[null]'), (json_each('{"a":null}')).value
SELECT * FROM jsonb_to_record('{}') AS x(a int, b text), jsonb_populate_recordset(NULL::pair, '[{}]'), json_to_recordset('[{"a":1}]') AS y(a int, b int)
SELECT row_to_json(s) FROM (SELECT NULL::int AS a) s
SELECT row_to_json(NULL::p), to_json(NULL::p), row_to_json(x) FROM p LEFT JOIN p x ON x.id = p.id + 1
SELECT x.*, x FROM p LEFT JOIN p x ON x.id = p.id + 1
SELECT (x).name, (x).id, (SELECT x.name), (SELECT (x).name) FROM p LEFT JOIN p x ON x.id = p.id + 1
SELECT count(x), count(x.*), count(*), count(DISTINCT x.id), json_agg(x), max(x.id), array_agg(x), array_agg(x.id) FROM p LEFT JOIN p x ON x.id = p.id + 1 GROUP BY p.id
SELECT string_agg(name, ',') FILTER (WHERE name = ''), string_agg(name, NULL), string_agg(note, ','), string_agg(DISTINCT name, ',') FROM p
SELECT string_agg(name, ','), bit_or(id), bool_and(flag), every(id > 0), sum(id), avg(id), min(name), stddev(id), var_samp(id), regr_count(id, id), corr(id, id), regr_r2(id, id), covar_samp(id, id), json_agg(note), jsonb_object_agg(name, note), xmlagg(NULL), mode() WITHIN GROUP (ORDER BY note), percentile_disc(0.5) WITHIN GROUP (ORDER BY note), rank(1) WITHIN GROUP (ORDER BY id), percentile_cont(ARRAY[0.5]) WITHIN GROUP (ORDER BY id), cume_dist(1) WITHIN GROUP (ORDER BY id) FROM p GROUP BY name
SELECT range_agg(r), range_intersect_agg(r), max(at), min(until) FROM ev GROUP BY id
SELECT range_agg(r) FILTER (WHERE false), lower(mr), upper(mr), isempty(mr), range_merge(mr), mr * '{[1,2)}', unnest(mr) FROM ev GROUP BY id
SELECT lower(mr), upper(mr), isempty(mr), range_merge(mr), mr * '{[1,2)}', mr + '{}', lower_inf(mr), mr -|- '{[1,2)}' FROM ev
-- Writes
UPDATE p SET (note, flag) = (SELECT 'x', true WHERE false) RETURNING note, flag
UPDATE p SET (note, flag) = (SELECT name, true) RETURNING note, flag
UPDATE p SET (note, flag) = ROW('x', DEFAULT) RETURNING note, flag
UPDATE p SET (note, flag) = ('x', NULL) RETURNING note, flag
UPDATE p SET note = (SELECT x.note FROM p x WHERE x.id = p.id AND x.note IS NOT NULL) RETURNING note
UPDATE c SET spot.x = q, spot.y = 'a' RETURNING (spot).x, (spot).y, spot
UPDATE c SET m[1][1] = 5 WHERE id = 1 RETURNING m, m[1][1]
UPDATE c SET tags[1] = 'q', tags[3] = 'r' RETURNING tags, tags[1], tags[2]
UPDATE trg SET v = 3 WHERE u IS NOT NULL RETURNING u, v
UPDATE trg SET u = 6 RETURNING u, v
UPDATE trg SET v = DEFAULT RETURNING u, v
INSERT INTO trg VALUES (2, DEFAULT, 7) RETURNING u, v, id
INSERT INTO trg VALUES (1, 2, 7) ON CONFLICT (id) DO UPDATE SET u = excluded.u RETURNING u, v
INSERT INTO trg (id) SELECT id + 10 FROM p RETURNING u, v, id
INSERT INTO ided (v) VALUES (4), (DEFAULT), (NULL), (7) RETURNING id, v, g, s
INSERT INTO ided DEFAULT VALUES RETURNING id, v, g, s
INSERT INTO ided (id, v) OVERRIDING SYSTEM VALUE VALUES (100, 1) RETURNING id, v, g, s
UPDATE ided SET v = DEFAULT RETURNING v, g
UPDATE ided SET v = 4 WHERE g IS NOT NULL RETURNING v, g
UPDATE dv SET note = NULL RETURNING note, nn, flag
UPDATE dv SET note = 'q' WHERE nn = 'none' RETURNING note, nn
DELETE FROM c USING p LEFT JOIN p x ON x.id = p.id + 1 WHERE c.pid = p.id RETURNING x.name, p.name, c.q
UPDATE c SET q = s.q FROM (VALUES (1, NULL::int), (2, 3)) s(id, q) WHERE s.id = c.id RETURNING c.q, s.q, c.w
UPDATE c SET q = 1 FROM lj WHERE lj.cid = c.id RETURNING lj.q, lj.w, lj.id
INSERT INTO p SELECT id + 100, name || id, note, flag FROM p ON CONFLICT DO NOTHING RETURNING id, name, note
INSERT INTO p VALUES (1, 'one', 'n', true) ON CONFLICT (id) DO UPDATE SET note = excluded.note, flag = p.flag WHERE p.note IS NULL RETURNING note, flag, (SELECT p.note), p
INSERT INTO p VALUES (1, 'one', NULL, true) ON CONFLICT (name) DO UPDATE SET note = coalesce(excluded.note, p.note, 'z') RETURNING note, xmax = 0, p.*
INSERT INTO pt VALUES (2, NULL, 'v'), (12, 'k', 'w') RETURNING id, k, v, tableoid
WITH u AS (UPDATE p SET note = 'n' RETURNING id, note) SELECT p.note, u.note FROM p JOIN u USING (id)
WITH u AS (UPDATE p SET note = NULL WHERE note IS NOT NULL RETURNING *), v AS (SELECT note FROM u) SELECT note FROM v
15: MERGE INTO p USING c ON c.pid = p.id AND c.id = 99 WHEN NOT MATCHED THEN DO NOTHING
17: MERGE INTO p USING (SELECT 1 AS i, NULL::text AS t) s ON s.i = p.id WHEN MATCHED THEN UPDATE SET note = s.t RETURNING p.note, p.name, s.i, s.t, merge_action()
17: MERGE INTO p USING (SELECT 99 AS i) s ON s.i = p.id WHEN NOT MATCHED BY SOURCE AND p.id = 4 THEN DELETE WHEN NOT MATCHED THEN INSERT VALUES (s.i, 'nn') RETURNING p.note, p.name, p.id, s.i
17: MERGE INTO p USING (SELECT 1 AS i) s ON s.i = p.id WHEN NOT MATCHED BY SOURCE AND p.note IS NOT NULL THEN UPDATE SET note = NULL WHEN MATCHED AND p.note IS NULL THEN UPDATE SET note = 'k' RETURNING p.note, s.i
17: MERGE INTO trg USING (SELECT 1 AS i, 5 AS n) s ON s.i = trg.id WHEN MATCHED THEN UPDATE SET u = s.n RETURNING trg.u, trg.v, s.n
17: WITH m AS (MERGE INTO p USING (SELECT 4 AS i) s ON s.i = p.id WHEN MATCHED THEN DELETE RETURNING p.id, p.note, s.i) SELECT * FROM m RIGHT JOIN p USING (id)
18: UPDATE p SET note = coalesce(note, 'k') WHERE note IS NULL RETURNING old.note, new.note, note, old.flag, new.flag
18: INSERT INTO p VALUES (1, 'one', 'n', true) ON CONFLICT (id) DO UPDATE SET note = 'z' RETURNING old.note, new.note, old.id, old.name
18: INSERT INTO p VALUES (88, 'oneq', 'n', true) ON CONFLICT (id) DO UPDATE SET note = 'z' RETURNING old.note, new.note, old.id, old.name, old, new
18: DELETE FROM p WHERE note IS NOT NULL AND id = 99 RETURNING old.note, new.note, new.id
18: DELETE FROM fkf RETURNING old.a, new.a, a
18: WITH x AS (UPDATE p SET flag = NOT flag RETURNING WITH (OLD AS o, NEW AS n) o.flag AS a, n.flag AS b, o.id AS i, n.name AS j) SELECT a, b, i, j FROM x
18: MERGE INTO p USING (SELECT 99 AS i) s ON s.i = p.id WHEN NOT MATCHED THEN INSERT VALUES (s.i, 'nn') WHEN NOT MATCHED BY SOURCE AND p.id = 4 THEN DELETE RETURNING old.id, new.id, old.name, new.name, p.id, s.i
-- has a row
SELECT p.id, s.n FROM p LEFT JOIN LATERAL (SELECT count(*) AS n FROM c WHERE c.pid = p.id HAVING true) s ON true
SELECT p.id, s.n FROM p LEFT JOIN LATERAL (SELECT count(*) AS n FROM c WHERE false) s ON true
SELECT p.id, s.n FROM p LEFT JOIN LATERAL (SELECT count(*) AS n FROM c WHERE false FETCH FIRST 0 ROWS ONLY) s ON true
SELECT p.id, s.n FROM p LEFT JOIN LATERAL (SELECT count(*) AS n FROM c ORDER BY 1 FETCH FIRST 1 ROW WITH TIES) s ON true
SELECT p.id, s.n FROM p LEFT JOIN LATERAL (SELECT count(*) AS n FROM c LIMIT (SELECT 0)) s ON true
SELECT p.id, s.n FROM p LEFT JOIN LATERAL (SELECT count(*) AS n FROM c LIMIT NULL) s ON true
SELECT p.id, s.n FROM p LEFT JOIN LATERAL (SELECT 1 AS n ORDER BY generate_series(1, 0)) s ON true
SELECT p.id, s.n FROM p LEFT JOIN LATERAL (SELECT 1 AS n UNION SELECT 1) s ON true
SELECT p.id, s.n FROM p LEFT JOIN LATERAL (SELECT 1 AS n EXCEPT SELECT 1) s ON true
SELECT p.id, s.n FROM p LEFT JOIN LATERAL (SELECT 1 AS n INTERSECT SELECT 2) s ON true
SELECT p.id, s.n FROM p LEFT JOIN LATERAL (VALUES (1)) s(n) ON true
SELECT p.id, s.n FROM p LEFT JOIN LATERAL (VALUES (1) LIMIT 0) s(n) ON true
SELECT p.id, s.n FROM p LEFT JOIN LATERAL (SELECT DISTINCT 1 AS n) s ON s.n = p.id
SELECT p.id, s.n FROM p LEFT JOIN LATERAL (SELECT max(id) AS n FROM c GROUP BY ()) s ON true
SELECT p.id, s.n FROM p LEFT JOIN LATERAL (SELECT count(*) AS n FROM c GROUP BY GROUPING SETS (())) s ON true
SELECT p.id, s.n FROM p LEFT JOIN LATERAL (SELECT count(*) AS n FROM c WHERE false GROUP BY GROUPING SETS ((), (c.id))) s ON true
SELECT p.id, s.n FROM p LEFT JOIN LATERAL (SELECT 1 AS n FOR UPDATE) s ON true
SELECT p.id, s.n, s.n IS NULL FROM p LEFT JOIN LATERAL (WITH x AS (SELECT 1 AS n) SELECT n FROM x) s ON true
SELECT (SELECT 1), (SELECT 1 WHERE true), (SELECT 1 LIMIT 1), (SELECT 1 LIMIT 0), (SELECT count(*) FROM p WHERE false), (SELECT 1 FROM p LIMIT 1), (VALUES (1)), (SELECT 1 UNION ALL SELECT 2 LIMIT 1), (SELECT sum(1) FROM p WHERE false), (SELECT 1 HAVING false), (SELECT 1 HAVING true), (SELECT count(*) HAVING count(*) = 0)
SELECT ROW(1, 2) = (SELECT 1, 2 WHERE false), 1 = ALL (SELECT 1 WHERE false), 1 = ANY (SELECT NULL::int), EXISTS (SELECT NULL), NOT EXISTS (SELECT 1 WHERE NULL), (1, 2) IN (SELECT 1, NULL::int), ARRAY(SELECT 1 WHERE false), (SELECT ARRAY[1] WHERE false)
-- grouping
SELECT c.id, c.w, p.id FROM p LEFT JOIN c ON c.pid = p.id GROUP BY c.id, p.id
SELECT p.id, p.name, p.note, count(c.id), max(c.w), sum(c.w) FROM p LEFT JOIN c ON c.pid = p.id GROUP BY p.id
SELECT p.id, max(c.w), min(c.id), array_agg(c.w) FROM p JOIN c ON c.pid = p.id GROUP BY p.id HAVING count(*) > 0
SELECT max(w), min(q), count(*) FROM c HAVING count(*) > 0
SELECT max(w), min(q) FROM c HAVING count(q) > 0
SELECT max(w) FROM c HAVING count(*) >= 1 AND max(q) > 0
SELECT max(w) FROM c WHERE false HAVING count(*) >= 0
SELECT max(w) FROM c WHERE false HAVING count(*) < 5
SELECT max(w) FROM c WHERE false HAVING NOT count(*) > 0
SELECT max(w) FROM c WHERE false HAVING count(*) > -1
SELECT max(w) FROM c WHERE false HAVING count(*) <> 1
SELECT max(w) FROM c WHERE false HAVING count(*) > 0 IS NOT TRUE
SELECT max(w) FROM c WHERE false HAVING count(*) = 0 OR count(*) > 0
SELECT max(w) FILTER (WHERE q > 100) FROM c HAVING count(*) > 0
SELECT max(q) FROM c HAVING count(*) FILTER (WHERE q > 0) > 0
SELECT max(w) FROM c HAVING count(*) FILTER (WHERE q > 100) = 0
SELECT pid, q, grouping(pid, q) FROM c GROUP BY DISTINCT ROLLUP (pid, q), ROLLUP (pid)
SELECT coalesce(pid, -1), pid IS NULL, pid FROM c GROUP BY CUBE (pid) HAVING grouping(pid) = 0
SELECT pid, w FROM c GROUP BY GROUPING SETS ((pid, w)) 
SELECT pid, w FROM c GROUP BY GROUPING SETS ((pid, w), (pid))
SELECT pid + 1, (pid + 1) * 2 FROM c GROUP BY ROLLUP (pid + 1)
SELECT DISTINCT ON (1) pid, w FROM c GROUP BY ROLLUP (pid), w ORDER BY 1 NULLS FIRST
SELECT x.pid FROM (SELECT pid FROM c GROUP BY ROLLUP (pid)) x WHERE x.pid IS NOT NULL
SELECT p.id, x.s FROM p LEFT JOIN (SELECT pid, sum(w) AS s FROM c GROUP BY pid) x ON x.pid = p.id
SELECT p.id, x.s FROM p JOIN (SELECT pid, sum(q) AS s, sum(w) AS t FROM c GROUP BY pid) x ON x.pid = p.id WHERE x.s > 0
-- joins using
SELECT x.id, x FROM (SELECT 1 AS id) a FULL JOIN (SELECT 2 AS id) b USING (id) AS x
SELECT x.id, a.id, b.id, id FROM (SELECT 1 AS id) a LEFT JOIN (SELECT 2 AS id) b USING (id) AS x
SELECT id, a.id, b.id FROM (SELECT 1 AS id) a RIGHT JOIN (SELECT 2 AS id) b USING (id)
SELECT id FROM ((SELECT 1 AS id) a FULL JOIN (SELECT 2 AS id) b USING (id)) LEFT JOIN (SELECT 3::bigint AS id) d USING (id)
SELECT id, d.v FROM (SELECT NULL::int AS id) a FULL JOIN (SELECT 2 AS id) b USING (id) FULL JOIN (SELECT 2 AS id, 1 AS v) d USING (id)
SELECT id FROM (SELECT 1::smallint AS id) a FULL JOIN (SELECT 2::numeric AS id) b USING (id)
SELECT a.* FROM p NATURAL FULL JOIN (SELECT 99 AS id) a
SELECT p.name FROM p NATURAL RIGHT JOIN (SELECT 99 AS id) a
SELECT q.a, q.b, j.a FROM ((SELECT 1 AS a) x CROSS JOIN (SELECT NULL::int AS b) y) q RIGHT JOIN (SELECT 2 AS a) j ON j.a = q.a
SELECT p.id, c.id, d.id FROM p LEFT JOIN c LEFT JOIN c d ON d.id = c.id + 1 ON c.pid = p.id WHERE d.id > 0
SELECT p.id, c.id, d.id FROM p LEFT JOIN c ON c.pid = p.id LEFT JOIN c d ON d.id = c.id + 1 WHERE d.w + c.w > 0
SELECT p.id, c.id, d.id FROM p LEFT JOIN c ON c.pid = p.id LEFT JOIN c d ON d.id = coalesce(c.id, 1) WHERE d.w > 0
SELECT p.id, c.w FROM p LEFT JOIN c ON c.pid = p.id AND EXISTS (SELECT 1 FROM c x WHERE x.id = c.id AND x.q > 5)
SELECT p.id, c.w FROM p LEFT JOIN c ON c.pid = p.id WHERE c.w IS NOT NULL IS NOT NULL
SELECT p.id, c.w FROM p LEFT JOIN c ON c.pid = p.id WHERE (c.w IS NOT NULL) IN (true, false)
SELECT p.id, c.w FROM p LEFT JOIN c ON c.pid = p.id WHERE (c.w IS NOT NULL) >= false
SELECT p.id, c.w FROM p LEFT JOIN c ON c.pid = p.id WHERE (c.w IS NULL) <> true
SELECT p.id, c.w FROM p LEFT JOIN c ON c.pid = p.id WHERE (CASE WHEN c.w > 0 THEN 1 ELSE 0 END) = 0
SELECT p.id, c.w FROM p LEFT JOIN c ON c.pid = p.id WHERE (c.w > 0)::int = 1
SELECT p.id, c.w FROM p LEFT JOIN c ON c.pid = p.id WHERE (c.w > 0)::text IS NOT NULL
SELECT p.id, c.w FROM p LEFT JOIN c ON c.pid = p.id WHERE array_length(ARRAY[c.w], 1) = 1
SELECT p.id, c.w FROM p LEFT JOIN c ON c.pid = p.id WHERE format('%s', c.w) <> 'zz'
SELECT p.id, c.w FROM p LEFT JOIN c ON c.pid = p.id WHERE c.w = ALL (SELECT 10 WHERE false)
SELECT p.id, c.w FROM p LEFT JOIN c ON c.pid = p.id WHERE c.w < ANY (SELECT 100)
SELECT p.id, c.w FROM p LEFT JOIN c ON c.pid = p.id WHERE (SELECT bool_and(c.w = x) FROM generate_series(1, 0) x) IS NULL
SELECT p.id, c.w FROM p LEFT JOIN c ON c.pid = p.id WHERE 10 IN (c.w, p.id * 10)
SELECT p.id, c.w FROM p LEFT JOIN c ON c.pid = p.id WHERE (c.id, c.w) >= (1, 0)
SELECT p.id, c.w FROM p LEFT JOIN c ON c.pid = p.id WHERE (p.id, c.w) >= (1, 0)
SELECT p.id, c.w FROM p LEFT JOIN c ON c.pid = p.id WHERE (p.id, c.w) = (1, 10)
SELECT p.id, c.w FROM p LEFT JOIN c ON c.pid = p.id WHERE (p.id, c.w) <> (1, 10)
SELECT p.id, c.w FROM p LEFT JOIN c ON c.pid = p.id WHERE xmlforest(c.w) IS NULL OR c.w > 0
SELECT p.id, c.w FROM p LEFT JOIN c ON c.pid = p.id WHERE coalesce(c.w, p.id) > 0 AND nullif(c.w, 20) IS NULL
SELECT p.id, c.w FROM p LEFT JOIN c ON c.pid = p.id WHERE c.w BETWEEN SYMMETRIC 100 AND 0
SELECT p.id, c.w FROM p LEFT JOIN c ON c.pid = p.id WHERE c.tags @> '{}' OR c.tags <@ ARRAY['a']
SELECT p.id, c.w FROM p LEFT JOIN c ON c.pid = p.id WHERE c.w::text SIMILAR TO '%' ESCAPE '' 
SELECT p.id, c.w FROM p LEFT JOIN c ON c.pid = p.id WHERE ROW(c.w, c.q) IS DISTINCT FROM ROW(NULL::int, NULL::int)
SELECT p.id, c.q FROM p LEFT JOIN c ON c.pid = p.id WHERE ROW(c.w, c.q) IS NOT DISTINCT FROM ROW(10, NULL::int)
SELECT a.w, b.w FROM c a LEFT JOIN c b ON b.id = a.id + 1 WHERE a.w = b.w OR a.w <> b.w
SELECT a.w, b.w FROM c a LEFT JOIN c b ON b.id = a.id + 1 WHERE a.w IS NOT DISTINCT FROM b.w OR b.w IS NULL
SELECT s.x FROM p LEFT JOIN LATERAL unnest(ARRAY[p.note]) s(x) ON s.x IS NOT NULL WHERE p.id > 0
SELECT s.x FROM p CROSS JOIN LATERAL unnest(ARRAY[p.note]) s(x) WHERE s.x IS NOT NULL
SELECT s.x, s.o FROM p LEFT JOIN LATERAL unnest(ARRAY[p.id]) WITH ORDINALITY s(x, o) ON s.x > 2
SELECT a, b FROM ROWS FROM (unnest(ARRAY[1]), unnest(ARRAY[1, 2])) s(a, b)
SELECT a, b FROM ROWS FROM (generate_series(1, 2), unnest(ARRAY['x'])) s(a, b) WHERE b IS NOT NULL
SELECT g, id FROM generate_series(1, 3) g LEFT JOIN p ON p.id = g + 2
SELECT generate_series(1, 2) AS g, unnest(tags) FROM c WHERE tags IS NOT NULL
SELECT (s).x FROM (SELECT unnest(ARRAY[spot]) AS s FROM c) q
SELECT * FROM (SELECT id, unnest(z) AS u FROM c) s WHERE u IS NOT NULL
-- system
SELECT relname, relacl, reltuples, relpartbound FROM pg_class WHERE relname = 'p'
SELECT attname, atttypmod, attacl, attoptions, attmissingval FROM pg_attribute WHERE attrelid = 'p'::regclass
SELECT table_name, table_type, self_referencing_column_name FROM information_schema.tables WHERE table_name = 'p'
SELECT column_name, column_default, character_maximum_length, is_nullable FROM information_schema.columns WHERE table_name = 'p'
SELECT usename, query, state, xact_start, pid, datname FROM pg_stat_activity
SELECT conname, conkey, confkey, conbin, pg_get_constraintdef(oid) FROM pg_constraint
SELECT proname, proacl, prosrc, proargnames FROM pg_proc LIMIT 5
SELECT name, setting, unit, extra_desc FROM pg_settings LIMIT 50
SELECT pg_backend_pid(), txid_current_if_assigned(), pg_current_xact_id_if_assigned(), current_setting('x.y', true), current_catalog, session_user, inet_server_port(), pg_conf_load_time(), pg_postmaster_start_time(), current_query(), pg_my_temp_schema(), pg_trigger_depth(), pg_is_in_recovery(), pg_last_wal_receive_lsn(), pg_current_wal_lsn(), current_schemas(true), pg_client_encoding()
SELECT sqlc.n, sq.* FROM sq, (SELECT 1 AS n) sqlc
SELECT currval('sq') IS NULL, lastval() FROM (SELECT nextval('sq')) s
SELECT ctid, xmin, cmin, tableoid, p.ctid::text FROM p
SELECT x.tableoid, x.ctid FROM p LEFT JOIN p x ON x.id = 99
SELECT CURRENT_DATE, LOCALTIME, CURRENT_USER, USER, SESSION_USER, CURRENT_SCHEMA, CURRENT_CATALOG, CURRENT_TIMESTAMP(2), 'now'::timestamp
SELECT COALESCE(p.note, c.tags[1], 'k'), GREATEST(p.note, p.name), LEAST(p.note), NULLIF(p.name, p.note), p.name COLLATE "C", p.id::numeric(3, 1), (p.id > 1)::text FROM p LEFT JOIN c ON c.id = p.id
SELECT overlaps(at, until, at, at), (at, until) OVERLAPS (at, at), (at, interval '1 day') OVERLAPS (at, at) FROM ev WHERE at > '-infinity'
SELECT $1::int IS NULL, coalesce($1::int, 0), $1::int + 1 -- 1
SELECT note FROM p WHERE note IS NOT DISTINCT FROM $1 -- NULL
SELECT note, $1::text FROM p WHERE note = $1 OR $1 IS NULL -- NULL
SELECT coalesce(note, $1) FROM p WHERE $1 IS NOT NULL OR id = 1 -- NULL
INSERT INTO p VALUES (77, $1, $2) RETURNING name, note -- 'a', NULL
UPDATE p SET note = coalesce($1, note) RETURNING note -- NULL
SELECT CASE WHEN $1::text IS NULL THEN 'x' ELSE $1 END, nullif($1::text, 'a'), concat($1::text) -- NULL
-- What orders and conditions leave out.
SELECT CASE WHEN x.c < y.c THEN 1 WHEN NOT (x.c < y.c) THEN 2 END FROM g x, g y
SELECT CASE WHEN x.c < y.c THEN 1 WHEN x.c >= y.c THEN 2 END FROM g x, g y
SELECT CASE WHEN x.b < y.b THEN 1 WHEN x.b >= y.b THEN 2 END, CASE WHEN x.l < y.l THEN 1 WHEN x.l >= y.l THEN 2 END, CASE WHEN x.p < y.p THEN 1 WHEN x.p >= y.p THEN 2 END FROM g x, g y
SELECT CASE WHEN x.b = y.b THEN 1 WHEN NOT (x.b = y.b) THEN 2 END, CASE WHEN x.l = y.l THEN 1 WHEN x.l <> y.l THEN 2 END, CASE WHEN x.pt ~= y.pt THEN 1 WHEN x.pt <> y.pt THEN 2 END FROM g x, g y
SELECT CASE WHEN x.c = y.c THEN 1 WHEN x.c <> y.c THEN 2 END, CASE WHEN x.c > y.c THEN 1 WHEN x.c <= y.c THEN 2 END, CASE WHEN x.po ~= y.po THEN 1 WHEN NOT (x.po ~= y.po) THEN 2 END FROM g x, g y
SELECT CASE WHEN x.f < y.f THEN 1 WHEN x.f >= y.f THEN 2 END, CASE WHEN x.n < y.n THEN 1 WHEN x.n >= y.n THEN 2 END, CASE WHEN x.f = y.f THEN 1 WHEN x.f <> y.f THEN 2 END, CASE WHEN x.f > 0 THEN 1 WHEN x.f = 0 THEN 2 WHEN x.f < 0 THEN 3 END FROM g x, g y
SELECT CASE WHEN x.f < 5 THEN 1 WHEN NOT x.f < 5 THEN 2 END, CASE WHEN x.i > 1 THEN 1 WHEN x.i <= 1 THEN 2 END, CASE WHEN x.i > 1 THEN 1 WHEN 1 >= x.i THEN 2 END, CASE WHEN x.i BETWEEN 1 AND 2 THEN 1 WHEN x.i NOT BETWEEN 1 AND 2 THEN 2 END FROM g x
SELECT CASE m WHEN 'a' THEN 1 WHEN 'b' THEN 2 WHEN 'c' THEN 3 END, CASE mn WHEN 'a' THEN 1 WHEN 'b' THEN 2 WHEN 'c' THEN 3 END, CASE WHEN m = 'a' THEN 1 WHEN m <> 'a' THEN 2 END, CASE WHEN m IN ('a', 'b') THEN 1 WHEN m = 'c' THEN 2 END, CASE m WHEN 'a' THEN 1 WHEN 'b' THEN NULL WHEN 'c' THEN 3 END, CASE WHEN m = 'a' THEN 1 WHEN m = 'b' THEN 2 END FROM g
SELECT CASE m WHEN 'a' THEN 1 WHEN 'b' THEN 2 WHEN 'c' THEN 3 END FROM g RIGHT JOIN nb ON nb.x = g.id
SELECT CASE WHEN bl THEN 1 WHEN NOT bl THEN 2 END, CASE bl WHEN true THEN 1 WHEN false THEN 2 END, CASE WHEN bn THEN 1 WHEN NOT bn THEN 2 END, CASE WHEN bn THEN 1 WHEN bn IS NOT TRUE THEN 2 END, CASE WHEN bn IS NULL THEN 0 WHEN bn THEN 1 WHEN NOT bn THEN 2 END, CASE WHEN bn IS TRUE THEN 1 WHEN bn IS FALSE THEN 2 END FROM g
SELECT CASE WHEN bl AND bn THEN 1 WHEN NOT (bl AND bn) THEN 2 END, CASE WHEN bl OR bn THEN 1 WHEN NOT bl AND NOT bn THEN 2 END, CASE WHEN i > 1 OR bl THEN 1 WHEN i <= 1 AND NOT bl THEN 2 END, CASE WHEN t LIKE 'a%' THEN 1 WHEN t NOT LIKE 'a%' THEN 2 END, CASE WHEN t ~ 'a' THEN 1 WHEN t !~ 'a' THEN 2 END FROM g
SELECT CASE WHEN random() < 0.5 THEN 1 WHEN random() >= 0.5 THEN 2 END, CASE WHEN i > random() THEN 1 WHEN i <= random() THEN 2 END FROM g, generate_series(1, 100)
SELECT CASE WHEN r && '[1,5)' THEN 1 WHEN NOT r && '[1,5)' THEN 2 END, CASE WHEN r @> 1 THEN 1 WHEN NOT (r @> 1) THEN 2 END, CASE WHEN r = '[1,2)' THEN 1 WHEN r <> '[1,2)' THEN 2 END, CASE WHEN isempty(r) THEN 1 WHEN NOT isempty(r) THEN 2 END FROM g
SELECT CASE WHEN x.pt << y.pt THEN 1 WHEN NOT x.pt << y.pt THEN 2 END, CASE WHEN x.b && y.b THEN 1 WHEN NOT x.b && y.b THEN 2 END, CASE WHEN x.li = y.li THEN 1 WHEN NOT x.li = y.li THEN 2 END FROM g x, g y
SELECT x FROM nb WHERE NOT (x <<< 1)
SELECT x, CASE WHEN x <<< 1 THEN 1 WHEN NOT (x <<< 1) THEN x ELSE 0 END FROM nb
SELECT x FROM nb WHERE x <<< 5 IS FALSE
SELECT x FROM nb WHERE (x <<< 1) = false
SELECT x.x FROM nb x LEFT JOIN nb y ON y.x = x.y WHERE NOT (y.x = 3 AND x.x = 3)
SELECT x FROM nb WHERE NOT (x = 1 OR y = 1)
SELECT x, y FROM nb WHERE NOT (x = 1 AND y = 1)
SELECT x FROM nb WHERE NOT (NOT (x > 0))
SELECT x FROM nb WHERE NOT (x > 0 AND false)
SELECT x FROM nb WHERE x = x
SELECT x FROM nb WHERE x <> x OR y = y
SELECT x FROM nb WHERE x IS DISTINCT FROM y AND y IS NULL
SELECT x FROM nb WHERE (x > 0) IS DISTINCT FROM NULL
SELECT x FROM nb WHERE (x > 0) = (x > 0)
SELECT x FROM nb WHERE (x IS NULL) = false
SELECT x FROM nb WHERE NOT ((x IS NULL) OR y > 5)
SELECT a, b, c, d FROM wide WHERE a IS NULL
SELECT a, b, c FROM wide WHERE a IS NULL AND b IS NULL
SELECT c FROM wide WHERE coalesce(a, b) IS NULL
SELECT c FROM wide WHERE num_nonnulls(a, b) = 0
SELECT d FROM wide WHERE a IS NOT NULL
SELECT d FROM wide WHERE a > 0 AND d IS DISTINCT FROM 3
SELECT a FROM wide WHERE d <= 0
SELECT a FROM wide WHERE NOT (d > 0)
SELECT extract(day FROM iv), extract(year FROM iv), extract(epoch FROM iv), to_char(iv, 'DD'), iv + iv, iv * 2, justify_days(iv), date_trunc('day', iv), -iv, isfinite(iv) FROM g WHERE id = 3
SELECT extract(day FROM iv), to_char(iv, 'DD'), date_part('month', iv) FROM g
SELECT extract(day FROM (at - ts::timestamptz)), extract(day FROM (now() - at)), extract(day FROM age(at)) FROM g WHERE id = 3
SELECT extract(day FROM (at - '2024-01-01'::timestamptz)), extract(day FROM ts - '2024-01-01'::timestamp) FROM g WHERE id = 3
17: SELECT extract(day FROM (at - '2024-01-01'::timestamptz)), to_char(at - '2024-01-01'::timestamptz, 'DD'), extract(hour FROM (now() - at)) FROM g
SELECT extract(day FROM at), to_char(at, 'DD'), date_trunc('day', at), at::date, extract(day FROM d), d - 1, extract(year FROM d), to_char(d, 'DD'), extract(day FROM ts), ts::time IS NULL, extract(hour FROM at AT TIME ZONE 'UTC') FROM g WHERE isfinite(at)
SELECT at::time, ts::time FROM g
SELECT extract(day FROM at) FROM g WHERE at BETWEEN '2000-01-01' AND '3000-01-01'
SELECT extract(day FROM at) FROM g WHERE at > '-infinity' AND at < 'infinity'
SELECT extract(day FROM at) FROM g WHERE at >= '-infinity' AND at <= now()
SELECT extract(day FROM at) FROM g WHERE at <> 'infinity'
SELECT extract(day FROM d) FROM g WHERE d < now()
SELECT extract(day FROM d) FROM g WHERE d > '2000-01-01' AND d < '3000-01-01'
SELECT extract(day FROM d + 1), extract(day FROM d + time '10:00'), extract(day FROM d - interval '1 day') FROM g WHERE id = 3
SELECT extract(day FROM d + 1), extract(day FROM greatest(d, '2024-01-01')), extract(day FROM least(d, '2024-01-01')), extract(day FROM coalesce(d, '2024-01-01')), extract(day FROM CASE WHEN bl THEN d ELSE '2024-01-01' END) FROM g
SELECT extract(day FROM max(at)), extract(day FROM min(d)), to_char(max(ts), 'YYYY') FROM g GROUP BY id
SELECT extract(julian FROM d), extract(century FROM d), extract(isoyear FROM d), extract(dow FROM d), extract(week FROM ts), extract(quarter FROM at), extract(timezone_hour FROM at), extract(decade FROM ts), extract(millennium FROM d) FROM g
SELECT extract(epoch FROM at), extract(epoch FROM d), extract(epoch FROM ts), extract(year FROM at), extract(julian FROM ts) FROM g
SELECT date_bin('1 day', at, '2024-01-01') IS NULL, date_trunc('day', at, 'UTC') FROM g WHERE id = 3
SELECT to_char(n, '9'), to_char(f, '9'), to_char(i, ''), to_char(i, '9'), to_char(at, NULL), to_char(now(), 'YYYY') FROM g
SELECT x.v FROM (SELECT max(i) AS v FROM g GROUP BY m) x
SELECT upper(r), lower(r), upper_inc(r), lower_inf(r) FROM g WHERE NOT isempty(r)
SELECT upper(r) FROM g WHERE NOT upper_inf(r) AND NOT isempty(r)
SELECT generate_subscripts(ARRAY[1, 2], 1), unnest(string_to_array(t, 't')) FROM g
18: SELECT uuid_extract_timestamp(gen_random_uuid()), uuid_extract_version('00000000-0000-0000-0000-000000000000'::uuid), uuid_extract_timestamp(uuidv7()), uuid_extract_version(uuidv4())
SELECT x FROM nb WHERE x > ALL (ARRAY[0]) OR y > ALL (ARRAY[]::int[])
SELECT x FROM nb WHERE x = ANY (ARRAY[x, y])
SELECT x FROM nb WHERE x > ANY (ARRAY[]::int[])
SELECT x FROM nb WHERE x <> ALL (ARRAY[]::int[])
SELECT x FROM nb WHERE x <> ALL (ARRAY[1])
SELECT x FROM nb WHERE x = ALL (ARRAY(SELECT 1 WHERE false))
SELECT x FROM nb WHERE NOT (x = ANY (ARRAY[1]))
SELECT x FROM nb WHERE NOT (x = ANY (ARRAY[]::int[]))
SELECT x FROM nb WHERE x NOT IN (1, 2)
SELECT x FROM nb WHERE NOT (x IN (SELECT 1 WHERE false))
SELECT x FROM nb WHERE NOT (x = ANY ('{}'::int[]))
SELECT x FROM nb WHERE NOT (x = ANY ($1::int[])) -- '{}'
SELECT x FROM nb WHERE x <> ALL ($1::int[]) -- '{}'
SELECT x FROM nb WHERE x = ANY ($1::int[]) -- '{1,NULL}'
SELECT x, $1::int[] FROM nb WHERE x = ANY ($1) OR $1 IS NULL -- NULL
-- Postgres 18.
18: SELECT id, x FROM ni
18: SELECT id, x FROM ONLY ni
18: SELECT id, x FROM nik
18: SELECT ni.x, c.x FROM ni LEFT JOIN nik c ON c.id = ni.id
18: UPDATE ni SET id = 5 RETURNING x
18: SELECT id, a, v, w, s FROM vg
18: UPDATE vg SET a = 1 WHERE v IS NOT NULL RETURNING a, v, w, s
18: UPDATE vg SET a = NULL RETURNING old.v, new.v, old.w, new.w, v, w
18: INSERT INTO vg VALUES (9, 1) RETURNING v, w, s
18: SELECT x.v, x.w FROM ni LEFT JOIN vg x ON x.id = ni.id + 5
18: SELECT v, w, id FROM vvg
18: UPDATE vvg SET id = 4 RETURNING v, w
18: SELECT v FROM vg WHERE a IS NOT NULL
18: SELECT a FROM vg WHERE v IS NOT NULL
18: SELECT a, w FROM vg WHERE w = 0
18: SELECT w, v FROM vg GROUP BY w, ROLLUP (v)
18: SELECT id, x FROM nv
18: SELECT id, x FROM ne
18: SELECT tp.v FROM tc LEFT JOIN tp ON tp.id = tc.id AND tp.valid = tc.valid
18: SELECT tp.v FROM tc LEFT JOIN tp ON tp.id = tc.id AND tc.valid <@ tp.valid
18: SELECT tp.v FROM tc LEFT JOIN tp ON tp.id = tc.id AND tp.valid @> tc.valid
18: SELECT (SELECT v FROM tp WHERE tp.id = tc.id AND tp.valid @> tc.valid) FROM tc
18: SELECT tp.v FROM tc LEFT JOIN tp ON tp.id = tc.id AND tp.valid && tc.valid
18: SELECT pk.v FROM fkne LEFT JOIN pk ON pk.id = fkne.bid
18: SELECT id, k FROM pr
18: SELECT id, k FROM pr1
18: SELECT k FROM pr WHERE id = 1
18: SELECT x FROM dt
18: SELECT max(v), max(w), count(v) FROM vg GROUP BY id
18: DELETE FROM vg WHERE v IS NOT NULL RETURNING old.v, new.v, v, w
18: MERGE INTO vg USING (VALUES (1), (77)) s(i) ON s.i = vg.id WHEN MATCHED THEN UPDATE SET a = 1 WHEN NOT MATCHED THEN INSERT (id) VALUES (s.i) RETURNING old.w, new.w, old.v, new.v, w, s.i
