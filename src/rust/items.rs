//! What a generated module holds, with every decision made: what templates print.
//!
//! Strings here are Rust text that is legal where the templates put it.

use std::collections::BTreeSet;
use std::fmt;
use std::ops::Range;

use crate::options::{ClientOptions, Runtime};

pub(crate) use super::derives::Attributes;
use super::doc::DocComment;
use super::ident::Ident;
pub(crate) use super::literal::Literal;
pub(crate) use super::types::{Dependency, Part};

/// Everything that is generated for one target.
#[derive(Debug)]
pub(crate) struct Package {
    /// The enums and the models in use; `None` where there are none.
    pub(crate) models: Option<Module>,
    /// One module per query file, by name.
    pub(crate) queries: Vec<Module>,
    /// One module per table whose relations have functions that load them, below the module `relations`.
    pub(crate) loaders: Vec<Module>,
    /// What statements can violate.
    pub(crate) constraints: Vec<Constraint>,
    /// How the queries are run, and by which code.
    pub(crate) client: ClientOptions,
    pub(crate) runtime: Runtime,
    /// What queries use of the code for many rows at once.
    pub(crate) bulk: BulkInUse,
    /// What they use of the code for texts that depend on the call.
    pub(crate) dynamic: DynamicInUse,
    /// Whether structs are read from parts of rows.
    pub(crate) has_parts: bool,
    /// Whether parameters are patterns of `LIKE`.
    pub(crate) has_patterns: bool,
    /// What the module of types has; without any, there is none.
    pub(crate) types: BTreeSet<Part>,
    /// Lines for `Cargo.toml`, beside `tokio-postgres`' own.
    pub(crate) dependencies: Vec<Dependency>,
    /// Whether something derives a trait of serde's, which the crates of its fields must then support.
    pub(crate) serde: bool,
    /// The migrations that the program holds; `None` if it holds none.
    pub(crate) migrations: Option<Vec<EmbeddedMigration>>,
}

/// A migration in the program.
#[derive(Debug)]
pub(crate) struct EmbeddedMigration {
    pub(crate) version: String,
    pub(crate) name: String,
    /// Relative to the configuration's folder.
    pub(crate) file: String,
    pub(crate) text: String,
    /// Where each statement is in the text, and what is sent instead of it.
    pub(crate) statements: Vec<(Range<usize>, Option<String>)>,
    pub(crate) in_transaction: bool,
    pub(crate) repeatable: bool,
}

impl Package {
    /// What `Cargo.toml` needs, beside `tokio-postgres`.
    pub(crate) fn dependency_lines(&self) -> Vec<String> {
        let dependencies = self.dependencies.iter();
        let mut lines: Vec<String> = dependencies.map(|d| d.with_serde(self.serde)).collect();
        if self.serde {
            lines.push(r#"serde = { version = "1", features = ["derive"] }"#.to_owned());
        }
        lines
    }
}

/// A variant of the enum `Constraint`.
#[derive(Debug)]
pub(crate) struct Constraint {
    pub(crate) name: Ident,
    /// Its documentation.
    pub(crate) about: Literal,
    /// The constraint's name in Postgres.
    pub(crate) sql_name: Literal,
    /// The pattern of the name, table and schema in the server's report; `None` if the name alone tells.
    pub(crate) pattern: Option<String>,
}

/// Which parts of the code for many rows at once are in use.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct BulkInUse {
    pub(crate) batches: bool,
    pub(crate) copies: bool,
    pub(crate) rows: bool,
}

/// Which parts of the code for texts that depend on the call are in use.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct DynamicInUse {
    pub(crate) queries: bool,
    pub(crate) orders: bool,
    pub(crate) pages: bool,
    /// Whether rows of all pages are counted.
    pub(crate) totals: bool,
    pub(crate) assignments: bool,
}

/// A generated file.
#[derive(Debug)]
pub(crate) struct Module {
    pub(crate) name: Ident,
    /// Paths to import, in order.
    pub(crate) uses: Vec<String>,
    pub(crate) items: Vec<Item>,
}

#[derive(Debug)]
pub(crate) enum Item {
    Enum(Enum),
    Composite(Composite),
    UserType(UserType),
    /// What serde reads optional fields with.
    Present(Ident),
    Domain(Domain),
    Struct(Struct),
    Query(Box<Query>),
    Relations(Relations),
    Key(Key),
    Loader(Box<Loader>),
}

/// A Postgres enum.
#[derive(Debug)]
pub(crate) struct Enum {
    pub(crate) docs: DocComment,
    pub(crate) name: Ident,
    pub(crate) of: EnumOf,
    /// The type's name in Postgres, or the query's.
    pub(crate) sql_name: Literal,
    pub(crate) variants: Vec<Variant>,
    pub(crate) attributes: Attributes,
    /// `Result`, as the module spells it.
    pub(crate) result: String,
}

/// What the variants of an enum stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EnumOf {
    /// The labels of an enum in Postgres.
    Labels,
    /// The orders of a query, by their keys.
    Orders,
}

#[derive(Debug)]
pub(crate) struct Variant {
    pub(crate) docs: DocComment,
    /// As they stand between `#[` and `]`.
    pub(crate) attributes: Vec<String>,
    pub(crate) name: Ident,
    /// The text that it is.
    pub(crate) label: Literal,
}

/// A composite type, or a table as a type.
#[derive(Debug)]
pub(crate) struct Composite {
    pub(crate) item: Struct,
    /// The type's name in Postgres.
    pub(crate) sql_name: Literal,
    /// The names of its fields in Postgres.
    pub(crate) sql_fields: Vec<Literal>,
    /// The codec of each field.
    pub(crate) codecs: Vec<String>,
    /// `Result`, as the module spells it.
    pub(crate) result: String,
}

/// A constant that says what a type of the schema is.
#[derive(Debug)]
pub(crate) struct UserType {
    pub(crate) name: Ident,
    /// `UserType`, as the module spells it.
    pub(crate) ty: String,
    /// The expression.
    pub(crate) value: String,
}

/// A domain with a type of its own.
#[derive(Debug)]
pub(crate) struct Domain {
    pub(crate) docs: DocComment,
    pub(crate) attributes: Attributes,
    pub(crate) name: Ident,
    /// What it is over, and how that travels.
    pub(crate) base: String,
    pub(crate) codec: String,
    /// `From`, as the module spells it.
    pub(crate) from: String,
}

/// A model, a row struct or a params struct.
#[derive(Debug)]
pub(crate) struct Struct {
    pub(crate) docs: DocComment,
    pub(crate) attributes: Attributes,
    pub(crate) name: Ident,
    /// Whether it has the lifetime `'a`.
    pub(crate) borrows: bool,
    pub(crate) fields: Vec<Field>,
    /// For structs that are decoded from rows.
    pub(crate) from_row: Option<FromRow>,
    /// For structs that are decoded from records inside of rows.
    pub(crate) from_record: Option<FromRecord>,
    /// For structs that are copied to a table.
    pub(crate) put: Option<Put>,
    /// For structs that own the parameters of a query.
    pub(crate) borrowed: Option<Borrowed>,
    /// For structs that are made from what is required.
    pub(crate) new: Option<New>,
}

/// How the function that makes a struct from its required fields is written.
#[derive(Debug)]
pub(crate) struct New {
    /// The arguments.
    pub(crate) arguments: Vec<Argument>,
    /// One expression per field.
    pub(crate) values: Vec<String>,
}

/// The struct that borrows from one that owns, and the expression of each of its fields.
#[derive(Debug)]
pub(crate) struct Borrowed {
    pub(crate) name: Ident,
    pub(crate) values: Vec<String>,
}

/// How the method that writes a struct as a row of a `COPY` is written.
#[derive(Debug)]
pub(crate) struct Put {
    /// `CopyBuffer`, as the module spells it.
    pub(crate) buffer: String,
    /// One expression per column.
    pub(crate) values: Vec<String>,
}

#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) docs: DocComment,
    /// As they stand between `#[` and `]`.
    pub(crate) attributes: Vec<String>,
    pub(crate) name: Ident,
    pub(crate) ty: String,
}

/// How a struct is read from rows.
#[derive(Debug)]
pub(crate) struct FromRow {
    /// The macros that implement it where the fields are the columns in order: `from_row`, for a whole row, and
    /// `from_columns`, for a part of one.
    pub(crate) macros: Vec<String>,
    /// `Result`, as the module spells it.
    pub(crate) result: String,
    /// What it takes beside the row: relations, which are loaded by themselves.
    pub(crate) arguments: Vec<Argument>,
    /// One per field.
    pub(crate) values: Vec<Value>,
}

/// Where the value of a field comes from.
#[derive(Debug)]
pub(crate) enum Value {
    /// A column of the row, read by a codec where there is one.
    Column {
        index: usize,
        codec: Option<String>,
    },
    Expression(String),
}

impl FromRow {
    /// What these macros take for each field, where the fields are the columns in order.
    pub(crate) fn in_order(&self, fields: &[Field]) -> Option<Vec<String>> {
        if !self.arguments.is_empty() {
            return None;
        }
        let fields = fields.iter().zip(&self.values).enumerate();
        let columns = fields.map(|(place, (field, value))| match value {
            Value::Column { index, codec } if *index == place => Some(match codec {
                Some(codec) => format!("{}: {codec}", field.name),
                None => field.name.to_string(),
            }),
            _ => None,
        });
        columns.collect()
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Column { index, codec: None } => write!(f, "row.try_get({index})?"),
            Self::Column {
                index,
                codec: Some(codec),
            } => write!(f, "super::types::read::<{codec}, _>(row, {index})?"),
            Self::Expression(expression) => f.write_str(expression),
        }
    }
}

/// How the function that decodes a struct from a record is written.
#[derive(Debug)]
pub(crate) struct FromRecord {
    /// The macro that implements it, as the module spells it.
    pub(crate) by: String,
    /// The expression of each field, evaluated in order. `None` is the next field of the record as it is.
    pub(crate) values: Vec<Option<String>>,
}

/// A query's text and its function.
#[derive(Debug)]
pub(crate) struct Query {
    pub(crate) docs: DocComment,
    /// The name of the static that holds the text.
    pub(crate) constant: Ident,
    /// `Query` or `DynamicQuery`, as the module spells it.
    pub(crate) constant_type: String,
    pub(crate) name: Literal,
    pub(crate) sql: Literal,
    /// Paths of `tokio_postgres::types::Type` constants.
    pub(crate) types: Vec<String>,
    /// The calls that tell it of the user's types.
    pub(crate) user_types: Vec<Call>,
    /// The types of parameters and columns by their names in Postgres.
    pub(crate) signature: Literal,
    pub(crate) function: Ident,
    /// Whether a second row is an error.
    pub(crate) is_strict: bool,
    /// Whether an argument borrows, so that the function names the lifetime `'a`.
    pub(crate) borrows: bool,
    pub(crate) client: Argument,
    pub(crate) arguments: Vec<Argument>,
    /// The return type, as `One`, without its arguments.
    pub(crate) handle: String,
    /// The method of a request that gives it.
    pub(crate) finish: &'static str,
    pub(crate) request: String,
    /// The row's type, and the path of the function that decodes it.
    pub(crate) row: Option<(String, String)>,
    /// One expression per placeholder.
    pub(crate) values: Vec<String>,
    pub(crate) form: Form,
    /// For `COPY`.
    pub(crate) copying: Option<Copying>,
    /// Where its text depends on the call.
    pub(crate) choices: Option<Choices>,
}

/// What calls choose of a query's text.
#[derive(Debug)]
pub(crate) struct Choices {
    /// `Piece`, as the module spells it.
    pub(crate) piece: String,
    pub(crate) pieces: Vec<Piece>,
    /// The places of parameters whose types only the text tells, each with the values that what mentions it needs.
    pub(crate) mentions: Vec<String>,
    /// One expression for each value that may be missing: whether it is there.
    pub(crate) given: Vec<String>,
    /// The expression of the order, an `Option`.
    pub(crate) order: Option<String>,
    /// What the function calls the query.
    pub(crate) variable: Ident,
    /// Where its rows come in pages.
    pub(crate) pages: Option<Pages>,
}

/// How a query gives its rows in pages.
#[derive(Debug)]
pub(crate) struct Pages {
    /// `PageOrder` and `PageKey`, as the module spells them.
    pub(crate) order: String,
    pub(crate) key: String,
    pub(crate) orders: Vec<PageOrder>,
    /// How many rows are counted at most.
    pub(crate) up_to: Option<u32>,
    /// The argument that says which page.
    pub(crate) argument: Ident,
}

/// The texts of an order in which a query has pages.
#[derive(Debug)]
pub(crate) struct PageOrder {
    /// The columns that it sorts by: each with its type, and whether it may be NULL.
    pub(crate) keys: Vec<(usize, Literal, bool)>,
    /// What follows `ORDER BY`, and the conditions of the rows after a cursor; and the same backwards.
    pub(crate) forwards: (Literal, Vec<Literal>),
    pub(crate) backwards: (Literal, Vec<Literal>),
}

impl Choices {
    /// Whether calls leave out assignments or values.
    pub(crate) fn has_assignments(&self) -> bool {
        let is_assignment = |piece: &Piece| matches!(piece, Piece::Assignment { .. });
        !self.mentions.is_empty() || self.pieces.iter().any(is_assignment)
    }
}

/// A piece of a query's text.
#[derive(Debug)]
pub(crate) enum Piece {
    Text(Literal),
    When {
        /// The values that it needs, as the bits of a number.
        needs: String,
        sql: Literal,
        otherwise: Literal,
    },
    /// An assignment: the values that it needs, what separates it from one before it, and itself.
    Assignment {
        needs: String,
        separator: Literal,
        sql: Literal,
    },
    /// What is sent with some assignment, and what with none.
    Changing {
        sql: Literal,
        otherwise: Literal,
    },
    /// The order as written, and those to choose from.
    Order(Vec<Literal>),
    /// Where the rows begin that come in pages.
    Rows,
    /// The columns that are added in each order, to sort by.
    Keys(Vec<Literal>),
}

/// How rows are copied: those of an iterator, and those that the items of a stream become.
#[derive(Debug)]
pub(crate) struct Copying {
    /// What writes a row.
    pub(crate) put_row: String,
    /// The function that takes a stream.
    pub(crate) function: Ident,
    /// `CopyStream` and `Fn`, as the module spells them.
    pub(crate) stream: String,
    pub(crate) closure: String,
    /// The type of a row.
    pub(crate) row: String,
    /// What writes the row of an item.
    pub(crate) put_item: String,
}

/// A method that is called with a list.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    /// Up to the lists.
    pub(crate) open: String,
    /// What each column is called, where that is said.
    pub(crate) names: Vec<String>,
    pub(crate) items: Vec<String>,
}

/// How a query function takes its values.
#[derive(Debug)]
pub(crate) enum Form {
    /// Once.
    Single,
    /// For each row, sent as arrays.
    Rows {
        /// The placeholders by whose values the rows are sent in order.
        key: Vec<usize>,
    },
    /// For each item, sent one by one.
    Batch,
    /// For each row, sent by `COPY`.
    Copy {
        /// The type of the static.
        target: String,
        /// The `INSERT` into the same columns.
        insert: Literal,
    },
}

impl Form {
    /// The name of what a closure takes: a row or an item.
    pub(crate) fn each(&self) -> &'static str {
        match self {
            Self::Batch => "item",
            _ => "row",
        }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Argument {
    pub(crate) name: Ident,
    pub(crate) ty: String,
}

/// The relations of one row struct: their statements, and the function that loads them and completes the rows. The
/// names of types and functions are as the module spells them.
#[derive(Debug)]
pub(crate) struct Relations {
    /// The struct.
    pub(crate) row: String,
    /// The static of the query whose rows it holds.
    pub(crate) constant: Ident,
    /// What the function takes beside a client and rows: the parameters that are passed on.
    pub(crate) arguments: Vec<Argument>,
    pub(crate) list: Vec<Relation>,
    pub(crate) client_type: String,
    pub(crate) query_type: String,
    pub(crate) row_type: String,
    pub(crate) relation_type: String,
    pub(crate) loading: String,
    pub(crate) vec: String,
    pub(crate) all: String,
    pub(crate) decoded: String,
}

/// A relation of a row struct.
#[derive(Debug)]
pub(crate) struct Relation {
    /// The static of its statement, and what that holds.
    pub(crate) constant: Ident,
    pub(crate) name: Literal,
    pub(crate) sql: Literal,
    pub(crate) types: Vec<String>,
    pub(crate) user_types: Vec<Call>,
    pub(crate) signature: Literal,
    /// The variable it is loaded into.
    pub(crate) variable: Ident,
    /// The columns of its key in the rows, and in its own rows, as arrays.
    pub(crate) key: String,
    pub(crate) found: String,
    /// One expression per placeholder after those of the key.
    pub(crate) values: Vec<String>,
    /// The call that says what is made of its rows.
    pub(crate) finish: String,
    /// The call that gives what belongs to one row.
    pub(crate) take: &'static str,
}

/// The trait of rows that have a key, and what implements it.
#[derive(Debug)]
pub(crate) struct Key {
    pub(crate) docs: DocComment,
    pub(crate) name: Ident,
    /// What its method returns: the key, or an `Option` of it.
    pub(crate) returns: String,
    /// `Option`, as the module spells it, where a row may have no key.
    pub(crate) option: Option<String>,
    /// The types of rows, and the expression that gives the key of each.
    pub(crate) rows: Vec<(String, String)>,
}

/// A function that loads a relation for any rows.
#[derive(Debug)]
pub(crate) struct Loader {
    pub(crate) docs: DocComment,
    /// The static of its statement, and what that holds.
    pub(crate) constant: Ident,
    pub(crate) query_type: String,
    pub(crate) name: Literal,
    pub(crate) sql: Literal,
    pub(crate) types: Vec<String>,
    pub(crate) user_types: Vec<Call>,
    pub(crate) signature: Literal,
    pub(crate) function: Ident,
    /// The trait of the rows that it takes.
    pub(crate) key: Ident,
    /// The key of `row`, as an `Option`.
    pub(crate) key_of_row: &'static str,
    /// What it gives for each row.
    pub(crate) item: String,
    pub(crate) client_type: String,
    pub(crate) error_type: String,
    /// `Loader`, as the module spells it.
    pub(crate) request: String,
    pub(crate) result: String,
    pub(crate) vec: String,
    /// One expression of `key` per placeholder.
    pub(crate) values: Vec<String>,
    /// The call that says what is made of its rows, but for its last argument, and the key that one of them belongs to.
    pub(crate) finish: String,
}
