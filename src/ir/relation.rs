//! Rows of other tables that are loaded along with a query's.

use serde::{Deserialize, Serialize};

use super::{Parameter, QualifiedName, Query, Type};

/// One relation of a query's rows, or of the rows of another relation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Relation {
    /// What the field is called.
    pub name: String,
    /// The table whose rows it gives.
    pub table: QualifiedName,
    /// What the field holds.
    pub cardinality: Cardinality,
    /// The places of the columns that hold the key, in the rows it belongs to.
    pub key: Vec<usize>,
    /// What loads it, for any number of rows at once: its first parameters are arrays with the keys of those rows. Its
    /// relations are those of the rows it loads.
    pub statement: Query,
    /// How many of the statement's columns are fields; those after them lead to other rows.
    pub fields: usize,
    /// The places of the statement's columns that tell which row a result belongs to, in step with `key`.
    pub statement_key: Vec<usize>,
}

impl Query {
    /// The parameters that its relations have, at any depth, each with its statement. The keys are none of them.
    pub fn related_parameters(&self) -> Vec<(&Self, &Parameter)> {
        let mut found = Vec::new();
        for relation in &self.relations {
            let statement = &relation.statement;
            let own = statement.parameters.iter().skip(relation.key.len());
            found.extend(own.map(|parameter| (statement, parameter)));
            found.extend(statement.related_parameters());
        }
        found
    }
}

/// How many rows a relation gives to each row it belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cardinality {
    /// One, always.
    One,
    /// One or none.
    Optional,
    /// Any number.
    Many,
    /// Any number, of which only the count is asked for.
    Count,
}

/// A function that loads a relation of a table for any rows that have its key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Loader {
    /// The table whose rows have the relation.
    pub table: QualifiedName,
    /// The relation's name.
    pub name: String,
    /// The columns of `table` that hold the key.
    pub key: Vec<String>,
    /// How it is known, as a phrase: by `orders.customer_id`.
    pub way: String,
    /// The table whose rows it gives.
    pub target: QualifiedName,
    /// What it gives for each row.
    pub cardinality: Cardinality,
    /// What is sent: its parameters are arrays, one for each column of the key. Its first columns are all of `target`,
    /// or the count.
    pub statement: Query,
    /// The places of the statement's columns that tell which key a row belongs to, in step with `key`.
    pub statement_key: Vec<usize>,
}

/// A statement that gives a query's rows and all that belongs to them.
///
/// Its columns are those of the query, then one for each relation (a record, an array of records, or a count), then one
/// for each of `types`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Single {
    /// The SQL as it is sent.
    #[serde(with = "super::notation::lines")]
    pub sql: String,
    /// The names of the parameters after those of the query, which the relations have.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parameters: Vec<String>,
    /// The types in its records that are not the same on every server.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub types: Vec<Type>,
}
