//! Where rowsmith differs from Postgres' types and from sqlc's nullability, and which differences are reviewed.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use rowsmith::ir::{Nullability, Query, Type};
use serde_json::Value;

use super::cases::{Annotated, Set};

/// One difference.
pub(crate) struct Difference {
    /// The column or parameter.
    pub(crate) place: String,
    /// `type`, or `null` and who says what.
    pub(crate) kind: String,
    /// rowsmith's reason, or both types.
    pub(crate) reason: String,
}

/// Compares a query with what Postgres and sqlc say of it; counts what was compared.
pub(crate) fn differences(
    set: &Set,
    query: &Query,
    types: &mut usize,
    nullability: &mut usize,
) -> Vec<Difference> {
    let mut found = Vec::new();
    let by_name = |queries: &Value| {
        let queries = queries.as_array().cloned().unwrap_or_default();
        queries
            .into_iter()
            .find(|other| other["name"] == query.name.as_str())
    };
    if let Some(pg) = by_name(&set.pg["queries"]).filter(|pg| pg["ok"] == true) {
        let columns = query
            .columns
            .iter()
            .map(|column| (&column.name, &column.ty));
        let parameters = query
            .parameters
            .iter()
            .map(|parameter| (&parameter.name, &parameter.ty));
        for (what, ours, theirs) in [
            ("column", columns.collect::<Vec<_>>(), &pg["columns"]),
            ("parameter", parameters.collect(), &pg["params"]),
        ] {
            let theirs = theirs.as_array().cloned().unwrap_or_default();
            if ours.len() != theirs.len() {
                found.push(Difference {
                    place: format!("{what}s"),
                    kind: "count".to_owned(),
                    reason: format!("{} instead of {}", ours.len(), theirs.len()),
                });
                continue;
            }
            // Named parameters may be numbered in another order.
            let theirs = theirs
                .iter()
                .map(|item| item["type"].as_str().unwrap().to_owned());
            let mut theirs: Vec<String> = theirs.map(|ty| plain(&ty)).collect();
            let mut ours: Vec<(String, String)> = ours
                .into_iter()
                .map(|(name, ty)| (plain(&spelled(ty)), name.clone()))
                .collect();
            if what == "parameter" {
                theirs.sort();
                ours.sort();
            }
            for ((ty, name), expected) in ours.into_iter().zip(theirs) {
                *types += 1;
                if ty != expected {
                    found.push(Difference {
                        place: format!("{what} {name}"),
                        kind: "type".to_owned(),
                        reason: format!("{ty} instead of {expected}"),
                    });
                }
            }
        }
    }
    let Some(sqlc) = set.sqlc.as_ref().and_then(|sqlc| by_name(&sqlc["queries"])) else {
        return found;
    };
    let tables = &set.sqlc.as_ref().unwrap()["catalog"];
    let theirs = expanded(sqlc["columns"].as_array().unwrap(), tables);
    let ours = query
        .columns
        .iter()
        .map(|column| (&column.name, &column.nullability));
    let ours: Vec<(&String, &Nullability)> = ours.collect();
    // Where sqlc has other columns, there is nothing to compare with.
    if theirs.len() == ours.len() {
        for ((name, ours), theirs) in ours.into_iter().zip(theirs) {
            *nullability += 1;
            found.extend(about_null(format!("column {name}"), ours, theirs));
        }
    }
    let theirs: BTreeMap<String, bool> = sqlc["params"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|item| {
            Some((
                item["name"].as_str()?.to_lowercase(),
                item["not_null"] == true,
            ))
        })
        .collect();
    for parameter in &query.parameters {
        if let Some(theirs) = theirs.get(&parameter.name.to_lowercase()) {
            *nullability += 1;
            let place = format!("parameter {}", parameter.name);
            found.extend(about_null(place, &parameter.nullability, *theirs));
        }
    }
    found
}

fn about_null(place: String, ours: &Nullability, theirs_not_null: bool) -> Option<Difference> {
    if ours.nullable != theirs_not_null {
        return None;
    }
    let what = place.split(' ').next().unwrap_or_default();
    let kind = if ours.nullable {
        "sqlc says not null"
    } else {
        "sqlc says nullable"
    };
    Some(Difference {
        kind: format!("{what}: {kind}"),
        place,
        reason: without_names(&ours.reason),
    })
}

/// sqlc's columns with embeds written out as the columns of their tables.
fn expanded(columns: &[Value], catalog: &Value) -> Vec<bool> {
    let mut all = Vec::new();
    for column in columns {
        let Some(embedded) = column["embed"].as_str() else {
            all.push(column["not_null"] == true);
            continue;
        };
        let mut path = embedded.rsplit('.');
        let (table, schema) = (
            path.next().unwrap_or_default(),
            path.next().unwrap_or("public"),
        );
        let table = &catalog[schema]["tables"][table];
        for column in table.as_array().into_iter().flatten() {
            all.push(column["not_null"] == true);
        }
    }
    all
}

/// A reason without its names and places, so that one rule covers all like it.
fn without_names(reason: &str) -> String {
    let reason = match reason.rsplit_once(" at ") {
        Some((before, place)) if place.contains(".sql:") => before.trim_end_matches(','),
        _ => reason,
    };
    let parts = reason.split('`').enumerate();
    let parts = parts.map(|(index, part)| if index % 2 == 1 { "…" } else { part });
    parts.collect::<Vec<_>>().join("`")
}

fn spelled(ty: &Type) -> String {
    // How many dimensions a column is declared with, Postgres notes and ignores.
    let mut spelled = ty.to_string();
    while spelled.ends_with("[][]") {
        spelled.truncate(spelled.len() - 2);
    }
    spelled
}

/// A type's name without its modifier, as `format_type` writes it; those of Postgres in their short form.
fn plain(ty: &str) -> String {
    let (ty, array) = match ty.strip_suffix("[]") {
        Some(element) => (element, "[]"),
        None => (ty, ""),
    };
    let mut name = ty.to_owned();
    if let (Some(open), Some(close)) = (ty.find('('), ty.find(')')) {
        name.replace_range(open..=close, "");
    }
    let short = match name.as_str() {
        "timestamp with time zone" => "timestamptz",
        "timestamp without time zone" => "timestamp",
        "time with time zone" => "timetz",
        "time without time zone" => "time",
        "character varying" => "varchar",
        "bit varying" => "varbit",
        "bpchar" => "character",
        other => other,
    };
    format!("{short}{array}")
}

/// The differences that were looked at and found right.
pub(crate) struct Reviewed {
    rules: Vec<Rule>,
    /// Sets that later versions of Postgres accept.
    accepted_from: BTreeMap<String, u32>,
}

struct Rule {
    kind: String,
    reason: String,
    why: String,
}

impl Reviewed {
    /// Reads `reviewed.tsv`: kind, rowsmith's reason (`*` at its end for any), why it is right.
    pub(crate) fn read() -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance/reviewed.tsv");
        let text = fs::read_to_string(path).unwrap();
        let mut found = Self {
            rules: Vec::new(),
            accepted_from: BTreeMap::new(),
        };
        for line in text
            .lines()
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
        {
            let cells: Vec<&str> = line.split('\t').collect();
            let [kind, reason, why] = cells[..] else {
                panic!("{line}")
            };
            if let Some(version) = kind.strip_prefix("accepted from Postgres ") {
                found
                    .accepted_from
                    .insert(reason.to_owned(), version.parse().unwrap());
            } else {
                found.rules.push(Rule {
                    kind: kind.to_owned(),
                    reason: reason.to_owned(),
                    why: why.to_owned(),
                });
            }
        }
        found
    }

    pub(crate) fn rule_for(&self, difference: &Difference) -> Option<usize> {
        self.position(&difference.kind, &difference.reason)
    }

    /// Whether a query that Postgres accepts is to be refused all the same, by a rule about its annotation.
    pub(crate) fn is_policy(&self, set: &Set, query: &Annotated) -> bool {
        let kind = format!("refused in {}", set.id);
        self.position(&kind, &query.annotation).is_some()
    }

    fn position(&self, kind: &str, reason: &str) -> Option<usize> {
        self.rules.iter().position(|rule| {
            rule.kind == kind
                && match rule.reason.strip_suffix('*') {
                    Some(start) => reason.starts_with(start),
                    None => reason == rule.reason,
                }
        })
    }

    pub(crate) fn accepted_from(&self, set: &str) -> Option<u32> {
        self.accepted_from.get(set).copied()
    }

    pub(crate) fn describe(&self, rule: usize) -> String {
        let Rule { kind, reason, why } = &self.rules[rule];
        format!("{kind}: {reason} ({why})")
    }

    /// The rules that explain no difference.
    pub(crate) fn unused(&self, by_rule: &BTreeMap<usize, usize>) -> String {
        let unused = (0..self.rules.len()).filter(|rule| {
            !by_rule.contains_key(rule) && !self.rules[*rule].kind.starts_with("refused in")
        });
        unused
            .map(|rule| self.describe(rule))
            .collect::<Vec<_>>()
            .join("\n")
    }
}
