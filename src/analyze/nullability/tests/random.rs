//! Random queries over data full of NULL: no column called not null may show one.
//!
//! `ROWSMITH_TEST_SEED` repeats a run, `ROWSMITH_TEST_QUERIES` asks for more queries than the few of an ordinary run.

use std::fmt::Write;

use tokio_postgres::SimpleQueryMessage;

use super::*;

const TABLES: [&str; 3] = ["a", "b", "c"];
const COLUMNS: [&str; 4] = ["id", "n", "x", "y"];

#[test]
#[expect(clippy::print_stderr, reason = "says what was tried")]
fn random_queries() {
    let number = |name: &str, otherwise| {
        let value = std::env::var(name).ok();
        value.map_or(otherwise, |value| value.parse().unwrap())
    };
    let seed = number("ROWSMITH_TEST_SEED", 20_260);
    let queries = number("ROWSMITH_TEST_QUERIES", 300);
    with_database(async |session| {
        let client = session.client();
        let mut random = Random::new(seed);
        client.batch_execute(&schema(&mut random)).await.unwrap();
        for view in ["v", "w"] {
            // Some are refused, as they would be as queries.
            loop {
                let select = random.select(&[], 2, 3);
                let view = format!("CREATE VIEW {view}(c0, c1) AS {select}");
                if client.batch_execute(&view).await.is_ok() {
                    break;
                }
            }
            random.views.push(view);
        }
        let catalog = introspect(client).await.unwrap();
        let (mut claims, mut nullable, mut refused) = (0, 0, Vec::new());
        for _ in 0..queries {
            let sql = random.statement();
            let found = match inferred(session, &catalog, &sql).await {
                Ok(found) => found,
                Err(error) => {
                    refused.push(format!("{sql}\n    {error}"));
                    continue;
                }
            };
            client.batch_execute("BEGIN").await.unwrap();
            let rows = client.simple_query(&sql).await;
            client.batch_execute("ROLLBACK").await.unwrap();
            // Some fail when they run, as a scalar subquery of two rows does.
            for row in rows.iter().flatten() {
                let SimpleQueryMessage::Row(row) = row else {
                    continue;
                };
                assert_eq!(row.len(), found.columns.len(), "{sql}");
                for (index, fact) in found.columns.iter().enumerate() {
                    claims += usize::from(!fact.nullable);
                    nullable += usize::from(fact.nullable);
                    assert!(
                        fact.nullable || row.get(index).is_some(),
                        "seed {seed}: column {index} is NULL, but {}\n{sql}",
                        fact.reason
                    );
                }
            }
        }
        eprintln!(
            "{queries} queries, {} refused; {claims} values not NULL, {nullable} that may be",
            refused.len()
        );
        assert!(
            refused.len() * 5 < queries,
            "too many are no SQL:\n{}",
            refused[..3].join("\n")
        );
        assert!(claims > queries, "hardly anything was found not NULL");
    });
}

fn schema(random: &mut Random) -> String {
    let mut sql = String::new();
    for table in TABLES {
        let _ = write!(
            sql,
            "CREATE TABLE {table} (id int PRIMARY KEY, n int NOT NULL, x int, y int);"
        );
        for id in 0..6 {
            let mut value = || random.pick(&["NULL", "0", "1", "2"]);
            let _ = write!(
                sql,
                "INSERT INTO {table} VALUES ({id}, {}, {}, {});",
                id % 3,
                value(),
                value()
            );
        }
    }
    sql
}

/// Makes SQL. Small numbers repeat in a query, so that conditions often meet.
struct Random {
    state: u64,
    names: usize,
    views: Vec<&'static str>,
}

impl Random {
    fn new(seed: usize) -> Self {
        Self {
            state: seed as u64 ^ 0x9E37_79B9_7F4A_7C15,
            names: 0,
            views: Vec::new(),
        }
    }

    fn below(&mut self, limit: usize) -> usize {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        usize::try_from(self.state % limit as u64).unwrap()
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    fn pick<'s>(&mut self, choices: &[&'s str]) -> &'s str {
        choices[self.below(choices.len())]
    }

    fn name(&mut self) -> String {
        self.names += 1;
        format!("t{}", self.names)
    }

    fn statement(&mut self) -> String {
        match self.below(10) {
            0 => {
                let table = self.pick(&TABLES);
                let own = columns_of("t", &COLUMNS);
                let (value, other) = (self.value(&own, 2), self.value(&own, 1));
                let condition = self.condition(&own, 2);
                let shown = self.values(&own, 3);
                let set = self.pick(&["x", "y"]);
                let from = if self.chance(50) {
                    let (from, joined) = self.from_item(&[], 1);
                    let link = self.condition(&[own.clone(), joined].concat(), 1);
                    return format!(
                        "UPDATE {table} AS t SET {set} = {value} FROM {from} WHERE ({condition}) AND {link} RETURNING {shown}"
                    );
                } else {
                    ""
                };
                format!(
                    "UPDATE {table} AS t SET {set} = {value}, n = coalesce({other}, 1){from} WHERE {condition} RETURNING {shown}"
                )
            }
            1 => {
                let table = self.pick(&TABLES);
                let own = columns_of("t", &COLUMNS);
                let condition = self.condition(&own, 2);
                let shown = self.values(&own, 3);
                format!("DELETE FROM {table} AS t WHERE {condition} RETURNING {shown}")
            }
            2 => {
                let table = self.pick(&TABLES);
                let own = columns_of("t", &COLUMNS);
                let source = self.select(&[], 2, 2);
                let shown = self.values(&own, 3);
                let update = self.value(&own, 1);
                format!(
                    "INSERT INTO {table} AS t (id, n, x, y) SELECT (row_number() OVER ())::int, 1, s.c0, s.c1 FROM ({source}) s(c0, c1) ON CONFLICT (id) DO UPDATE SET x = {update} RETURNING {shown}"
                )
            }
            3 => {
                let name = self.name();
                let cte = self.select(&[], 2, 2);
                let columns = columns_of(&name, &["c0", "c1"]);
                let shown = self.values(&columns, 2);
                let (from, others) = self.from_item(&[], 1);
                let link = self.condition(&[columns, others].concat(), 1);
                let join = self.pick(&["JOIN", "LEFT JOIN", "RIGHT JOIN"]);
                format!(
                    "WITH {name}(c0, c1) AS ({cte}) SELECT {shown} FROM {name} {join} {from} ON {link}"
                )
            }
            4 => {
                let start = self.values(&[], 3);
                let next = self.values(&columns_of("r", &["c0", "c1", "c2"]), 2);
                format!(
                    "WITH RECURSIVE r(c0, c1, c2, i) AS (SELECT {start}, 1 UNION ALL SELECT {next}, nullif(c2, c1), i + 1 FROM r WHERE i < 4) SELECT * FROM r"
                )
            }
            _ => {
                let count = 1 + self.below(4);
                self.select(&[], count, 3)
            }
        }
    }

    /// A SELECT of so many columns, which may refer to those of a query around it.
    fn select(&mut self, outer: &[String], count: usize, depth: usize) -> String {
        if depth > 1 && self.chance(15) {
            let left = self.select(outer, count, depth - 1);
            let right = self.select(outer, count, depth - 1);
            let operator = self.pick(&["UNION", "UNION ALL", "INTERSECT", "EXCEPT"]);
            return format!("({left}) {operator} ({right})");
        }
        if self.chance(5) {
            let values = self.values(outer, count);
            return format!("SELECT {values}");
        }
        let (from, own) = self.from_item(outer, depth);
        let all = [outer, &own].concat();
        let mut sql = String::new();
        let where_ = if self.chance(60) {
            format!(" WHERE {}", self.condition(&all, 2))
        } else {
            String::new()
        };
        if self.chance(25) {
            return self.grouped(&from, &where_, &own, outer, count);
        }
        let distinct = if self.chance(10) { "DISTINCT " } else { "" };
        let shown: Vec<_> = (0..count)
            .map(|_| {
                if self.chance(10) {
                    self.window(&own)
                } else {
                    self.value(&all, 2)
                }
            })
            .collect();
        let _ = write!(
            sql,
            "SELECT {distinct}{} FROM {from}{where_}",
            shown.join(", ")
        );
        sql
    }

    fn window(&mut self, own: &[String]) -> String {
        let value = self.value(own, 1);
        let order = self.value(own, 0);
        let function = self.pick(&[
            "sum",
            "max",
            "count",
            "first_value",
            "last_value",
            "lag",
            "lead",
            "bit_or",
        ]);
        let frame = self.pick(&[
            "",
            " ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING",
            " ROWS BETWEEN 2 PRECEDING AND 1 PRECEDING",
            " ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING",
            " ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW EXCLUDE CURRENT ROW",
            " GROUPS BETWEEN 1 PRECEDING AND CURRENT ROW",
            " RANGE BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING EXCLUDE TIES",
        ]);
        format!("({function}({value}) OVER (ORDER BY {order}{frame}))::int")
    }

    fn grouped(
        &mut self,
        from: &str,
        where_: &str,
        own: &[String],
        outer: &[String],
        count: usize,
    ) -> String {
        let keys: Vec<_> = (0..self.below(3))
            .map(|_| own[self.below(own.len())].clone())
            .collect();
        let all = keys.join(", ");
        let (group, keys) = match self.below(6) {
            _ if keys.is_empty() && self.chance(50) => (String::new(), keys),
            _ if keys.is_empty() => (" GROUP BY ()".to_owned(), keys),
            0 => (format!(" GROUP BY ROLLUP ({all})"), keys),
            1 => (format!(" GROUP BY CUBE ({all})"), keys),
            2 => (
                format!(" GROUP BY GROUPING SETS (({all}), ({}))", keys[0]),
                keys,
            ),
            3 => (format!(" GROUP BY {}, ROLLUP ({all})", keys[0]), keys),
            _ => (format!(" GROUP BY {all}"), keys),
        };
        let known = [outer, &keys].concat();
        let shown: Vec<_> = (0..count)
            .map(|_| self.grouped_value(own, &known))
            .collect();
        let having = if self.chance(25) {
            let (left, right) = (
                self.grouped_value(own, &known),
                self.grouped_value(own, &known),
            );
            let test = self.pick(&["= 1", "IS NOT NULL", "IS NULL", "> 0"]);
            format!(" HAVING {left} {test} OR {right} {test}")
        } else {
            String::new()
        };
        format!(
            "SELECT {} FROM {from}{where_}{group}{having}",
            shown.join(", ")
        )
    }

    fn grouped_value(&mut self, own: &[String], known: &[String]) -> String {
        match self.below(4) {
            0 => self.value(known, 1),
            1 => {
                let value = self.grouped_value(own, known);
                format!("coalesce({value}, {})", self.value(known, 0))
            }
            _ => {
                let value = self.value(own, 1);
                let filter = if self.chance(15) {
                    format!(" FILTER (WHERE {})", self.condition(own, 1))
                } else {
                    String::new()
                };
                let function = self.pick(&[
                    "count",
                    "sum",
                    "max",
                    "min",
                    "bit_and",
                    "stddev_pop",
                    "stddev",
                ]);
                format!("({function}({value}){filter})::int")
            }
        }
    }

    /// Something in FROM, and its columns.
    fn from_item(&mut self, outer: &[String], depth: usize) -> (String, Vec<String>) {
        if depth > 0 && self.chance(55) {
            return self.join(outer, depth);
        }
        let name = self.name();
        match self.below(8) {
            0 if depth > 0 => {
                let lateral = self.select(outer, 2, depth - 1);
                let columns = columns_of(&name, &["c0", "c1"]);
                (format!("LATERAL ({lateral}) AS {name}(c0, c1)"), columns)
            }
            1 => {
                let rows = (self.values(&[], 2), self.values(&[], 2));
                let columns = columns_of(&name, &["c0", "c1"]);
                (
                    format!("(VALUES ({}), ({})) AS {name}(c0, c1)", rows.0, rows.1),
                    columns,
                )
            }
            2 if !self.views.is_empty() => {
                let columns = columns_of(&name, &["c0", "c1"]);
                let count = self.views.len();
                let picked = self.below(count);
                let view = self.views[picked];
                (format!("{view} AS {name}(c0, c1)"), columns)
            }
            3 => {
                let columns = columns_of(&name, &["c0", "c1"]);
                let function = self.pick(&[
                    "generate_series(1, 2)",
                    "unnest(ARRAY[1, 2])",
                    "unnest('{1,NULL}'::int[])",
                ]);
                (
                    format!(
                        "(SELECT g, o::int FROM {function} WITH ORDINALITY AS f(g, o)) AS {name}(c0, c1)"
                    ),
                    columns,
                )
            }
            _ => {
                let table = self.pick(&TABLES);
                (format!("{table} AS {name}"), columns_of(&name, &COLUMNS))
            }
        }
    }

    fn join(&mut self, outer: &[String], depth: usize) -> (String, Vec<String>) {
        if self.chance(20) {
            // Merged columns.
            let (left, right, name) = (self.name(), self.name(), self.name());
            let (from_left, from_right) = (
                self.select(&[], 2, depth - 1),
                self.select(&[], 2, depth - 1),
            );
            let kind = self.pick(&["JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN"]);
            let sql = format!(
                "(SELECT k, l1, r1, {left}.k AS lk FROM ({from_left}) AS {left}(k, l1) {kind} ({from_right}) AS {right}(k, r1) USING (k)) AS {name}"
            );
            return (sql, columns_of(&name, &["k", "l1", "r1", "lk"]));
        }
        let (left, own) = self.from_item(outer, depth - 1);
        let (right, other) = self.from_item(outer, depth - 1);
        let columns = [own.clone(), other.clone()].concat();
        let sql = match self.below(6) {
            0 => format!("({left} CROSS JOIN {right})"),
            1 => {
                let (a, b) = (&own[self.below(own.len())], &other[self.below(other.len())]);
                format!("({left} FULL JOIN {right} ON {a} = {b})")
            }
            kind => {
                let kind = ["JOIN", "LEFT JOIN", "RIGHT JOIN", "LEFT JOIN"][kind - 2];
                let condition = if self.chance(10) {
                    "true".to_owned()
                } else {
                    self.condition(&columns, 1)
                };
                format!("({left} {kind} {right} ON {condition})")
            }
        };
        (sql, columns)
    }

    fn values(&mut self, columns: &[String], count: usize) -> String {
        let values: Vec<_> = (0..count).map(|_| self.value(columns, 2)).collect();
        values.join(", ")
    }

    /// An expression of type int.
    fn value(&mut self, columns: &[String], depth: usize) -> String {
        if depth == 0 || self.chance(45) {
            return match self.below(10) {
                0 => "NULL::int".to_owned(),
                1 => self.pick(&["0", "1", "2"]).to_owned(),
                _ if columns.is_empty() => self.pick(&["0", "1", "NULL::int"]).to_owned(),
                _ => columns[self.below(columns.len())].clone(),
            };
        }
        let (a, b) = (
            self.value(columns, depth - 1),
            self.value(columns, depth - 1),
        );
        match self.below(11) {
            0 => format!("({a} + {b})"),
            1 => format!("coalesce({a}, {b})"),
            2 => format!("nullif({a}, {b})"),
            3 => format!("greatest({a}, {b})"),
            4 => format!("abs({a})"),
            5 => format!(
                "CASE WHEN {} THEN {a} ELSE {b} END",
                self.condition(columns, depth - 1)
            ),
            6 => {
                let (first, second) = (
                    self.condition(columns, depth - 1),
                    self.condition(columns, depth - 1),
                );
                format!("CASE WHEN {first} THEN 0 WHEN {second} THEN {a} ELSE {b} END")
            }
            7 => format!("CASE {a} WHEN 1 THEN {a} ELSE 0 END"),
            8 => format!("({})::int", self.condition(columns, depth - 1)),
            9 => format!(
                "(SELECT max(s.id + {a}) FROM b AS s WHERE {})",
                self.condition(columns, depth - 1)
            ),
            _ => {
                let (from, own) = self.from_item(&[], 0);
                let all = [columns, &own].concat();
                let condition = self.condition(&all, depth - 1);
                format!("(SELECT count(*)::int + {a} FROM {from} WHERE {condition})")
            }
        }
    }

    fn condition(&mut self, columns: &[String], depth: usize) -> String {
        let (a, b) = (
            self.value(columns, depth.saturating_sub(1)),
            self.value(columns, depth.saturating_sub(1)),
        );
        if depth > 0 && self.chance(40) {
            let (p, q) = (
                self.condition(columns, depth - 1),
                self.condition(columns, depth - 1),
            );
            return match self.below(7) {
                0 | 1 => format!("({p} AND {q})"),
                2 | 3 => format!("({p} OR {q})"),
                4 => format!("NOT {p}"),
                5 => format!("coalesce({p}, {q})"),
                _ => {
                    let test = self.pick(&[
                        "TRUE",
                        "NOT TRUE",
                        "FALSE",
                        "NOT FALSE",
                        "UNKNOWN",
                        "NOT UNKNOWN",
                    ]);
                    format!("({p} IS {test})")
                }
            };
        }
        match self.below(14) {
            0 | 1 => format!("({a} IS NOT NULL)"),
            2 => format!("({a} IS NULL)"),
            3 => format!("({a} IN (0, {b}))"),
            4 => format!("({a} NOT IN (0, 1))"),
            5 => format!("({a} <> ALL (ARRAY[{b}]::int[]))"),
            6 => format!("(({a}, {b}) < (1, 2))"),
            7 => format!("({a} IS NOT DISTINCT FROM 1)"),
            8 => format!("({a} IS DISTINCT FROM {b})"),
            9 | 10 => {
                let (from, own) = self.from_item(&[], 0);
                let all = [columns, &own].concat();
                let (value, condition) = (self.value(&all, 0), self.condition(&all, 0));
                let test = self.pick(&["EXISTS", "NOT EXISTS", "IN", "NOT IN"]);
                match test {
                    "IN" | "NOT IN" => {
                        format!("({a} {test} (SELECT {value} FROM {from} WHERE {condition}))")
                    }
                    _ => format!("({test} (SELECT {value} FROM {from} WHERE {condition}))"),
                }
            }
            _ => format!("({a} {} {b})", self.pick(&["=", "<", ">=", "<>"])),
        }
    }
}

fn columns_of(table: &str, columns: &[&str]) -> Vec<String> {
    columns
        .iter()
        .map(|column| format!("{table}.{column}"))
        .collect()
}
