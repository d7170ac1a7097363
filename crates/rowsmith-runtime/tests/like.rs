//! Patterns of texts.

use rowsmith_runtime::like::{contains, ends_with, escape, starts_with};

#[test]
fn wildcards_stand_for_themselves() {
    assert_eq!(contains("50%"), r"%50\%%");
    assert_eq!(starts_with("a_b"), r"a\_b%");
    assert_eq!(ends_with(r"c:\"), r"%c:\\");
    assert_eq!(escape("100 % größer_"), r"100 \% größer\_");
    assert_eq!(contains(""), "%%");
}
