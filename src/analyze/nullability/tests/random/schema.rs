//! Random schemas: tables with constraints, defaults, generated columns, domains, composites, children, partitions,
//! triggers, rules, views over views; and rows with NULL wherever one is taken.

use tokio_postgres::Client;

use super::{Generator, Relation, Type};
use crate::catalog::{self, Catalog, Oid, PgTypeKind, introspect};

/// What every schema has.
const COMMON: &str = "
    CREATE DOMAIN positive_or_null AS int;
    CREATE DOMAIN filled AS text NOT NULL;
    CREATE TYPE spot AS (level int, shelf text);
    CREATE TYPE pair_int AS (a int, b int);
    CREATE TYPE pair_text AS (a text, b text);
    CREATE TYPE pair_bool AS (a bool, b bool);
    CREATE TYPE pair_ints AS (a int[], b int[]);
    CREATE TYPE pair_json AS (a jsonb, b jsonb);
    CREATE TYPE pair_time AS (a timestamptz, b timestamptz);
    CREATE TABLE no_rows (x filled);
    CREATE FUNCTION maybe(anyelement) RETURNS anyelement LANGUAGE sql AS 'SELECT CASE WHEN random() < 0.5 THEN $1 END';
    CREATE FUNCTION odd_only(int) RETURNS int LANGUAGE sql IMMUTABLE STRICT AS 'SELECT CASE WHEN $1 % 2 <> 0 THEN $1 END';
    CREATE FUNCTION pairs() RETURNS TABLE (a int, b text) LANGUAGE sql AS 'VALUES (1, NULL), (NULL, ''a''), (2, ''b'')';
";

/// A column of a table that is to be made.
struct Planned {
    name: String,
    declared: &'static str,
}

impl Generator {
    /// Makes everything anew, and looks at it.
    pub(super) async fn make_schema(&mut self, client: &Client) -> (Catalog, Vec<String>) {
        let mut made = Vec::new();
        let clean = "DROP SCHEMA IF EXISTS lab CASCADE; CREATE SCHEMA lab; SET search_path = lab";
        client.batch_execute(clean).await.unwrap();
        client.batch_execute(COMMON).await.unwrap();
        made.push(COMMON.to_owned());
        self.relations.clear();
        let mut targets = Vec::new();
        let tables = self.tables(&mut targets);
        try_all(client, tables, &mut made).await;
        self.look(client, &targets).await;
        let rows = self.rows();
        try_all(client, rows, &mut made).await;
        // They must not change the rows above.
        let hooks = self.hooks();
        try_all(client, hooks, &mut made).await;
        for round in 0..3 {
            let views = self.views(round, &mut targets);
            try_all(client, views, &mut made).await;
            self.look(client, &targets).await;
        }
        (introspect(client).await.unwrap(), made)
    }

    fn tables(&mut self, targets: &mut Vec<String>) -> Vec<String> {
        let mut sql = Vec::new();
        for table in 0..4 {
            let name = format!("t{table}_");
            let key = self.random.pick(&["PRIMARY KEY", "PRIMARY KEY", "UNIQUE"]);
            let columns = self.table_columns("");
            let reference = self.reference(table);
            sql.push(format!(
                "CREATE TABLE {name} (id int {key}, {columns}{reference})"
            ));
            targets.push(name);
        }
        let no_inherit = if self.major >= 18 { " NO INHERIT" } else { "" };
        let columns = self.table_columns(no_inherit);
        let reference = self.reference(4);
        sql.push(format!(
            "CREATE TABLE parent (id int, {columns}{reference})"
        ));
        sql.push("CREATE TABLE child (extra int) INHERITS (parent)".to_owned());
        sql.push("CREATE TABLE grandchild () INHERITS (child)".to_owned());
        for column in 0..3 {
            let table = self.random.pick(&["child", "grandchild"]);
            sql.push(format!("ALTER TABLE {table} ALTER c{column} DROP NOT NULL"));
        }
        let columns = self.table_columns("");
        let reference = self.reference(4);
        sql.push(format!(
            "CREATE TABLE parts (id int NOT NULL, {columns}{reference}) PARTITION BY LIST (id)"
        ));
        sql.push("CREATE TABLE parts_1 PARTITION OF parts FOR VALUES IN (1, 77)".to_owned());
        sql.push("CREATE TABLE parts_other PARTITION OF parts DEFAULT".to_owned());
        targets.extend(["parent", "child", "parts", "parts_1"].map(str::to_owned));
        sql
    }

    /// A column that refers to one of the first so many tables.
    fn reference(&mut self, tables: usize) -> String {
        if tables == 0 || self.random.chance(20) {
            return String::new();
        }
        let table = self.random.below(tables);
        let not_null = self.random.pick(&["", " NOT NULL", " NOT NULL"]);
        let kind = self
            .random
            .pick(&["", "", " DEFERRABLE", " ON DELETE CASCADE"]);
        format!(", ref int{not_null} REFERENCES t{table}_ (id){kind}")
    }

    fn table_columns(&mut self, not_null: &str) -> String {
        let mut columns = Vec::new();
        let mut ints = vec!["id".to_owned()];
        for number in 0..3 + self.random.below(4) {
            let declared = self.random.choose(&[
                "int",
                "int",
                "positive_or_null",
                "text",
                "text",
                "varchar(9)",
                "filled",
                "bool",
                "int[]",
                "jsonb",
                "timestamptz",
                "spot",
            ]);
            let planned = Planned {
                name: format!("c{number}"),
                declared,
            };
            let default = match planned.declared {
                "int" => " DEFAULT 1",
                "text" => " DEFAULT NULL",
                "int[]" => " DEFAULT '{}'",
                "timestamptz" => " DEFAULT now()",
                _ => "",
            };
            let default = if self.random.chance(25) { default } else { "" };
            let not_null = match self.random.below(10) {
                0..=3 => " NOT NULL",
                4 if !not_null.is_empty() => &format!(" NOT NULL{not_null}"),
                _ => "",
            };
            columns.push(format!(
                "{} {}{not_null}{default}",
                planned.name, planned.declared
            ));
            if planned.declared == "int" {
                ints.push(planned.name);
            }
        }
        if self.random.chance(60) {
            let (a, b) = (self.random.choose(&ints), self.random.choose(&ints));
            let value = self.random.choose(&[
                format!("{a} + 1"),
                format!("coalesce({a}, {b}, 0)"),
                format!("CASE WHEN {a} > 0 THEN {b} ELSE 0 END"),
                format!("nullif({a}, 1)"),
                format!("greatest({a}, {b})"),
            ]);
            let kind = if self.major >= 18 {
                self.random.pick(&["STORED", "VIRTUAL"])
            } else {
                "STORED"
            };
            let not_null = self.random.pick(&["", "", " NOT NULL"]);
            columns.push(format!(
                "g int GENERATED ALWAYS AS ({value}) {kind}{not_null}"
            ));
        }
        if self.random.chance(50) {
            let (a, b) = (self.random.choose(&ints), self.random.choose(&ints));
            columns.push(self.random.choose(&[
                format!("CHECK ({a} IS NOT NULL OR {b} IS NOT NULL)"),
                format!("CHECK (({a} = 1) = ({b} IS NOT NULL))"),
                format!("CHECK ({a} <> 1 OR {b} IS NOT NULL)"),
                format!("CHECK ({a} IN (0, 2) OR {b} IS NOT NULL)"),
                format!("CHECK ({a} IS NULL OR {b} IS NOT NULL)"),
                format!("CHECK ({a} > 0)"),
                format!("CHECK (num_nonnulls({a}, {b}) >= 1)"),
                format!("CHECK (CASE WHEN {a} = 1 THEN {b} IS NOT NULL ELSE true END)"),
            ]));
        }
        if self.random.chance(30) {
            columns.push("serial_no int GENERATED BY DEFAULT AS IDENTITY".to_owned());
        }
        columns.join(", ")
    }

    /// Rows with NULL in about half of the places, and again without where that is refused.
    fn rows(&mut self) -> Vec<String> {
        let mut sql = Vec::new();
        let mut tables: Vec<_> = self
            .relations
            .iter()
            .filter(|r| r.writable)
            .cloned()
            .collect();
        // What is referred to comes first.
        tables.sort_by_key(|table| !table.name.starts_with('t'));
        for table in tables {
            if table.has_orphans {
                sql.push("SET session_replication_role = replica".to_owned());
            }
            for id in 0..8 {
                let mut names = vec!["id".to_owned()];
                let mut values = vec![(id % 6).to_string()];
                for (name, ty) in &table.assignable {
                    let needed = table.needed.iter().any(|(needed, _)| needed == name);
                    let value = if needed || self.random.chance(55) {
                        self.value(*ty, &[], 0)
                    } else {
                        "NULL".to_owned()
                    };
                    names.push(name.clone());
                    values.push(if needed {
                        format!("coalesce({value}, {})", ty.something())
                    } else {
                        value
                    });
                }
                let insert = format!("INSERT INTO {} ({})", table.name, names.join(", "));
                // A domain's NOT NULL is checked in casts only.
                let unchecked = values.iter().map(|value| match value.as_str() {
                    "NULL" => "(SELECT x FROM no_rows)",
                    value => value,
                });
                sql.push(format!("{insert} VALUES ({})", values.join(", ")));
                let unchecked: Vec<_> = unchecked.collect();
                sql.push(format!("{insert} VALUES ({})", unchecked.join(", ")));
            }
            sql.push("RESET session_replication_role".to_owned());
            if self.random.chance(30) {
                sql.push(format!("UPDATE {} SET c0 = NULL, c1 = NULL", table.name));
            }
            if self.major >= 18 && self.random.chance(30) {
                sql.push(format!(
                    "ALTER TABLE {} ADD CONSTRAINT later NOT NULL c0 NOT VALID",
                    table.name
                ));
            }
        }
        sql
    }

    /// Triggers and rules.
    fn hooks(&mut self) -> Vec<String> {
        let mut sql = Vec::new();
        for number in 0..4 {
            let table =
                self.random
                    .pick(&["t0_", "t1_", "child", "parts_1", "parts", "parts_other"]);
            let column = self.random.pick(&["c0", "c1", "c2"]);
            let (when, body) = match self.random.below(4) {
                0 => (
                    "AFTER",
                    format!("UPDATE {table} SET {column} = NULL WHERE id = NEW.id; RETURN NULL;"),
                ),
                _ => ("BEFORE", format!("NEW.{column} := NULL; RETURN NEW;")),
            };
            sql.push(format!(
                "CREATE FUNCTION hook{number}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} END $$"
            ));
            let events = self.random.pick(&["INSERT", "UPDATE", "INSERT OR UPDATE"]);
            sql.push(format!(
                "CREATE TRIGGER hook{number} {when} {events} ON {table} FOR EACH ROW WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION hook{number}()"
            ));
        }
        if self.random.chance(60) {
            let table = self.random.pick(&["t1_", "t2_", "t3_", "parts", "parent"]);
            let body = "BEGIN RETURN NULL; END";
            sql.push(format!(
                "CREATE FUNCTION stay() RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$"
            ));
            sql.push(format!(
                "CREATE TRIGGER stay BEFORE DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION stay()"
            ));
            for id in 0..3 {
                sql.push(format!("DELETE FROM t0_ WHERE id = {id}"));
                sql.push(format!("DELETE FROM t1_ WHERE id = {id}"));
            }
        }
        if self.random.chance(30) {
            let table = self.random.below(4);
            sql.push(format!("ALTER TABLE t{table}_ ENABLE ROW LEVEL SECURITY"));
        }
        if self.random.chance(40) {
            let event = self.random.pick(&["UPDATE", "INSERT"]);
            sql.push(format!(
                "CREATE RULE also AS ON {event} TO t3_ DO ALSO UPDATE t2_ SET c0 = NULL, c1 = NULL"
            ));
        }
        if self.random.chance(30)
            && let Some(table) = self
                .relations
                .iter()
                .find(|relation| relation.name == "t3_")
        {
            let nulls: Vec<_> = table.types.iter().map(|ty| format!("NULL::{ty}")).collect();
            sql.push(format!(
                "CREATE RULE instead AS ON DELETE TO t3_ DO INSTEAD UPDATE t2_ SET c0 = c0 RETURNING {}",
                nulls.join(", ")
            ));
        }
        sql
    }

    fn views(&mut self, round: usize, targets: &mut Vec<String>) -> Vec<String> {
        let mut sql = Vec::new();
        for number in 0..2 {
            // One that can be written through.
            let below: Vec<_> = self
                .relations
                .iter()
                .filter(|r| r.writable)
                .cloned()
                .collect();
            let below = self.random.choose(&below);
            let name = format!("v{round}{number}");
            let scope = super::select::columns_of_relation("x", &below);
            let shown: Vec<_> = below
                .plain
                .iter()
                .filter(|_| self.random.chance(80))
                .cloned()
                .collect();
            let mut shown: Vec<_> = shown.iter().map(|column| format!("x.{column}")).collect();
            if self.random.chance(30) && !shown.is_empty() {
                shown.push(format!("{} AS twin", shown[shown.len() - 1]));
            }
            if self.random.chance(30) {
                shown.push(format!("{} AS computed", self.value(Type::Int, &scope, 2)));
            }
            let condition = self.condition(&scope, 2);
            let check = self.random.pick(&["", "", " WITH CHECK OPTION"]);
            let only = if self.random.chance(10) { "ONLY " } else { "" };
            sql.push(format!(
                "CREATE VIEW {name} AS SELECT {} FROM {only}{} AS x WHERE {condition}{check}",
                shown.join(", "),
                below.name
            ));
            if self.random.chance(20) {
                let column = self.random.pick(&["c0", "c1", "c2"]);
                let body = format!("BEGIN NEW.{column} := NULL; RETURN NEW; END");
                sql.push(format!(
                    "CREATE FUNCTION of_{name}() RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$"
                ));
                sql.push(format!(
                    "CREATE TRIGGER instead INSTEAD OF INSERT OR UPDATE ON {name} FOR EACH ROW EXECUTE FUNCTION of_{name}()"
                ));
            }
            targets.push(name);
            // One that cannot, as a rule.
            let types = self.types(4);
            let select = self.select(&[], &types, 2);
            let names: Vec<_> = (0..types.len()).map(|index| format!("c{index}")).collect();
            let kind = self.random.pick(&["VIEW", "VIEW", "MATERIALIZED VIEW"]);
            let select = format!(
                "SELECT * FROM ({select}) AS q({}) LIMIT 30",
                names.join(", ")
            );
            sql.push(format!("CREATE {kind} w{round}{number} AS {select}"));
        }
        sql
    }

    /// Reads what is there.
    async fn look(&mut self, client: &Client, targets: &[String]) {
        let catalog = introspect(client).await.unwrap();
        let relations = catalog.relations.values();
        let relations = relations.filter(|r| r.schema == "lab" && "rpvm".contains(r.kind));
        let mut relations: Vec<_> = relations
            .map(|relation| relation_of(relation, &catalog, targets))
            .collect();
        relations.retain(|relation| !relation.columns.is_empty() && relation.name != "no_rows");
        relations.sort_by(|a, b| a.name.cmp(&b.name));
        self.relations = relations;
    }
}

fn relation_of(relation: &catalog::Relation, catalog: &Catalog, targets: &[String]) -> Relation {
    let mut found = Relation {
        name: relation.name.clone(),
        columns: Vec::new(),
        plain: Vec::new(),
        types: Vec::new(),
        assignable: Vec::new(),
        needed: Vec::new(),
        references: relation
            .foreign_keys
            .iter()
            .filter_map(|key| {
                let column = relation.attribute(*key.columns.first()?)?;
                let table = catalog.relations.get(&key.foreign_table)?;
                Some((column.name.clone(), table.name.clone()))
            })
            .collect(),
        has_orphans: relation.foreign_keys.iter().any(|key| !key.immediate),
        has_key: relation.unique_keys.iter().any(|key| {
            let id = relation.columns.iter().find(|column| column.name == "id");
            id.is_some_and(|id| key.columns == [id.number])
        }),
        writable: targets.contains(&relation.name),
    };
    for column in &relation.columns {
        let name = &column.name;
        let mut oid = column.type_id;
        while let Some(PgTypeKind::Domain { base, .. }) = catalog.types.get(&oid).map(|ty| &ty.kind)
        {
            oid = *base;
        }
        let ty = catalog.types.get(&oid);
        found.types.push(ty.map_or_else(String::new, |ty| {
            ty.name
                .strip_prefix('_')
                .map_or_else(|| ty.name.clone(), |element| format!("{element}[]"))
        }));
        found.plain.push(name.clone());
        let Some(ty) = type_of(oid) else {
            if ty.is_some_and(|ty| ty.name == "spot") {
                found
                    .columns
                    .push((format!("($t.{name}).level"), Type::Int));
                found
                    .columns
                    .push((format!("($t.{name}).shelf"), Type::Text));
            }
            continue;
        };
        found.columns.push((format!("$t.{name}"), ty));
        if !column.generated && !["id", "g", "computed"].contains(&name.as_str()) {
            found.assignable.push((name.clone(), ty));
            if column.not_null && !column.has_default {
                found.needed.push((name.clone(), ty));
            }
        }
    }
    found
}

fn type_of(oid: Oid) -> Option<Type> {
    Some(match oid {
        23 => Type::Int,
        25 | 1043 => Type::Text,
        16 => Type::Bool,
        1007 => Type::Ints,
        3802 => Type::Json,
        1184 => Type::Time,
        _ => return None,
    })
}

/// Runs each statement; some are refused, as random ones are. `made` are those that were not.
async fn try_all(client: &Client, statements: Vec<String>, made: &mut Vec<String>) {
    for sql in statements {
        if client.batch_execute(&sql).await.is_ok() {
            made.push(sql);
        }
    }
}
