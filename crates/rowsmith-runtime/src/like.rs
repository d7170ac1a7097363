//! Patterns for `LIKE` and `ILIKE` of texts that people type: in them, `%`, `_` and `\` stand for themselves.
//!
//! They are for the usual escape character, and not for `LIKE … ESCAPE '…'`.

/// The pattern of texts that have this text in them: `contains("50%")` is `%50\%%`.
pub fn contains(text: &str) -> String {
    format!("%{}%", escape(text))
}

/// The pattern of texts that start with this text: `starts_with("a_b")` is `a\_b%`.
pub fn starts_with(text: &str) -> String {
    format!("{}%", escape(text))
}

/// The pattern of texts that end with this text.
pub fn ends_with(text: &str) -> String {
    format!("%{}", escape(text))
}

/// The pattern of this text alone, for a part of a pattern of your own.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '%' | '_' | '\\') {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}
