//! The generated module `types`: parts that are printed as they stand, those in use only.

use std::collections::BTreeSet;

use super::runtime::{Needed, inline};
use super::unused::without_unused;
use super::{HEADER, LINTS};
use crate::rust::items::Part;

/// The module's text, with these parts and what they need.
pub(super) fn print(needed: &Needed, used: &BTreeSet<&str>) -> String {
    let head = include_str!("../../templates/runtime/types.rs");
    // Below, it has a file for each part.
    let head = head.split("\n// One module").next().unwrap_or_default();
    let (docs, imports) = head.split_once("\n\n").unwrap_or((head, ""));
    let texts = needed.types.iter().map(|part| text_of(*part));
    let texts: Vec<String> = texts
        .filter(|text| !text.is_empty())
        .map(|text| format!("\n{text}"))
        .collect();
    let text = inline(&texts.concat(), needed, needed.visibility(true));
    let imports = inline(imports, needed, needed.visibility(true));
    // The client is beside it in a project, and around it in the crate.
    let imports = imports.replace("use super::Row;", "use super::client::Row;");
    // Those that share the code are generated elsewhere.
    let text = if needed.has("shared") {
        text
    } else {
        without_unused(&text, used)
    };
    format!("{HEADER}\n{docs}\n\n{LINTS}\n{imports}{text}")
}

/// Rust as rustfmt prints it; empty for what is printed with another part.
fn text_of(part: Part) -> &'static str {
    macro_rules! template {
        ($name:literal) => {
            include_str!(concat!("../../templates/runtime/types/", $name, ".rs"))
        };
    }
    match part {
        Part::Binary => template!("binary"),
        Part::Value => template!("value"),
        Part::Codec => template!("codec"),
        Part::Interval => template!("interval"),
        Part::TimeTz => template!("time_tz"),
        Part::Money => template!("money"),
        Part::Tid => template!("tid"),
        Part::Snapshot => template!("snapshot"),
        Part::JsonPath => template!("jsonpath"),
        Part::MacAddr => template!("mac_addr"),
        Part::MacAddr8 => template!("mac_addr8"),
        Part::Point => template!("point"),
        Part::Line => template!("line"),
        Part::LineSegment => template!("line_segment"),
        Part::Rect => template!("rect"),
        Part::Path => template!("path"),
        Part::Polygon => template!("polygon"),
        Part::Circle => template!("circle"),
        Part::Weight => template!("weight"),
        Part::TsVector => template!("ts_vector"),
        Part::TsQuery => template!("ts_query"),
        Part::Cube => template!("cube"),
        Part::Array => template!("array"),
        Part::Range => template!("range"),
        Part::Multirange => template!("multirange"),
        Part::Elements => template!("codec_array"),
        Part::AsOid => template!("as_oid"),
        Part::AsXid8 => template!("as_xid8"),
        Part::AsText => template!("as_text"),
        Part::Void => template!("void"),
        Part::ClockTime => template!("clock_time"),
        Part::Numeric => template!("numeric"),
        Part::NumericText => template!("numeric_text"),
        Part::RustDecimal => template!("numeric_rust_decimal"),
        Part::BigDecimal => template!("numeric_bigdecimal"),
        Part::NumericString => template!("numeric_string"),
        Part::ExactJson => template!("exact_json"),
        Part::Composite => template!("composite"),
        Part::Domain => template!("domain"),
        // With `Codec`, `Array`, `Range` and `Multirange`.
        Part::Native | Part::Nullable | Part::Shaped | Part::RangeOf | Part::MultirangeOf => "",
    }
}
