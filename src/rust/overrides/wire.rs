//! Which Postgres types the well-known Rust types can hold. Each reads one format from the wire and refuses all others in every
//! call. Types that are not listed are trusted.

use crate::ir;
use crate::options::CustomType;

/// Rust types, and the types of `pg_catalog` or of an extension that they hold.
const HOLDS: &[(&str, &[&str])] = &[
    ("bool", &["bool"]),
    ("i8", &["char"]),
    ("i16", &["int2"]),
    ("i32", &["int4"]),
    ("i64", &["int8"]),
    ("u32", &["oid"]),
    ("f32", &["float4"]),
    ("f64", &["float8"]),
    ("i128", &[]),
    ("isize", &[]),
    ("u8", &[]),
    ("u16", &[]),
    ("u64", &[]),
    ("u128", &[]),
    ("usize", &[]),
    ("char", &[]),
    (
        "String",
        &[
            "text",
            "varchar",
            "bpchar",
            "name",
            "unknown",
            "citext",
            "ltree",
            "lquery",
            "ltxtquery",
        ],
    ),
    ("Vec<u8>", &["bytea"]),
    ("uuid::Uuid", &["uuid"]),
    ("serde_json::Value", &["json", "jsonb"]),
    ("chrono::NaiveDate", &["date"]),
    ("chrono::NaiveTime", &["time"]),
    ("chrono::NaiveDateTime", &["timestamp"]),
    ("chrono::DateTime<chrono::Utc>", &["timestamptz"]),
    ("chrono::DateTime<chrono::Local>", &["timestamptz"]),
    ("chrono::DateTime<chrono::FixedOffset>", &["timestamptz"]),
    ("jiff::civil::Date", &["date"]),
    ("jiff::civil::Time", &["time"]),
    ("jiff::civil::DateTime", &["timestamp"]),
    ("jiff::Timestamp", &["timestamptz"]),
    ("time::Date", &["date"]),
    ("time::Time", &["time"]),
    ("time::PrimitiveDateTime", &["timestamp"]),
    ("time::OffsetDateTime", &["timestamptz"]),
    ("std::time::SystemTime", &["timestamp", "timestamptz"]),
    ("std::net::IpAddr", &["inet"]),
    ("rust_decimal::Decimal", &["numeric"]),
];

/// Whether values of the Postgres type can be read as the Rust type and sent from it, as far as anybody knows.
pub(super) fn fits(rust: &CustomType, ty: &ir::Type, catalog: &ir::Catalog) -> bool {
    let ty = catalog.base(ty);
    if let Some(inner) = rust.inside("Option").or_else(|| rust.inside("Box")) {
        return fits(&inner, ty, catalog);
    }
    let listed = HOLDS.iter().find(|(known, _)| *known == rust.as_str());
    match (listed, ty) {
        (Some((_, names)), ir::Type::Base(name)) => names.contains(&name.name.as_str()),
        (Some(_), _) => false,
        (None, ir::Type::Array(element)) => {
            let inner = rust.element().or_else(|| rust.element_of_array());
            inner.is_none_or(|inner| fits(&inner, innermost(element), catalog))
        }
        (None, _) => rust.element().is_none(),
    }
}

fn innermost(ty: &ir::Type) -> &ir::Type {
    match ty {
        ir::Type::Array(element) => innermost(element),
        ty => ty,
    }
}

/// The Rust type that holds the Postgres type, if one is listed.
pub(super) fn right_one(ty: &ir::Type, catalog: &ir::Catalog) -> Option<&'static str> {
    let ir::Type::Base(name) = catalog.base(ty) else {
        return None;
    };
    let mut holds = HOLDS
        .iter()
        .filter(|(_, names)| names.contains(&name.name.as_str()));
    holds.next().map(|(rust, _)| *rust)
}
