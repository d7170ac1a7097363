//! What relations are called, from the names of columns and tables.

use crate::inflect;
use crate::ir::QualifiedName;

/// Endings of key columns that say nothing of what they point to.
const ENDINGS: [&str; 5] = ["_id", "_uuid", "_key", "_fk", "_ref"];

/// What a key's columns call the row they point to: `customer_id` → `customer`, `country_code` → `country` where it
/// points to a column `code`. A key that repeats the target's own column names is called after the target.
pub(super) fn stem(columns: &[String], target_columns: &[String], target: &str) -> String {
    let mut own = columns
        .iter()
        .zip(target_columns)
        .filter(|(column, of_target)| column != of_target);
    let (Some((column, of_target)), None) = (own.next(), own.next()) else {
        return inflect::singular(target);
    };
    let of_target = format!("_{of_target}");
    let endings = std::iter::once(of_target.as_str()).chain(ENDINGS);
    let snake = endings
        .into_iter()
        .find_map(|ending| column.strip_suffix(ending));
    let camel = || {
        let stem = column.strip_suffix("Id")?;
        stem.ends_with(|c: char| c.is_lowercase() || c.is_ascii_digit())
            .then_some(stem)
    };
    match snake.or_else(camel) {
        Some(stem) if !stem.is_empty() => stem.to_owned(),
        _ if ["id", "uuid", "key"].contains(&column.as_str()) => inflect::singular(target),
        _ => column.clone(),
    }
}

/// A key, seen from the table that it points to.
pub(super) struct Side<'a> {
    pub(super) child: &'a QualifiedName,
    pub(super) parent: &'a QualifiedName,
    /// What the key calls the parent.
    pub(super) stem: &'a str,
    /// Whether it is the only key between the two tables.
    pub(super) is_only: bool,
    pub(super) is_unique: bool,
    /// What it calls rows beyond the child, where that is a junction.
    pub(super) beyond: &'a [String],
}

impl Side<'_> {
    /// What a table calls the rows that point to it: `orders`; `items` for `order_items` that point to `orders`;
    /// `children` for a table that calls itself `parent`. With several keys between two tables, the key's stem comes
    /// first.
    pub(super) fn name(&self) -> String {
        let Self {
            child,
            parent,
            stem,
            ..
        } = self;
        let own = inflect::singular(&parent.name);
        let plural = if child == parent && *stem == "parent" {
            "children".to_owned()
        } else if child == parent {
            format!("{stem}_{}", child.name)
        } else {
            let prefixes = [format!("{own}_"), format!("{}_", parent.name)];
            let short = prefixes
                .iter()
                .find_map(|prefix| child.name.strip_prefix(prefix.as_str()));
            let short = short.filter(|short| {
                !short.is_empty() && !self.beyond.iter().any(|name| name == *short)
            });
            let name = short.unwrap_or(&child.name);
            let name = if child.schema != parent.schema && child.schema != "public" {
                format!("{}_{name}", child.schema)
            } else {
                name.to_owned()
            };
            if self.is_only || *stem == own {
                name
            } else {
                format!("{stem}_{name}")
            }
        };
        if self.is_unique {
            inflect::singular(&plural)
        } else {
            plural
        }
    }
}

/// What a table calls the rows at the other side of a junction: the target's name, or the plural of what the junction's
/// column calls them: `friends`.
pub(super) fn through(stem: &str, near: &QualifiedName, far: &QualifiedName) -> String {
    if stem == inflect::singular(&far.name) {
        if far.schema != near.schema && far.schema != "public" {
            return format!("{}_{}", far.schema, far.name);
        }
        far.name.clone()
    } else {
        inflect::plural(stem)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_name_what_they_point_to() {
        let strings = |names: &[&str]| names.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>();
        for (columns, target_columns, target, expected) in [
            (&["customer_id"][..], &["id"][..], "users", "customer"),
            (&["customerId"], &["id"], "users", "customer"),
            (&["country_code"], &["code"], "countries", "country"),
            (&["code"], &["code"], "countries", "country"),
            (&["id"], &["user_id"], "users", "user"),
            (&["invited_by"], &["id"], "users", "invited_by"),
            (&["paid"], &["id"], "payments", "paid"),
            (
                &["tenant_id", "order_id"],
                &["tenant_id", "id"],
                "orders",
                "order",
            ),
            (&["a_id", "b_id"], &["x", "y"], "things", "thing"),
            (&["_id"], &["id"], "users", "_id"),
        ] {
            let found = stem(&strings(columns), &strings(target_columns), target);
            assert_eq!(found, expected, "{columns:?}");
        }
    }

    #[test]
    fn tables_name_what_points_to_them() {
        let name = |name: &str| match name.split_once('.') {
            Some((schema, name)) => QualifiedName::new(schema, name),
            None => QualifiedName::new("public", name),
        };
        for (child, parent, stem, is_only, is_unique, expected) in [
            ("orders", "users", "customer", true, false, "orders"),
            ("order_items", "orders", "order", true, false, "items"),
            ("user_profiles", "users", "user", true, true, "profile"),
            ("orders", "users", "seller", false, false, "seller_orders"),
            ("orders", "users", "user", false, false, "orders"),
            (
                "categories",
                "categories",
                "parent",
                true,
                false,
                "children",
            ),
            (
                "users",
                "users",
                "invited_by",
                true,
                false,
                "invited_by_users",
            ),
            ("sales.orders", "users", "user", true, false, "sales_orders"),
            ("sales.lines", "sales.orders", "order", true, false, "lines"),
        ] {
            let side = Side {
                child: &name(child),
                parent: &name(parent),
                stem,
                is_only,
                is_unique,
                beyond: &[],
            };
            assert_eq!(side.name(), expected, "{child} of {parent}");
        }
    }
}
