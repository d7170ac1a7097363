//! Random queries with optional conditions, each text of them run on data full of NULL: no column called not null may
//! show one, whatever is left out.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use tokio_postgres::SimpleQueryMessage;

use crate::analyze::analyze;
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

const COLUMNS: &[&str] = &[
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
                    self.parameters = (self.parameters + self.below(2)).clamp(1, 6);
                    let _ = write!(filled, "@p{}::int", self.parameters);
                }
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
        let source = self.filled(source).replace("t.a > @", "t.id <> @");
        let conditions = self.list(CONDITIONS, 4, " AND ");
        let mut sql = format!("SELECT {columns}, 1 AS one FROM {source} WHERE {conditions}");
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
fn text(query: &ir::Query, given: &BTreeSet<usize>, value: impl Fn(usize) -> usize) -> String {
    let mut sql = query.sql.clone();
    let dynamic = query.dynamic.as_ref().unwrap();
    for condition in dynamic.conditions.iter().rev() {
        if !condition.needs.iter().all(|index| given.contains(index)) {
            sql.replace_range(condition.at.clone(), &condition.otherwise);
        }
    }
    for index in (0..query.parameters.len()).rev() {
        sql = sql.replace(&format!("${}", index + 1), &value(index).to_string());
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

#[test]
fn no_column_is_wrongly_called_not_null() {
    let mut maker = Maker {
        state: 20_261,
        parameters: 0,
    };
    let mut file = String::new();
    for number in 0..100 {
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
    let file = SourceFile::new("random.sql", "random.sql", file);
    let (queries, diagnostics) = syntax::parse(&file, &StandIns::default());
    assert_eq!(render(&diagnostics, false), "");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.unwrap().block_on(async {
        let provider = Provider::Local { binaries: None };
        let server = Server::start(&provider).await.unwrap();
        let database = server.create_database().await.unwrap();
        let session = database.connect().await.unwrap();
        session.client().batch_execute(SCHEMA).await.unwrap();
        let catalog = introspect(session.client()).await.unwrap();
        let never_null = BTreeSet::new();
        let analysed = analyze(&session, &catalog, &queries, &never_null);
        let (analysed, diagnostics) = analysed.await.unwrap();
        assert_eq!(render(&diagnostics, false), "");
        assert!(analysed.len() > 80);
        let (mut texts, mut claims, mut seen) = (0, 0, 0);
        for query in &analysed {
            let optional = &query.dynamic.as_ref().unwrap().optional;
            let required: BTreeSet<usize> = (0..query.parameters.len())
                .filter(|index| !optional.contains(index))
                .collect();
            let mut shown = BTreeSet::new();
            for choice in 0..1_usize << optional.len() {
                let bits = optional.iter().enumerate();
                let given = bits.filter(|(bit, _)| choice >> bit & 1 == 1);
                let mut given: BTreeSet<usize> = given.map(|(_, index)| *index).collect();
                given.extend(&required);
                for start in 0..3 {
                    let sql = text(query, &given, |index| (index + start) % 4);
                    texts += 1;
                    for index in nulls(&session, &sql).await {
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
            let nullable = query
                .columns
                .iter()
                .filter(|column| column.nullability.nullable);
            let nullable = nullable.count();
            claims += query.columns.len() - nullable;
            seen += shown.len();
        }
        // It says something: thousands of texts, hundreds of promises, and many columns that do show NULL.
        assert!(
            texts > 2000 && claims > 150 && seen > 120,
            "{texts} {claims} {seen}"
        );
    });
}
