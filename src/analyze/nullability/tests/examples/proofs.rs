//! Examples of what takes more than one step to prove: foreign keys, conditions seen through subqueries and views, and
//! the traps beside each.

use super::Example;

pub(super) const SCHEMA: &str = "
    CREATE TABLE house (id int PRIMARY KEY, street text NOT NULL, note text);
    INSERT INTO house VALUES (1, 'Am Tor', NULL), (2, 'Weg', 'x');
    CREATE TABLE flat (id int PRIMARY KEY, house_id int NOT NULL REFERENCES house, other_id int REFERENCES house, above int REFERENCES flat);
    INSERT INTO flat VALUES (1, 1, NULL, NULL), (2, 2, 1, 1), (7, 1, 2, NULL);
    CREATE VIEW tall AS SELECT id AS flat, house_id AS house FROM flat WHERE id > 1;
    CREATE VIEW locked AS SELECT id, house_id FROM flat FOR SHARE;
    CREATE MATERIALIZED VIEW older AS SELECT id, house_id FROM flat;
    CREATE VIEW addressed AS SELECT f.id, f.other_id, h.id AS house_id, h.street, h.note FROM flat f LEFT JOIN house h ON h.id = f.other_id;
    CREATE VIEW streets AS SELECT h.street, max(f.id) AS top, min(f.other_id) AS least FROM house h LEFT JOIN flat f ON f.house_id = h.id GROUP BY h.street;
    -- Keys that do not hold, each with a row that refers to nothing.
    CREATE TABLE deferred (house_id int NOT NULL REFERENCES house DEFERRABLE);
    CREATE TABLE unchecked (house_id int NOT NULL);
    CREATE TABLE switched (house_id int NOT NULL REFERENCES house);
    CREATE TABLE parent (house_id int NOT NULL REFERENCES house);
    CREATE TABLE heir () INHERITS (parent);
    CREATE TABLE stubborn (house_id int NOT NULL REFERENCES house ON DELETE CASCADE);
    CREATE TABLE obedient (house_id int NOT NULL REFERENCES house ON DELETE CASCADE);
    INSERT INTO unchecked VALUES (99);
    ALTER TABLE unchecked ADD FOREIGN KEY (house_id) REFERENCES house NOT VALID;
    INSERT INTO heir VALUES (99);
    INSERT INTO house VALUES (3, 'gone', NULL);
    INSERT INTO stubborn VALUES (3);
    INSERT INTO obedient VALUES (1), (3);
    CREATE FUNCTION stay() RETURNS trigger LANGUAGE plpgsql AS 'begin return null; end';
    CREATE TRIGGER stay BEFORE DELETE ON stubborn FOR EACH ROW EXECUTE FUNCTION stay();
    DELETE FROM house WHERE id = 3;
    ALTER TABLE switched DISABLE TRIGGER ALL;
    INSERT INTO switched VALUES (99);
    SET session_replication_role = replica;
    INSERT INTO deferred VALUES (99);
    RESET session_replication_role;
    DO $$ BEGIN
        IF current_setting('server_version_num')::int >= 180000 THEN
            EXECUTE 'CREATE TABLE unenforced (house_id int NOT NULL REFERENCES house NOT ENFORCED)';
            INSERT INTO unenforced VALUES (99);
        END IF;
    END $$;
    CREATE TABLE pair (a int, b int, name text NOT NULL, PRIMARY KEY (a, b));
    CREATE TABLE half (a int NOT NULL, b int, c int NOT NULL, FOREIGN KEY (a, b) REFERENCES pair, FOREIGN KEY (a, c) REFERENCES pair);
    INSERT INTO pair VALUES (1, 1, 'one');
    INSERT INTO half VALUES (1, 1, 1), (1, NULL, 1);
    CREATE TABLE lone (a int NOT NULL, b int, FOREIGN KEY (a, b) REFERENCES pair);
    INSERT INTO lone VALUES (5, NULL);
    CREATE TABLE secret (id int PRIMARY KEY, word text NOT NULL);
    ALTER TABLE secret ENABLE ROW LEVEL SECURITY;
    CREATE TABLE knows (secret_id int NOT NULL REFERENCES secret);
    CREATE TABLE region (id int PRIMARY KEY, name text NOT NULL) PARTITION BY LIST (id);
    CREATE TABLE region_1 PARTITION OF region FOR VALUES IN (1);
    CREATE TABLE region_other PARTITION OF region DEFAULT;
    INSERT INTO region VALUES (1, 'north'), (2, 'south');
    CREATE TABLE city (id int NOT NULL, region_id int NOT NULL REFERENCES region) PARTITION BY LIST (id);
    CREATE TABLE city_1 PARTITION OF city FOR VALUES IN (1);
    CREATE TABLE city_other PARTITION OF city DEFAULT;
    INSERT INTO city VALUES (1, 1), (2, 2);
    CREATE TABLE land (id int PRIMARY KEY, name text NOT NULL);
    CREATE TABLE plot (id int NOT NULL, land_id int NOT NULL REFERENCES land) PARTITION BY LIST (id);
    CREATE TABLE plot_1 PARTITION OF plot FOR VALUES IN (1);
    INSERT INTO land VALUES (1, 'a');
    INSERT INTO plot VALUES (1, 1);
    ALTER TABLE land DISABLE TRIGGER ALL;
    DELETE FROM land;
    CREATE TABLE word (word varchar(9) PRIMARY KEY, meaning text NOT NULL);
    CREATE TABLE used (word varchar(5) NOT NULL REFERENCES word, big bigint NOT NULL REFERENCES house, page int);
    INSERT INTO word VALUES ('a', 'b');
    INSERT INTO used VALUES ('a', 1, 7);
    -- Constraints.
    CREATE TYPE state AS ENUM ('open', 'done');
    CREATE TABLE job (
        id int PRIMARY KEY, kind text NOT NULL, state state NOT NULL, code varchar(9), urgent bool NOT NULL, hidden bool, score int,
        done_at date, owner text, team text, mail text, phone text, always text, weak int, sure int, off int,
        CHECK (state <> 'done' OR done_at IS NOT NULL),
        CHECK ((kind = 'owned') = (owner IS NOT NULL)),
        CHECK (CASE kind WHEN 'team' THEN team IS NOT NULL WHEN 'old' THEN team IS NULL ELSE true END),
        CHECK (mail IS NOT NULL OR phone IS NOT NULL),
        CHECK (code IN ('a', 'b') OR score IS NOT NULL),
        CHECK (always IS NOT NULL AND always <> ''),
        CHECK (weak > 0),
        CHECK ((sure > 0) IS TRUE),
        CHECK (num_nonnulls(hidden, off) <= 1));
    INSERT INTO job VALUES
        (1, 'owned', 'done', 'a', true, true, NULL, '2020-01-01', 'o', NULL, 'm', NULL, 'x', NULL, 1, NULL),
        (2, 'team', 'open', 'c', false, NULL, 3, NULL, NULL, 't', NULL, 'p', 'x', 1, 1, 5),
        (3, 'old', 'open', NULL, false, false, 3, NULL, NULL, NULL, NULL, 'p', 'x', 1, 1, NULL);
    ALTER TABLE job ADD CONSTRAINT later CHECK (weak IS NOT NULL) NOT VALID;
    CREATE TABLE ruler (x text, y text, CONSTRAINT own CHECK (x IS NOT NULL) NO INHERIT, CONSTRAINT all_of_them CHECK (y IS NOT NULL));
    CREATE TABLE subject () INHERITS (ruler);
    INSERT INTO ruler VALUES ('a', 'b');
    INSERT INTO subject VALUES (NULL, 'b');
    CREATE TABLE tally (id int PRIMARY KEY, note text, n int, spot spot);
    INSERT INTO tally VALUES (1, NULL, NULL, NULL), (2, 'x', 2, NULL);
    CREATE TABLE moment (id int PRIMARY KEY, day date NOT NULL, at timestamptz NOT NULL, long interval NOT NULL);
    INSERT INTO moment VALUES (1, 'infinity', '-infinity', '1 day'), (2, '2021-03-01', '2021-03-01', '1 month -29 days');
    DO $$ BEGIN
        IF current_setting('server_version_num')::int >= 170000 THEN
            INSERT INTO moment VALUES (3, '2021-01-01', '2021-01-01', 'infinity');
        END IF;
    END $$;
";

pub(super) const EXAMPLES: &[Example] = &[
    // A foreign key finds its row.
    ("SELECT h.street, h.note FROM flat f LEFT JOIN house h ON h.id = f.house_id", "!?", "", 14),
    ("SELECT h.street FROM house h RIGHT JOIN flat f ON f.house_id = h.id", "!", "", 14),
    ("SELECT h.street FROM flat f LEFT JOIN house h ON h.id = f.other_id", "?", "", 14),
    ("SELECT h.street FROM flat f LEFT JOIN house h ON h.id = f.other_id WHERE f.other_id > 0", "!", "", 14),
    (
        "SELECT h.street FROM flat f JOIN flat g ON g.id = f.other_id LEFT JOIN house h ON h.id = f.other_id",
        "!",
        "",
        14,
    ),
    ("SELECT h.street, f.id FROM flat f FULL JOIN house h ON h.id = f.house_id", "??", "", 14),
    (
        "SELECT h.street, f.id FROM house x LEFT JOIN flat f ON f.id = x.id LEFT JOIN house h ON h.id = f.house_id",
        "??",
        "",
        14,
    ),
    (
        "SELECT h.street FROM house x LEFT JOIN flat f ON f.id = x.id LEFT JOIN house h ON h.id = f.house_id WHERE f.id > 0",
        "!",
        "",
        14,
    ),
    (
        "SELECT h.street, n.street FROM flat f LEFT JOIN (flat g LEFT JOIN house h ON h.id = g.house_id) ON g.id = f.above LEFT JOIN house n ON n.id = f.house_id",
        "?!",
        "",
        14,
    ),
    ("SELECT f.id, h.street FROM flat f LEFT JOIN house h ON h.id = f.house_id AND h.note = 'x'", "!?", "", 14),
    ("SELECT h.street FROM flat f LEFT JOIN house h ON h.id = f.house_id OR false", "?", "", 14),
    ("SELECT h.street FROM flat f LEFT JOIN house h ON h.id = f.id", "?", "", 14),
    ("SELECT h.street FROM flat f LEFT JOIN house h ON h.id >= f.house_id", "?", "", 14),
    ("SELECT h.street FROM flat f LEFT JOIN house h ON h.id = f.house_id + 1", "?", "", 14),
    (
        "SELECT h.street FROM flat f LEFT JOIN (SELECT * FROM house WHERE note IS NOT NULL) h ON h.id = f.house_id",
        "?",
        "",
        14,
    ),
    ("SELECT h.street FROM flat f LEFT JOIN house h TABLESAMPLE SYSTEM (0) ON h.id = f.house_id", "?", "", 14),
    ("SELECT h.street FROM flat f LEFT JOIN house h ON h.id = f.house_id FOR UPDATE OF f", "?", "", 14),
    (
        "SELECT h.street FROM (SELECT * FROM flat FOR SHARE) f LEFT JOIN house h ON h.id = f.house_id",
        "?",
        "",
        14,
    ),
    ("SELECT h.street FROM locked f LEFT JOIN house h ON h.id = f.house_id", "?", "", 14),
    ("SELECT h.street FROM older f LEFT JOIN house h ON h.id = f.house_id", "?", "", 14),
    (
        "WITH f AS (UPDATE flat SET house_id = 2 RETURNING *) SELECT h.street FROM f LEFT JOIN house h ON h.id = f.house_id",
        "?",
        "",
        14,
    ),
    (
        "WITH n AS (INSERT INTO house VALUES (50, 'x', NULL) RETURNING id), f AS (INSERT INTO flat SELECT 50, 50 FROM n RETURNING *)
         SELECT h.street FROM f LEFT JOIN house h ON h.id = f.house_id",
        "?",
        "",
        14,
    ),
    (
        "UPDATE house x SET note = h.street FROM flat f LEFT JOIN house h ON h.id = f.house_id WHERE f.id = x.id RETURNING h.street",
        "?",
        "",
        14,
    ),
    ("SELECT h.street FROM deferred d LEFT JOIN house h ON h.id = d.house_id", "?", "", 14),
    ("SELECT h.street FROM unchecked d LEFT JOIN house h ON h.id = d.house_id", "?", "", 14),
    ("SELECT h.street FROM unenforced d LEFT JOIN house h ON h.id = d.house_id", "?", "", 18),
    ("SELECT h.street FROM switched d LEFT JOIN house h ON h.id = d.house_id", "?", "", 14),
    ("SELECT h.street FROM parent d LEFT JOIN house h ON h.id = d.house_id", "?", "", 14),
    ("SELECT h.street FROM ONLY parent d LEFT JOIN house h ON h.id = d.house_id", "!", "", 14),
    ("SELECT h.street FROM stubborn d LEFT JOIN house h ON h.id = d.house_id", "?", "", 14),
    ("SELECT h.street FROM obedient d LEFT JOIN house h ON h.id = d.house_id", "!", "", 14),
    ("SELECT p.name FROM half LEFT JOIN pair p ON p.a = half.a AND p.b = half.b", "?", "", 14),
    ("SELECT p.name FROM half LEFT JOIN pair p ON half.c = p.b AND p.a = half.a", "!", "", 14),
    ("SELECT p.name FROM half LEFT JOIN pair p ON p.a = half.a AND p.b = half.b WHERE half.b > 0", "!", "", 14),
    ("SELECT p.name FROM half x, half y LEFT JOIN pair p ON p.a = y.a AND p.b = y.b WHERE x.b > 0", "?", "", 14),
    ("SELECT p.name FROM half x CROSS JOIN half y LEFT JOIN pair p ON p.a = x.a AND p.b = y.c", "?", "", 14),
    ("SELECT p.name FROM lone LEFT JOIN pair p ON p.a = lone.a", "?", "", 14),
    ("SELECT s.word FROM knows k LEFT JOIN secret s ON s.id = k.secret_id", "?", "", 14),
    ("SELECT r.name FROM city c LEFT JOIN region r ON r.id = c.region_id", "!", "", 14),
    ("SELECT r.name FROM city_1 c LEFT JOIN region r ON r.id = c.region_id", "!", "", 14),
    ("SELECT l.name FROM plot p LEFT JOIN land l ON l.id = p.land_id", "?", "", 14),
    ("SELECT l.name FROM plot_1 p LEFT JOIN land l ON l.id = p.land_id", "?", "", 14),
    ("SELECT r.name FROM city c LEFT JOIN ONLY region r ON r.id = c.region_id", "?", "", 14),
    ("SELECT r.name FROM city c LEFT JOIN region_1 r ON r.id = c.region_id", "?", "", 14),
    (
        "SELECT w.meaning, h.street FROM used u LEFT JOIN word w ON u.word = w.word LEFT JOIN house h ON u.big = h.id",
        "!!",
        "",
        14,
    ),
    ("SELECT w.meaning FROM used u LEFT JOIN word w ON w.word = u.word COLLATE \"C\"", "?", "", 14),
    (
        "WITH last AS (SELECT house_id FROM flat ORDER BY id DESC LIMIT 2) SELECT h.street FROM last LEFT JOIN house h ON h.id = last.house_id",
        "!",
        "",
        14,
    ),
    ("SELECT h.street FROM tall LEFT JOIN house h ON h.id = tall.house", "!", "", 14),
    (
        "SELECT h.street FROM (SELECT house_id FROM flat UNION SELECT 5) f LEFT JOIN house h ON h.id = f.house_id",
        "?",
        "",
        14,
    ),
    (
        "SELECT h.street, count(*) FROM (SELECT house_id, count(*) FROM flat GROUP BY house_id) f LEFT JOIN house h ON h.id = f.house_id GROUP BY h.street",
        "!!",
        "",
        14,
    ),
    (
        "SELECT h.street FROM (SELECT house_id FROM flat GROUP BY ROLLUP (house_id)) f LEFT JOIN house h ON h.id = f.house_id",
        "?",
        "",
        14,
    ),
    (
        "SELECT (SELECT h.street FROM house h WHERE h.id = f.house_id), (SELECT h.note FROM house h WHERE h.id = f.house_id),
                (SELECT h.street FROM house h WHERE h.id = f.other_id), (SELECT h.street FROM house h WHERE h.id = f.house_id AND h.id > 1)
         FROM flat f",
        "!???",
        "",
        14,
    ),
    (
        "SELECT (SELECT h.street FROM house h WHERE h.id = f.house_id LIMIT 1), (SELECT h.street FROM house h WHERE h.id = f.house_id OFFSET 1) FROM flat f",
        "!?",
        "",
        14,
    ),
    (
        "SELECT (SELECT h.street FROM house h WHERE h.id = f.house_id) FROM house x LEFT JOIN flat f ON f.id = x.id",
        "?",
        "",
        14,
    ),
    (
        "SELECT f.house_id, (SELECT h.street FROM house h WHERE h.id = f.house_id) FROM flat f GROUP BY ROLLUP (f.house_id)",
        "??",
        "",
        14,
    ),
    (
        "SELECT x.street, y.street FROM flat f LEFT JOIN LATERAL (SELECT h.street FROM house h WHERE h.id = f.house_id LIMIT 1) x ON true
         LEFT JOIN LATERAL (SELECT h.street FROM house h WHERE h.id = f.other_id) y ON true",
        "!?",
        "",
        14,
    ),
    (
        "SELECT x.street FROM house n LEFT JOIN flat f ON f.id = n.id LEFT JOIN LATERAL (SELECT h.street FROM house h WHERE h.id = f.house_id) x ON true",
        "?",
        "",
        14,
    ),
    ("UPDATE flat f SET id = id RETURNING (SELECT h.street FROM house h WHERE h.id = f.house_id)", "?", "", 14),
    (
        "SELECT f.id FROM house n LEFT JOIN flat f ON f.id = n.id
         WHERE EXISTS (SELECT 1 FROM house z LEFT JOIN house h ON h.id = f.house_id WHERE z.id = 1)",
        "?",
        "",
        14,
    ),
    // What is known of one column of a row says that the row is there.
    (
        "SELECT CASE WHEN f.id IS NOT NULL THEN f.house_id ELSE 0 END, CASE WHEN f.id IS NULL THEN 0 ELSE f.house_id END,
                CASE WHEN f.id IS NOT NULL THEN f.other_id ELSE 0 END, CASE WHEN h.note IS NOT NULL THEN f.house_id ELSE 0 END
         FROM house h LEFT JOIN flat f ON f.id = h.id",
        "!!??",
        "",
        14,
    ),
    (
        "SELECT CASE WHEN f.id IS NOT NULL THEN max(g.house_id) ELSE 0 END FROM flat g LEFT JOIN flat f ON f.id = g.above GROUP BY f.id",
        "!",
        "",
        14,
    ),
    (
        "SELECT CASE WHEN f.id IS NOT NULL THEN first_value(f.house_id) OVER (ORDER BY f.id NULLS FIRST) ELSE 0 END
         FROM house h LEFT JOIN flat f ON f.id = h.id + 1",
        "?",
        "",
        14,
    ),
    (
        "SELECT f.house_id, count(*) FROM house h LEFT JOIN flat f ON f.id = h.id GROUP BY f.id HAVING f.id IS NOT NULL",
        "!!",
        "",
        14,
    ),
    (
        "SELECT (SELECT f.house_id FROM house x WHERE x.id = f.id LIMIT 1), (SELECT f.house_id + count(*) FROM house x WHERE x.id = f.id)
         FROM house h LEFT JOIN flat f ON f.id = h.id",
        "??",
        "",
        14,
    ),
    // Conditions prove something of the other columns of a subquery, view or CTE.
    ("SELECT street, note FROM addressed WHERE house_id IS NOT NULL", "!?", "", 14),
    ("SELECT street, house_id FROM addressed WHERE note = 'x'", "!!", "", 14),
    ("SELECT street, house_id FROM addressed WHERE other_id = 1", "!!", "", 14),
    ("SELECT street, house_id FROM addressed", "??", "", 14),
    ("SELECT CASE WHEN house_id > 0 THEN street ELSE '' END FROM addressed", "!", "", 14),
    ("SELECT a.street, b.street FROM addressed a, addressed b WHERE a.house_id > 0", "!?", "", 14),
    (
        "SELECT s.x, s.y FROM (SELECT note AS x, upper(note) AS y FROM house) s WHERE s.y IS NOT NULL",
        "!!",
        "",
        14,
    ),
    (
        "SELECT s.x, s.y FROM (SELECT note AS x, coalesce(note, '') AS y FROM house) s WHERE s.y IS NOT NULL",
        "?!",
        "",
        14,
    ),
    (
        "WITH c AS (SELECT note AS x, length(note) AS y FROM house LIMIT 9) SELECT a.x, b.x FROM c a, c b WHERE a.y > 0",
        "!?",
        "",
        14,
    ),
    ("SELECT top FROM streets WHERE least > 0", "?", "", 14),
    (
        "SELECT s.x, s.y, s.z FROM (SELECT other_id AS x, other_id + 1 AS y, max(above) AS z FROM flat GROUP BY other_id) s WHERE s.y > 0",
        "!!?",
        "",
        14,
    ),
    (
        "SELECT s.x, s.y FROM (SELECT other_id AS x, sum(other_id) OVER () AS y FROM flat) s WHERE s.x > 0",
        "!?",
        "",
        14,
    ),
    (
        "SELECT s.x, s.y FROM (SELECT note AS x, first_value(note) OVER (ORDER BY id) AS y FROM house) s WHERE s.x <> ''",
        "!?",
        "",
        14,
    ),
    (
        "SELECT s.x, s.y FROM (SELECT other_id AS x, count(*) FILTER (WHERE true) + min(other_id) AS y FROM flat GROUP BY ROLLUP (other_id)) s WHERE s.x > 0",
        "!?",
        "",
        14,
    ),
    (
        "SELECT s.x, s.y FROM (SELECT note AS x, note AS y FROM house UNION ALL SELECT 'a', NULL) s WHERE s.x <> ''",
        "!?",
        "",
        14,
    ),
    (
        "SELECT s.x, s.y FROM (SELECT unnest(ARRAY[note]) AS x, generate_series(1, 3) AS y FROM house) s WHERE s.x <> ''",
        "!?",
        "",
        14,
    ),
    (
        "SELECT s.note, s.big FROM house h LEFT JOIN LATERAL (SELECT h.note, upper(h.note) AS big) s ON true WHERE s.big <> ''",
        "!!",
        "",
        14,
    ),
    (
        "SELECT x.id, s.street, s.note FROM house x LEFT JOIN addressed s ON s.id = x.id WHERE s.note <> ''",
        "!!!",
        "",
        14,
    ),
    // Constraints keep NULL out, of what a condition leaves over, too.
    ("SELECT always, weak, sure, done_at, owner FROM job", "!?!??", "", 14),
    ("SELECT done_at FROM job WHERE state = 'done'", "!", "", 14),
    ("SELECT done_at FROM job WHERE state = $1", "?", "r", 14),
    ("SELECT done_at FROM job WHERE state = 'open'", "?", "", 14),
    ("SELECT done_at FROM job WHERE state <> 'open'", "?", "", 14),
    ("SELECT owner FROM job WHERE kind = 'owned'", "!", "", 14),
    ("SELECT owner FROM job WHERE kind IN ('owned')", "!", "", 14),
    ("SELECT owner FROM job WHERE kind IN ('owned', 'team')", "?", "", 14),
    ("SELECT owner FROM job WHERE kind = 'owned' OR id > 0", "?", "", 14),
    ("SELECT owner FROM job WHERE kind >= 'owned'", "?", "", 14),
    ("SELECT a.owner, b.owner FROM job a, job b WHERE a.kind = 'owned'", "!?", "", 14),
    ("SELECT team FROM job WHERE kind = 'team' AND id > 0", "!", "", 14),
    ("SELECT team FROM job WHERE kind = 'old'", "?", "", 14),
    ("SELECT phone, mail, coalesce(mail, phone), coalesce(mail, team) FROM job", "??!?", "", 14),
    ("SELECT phone FROM job WHERE mail IS NULL", "!", "", 14),
    ("SELECT score FROM job WHERE code IN ('c', 'd')", "!", "", 14),
    ("SELECT score FROM job WHERE code = 'c'", "!", "", 14),
    ("SELECT score FROM job WHERE code = 'a'", "?", "", 14),
    ("SELECT score FROM job WHERE code IS NULL", "?", "", 14),
    ("SELECT coalesce(j.mail, j.phone), j.always FROM house h LEFT JOIN job j ON j.id = h.id + 2", "??", "", 14),
    ("SELECT CASE WHEN j.state = 'done' THEN j.done_at ELSE '2000-01-01' END FROM job j", "?", "", 14),
    ("SELECT CASE WHEN j.mail IS NULL THEN j.phone ELSE j.mail END FROM job j", "?", "", 14),
    ("SELECT owner, count(*) FROM job WHERE kind = 'owned' GROUP BY ROLLUP (owner)", "?!", "", 14),
    ("SELECT owner, count(*) FROM job WHERE kind = 'owned' GROUP BY owner", "!!", "", 14),
    ("UPDATE job SET kind = 'free', owner = NULL, weak = 1 WHERE kind = 'owned' RETURNING owner, always", "?!", "", 14),
    ("DELETE FROM job WHERE kind = 'owned' RETURNING owner, always", "?!", "", 14),
    ("INSERT INTO job (id, always, team) VALUES (9, $1, $2)", "", "ro", 14),
    ("SELECT x, y FROM ruler", "?!", "", 14),
    ("SELECT x, y FROM ONLY ruler", "!!", "", 14),
    // Conditions of which one is always met.
    (
        "SELECT CASE WHEN note IS NULL THEN 1 WHEN note IS NOT NULL THEN 2 END, CASE WHEN id = 1 THEN 1 WHEN id <> 1 THEN 2 END,
                CASE WHEN n = 1 THEN 1 WHEN n <> 1 THEN 2 END, CASE WHEN n = 1 THEN 1 WHEN n IS DISTINCT FROM 1 THEN 2 END,
                CASE WHEN n = 2 THEN 1 WHEN n IS NULL THEN 2 WHEN n <> 2 THEN 3 END FROM tally",
        "!!??!",
        "",
        14,
    ),
    (
        "SELECT CASE WHEN urgent THEN 1 WHEN NOT urgent THEN 2 END, CASE WHEN hidden THEN 1 WHEN NOT hidden THEN 2 END,
                CASE urgent WHEN true THEN 1 WHEN false THEN 2 END, CASE hidden WHEN true THEN 1 WHEN false THEN 2 END,
                CASE state WHEN 'open' THEN 1 WHEN 'done' THEN 2 END FROM job",
        "!?!??",
        "",
        14,
    ),
    (
        "SELECT CASE WHEN a.id IS NULL THEN 1 WHEN b.note IS NULL THEN 2 WHEN b.note IS NOT NULL THEN 3 END,
                CASE WHEN b.id = 1 THEN 1 WHEN b.id <> 1 THEN 2 END FROM tally a LEFT JOIN tally b ON b.id = a.n",
        "!?",
        "",
        14,
    ),
    // Times that are never infinite.
    (
        "SELECT extract(dow FROM now()), extract(month FROM current_date), date_part('day', now() - interval '1 day'), extract(dow FROM at),
                extract(day FROM day), extract(year FROM at) FROM moment",
        "!!!??!",
        "",
        14,
    ),
    (
        "SELECT to_char(now(), 'YYYY'), to_char(now(), ''), to_char(at, 'YYYY'), to_char(date_trunc('month', now()), 'MM'), to_char(now() AT TIME ZONE 'UTC', 'MM'),
                to_char(12, '99'), to_char(now() + long, 'YYYY'), to_char(current_date - 7, 'DD'), to_char(now(), $1) FROM moment WHERE id < 3",
        "!??!!!?!?",
        "r",
        14,
    ),
    (
        "SELECT extract(epoch FROM long), extract(day FROM long), extract(hour FROM long), extract(minute FROM long), extract(month FROM long),
                extract(minute FROM age(now(), '2020-01-01')), extract(epoch FROM now() - at), extract(minute FROM interval '90 minutes')
         FROM moment WHERE id = 2",
        "!!!??!!!",
        "",
        14,
    ),
    (
        "SELECT extract(minute FROM long), extract(epoch FROM long), to_char(long, 'HH'), to_char(now() + long, 'YYYY'), to_char(timestamptz 'infinity', 'YYYY'),
                extract(day FROM interval 'infinity'), extract(month FROM interval 'infinity'), extract(month FROM date 'infinity'), extract(month FROM date '2020-02-02'),
                extract(month FROM greatest(now(), at)), extract(month FROM coalesce(now(), at))
         FROM moment",
        "?!???!??!??",
        "",
        17,
    ),
    // Groups that have rows, frames that have the current row.
    (
        "SELECT max(id), max(note) FROM tally HAVING count(*) > 0",
        "!?",
        "",
        14,
    ),
    ("SELECT max(id) FROM tally WHERE false HAVING count(*) >= 0", "?", "", 14),
    ("SELECT max(id) FROM tally WHERE false HAVING count(*) < 1", "?", "", 14),
    ("SELECT max(id) FROM tally WHERE false HAVING count(*) > 0 OR true", "?", "", 14),
    ("SELECT max(id) FROM tally WHERE false HAVING count(*) > -1", "?", "", 14),
    ("SELECT max(id) FROM tally HAVING 1 <= count(note) AND max(id) > 0", "!", "", 14),
    ("SELECT n, max(id) FROM tally GROUP BY ROLLUP (n) HAVING count(*) <> 0", "?!", "", 14),
    (
        "SELECT sum(id) OVER (ORDER BY id RANGE BETWEEN 1 PRECEDING AND 1 FOLLOWING), sum(id) OVER (ORDER BY id RANGE BETWEEN 2 PRECEDING AND 1 PRECEDING),
                sum(id) OVER (ORDER BY at RANGE BETWEEN '1 month -29 days' PRECEDING AND CURRENT ROW), first_value(id) OVER (ORDER BY id RANGE CURRENT ROW)
         FROM moment WHERE id < 3",
        "!??!",
        "",
        14,
    ),
    // What is stored.
    (
        "INSERT INTO tally (id, note) VALUES (1, 'new') ON CONFLICT (id) DO UPDATE SET note = excluded.note, n = excluded.n RETURNING note, n",
        "!?",
        "",
        14,
    ),
    (
        "INSERT INTO hooked VALUES (1, 'x', 'y') ON CONFLICT (id) DO UPDATE SET v = excluded.v, w = excluded.w RETURNING v, w",
        "?!",
        "",
        14,
    ),
    (
        "INSERT INTO tally (id, note) VALUES (1, $1) ON CONFLICT (id) DO UPDATE SET note = excluded.id || excluded.note RETURNING note",
        "?",
        "o",
        14,
    ),
    (
        "UPDATE tally SET (note, n) = (SELECT $1, count(*) FROM house) RETURNING note, n",
        "?!",
        "o",
        14,
    ),
    (
        "UPDATE tally SET (note, n) = (SELECT street, id FROM house WHERE id > 9), id = $1 WHERE id = 1 RETURNING note, n",
        "??",
        "r",
        14,
    ),
    ("UPDATE tally SET spot.shelf = $1, spot.level = $2, note = upper($3)", "", "oor", 14),
    ("INSERT INTO tally (id, spot.shelf) VALUES ($1, $2)", "", "ro", 14),
];
