//! Where conditions begin and end, by what Postgres itself makes of the statements: odd ones, random ones, and ones that
//! are cut in the wrong place.

use super::*;
use crate::analyze::describe::{Describer, stored_tree};
use crate::analyze::dynamic::{Kind, is_same_statement, switched, trees};
use crate::ir::{Condition, Dynamic};

const ZOO: &str = r#"
    CREATE TABLE t (
        id int, a int, b int, c int, flag bool, name text, list int[], at timestamptz, until timestamptz, data jsonb,
        between int, operator int, escape text, zone int, "case" int, "and" bool, "or" bool, "where" int, "on" int, "end" int
    );
    CREATE TABLE u (id int, t_id int, kind int, flag bool, filter int, update int, delete bool);
    CREATE FUNCTION "join"(int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT $1';
    CREATE FUNCTION "natural"(int) RETURNS bool IMMUTABLE LANGUAGE sql AS 'SELECT $1 > 0';
    CREATE FUNCTION "full"(int) RETURNS SETOF int IMMUTABLE LANGUAGE sql AS 'SELECT $1';
    CREATE FUNCTION near(int, int) RETURNS bool IMMUTABLE LANGUAGE sql AS 'SELECT $1 = $2';
    CREATE OPERATOR <=-~ (FUNCTION = near, LEFTARG = int, RIGHTARG = int);
    CREATE FUNCTION minus(int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT - $1';
    CREATE OPERATOR @- (FUNCTION = minus, RIGHTARG = int);
"#;

/// What must be left out is in `⟦ ⟧`.
const STATEMENTS: &[&str] = &[
    // Words that are names here.
    "SELECT between FROM t WHERE ⟦between = @p1⟧ AND between IN (1) AND 1 > 0",
    "SELECT 1 FROM t WHERE a = between AND ⟦b = @p1⟧",
    "SELECT 1 FROM t WHERE ⟦a + between = @p1⟧ AND c > - between AND ⟦b = @p2⟧",
    "SELECT 1 FROM t WHERE ⟦a BETWEEN between AND @p1⟧ AND b = between AND ⟦c = @p2⟧",
    "SELECT 1 FROM t WHERE ⟦between BETWEEN @p1 AND between⟧ AND flag",
    "SELECT 1 FROM t WHERE NOT near(between, 1) AND ⟦between NOT BETWEEN @p1 AND @p2⟧ AND flag",
    "SELECT 1 FROM t AS between WHERE between.between = 1 AND ⟦between.a = @p1⟧",
    "SELECT 1 FROM t between JOIN u ON between.id = u.id AND ⟦u.kind = @p1⟧ WHERE between.a > 0 AND ⟦between.b = @p2⟧",
    "SELECT 1 FROM t WHERE ⟦join(a) = @p1⟧ AND join(b) = 2 AND ⟦a = join(@p2)⟧",
    "SELECT join(1), a FROM t WHERE ⟦a = @p1⟧ ORDER BY join(a)",
    "SELECT 1 FROM t JOIN u ON join(t.id) = u.id AND ⟦join(u.kind) = @p1⟧ LEFT JOIN full(1) f ON ⟦f = @p2⟧ AND natural(1)",
    "SELECT 1 FROM t WHERE natural(a) AND ⟦natural(@p1)⟧ AND ⟦left(name, 1) = right(@p2, 1)⟧",
    "SELECT 1 FROM full(1) NATURAL FULL OUTER JOIN full(2) g WHERE ⟦g.g = @p1⟧",
    "SELECT 1 case, 2 end, 3 between, 4 and, 5 or, 6 join FROM t WHERE ⟦a = @p1⟧ AND b = 1",
    "SELECT 1 AS case, a AS where, t.case, t.where, t.on, t.end FROM t WHERE ⟦t.case = @p1⟧ AND t.and AND t.or AND ⟦t.where = @p2⟧",
    "SELECT 1 FROM t WHERE \"and\" AND ⟦\"or\" = @p1⟧ AND \"where\" = 1",
    "SELECT 1 FROM t WHERE operator > 1 AND ⟦operator OPERATOR(pg_catalog.+) between = @p1⟧ AND operator OPERATOR(pg_catalog.=) between AND ⟦b = @p2⟧",
    "SELECT 1 FROM t WHERE name LIKE escape ESCAPE escape AND ⟦name NOT ILIKE @p1 ESCAPE escape⟧ AND flag",
    "SELECT 1 FROM t WHERE at AT TIME ZONE 'UTC' > now() AND ⟦zone = @p1⟧",
    "SELECT 1 FROM u WHERE update > 1 AND delete AND ⟦filter = @p1⟧",
    // Operators and expressions that have words or ANDs of their own.
    "SELECT 1 FROM t WHERE ⟦a NOT BETWEEN SYMMETRIC @p1 AND @p2⟧ AND b BETWEEN ASYMMETRIC 1 AND 2 AND ⟦c = @p3⟧",
    "SELECT 1 FROM t WHERE ⟦a BETWEEN b AND c + @p1⟧ AND b BETWEEN 1 AND (SELECT 2) AND ⟦c BETWEEN CASE WHEN flag AND \"and\" THEN 1 END AND @p2⟧",
    "SELECT 1 FROM t WHERE ⟦(a BETWEEN 1 AND @p1) = flag⟧ AND flag = (a BETWEEN 1 AND 2) AND ⟦b = @p2⟧",
    "SELECT 1 FROM t WHERE ⟦a::double precision BETWEEN @p1 AND 2⟧ AND at::timestamp without time zone BETWEEN '-infinity' AND now() AND flag",
    "SELECT 1 FROM t WHERE ⟦a IS DISTINCT FROM @p1⟧ AND b IS NOT DISTINCT FROM c AND flag IS NOT TRUE AND ⟦@p2 IS NOT DISTINCT FROM b⟧",
    "SELECT 1 FROM t WHERE (at, until) OVERLAPS (now(), interval '1 day') AND ⟦(at, at) OVERLAPS (until, @p1::timestamptz)⟧",
    "SELECT 1 FROM t WHERE ⟦(a, b) < (@p1, 2)⟧ AND ROW (a, b) = ROW (1, 2) AND ⟦(a, b, @p2::int) IS NOT NULL⟧",
    "SELECT 1 FROM t WHERE ⟦a = ANY (ARRAY[1, @p1])⟧ AND a <> ALL (list) AND ⟦@p2 = SOME (list)⟧ AND ⟦list[@p3] = 1⟧ AND list[1:2] = '{}'",
    "SELECT 1 FROM t WHERE ⟦a <=-~ @p1⟧ AND a<=-~b AND ⟦@- a = @p2⟧ AND a IN (1, 2) AND ⟦b NOT IN (3, @p3)⟧",
    "SELECT 1 FROM t WHERE ⟦NOT NOT a = @p1⟧ AND NOT flag AND flag ISNULL AND ⟦@p2::int NOTNULL⟧",
    "SELECT 1 FROM t WHERE ⟦CASE a WHEN 1 THEN flag AND b = @p1 WHEN 2 THEN flag OR false ELSE CASE WHEN flag OR flag THEN true END END⟧ AND flag",
    "SELECT 1 FROM t WHERE ⟦data ->> 'a' = @p1⟧ AND data ? 'AND' AND ⟦data @> @p2⟧ AND data #>> '{a,b}' IS NULL AND data @? '$.a ? (@ > 1 && @ < 3)'",
    "SELECT 1 FROM t WHERE ⟦extract(year FROM at) = @p1⟧ AND substring(name FROM 1 FOR 2) = 'a' AND ⟦position(@p2 IN name) > 0⟧ AND overlay(name PLACING 'x' FROM 1) = 'b'",
    "SELECT 1 FROM t WHERE ⟦name SIMILAR TO @p1⟧ AND name COLLATE \"C\" > 'a' AND ⟦name ~* @p2⟧ AND name NOT SIMILAR TO 'x'",
    "SELECT 1 FROM t WHERE at > now() - interval '1' day AND ⟦at AT TIME ZONE @p1 > now()⟧ AND cast(a AS text) = 'b' AND ⟦a = cast(@p2 AS int)⟧",
    // Comments and quotes.
    "SELECT 1 FROM t WHERE/* AND */⟦a/* OR */=-- AND\n@p1⟧/* /* OR */ AND */AND--OR\nflag",
    "SELECT 1 FROM t WHERE name = $$ AND ' $$ AND ⟦name = $a$ OR $$ $a$ || @p1⟧ AND name <> E'\\' OR' AND ⟦U&\"n\\0061me\" = @p2⟧ AND name = 'a'\n' AND b'",
    "SELECT 1 FROM t WHERE(flag)AND⟦(a=@p1)⟧AND(flag)",
    "SELECT 1 FROM t WHERE⟦\"a\"=(@p1)⟧ORDER BY 1",
    "SELECT 1 FROM t WHERE ⟦(((a = @p1 OR ((b = 2)))))⟧ AND (((flag)))",
    "SELECT 1 FROM t WHERE ⟦(a = @p1 AND flag)⟧ AND (flag AND (flag AND c = 1))",
    // Clauses.
    "SELECT a, count(*) FILTER (WHERE ⟦a = @p1⟧ AND flag) OVER (ORDER BY id ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM t WHERE ⟦b = @p2⟧ WINDOW w AS (ORDER BY id GROUPS BETWEEN 2 PRECEDING AND 1 FOLLOWING)",
    "SELECT a, percentile_disc(0.5) WITHIN GROUP (ORDER BY b) FILTER (WHERE ⟦c = @p1⟧) FROM t GROUP BY a HAVING ⟦max(b) > @p2⟧ AND percentile_disc(0.5) WITHIN GROUP (ORDER BY c) > 0 AND ⟦mode() WITHIN GROUP (ORDER BY c) = @p3⟧",
    "SELECT 1 FROM t WHERE ⟦EXISTS (SELECT count(*) OVER (ORDER BY id RANGE BETWEEN 1 PRECEDING AND 1 FOLLOWING) FROM u WHERE kind = @p1 OR t.flag GROUP BY id, kind ORDER BY 1 LIMIT 1)⟧ AND flag",
    "SELECT 1 FROM t, LATERAL (SELECT 1 FROM u WHERE u.t_id = t.id AND ⟦u.kind = @p1⟧ LIMIT 1) x WHERE ⟦t.a = @p2⟧",
    "SELECT 1 FROM t LEFT JOIN LATERAL (SELECT kind AS x FROM u WHERE ⟦u.flag = @p1⟧ OFFSET 0) x ON ⟦x.x = @p2⟧ AND t.flag CROSS JOIN u NATURAL JOIN (SELECT 1 AS kind) y, u AS v WHERE ⟦v.kind = @p3⟧",
    "SELECT 1 FROM t a JOIN t b JOIN t c ON ⟦c.a = @p1⟧ AND c.id = b.id ON ⟦a.a = @p2⟧ JOIN u ON u.flag IS NULL OR true WHERE ⟦a.flag = @p3⟧ FOR UPDATE OF a",
    "SELECT DISTINCT ON (t.a) t.a FROM t JOIN u ON ⟦t.a = @p1⟧ WHERE ⟦t.b = @p2⟧ ORDER BY t.a FETCH FIRST 1 ROW ONLY",
    "(SELECT a FROM t WHERE ⟦a = @p1⟧ LIMIT 1) UNION ALL SELECT b FROM t WHERE ⟦b = @p1⟧ EXCEPT SELECT c FROM t WHERE flag OR flag INTERSECT SELECT 1 WHERE ⟦1 = @p2⟧",
    "SELECT ARRAY(SELECT a FROM t WHERE ⟦a = @p1⟧), (SELECT 1 WHERE ⟦1 = @p2⟧), 1 IN (SELECT a FROM t WHERE ⟦b = @p3⟧), CASE WHEN EXISTS (SELECT 1 FROM t WHERE ⟦c = @p4⟧) THEN 1 END",
    "SELECT 1 FROM t ORDER BY (SELECT 1 FROM u WHERE ⟦kind = @p1⟧ LIMIT 1)",
    "SELECT 1 FROM t GROUP BY GROUPING SETS ((a), ()) HAVING ⟦count(*) > @p1⟧ AND grouping(a) = 0 LIMIT 1",
    "WITH RECURSIVE x(n) AS (SELECT a FROM t WHERE ⟦a = @p1⟧ UNION ALL SELECT n + 1 FROM x WHERE n < 9 AND ⟦n < @p2⟧) CYCLE n SET update USING path SELECT n FROM x WHERE ⟦n > @p3⟧",
    "WITH delete AS (SELECT 1), x AS NOT MATERIALIZED (SELECT a FROM t WHERE ⟦b = @p1⟧) SELECT * FROM x",
    "VALUES ((SELECT 1 WHERE ⟦1 = @p1⟧))",
    // Statements that write.
    "INSERT INTO t (id, a) SELECT id, kind FROM u WHERE ⟦kind = @p1⟧ RETURNING (SELECT 1 FROM u WHERE ⟦id = @p2⟧ LIMIT 1)",
    "UPDATE t SET a = (SELECT kind FROM u WHERE ⟦u.kind = @p1⟧ LIMIT 1), (b, c) = (SELECT 1, 2 WHERE ⟦3 = @p2⟧) FROM u JOIN u v ON ⟦v.kind = @p3⟧ WHERE t.id = u.id AND ⟦t.flag = @p4⟧ RETURNING t.id",
    "WITH gone AS (DELETE FROM u USING t WHERE u.t_id = t.id AND ⟦u.kind = @p1⟧ RETURNING u.id), set AS (UPDATE t SET a = 1 WHERE flag AND ⟦b = @p2⟧) SELECT 1 FROM gone WHERE ⟦id = @p3⟧",
    "DELETE FROM t WHERE id IN (SELECT t_id FROM u WHERE flag) AND ⟦id NOT IN (SELECT t_id FROM u WHERE kind = @p1)⟧ AND ⟦a = @p2⟧",
];

/// Of newer servers: what it takes, and a statement.
const OF_NEWER: &[(usize, &str)] = &[
    (
        150_000,
        "MERGE INTO t USING u JOIN u v ON ⟦u.kind = @p1⟧ ON t.id = u.id AND ⟦v.kind = @p2⟧ WHEN MATCHED AND t.flag OR u.flag THEN UPDATE SET a = 1 WHEN NOT MATCHED THEN INSERT (id) VALUES (1)",
    ),
    (
        160_000,
        "SELECT 1 FROM t WHERE ⟦name IS JSON OBJECT WITH UNIQUE KEYS = @p1⟧ AND name IS NOT JSON ARRAY AND ⟦b = @p2⟧ AND 1_000 < 0x1F",
    ),
    (
        160_000,
        "SELECT json_objectagg(name: a ABSENT ON NULL) FILTER (WHERE ⟦a = @p1⟧) FROM t JOIN u ON json_array(t.a, @p3::int NULL ON NULL) IS NOT NULL AND ⟦u.kind = @p2⟧",
    ),
    (
        170_000,
        "SELECT x.n FROM t, JSON_TABLE(data, '$[*]' COLUMNS (n int PATH '$' DEFAULT 1 ON EMPTY ERROR ON ERROR)) x JOIN u ON ⟦u.id = @p1⟧ WHERE ⟦json_value(data, '$.a' RETURNING int DEFAULT 0 ON EMPTY) = @p2⟧ AND json_exists(data, '$.b' FALSE ON ERROR)",
    ),
    (
        170_000,
        "MERGE INTO t USING u ON t.id = u.id AND ⟦t.a = @p1⟧ WHEN NOT MATCHED BY SOURCE AND flag THEN DELETE RETURNING merge_action(), (SELECT 1 WHERE ⟦2 = @p2⟧)",
    ),
    (
        180_000,
        "UPDATE t SET a = 1 WHERE ⟦a = @p1⟧ AND flag RETURNING WITH (OLD AS before) before.a, new.a",
    ),
];

/// Conditions for any place, `$` being an optional parameter.
const OPERANDS: &[&str] = &[
    "t.a = $",
    "$ = between",
    "t.a > between",
    "t.a BETWEEN between AND between",
    "between NOT BETWEEN SYMMETRIC $ AND t.b",
    "(t.a = $ OR t.b = 2 AND t.flag)",
    "NOT (t.flag OR t.a = $)",
    "NOT t.flag",
    "CASE WHEN t.flag AND t.flag THEN t.a = $ OR t.flag END",
    "CASE t.a WHEN between THEN t.flag ELSE CASE WHEN t.flag THEN t.flag END END",
    "t.a IN (SELECT id FROM u WHERE kind = $ AND flag OR flag ORDER BY id LIMIT 1)",
    "EXISTS (SELECT 1 FROM u JOIN u v ON u.id = v.id AND u.flag WHERE v.kind = t.a)",
    "join(t.a) = $",
    "natural(1)",
    "left(t.name, $) = right(t.name, 2)",
    "t.a OPERATOR(pg_catalog.=) between",
    "between OPERATOR(public.<=-~) $",
    "t.name LIKE 'AND' ESCAPE t.escape",
    "t.name = $$ AND OR $$ /* AND */ || -- OR\n 'x' || $::text",
    "t.at AT TIME ZONE 'UTC' BETWEEN now() AND t.at AT TIME ZONE $::text",
    "t.a IS NOT DISTINCT FROM between",
    "t.flag IS NOT FALSE",
    "(t.a, t.b) = ANY (SELECT 1, between FROM t WHERE flag)",
    "(t.a = ANY (t.list)) = t.flag",
    "(t.list[$] = t.list[1]) = (t.list[1:2] = '{}')",
    "@- t.a = @- $::int",
    "t.data ? 'a AND b'",
    "t.case = $ ::int",
    "t.and",
    "cast($ AS int) = t.a::int",
    "(SELECT between BETWEEN 1 AND 2)",
    "(SELECT count(*) FILTER (WHERE u.kind = t.a AND u.flag) FROM u) > $",
];

/// What stands around a condition; `%` is another.
const CONTEXTS: &[&str] = &[
    "SELECT 1 case FROM t WHERE # ORDER BY 1 LIMIT 2",
    "SELECT 1 FROM t JOIN u x ON # LEFT JOIN u y ON % WHERE x.flag OR y.flag",
    "SELECT count(*) FILTER (WHERE #) AS case, 1 and FROM t WHERE % LIMIT 3",
    "SELECT (SELECT 1 FROM u WHERE # LIMIT 1) FROM t WHERE % OFFSET 1",
    "WITH x AS (SELECT t.id FROM t WHERE # UNION SELECT 2) SELECT 1 FROM t, x WHERE %",
    "SELECT max(t.a) FROM t WHERE # UNION ALL SELECT 1 FROM t WHERE %",
    "UPDATE u SET kind = 1 FROM t WHERE u.flag AND # RETURNING u.id",
    "INSERT INTO u (id) SELECT t.id FROM t NATURAL JOIN t x WHERE # ON CONFLICT DO NOTHING",
    "SELECT CASE WHEN EXISTS (SELECT 1 WHERE #) THEN 1 END between FROM t CROSS JOIN u WHERE %",
];

/// Cuts that are none.
const WRONG: &[&str] = &[
    "SELECT 1 FROM t WHERE a BETWEEN ⟦$1 AND 2⟧ AND flag",
    "SELECT 1 FROM t WHERE a BETWEEN 1 AND ⟦$1⟧",
    "SELECT 1 FROM t WHERE ⟦a BETWEEN 1 AND $1 AND flag⟧ AND flag",
    "SELECT 1 FROM t WHERE flag OR ⟦a = $1⟧",
    "SELECT 1 FROM t WHERE flag AND ⟦a = $1 OR flag⟧",
    "SELECT 1 FROM t WHERE ⟦a = $1 OR flag⟧ AND flag",
    "SELECT 1 FROM t WHERE NOT ⟦a = $1⟧ AND flag",
    "SELECT 1 FROM t WHERE (⟦a = $1⟧ OR b = 2)",
    "SELECT 1 FROM t WHERE flag = ⟦flag AND a = $1⟧",
    "SELECT 1 FROM t WHERE ⟦flag = flag AND a = $1⟧ OR flag",
    "SELECT 1 FROM t WHERE EXISTS (SELECT 1 FROM u WHERE ⟦kind = $1⟧)",
    "SELECT 1 FROM t WHERE CASE WHEN ⟦a = $1⟧ THEN flag END",
    "SELECT CASE WHEN ⟦a = $1⟧ THEN flag END FROM t",
    "SELECT ⟦a = $1⟧ FROM t",
    "SELECT 1 FROM t ORDER BY ⟦a = $1⟧",
    "SELECT 1 FROM t JOIN u ON t.id = ⟦u.id WHERE a = $1⟧",
    "MERGE INTO t USING u ON t.id = u.id WHEN MATCHED AND ⟦t.a = $1⟧ THEN DO NOTHING",
    "INSERT INTO t (id) VALUES (1) ON CONFLICT (id) WHERE ⟦id > $1⟧ DO NOTHING",
];

/// The statement without marks, as it is written and as it is sent, and what is in the marks of the latter.
fn read(marked: &str) -> (String, String, Vec<String>) {
    let written = marked.replace(['⟦', '⟧'], "");
    let mut numbers: Vec<&str> = Vec::new();
    let mut sent = String::new();
    let mut rest = marked;
    while let Some(at) = rest.find("@p") {
        let name = &rest[at..at + 3];
        sent += &rest[..at];
        let known = numbers.iter().position(|known| *known == name);
        let number = known.unwrap_or_else(|| {
            numbers.push(name);
            numbers.len() - 1
        });
        let _ = write!(sent, "${}", number + 1);
        rest = &rest[at + 3..];
    }
    sent += rest;
    let parts = sent.split('⟦').skip(1);
    let cut = parts.filter_map(|part| part.split_once('⟧'));
    let cut = cut.map(|(cut, _)| cut.to_owned()).collect();
    (written, sent.replace(['⟦', '⟧'], ""), cut)
}

/// The file of these statements, of which those parameters are optional that stand in marks.
fn file<'s>(marked: impl Iterator<Item = &'s str>) -> String {
    let mut file = String::new();
    for (number, marked) in marked.enumerate() {
        let (written, _, _) = read(marked);
        let parts = marked.split('⟦').skip(1);
        let mut names: Vec<&str> = parts
            .filter_map(|part| part.split_once('⟧'))
            .flat_map(|(cut, _)| cut.match_indices("@p").map(|(at, _)| &cut[at + 1..at + 3]))
            .collect();
        names.sort_unstable();
        names.dedup();
        let names = names.join(", ");
        let _ = write!(
            file,
            "-- name: Q{number} :exec\n-- @optional {names}\n{written};\n\n"
        );
    }
    file
}

fn cut(query: &ir::Query) -> Vec<String> {
    let conditions = query.dynamic.iter().flat_map(|dynamic| &dynamic.conditions);
    conditions
        .map(|condition| query.sql[condition.at.clone()].to_owned())
        .collect()
}

#[test]
fn postgres_agrees_where_conditions_are() {
    let version = with_analysed(ZOO, String::new(), async |session, _, _| {
        let sql = "SELECT current_setting('server_version_num')";
        let row = session.client().query_one(sql, &[]).await.unwrap();
        row.get::<_, String>(0).parse::<usize>().unwrap()
    });
    let newer = OF_NEWER.iter().filter(|(since, _)| *since <= version);
    let statements = STATEMENTS
        .iter()
        .chain(newer.map(|(_, statement)| statement));
    let statements: Vec<&str> = statements.copied().collect();
    let file = file(statements.iter().copied());
    with_analysed(ZOO, file, async |_, analysed, mistakes| {
        assert_eq!(mistakes, "");
        assert_eq!(analysed.len(), statements.len());
        for (query, marked) in analysed.iter().zip(statements) {
            let (_, sql, expected) = read(marked);
            let (natural, using) = (
                "NATURAL JOIN (SELECT 1 AS kind) y",
                "JOIN (SELECT 1 AS kind) y USING (kind)",
            );
            assert_eq!(query.sql, sql.replace(natural, using));
            assert_eq!(cut(query), expected, "{marked}");
        }
    });
}

/// Any number of any operands, in any clause; what is found is what was put in.
#[test]
fn each_operand_of_a_random_condition_is_found() {
    let mut maker = Maker {
        state: 77,
        parameters: 0,
    };
    let mut statements = Vec::new();
    for number in 0..250 {
        maker.parameters = 0;
        let mut statement = String::new();
        for c in CONTEXTS[number % CONTEXTS.len()].chars() {
            if !matches!(c, '#' | '%') {
                statement.push(c);
                continue;
            }
            for place in 0..=maker.below(4) {
                if place > 0 {
                    statement +=
                        maker.one_of(&[" AND ", "\n  and ", "/* OR */ AND ", " AND -- OR\n"]);
                }
                statement += &operand(&mut maker);
            }
        }
        if maker.parameters > 0 {
            statements.push(statement);
        }
    }
    let file = file(statements.iter().map(String::as_str));
    with_analysed(ZOO, file, async |_, analysed, mistakes| {
        assert_eq!(mistakes, "");
        assert!(analysed.len() > 200 && analysed.len() == statements.len());
        for (query, marked) in analysed.iter().zip(&statements) {
            assert_eq!(cut(query), read(marked).2, "{marked}");
        }
    });
}

/// An operand with parameters for `$`, in marks if it has any.
fn operand(maker: &mut Maker) -> String {
    let mut filled = String::new();
    // Dollar quotes stay.
    let operand = maker.one_of(OPERANDS).replace("$$", "§");
    for c in operand.chars() {
        match c {
            '$' => {
                maker.parameters = (maker.parameters + 1).min(9);
                let _ = write!(filled, "@p{}", maker.parameters);
            }
            '§' => filled += "$$",
            c => filled.push(c),
        }
    }
    if filled.contains("@p") {
        format!("⟦{filled}⟧")
    } else {
        filled
    }
}

#[test]
fn wrong_cuts_are_noticed() {
    with_analysed(ZOO, String::new(), async |session, _, _| {
        let catalog = introspect(session.client()).await.unwrap();
        let describer = Describer::start(session, &catalog, WRONG.len())
            .await
            .unwrap();
        for marked in WRONG {
            let sql = marked.replace(['⟦', '⟧'], "");
            let file = format!("-- name: Q :exec\n{sql};");
            let file = SourceFile::new("queries.sql", "queries.sql", file);
            let (queries, _) = syntax::parse(&file, &StandIns::default());
            let written = describer.describe(&queries).await.unwrap().remove(0);
            let Ok(written) = written else {
                assert!(
                    sql.starts_with("MERGE") || sql.contains("ON CONFLICT"),
                    "{sql}"
                );
                continue;
            };
            let start = marked.find('⟦').unwrap();
            let end = marked.find('⟧').unwrap() - '⟦'.len_utf8();
            let dynamic = Dynamic {
                optional: vec![0],
                conditions: vec![Condition {
                    at: start..end,
                    needs: vec![0],
                    otherwise: "true".to_owned(),
                }],
                ..Dynamic::default()
            };
            let variant = switched(&queries[0], &dynamic, 1, Kind::Switched, |_| true);
            let texts = [(variant.query.sql.text(), variant.types.as_slice())];
            let found = describer.describe_typed(&texts).await.unwrap().remove(0);
            assert!(
                !is_same_statement(&written, found.as_ref().ok()),
                "{marked}"
            );
        }
    });
}

/// Where no notices arrive, trees come out of functions.
#[test]
fn trees_out_of_functions_are_compared_just_so() {
    let file = file(STATEMENTS.iter().copied());
    let source = SourceFile::new("queries.sql", "queries.sql", file.clone());
    let (queries, _) = syntax::parse(&source, &StandIns::default());
    with_analysed(ZOO, file, async |session, analysed, _| {
        let client = session.client();
        let mut compared = 0;
        for (query, found) in queries.iter().zip(&analysed) {
            let dynamic = found.dynamic.as_ref().unwrap();
            let count = found.parameters.len();
            // As it is sent, with its columns written out.
            let mut sent = query.clone();
            sent.sql = crate::source::Rewritten::default();
            sent.sql.replace(&found.sql, query.statement.range.clone());
            let variant = switched(&sent, dynamic, count, Kind::Switched, |_| true);
            let written = client.prepare(&found.sql).await.unwrap();
            let written = stored_tree(client, &written, &found.sql).await;
            let sql = variant.query.sql.text();
            let switched = client.prepare_typed(sql, &variant.types).await.unwrap();
            let switched = stored_tree(client, &switched, sql).await;
            if let (Some(written), Some(switched)) = (written, switched) {
                assert!(
                    trees::is_same_statement(&written, &switched, count),
                    "{sql}"
                );
                assert!(
                    !trees::is_same_statement(&written, &switched, count + 1),
                    "{sql}"
                );
                compared += 1;
            }
        }
        assert!(compared > 50, "{compared}");
    });
}
