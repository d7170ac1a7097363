//! Random SELECTs, and whatever stands in their FROM.

use std::fmt::Write;

use super::{Generator, Relation, Type};

/// Something that an expression can refer to.
#[derive(Clone, Debug)]
pub(super) struct Column {
    pub(super) sql: String,
    pub(super) ty: Type,
}

/// The columns `name.c0`, …, and the row `name` itself.
fn columns_of(name: &str, types: &[Type]) -> Vec<Column> {
    let columns = types.iter().enumerate();
    let columns = columns.map(|(index, &ty)| Column {
        sql: format!("{name}.c{index}"),
        ty,
    });
    columns.chain([row(name)]).collect()
}

fn row(name: &str) -> Column {
    Column {
        sql: name.to_owned(),
        ty: Type::Row,
    }
}

/// The columns of a relation that is called `name` in a query.
pub(super) fn columns_of_relation(name: &str, relation: &Relation) -> Vec<Column> {
    let columns = relation.columns.iter();
    let columns = columns.map(|(sql, ty)| Column {
        sql: sql.replace("$t", name),
        ty: *ty,
    });
    columns.chain([row(name)]).collect()
}

fn names_of(types: &[Type]) -> String {
    let names = (0..types.len()).map(|index| format!("c{index}"));
    names.collect::<Vec<_>>().join(", ")
}

impl Generator {
    pub(super) fn name(&mut self) -> String {
        self.names += 1;
        format!("t{}", self.names)
    }

    pub(super) fn types(&mut self, most: usize) -> Vec<Type> {
        let count = 1 + self.random.below(most);
        (0..count).map(|_| self.a_type()).collect()
    }

    fn a_type(&mut self) -> Type {
        self.random.choose(&[
            Type::Int,
            Type::Int,
            Type::Int,
            Type::Int,
            Type::Text,
            Type::Text,
            Type::Bool,
            Type::Ints,
            Type::Json,
            Type::Time,
        ])
    }

    /// A whole statement that reads.
    pub(super) fn reading(&mut self) -> String {
        let types = [self.types(5), self.types(5)].concat();
        let depth = 1 + self.random.below(3);
        let sql = match self.random.below(12) {
            0 | 1 => self.with_cte(&types, depth),
            2 => self.recursive(&types),
            3 => return self.sets_in_target_list(),
            _ => self.select(&[], &types, depth),
        };
        if sql.ends_with("LIMIT 3") {
            return sql;
        }
        format!("{sql} LIMIT 60")
    }

    fn with_cte(&mut self, types: &[Type], depth: usize) -> String {
        let name = self.name();
        let of_cte = self.types(3);
        let select = self.select(&[], &of_cte, depth);
        let kind = self
            .random
            .pick(&["", "", " MATERIALIZED", " NOT MATERIALIZED"]);
        let head = format!("WITH {name}({}) AS{kind} ({select})", names_of(&of_cte));
        self.ctes.push((name, of_cte));
        let rest = self.select(&[], types, depth);
        self.ctes.pop();
        format!("{head} {rest}")
    }

    fn recursive(&mut self, types: &[Type]) -> String {
        let name = self.name();
        let of_cte = self.types(4);
        let start = self.select(&[], &of_cte, 0);
        let scope = columns_of("r", &of_cte);
        let mut next = self.values(&of_cte, &scope, 1);
        if self.random.chance(30) {
            // Columns change places.
            let same: Vec<_> = (0..of_cte.len()).rev().collect();
            let moved = same
                .iter()
                .map(|&from| match of_cte.iter().rev().nth(from) {
                    Some(ty) if *ty == of_cte[from] => format!("r.c{from}"),
                    _ => self.value(of_cte[from], &scope, 1),
                });
            let mut moved: Vec<_> = moved.collect();
            moved.reverse();
            next = moved.join(", ");
        }
        let (join, condition) = if self.random.chance(30) {
            let (from, own) = self.item_of_from(&[], 0);
            let all = [scope, own].concat();
            (format!(", {from}"), self.condition(&all, 1))
        } else {
            (String::new(), "true".to_owned())
        };
        let union = self.random.pick(&["UNION ALL", "UNION"]);
        let extra = self.random.pick(&[
            "",
            "",
            "",
            " SEARCH DEPTH FIRST BY i SET place",
            " CYCLE i SET found USING path",
        ]);
        self.ctes.push((name.clone(), of_cte.clone()));
        let rest = if extra.is_empty() {
            self.select(&[], types, 1)
        } else {
            format!("SELECT * FROM {name}")
        };
        self.ctes.pop();
        format!(
            "WITH RECURSIVE {name}({}, i) AS (SELECT s.*, 1 FROM ({start}) AS s {union} SELECT {next}, i + 1 FROM {name} AS r({}, i){join} WHERE r.i < 3 AND {condition}){extra} {rest}",
            names_of(&of_cte),
            names_of(&of_cte)
        )
    }

    /// Sets in the target list run side by side.
    fn sets_in_target_list(&mut self) -> String {
        let (from, own) = self.item_of_from(&[], 1);
        let set = |generator: &mut Self| {
            let array = generator.value(Type::Ints, &own, 1);
            let count = generator.value(Type::Int, &own, 0);
            match generator.random.below(3) {
                0 => format!("generate_series(1, {count})"),
                1 => format!("unnest({array})"),
                _ => format!("generate_subscripts({array}, 1)"),
            }
        };
        let first = set(self);
        let second = if self.random.chance(50) {
            format!(", {} + 1", set(self))
        } else {
            String::new()
        };
        let value = self.value(Type::Int, &own, 1);
        format!("SELECT {first}{second}, {value} FROM {from} LIMIT 60")
    }

    /// A SELECT of columns of those types, which may refer to the columns of queries around it.
    pub(super) fn select(&mut self, outer: &[Column], types: &[Type], depth: usize) -> String {
        if depth > 0 && self.random.chance(12) {
            let left = self.select(outer, types, depth - 1);
            let right = self.select(outer, types, depth - 1);
            let all = self.random.pick(&["", " ALL"]);
            let operator = self.random.pick(&["UNION", "UNION", "INTERSECT", "EXCEPT"]);
            return format!("({left}) {operator}{all} ({right})");
        }
        if self.random.chance(4) {
            let (a, b) = (self.values(types, outer, 1), self.values(types, outer, 1));
            return self
                .random
                .choose(&[format!("SELECT {a}"), format!("VALUES ({a}), ({b})")]);
        }
        let (from, own) = self.item_of_from(outer, depth);
        let all = [outer, &own].concat();
        let mut sql = String::new();
        let where_ = if self.random.chance(45) {
            format!(" WHERE {}", self.condition(&all, 2))
        } else {
            String::new()
        };
        if self.random.chance(22) {
            return self.grouped(&format!("{from}{where_}"), &own, outer, types);
        }
        let windows = depth > 0 && self.random.chance(12);
        let shown = types.iter().map(|ty| {
            if windows && self.random.chance(50) {
                self.window(*ty, &own)
            } else {
                self.value(*ty, &all, 2)
            }
        });
        let shown = shown.collect::<Vec<_>>().join(", ");
        let distinct = if self.random.chance(8) {
            "DISTINCT "
        } else {
            ""
        };
        let _ = write!(sql, "SELECT {distinct}{shown} FROM {from}{where_}");
        if self.random.chance(10) {
            sql.push_str(self.random.pick(&[" ORDER BY 1", " LIMIT 3", " OFFSET 1"]));
        }
        sql
    }

    fn grouped(&mut self, from: &str, own: &[Column], outer: &[Column], types: &[Type]) -> String {
        let count = self.random.below(4);
        let keys: Vec<Column> = (0..count)
            .map(|_| {
                let ty = self.a_type();
                let depth = usize::from(self.random.chance(30));
                Column {
                    sql: self.value(ty, own, depth),
                    ty,
                }
            })
            .filter(|key| !key.sql.contains('$') && key.sql.contains('.'))
            .collect();
        let part = |from: usize, to: usize| {
            let keys = keys[from..to].iter().map(|key| key.sql.as_str());
            keys.collect::<Vec<_>>().join(", ")
        };
        let all = part(0, keys.len());
        let distinct = if self.random.chance(10) {
            "DISTINCT "
        } else {
            ""
        };
        let group = match self.random.below(8) {
            _ if keys.is_empty() => self.random.pick(&["", "", " GROUP BY ()"]).to_owned(),
            0 => format!(" GROUP BY {distinct}ROLLUP ({all})"),
            1 => format!(" GROUP BY CUBE ({all})"),
            2 => format!(" GROUP BY GROUPING SETS (({all}), ({}))", part(0, 1)),
            3 => format!(" GROUP BY {}, ROLLUP ({all})", part(0, 1)),
            4 => format!(
                " GROUP BY GROUPING SETS (({all}), (), ROLLUP ({}))",
                part(0, 1)
            ),
            _ => format!(" GROUP BY {all}"),
        };
        let known = [outer, &keys].concat();
        let having = if self.random.chance(10) {
            let test = self
                .random
                .pick(&["> 0", ">= 1", "<> 0", ">= 0", "< 2", "= 1"]);
            format!(" HAVING count(*) {test}")
        } else if self.random.chance(20) {
            let value = self.grouped_value(Type::Int, own, &known);
            let test = self.random.pick(&["= 1", "IS NOT NULL", "IS NULL", "> 0"]);
            format!(" HAVING {value} {test} OR {}", self.condition(&known, 1))
        } else {
            String::new()
        };
        let shown = types.iter().map(|ty| self.grouped_value(*ty, own, &known));
        let shown = shown.collect::<Vec<_>>().join(", ");
        format!("SELECT {shown} FROM {from}{group}{having}")
    }

    fn grouped_value(&mut self, ty: Type, own: &[Column], known: &[Column]) -> String {
        match self.random.below(8) {
            0..=2 => self.value(ty, known, 1),
            3 => {
                let value = self.grouped_value(ty, own, known);
                format!("coalesce({value}, {})", self.value(ty, known, 0))
            }
            4 => {
                let value = self.grouped_value(ty, own, known);
                format!(
                    "CASE WHEN {} THEN {value} ELSE {} END",
                    self.condition(known, 0),
                    self.value(ty, known, 0)
                )
            }
            _ => self.aggregate(ty, own, &[own, known].concat()),
        }
    }

    /// Something in FROM, and its columns.
    pub(super) fn item_of_from(&mut self, outer: &[Column], depth: usize) -> (String, Vec<Column>) {
        if depth > 0 && self.random.chance(60) {
            return self.join(outer, depth);
        }
        let name = self.name();
        match self.random.below(14) {
            0 if depth > 0 => {
                let types = self.types(3);
                let select = self.select(outer, &types, depth - 1);
                let names = names_of(&types);
                (
                    format!("LATERAL ({select}) AS {name}({names})"),
                    columns_of(&name, &types),
                )
            }
            1 => {
                let types = self.types(3);
                let (a, b) = (self.values(&types, &[], 1), self.values(&types, &[], 1));
                let names = names_of(&types);
                (
                    format!("(VALUES ({a}), ({b})) AS {name}({names})"),
                    columns_of(&name, &types),
                )
            }
            2 | 3 => self.function_item(outer, &name),
            4..=7 if !self.ctes.is_empty() => {
                let picked = self.random.below(self.ctes.len());
                let (cte, types) = self.ctes[picked].clone();
                let names = names_of(&types);
                (
                    format!("{cte} AS {name}({names})"),
                    columns_of(&name, &types),
                )
            }
            _ => {
                let picked = self.random.below(self.relations.len());
                let relation = self.relations[picked].clone();
                let only = if self.random.chance(4) { "ONLY " } else { "" };
                let columns = columns_of_relation(&name, &relation);
                (format!("{only}{} AS {name}", relation.name), columns)
            }
        }
    }

    fn function_item(&mut self, outer: &[Column], name: &str) -> (String, Vec<Column>) {
        let array = self.value(Type::Ints, outer, 1);
        let json = self.value(Type::Json, outer, 1);
        let (call, types): (String, &[Type]) = match self.random.below(11) {
            0 => ("generate_series(1, 2)".to_owned(), &[Type::Int]),
            1 => (
                format!("generate_series(0, {})", self.value(Type::Int, outer, 0)),
                &[Type::Int],
            ),
            2 | 3 => (format!("unnest({array})"), &[Type::Int]),
            4 => (
                format!("jsonb_each_text(jsonb_build_object('a', {json}, 'b', 1))"),
                &[Type::Text, Type::Text],
            ),
            5 => (
                format!("string_to_table({}, ',')", self.value(Type::Text, outer, 1)),
                &[Type::Text],
            ),
            6 => (
                format!("jsonb_array_elements(jsonb_build_array({json}, 1))"),
                &[Type::Json],
            ),
            7 => (
                format!("ROWS FROM (unnest({array}), generate_series(1, 2))"),
                &[Type::Int, Type::Int],
            ),
            8 => (
                format!("odd_only({})", self.value(Type::Int, outer, 1)),
                &[Type::Int],
            ),
            9 => ("pairs()".to_owned(), &[Type::Int, Type::Text]),
            _ => (
                format!("abs({})", self.value(Type::Int, outer, 1)),
                &[Type::Int],
            ),
        };
        let mut columns = columns_of(name, types);
        let mut names = names_of(types);
        let mut ordinality = "";
        if self.random.chance(25) {
            ordinality = " WITH ORDINALITY";
            names.push_str(", o");
            columns.push(Column {
                sql: format!("{name}.o::int"),
                ty: Type::Int,
            });
        }
        (format!("{call}{ordinality} AS {name}({names})"), columns)
    }

    fn join(&mut self, outer: &[Column], depth: usize) -> (String, Vec<Column>) {
        if self.random.chance(15) {
            return self.merging_join(depth);
        }
        if self.random.chance(15)
            && let Some(joined) = self.join_of_reference(depth)
        {
            return joined;
        }
        let (left, own) = self.item_of_from(outer, depth - 1);
        // What is on the left can be referred to only from the right of some joins.
        let lateral = self.random.chance(40);
        let seen = if lateral {
            [outer, &own].concat()
        } else {
            outer.to_vec()
        };
        let (right, other) = self.item_of_from(&seen, depth - 1);
        let columns = [own.clone(), other.clone()].concat();
        let kinds: &[&str] = if lateral {
            &["JOIN", "LEFT JOIN", "LEFT JOIN", "CROSS JOIN"]
        } else {
            &[
                "JOIN",
                "LEFT JOIN",
                "LEFT JOIN",
                "RIGHT JOIN",
                "FULL JOIN",
                "CROSS JOIN",
            ]
        };
        let sql = match self.random.pick(kinds) {
            "CROSS JOIN" => format!("({left} CROSS JOIN {right})"),
            "FULL JOIN" => {
                let a = self.value(Type::Int, &own, 0);
                let b = self.value(Type::Int, &other, 0);
                format!("({left} FULL JOIN {right} ON {a} = {b})")
            }
            kind => {
                let condition = if self.random.chance(10) {
                    "true".to_owned()
                } else {
                    self.condition(&columns, 1)
                };
                format!("({left} {kind} {right} ON {condition})")
            }
        };
        (sql, columns)
    }

    /// A join of a table with one that it refers to.
    fn join_of_reference(&mut self, depth: usize) -> Option<(String, Vec<Column>)> {
        let with_keys = self.relations.iter().filter(|r| !r.references.is_empty());
        let with_keys: Vec<_> = with_keys.cloned().collect();
        if with_keys.is_empty() {
            return None;
        }
        let referring = self.random.choose(&with_keys);
        let (column, table) = self.random.choose(&referring.references);
        let mut relations = self.relations.iter();
        let referred = relations.find(|relation| relation.name == table)?.clone();
        let (own, other) = (self.name(), self.name());
        let own_columns = columns_of_relation(&own, &referring);
        let columns = [own_columns, columns_of_relation(&other, &referred)].concat();
        let only = if self.random.chance(20) { "ONLY " } else { "" };
        let source = match self.random.below(4) {
            0 => format!("(SELECT * FROM {only}{} LIMIT 5) AS {own}", referring.name),
            1 if depth > 0 => {
                let (more, extra) = self.item_of_from(&[], 0);
                let columns = [columns_of_relation(&own, &referring), extra].concat();
                let condition = self.condition(&columns, 1);
                let kind = self.random.pick(&["LEFT JOIN", "RIGHT JOIN", "JOIN"]);
                format!(
                    "({more} {kind} {only}{} AS {own} ON {condition})",
                    referring.name
                )
            }
            _ => format!("{only}{} AS {own}", referring.name),
        };
        let mut condition = format!("{other}.id = {own}.{column}");
        if self.random.chance(10) {
            condition = format!("{condition} AND {}", self.condition(&columns, 1));
        }
        let kind = self.random.pick(&["LEFT", "LEFT", "FULL"]);
        let sample = self
            .random
            .pick(&["", "", "", " TABLESAMPLE BERNOULLI (50)"]);
        let sql = match self.random.below(4) {
            0 => format!(
                "({} AS {other}{sample} RIGHT JOIN {source} ON {condition})",
                referred.name
            ),
            1 => {
                let picked = columns_of_relation("f", &referred);
                let shown = names_of(&[Type::Int]);
                let limit = self.random.pick(&["", " LIMIT 1", " OFFSET 1"]);
                let inner = condition.replace(&format!("{other}."), "f.");
                let of_inner = picked
                    .iter()
                    .find(|column| column.ty == Type::Int)?
                    .sql
                    .clone();
                return Some((
                    format!(
                        "({source} LEFT JOIN LATERAL (SELECT {of_inner} AS {shown} FROM {} AS f WHERE {inner}{limit}) AS {other} ON true)",
                        referred.name
                    ),
                    [
                        columns_of_relation(&own, &referring),
                        columns_of(&other, &[Type::Int]),
                    ]
                    .concat(),
                ));
            }
            _ => format!(
                "({source} {kind} JOIN {} AS {other}{sample} ON {condition})",
                referred.name
            ),
        };
        Some((sql, columns))
    }

    /// A join that merges columns.
    fn merging_join(&mut self, depth: usize) -> (String, Vec<Column>) {
        let key = self.random.choose(&[Type::Int, Type::Int, Type::Text]);
        let (left, right, both) = (self.name(), self.name(), self.name());
        let (a, b) = (self.a_type(), self.a_type());
        let from_left = self.select(&[], &[key, a], depth - 1);
        let from_right = self.select(&[], &[key, b], depth - 1);
        let kind = self
            .random
            .pick(&["JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN", "FULL JOIN"]);
        // A key of another type is cast on the way.
        let cast = if key == Type::Int {
            self.random.pick(&["", "::bigint"])
        } else {
            ""
        };
        let sides = |natural| {
            format!(
                "({from_left}) AS {left}(k, l) {natural}{kind} (SELECT k{cast}, r FROM ({from_right}) AS raw(k, r)) AS {right}"
            )
        };
        let column = |sql: String, ty| Column { sql, ty };
        let as_key = if key == Type::Int { "::int" } else { "" };
        match self.random.below(3) {
            0 => (
                format!("({} USING (k) AS {both})", sides("")),
                vec![
                    column(format!("{both}.k{as_key}"), key),
                    column(format!("{left}.k{as_key}"), key),
                    column(format!("{right}.k{as_key}"), key),
                    column(format!("{left}.l"), a),
                    column(format!("{right}.r"), b),
                ],
            ),
            1 => (
                format!("({} USING (k)) AS {both}", sides("")),
                vec![
                    column(format!("{both}.k{as_key}"), key),
                    column(format!("{both}.l"), a),
                    column(format!("{both}.r"), b),
                    row(&both),
                ],
            ),
            _ => (
                format!("({})", sides("NATURAL ")),
                vec![
                    column(format!("{left}.k{as_key}"), key),
                    column(format!("{right}.k{as_key}"), key),
                    column(format!("{left}.l"), a),
                    column(format!("{right}.r"), b),
                ],
            ),
        }
    }
}
