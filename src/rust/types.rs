//! The Rust type of a Postgres type.

use crate::ir;
use crate::options::{ClientOptions, CustomType};

use super::ident::Ident;
use super::scope::Scope;

/// A Rust type that a column or parameter can have, not yet spelled for a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RustType {
    /// A type of the language: `i64`, `bool`.
    Primitive(&'static str),
    /// `String`, borrowed as `&str`.
    Text,
    /// `Vec<u8>`, borrowed as `&[u8]`.
    Bytes,
    /// A type of a crate, passed by value.
    Copied(&'static str),
    /// A type of a crate, borrowed as `&T`.
    Borrowed(&'static str),
    /// `chrono::DateTime<chrono::Utc>`.
    UtcDateTime,
    /// An enum of this analysis.
    Enum(Ident),
    /// `Vec<T>`, borrowed as `&[T]`.
    Array(Box<RustType>),
    /// A type of the user's choice, borrowed as `&T` unless it is `Copy`.
    Custom(Box<Custom>),
}

/// A type of the user's choice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Custom {
    ty: CustomType,
    /// The traits that it implements, as far as anybody said, without their paths.
    implements: Vec<String>,
}

impl Custom {
    /// `implements` lists the traits that it implements; without a list it has the three of every row.
    pub(crate) fn new(ty: CustomType, implements: Option<Vec<String>>) -> Self {
        let usual = || ["Debug", "Clone", "PartialEq"].map(str::to_owned).into();
        Self {
            ty,
            implements: implements.unwrap_or_else(usual),
        }
    }

    /// The type as the language or the crate's own variants have it, where it is one of theirs.
    pub(crate) fn into_rust_type(self) -> RustType {
        const PRIMITIVES: [&str; 8] = ["bool", "i8", "i16", "i32", "i64", "u32", "f32", "f64"];
        let text = self.ty.as_str();
        if let Some(primitive) = PRIMITIVES.iter().find(|known| **known == text) {
            return RustType::Primitive(primitive);
        }
        match text {
            "String" => RustType::Text,
            "Vec<u8>" => RustType::Bytes,
            _ => match self.ty.element() {
                Some(ty) => {
                    let element = Self { ty, ..self };
                    RustType::Array(Box::new(element.into_rust_type()))
                }
                None => RustType::Custom(Box::new(self)),
            },
        }
    }

    pub(crate) fn implements(&self, name: &str) -> bool {
        self.implements.iter().any(|known| known == name)
    }

    fn spelled(&self, scope: &mut Scope) -> String {
        self.ty.spelled(|path| match path.strip_prefix("std::") {
            Some(prelude) => scope.prelude(prelude),
            None => scope.import(path),
        })
    }
}

/// What a module's `Cargo.toml` must have for a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Dependency {
    /// `uuid = "1"`, as `Cargo.toml` has it.
    pub(crate) line: &'static str,
    /// The feature of `tokio-postgres` it goes with.
    pub(crate) feature: Option<&'static str>,
}

/// Of `pg_catalog` types: the name, the Rust type, the constant of `tokio_postgres::types::Type`.
const BUILTIN: &[(&str, RustType, &str)] = &[
    ("bool", RustType::Primitive("bool"), "BOOL"),
    ("int2", RustType::Primitive("i16"), "INT2"),
    ("int4", RustType::Primitive("i32"), "INT4"),
    ("int8", RustType::Primitive("i64"), "INT8"),
    ("float4", RustType::Primitive("f32"), "FLOAT4"),
    ("float8", RustType::Primitive("f64"), "FLOAT8"),
    ("oid", RustType::Primitive("u32"), "OID"),
    ("text", RustType::Text, "TEXT"),
    ("varchar", RustType::Text, "VARCHAR"),
    ("bpchar", RustType::Text, "BPCHAR"),
    ("name", RustType::Text, "NAME"),
    ("bytea", RustType::Bytes, "BYTEA"),
    ("uuid", RustType::Copied("uuid::Uuid"), "UUID"),
    ("date", RustType::Copied("chrono::NaiveDate"), "DATE"),
    ("time", RustType::Copied("chrono::NaiveTime"), "TIME"),
    (
        "timestamp",
        RustType::Copied("chrono::NaiveDateTime"),
        "TIMESTAMP",
    ),
    ("timestamptz", RustType::UtcDateTime, "TIMESTAMPTZ"),
    (
        "numeric",
        RustType::Copied("rust_decimal::Decimal"),
        "NUMERIC",
    ),
    ("json", RustType::Borrowed("serde_json::Value"), "JSON"),
    ("jsonb", RustType::Borrowed("serde_json::Value"), "JSONB"),
];

/// The crates that types come from.
const DEPENDENCIES: &[(&str, Dependency)] = &[
    (
        "chrono",
        Dependency {
            line: r#"chrono = "0.4""#,
            feature: Some("with-chrono-0_4"),
        },
    ),
    (
        "rust_decimal",
        Dependency {
            line: r#"rust_decimal = { version = "1", features = ["db-tokio-postgres"] }"#,
            feature: None,
        },
    ),
    (
        "serde_json",
        Dependency {
            line: r#"serde_json = "1""#,
            feature: Some("with-serde_json-1"),
        },
    ),
    (
        "uuid",
        Dependency {
            line: r#"uuid = "1""#,
            feature: Some("with-uuid-1"),
        },
    ),
];

/// What the clients need that the configuration asks for.
pub(crate) fn client_dependencies(client: ClientOptions) -> impl Iterator<Item = Dependency> {
    let lines = [
        (client.bb8, r#"bb8-postgres = "0.9""#),
        (client.deadpool, r#"deadpool-postgres = "0.14""#),
        (client.tracing, r#"tracing = "0.1""#),
    ];
    let wanted = lines.into_iter().filter(|(wanted, _)| *wanted);
    wanted.map(|(_, line)| Dependency {
        line,
        feature: None,
    })
}

/// What a type's place knows of its types.
pub(crate) trait Names {
    /// The name of an enum of the schema.
    fn enumeration(&self, name: &ir::QualifiedName) -> Option<Ident>;

    /// The Rust type that the user chose for all of this type.
    fn overridden(&self, ty: &ir::Type) -> Option<RustType>;
}

/// The Rust type of `ty`. `None` where there is none.
///
/// A domain has the type of its base.
pub(crate) fn rust_type(
    ty: &ir::Type,
    catalog: &ir::Catalog,
    names: &dyn Names,
) -> Option<RustType> {
    if let Some(chosen) = names.overridden(ty) {
        return Some(chosen);
    }
    match ty {
        ir::Type::Base(name) if name.schema == "pg_catalog" => BUILTIN
            .iter()
            .find(|(builtin, ..)| *builtin == name.name)
            .map(|(_, rust, _)| rust.clone()),
        ir::Type::Enum(name) => names.enumeration(name).map(RustType::Enum),
        ir::Type::Domain(name) => rust_type(&catalog.domain(name)?.base, catalog, names),
        ir::Type::Array(element) => match rust_type(element, catalog, names)? {
            // An array of a domain over an array: Postgres has it, Rust's side of the protocol does not.
            RustType::Array(_) => None,
            // The elements would be checked against the domain, which only our own types accept.
            rust if is_domain(element)
                && !matches!(rust, RustType::Enum(_) | RustType::Custom(_)) =>
            {
                None
            }
            element => Some(RustType::Array(Box::new(element))),
        },
        ir::Type::Base(_)
        | ir::Type::Composite(_)
        | ir::Type::Range(..)
        | ir::Type::Multirange(..) => None,
    }
}

fn is_domain(ty: &ir::Type) -> bool {
    matches!(ty, ir::Type::Domain(_))
}

/// Whether a value of the Rust type can be sent. A result column of a domain arrives as what it is a domain over, but a
/// parameter is of the domain, unless it is declared otherwise.
pub(crate) fn can_be_sent(ty: &ir::Type, rust: &RustType, catalog: &ir::Catalog) -> bool {
    let undeclared = || type_constant(ty, catalog) == "UNKNOWN";
    !(is_domain(ty) && matches!(rust, RustType::Array(_)) && undeclared())
}

/// The constant of `tokio_postgres::types::Type` that declares a parameter to the server; `UNKNOWN` leaves it to the
/// server, as for types whose object id only the server knows.
pub(crate) fn type_constant(ty: &ir::Type, catalog: &ir::Catalog) -> String {
    let constant = match ty {
        ir::Type::Base(name) if name.schema == "pg_catalog" => BUILTIN
            .iter()
            .find(|(builtin, ..)| *builtin == name.name)
            .map(|(_, _, constant)| (*constant).to_owned()),
        // Declared as its base: the value is sent as the base's, and the server casts it.
        ir::Type::Domain(name) => catalog
            .domain(name)
            .map(|domain| type_constant(&domain.base, catalog)),
        ir::Type::Array(element) => match type_constant(element, catalog).as_str() {
            "UNKNOWN" => None,
            // An array of a domain is not an array of its base.
            _ if is_domain(element) => None,
            constant => Some(format!("{constant}_ARRAY")),
        },
        _ => None,
    };
    constant.unwrap_or_else(|| "UNKNOWN".to_owned())
}

/// The name of a type without its schema; that of a domain is its base's, as the server describes columns.
pub(crate) fn base_name(ty: &ir::Type, catalog: &ir::Catalog) -> String {
    match ty {
        ir::Type::Domain(name) => match catalog.domain(name) {
            Some(domain) => base_name(&domain.base, catalog),
            None => name.name.clone(),
        },
        ir::Type::Array(element) => format!("{}[]", base_name(element, catalog)),
        _ => ty.name().name.clone(),
    }
}

impl RustType {
    /// The type of a struct field that owns its value.
    pub(crate) fn owned(&self, scope: &mut Scope) -> String {
        match self {
            Self::Primitive(name) => (*name).to_owned(),
            Self::Text => scope.prelude("string::String"),
            Self::Bytes => format!("{}<u8>", scope.prelude("vec::Vec")),
            Self::Copied(path) => scope.import(path),
            // By its path, since `Value` alone says little.
            Self::Borrowed(path) => (*path).to_owned(),
            Self::UtcDateTime => format!(
                "{}<{}>",
                scope.import("chrono::DateTime"),
                scope.import("chrono::Utc")
            ),
            Self::Enum(name) => scope.import_model(name),
            Self::Array(element) => {
                format!("{}<{}>", scope.prelude("vec::Vec"), element.owned(scope))
            }
            Self::Custom(custom) => custom.spelled(scope),
        }
    }

    /// The type of an argument; `lifetime` is `"'a "` or empty.
    pub(crate) fn argument(&self, scope: &mut Scope, lifetime: &str) -> String {
        match self {
            Self::Text => format!("&{lifetime}str"),
            Self::Bytes => format!("&{lifetime}[u8]"),
            Self::Borrowed(path) => format!("&{lifetime}{path}"),
            Self::Array(element) => format!("&{lifetime}[{}]", element.owned(scope)),
            Self::Custom(custom) if !custom.implements("Copy") => {
                format!("&{lifetime}{}", custom.spelled(scope))
            }
            Self::Primitive(_)
            | Self::Copied(_)
            | Self::UtcDateTime
            | Self::Enum(_)
            | Self::Custom(_) => self.owned(scope),
        }
    }

    /// Whether [`Self::argument`] borrows.
    pub(crate) fn is_borrowed(&self) -> bool {
        match self {
            Self::Text | Self::Bytes | Self::Borrowed(_) | Self::Array(_) => true,
            Self::Custom(custom) => !custom.implements("Copy"),
            Self::Primitive(_) | Self::Copied(_) | Self::UtcDateTime | Self::Enum(_) => false,
        }
    }

    /// Whether an enum of this analysis is part of it.
    pub(crate) fn has_enum(&self) -> bool {
        match self {
            Self::Enum(_) => true,
            Self::Array(element) => element.has_enum(),
            _ => false,
        }
    }

    /// What `Cargo.toml` needs for it.
    pub(crate) fn dependency(&self) -> Option<Dependency> {
        let path = match self {
            Self::Custom(custom) if custom.ty.has_json() => "serde_json",
            Self::Primitive(_) | Self::Text | Self::Bytes | Self::Enum(_) | Self::Custom(_) => {
                return None;
            }
            Self::Copied(path) | Self::Borrowed(path) => path,
            Self::UtcDateTime => "chrono",
            Self::Array(element) => return element.dependency(),
        };
        let name = path.split("::").next()?;
        DEPENDENCIES
            .iter()
            .find(|(found, _)| *found == name)
            .map(|(_, dependency)| *dependency)
    }
}

/// `ty`, or `Option<ty>`.
pub(crate) fn optional(ty: String, nullable: bool, scope: &mut Scope) -> String {
    if nullable {
        format!("{}<{ty}>", scope.prelude("option::Option"))
    } else {
        ty
    }
}
