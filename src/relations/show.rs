//! The graph as people read it: a list, and a diagram.

use std::fmt::Write as _;

use crate::ir::{Catalog, QualifiedName, Table};

use super::graph::{Graph, Kind, Relation, source};

/// The relations of each table, one to a line, with how they are known.
pub(crate) fn list(graph: &Graph) -> String {
    let mut text = String::new();
    let mut last: Option<&QualifiedName> = None;
    let width = |show: &dyn Fn(&Relation) -> String| {
        let widths = graph
            .all()
            .iter()
            .map(|relation| show(relation).chars().count());
        widths.max().unwrap_or(0)
    };
    let name = width(&|relation| relation.name.clone());
    let kind = width(&|relation| relation.kind.as_str().to_owned());
    let target = width(&|relation| relation.target.to_string());
    for relation in graph.all() {
        if last != Some(&relation.table) {
            let gap = if last.is_some() { "\n" } else { "" };
            let _ = writeln!(text, "{gap}{}", relation.table);
            last = Some(&relation.table);
        }
        let others = graph.of(&relation.table).into_iter();
        let is_shared = others.filter(|other| other.name == relation.name).count() > 1;
        let _ = writeln!(
            text,
            "    {:name$}  {:kind$}  {:target$}  {}{}",
            relation.name,
            relation.kind.as_str(),
            relation.target.to_string(),
            way(relation),
            if is_shared {
                format!(
                    " (this name is used twice: add `{}`)",
                    relation.naming_line()
                )
            } else {
                String::new()
            }
        );
    }
    text
}

/// `by orders.customer_id`, `by todo_tags.todo_id and todo_tags.tag_id`.
pub(super) fn way(relation: &Relation) -> String {
    match &relation.junction {
        Some(junction) => format!(
            "by {} and {}",
            source(&junction.table, &relation.matched),
            source(&junction.table, &junction.columns)
        ),
        None => format!("by {}", relation.source),
    }
}

/// A diagram of the tables and keys, in the language of Mermaid.
pub(crate) fn mermaid(catalog: &Catalog, graph: &Graph) -> String {
    let mut text = "erDiagram\n".to_owned();
    let relations = graph.all();
    let shown = catalog.tables.iter().filter(|table| {
        let mut names = relations
            .iter()
            .flat_map(|relation| [&relation.table, &relation.target]);
        names.any(|name| *name == table.name)
    });
    for table in shown {
        let _ = writeln!(text, "    {} {{", entity(&table.name));
        for column in &table.columns {
            let _ = writeln!(
                text,
                "        {} {}{}",
                word(&column.ty.to_string()),
                word(&column.name),
                mark(table, &column.name)
            );
        }
        let _ = writeln!(text, "    }}");
    }
    for relation in relations {
        let Kind::BelongsTo { .. } = relation.kind else {
            continue;
        };
        let Some(table) = catalog.table(&relation.table) else {
            continue;
        };
        let is_null = |column: &String| {
            let found = table.columns.iter().find(|found| found.name == *column);
            found.is_none_or(|found| found.nullability.nullable)
        };
        let parent = if relation.columns.iter().any(is_null) {
            "|o"
        } else {
            "||"
        };
        let back = relations.iter().find(|back| {
            back.table == relation.target
                && back.junction.is_none()
                && back.source == relation.source
        });
        let child = match back.map(|back| back.kind) {
            Some(Kind::HasOne) => "o|",
            _ => "o{",
        };
        let _ = writeln!(
            text,
            "    {} {parent}--{child} {} : {}",
            entity(&relation.target),
            entity(&relation.table),
            quoted(&relation.name)
        );
    }
    text
}

fn mark(table: &Table, column: &str) -> &'static str {
    let has = |columns: &[String]| columns.iter().any(|name| name == column);
    let is_primary = table.primary_key().is_some_and(|key| has(&key.columns));
    let is_foreign = table.foreign_keys.iter().any(|key| has(&key.columns));
    match (is_primary, is_foreign) {
        (true, true) => " PK, FK",
        (true, false) => " PK",
        (false, true) => " FK",
        (false, false) => "",
    }
}

fn entity(name: &QualifiedName) -> String {
    quoted(&name.to_string())
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace(['"', '\n'], "'"))
}

/// Mermaid takes letters, digits and a few marks for types and columns.
fn word(name: &str) -> String {
    let word: String = name
        .chars()
        .map(|c| {
            if c.is_alphanumeric() || matches!(c, '_' | '[' | ']') {
                c
            } else {
                '_'
            }
        })
        .collect();
    if word.starts_with(|c: char| c.is_alphabetic()) {
        word
    } else {
        format!("_{word}")
    }
}
