//! Rust types: how a value of one is spelled, passed and sent.
//!
//! - [`postgres`] says which Rust type a Postgres type has; it comes from a crate where one holds every value, otherwise
//!   from the generated module `types`, whose [`Part`]s are printed as they are needed.
//! - Most types are read and sent by their own `FromSql` and `ToSql`. Where these do not do (an array of a domain, a
//!   `regclass` as `u32`, a `numeric` that `Decimal` would round) the place says so with a *codec*, a type of the module
//!   `types` that is put together as the Rust type is: `Elements<Nullable<Numeric>>` for a `Vec<Option<Decimal>>`.
//! - A parameter is declared to the server by its object id where that is the same on every server; all others are
//!   left to the server (`Type::UNKNOWN`), which then says what they are.

mod postgres;
mod support;

use std::collections::BTreeSet;

use super::ident::Ident;
use super::items::Value;
use super::scope::Scope;
use crate::options::{ClientOptions, CustomType};

#[cfg(feature = "postgres")]
pub(crate) use postgres::with_shape;
pub(crate) use postgres::{Context, UNDECLARED, Unsupported, base_name, type_constant};
pub(crate) use support::{Part, closure};

/// A Rust type that a column or parameter can have, not yet spelled for a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RustType {
    /// A type of the language: `i64`, `bool`, `()`.
    Primitive(&'static str),
    /// `String`, borrowed as `&str`.
    Text,
    /// `Vec<u8>`, borrowed as `&[u8]`.
    Bytes,
    /// A type of a crate, passed by value.
    Copied(&'static str),
    /// A type of a crate, borrowed as `&T`.
    Borrowed(&'static str),
    /// A type of the generated module `types`.
    Generated(Part),
    /// A range, multirange or array of several dimensions, of the generated module `types`.
    Of(Part, Box<RustType>),
    /// An enum of the schema, passed by value.
    Enum(Ident),
    /// A composite type, or a domain with a type of its own; `true` where it is passed by value.
    Model(Ident, bool),
    /// `Vec<T>`, borrowed as `&[T]`.
    Array(Box<RustType>),
    /// `Option<T>`.
    Nullable(Box<RustType>),
    /// A type whose values are read and sent by a codec of the generated module `types`.
    Coded(Box<RustType>, Part),
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
            _ => {
                if let Some(ty) = self.ty.element() {
                    let element = Self { ty, ..self };
                    RustType::Array(Box::new(element.into_rust_type()))
                } else if let Some(ty) = self.ty.element_of_array() {
                    let element = Self { ty, ..self };
                    RustType::Of(Part::Array, Box::new(element.into_rust_type()))
                } else if self.ty.has_json() || text == "serde_json::Value" {
                    let custom = RustType::Custom(Box::new(self));
                    RustType::Coded(Box::new(custom), Part::ExactJson)
                } else {
                    RustType::Custom(Box::new(self))
                }
            }
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

/// Crates whose types serde can read and write with a feature of that name.
const WITH_SERDE: &[&str] = &[
    "bigdecimal",
    "bit-vec",
    "chrono",
    "cidr",
    "jiff",
    "pgvector",
    "rust_decimal",
    "time",
    "uuid",
];

impl Dependency {
    /// The line, with the feature `serde` where it is wanted and there is one.
    pub(crate) fn with_serde(&self, serde: bool) -> String {
        let (name, rest) = self.line.split_once(" = ").unwrap_or((self.line, ""));
        if !serde || !WITH_SERDE.contains(&name) {
            return self.line.to_owned();
        }
        match rest.split_once("features = [") {
            Some((before, features)) => {
                format!("{name} = {before}features = [\"serde\", {features}")
            }
            None => format!("{name} = {{ version = {rest}, features = [\"serde\"] }}"),
        }
    }
}

/// The crates that types come from.
const DEPENDENCIES: &[(&str, Dependency)] = &[
    dependency("bigdecimal", r#"bigdecimal = "0.4""#, None),
    dependency("bit_vec", r#"bit-vec = "0.9""#, Some("with-bit-vec-0_9")),
    dependency("chrono", r#"chrono = "0.4""#, Some("with-chrono-0_4")),
    dependency("cidr", r#"cidr = "0.3""#, Some("with-cidr-0_3")),
    dependency("jiff", r#"jiff = "0.2""#, Some("with-jiff-0_2")),
    dependency(
        "pgvector",
        r#"pgvector = { version = "0.4", features = ["halfvec", "postgres"] }"#,
        None,
    ),
    dependency(
        "rust_decimal",
        r#"rust_decimal = { version = "1", features = ["db-tokio-postgres"] }"#,
        None,
    ),
    dependency(
        "serde_json",
        r#"serde_json = "1""#,
        Some("with-serde_json-1"),
    ),
    dependency("time", r#"time = "0.3""#, Some("with-time-0_3")),
    dependency("uuid", r#"uuid = "1""#, Some("with-uuid-1")),
];

const fn dependency(
    name: &'static str,
    line: &'static str,
    feature: Option<&'static str>,
) -> (&'static str, Dependency) {
    (name, Dependency { line, feature })
}

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

impl RustType {
    /// The type of a struct field that owns its value.
    pub(crate) fn owned(&self, scope: &mut Scope) -> String {
        match self {
            Self::Primitive(name) => (*name).to_owned(),
            Self::Text => scope.prelude("string::String"),
            Self::Bytes => format!("{}<u8>", scope.prelude("vec::Vec")),
            Self::Copied(path) | Self::Borrowed(path) => spell(path, scope),
            Self::Generated(part) => scope.import(&part.path()),
            Self::Of(part, of) => {
                let name = scope.import(&part.path());
                format!("{name}<{}>", of.owned(scope))
            }
            Self::Enum(name) | Self::Model(name, _) => scope.import_model(name),
            Self::Array(element) => {
                format!("{}<{}>", scope.prelude("vec::Vec"), element.owned(scope))
            }
            Self::Nullable(of) => optional(&of.owned(scope), scope),
            Self::Coded(of, _) => of.owned(scope),
            Self::Custom(custom) => custom.spelled(scope),
        }
    }

    /// The type, or an `Option` of it. What a function gives that returns `void` is there in any case.
    pub(crate) fn or_null(self, nullable: bool) -> Self {
        if nullable && !matches!(self, Self::Coded(_, Part::Void) | Self::Nullable(_)) {
            Self::Nullable(Box::new(self))
        } else {
            self
        }
    }

    /// The type, as [`Self::or_null`], whether it is an `Option` already or not.
    pub(crate) fn with_null(self, nullable: bool) -> Self {
        match self {
            Self::Nullable(of) => of.or_null(nullable),
            ty => ty.or_null(nullable),
        }
    }

    /// The expression that reads it from the column `place` of `row`.
    pub(crate) fn read(&self, place: &str, scope: &mut Scope) -> String {
        match self.codec(scope) {
            Some(codec) => {
                let read = scope.import("super::types::read");
                format!("{read}::<{codec}, _>(row, {place})?")
            }
            None => format!("row.try_get({place})?"),
        }
    }

    /// The same for a field.
    pub(super) fn column(&self, index: usize, scope: &mut Scope) -> Value {
        Value::Column {
            index,
            codec: self.codec(scope),
        }
    }

    /// The expression that reads it from the next field of `record`; `None` if its type reads itself.
    pub(crate) fn read_next(&self, scope: &mut Scope) -> Option<String> {
        let codec = self.codec(scope)?;
        Some(format!("record.read::<{codec}, _>()?"))
    }

    /// Whether a codec is needed to send it.
    pub(crate) fn is_sent_coded(&self) -> bool {
        match self {
            // That one only reads with more care.
            Self::Coded(_, Part::ExactJson) => false,
            Self::Nullable(of) => of.is_sent_coded(),
            ty => ty.is_coded(),
        }
    }

    /// The expression that makes a parameter of `value`.
    pub(crate) fn send(&self, value: String, scope: &mut Scope) -> String {
        match self.codec(scope).filter(|_| self.is_sent_coded()) {
            Some(codec) => {
                let send = scope.import("super::types::send");
                format!("{send}::<{codec}, _>({value})")
            }
            None => value,
        }
    }

    /// The expression that makes a parameter of the reference `value`.
    pub(crate) fn send_borrowed(&self, value: String, scope: &mut Scope) -> String {
        match self.codec(scope).filter(|_| self.is_sent_coded()) {
            Some(codec) => {
                let send = scope.import("super::types::send_borrowed");
                format!("{send}::<{codec}, _>({value})")
            }
            None => value,
        }
    }

    /// The type of an argument; `lifetime` is `"'a "` or empty.
    pub(crate) fn argument(&self, scope: &mut Scope, lifetime: &str) -> String {
        match self {
            Self::Text => format!("&{lifetime}str"),
            Self::Bytes => format!("&{lifetime}[u8]"),
            Self::Array(element) => format!("&{lifetime}[{}]", element.owned(scope)),
            Self::Coded(of, _) => of.argument(scope, lifetime),
            Self::Nullable(of) => optional(&of.argument(scope, lifetime), scope),
            _ if self.is_borrowed() => format!("&{lifetime}{}", self.owned(scope)),
            _ => self.owned(scope),
        }
    }

    /// The expression that makes an argument of a place that owns the value.
    pub(crate) fn borrow(&self, place: &str) -> String {
        match self {
            _ if !self.is_borrowed() => place.to_owned(),
            Self::Coded(of, _) => of.borrow(place),
            Self::Nullable(of) => {
                let mut of = &**of;
                while let Self::Coded(inner, _) = of {
                    of = inner;
                }
                let derefs = matches!(of, Self::Text | Self::Bytes | Self::Array(_));
                format!("{place}.{}()", if derefs { "as_deref" } else { "as_ref" })
            }
            _ => format!("&{place}"),
        }
    }

    /// Whether [`Self::argument`] borrows.
    pub(crate) fn is_borrowed(&self) -> bool {
        match self {
            Self::Primitive(_) | Self::Copied(_) | Self::Enum(_) => false,
            Self::Text | Self::Bytes | Self::Borrowed(_) | Self::Array(_) | Self::Of(..) => true,
            Self::Generated(part) => !part.is_copy(),
            Self::Model(_, is_copy) => !is_copy,
            Self::Nullable(of) | Self::Coded(of, _) => of.is_borrowed(),
            Self::Custom(custom) => !custom.implements("Copy"),
        }
    }

    /// The codec that reads and sends it, as the place spells it; `None` where its own `FromSql` and `ToSql` do.
    pub(crate) fn codec(&self, scope: &mut Scope) -> Option<String> {
        let around = |of: &Self, part: Part, scope: &mut Scope| {
            let inner = of.codec(scope)?;
            Some(format!("{}<{inner}>", scope.import(&part.path())))
        };
        match self {
            Self::Coded(_, codec) => Some(scope.import(&codec.path())),
            Self::Array(of) => around(of, Part::Elements, scope),
            Self::Nullable(of) => around(of, Part::Nullable, scope),
            Self::Of(part, of) => around(of, part.codec()?, scope),
            _ => None,
        }
    }

    /// [`Self::codec`], or the one that stands for its own `FromSql` and `ToSql`.
    pub(crate) fn codec_or_native(&self, scope: &mut Scope) -> String {
        self.codec(scope)
            .unwrap_or_else(|| scope.import(&Part::Native.path()))
    }

    /// What the generated module `types` must have for it.
    pub(crate) fn parts(&self) -> BTreeSet<Part> {
        let mut parts = BTreeSet::new();
        self.add_parts(&mut parts);
        parts
    }

    fn add_parts(&self, parts: &mut BTreeSet<Part>) {
        match self {
            Self::Generated(part) => {
                parts.insert(*part);
            }
            Self::Of(part, of) | Self::Coded(of, part) => {
                parts.insert(*part);
                of.add_parts(parts);
            }
            Self::Array(of) => {
                of.add_parts(parts);
                if self.is_coded() {
                    parts.insert(Part::Elements);
                }
            }
            Self::Nullable(of) => of.add_parts(parts),
            _ => {}
        }
    }

    /// As messages show it.
    pub(crate) fn shown(&self) -> String {
        self.owned(&mut Scope::default())
    }

    /// Whether it is a type of the user's choice, or made of one.
    pub(crate) fn is_custom(&self) -> bool {
        match self {
            Self::Custom(_) => true,
            Self::Array(of) | Self::Nullable(of) | Self::Of(_, of) | Self::Coded(of, _) => {
                of.is_custom()
            }
            _ => false,
        }
    }

    /// The type of the schema that is part of it.
    pub(crate) fn schema_type(&self) -> Option<&Ident> {
        match self {
            Self::Enum(name) | Self::Model(name, _) => Some(name),
            Self::Array(of) | Self::Nullable(of) | Self::Of(_, of) | Self::Coded(of, _) => {
                of.schema_type()
            }
            _ => None,
        }
    }

    /// Whether a codec reads and sends it.
    pub(crate) fn is_coded(&self) -> bool {
        match self {
            Self::Coded(..) => true,
            Self::Array(of) | Self::Nullable(of) | Self::Of(_, of) => of.is_coded(),
            _ => false,
        }
    }

    /// What `Cargo.toml` needs for it.
    pub(crate) fn dependency(&self) -> Option<Dependency> {
        let path = match self {
            Self::Custom(custom) if custom.ty.has_json() => "serde_json",
            Self::Copied(path) | Self::Borrowed(path) => path,
            Self::Array(of) | Self::Nullable(of) | Self::Of(_, of) | Self::Coded(of, _) => {
                return of.dependency();
            }
            Self::Primitive(_)
            | Self::Text
            | Self::Bytes
            | Self::Generated(_)
            | Self::Enum(_)
            | Self::Model(..)
            | Self::Custom(_) => return None,
        };
        let name = path.split("::").next()?;
        DEPENDENCIES
            .iter()
            .find(|(found, _)| *found == name)
            .map(|(_, dependency)| *dependency)
    }
}

/// `Option<ty>`.
pub(crate) fn optional(ty: &str, scope: &mut Scope) -> String {
    format!("{}<{ty}>", scope.prelude("option::Option"))
}

/// A type given by paths, `a::B<c::D>`, as short as the place allows.
fn spell(path: &str, scope: &mut Scope) -> String {
    // By its path, since `Value` alone says little.
    if path == "serde_json::Value" {
        return path.to_owned();
    }
    let mut spelled = String::new();
    for piece in path.split_inclusive(['<', '>', ',', ' ']) {
        let name = piece.trim_end_matches(['<', '>', ',', ' ']);
        match name {
            "" => {}
            "Option" => spelled.push_str(&scope.prelude("option::Option")),
            "String" => spelled.push_str(&scope.prelude("string::String")),
            path => spelled.push_str(&scope.import(path)),
        }
        spelled.push_str(&piece[name.len()..]);
    }
    spelled
}
