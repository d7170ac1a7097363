//! How the generated code is to look: plain data between the configuration, which fills it, and what makes Rust.

mod client;
mod custom_type;
mod db_type;
mod derives;
mod names;
mod overrides;
mod pattern;
mod relations;
mod tables;
mod types;

use std::fmt;
use std::sync::Arc;

use crate::source::Span;

pub(crate) use client::{ClientOptions, Runtime};
pub(crate) use custom_type::CustomType;
pub(crate) use db_type::DbType;
pub(crate) use derives::{Attributes, Derive, Derives, Deriving};
pub(crate) use names::{Naming, Rename, Renamed};
pub(crate) use overrides::{Override, Target};
pub(crate) use pattern::{ColumnPattern, Glob, Narrowness, split_name};
pub(crate) use relations::{KeyColumns, Loaders, RelationName, RelationRule, WantedLoaders};
pub(crate) use tables::{NamedColumn, Tables, Verb, WantedTable};
pub(crate) use types::{ArrayElements, Choice, DateTime, Domains, Numeric, TypeOptions};

/// The choices of one target.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    /// Up to so many parameters are arguments of their own; more become a params struct.
    pub(crate) query_parameter_limit: usize,
    /// Rust types that the user chose, from the configuration and from the comments of queries.
    pub(crate) overrides: Vec<Override>,
    /// How queries are run.
    pub(crate) client: ClientOptions,
    pub(crate) runtime: Runtime,
    /// Names of relations, and relations that the schema does not have.
    pub(crate) relations: Vec<RelationRule>,
    /// Which of them have functions that load them for any rows.
    pub(crate) loaders: Loaders,
    /// Which tables have functions without SQL.
    pub(crate) tables: Tables,
    pub(crate) naming: Naming,
    /// Which Rust types Postgres' types become.
    pub(crate) types: TypeOptions,
    pub(crate) derives: Derives,
    /// Whether the generated code holds the migrations.
    pub(crate) embed_migrations: bool,
    pub(crate) attributes: Attributes,
    /// The sorts of warnings that are not shown, by their codes.
    pub(crate) allowed: Vec<String>,
    /// Whether params structs that borrow have one beside them that owns its values.
    pub(crate) owned_params: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            query_parameter_limit: 2,
            overrides: Vec::new(),
            client: ClientOptions::default(),
            runtime: Runtime::Inline,
            relations: Vec::new(),
            loaders: Loaders::None,
            tables: Tables::None,
            naming: Naming::default(),
            types: TypeOptions::default(),
            derives: Derives::default(),
            embed_migrations: false,
            attributes: Attributes::default(),
            allowed: Vec::new(),
            owned_params: false,
        }
    }
}

/// Where the user wrote something. Looked up when it is needed, which most places never are.
#[derive(Clone)]
pub(crate) struct Place(Arc<dyn Fn() -> Span + Send + Sync>);

impl Place {
    pub(crate) fn new(find: impl Fn() -> Span + Send + Sync + 'static) -> Self {
        Self(Arc::new(find))
    }

    pub(crate) fn span(&self) -> Span {
        (self.0)()
    }
}

impl From<Span> for Place {
    fn from(span: Span) -> Self {
        Self::new(move || span.clone())
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Place")
    }
}
