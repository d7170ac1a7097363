//! What is known about a query and why, for people and for tools.

use std::fmt;
use std::ops::Range;

use serde::Serialize;

use crate::ir;
use crate::options::{Options, Place};
use crate::rust::Describer;

/// One query: what is sent, what it takes and what it gives, each with the reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// The query's name.
    pub name: String,
    /// The file it is in, relative to the configuration's folder.
    pub file: String,
    /// The line of its annotation, from 1.
    pub line: usize,
    /// Its command, with the colon.
    pub command: &'static str,
    /// The text that is sent to Postgres; empty for a relation that another statement loads.
    pub sql: String,
    /// What of that text is not sent by every call.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<Condition>,
    /// What else its rows can be ordered by.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub orders: Vec<ir::Order>,
    /// How its rows come in pages, if they do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paging: Option<ir::Paging>,
    /// Whether it takes many rows or items, each with all parameters.
    pub takes_many: bool,
    /// What `$1`, `$2`, … stand for.
    pub parameters: Vec<Fact>,
    /// The result columns.
    pub columns: Vec<Fact>,
    /// What a relation gives to each row; `None` for a query.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gives: Option<&'static str>,
    /// What is loaded along with its rows, and with those: all levels, each after the one it belongs to.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub relations: Vec<Explanation>,
}

/// A condition, an assignment or an inserted value that is left out without a value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Condition {
    /// Its text.
    pub sql: String,
    /// The parameters whose values it needs.
    pub needs: Vec<String>,
    /// What is sent in its place.
    pub otherwise: String,
}

/// A parameter or result column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fact {
    /// Its name.
    pub name: String,
    /// Its Postgres type.
    #[serde(rename = "type")]
    pub ty: String,
    /// Its Rust type; `None` where there is none.
    pub rust_type: Option<String>,
    /// Whether it may be NULL.
    pub nullable: bool,
    /// How that is known.
    pub reason: String,
    /// Of a result column that is an array: whether an element of it may be NULL, and how that is known.
    pub elements: Option<ir::Nullability>,
}

/// Explains every query of an analysis, then every loader.
pub(crate) fn explain<'a>(analysis: &'a ir::Analysis, options: &'a Options) -> Vec<Explanation> {
    let mut types = Describer::new(analysis, options);
    let mut explanations = Vec::new();
    for query in &analysis.queries {
        let mut explanation = statement(query, &mut types);
        add_relations(&query.relations, &mut types, &mut explanation.relations);
        if let Some(single) = &query.single {
            explanation.load_at_once(single);
        }
        explanations.push(explanation);
    }
    for loader in &analysis.loaders {
        let mut explanation = statement(&loader.statement, &mut types);
        explanation.gives = Some(gives(loader.cardinality));
        // Its text stands in no file; that it is asked for does.
        let (table, relation) = (&loader.table, &loader.name);
        let place = options
            .loaders
            .place(&table.schema, &table.name, relation)
            .map(Place::span);
        if let Some(place) = place {
            place.file.key().clone_into(&mut explanation.file);
            explanation.line = place.position().line;
        }
        explanations.push(explanation);
    }
    explanations
}

impl Explanation {
    /// What is loaded along with the rows is loaded by their statement, which takes all parameters.
    fn load_at_once(&mut self, single: &ir::Single) {
        for name in &single.parameters {
            let mut known = self.relations.iter().flat_map(|found| &found.parameters);
            let parameter = known.find(|known| ir::is_same_name(&known.name, name));
            self.parameters.extend(parameter.cloned());
        }
        for relation in &mut self.relations {
            relation.sql.clear();
            relation.parameters.clear();
        }
    }
}

fn add_relations<'a>(
    relations: &'a [ir::Relation],
    types: &mut Describer<'a>,
    explanations: &mut Vec<Explanation>,
) {
    for relation in relations {
        explanations.push(Explanation {
            gives: Some(gives(relation.cardinality)),
            ..statement(&relation.statement, types)
        });
        add_relations(&relation.statement.relations, types, explanations);
    }
}

fn gives(cardinality: ir::Cardinality) -> &'static str {
    match cardinality {
        ir::Cardinality::One => "one for each row",
        ir::Cardinality::Optional => "one or none for each row",
        ir::Cardinality::Many => "any number for each row",
        ir::Cardinality::Count => "a count for each row",
    }
}

fn statement<'a>(query: &'a ir::Query, types: &mut Describer<'a>) -> Explanation {
    Explanation {
        name: query.name.clone(),
        file: query.location.file.clone(),
        line: query.location.line,
        command: query.command.as_str(),
        sql: types.sent(query),
        conditions: conditions(query),
        orders: orders(query).to_vec(),
        paging: query
            .dynamic
            .as_ref()
            .and_then(|dynamic| dynamic.paging.clone()),
        takes_many: query.bulk.is_some() || query.command.is_batch(),
        parameters: query
            .parameters
            .iter()
            .map(|parameter| {
                fact(
                    &parameter.name,
                    &parameter.ty,
                    &parameter.nullability,
                    None,
                    types.parameter(query, parameter),
                )
            })
            .collect(),
        columns: query
            .columns
            .iter()
            .map(|column| {
                fact(
                    &column.name,
                    &column.ty,
                    &column.nullability,
                    column.elements.as_ref(),
                    types.column(query, column),
                )
            })
            .collect(),
        gives: None,
        relations: Vec::new(),
    }
}

fn conditions(query: &ir::Query) -> Vec<Condition> {
    let name = |index: &usize| Some(query.parameters.get(*index)?.name.clone());
    let part = |at: &Range<usize>, needs: &[usize], otherwise: &str| Condition {
        sql: query.sql.get(at.clone()).unwrap_or_default().to_owned(),
        needs: needs.iter().filter_map(name).collect(),
        otherwise: otherwise.to_owned(),
    };
    let mut parts = Vec::new();
    if let Some(dynamic) = &query.dynamic {
        let conditions = dynamic.conditions.iter();
        parts.extend(conditions.map(|found| part(&found.at, &found.needs, &found.otherwise)));
        let values = dynamic.values.iter();
        parts.extend(values.map(|found| part(&found.at, &found.needs, "DEFAULT")));
        let assignments = dynamic.assignments.iter();
        let assignments = assignments.filter(|found| !found.needs.is_empty());
        parts.extend(assignments.map(|found| part(&found.at, &found.needs, "")));
    }
    parts
}

fn orders(query: &ir::Query) -> &[ir::Order] {
    let dynamic = query.dynamic.as_ref();
    let ordering = dynamic.and_then(|dynamic| dynamic.ordering.as_ref());
    ordering.map_or(&[], |ordering| &ordering.orders)
}

fn fact(
    name: &str,
    ty: &ir::Type,
    nullability: &ir::Nullability,
    elements: Option<&ir::Nullability>,
    rust_type: Option<String>,
) -> Fact {
    Fact {
        name: name.to_owned(),
        ty: ty.to_string(),
        rust_type,
        nullable: nullability.nullable,
        reason: nullability.reason.clone(),
        elements: elements.cloned(),
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = self.gives.map_or_else(
            || format!("{} {}", self.name, self.command),
            |gives| format!("{}, {gives},", self.name),
        );
        writeln!(f, "{what} at {}:{}", self.file, self.line)?;
        if !self.sql.is_empty() {
            writeln!(f)?;
        }
        for line in self.sql.lines() {
            writeln!(f, "    {line}")?;
        }
        if !self.conditions.is_empty() {
            writeln!(f, "\nsent where there is a value")?;
        }
        for condition in &self.conditions {
            let needs = condition.needs.join(" and ");
            let sql = condition.sql.split_whitespace().collect::<Vec<_>>();
            writeln!(f, "    {needs}: {}", sql.join(" "))?;
            if condition.otherwise == "DEFAULT" {
                writeln!(f, "        else DEFAULT")?;
            } else if condition.otherwise.contains(&condition.sql) {
                writeln!(
                    f,
                    "        else (true OR …), by which the rest means the same"
                )?;
            }
        }
        let width = self.orders.iter().map(|order| order.key.chars().count());
        let width = width.max().unwrap_or(0);
        if !self.orders.is_empty() {
            writeln!(f, "\norders to choose from")?;
        }
        for order in &self.orders {
            writeln!(f, "    {:width$}  {}", order.key, order.sql.trim())?;
        }
        if let Some(paging) = &self.paging {
            write_pages(f, paging, self.parameters.len())?;
        }
        let numbered = self.parameters.iter().enumerate();
        let parameters =
            numbered.map(|(index, fact)| (format!("${} {}", index + 1, fact.name), fact));
        let title = if self.takes_many {
            "parameters of each row"
        } else {
            "parameters"
        };
        table(f, title, &parameters.collect::<Vec<_>>())?;
        let columns = self.columns.iter().map(|fact| (fact.name.clone(), fact));
        table(f, "columns", &columns.collect::<Vec<_>>())?;
        for relation in &self.relations {
            write!(f, "\n{relation}")?;
        }
        Ok(())
    }
}

/// How pages are cut out: `own` is how many parameters the query has.
fn write_pages(f: &mut fmt::Formatter<'_>, paging: &ir::Paging, own: usize) -> fmt::Result {
    writeln!(f, "\npages of SELECT * FROM (…) AS page")?;
    for order in &paging.orders {
        writeln!(
            f,
            "    ORDER BY {} LIMIT ${}",
            order.order_by(false),
            own + 1
        )?;
        for way in 0..order.ways() {
            writeln!(
                f,
                "        after a cursor: {}",
                order.after(false, way, own + 2)
            )?;
        }
        if !order.added.is_empty() {
            writeln!(
                f,
                "        with the columns {}",
                order.added.trim_start_matches(", ")
            )?;
        }
    }
    if let Some(total) = paging.total {
        let limit = total.up_to.map(|rows| format!(", up to {rows}"));
        writeln!(
            f,
            "    and the number of all rows{}",
            limit.unwrap_or_default()
        )?;
    }
    Ok(())
}

fn table(f: &mut fmt::Formatter<'_>, title: &str, rows: &[(String, &Fact)]) -> fmt::Result {
    if rows.is_empty() {
        return Ok(());
    }
    let rust_type = |fact: &Fact| {
        fact.rust_type
            .clone()
            .unwrap_or_else(|| "(none)".to_owned())
    };
    let width = |texts: &mut dyn Iterator<Item = usize>| texts.max().unwrap_or(0);
    let names = width(&mut rows.iter().map(|(name, _)| name.chars().count()));
    let types = width(&mut rows.iter().map(|(_, fact)| fact.ty.chars().count()));
    let rust_types = width(&mut rows.iter().map(|(_, fact)| rust_type(fact).chars().count()));
    writeln!(f, "\n{title}")?;
    for (name, fact) in rows {
        let rust = rust_type(fact);
        write!(
            f,
            "    {name:names$}  {:types$}  {rust:rust_types$}  {}",
            fact.ty, fact.reason
        )?;
        match &fact.elements {
            Some(elements) => writeln!(f, "; its elements: {}", elements.reason)?,
            None => writeln!(f)?,
        }
    }
    Ok(())
}
