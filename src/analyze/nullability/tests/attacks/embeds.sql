-- Queries with an embed, one a line; `18: ` before one is the first Postgres major that knows it.
SELECT sqlc.embed(s) FROM (SELECT b1.id, b2.name, b1.note, b2.flag, b2.sure FROM c LEFT JOIN p b1 ON b1.id = c.q LEFT JOIN p b2 ON b2.id = c.pid) s
SELECT sqlc.embed(s) FROM (SELECT b1.id, b1.name, b1.note, b1.flag, b1.sure FROM c LEFT JOIN p b1 ON b1.id = c.q) s
SELECT sqlc.embed(s) FROM (SELECT b1.* FROM c LEFT JOIN p b1 ON b1.id = c.q) s
SELECT sqlc.embed(s) FROM c LEFT JOIN (SELECT * FROM p) s ON s.id = c.q
SELECT sqlc.embed(s) FROM (SELECT id, name, note, flag, sure FROM p GROUP BY GROUPING SETS ((id, name, note, flag, sure), (name), (sure))) s
SELECT sqlc.embed(s) FROM (SELECT id, name, note, flag, sure FROM p GROUP BY GROUPING SETS ((id, name, note, flag, sure), ())) s
SELECT sqlc.embed(s) FROM (SELECT x.id, x.name, x.note, y.flag, y.sure FROM p x FULL JOIN p y ON y.id = x.id + 1) s
WITH s AS (SELECT b1.id, b2.name, b1.note, b2.flag, b2.sure FROM c LEFT JOIN p b1 ON b1.id = c.q LEFT JOIN p b2 ON b2.id = c.pid) SELECT sqlc.embed(s) FROM s
WITH s AS (SELECT b1.* FROM c LEFT JOIN p b1 ON b1.id = c.q) SELECT sqlc.embed(x) FROM s x
SELECT sqlc.embed(t) FROM (SELECT s.* FROM (SELECT b1.id, b1.name, b1.note, b1.flag, b2.sure FROM c LEFT JOIN p b1 ON b1.id = c.q LEFT JOIN p b2 ON b2.id = c.pid) s) t
SELECT sqlc.embed(s) FROM p z CROSS JOIN LATERAL (SELECT y.id, z.name, y.note, y.flag, z.sure FROM c LEFT JOIN p y ON y.id = c.q) s
SELECT sqlc.embed(s) FROM (SELECT p.* FROM p UNION ALL SELECT NULL, 'x', NULL, NULL, NULL) s
SELECT sqlc.embed(s) FROM (SELECT id, name, note FROM noted) s
SELECT sqlc.embed(s) FROM (SELECT a.id, b.name, a.note FROM c LEFT JOIN noted a ON a.id = c.q LEFT JOIN noted b ON b.id = c.pid) s
SELECT sqlc.embed(base) FROM base
SELECT sqlc.embed(b) FROM p LEFT JOIN base b ON b.id = p.id
SELECT sqlc.embed(j) FROM (p x LEFT JOIN p y ON y.id = x.id + 1) AS j(a, b, c, d, e, f, g, h, i, k)
SELECT sqlc.embed(j) FROM (p x FULL JOIN p y USING (id, name, note, flag, sure)) AS j
SELECT sqlc.embed(x) FROM people() x
SELECT sqlc.embed(x) FROM twice(1) x
SELECT sqlc.embed(x) FROM p LEFT JOIN twice(1) x ON x.u = p.id
SELECT sqlc.embed(x) FROM p LEFT JOIN (SELECT pid, count(*) AS n, max(q) AS q FROM c GROUP BY pid) x ON x.pid = p.id
SELECT sqlc.embed(x) FROM p LEFT JOIN (SELECT pid, count(*) AS n, max(q) AS q FROM c GROUP BY ROLLUP (pid)) x ON x.pid = p.id
SELECT sqlc.embed(x) FROM p LEFT JOIN LATERAL (SELECT c.w, c.q WHERE false) x ON true CROSS JOIN c
WITH x AS (UPDATE p SET note = NULL RETURNING *) SELECT sqlc.embed(x) FROM c LEFT JOIN x ON x.id = c.q
18: WITH x AS (INSERT INTO p VALUES (60, 'n') RETURNING old.id, new.name, old.note, new.flag, new.sure) SELECT sqlc.embed(x) FROM x
18: WITH x AS (INSERT INTO p VALUES (60, 'n') RETURNING old.id, old.name, old.note, old.flag, old.sure) SELECT sqlc.embed(x) FROM x
18: WITH x AS (DELETE FROM c WHERE id = 1 RETURNING new.*, old.id AS was) SELECT sqlc.embed(x) FROM x
