//! The constraints of the schema as an enum, so that a violated one can be matched.

use std::collections::{BTreeMap, BTreeSet};

use crate::ir;

use super::ident::Ident;
use super::items::Constraint;
use super::literal::Literal;

/// The variants of the enum `Constraint`.
///
/// A variant is called after its constraint alone where no other has the same name. Then the server's report is known by
/// that name too, also where it is about a partition that was made later, or about a table of another schema.
pub(super) fn constraints(catalog: &ir::Catalog) -> Vec<Constraint> {
    let mut by_name: BTreeMap<&str, Vec<&ir::Constraint>> = BTreeMap::new();
    for constraint in &catalog.constraints {
        by_name
            .entry(&constraint.name)
            .or_default()
            .push(constraint);
    }
    let mut names = BTreeSet::new();
    let mut reported = BTreeSet::new();
    let mut variants = Vec::new();
    for constraint in &catalog.constraints {
        let namesakes = &by_name[constraint.name.as_str()];
        let (name, pattern) = known_by(constraint, namesakes);
        let others = constraint.partition_names.iter();
        // A partition's name may be that of another constraint, which comes first then.
        let others = others.filter(|other| !by_name.contains_key(other.as_str()));
        let others: Vec<_> = others
            .map(|other| format!("({}, ..)", Literal::new(other.as_str())))
            .collect();
        let by_name = format!("({}, ..)", Literal::new(&constraint.name));
        let patterns = std::iter::once(pattern).chain(others);
        let patterns = patterns.filter(|pattern| reported.insert(pattern.clone()));
        let patterns: Vec<String> = patterns.collect();
        let pattern = match patterns.as_slice() {
            [only] if *only == by_name => None,
            // The server reports others in its place.
            [] => Some(r#"("", "", "")"#.to_owned()),
            several => Some(several.join(" | ")),
        };
        variants.push(Constraint {
            name: Ident::type_name(&name).unique(&mut names),
            about: Literal::new(describe(constraint)),
            sql_name: Literal::new(&constraint.name),
            pattern,
        });
    }
    variants
}

/// The name of the variant, and the pattern of the name, table and schema that the server reports.
fn known_by(constraint: &ir::Constraint, namesakes: &[&ir::Constraint]) -> (String, String) {
    let ir::Constraint { name, owner, .. } = constraint;
    let literal = Literal::new(name.as_str());
    let of_same_table = namesakes
        .iter()
        .filter(|other| other.owner.name == owner.name);
    let table = Literal::new(owner.name.as_str());
    if namesakes.len() == 1 {
        (name.clone(), format!("({literal}, ..)"))
    } else if of_same_table.count() == 1 {
        (
            format!("{}_{name}", owner.name),
            format!("({literal}, {table}, _)"),
        )
    } else {
        let schema = Literal::new(owner.schema.as_str());
        let variant = format!("{}_{}_{name}", owner.schema, owner.name);
        (variant, format!("({literal}, {table}, {schema})"))
    }
}

fn describe(constraint: &ir::Constraint) -> String {
    let kind = match constraint.kind {
        ir::ConstraintKind::PrimaryKey => "The primary key of",
        ir::ConstraintKind::Unique => "A unique key of",
        ir::ConstraintKind::ForeignKey => "A foreign key of",
        ir::ConstraintKind::Check => "A check of",
        ir::ConstraintKind::Exclusion => "An exclusion constraint of",
        ir::ConstraintKind::DomainCheck => "A check of the domain",
    };
    format!("{kind} `{}`.", constraint.owner)
}
