//! The order of names with numbers in them.

use std::cmp::Ordering;

/// Compares names so that `10_x` comes after `9_x` and `V1.10__x` after `V1.9__x`.
///
/// Runs of digits compare as integers of any length, everything else character by character. A version that goes on
/// (`V1.1__b`) comes after the version it extends (`V1__a`). Names that are equal so far, as `1` and `01`, are equal here.
pub(crate) fn compare(a: &str, b: &str) -> Ordering {
    let (mut rest_a, mut rest_b) = (a, b);
    loop {
        let ((part_a, after_a), (part_b, after_b)) = (next_part(rest_a), next_part(rest_b));
        let order = part_a.cmp(&part_b);
        if order != Ordering::Equal || part_a == Part::End {
            return order;
        }
        (rest_a, rest_b) = (after_a, after_b);
    }
}

/// A piece of a name, in the order they sort at one place.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Part<'a> {
    End,
    /// Without leading zeros: the longer one is the greater, then the digits decide.
    Number(usize, &'a str),
    Other(char),
    /// A `.` before a digit: the version goes on.
    Further,
}

fn next_part(text: &str) -> (Part<'_>, &str) {
    let Some(first) = text.chars().next() else {
        return (Part::End, "");
    };
    let after = &text[first.len_utf8()..];
    if first.is_ascii_digit() {
        let end = text.find(|c: char| !c.is_ascii_digit());
        let (digits, after) = text.split_at(end.unwrap_or(text.len()));
        let digits = digits.trim_start_matches('0');
        (Part::Number(digits.len(), digits), after)
    } else if first == '.' && after.starts_with(|c: char| c.is_ascii_digit()) {
        (Part::Further, after)
    } else {
        (Part::Other(first), after)
    }
}
