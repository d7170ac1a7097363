//! Queries with optional conditions, each text of them run on data full of NULL: no column called not null may show one,
//! whatever is left out. Some are random, some were called not null once.

mod bounds;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use tokio_postgres::SimpleQueryMessage;

use crate::analyze::{Settings, analyze};
use crate::catalog::introspect;
use crate::database::{Provider, Server, Session};
use crate::diagnostic::render;
use crate::ir;
use crate::source::SourceFile;
use crate::syntax::{self, StandIns};

const SCHEMA: &str = "
    CREATE TABLE t (id int NOT NULL, a int, b int, name text);
    CREATE TABLE u (id int NOT NULL, t_id int, c int, mood text NOT NULL);
    INSERT INTO t SELECT n, nullif(n % 4, 0), nullif(n % 3, 0), CASE WHEN n % 5 > 0 THEN 'n' || n % 3 END
    FROM generate_series(1, 24) n;
    INSERT INTO u SELECT n, nullif(n % 7, 0), nullif(n % 4, 1), 'm' || n % 2 FROM generate_series(1, 20) n;
";

/// `&` is a parameter that is not optional, and may be NULL by some of its uses.
const COLUMNS: &[&str] = &[
    "coalesce(t.a, &)",
    "coalesce(u.c, t.b, &)",
    "t.id",
    "t.a",
    "t.b",
    "t.name",
    "u.id",
    "u.t_id",
    "u.c",
    "u.mood",
    "t.a + u.c",
    "coalesce(t.b, u.c)",
    "(SELECT max(c) FROM u v WHERE v.t_id = t.id AND #)",
    "(SELECT 1 WHERE #)",
    "EXISTS (SELECT 1 FROM u v WHERE v.t_id = t.a AND #)",
    "ARRAY(SELECT v.c FROM u v WHERE v.c = t.a AND #)",
];
const GROUPED: &[&str] = &[
    "t.a",
    "count(*)",
    "sum(u.c)",
    "max(t.b) FILTER (WHERE #)",
    "count(u.id) FILTER (WHERE #)",
    "array_agg(u.c) FILTER (WHERE #)",
    "coalesce(min(u.c), sum(t.b) FILTER (WHERE #))",
];
/// `#` is another parameter's condition.
const CONDITIONS: &[&str] = &[
    "t.a = $",
    "t.b > $",
    "u.c <= $",
    "u.t_id = $",
    "(t.a = $ OR u.c = $)",
    "t.name = 'n' || $::int",
    "t.a IS NOT NULL",
    "u.mood IS NOT NULL",
    "(u.c IS NOT NULL OR $ > 1)",
    "NOT (t.b IS NULL AND $ < 3)",
    "EXISTS (SELECT 1 FROM u w WHERE w.c = t.b AND w.t_id <> $)",
    "t.b BETWEEN $ AND 3",
    "u.id IS NOT NULL",
    "coalesce(t.a, $) > 0",
    "u.c IN (1, $)",
    "t.a IS NOT DISTINCT FROM $",
    "(t.a IS NOT DISTINCT FROM & AND t.b > $)",
    "(coalesce(&, t.id) > 1 AND t.a > $)",
];
/// What always has a row, and with a condition not always: with more conditions, more is NULL.
const LATERALS: &str = " LEFT JOIN LATERAL (SELECT count(*) AS n FROM u x) v ON v.n > $ * 7 \
     LEFT JOIN LATERAL (SELECT max(y.id) AS m, count(*) AS n FROM t y) w ON w.n > 20 + $";
const OF_LATERALS: &[&str] = &[
    "v.n",
    "coalesce(v.n, w.n)",
    "coalesce(v.n, t.a)",
    "coalesce(v.n, w.n, t.a, u.c)",
    "coalesce(w.n, t.b, u.c)",
    "CASE WHEN t.a > 1 THEN v.n WHEN t.b > 1 THEN w.n ELSE t.id END",
];
const SOURCES: &[&str] = &[
    "t LEFT JOIN u ON u.t_id = t.id AND %",
    "t LEFT JOIN u ON %",
    "t JOIN u ON u.t_id = t.id AND %",
    "t FULL JOIN u ON u.t_id = t.id",
    "(SELECT * FROM t WHERE t.a IS NOT NULL AND %) t LEFT JOIN (SELECT * FROM u WHERE u.c = $) u ON u.t_id = t.a",
];

/// Makes queries with parameters `p1`, `p2`, …
struct Maker {
    state: u64,
    parameters: usize,
}

impl Maker {
    fn below(&mut self, limit: usize) -> usize {
        self.state = self
            .state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        usize::try_from(self.state >> 33).unwrap() % limit
    }

    fn one_of(&mut self, texts: &[&'static str]) -> &'static str {
        texts[self.below(texts.len())]
    }

    /// The text with parameters for `$`, and conditions for `#`, of a subquery, and for `%`.
    fn filled(&mut self, text: &str) -> String {
        let mut filled = String::new();
        for c in text.chars() {
            match c {
                '$' => {
                    self.parameters = (self.parameters + self.below(3).min(1)).clamp(1, 8);
                    let _ = write!(filled, "@p{}::int", self.parameters);
                }
                '&' => filled += "@x::int",
                '#' => {
                    let conditions = [
                        "t.a = $",
                        "t.b <> $",
                        "t.id > $",
                        "t.a IS NOT NULL AND t.b = $",
                    ];
                    let condition = self.one_of(&conditions);
                    filled += &self.filled(condition);
                }
                '%' => {
                    let conditions = ["t.a > $", "t.b = $", "t.a IS NOT NULL"];
                    let condition = self.one_of(&conditions);
                    filled += &self.filled(condition);
                }
                c => filled.push(c),
            }
        }
        filled
    }

    fn list(&mut self, texts: &[&'static str], most: usize, between: &str) -> String {
        let count = 1 + self.below(most);
        let items: Vec<String> = (0..count)
            .map(|_| {
                let text = self.one_of(texts);
                self.filled(text)
            })
            .collect();
        items.join(between)
    }

    fn query(&mut self) -> String {
        self.parameters = 0;
        let is_grouped = self.below(3) == 0;
        let columns = self.list(if is_grouped { GROUPED } else { COLUMNS }, 6, ", ");
        let source = self.one_of(SOURCES);
        let mut source = self.filled(source).replace("t.a > @", "t.id <> @");
        let mut more = String::new();
        if !is_grouped && self.below(3) == 0 {
            source += &self.filled(LATERALS);
            more = self.list(OF_LATERALS, 3, ", ") + ", ";
        }
        let conditions = self.list(CONDITIONS, 4, " AND ");
        let mut sql = format!("SELECT {more}{columns}, 1 AS one FROM {source} WHERE {conditions}");
        if is_grouped {
            sql += " GROUP BY t.a";
            if self.below(2) == 0 {
                sql += &self.filled(" HAVING count(*) > $ AND sum(t.b) IS NOT NULL");
            }
        }
        sql
    }
}

/// The text of a call with these parameters, as literals.
fn text(query: &ir::Query, given: &BTreeSet<usize>, value: impl Fn(usize) -> String) -> String {
    let mut sql = query.sql.clone();
    let dynamic = query.dynamic.as_ref().unwrap();
    for condition in dynamic.conditions.iter().rev() {
        if !condition.needs.iter().all(|index| given.contains(index)) {
            sql.replace_range(condition.at.clone(), &condition.otherwise);
        }
    }
    for index in (0..query.parameters.len()).rev() {
        sql = sql.replace(&format!("${}", index + 1), &value(index));
    }
    sql
}

/// The places of columns that are NULL in some row.
async fn nulls(session: &Session, sql: &str) -> BTreeSet<usize> {
    let messages = session.client().simple_query(sql).await;
    let messages = messages.unwrap_or_else(|error| panic!("{error}: {sql}"));
    let mut found = BTreeSet::new();
    for message in messages {
        if let SimpleQueryMessage::Row(row) = message {
            found.extend((0..row.len()).filter(|&index| row.get(index).is_none()));
        }
    }
    found
}

/// Runs texts of the query, all of them or some 40; gives how many, and the columns that showed NULL.
async fn run(session: &Session, query: &ir::Query, maker: &mut Maker) -> (usize, BTreeSet<usize>) {
    let optional = &query.dynamic.as_ref().unwrap().optional;
    let required = (0..query.parameters.len()).filter(|index| !optional.contains(index));
    let required: BTreeSet<usize> = required.collect();
    let all = 0..1_usize << optional.len();
    let choices: Vec<usize> = if optional.len() > 5 {
        (0..40).map(|_| maker.below(all.end)).collect()
    } else {
        all.collect()
    };
    let (mut texts, mut shown) = (0, BTreeSet::new());
    for choice in choices {
        let bits = optional.iter().enumerate();
        let given = bits.filter(|(bit, _)| choice >> bit & 1 == 1);
        let mut given: BTreeSet<usize> = given.map(|(_, index)| *index).collect();
        given.extend(&required);
        for start in 0..3 {
            let sql = text(query, &given, |index| {
                let may_be_null = query.parameters[index].nullability.nullable;
                if start == 2 && may_be_null && required.contains(&index) {
                    "NULL".to_owned()
                } else {
                    ((index + start) % 4).to_string()
                }
            });
            texts += 1;
            for index in nulls(session, &sql).await {
                shown.insert(index);
                let column = &query.columns[index].nullability;
                assert!(
                    column.nullable,
                    "column {index}: {}\n{sql}\n{}",
                    column.reason, query.sql
                );
            }
        }
    }
    (texts, shown)
}

/// What is found out about the queries of a file, on a database with that schema, and what `look` then sees there.
fn with_analysed<T>(
    schema: &str,
    file: String,
    look: impl AsyncFnOnce(&Session, Vec<ir::Query>, String) -> T,
) -> T {
    let file = SourceFile::new("queries.sql", "queries.sql", file);
    let (queries, diagnostics) = syntax::parse(&file, &StandIns::default());
    assert_eq!(render(&diagnostics, false), "");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.unwrap().block_on(async {
        let binaries = std::env::var_os("ROWSMITH_TEST_POSTGRES_BIN");
        let provider = Provider::Local {
            binaries: binaries.map(Into::into),
        };
        let server = Server::start(&provider).await.unwrap();
        let database = server.create_database().await.unwrap();
        let session = database.connect().await.unwrap();
        session.client().batch_execute(schema).await.unwrap();
        let catalog = introspect(session.client()).await.unwrap();
        let settings = Settings::default();
        let analysed = analyze(&session, &catalog, &queries, &settings);
        let (analysed, diagnostics) = analysed.await.unwrap();
        look(&session, analysed, render(&diagnostics, false)).await
    })
}

#[test]
fn no_column_is_wrongly_called_not_null() {
    let mut maker = Maker {
        state: 20_261,
        parameters: 0,
    };
    let mut file = String::new();
    for number in 0..150 {
        let sql = maker.query();
        let names: Vec<String> = (1..=maker.parameters).map(|n| format!("p{n}")).collect();
        // A few are always there.
        let optional = names.iter().filter(|name| sql.contains(*name));
        let optional: Vec<&str> = optional.map(String::as_str).collect();
        let optional = match optional.as_slice() {
            [] => continue,
            [_, rest @ ..] if number % 4 == 0 && !rest.is_empty() => rest,
            all => all,
        };
        let list = optional.join(", ");
        let _ = write!(
            file,
            "-- name: Q{number} :many
-- @optional {list}
{sql};

"
        );
    }
    with_analysed(SCHEMA, file, async |session, analysed, mistakes| {
        assert_eq!(mistakes, "");
        assert!(analysed.len() > 120);
        let (mut texts, mut claims, mut seen, mut of_many) = (0, 0, 0, 0);
        for query in &analysed {
            let (run, shown) = run(session, query, &mut maker).await;
            let columns = query.columns.iter();
            let nullable = columns.filter(|column| column.nullability.nullable);
            let promised = query.columns.len() - nullable.count();
            texts += run;
            claims += promised;
            seen += shown.len();
            let has_many = query.dynamic.as_ref().unwrap().optional.len() > ir::COMBINED;
            of_many += promised * usize::from(has_many);
        }
        // It says something: thousands of texts, hundreds of promises, and many columns that do show NULL.
        assert!(
            texts > 4000 && claims > 250 && seen > 200 && of_many > 50,
            "{texts} {claims} {seen} {of_many}"
        );
    });
}

/// Each has a column that is NULL for a few of the calls, and looks as if it could not be by the texts of others.
const ONCE_WRONG: &str = "
-- name: TwoThereAndTwoMissing :many
-- More optional parameters than are combined: it is NULL with p1 and p2, and without p3 and p4.
-- @optional p1, p2, p3, p4, p5
SELECT coalesce(v.n, w.n, t.a, t.b) AS found
FROM t
LEFT JOIN LATERAL (SELECT count(*) AS n FROM u) v ON v.n < @p1
LEFT JOIN LATERAL (SELECT count(*) AS n FROM u) w ON w.n < @p2
WHERE t.a = @p3 AND t.b = @p4 AND t.id >= @p5;

-- name: NullElsewhere :many
-- What is left out is what lets x be NULL.
-- @optional p
SELECT coalesce(t.a, @x) AS found FROM t WHERE (t.a IS NOT DISTINCT FROM @x AND t.a >= @p);

-- name: NullElsewhereInMany :many
-- @optional p1, p2, p3, p4, p5
SELECT coalesce(t.a, @x) AS found
FROM t
WHERE (coalesce(@x, t.id) >= 0 AND t.a >= @p1) AND t.b >= @p2 AND t.b >= @p3 AND t.b >= @p4 AND t.b >= @p5;
";

#[test]
fn columns_that_a_few_texts_do_not_show_null_are_nullable() {
    let file = ONCE_WRONG.to_owned();
    with_analysed(SCHEMA, file, async |session, analysed, mistakes| {
        assert_eq!(mistakes, "");
        assert_eq!(analysed.len(), 3);
        let mut maker = Maker {
            state: 1,
            parameters: 0,
        };
        for query in &analysed {
            let (_, shown) = run(session, query, &mut maker).await;
            assert_eq!(shown, BTreeSet::from([0]), "{} shows no NULL", query.name);
        }
    });
}

/// An aggregate of the query around the condition makes that query one of one row, also where the condition is left out.
#[test]
fn what_is_left_out_does_not_change_the_grouping() {
    let file = "-- name: Counted :one
-- @optional p
SELECT EXISTS (SELECT 1 WHERE count(t.a) > @p) AS is_more FROM t WHERE t.id < 0;
";
    with_analysed(SCHEMA, file.to_owned(), async |session, analysed, _| {
        let sql = text(&analysed[0], &BTreeSet::new(), |_| "0".to_owned());
        let messages = session.client().simple_query(&sql).await.unwrap();
        let rows = messages
            .iter()
            .filter(|message| matches!(message, SimpleQueryMessage::Row(_)));
        assert_eq!(rows.count(), 1, "{sql}");
    });
}

/// What stands in the place of a condition or an order does not run into the words beside it.
#[test]
fn what_is_put_in_is_kept_apart() {
    let file = "-- name: Touching :many
-- @optional p
-- @sort id: id
SELECT a FROM t WHERE\"a\"=@p::int ORDER BY(a)LIMIT 1;

-- name: Missing :many
-- @optional p, q
-- @sort id: id
SELECT a FROM t WHERE(a=@p)AND(b=@q)LIMIT 1;
";
    with_analysed(SCHEMA, file.to_owned(), async |_, analysed, mistakes| {
        assert_eq!(mistakes, "");
        let orders = analysed.iter().map(|query| {
            let ordering = query.dynamic.as_ref().unwrap().ordering.as_ref().unwrap();
            ordering.introduction().to_owned() + &ordering.orders[0].sql
        });
        assert_eq!(orders.collect::<Vec<_>>(), [" id ", " ORDER BY id "]);
    });
}
