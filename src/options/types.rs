//! Which Rust types Postgres' types become, where there is a choice.

/// The choices of one target; each has the name of its key in the configuration.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct TypeOptions {
    pub(crate) date_time: DateTime,
    pub(crate) numeric: Numeric,
    pub(crate) array_elements: ArrayElements,
    pub(crate) domains: Domains,
}

/// A choice that the configuration spells as one word.
pub(crate) trait Choice: Copy + Default + 'static {
    /// The words, the default first.
    const WORDS: &'static [(&'static str, Self)];
}

/// The crate of dates and times.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum DateTime {
    #[default]
    Chrono,
    Jiff,
    Time,
}

impl Choice for DateTime {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("chrono", Self::Chrono),
        ("jiff", Self::Jiff),
        ("time", Self::Time),
    ];
}

/// What a `numeric` becomes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Numeric {
    #[default]
    RustDecimal,
    BigDecimal,
    String,
}

impl Choice for Numeric {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("rust_decimal", Self::RustDecimal),
        ("bigdecimal", Self::BigDecimal),
        ("string", Self::String),
    ];
}

/// Whether the elements of an array may be NULL where nothing proves that they are not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum ArrayElements {
    #[default]
    Nullable,
    NotNull,
}

impl Choice for ArrayElements {
    const WORDS: &'static [(&'static str, Self)] =
        &[("nullable", Self::Nullable), ("not_null", Self::NotNull)];
}

/// Whether a domain is what it is over, or a type of its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Domains {
    #[default]
    Transparent,
    Newtype,
}

impl Choice for Domains {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("transparent", Self::Transparent),
        ("newtype", Self::Newtype),
    ];
}
