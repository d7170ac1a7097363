//! Random INSERT, UPDATE, DELETE and MERGE, with RETURNING.

use super::select::{Column, columns_of_relation};
use super::{Generator, Relation, Type};

impl Generator {
    /// A whole statement that writes, as a statement or in a WITH.
    pub(super) fn writing(&mut self) -> Option<String> {
        let targets: Vec<Relation> = self
            .relations
            .iter()
            .filter(|r| r.writable)
            .cloned()
            .collect();
        let target = self.random.choose(&targets);
        let name = self.name();
        let own = columns_of_relation(&name, &target);
        let statement = match self.random.below(if self.major >= 17 { 8 } else { 6 }) {
            0 | 1 => self.update(&target, &name, &own),
            2 => Some(self.delete(&target, &name, &own)),
            3..=5 => self.insert(&target, &name, &own),
            _ => self.merge(&target, &name, &own),
        }?;
        if self.random.chance(12) {
            return Some(format!(
                "WITH gone AS ({statement}) SELECT gone.* FROM gone"
            ));
        }
        Some(statement)
    }

    /// What RETURNING shows. Postgres 18.4 crashes where a subquery of an `INSERT` looks at a row that was not there before.
    fn shown(&mut self, scope: &[Column], name: &str, inserts: bool) -> String {
        let types = [self.types(5), self.types(5)].concat();
        let shown = types.iter().map(|ty| {
            let value = self.value(*ty, scope, 1);
            if self.major >= 18 && self.random.chance(30) {
                let version = self.random.pick(&["old", "new"]);
                if inserts && version == "old" && value.contains("SELECT") {
                    return value;
                }
                return value.replace(&format!("{name}."), &format!("{version}."));
            }
            value
        });
        let shown: Vec<_> = shown
            .enumerate()
            .map(|(index, value)| format!("{value} AS r{index}"))
            .collect();
        shown.join(", ")
    }

    /// Columns that can be assigned, with values for them.
    fn assigned(
        &mut self,
        target: &Relation,
        scope: &[Column],
        depth: usize,
    ) -> Vec<(String, String)> {
        let mut assigned = Vec::new();
        for (name, ty) in target.assignable.clone() {
            if self.random.chance(45) {
                let value = if self.random.chance(6) {
                    "DEFAULT".to_owned()
                } else {
                    self.value(ty, scope, depth)
                };
                assigned.push((name, value));
            }
        }
        assigned
    }

    fn set(&mut self, target: &Relation, scope: &[Column]) -> Option<String> {
        let assigned = self.assigned(target, scope, 1);
        let assigned: Vec<_> = assigned
            .iter()
            .map(|(name, value)| format!("{name} = {value}"))
            .collect();
        (!assigned.is_empty()).then(|| assigned.join(", "))
    }

    fn update(&mut self, target: &Relation, name: &str, own: &[Column]) -> Option<String> {
        let mut scope = own.to_vec();
        let mut from = String::new();
        if self.random.chance(40) {
            let (item, other) = self.item_of_from(&[], 1);
            scope.extend(other);
            from = format!(" FROM {item}");
        }
        let set = self.set(target, &scope)?;
        let condition = self.condition(&scope, 2);
        let shown = self.shown(&scope, name, false);
        Some(format!(
            "UPDATE {} AS {name} SET {set}{from} WHERE {condition} RETURNING {shown}",
            target.name
        ))
    }

    fn delete(&mut self, target: &Relation, name: &str, own: &[Column]) -> String {
        let mut scope = own.to_vec();
        let mut using = String::new();
        if self.random.chance(30) {
            let (item, other) = self.item_of_from(&[], 1);
            scope.extend(other);
            using = format!(" USING {item}");
        }
        let condition = self.condition(&scope, 2);
        let shown = self.shown(&scope, name, false);
        format!(
            "DELETE FROM {} AS {name}{using} WHERE {condition} RETURNING {shown}",
            target.name
        )
    }

    /// Names and values of a row to insert; what may be needed is there.
    fn new_row(&mut self, target: &Relation, scope: &[Column]) -> (Vec<String>, Vec<String>) {
        let (mut names, mut values): (Vec<_>, Vec<_>) =
            self.assigned(target, scope, 1).into_iter().unzip();
        for (column, ty) in target.needed.clone() {
            if !names.contains(&column) && self.random.chance(95) {
                names.push(column.clone());
                values.push(self.value(ty, scope, 1));
            }
            if let Some(index) = names.iter().position(|name| *name == column) {
                let value = values[index].replace("DEFAULT", "NULL");
                values[index] = format!("coalesce({value}, {})", ty.something());
            }
        }
        if target.plain.iter().any(|name| name == "id") {
            names.push("id".to_owned());
            values.push(self.random.pick(&["1", "2", "77", "78"]).to_owned());
        }
        (names, values)
    }

    fn insert(&mut self, target: &Relation, name: &str, own: &[Column]) -> Option<String> {
        let conflicts = target.has_key && self.random.chance(50);
        let (source, names) = if self.random.chance(30) {
            let (from, scope) = self.item_of_from(&[], 1);
            let (names, values) = self.new_row(target, &scope);
            let values = values.join(", ").replace("DEFAULT", "NULL");
            // Otherwise the same id comes again.
            (format!("SELECT {values} FROM {from} LIMIT 1"), names)
        } else {
            let (names, values) = self.new_row(target, &[]);
            (format!("VALUES ({})", values.join(", ")), names)
        };
        if names.is_empty() {
            return None;
        }
        let conflict = if conflicts && self.random.chance(75) {
            let excluded = columns_of_relation("excluded", target);
            let excluded = excluded.into_iter().filter(|column| column.ty != Type::Row);
            let scope: Vec<_> = own.iter().cloned().chain(excluded).collect();
            let set = self.set(target, &scope)?;
            let condition = if self.random.chance(30) {
                format!(" WHERE {}", self.condition(&scope, 1))
            } else {
                String::new()
            };
            format!(" ON CONFLICT (id) DO UPDATE SET {set}{condition}")
        } else if conflicts {
            " ON CONFLICT DO NOTHING".to_owned()
        } else {
            String::new()
        };
        let shown = self.shown(own, name, true);
        Some(format!(
            "INSERT INTO {} AS {name} ({}) {source}{conflict} RETURNING {shown}",
            target.name,
            names.join(", ")
        ))
    }

    fn merge(&mut self, target: &Relation, name: &str, own: &[Column]) -> Option<String> {
        let (source, other) = self.item_of_from(&[], 0);
        let both = [own, &other].concat();
        let (a, b) = (
            self.value(Type::Int, own, 0),
            self.value(Type::Int, &other, 0),
        );
        let mut actions = Vec::new();
        let condition = |generator: &mut Self, scope: &[Column]| {
            let wanted = generator.random.chance(30);
            let condition = wanted.then(|| format!(" AND {}", generator.condition(scope, 1)));
            condition.unwrap_or_default()
        };
        if self.random.chance(60) {
            let when = condition(self, &both);
            let action = match self.random.below(5) {
                0 => "DELETE".to_owned(),
                1 => "DO NOTHING".to_owned(),
                _ => format!("UPDATE SET {}", self.set(target, &both)?),
            };
            actions.push(format!("WHEN MATCHED{when} THEN {action}"));
        }
        if self.random.chance(60) {
            let when = condition(self, &other);
            let (names, values) = self.new_row(target, &other);
            actions.push(format!(
                "WHEN NOT MATCHED{when} THEN INSERT ({}) VALUES ({})",
                names.join(", "),
                values.join(", ")
            ));
        }
        if self.random.chance(40) {
            let when = condition(self, own);
            let action = match self.random.below(3) {
                0 => "DELETE".to_owned(),
                _ => format!("UPDATE SET {}", self.set(target, own)?),
            };
            actions.push(format!("WHEN NOT MATCHED BY SOURCE{when} THEN {action}"));
        }
        let shown = self.shown(&both, name, true);
        (!actions.is_empty()).then(|| {
            format!(
                "MERGE INTO {} AS {name} USING {source} ON {a} = {b} {} RETURNING {shown}",
                target.name,
                actions.join(" ")
            )
        })
    }
}
