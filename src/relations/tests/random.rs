//! Makes schemas, rows and shapes.

use std::fmt::Write;

use crate::ir;
use crate::relations::graph::{Graph, Relation};

/// A query with relations, as the test asks for it row by row.
pub(super) struct Shape {
    /// The query without relations.
    pub(super) sql: String,
    pub(super) relations: Vec<Selected>,
    /// The value of `@p` and `@n`.
    pub(super) parameter: i32,
}

/// A relation that a shape selects.
pub(super) struct Selected {
    pub(super) name: String,
    pub(super) relation: Relation,
    pub(super) is_count: bool,
    /// In the order of the result.
    pub(super) columns: Vec<String>,
    pub(super) condition: Option<String>,
    pub(super) order: Option<String>,
    pub(super) limit: Option<String>,
    pub(super) relations: Vec<Selected>,
}

/// The types of keys: how they are declared, and values of them, each in spellings that are equal.
const KEYS: [(&str, [[&str; 2]; 3]); 6] = [
    ("integer", [["1", "1"], ["2", "2"], ["3", "3"]]),
    (
        "bigint",
        [
            ["1", "1"],
            ["9007199254740993", "9007199254740993"],
            ["-3", "-3"],
        ],
    ),
    (
        "text",
        [["'a'", "'a'"], ["''", "''"], ["'A {,}\"'", "'A {,}\"'"]],
    ),
    (
        "numeric",
        [["1", "1.0"], ["2.50", "2.5"], ["-0.10", "-0.1"]],
    ),
    (
        "char(4)",
        [["'ab'", "'ab  '"], ["'c'", "'c'"], ["'abcd'", "'abcd'"]],
    ),
    (
        "some_enum",
        [["'x'", "'x'"], ["'y'", "'y'"], ["'z'", "'z'"]],
    ),
];

/// A table that is there already.
struct Table {
    name: String,
    /// The columns of the key, and which of `KEYS` they are.
    key: Vec<(String, usize)>,
}

pub(super) struct Generator {
    state: u64,
}

impl Generator {
    pub(super) fn new(seed: usize) -> Self {
        Self {
            state: seed as u64 ^ 0x9E37_79B9_7F4A_7C15,
        }
    }

    fn below(&mut self, limit: usize) -> usize {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        usize::try_from((self.state >> 11) % limit as u64).unwrap()
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// SQL that makes tables, keys between them, and rows.
    pub(super) fn schema(&mut self) -> String {
        let mut sql = "DROP SCHEMA IF EXISTS lab CASCADE; CREATE SCHEMA lab; SET search_path = lab;
            CREATE TYPE some_enum AS ENUM ('x', 'y', 'z');
            CREATE DOMAIN some_domain AS text;\n"
            .to_owned();
        let mut tables: Vec<Table> = Vec::new();
        for number in 0..4 {
            let parts = 1 + usize::from(self.chance(30));
            let key = (0..parts).map(|part| (format!("k{part}"), self.below(KEYS.len())));
            let table = Table {
                name: ["apples", "Birds", "order", "parent"][number].to_owned(),
                key: key.collect(),
            };
            self.table(&table, &tables, &mut sql);
            tables.push(table);
        }
        for number in 0..2 {
            let sides = [self.below(tables.len()), self.below(tables.len())];
            Self::junction(
                &format!("link{number}"),
                sides.map(|side| &tables[side]),
                &mut sql,
            );
            self.links(
                &format!("link{number}"),
                sides.map(|side| &tables[side]),
                &mut sql,
            );
        }
        sql
    }

    /// A table of three rows, with keys to others and to itself.
    fn table(&mut self, table: &Table, others: &[Table], sql: &mut String) {
        let name = format!("\"{}\"", table.name);
        let _ = write!(
            sql,
            "CREATE TABLE {name} (label some_domain NOT NULL, score integer, kind some_enum, kinds some_enum[], "
        );
        for (column, ty) in &table.key {
            let _ = write!(sql, "{column} {} NOT NULL, ", KEYS[*ty].0);
        }
        let columns = |columns: &[(String, usize)], prefix: &str| {
            let columns = columns
                .iter()
                .map(|(column, _)| format!("{prefix}{column}"));
            columns.collect::<Vec<_>>().join(", ")
        };
        let _ = writeln!(sql, "PRIMARY KEY ({}));", columns(&table.key, ""));
        for row in 0..3 {
            let key: Vec<&str> = table
                .key
                .iter()
                .map(|(_, ty)| KEYS[*ty].1[row][0])
                .collect();
            let score = ["NULL", "1", "2", "3"][self.below(4)];
            let _ = writeln!(
                sql,
                "INSERT INTO {name} ({}, label, score, kind, kinds) VALUES ({}, 'row {row}', {score}, 'y', '{{x,NULL}}');",
                columns(&table.key, ""),
                key.join(", ")
            );
        }
        for number in 0..=self.below(3) {
            let itself = others.len();
            let target = others.get(self.below(itself + 1)).unwrap_or(table);
            let prefix = format!("f{number}_");
            for (column, ty) in &target.key {
                let _ = writeln!(
                    sql,
                    "ALTER TABLE {name} ADD {prefix}{column} {};",
                    KEYS[*ty].0
                );
            }
            let is_unique = self.chance(20);
            let is_whole = self.chance(40);
            for row in 0..3 {
                let to = if is_unique { row } else { self.below(3) };
                let values = target.key.iter().map(|(column, ty)| {
                    let is_null = !is_whole && self.chance(25);
                    let value = KEYS[*ty].1[to][self.below(2)];
                    format!(
                        "{prefix}{column} = {}",
                        if is_null { "NULL" } else { value }
                    )
                });
                let values: Vec<String> = values.collect();
                let _ = writeln!(
                    sql,
                    "UPDATE {name} SET {} WHERE label = 'row {row}';",
                    values.join(", ")
                );
            }
            let own = columns(&target.key, &prefix);
            let _ = writeln!(
                sql,
                "ALTER TABLE {name} ADD FOREIGN KEY ({own}) REFERENCES \"{}\" ({});",
                target.name,
                columns(&target.key, "")
            );
            if is_unique {
                let _ = writeln!(sql, "ALTER TABLE {name} ADD UNIQUE ({own});");
            }
            if is_whole {
                for (column, _) in &target.key {
                    let _ = writeln!(
                        sql,
                        "ALTER TABLE {name} ALTER {prefix}{column} SET NOT NULL;"
                    );
                }
            }
        }
    }

    fn junction(name: &str, sides: [&Table; 2], sql: &mut String) {
        let _ = write!(sql, "CREATE TABLE {name} (");
        let mut own = Vec::new();
        let mut keys = String::new();
        for (side, table) in ["a", "b"].iter().zip(sides) {
            let mut columns = Vec::new();
            for (column, ty) in &table.key {
                let _ = write!(sql, "{side}_{column} {} NOT NULL, ", KEYS[*ty].0);
                columns.push(format!("{side}_{column}"));
            }
            let target: Vec<&str> = table
                .key
                .iter()
                .map(|(column, _)| column.as_str())
                .collect();
            let _ = write!(
                keys,
                ", FOREIGN KEY ({}) REFERENCES \"{}\" ({})",
                columns.join(", "),
                table.name,
                target.join(", ")
            );
            own.extend(columns);
        }
        let _ = writeln!(
            sql,
            "place integer NOT NULL, PRIMARY KEY ({}){keys});",
            own.join(", ")
        );
    }

    fn links(&mut self, name: &str, sides: [&Table; 2], sql: &mut String) {
        for row in 0..9 {
            if self.chance(50) {
                continue;
            }
            let mut values = Vec::new();
            for (table, row) in sides.iter().zip([row / 3, row % 3]) {
                let spelling = self.below(2);
                values.extend(table.key.iter().map(|(_, ty)| KEYS[*ty].1[row][spelling]));
            }
            let place = self.below(3);
            let _ = writeln!(
                sql,
                "INSERT INTO {name} VALUES ({}, {place});",
                values.join(", ")
            );
        }
    }

    /// A shape, and the query that asks for it, in both ways.
    pub(super) fn shape(&mut self, graph: &Graph, catalog: &ir::Catalog) -> (Shape, String) {
        // Of some tables no relation has a name of its own.
        let (table, relations) = loop {
            let table = &catalog.tables[self.below(catalog.tables.len())];
            let relations = self.relations(graph, catalog, table, 3);
            if !relations.is_empty() {
                break (table, relations);
            }
        };
        let page = match self.below(3) {
            0 => String::new(),
            1 => " LIMIT 2".to_owned(),
            _ => " LIMIT 1 OFFSET 1".to_owned(),
        };
        let sql = format!(
            "SELECT * FROM \"{}\" ORDER BY {}{page}",
            table.name.name,
            key(table)
        );
        let shape = Shape {
            sql,

            relations,
            parameter: i32::try_from(self.below(4)).unwrap(),
        };
        let text = format!(
            "-- name: Find :many\n-- @load single\n-- @with {{ {} }}\n{};\n",
            written(&shape.relations),
            shape.sql
        );
        (shape, text)
    }

    /// One relation or more of a table's rows.
    fn relations(
        &mut self,
        graph: &Graph,
        catalog: &ir::Catalog,
        table: &ir::Table,
        depth: usize,
    ) -> Vec<Selected> {
        let all = graph.of(&table.name);
        let is_only =
            |relation: &Relation| all.iter().filter(|r| r.name == relation.name).count() == 1;
        let named: Vec<&Relation> = all.iter().copied().filter(|r| is_only(r)).collect();
        if named.is_empty() {
            return Vec::new();
        }
        let mut selected = Vec::new();
        for number in 0..=self.below(3) {
            let relation = named[self.below(named.len())];
            let target = catalog.table(&relation.target).unwrap();
            let is_count = self.chance(15);
            let mut columns: Vec<String> = target.columns.iter().map(|c| c.name.clone()).collect();
            if self.chance(60) {
                columns.retain(|_| self.chance(40));
            }
            let nested = if is_count || depth == 1 || self.chance(30) {
                Vec::new()
            } else {
                self.relations(graph, catalog, target, depth - 1)
            };
            if columns.is_empty() && nested.is_empty() {
                columns.push("label".to_owned());
            }
            columns.retain(|name| target.columns.iter().any(|column| column.name == *name));
            if columns.is_empty() && nested.is_empty() {
                columns.push(target.columns[0].name.clone());
            }
            let has_score = target.columns.iter().any(|column| column.name == "score");
            let own = format!("\"{}\"", target.name.name);
            let condition = match self.below(5) {
                0 if has_score => Some("score > @p".to_owned()),
                1 if has_score => Some(format!("{own}.score IS NULL OR score < 3")),
                _ => None,
            };
            let is_many = relation.kind.is_many() && !is_count;
            let direction = if self.chance(50) { " DESC" } else { "" };
            let order = key(target).replace(", ", &format!("{direction}, ")) + direction;
            let limit = match self.below(4) {
                0 => Some("1".to_owned()),
                1 => Some("@n".to_owned()),
                _ => None,
            };
            selected.push(Selected {
                name: format!("r{number}"),
                relation: relation.clone(),
                is_count,
                columns: if is_count { Vec::new() } else { columns },
                condition,
                order: is_many.then_some(order),
                limit: limit.filter(|_| is_many),
                relations: nested,
            });
        }
        selected
    }
}

/// The columns of a table's key, by which its rows have an order.
fn key(table: &ir::Table) -> String {
    let keys = table.unique_keys.iter();
    let key = keys.filter(|key| key.primary).flat_map(|key| &key.columns);
    let name = &table.name.name;
    let columns: Vec<String> = key.map(|column| format!("\"{name}\".{column}")).collect();
    columns.join(", ")
}

/// As `@with` has it.
fn written(relations: &[Selected]) -> String {
    let relations = relations.iter().map(|selected| {
        let arguments = [
            ("where", &selected.condition),
            ("order_by", &selected.order),
            ("limit", &selected.limit),
        ];
        let arguments = arguments.into_iter();
        let arguments =
            arguments.filter_map(|(name, value)| Some(format!("{name}: {}", value.as_ref()?)));
        let arguments: Vec<String> = arguments.collect();
        let arguments = match arguments.as_slice() {
            [] => String::new(),
            some => format!("({})", some.join(", ")),
        };
        let columns = selected
            .columns
            .iter()
            .map(|column| format!("\"{column}\""));
        let columns: Vec<String> = columns.collect();
        let fields = if selected.is_count {
            "count".to_owned()
        } else {
            format!("{} {}", columns.join(", "), written(&selected.relations))
        };
        let name = &selected.relation.name;
        format!("{}: \"{name}\"{arguments} {{ {fields} }}", selected.name)
    });
    relations.collect::<Vec<_>>().join(", ")
}
