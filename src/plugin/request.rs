//! sqlc's `GenerateRequest`, as far as rowsmith reads it.

use serde::{Deserialize, Deserializer};

use super::wire::{Message, Type};
use crate::base64;

#[derive(Debug, Deserialize)]
pub(super) struct Request {
    pub(super) catalog: Catalog,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) queries: Vec<Query>,
    #[serde(default, deserialize_with = "or_default")]
    plugin_options: String,
}

impl Request {
    /// The plugin's options, as JSON.
    pub(super) fn options(&self) -> String {
        let bytes = base64::decode(&self.plugin_options).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct Catalog {
    #[serde(default, deserialize_with = "or_default")]
    pub(super) default_schema: String,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) schemas: Vec<Schema>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Schema {
    #[serde(default, deserialize_with = "or_default")]
    pub(super) name: String,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) tables: Vec<Table>,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) enums: Vec<Enum>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Enum {
    pub(super) name: String,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) vals: Vec<String>,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) comment: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Table {
    pub(super) rel: Identifier,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) columns: Vec<Column>,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) comment: String,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Identifier {
    /// Empty for the default one, or for nobody knows.
    #[serde(default, deserialize_with = "or_default")]
    pub(super) schema: String,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) name: String,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Column {
    #[serde(default, deserialize_with = "or_default")]
    pub(super) name: String,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) not_null: bool,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) is_array: bool,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) comment: String,
    pub(super) table: Option<Identifier>,
    #[serde(rename = "type", default, deserialize_with = "or_default")]
    pub(super) ty: Identifier,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) is_sqlc_slice: bool,
    pub(super) embed_table: Option<Identifier>,
    /// Of a table's column: its name there.
    #[serde(default, deserialize_with = "or_default")]
    pub(super) original_name: String,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) array_dims: i64,
}

#[derive(Debug, Deserialize)]
pub(super) struct Query {
    pub(super) text: String,
    pub(super) name: String,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) cmd: String,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) columns: Vec<Column>,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) params: Vec<Parameter>,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) comments: Vec<String>,
    pub(super) filename: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Parameter {
    pub(super) number: usize,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) column: Column,
}

/// What is `null` is what is not there.
fn or_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(
    deserializer: D,
) -> Result<T, D::Error> {
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

const IDENTIFIER: Message = Message(&[(2, "schema", Type::Text), (3, "name", Type::Text)]);
const COLUMN: Message = Message(&[
    (1, "name", Type::Text),
    (3, "not_null", Type::Bool),
    (4, "is_array", Type::Bool),
    (5, "comment", Type::Text),
    (10, "table", Type::Message(&IDENTIFIER)),
    (12, "type", Type::Message(&IDENTIFIER)),
    (13, "is_sqlc_slice", Type::Bool),
    (14, "embed_table", Type::Message(&IDENTIFIER)),
    (15, "original_name", Type::Text),
    (17, "array_dims", Type::Number),
]);
const TABLE: Message = Message(&[
    (1, "rel", Type::Message(&IDENTIFIER)),
    (2, "columns", Type::Messages(&COLUMN)),
    (3, "comment", Type::Text),
]);
const ENUM: Message = Message(&[
    (1, "name", Type::Text),
    (2, "vals", Type::Texts),
    (3, "comment", Type::Text),
]);
const SCHEMA: Message = Message(&[
    (2, "name", Type::Text),
    (3, "tables", Type::Messages(&TABLE)),
    (4, "enums", Type::Messages(&ENUM)),
]);
const CATALOG: Message = Message(&[
    (2, "default_schema", Type::Text),
    (4, "schemas", Type::Messages(&SCHEMA)),
]);
const PARAMETER: Message = Message(&[
    (1, "number", Type::Number),
    (2, "column", Type::Message(&COLUMN)),
]);
const QUERY: Message = Message(&[
    (1, "text", Type::Text),
    (2, "name", Type::Text),
    (3, "cmd", Type::Text),
    (4, "columns", Type::Messages(&COLUMN)),
    (5, "params", Type::Messages(&PARAMETER)),
    (6, "comments", Type::Texts),
    (7, "filename", Type::Text),
]);
pub(super) const REQUEST: Message = Message(&[
    (2, "catalog", Type::Message(&CATALOG)),
    (3, "queries", Type::Messages(&QUERY)),
    (5, "plugin_options", Type::Bytes),
]);
