//! Statements with what must be found out about them, checked against data that has NULL wherever it may stand.
//!
//! Per result column `!` never NULL, `?` may be NULL, then `*` where no element of an array is NULL; per parameter `r` required, `o` optional. Besides the label, each
//! statement is run (in a transaction that is rolled back), and no column called not null may show NULL.

mod proofs;

use tokio_postgres::SimpleQueryMessage;

use super::*;
use crate::analyze::describe::stored_tree;

const SCHEMA: &str = "
    CREATE TYPE size AS ENUM ('s', 'm');
    CREATE TYPE spot AS (shelf text, level int);
    CREATE TYPE single AS (only_field int);
    CREATE DOMAIN code AS text NOT NULL;
    CREATE DOMAIN subcode AS code;
    CREATE TABLE shop (id int PRIMARY KEY, town text NOT NULL, owner text, opened date, labels text[] NOT NULL DEFAULT '{}');
    CREATE TABLE product (
        id int PRIMARY KEY, shop_id int NOT NULL, rival_id int, name text NOT NULL, note text, price numeric,
        spot spot, data jsonb NOT NULL DEFAULT '{}', code code, size size, tripled int GENERATED ALWAYS AS (rival_id * 3) STORED);
    CREATE TABLE sale (id int PRIMARY KEY, product_id int, amount int, at timestamptz NOT NULL);
    INSERT INTO shop VALUES (1, 'Ulm', 'Eva', '2020-01-01', '{a,b}'), (2, 'Bonn', NULL, NULL, '{NULL}'), (3, 'Hof', 'Max', 'infinity', '{}');
    INSERT INTO product VALUES
        (1, 1, 1, 'pen', NULL, 1.5, NULL, '{\"a\": null}', 'p', NULL), (2, 1, 2, 'ink', 'blue', NULL, '(a,)', '{\"a\": \"b\"}', 'i', NULL),
        (3, 2, NULL, 'cap', 'x', NULL, '(,1)', '{}', 'c', 's'), (4, 9, 1, 'hat', NULL, 7, '(a,1)', '[1]', 'h', 'm');
    INSERT INTO sale VALUES (1, 1, 3, now()), (2, 1, NULL, now()), (3, NULL, 5, 'infinity'), (4, 7, NULL, now());
    CREATE TABLE made (
        id int PRIMARY KEY, n int, twice int GENERATED ALWAYS AS (id * 2) STORED,
        thrice int GENERATED ALWAYS AS (n * 3) STORED, safe int GENERATED ALWAYS AS (coalesce(n, 0)) STORED,
        wide bigint GENERATED ALWAYS AS (CASE WHEN n > 0 THEN n ELSE id END) STORED);
    INSERT INTO made VALUES (1, NULL);
    DO $$ BEGIN
        IF current_setting('server_version_num')::int >= 160000 THEN
            EXECUTE 'CREATE TABLE remade (twice int GENERATED ALWAYS AS (n) STORED) INHERITS (made)';
            INSERT INTO remade VALUES (2, NULL);
        END IF;
    END $$;
    CREATE TABLE place (name text NOT NULL, hint text);
    CREATE TABLE cellar (depth int) INHERITS (place);
    DO $$ BEGIN
        IF current_setting('server_version_num')::int < 180000 THEN
            CREATE TABLE legacy (name text NOT NULL);
            CREATE TABLE loose () INHERITS (legacy);
            ALTER TABLE loose ALTER name DROP NOT NULL;
        ELSE
            EXECUTE 'CREATE TABLE legacy (name text NOT NULL NO INHERIT)';
            CREATE TABLE loose () INHERITS (legacy);
        END IF;
        INSERT INTO loose VALUES (NULL);
    END $$;
    CREATE TABLE hooked (id int PRIMARY KEY, v text, w text NOT NULL);
    INSERT INTO hooked VALUES (1, 'v', 'w');
    CREATE FUNCTION clear_v() RETURNS trigger LANGUAGE plpgsql AS 'begin new.v := null; return new; end';
    CREATE TRIGGER clear BEFORE INSERT OR UPDATE ON hooked FOR EACH ROW EXECUTE FUNCTION clear_v();
    CREATE VIEW sign AS SELECT id, town FROM shop;
    CREATE FUNCTION unsigned() RETURNS trigger LANGUAGE plpgsql AS 'begin new.town := null; new.id := null; return new; end';
    CREATE TRIGGER sign INSTEAD OF INSERT ON sign FOR EACH ROW EXECUTE FUNCTION unsigned();
    CREATE TABLE ruled (id int PRIMARY KEY);
    CREATE TABLE other (id int);
    CREATE RULE elsewhere AS ON INSERT TO ruled DO INSTEAD INSERT INTO other VALUES (NULL) RETURNING id;
    CREATE FUNCTION nothing(x int) RETURNS int LANGUAGE sql STRICT AS 'select nullif(x, x)';
    CREATE FUNCTION constant(x int) RETURNS int LANGUAGE sql AS 'select 1';
    CREATE VIEW priced AS SELECT id, name, price, price AS same_price, upper(note) AS loud FROM product WHERE price IS NOT NULL;
    CREATE VIEW computed AS SELECT id, rival_id, tripled FROM product;
    CREATE VIEW stocked AS SELECT s.id, s.town, p.name AS product FROM shop s LEFT JOIN product p ON p.shop_id = s.id;
    CREATE MATERIALIZED VIEW totals AS SELECT product_id, count(*) AS n, sum(amount) AS amount FROM sale GROUP BY 1;
";

/// Statement, columns, parameters; the first Postgres major that knows it.
pub(super) type Example = (&'static str, &'static str, &'static str, u32);

const EXAMPLES: &[Example] = &[
    // What a table says.
    (
        "SELECT id, owner, labels, labels[1], ctid FROM shop",
        "!?!?!",
        "",
        14,
    ),
    (
        "SELECT code, size, (spot).shelf, tripled FROM product",
        "????",
        "",
        14,
    ),
    ("SELECT name FROM ONLY place", "!", "", 14),
    (
        "SELECT twice, thrice, safe, wide FROM ONLY made",
        "!?!!",
        "",
        14,
    ),
    ("SELECT twice, thrice, safe, wide FROM made", "??!!", "", 16),
    (
        "INSERT INTO made VALUES (3, $1) RETURNING twice, thrice, safe",
        "!?!",
        "o",
        14,
    ),
    (
        "UPDATE ONLY made SET n = NULL RETURNING twice, safe",
        "!!",
        "",
        14,
    ),
    (
        "UPDATE made SET n = NULL RETURNING twice, safe",
        "?!",
        "",
        16,
    ),
    ("SELECT name FROM legacy", "?", "", 14),
    ("SELECT name FROM ONLY legacy", "!", "", 14),
    ("SELECT p, p IS NOT NULL FROM product p", "!!", "", 14),
    // Outer joins count by their place.
    (
        "SELECT s.town, p.name FROM shop s LEFT JOIN product p ON p.shop_id = s.id",
        "!?",
        "",
        14,
    ),
    (
        "SELECT s.town, p.name, l.id FROM shop s LEFT JOIN (product p JOIN sale l ON l.product_id = p.id) ON p.shop_id = s.id",
        "!??",
        "",
        14,
    ),
    (
        "SELECT s.town, p.name FROM shop s LEFT JOIN product p ON p.shop_id = s.id WHERE p.price > $1",
        "!!",
        "r",
        14,
    ),
    (
        "SELECT s.town, p.name FROM shop s LEFT JOIN product p ON p.shop_id = s.id WHERE coalesce(p.price, 1) > 0",
        "!?",
        "",
        14,
    ),
    (
        "SELECT s.id, p.id, l.amount FROM shop s LEFT JOIN product p ON p.shop_id = s.id LEFT JOIN sale l ON l.product_id = p.id WHERE l.id > 0",
        "!!?",
        "",
        14,
    ),
    (
        "SELECT s.id, p.rival_id FROM shop s LEFT JOIN product p ON p.rival_id = s.id WHERE p.id IS NOT NULL",
        "!!",
        "",
        14,
    ),
    (
        "SELECT s.id, p.id FROM shop s FULL JOIN product p ON p.shop_id = s.id WHERE p.name = 'pen'",
        "?!",
        "",
        14,
    ),
    (
        "SELECT id FROM shop FULL JOIN product USING (id)",
        "!",
        "",
        14,
    ),
    (
        "SELECT id FROM (shop s LEFT JOIN (SELECT id AS pid, rival_id AS id FROM product) p USING (id)) FULL JOIN sale USING (id)",
        "!",
        "",
        14,
    ),
    (
        "SELECT k FROM (SELECT rival_id AS k FROM product) a FULL JOIN (SELECT id AS k FROM shop) b USING (k)",
        "?",
        "",
        14,
    ),
    (
        "SELECT k FROM (SELECT id AS k FROM shop) a FULL JOIN (SELECT rival_id AS k FROM product) b USING (k)",
        "?",
        "",
        14,
    ),
    (
        "SELECT s.id, x.n, x.top FROM shop s LEFT JOIN LATERAL (SELECT count(*) AS n, max(price) AS top FROM product p WHERE p.shop_id = s.id) x ON true",
        "!!?",
        "",
        14,
    ),
    (
        "SELECT s.id, x.n FROM shop s LEFT JOIN LATERAL (SELECT count(*) AS n FROM product p WHERE p.shop_id = s.id) x ON x.n > 1",
        "!?",
        "",
        14,
    ),
    (
        "SELECT t FROM shop s LEFT JOIN (SELECT 1 AS one) t ON t.one = s.id",
        "?",
        "",
        14,
    ),
    // What conditions prove.
    (
        "SELECT note, price FROM product WHERE note LIKE '%l%' OR (note = 'x' AND price IS NULL)",
        "!?",
        "",
        14,
    ),
    (
        "SELECT owner FROM shop WHERE NOT (owner IS NULL OR owner = 'Eva')",
        "!",
        "",
        14,
    ),
    (
        "SELECT owner, opened FROM shop WHERE owner = 'Eva' OR opened > '2021-01-01'",
        "??",
        "",
        14,
    ),
    (
        "SELECT owner, opened FROM shop WHERE NOT (owner = 'Eva' AND opened > '2021-01-01')",
        "??",
        "",
        14,
    ),
    (
        "SELECT owner FROM shop WHERE owner NOT IN ('a', 'b')",
        "!",
        "",
        14,
    ),
    (
        "SELECT owner FROM shop WHERE owner <> ALL ('{}'::text[])",
        "?",
        "",
        14,
    ),
    (
        "SELECT owner FROM shop WHERE (owner = 'a') IS NOT TRUE",
        "?",
        "",
        14,
    ),
    (
        "SELECT owner FROM shop WHERE (owner = 'a') IS FALSE",
        "!",
        "",
        14,
    ),
    (
        "SELECT owner FROM shop WHERE coalesce(owner = 'Eva', false)",
        "!",
        "",
        14,
    ),
    (
        "SELECT owner FROM shop WHERE coalesce(owner = 'Eva', true)",
        "?",
        "",
        14,
    ),
    (
        "SELECT owner, opened FROM shop s WHERE s IS NOT NULL",
        "!!",
        "",
        14,
    ),
    (
        "SELECT rival_id FROM product p WHERE EXISTS (SELECT 1 FROM shop s WHERE s.id = p.rival_id)",
        "!",
        "",
        14,
    ),
    (
        "SELECT rival_id FROM product p WHERE EXISTS (SELECT count(*) FROM shop s WHERE s.id = p.rival_id)",
        "?",
        "",
        14,
    ),
    (
        "SELECT rival_id FROM product WHERE rival_id NOT IN (SELECT 1 FROM shop WHERE false)",
        "?",
        "",
        14,
    ),
    (
        "SELECT price FROM product WHERE (shop_id, price) >= (1, 2)",
        "?",
        "",
        14,
    ),
    (
        "SELECT rival_id FROM product WHERE nothing(rival_id) IS NULL",
        "?",
        "",
        14,
    ),
    (
        "SELECT rival_id FROM product WHERE constant(rival_id) = 1",
        "?",
        "",
        14,
    ),
    (
        "SELECT data->>'a', data->>'b' FROM product WHERE data->>'a' <> ''",
        "!?",
        "",
        14,
    ),
    (
        "SELECT nullif(random(), 2) FROM shop WHERE nullif(random(), 2) IS NOT NULL",
        "?",
        "",
        14,
    ),
    (
        "SELECT (SELECT max(x.id) FROM sale x WHERE s.owner IS NOT NULL), (SELECT count(*)::text || s.owner FROM sale x WHERE s.owner IS NOT NULL) FROM shop s",
        "??",
        "",
        14,
    ),
    // Expressions.
    (
        "SELECT CASE WHEN owner IS NOT NULL THEN owner ELSE town END, CASE owner WHEN 'Eva' THEN owner ELSE '' END FROM shop",
        "!!",
        "",
        14,
    ),
    (
        "SELECT CASE WHEN id > 1 THEN owner ELSE town END, CASE WHEN id > 1 THEN town END, CASE id WHEN 1 THEN town END FROM shop",
        "???",
        "",
        14,
    ),
    (
        "SELECT CASE WHEN note IS NULL THEN '' WHEN price IS NULL THEN note ELSE note || price END, CASE WHEN note = 'x' THEN '' ELSE note END FROM product",
        "!?",
        "",
        14,
    ),
    (
        "SELECT CASE WHEN owner IS NOT NULL THEN (SELECT s.owner) END, CASE WHEN owner IS NULL THEN '-' ELSE (SELECT s.owner || '!') END FROM shop s",
        "?!",
        "",
        14,
    ),
    (
        "SELECT CASE WHEN owner IS NULL THEN '' ELSE first_value(owner) OVER (ORDER BY owner NULLS FIRST) END FROM shop",
        "?",
        "",
        14,
    ),
    (
        "SELECT concat(owner, 'x'), concat(VARIADIC nullif(labels, labels)), concat_ws(owner, 'a'), format('%s', owner) FROM shop",
        "!??!",
        "",
        14,
    ),
    (
        "SELECT extract(year FROM opened), extract(epoch FROM at), extract(day FROM at), date_trunc('day', at) FROM shop, sale",
        "?!?!",
        "",
        14,
    ),
    (
        "SELECT data->'a', data ? 'a', jsonb_typeof(data), data #>> '{a}', to_jsonb(note) FROM product",
        "?!!??",
        "",
        14,
    ),
    (
        "SELECT price > 1, price IS DISTINCT FROM 1, note IS NULL, (price > 1) IS TRUE, 1 < id AND price > 1 FROM product",
        "?!!!?",
        "",
        14,
    ),
    (
        "SELECT id = ANY (ARRAY[1, 2]), id = ANY (ARRAY[1, NULL]), id = ANY ('{1,2}'), id = ANY ('{1,NULL}'), town = ANY (labels) FROM shop",
        "!?!??",
        "",
        14,
    ),
    (
        "SELECT id IN (SELECT shop_id FROM product), id NOT IN (SELECT rival_id FROM product), owner IN (SELECT name FROM product) FROM shop",
        "!??",
        "",
        14,
    ),
    (
        "SELECT row(owner), array[owner], greatest(owner, town), least(owner, owner), nullif(town, 'x') FROM shop",
        "!!!??",
        "",
        14,
    ),
    (
        "SELECT nothing(1), constant(1), lower(int4range(1, NULL)), int4range(NULL, NULL) FROM shop",
        "???!",
        "",
        14,
    ),
    (
        "SELECT $1::int + 1, coalesce($2, owner), coalesce(owner, $3) FROM shop",
        "!?!",
        "ror",
        14,
    ),
    (
        "SELECT (SELECT town FROM shop LIMIT 1), (SELECT 1 LIMIT 1), (SELECT 1 LIMIT $1), (SELECT count(*) FROM shop OFFSET 1)",
        "?!??",
        "r",
        14,
    ),
    // Aggregates, grouping sets, windows.
    (
        "SELECT count(*), count(owner), max(town), array_agg(town), bool_and(true) FROM shop",
        "!!??*?",
        "",
        14,
    ),
    (
        "SELECT shop_id, sum(id), sum(price), array_agg(note), sum(id) FILTER (WHERE price > 1) FROM product GROUP BY shop_id",
        "!!?!?",
        "",
        14,
    ),
    (
        "SELECT shop_id, name, sum(id) FROM product GROUP BY GROUPING SETS ((shop_id, name), (shop_id))",
        "!?!",
        "",
        14,
    ),
    (
        "SELECT shop_id, name, sum(id) FROM product GROUP BY shop_id, ROLLUP (name)",
        "!?!",
        "",
        14,
    ),
    (
        "SELECT shop_id, sum(id), count(*) FROM product GROUP BY CUBE (shop_id)",
        "??!",
        "",
        14,
    ),
    (
        "SELECT rival_id, (SELECT p.rival_id) FROM product p WHERE rival_id > 0 GROUP BY ROLLUP (rival_id)",
        "??",
        "",
        14,
    ),
    (
        "SELECT rival_id + 1 FROM product WHERE rival_id + 1 IS NOT NULL GROUP BY ROLLUP (rival_id)",
        "?",
        "",
        14,
    ),
    (
        "SELECT rival_id, sum(price) FROM product GROUP BY ROLLUP (rival_id) HAVING rival_id > 0 AND sum(price) > 0",
        "!!",
        "",
        14,
    ),
    (
        "SELECT 1 IN (SELECT x.v) FROM (SELECT count(*) FROM shop, (SELECT NULL::int AS v) y WHERE y.v IS NOT NULL) z, (SELECT NULL::int AS v) x",
        "?",
        "",
        14,
    ),
    (
        "SELECT sum(id) OVER w, sum(id) OVER (w ROWS 1 PRECEDING), sum(id) OVER (w ROWS BETWEEN 2 PRECEDING AND 1 PRECEDING), first_value(town) OVER w, lag(town) OVER w, lag(town, 1, '') OVER w, row_number() OVER w FROM shop WINDOW w AS (ORDER BY id)",
        "!!?!?!!",
        "",
        14,
    ),
    (
        "SELECT sum(id) OVER (ORDER BY id ROWS BETWEEN CURRENT ROW AND CURRENT ROW EXCLUDE CURRENT ROW), count(*) OVER () FROM shop",
        "?!",
        "",
        14,
    ),
    // FROM.
    (
        "SELECT v.a, v.b FROM (VALUES (1, 'x'), (2, NULL)) v(a, b)",
        "!?",
        "",
        14,
    ),
    (
        "SELECT g, n FROM generate_series(1, 3) WITH ORDINALITY AS t(g, n)",
        "!!",
        "",
        14,
    ),
    (
        "SELECT u, a, f FROM unnest(ARRAY[1, 2]) u, unnest('{1,NULL}'::int[]) a, unnest(ARRAY[row(NULL)::single]) f",
        "!??",
        "",
        14,
    ),
    (
        "SELECT generate_series(1, 2), generate_series(1, 3), 1",
        "??!",
        "",
        14,
    ),
    (
        "SELECT x.key, x.value FROM product, jsonb_each_text('{\"a\": null}') x",
        "!?",
        "",
        14,
    ),
    ("SELECT town, product FROM stocked", "!?", "", 14),
    (
        "SELECT name, price, same_price, loud FROM priced",
        "!!!?",
        "",
        14,
    ),
    ("SELECT product_id, n, amount FROM totals", "?!?", "", 14),
    (
        "WITH RECURSIVE r(a, b, c) AS (SELECT 1, 1, 1 UNION ALL SELECT a + 1, c, nullif(c, 1) FROM r WHERE a < 5) SELECT a, b, c FROM r",
        "!??",
        "",
        14,
    ),
    (
        "WITH c AS (SELECT owner FROM shop WHERE owner IS NOT NULL) SELECT owner FROM c UNION ALL SELECT town FROM shop",
        "!",
        "",
        14,
    ),
    (
        "SELECT owner FROM shop INTERSECT SELECT town FROM shop",
        "!",
        "",
        14,
    ),
    (
        "SELECT town FROM shop EXCEPT SELECT owner FROM shop",
        "!",
        "",
        14,
    ),
    (
        "SELECT town FROM shop UNION (SELECT owner FROM shop EXCEPT SELECT town FROM shop)",
        "?",
        "",
        14,
    ),
    // Writing.
    (
        "INSERT INTO product (id, shop_id, name, note, price) VALUES ($1, $2, $3, $4, 1) RETURNING id, note, price, tripled",
        "!?!?",
        "rrro",
        14,
    ),
    (
        "INSERT INTO shop AS s (id, town, owner) VALUES (1, 'x', 'new') ON CONFLICT (id) DO UPDATE SET town = excluded.town RETURNING owner, town",
        "?!",
        "",
        14,
    ),
    (
        "INSERT INTO shop AS s (id, town, owner) VALUES (1, 'x', 'new') ON CONFLICT (id) DO UPDATE SET owner = coalesce(s.owner, '') RETURNING owner",
        "!",
        "",
        14,
    ),
    (
        "UPDATE product SET note = NULL WHERE note IS NOT NULL AND price IS NULL RETURNING note, price, upper(note)",
        "???",
        "",
        14,
    ),
    (
        "UPDATE product SET rival_id = NULL WHERE tripled IS NOT NULL AND note IS NULL RETURNING tripled",
        "?",
        "",
        14,
    ),
    (
        "UPDATE product SET price = 1 WHERE note <> '' RETURNING note, price",
        "!!",
        "",
        14,
    ),
    (
        "UPDATE product p SET note = s.owner FROM shop s WHERE s.id = p.shop_id AND s.owner IS NOT NULL RETURNING p.note, s.owner",
        "!!",
        "",
        14,
    ),
    (
        "UPDATE product SET note = $1, price = coalesce($2, price), name = CASE WHEN $3 THEN $4 ELSE name END WHERE id = $5",
        "",
        "oorrr",
        14,
    ),
    (
        "INSERT INTO shop (id, town) VALUES (7, 'x') RETURNING owner, town",
        "?!",
        "",
        14,
    ),
    (
        "UPDATE hooked SET w = w WHERE v IS NOT NULL RETURNING v, w",
        "?!",
        "",
        14,
    ),
    (
        "INSERT INTO hooked VALUES (5, 'x', 'y') RETURNING v, w",
        "?!",
        "",
        14,
    ),
    (
        "INSERT INTO sign VALUES (9, 'x') RETURNING id, town",
        "??",
        "",
        14,
    ),
    (
        "INSERT INTO product (id, shop_id, name, note) VALUES (71, $1, $2, $2)",
        "",
        "rr",
        14,
    ),
    ("INSERT INTO ruled VALUES (1) RETURNING id", "?", "", 14),
    (
        "UPDATE priced SET price = NULL WHERE id = 1 RETURNING id, price, same_price, loud",
        "!???",
        "",
        14,
    ),
    (
        "UPDATE priced SET name = 'x' RETURNING price, same_price",
        "!!",
        "",
        14,
    ),
    (
        "DELETE FROM product WHERE note IS NOT NULL RETURNING id, note, price",
        "!!?",
        "",
        14,
    ),
    ("DELETE FROM priced RETURNING price, loud", "!?", "", 14),
    (
        "WITH gone AS (DELETE FROM sale WHERE amount > 1 RETURNING product_id, amount) SELECT * FROM gone",
        "?!",
        "",
        14,
    ),
    ("INSERT INTO sale SELECT $1, $2, $3, now()", "", "roo", 14),
    (
        "INSERT INTO product (id, shop_id, name, code) SELECT 70, 1, x.n, $1 FROM (VALUES ($2)) x(n)",
        "",
        "rr",
        14,
    ),
    (
        "SELECT id FROM shop WHERE ($1::text IS NULL OR town = $1) AND owner IS NOT DISTINCT FROM $2 AND town = $3",
        "!",
        "oor",
        14,
    ),
    ("SELECT $1::subcode, $2::text", "!!", "rr", 14),
    (
        "MERGE INTO sale l USING (SELECT 1 AS id, $1::int AS amount) n ON n.id = l.id WHEN MATCHED THEN UPDATE SET amount = n.amount WHEN NOT MATCHED THEN INSERT (id, amount, at) VALUES (n.id, n.amount, $2)",
        "",
        "or",
        15,
    ),
    (
        "MERGE INTO sale l USING (SELECT 1 AS id) n ON n.id = l.id WHEN MATCHED THEN UPDATE SET amount = 1 WHEN NOT MATCHED BY SOURCE THEN UPDATE SET amount = NULL RETURNING l.id, l.amount, n.id, merge_action()",
        "!??!",
        "",
        17,
    ),
    (
        "UPDATE product SET note = NULL WHERE note IS NOT NULL RETURNING old.note, new.note, old.id",
        "!?!",
        "",
        18,
    ),
    (
        "DELETE FROM product RETURNING old.id, new.id, id",
        "!?!",
        "",
        18,
    ),
    (
        "INSERT INTO other VALUES (1) RETURNING old.id, new.id, new",
        "?!!",
        "",
        18,
    ),
    // The elements of arrays.
    ("SELECT ARRAY[id], ARRAY[owner], labels, '{}'::text[], '{NULL}'::text[] FROM shop", "!*!!!*!", "", 14),
    (
        "SELECT ARRAY[[1, 2], [id, 3]], ARRAY[labels, labels], ARRAY[ARRAY[1, 2]] FROM shop",
        "!*!!*",
        "",
        14,
    ),
    (
        "SELECT s.id, array_agg(p.name), array_agg(p.name) FILTER (WHERE p.id IS NOT NULL),
             coalesce(array_agg(p.note) FILTER (WHERE p.note IS NOT NULL), '{}'), array_remove(array_agg(p.note), NULL)
         FROM shop s LEFT JOIN product p ON p.shop_id = s.id GROUP BY s.id",
        "!!?*!*!*",
        "",
        14,
    ),
    (
        "SELECT ARRAY(SELECT id FROM shop), ARRAY(SELECT owner FROM shop), ARRAY(SELECT ARRAY[id] FROM shop), (SELECT array_agg(id) FROM shop)",
        "!*!!*?*",
        "",
        14,
    ),
    (
        "WITH c AS (SELECT id, array_agg(id) AS ids FROM shop GROUP BY id) SELECT s.id, c.ids, u FROM shop s LEFT JOIN c ON c.id = s.id, unnest(c.ids) u",
        "!?*!",
        "",
        14,
    ),
    (
        "SELECT string_to_array(town, ','), string_to_array(town, ',', 'a'), regexp_split_to_array(town, 'l'), array_append(labels, town),
             array_append(ARRAY[town], town), town || ARRAY[town], array_append(ARRAY[town], owner), array_replace(ARRAY[town], 'Ulm', owner),
             (ARRAY[town])[1:1], CASE WHEN id > 1 THEN ARRAY[id] END, CASE WHEN id > 1 THEN ARRAY[id] ELSE '{NULL}' END
         FROM shop",
        "!*!!*!!*!*!!!*?*!",
        "",
        14,
    ),
    (
        "SELECT ARRAY[1] UNION ALL SELECT ARRAY[2]",
        "!*",
        "",
        14,
    ),
    (
        "SELECT ARRAY[1] UNION ALL SELECT ARRAY[2, NULL] EXCEPT SELECT ARRAY[3]",
        "!",
        "",
        14,
    ),
    (
        "SELECT ARRAY[1, NULL] INTERSECT SELECT ARRAY[1]",
        "!*",
        "",
        14,
    ),
    ("SELECT u, $1::int[] FROM unnest($1::int[]) u", "!!*", "r", 14),
    (
        "WITH w AS (INSERT INTO shop SELECT 9, 'x', NULL, NULL, array_agg(town) FROM shop RETURNING labels, ARRAY[id] AS ids) SELECT * FROM w",
        "!!*",
        "",
        14,
    ),
    (
        "WITH RECURSIVE r AS (SELECT s.owner, array_agg(1) AS a, 1 AS i FROM shop s GROUP BY ROLLUP (s.owner)
             UNION SELECT owner, ARRAY[owner::int], i + 1 FROM r WHERE i < 2 AND owner IS NULL) SELECT owner, a FROM r",
        "??",
        "",
        14,
    ),
    // Found by looking for what the random queries of the time could not make.
    (
        "SELECT unnest(ARRAY(SELECT ARRAY[1, NULL])), 1 = ANY (ARRAY(SELECT ARRAY[2, NULL]))",
        "??",
        "",
        14,
    ),
    (
        "SELECT s.id, p.id, id FROM shop s LEFT JOIN product p USING (id) GROUP BY ROLLUP (id), p.id",
        "???",
        "",
        14,
    ),
    (
        "SELECT percentile_disc(f) WITHIN GROUP (ORDER BY id) FROM (SELECT id, shop_id, 0.5::float8 AS f FROM product) p GROUP BY GROUPING SETS ((shop_id, f), (shop_id))",
        "?",
        "",
        14,
    ),
    (
        "SELECT j.id FROM shop s LEFT JOIN (product p JOIN sale l USING (id)) AS j ON j.id = -s.id WHERE row_to_json(j) IS NOT NULL",
        "?",
        "",
        14,
    ),
    (
        "UPDATE computed SET rival_id = NULL WHERE tripled IS NOT NULL RETURNING tripled",
        "?",
        "",
        14,
    ),
    (
        "SELECT (SELECT max(s.id) FROM shop s WHERE s.id <> p.id), (SELECT count(*) FROM shop s WHERE s.id <> p.id) FROM product p GROUP BY p.id, ROLLUP ((SELECT count(*) FROM shop s WHERE s.id <> p.id))",
        "??",
        "",
        14,
    ),
    (
        "SELECT least(0, (SELECT count(*)::int + p.id FROM generate_series(1, p.id))) FROM product p GROUP BY CUBE ((SELECT count(*)::int + p.id FROM generate_series(1, p.id)), p.id)",
        "!",
        "",
        14,
    ),
    (
        "SELECT 1 + (SELECT count(*)::int + p.id FROM generate_series(1, p.id)) FROM product p GROUP BY CUBE ((SELECT count(*)::int + p.id FROM generate_series(1, p.id)), p.id)",
        "?",
        "",
        14,
    ),
    (
        "SELECT s.id::bigint, p.id FROM shop s LEFT JOIN (SELECT id::bigint AS id FROM product) p USING (id) GROUP BY ROLLUP (id), p.id",
        "??",
        "",
        14,
    ),
    (
        "SELECT id FROM shop FULL JOIN (SELECT rival_id AS id FROM product) p USING (id) WHERE id > 0",
        "!",
        "",
        14,
    ),
    (
        "SELECT shop_id + 2, shop_id + (1 + 1) FROM product GROUP BY shop_id, ROLLUP (shop_id + (1 + 1))",
        "??",
        "",
        14,
    ),
];

#[test]
fn examples() {
    with_database(async |session| {
        let client = session.client();
        client.batch_execute(SCHEMA).await.unwrap();
        client.batch_execute(proofs::SCHEMA).await.unwrap();
        let catalog = introspect(client).await.unwrap();
        let major = catalog.server_version / 10_000;
        let mut wrong = Vec::new();
        for &(sql, columns, parameters, since) in EXAMPLES.iter().chain(proofs::EXAMPLES) {
            if major < since {
                continue;
            }
            let found = match inferred(session, &catalog, sql).await {
                Ok(found) => found,
                Err(error) => {
                    wrong.push(format!("{sql}\n    {error}"));
                    continue;
                }
            };
            let label = |fact: &Fact, yes, no| if fact.nullable { yes } else { no };
            let mut found_columns = String::new();
            for fact in &found.columns {
                found_columns.push(label(fact, '?', '!'));
                found_columns.push_str(fact.elements.as_ref().map_or("", |_| "*"));
            }
            let found_parameters: String = found
                .parameters
                .values()
                .map(|f| label(f, 'o', 'r'))
                .collect();
            if found_columns != columns || found_parameters != parameters {
                wrong.push(format!(
                    "{sql}\n    expected {columns} ({parameters}), found {found_columns} ({found_parameters})\n    {:?}\n    {:?}",
                    found.columns, found.parameters
                ));
            }
            if parameters.is_empty() {
                wrong.extend(contradiction(session, sql, &found).await);
            }
        }
        assert!(wrong.is_empty(), "Postgres {major}\n{}", wrong.join("\n"));
    });
}

/// The examples that the server knows, with their trees.
pub(super) async fn analysed(session: &Session) -> (Catalog, Vec<(Example, String)>) {
    let client = session.client();
    client.batch_execute(SCHEMA).await.unwrap();
    client.batch_execute(proofs::SCHEMA).await.unwrap();
    let catalog = introspect(client).await.unwrap();
    let mut analysed = Vec::new();
    for &example in EXAMPLES.iter().chain(proofs::EXAMPLES) {
        if example.3 <= catalog.server_version / 10_000 {
            analysed.push((example, tree(session, example.0).await.unwrap()));
        }
    }
    (catalog, analysed)
}

/// Where no notice arrives, the tree comes out of a function: it must say the same.
#[test]
fn stored_trees_say_the_same() {
    with_database(async |session| {
        let (catalog, analysed) = analysed(session).await;
        let mut compared = 0;
        for ((sql, ..), tree) in analysed {
            let found = infer(&tree, &catalog, &Assumptions::default());
            let statement = session.client().prepare(sql).await.unwrap();
            let commented = format!("{sql} -- a comment");
            let stored = stored_tree(session.client(), &statement, &commented).await;
            let stored = stored.unwrap_or_else(|| panic!("no function of {sql}"));
            let again = infer(&stored, &catalog, &Assumptions::default());
            let nullable = |found: &Inference| -> (Vec<_>, Vec<_>) {
                let columns = found.columns.iter().map(|fact| fact.nullable);
                let parameters = found.parameters.values().map(|fact| fact.nullable);
                (columns.collect(), parameters.collect())
            };
            assert_eq!(nullable(&again), nullable(&found), "{sql}");
            assert!(again.columns.iter().all(|fact| fact.location.is_none()));
            compared += 1;
        }
        assert!(compared > 100);
        for sql in ["SHOW search_path", "EXPLAIN SELECT 1", "TRUNCATE sale"] {
            let statement = session.client().prepare(sql).await.unwrap();
            assert!(
                stored_tree(session.client(), &statement, sql)
                    .await
                    .is_none()
            );
        }
        let left = "SELECT count(*) FROM pg_proc WHERE proname = 'rowsmith_statement'";
        let row = session.client().query_one(left, &[]).await.unwrap();
        assert_eq!(row.get::<_, i64>(0), 0);
    });
}

/// A NULL in a column called not null.
async fn contradiction(session: &Session, sql: &str, found: &Inference) -> Option<String> {
    let client = session.client();
    client.batch_execute("BEGIN").await.unwrap();
    let rows = client.simple_query(sql).await;
    client.batch_execute("ROLLBACK").await.unwrap();
    let rows = match rows {
        Ok(rows) => rows,
        Err(error) => return Some(format!("{sql}\n    fails: {error:?}")),
    };
    for row in &rows {
        let SimpleQueryMessage::Row(row) = row else {
            continue;
        };
        for (index, fact) in found.columns.iter().enumerate() {
            if !fact.nullable && row.get(index).is_none() {
                return Some(format!("{sql}\n    column {index} is NULL: {fact:?}"));
            }
            if fact.elements.is_some() && row.get(index).is_some_and(has_null_element) {
                return Some(format!(
                    "{sql}\n    column {index} has NULL in it: {fact:?}"
                ));
            }
        }
    }
    None
}
