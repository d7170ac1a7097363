//! The parts of the generated module `types`: what each is called there, and what it needs.

use std::collections::BTreeSet;

/// A part of the generated module `types`, in the order in which they are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Part {
    // What others are made of.
    Binary,
    Value,
    Codec,
    // Types.
    Interval,
    TimeTz,
    Money,
    Tid,
    Snapshot,
    JsonPath,
    MacAddr,
    MacAddr8,
    Point,
    Line,
    LineSegment,
    Rect,
    Path,
    Polygon,
    Circle,
    Weight,
    TsVector,
    TsQuery,
    Cube,
    Array,
    Range,
    Multirange,
    // Codecs, and what implements the types of the schema.
    Native,
    Nullable,
    Elements,
    AsOid,
    AsXid8,
    AsText,
    Void,
    ClockTime,
    Numeric,
    NumericText,
    RustDecimal,
    BigDecimal,
    NumericString,
    ExactJson,
    Shaped,
    RangeOf,
    MultirangeOf,
    Composite,
    Domain,
}

impl Part {
    /// The path of the item it is named after, from a sibling of the module `types`.
    pub(crate) fn path(self) -> String {
        let name = match self {
            Self::RustDecimal | Self::BigDecimal => "Numeric".to_owned(),
            other => format!("{other:?}"),
        };
        format!("super::types::{name}")
    }

    /// Whether values of the type are copied.
    pub(crate) fn is_copy(self) -> bool {
        matches!(
            self,
            Self::Interval
                | Self::TimeTz
                | Self::Money
                | Self::Tid
                | Self::MacAddr
                | Self::MacAddr8
                | Self::Point
                | Self::Line
                | Self::LineSegment
                | Self::Rect
                | Self::Circle
        )
    }

    /// What the type derives; nothing where it is none.
    pub(crate) fn derives(self) -> &'static [&'static str] {
        match self {
            Self::Interval => &[
                "Debug",
                "Clone",
                "Copy",
                "Default",
                "PartialEq",
                "Eq",
                "Hash",
            ],
            Self::Money => &[
                "Debug",
                "Clone",
                "Copy",
                "Default",
                "PartialEq",
                "Eq",
                "PartialOrd",
                "Ord",
                "Hash",
            ],
            Self::Tid | Self::MacAddr | Self::MacAddr8 | Self::Weight => &[
                "Debug",
                "Clone",
                "Copy",
                "PartialEq",
                "Eq",
                "PartialOrd",
                "Ord",
                "Hash",
            ],
            Self::TimeTz | Self::Range => &["Debug", "Clone", "Copy", "PartialEq", "Eq", "Hash"],
            Self::JsonPath => &[
                "Debug",
                "Clone",
                "PartialEq",
                "Eq",
                "PartialOrd",
                "Ord",
                "Hash",
            ],
            Self::TsVector | Self::TsQuery => {
                &["Debug", "Clone", "Default", "PartialEq", "Eq", "Hash"]
            }
            Self::Snapshot | Self::Array | Self::Multirange => {
                &["Debug", "Clone", "PartialEq", "Eq", "Hash"]
            }
            Self::Point => &["Debug", "Clone", "Copy", "Default", "PartialEq"],
            Self::Line | Self::LineSegment | Self::Rect | Self::Circle => {
                &["Debug", "Clone", "Copy", "PartialEq"]
            }
            Self::Path | Self::Polygon | Self::Cube => &["Debug", "Clone", "PartialEq"],
            _ => &[],
        }
    }

    /// The codec of a generic type.
    pub(super) fn codec(self) -> Option<Self> {
        Some(match self {
            Self::Array => Self::Shaped,
            Self::Range => Self::RangeOf,
            Self::Multirange => Self::MultirangeOf,
            _ => return None,
        })
    }

    /// What it uses of other parts.
    fn needs(self) -> &'static [Self] {
        match self {
            Self::Binary | Self::Weight => &[],
            Self::Value | Self::Codec => &[Self::Binary],
            Self::Interval
            | Self::TimeTz
            | Self::Money
            | Self::Tid
            | Self::Snapshot
            | Self::JsonPath
            | Self::MacAddr
            | Self::MacAddr8
            | Self::Point
            | Self::Line
            | Self::Cube => &[Self::Value],
            Self::LineSegment | Self::Rect | Self::Path | Self::Polygon | Self::Circle => {
                &[Self::Point]
            }
            Self::TsVector | Self::TsQuery => &[Self::Value, Self::Weight],
            Self::Array | Self::Shaped => &[Self::Elements],
            Self::Multirange | Self::MultirangeOf => &[Self::Range],
            Self::Range
            | Self::RangeOf
            | Self::Native
            | Self::Nullable
            | Self::Elements
            | Self::AsOid
            | Self::AsXid8
            | Self::AsText
            | Self::Void
            | Self::ClockTime
            | Self::ExactJson
            | Self::Numeric
            | Self::Composite
            | Self::Domain => &[Self::Codec],
            Self::NumericText | Self::RustDecimal => &[Self::Numeric],
            Self::BigDecimal | Self::NumericString => &[Self::NumericText],
        }
    }
}

/// The parts, and all that they need.
pub(crate) fn closure(parts: impl IntoIterator<Item = Part>) -> BTreeSet<Part> {
    let mut open: Vec<Part> = parts.into_iter().collect();
    let mut found = BTreeSet::new();
    while let Some(part) = open.pop() {
        if found.insert(part) {
            open.extend(part.needs());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    macro_rules! source {
        ($name:literal) => {
            include_str!(concat!("../../../templates/runtime/types/", $name, ".rs"))
        };
    }

    #[test]
    fn parts_derive_what_their_sources_say() {
        let parts = [
            (Part::Interval, source!("interval")),
            (Part::TimeTz, source!("time_tz")),
            (Part::Money, source!("money")),
            (Part::Tid, source!("tid")),
            (Part::Snapshot, source!("snapshot")),
            (Part::JsonPath, source!("jsonpath")),
            (Part::MacAddr, source!("mac_addr")),
            (Part::MacAddr8, source!("mac_addr8")),
            (Part::Point, source!("point")),
            (Part::Line, source!("line")),
            (Part::LineSegment, source!("line_segment")),
            (Part::Rect, source!("rect")),
            (Part::Path, source!("path")),
            (Part::Polygon, source!("polygon")),
            (Part::Circle, source!("circle")),
            (Part::Weight, source!("weight")),
            (Part::TsVector, source!("ts_vector")),
            (Part::TsQuery, source!("ts_query")),
            (Part::Cube, source!("cube")),
            (Part::Array, source!("array")),
            (Part::Range, source!("range")),
            (Part::Multirange, source!("multirange")),
        ];
        for (part, source) in parts {
            // The first item of a file is the one it is named after.
            let (_, rest) = source.split_once("#[derive(").unwrap();
            let (derived, rest) = rest.split_once(")]").unwrap();
            let name = format!("{part:?}");
            let item = rest.trim_start().lines().next().unwrap();
            assert!(item.contains(&name), "{item} is not {name}");
            assert_eq!(part.derives().join(", "), derived, "{name}");
            assert_eq!(
                part.is_copy(),
                part.derives().contains(&"Copy") && !matches!(part, Part::Weight | Part::Range),
                "{name}"
            );
        }
    }
}
