//! The enum of a schema's constraints, of which a statement may violate one.

/// Defines the enum `Constraint`: a line for each constraint, with its name in Postgres and its description. If another
/// constraint has the same name, or a partition another one, the line ends with the pattern of the name, table and schema
/// that the server reports. It is used in a child of the module `client`, which is `super` there.
#[doc(hidden)]
#[macro_export]
macro_rules! constraints {
    (@ $sql_name:literal) => { ($sql_name, ..) };
    (@ $sql_name:literal $pattern:pat) => { $pattern };
    ($($name:ident($sql_name:literal, $about:literal $(, $pattern:pat)?),)*) => {
        /// What a statement can violate: a constraint of the schema, or a unique index.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Constraint {
            $(#[doc = $about] $name,)*
        }

        impl Constraint {
            /// The name in Postgres.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$name => $sql_name,)*
                }
            }

            /// The constraint that a query has violated. `None` after any other error, and if the database is newer than this
            /// code.
            pub fn of(error: &super::Error) -> Option<Self> {
                let report = error.as_postgres()?.as_db_error()?;
                let owner = report.table().or(report.datatype()).unwrap_or_default();
                let schema = report.schema().unwrap_or_default();
                match (report.constraint()?, owner, schema) {
                    $(super::constraints!(@ $sql_name $($pattern)?) => Some(Self::$name),)*
                    _ => None,
                }
            }
        }
    };
}
