//! Random expressions and conditions. Small values repeat, so that conditions often meet.

use super::select::Column;
use super::{Generator, Type};

impl Generator {
    /// Some column of that type.
    fn column(&mut self, ty: Type, scope: &[Column]) -> Option<String> {
        let fitting: Vec<_> = scope.iter().filter(|column| column.ty == ty).collect();
        let picked = (!fitting.is_empty()).then(|| self.random.below(fitting.len()))?;
        Some(fitting[picked].sql.clone())
    }

    fn literal(&mut self, ty: Type) -> String {
        let null = format!("NULL::{}", ty.sql());
        let choices: &[&str] = match ty {
            Type::Int => &["0", "1", "2", "-1"],
            Type::Text => &["''", "'a'", "'1'", "'a,b'"],
            Type::Bool => &["true", "false"],
            Type::Ints => &[
                "'{1,2}'::int[]",
                "'{NULL,1}'::int[]",
                "'{}'::int[]",
                "ARRAY[1, 0]",
            ],
            Type::Json => &[
                "'{\"a\": null, \"b\": 1}'::jsonb",
                "'{\"a\": \"x\"}'::jsonb",
                "'[1, null]'::jsonb",
                "'null'::jsonb",
            ],
            Type::Time => &[
                "'2024-02-03 04:05Z'::timestamptz",
                "'infinity'::timestamptz",
                "now()",
            ],
            Type::Row => &["ROW(1, NULL)"],
        };
        if self.random.chance(15) {
            return null;
        }
        self.random.pick(choices).to_owned()
    }

    /// A new parameter or one that is there already.
    fn parameter(&mut self, ty: Type) -> Option<String> {
        let parameters = self.parameters.as_mut()?;
        let known = parameters.iter().position(|known| *known == ty);
        let number = match known {
            Some(index) if self.random.chance(40) => index + 1,
            _ if parameters.len() < 6 => {
                parameters.push(ty);
                parameters.len()
            }
            known => known? + 1,
        };
        Some(format!("${number}::{}", ty.sql()))
    }

    pub(super) fn values(&mut self, types: &[Type], scope: &[Column], depth: usize) -> String {
        let values = types.iter().map(|ty| self.value(*ty, scope, depth));
        values.collect::<Vec<_>>().join(", ")
    }

    /// An expression of that type.
    pub(super) fn value(&mut self, ty: Type, scope: &[Column], depth: usize) -> String {
        if depth == 0 || self.random.chance(40) {
            if self.random.chance(5)
                && let Some(parameter) = self.parameter(ty)
            {
                return parameter;
            }
            if self.random.chance(85)
                && let Some(column) = self.column(ty, scope)
            {
                return column;
            }
            return self.literal(ty);
        }
        let depth = depth - 1;
        if self.random.chance(45) {
            return self.general(ty, scope, depth);
        }
        match ty {
            Type::Int => self.int(scope, depth),
            Type::Text => self.text(scope, depth),
            Type::Bool => self.condition(scope, depth),
            Type::Ints => self.ints(scope, depth),
            Type::Json => self.json(scope, depth),
            Type::Time => self.time(scope, depth),
            Type::Row => "ROW(1, NULL)".to_owned(),
        }
    }

    /// An expression of the kinds that every type has.
    #[expect(
        clippy::many_single_char_names,
        reason = "as in the SQL that is written"
    )]
    fn general(&mut self, ty: Type, scope: &[Column], depth: usize) -> String {
        let (a, b) = (self.value(ty, scope, depth), self.value(ty, scope, depth));
        let name = ty.sql();
        match self.random.below(14) {
            0 | 1 => format!("coalesce({a}, {b})"),
            2 => format!("nullif({a}, {b})"),
            3 | 4 if !matches!(ty, Type::Bool) => {
                format!("{}({a}, {b})", self.random.pick(&["greatest", "least"]))
            }
            5 => format!(
                "CASE WHEN {} THEN {a} ELSE {b} END",
                self.condition(scope, depth)
            ),
            6 => {
                let (p, q) = (self.condition(scope, depth), self.condition(scope, depth));
                let first = self.value(ty, scope, 0);
                format!("CASE WHEN {p} THEN {first} WHEN {q} THEN {a} ELSE {b} END")
            }
            7 => {
                let subject = self.some_value(scope, depth);
                let when = self.literal(subject.1);
                let (subject, _) = subject;
                format!("CASE {subject} WHEN {when} THEN {a} ELSE {b} END")
            }
            8 if self.random.chance(50) => {
                let (c, ty) = self.some_value(scope, 0);
                let d = self.literal(ty);
                let (p, q) = self.random.choose(&[
                    (format!("{c} IS NULL"), format!("{c} IS NOT NULL")),
                    (format!("{c} = {d}"), format!("{c} <> {d}")),
                    (format!("{c} = {d}"), format!("{c} IS DISTINCT FROM {d}")),
                ]);
                format!("CASE WHEN {p} THEN {a} WHEN {q} THEN {b} END")
            }
            8 => format!("CASE WHEN {} THEN {a} END", self.condition(scope, depth)),
            9 => {
                let select = self.select(scope, &[ty], 0);
                format!("(SELECT * FROM ({select}) AS one LIMIT 1)")
            }
            10 => {
                let (from, own) = self.item_of_from(scope, 0);
                let all = [scope, &own].concat();
                let aggregate = self.aggregate(ty, &own, &all);
                let condition = self.condition(&all, depth.min(1));
                format!("(SELECT {aggregate} FROM {from} WHERE {condition})")
            }
            11 => format!("(SELECT {a})"),
            12 => format!("(ROW({a}, {b})::pair_{}).a", ty.word()),
            _ => format!("maybe(({a})::{name})"),
        }
    }

    /// A value of any type that can be compared.
    fn some_value(&mut self, scope: &[Column], depth: usize) -> (String, Type) {
        let ty = self.random.choose(&[
            Type::Int,
            Type::Int,
            Type::Int,
            Type::Text,
            Type::Text,
            Type::Bool,
            Type::Ints,
            Type::Json,
            Type::Time,
        ]);
        (self.value(ty, scope, depth), ty)
    }

    fn int(&mut self, scope: &[Column], depth: usize) -> String {
        let a = self.value(Type::Int, scope, depth);
        match self.random.below(18) {
            16 => format!("(ROW({a})::odd)::int"),
            0 | 1 => format!("({a} + {})", self.value(Type::Int, scope, depth)),
            2 => format!("abs({a})"),
            3 => format!("length({})", self.value(Type::Text, scope, depth)),
            4 => format!("cardinality({})", self.value(Type::Ints, scope, depth)),
            5 => format!("array_length({}, 1)", self.value(Type::Ints, scope, depth)),
            6 => format!("({})[{a}]", self.value(Type::Ints, scope, depth)),
            7 => format!("({})::int", self.condition(scope, depth)),
            8 => format!("num_nulls({a}, {})", self.some_value(scope, depth).0),
            9 => format!(
                "extract({} FROM {})::int",
                self.random.pick(&["day", "hour", "isodow", "month"]),
                self.value(Type::Time, scope, depth)
            ),
            10 => format!(
                "array_position({}, {a})",
                self.value(Type::Ints, scope, depth)
            ),
            11 => format!("odd_only({a})"),
            12 => format!("({a})::positive_or_null::int"),
            13 => format!(
                "(SELECT count(*)::int + {a} FROM generate_series(1, {}))",
                self.value(Type::Int, scope, 0)
            ),
            14 => format!(
                "jsonb_array_length(jsonb_build_array({}))",
                self.value(Type::Json, scope, depth)
            ),
            15 => format!("strpos({}, 'a')", self.value(Type::Text, scope, depth)),
            _ => format!("({a} % 2)"),
        }
    }

    fn text(&mut self, scope: &[Column], depth: usize) -> String {
        let a = self.value(Type::Text, scope, depth);
        match self.random.below(18) {
            16 => format!("({a} || ROW({})::odd)", self.value(Type::Int, scope, depth)),
            0 => format!("({a} || {})", self.value(Type::Text, scope, depth)),
            1 => format!("upper({a})"),
            2 => format!("concat({a}, {})", self.some_value(scope, depth).0),
            3 => format!(
                "concat_ws({a}, {}, 'z')",
                self.value(Type::Text, scope, depth)
            ),
            4 => format!("format('%s-%s', {a}, {})", self.some_value(scope, depth).0),
            5 => format!("substring({a} FROM 'a(.)')"),
            6 => format!("({})::text", self.some_value(scope, depth).0),
            7 => format!("({} ->> {a})", self.value(Type::Json, scope, depth)),
            8 => format!("split_part({a}, ',', 1)"),
            9 => format!(
                "array_to_string({}, ',')",
                self.value(Type::Ints, scope, depth)
            ),
            10 => format!("quote_nullable({a})"),
            11 => format!(
                "({} #>> ARRAY['a', {a}])",
                self.value(Type::Json, scope, depth)
            ),
            12 => format!(
                "regexp_replace({a}, 'a', {})",
                self.value(Type::Text, scope, depth)
            ),
            13 => format!("jsonb_typeof({})", self.value(Type::Json, scope, depth)),
            14 if self.random.chance(50) => {
                format!("to_char({}, 'YYYY')", self.value(Type::Time, scope, depth))
            }
            14 => format!("coalesce({a}, '')::filled::text"),
            15 => format!("(regexp_match({a}, 'a|1'))[1]"),
            _ => format!("left({a}, {})", self.value(Type::Int, scope, depth)),
        }
    }

    fn ints(&mut self, scope: &[Column], depth: usize) -> String {
        let a = self.value(Type::Ints, scope, depth);
        let n = self.value(Type::Int, scope, depth);
        match self.random.below(17) {
            14 => format!(
                "ARRAY[ROW({n})::odd, ROW({})::odd]::int[]",
                self.value(Type::Int, scope, depth)
            ),
            15 => format!(
                "ARRAY(SELECT ROW(c0)::odd FROM ({}) AS one(c0))::int[]",
                self.select(scope, &[Type::Int], 0)
            ),
            16 => format!("ARRAY[jsonb_build_array({n}) -> 0]::int[]"),
            9 => format!("array_remove({a}, NULL)"),
            10 => format!("array_replace({a}, NULL, {n})"),
            11 => format!("array_prepend({n}, {a})"),
            12 => format!("array_positions({a}, {n})"),
            13 => format!("coalesce({a}, ARRAY[1])"),
            0 | 1 => format!("ARRAY[{n}, {}]", self.value(Type::Int, scope, depth)),
            2 => format!("array_append({a}, {n})"),
            3 => format!("array_cat({a}, {})", self.value(Type::Ints, scope, depth)),
            4 => format!("({a})[1:{n}]"),
            5 => format!("array_remove({a}, {n})"),
            6 => {
                let ty = self.random.choose(&[Type::Int, Type::Int, Type::Ints]);
                format!("ARRAY({})", self.select(scope, &[ty], 0))
            }
            7 => format!(
                "string_to_array({}, ',', 'a')::int[]",
                self.value(Type::Text, scope, 0)
            ),
            _ => format!("({a} || {n})"),
        }
    }

    fn json(&mut self, scope: &[Column], depth: usize) -> String {
        let a = self.value(Type::Json, scope, depth);
        let (any, _) = self.some_value(scope, depth);
        let row = self.column(Type::Row, scope);
        match (self.random.below(9), row) {
            (0, _) => format!("to_jsonb({any})"),
            (1, _) => format!("jsonb_build_object('a', {any})"),
            (2, _) => format!("({a} -> 'a')"),
            (3, _) => format!("({a} || {})", self.value(Type::Json, scope, depth)),
            (4, _) => format!("jsonb_build_array({any}, {a})"),
            (5, _) => format!("({a})['a']"),
            (6, _) => format!("jsonb_strip_nulls({a})"),
            (7, Some(row)) => format!("to_jsonb({row})"),
            (7, None) => format!("jsonb_path_query_first({a}, '$.a')"),
            (_, _) if self.major >= 17 => {
                let kind = self.random.pick(&["JSON_QUERY", "JSON_OBJECT"]);
                match kind {
                    "JSON_QUERY" => format!("JSON_QUERY({a}, '$.a')"),
                    _ => format!("JSON_OBJECT('k': {any})::jsonb"),
                }
            }
            _ => format!("jsonb_path_query_array({a}, '$.a')"),
        }
    }

    fn time(&mut self, scope: &[Column], depth: usize) -> String {
        let a = if self.random.chance(30) {
            "now()".to_owned()
        } else {
            self.value(Type::Time, scope, depth)
        };
        match self.random.below(4) {
            0 => format!("date_trunc('day', {a})"),
            1 => format!("({a} + interval '1 day')"),
            2 => format!("to_timestamp({})", self.value(Type::Int, scope, depth)),
            _ => format!("({a})::date::timestamptz"),
        }
    }

    /// An aggregate (of a group's or subquery's rows) of that type; `own` are the columns of those rows.
    pub(super) fn aggregate(&mut self, ty: Type, own: &[Column], all: &[Column]) -> String {
        let scope = if self.random.chance(80) { own } else { all };
        let depth = self.random.below(2);
        let value = |generator: &mut Self, ty| generator.value(ty, scope, depth);
        let order = if self.random.chance(15) {
            format!(" ORDER BY {}", self.value(Type::Int, own, 0))
        } else {
            String::new()
        };
        let distinct = if order.is_empty() && self.random.chance(10) {
            "DISTINCT "
        } else {
            ""
        };
        let (call, cast) = match ty {
            Type::Int => match self.random.below(9) {
                0 => ("count(*)".to_owned(), "::int"),
                1 => (
                    format!("count({distinct}{})", self.some_value(scope, depth).0),
                    "::int",
                ),
                2 => {
                    let fraction = self.column(Type::Int, all).unwrap_or("1".to_owned());
                    let fraction = self
                        .random
                        .choose(&["0.5".to_owned(), format!("({fraction} % 2)")]);
                    let order = value(self, Type::Int);
                    (
                        format!("percentile_disc({fraction}) WITHIN GROUP (ORDER BY {order})"),
                        "",
                    )
                }
                3 => (
                    format!("mode() WITHIN GROUP (ORDER BY {})", value(self, Type::Int)),
                    "",
                ),
                4 => (format!("stddev({})", value(self, Type::Int)), "::int"),
                _ => {
                    let name = self
                        .random
                        .pick(&["sum", "max", "min", "bit_or", "avg", "var_pop"]);
                    (
                        format!("{name}({distinct}{}{order})", value(self, Type::Int)),
                        "::int",
                    )
                }
            },
            Type::Text => match self.random.below(2) {
                0 => (
                    format!("string_agg({}, ','{order})", value(self, Type::Text)),
                    "",
                ),
                _ => (format!("max({})", value(self, Type::Text)), ""),
            },
            Type::Bool => {
                let name = self.random.pick(&["bool_and", "bool_or", "every"]);
                (format!("{name}({})", value(self, Type::Bool)), "")
            }
            Type::Ints => (
                format!("array_agg({distinct}{}{order})", value(self, Type::Int)),
                "",
            ),
            Type::Json => {
                let any = self.some_value(scope, depth).0;
                match self.random.below(2) {
                    0 => (format!("jsonb_agg({any}{order})"), ""),
                    _ => (
                        format!(
                            "jsonb_object_agg(coalesce({}, 0), {any})",
                            value(self, Type::Int)
                        ),
                        "",
                    ),
                }
            }
            Type::Time => (format!("min({})", value(self, Type::Time)), ""),
            Type::Row => ("count(*)".to_owned(), ""),
        };
        let filter = if self.random.chance(if ty == Type::Ints { 30 } else { 12 }) {
            format!(" FILTER (WHERE {})", self.condition(own, 1))
        } else {
            String::new()
        };
        format!("({call}{filter}){cast}")
    }

    /// A window function of that type.
    pub(super) fn window(&mut self, ty: Type, scope: &[Column]) -> String {
        let value = self.value(ty, scope, 1);
        let call = match self.random.below(9) {
            0 => format!("lag({value})"),
            1 => format!("lead({value}, 1, {})", self.value(ty, scope, 1)),
            2 => format!("nth_value({value}, 2)"),
            3 if ty == Type::Int => self
                .random
                .pick(&["row_number()", "rank()", "ntile(2)"])
                .to_owned(),
            4 | 5 if ty == Type::Int => {
                let name = self.random.pick(&["sum", "count", "max"]);
                let filter = self.random.chance(20).then(|| self.condition(scope, 1));
                let filter = filter.map(|condition| format!(" FILTER (WHERE {condition})"));
                format!("{name}({value}){}", filter.unwrap_or_default())
            }
            6 if ty == Type::Ints => format!("array_agg({})", self.value(Type::Int, scope, 1)),
            7 | 8 => format!("first_value({value})"),
            _ => format!("last_value({value})"),
        };
        let order = self.value(Type::Int, scope, 0);
        let frame = self.random.pick(&[
            "",
            "",
            " ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING",
            " ROWS BETWEEN 2 PRECEDING AND 1 PRECEDING",
            " ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING",
            " ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW EXCLUDE CURRENT ROW",
            " ROWS BETWEEN 1 FOLLOWING AND 2 FOLLOWING",
            " GROUPS BETWEEN 1 PRECEDING AND CURRENT ROW",
            " GROUPS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW EXCLUDE GROUP",
            " RANGE BETWEEN 1 PRECEDING AND 1 FOLLOWING",
            " RANGE BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING EXCLUDE TIES",
        ]);
        let partition = if self.random.chance(30) {
            format!("PARTITION BY {} ", self.value(Type::Bool, scope, 0))
        } else {
            String::new()
        };
        let cast = if ty == Type::Int { "::int" } else { "" };
        format!("({call} OVER ({partition}ORDER BY {order}{frame})){cast}")
    }

    /// A boolean expression.
    pub(super) fn condition(&mut self, scope: &[Column], depth: usize) -> String {
        if depth > 0 && self.random.chance(40) {
            let (p, q) = (
                self.condition(scope, depth - 1),
                self.condition(scope, depth - 1),
            );
            return match self.random.below(9) {
                0..=2 => format!("({p} AND {q})"),
                3 | 4 => format!("({p} OR {q})"),
                5 => format!("(NOT {p})"),
                6 => format!("coalesce({p}, {q})"),
                7 => format!(
                    "CASE WHEN {p} THEN {q} ELSE {} END",
                    self.condition(scope, 0)
                ),
                _ => {
                    let truth = self.random.pick(&["TRUE", "FALSE", "UNKNOWN"]);
                    format!("({p} {} {truth})", self.random.pick(&["IS", "IS NOT"]))
                }
            };
        }
        let inner = depth.saturating_sub(1);
        let (a, ty) = self.some_value(scope, inner);
        let b = self.value(ty, scope, inner);
        match self.random.below(25) {
            21 => format!(
                "(ROW({})::odd {} ROW({})::odd)",
                self.value(Type::Int, scope, inner),
                self.random
                    .pick(&["IS DISTINCT FROM", "IS NOT DISTINCT FROM", "="]),
                self.value(Type::Int, scope, inner)
            ),
            0..=2 => format!("({a} IS NOT NULL)"),
            3 => format!("({a} IS NULL)"),
            4 => format!(
                "({a} {} ({b}, {}))",
                self.random.pick(&["IN", "NOT IN"]),
                self.literal(ty)
            ),
            5 => {
                let (n, array) = (
                    self.value(Type::Int, scope, inner),
                    self.value(Type::Ints, scope, inner),
                );
                format!(
                    "({n} {} ({array}))",
                    self.random.pick(&["= ANY", "<> ALL", "> ALL", "< ANY"])
                )
            }
            6 => {
                let (c, other) = self.some_value(scope, inner);
                let d = self.value(other, scope, inner);
                format!(
                    "(({a}, {c}) {} ({b}, {d}))",
                    self.random.pick(&["=", "<", ">=", "<>"])
                )
            }
            7 => format!("({a} IS NOT DISTINCT FROM {b})"),
            8 => format!("({a} IS DISTINCT FROM {})", self.literal(ty)),
            9 => format!("({a} BETWEEN {b} AND {})", self.value(ty, scope, 0)),
            10 => format!("({} LIKE 'a%')", self.value(Type::Text, scope, inner)),
            11 => format!("({} ? 'a')", self.value(Type::Json, scope, inner)),
            12 => match self.column(Type::Row, scope) {
                Some(row) => {
                    let test =
                        self.random
                            .pick(&["IS NOT NULL", "IS NULL", "IS DISTINCT FROM NULL"]);
                    format!("({} ({row} {test}))", self.random.pick(&["", "NOT"]))
                }
                None => format!("(ROW({a}, {b}) IS NOT NULL)"),
            },
            13 => format!(
                "({} (ROW({a}, {b}) IS NULL))",
                self.random.pick(&["", "NOT"])
            ),
            14 | 15 => self.exists(scope, inner),
            16 => {
                let select = self.select(scope, &[ty], 0);
                let test = self
                    .random
                    .pick(&["IN", "NOT IN", "= ANY", "<> ALL", "<= ANY", "> ALL"]);
                format!("({a} {test} ({select}))")
            }
            17 => {
                let (c, other) = self.some_value(scope, 0);
                let select = self.select(scope, &[ty, other], 0);
                format!(
                    "(({a}, {c}) {} ({select}))",
                    self.random.pick(&["IN", "NOT IN"])
                )
            }
            18 => format!("(odd_only({}) = 1)", self.value(Type::Int, scope, inner)),
            19 => format!("maybe({a} = {b})"),
            20 => match self.column(Type::Bool, scope) {
                Some(column) => column,
                None => self.literal(Type::Bool),
            },
            _ => format!("({a} {} {b})", self.random.pick(&["=", "<", ">=", "<>"])),
        }
    }

    fn exists(&mut self, scope: &[Column], depth: usize) -> String {
        let (from, own) = self.item_of_from(scope, 0);
        let all = [scope, &own].concat();
        let condition = self.condition(&all, depth.max(1));
        let shown = if self.random.chance(20) {
            "count(*)"
        } else {
            "1"
        };
        let test = self.random.pick(&["EXISTS", "EXISTS", "NOT EXISTS"]);
        format!("({test} (SELECT {shown} FROM {from} WHERE {condition}))")
    }
}
