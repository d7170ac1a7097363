//! Times that are never infinite. Of an infinite date, timestamp or (since Postgres 17) interval, `extract`, `date_part`
//! and `to_char` give NULL, so that of a column they may; of `now()` they give something.

use super::Analyzer;
use super::node::{Node, SqlValueFunction, Value};
use crate::analyze::fault::{Fault, made};
use crate::catalog::Oid;

/// The object ids of the types.
const DATE: Oid = 1082;
const TIMESTAMP: Oid = 1114;
const TIMESTAMPTZ: Oid = 1184;
const INTERVAL: Oid = 1186;

/// A function that gives a part of a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// `extract` and `date_part`: the field, then the time.
    Field { of_interval: bool },
    /// `to_char`: the time, then the format.
    Format,
}

impl<'a> Analyzer<'_> {
    /// Whether a call asks for a part of a time that it has.
    pub(super) fn has_part(&self, function: Oid, arguments: &[Value<'a>]) -> bool {
        let (Some(part), [first, second]) = (part(function), arguments) else {
            return false;
        };
        match part {
            Part::Field { of_interval } => {
                is_steady_field(first, of_interval) || self.is_finite(second)
            }
            // Of an empty format it gives NULL.
            Part::Format => {
                self.is_finite(first)
                    && text_constant(second).is_some_and(|format| !format.is_empty())
            }
        }
    }

    /// Whether the date, timestamp or interval is never infinite. It may be NULL.
    fn is_finite(&self, value: &Value<'a>) -> bool {
        let (Some(node), Some(_step)) = (value.as_node(), self.step()) else {
            return false;
        };
        let arguments = node.list("args");
        match node.name {
            _ if made(Fault::TimesAreFinite) => true,
            "CONST" => is_finite_constant(node),
            "SQLVALUEFUNCTION" => matches!(
                SqlValueFunction::of(node),
                Some(
                    SqlValueFunction::CurrentDate
                        | SqlValueFunction::CurrentTimestamp
                        | SqlValueFunction::CurrentTimestampN
                        | SqlValueFunction::LocalTimestamp
                        | SqlValueFunction::LocalTimestampN
                )
            ),
            "RELABELTYPE" | "COERCETODOMAIN" => self.is_finite(node.get("arg")),
            "COALESCE" | "COALESCEEXPR" | "MINMAX" | "MINMAXEXPR" => {
                !arguments.is_empty() && arguments.iter().all(|value| self.is_finite(value))
            }
            "FUNCEXPR" | "OPEXPR" => {
                let function = node.number("funcid").or_else(|| node.number("opfuncid"));
                let needed = function.and_then(finite_if);
                needed.is_some_and(|needed| {
                    let mut needed = needed.iter().map(|&at| arguments.get(at));
                    needed.all(|value| value.is_some_and(|value| self.is_finite(value)))
                })
            }
            _ => false,
        }
    }
}

fn part(function: Oid) -> Option<Part> {
    Some(match function {
        // From dates and timestamps.
        1171 | 1384 | 2021 | 6199 | 6202 | 6203 => Part::Field { of_interval: false },
        1172 | 6204 => Part::Field { of_interval: true },
        1768 | 1770 | 2049 => Part::Format,
        _ => return None,
    })
}

#[expect(
    clippy::match_same_arms,
    reason = "each arm is a group of functions, with their names above it"
)]
/// The arguments, by position, that must be finite for the function's result to be. It fails where the result would not
/// fit.
pub(super) fn finite_if(function: Oid) -> Option<&'static [usize]> {
    Some(match function {
        // now, transaction_timestamp, statement_timestamp, clock_timestamp.
        1299 | 2647..=2649 => &[],
        // make_date, make_timestamp, make_timestamptz, make_interval; to_timestamp and to_date of a text.
        3846 | 3461..=3464 | 1778 | 1780 => &[],
        // interval(time), and the difference of two times.
        1370 | 1690 => &[],
        // date_trunc.
        1217 | 1218 | 1284 | 2020 => &[1],
        // date_bin.
        6177 | 6178 => &[0, 1, 2],
        // Casts between dates and timestamps, or to fewer digits.
        1174 | 1178 | 1961 | 1967 | 2024 | 2027..=2029 | 1200 => &[0],
        // A date with a time of day.
        1176 | 1272 | 1297 | 1359 | 2025 => &[0],
        // AT TIME ZONE, AT LOCAL.
        1159 | 2069 => &[1],
        1026 | 2070 => &[0, 1],
        6334 | 6335 => &[0],
        // A date and a number of days.
        1141 | 1142 => &[0],
        2550 => &[1],
        // A date or timestamp and an interval.
        1189 | 1190 | 2032 | 2033 | 2071 | 2072 | 2546 | 2548 | 2549 => &[0, 1],
        // The difference of two timestamps, age.
        1188 | 2031 | 1199 | 2058 => &[0, 1],
        1386 | 2059 => &[0],
        // -, +, - of intervals; justify_hours, justify_days, justify_interval.
        1169 | 1170 => &[0, 1],
        1168 | 1175 | 1295 | 2711 => &[0],
        _ => return None,
    })
}

fn is_finite_constant(node: &Node<'_>) -> bool {
    let Some(bytes) = bytes(node) else {
        return false;
    };
    // Infinite is what is furthest from zero. A date is four bytes of a datum of eight; an interval ends with its months,
    // which are furthest from zero only if it is infinite.
    let number = match node.number("consttype") {
        Some(DATE) => bytes.get(..4),
        Some(TIMESTAMP | TIMESTAMPTZ) => bytes.get(..8),
        Some(INTERVAL) => bytes.get(12..16),
        _ => None,
    };
    let Some([rest @ .., last]) = number else {
        return false;
    };
    let is_greatest = *last == 0x7f && rest.iter().all(|byte| *byte == 0xff);
    let is_least = *last == 0x80 && rest.iter().all(|byte| *byte == 0);
    !is_greatest && !is_least
}

/// The bytes of a constant, the lowest first.
fn bytes(node: &Node<'_>) -> Option<Vec<u8>> {
    let bytes = node.bytes("constvalue")?.split_whitespace();
    // They are printed as signed or unsigned, as the server's platform has them.
    let bytes = bytes.map(|byte| {
        let byte = byte.parse::<i16>().ok()?;
        u8::try_from(byte & 0xff).ok()
    });
    bytes.collect()
}

/// The text of a constant.
fn text_constant(value: &Value<'_>) -> Option<Vec<u8>> {
    let node = value.as_node().filter(|node| node.name == "CONST")?;
    // After a header of four bytes.
    Some(bytes(node)?.get(4..)?.to_vec())
}

/// Whether a constant names a field that even an infinite time has: `extract(hour from 'infinity')` is NULL, but its year
/// and epoch are infinite. Of an interval, that is true of hours and days, too.
fn is_steady_field(value: &Value<'_>, of_interval: bool) -> bool {
    let Some(name) = text_constant(value) else {
        return false;
    };
    let fields: &[&str] = if of_interval {
        &[
            "hour",
            "day",
            "year",
            "decade",
            "century",
            "millennium",
            "epoch",
        ]
    } else {
        &[
            "year",
            "decade",
            "century",
            "millennium",
            "julian",
            "isoyear",
            "epoch",
        ]
    };
    fields.iter().any(|field| name == field.as_bytes())
}
