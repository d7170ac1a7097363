//! How the generated code is to look: plain data between the configuration, which fills it, and what makes Rust.

/// The choices of one target.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    /// Up to so many parameters are arguments of their own; more become a params struct.
    pub(crate) query_parameter_limit: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            query_parameter_limit: 2,
        }
    }
}
