//! How queries are run.

/// Where the code is that runs queries: `Client`, `Session`, `Transaction`, `Error` and all else that is not the schema's own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Runtime {
    /// In the module `client` that is generated with the queries.
    #[default]
    Inline,
    /// In the crate `rowsmith-runtime`.
    Crate,
    /// In the module `client` of another target of the same crate.
    Shared {
        /// Its path in Rust.
        client: String,
        /// The number of that target.
        target: usize,
    },
}

/// What queries run on, and how.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ClientOptions {
    /// Whether they run on the connections of a `deadpool-postgres` pool.
    pub(crate) deadpool: bool,
    /// Whether they run on the connections of a `bb8-postgres` pool.
    pub(crate) bb8: bool,
    /// Whether the connections of pools keep the statements that they have prepared.
    pub(crate) prepared: bool,
    /// Whether a second row of a `:one` query is an error.
    pub(crate) strict_one: bool,
    /// Whether each query is a span of `tracing`.
    pub(crate) tracing: bool,
}

impl Default for ClientOptions {
    fn default() -> Self {
        Self {
            deadpool: false,
            bb8: false,
            prepared: true,
            strict_one: false,
            tracing: false,
        }
    }
}
