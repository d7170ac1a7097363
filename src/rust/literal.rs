//! Rust string literals that keep any text byte for byte.

use std::fmt;

/// Text, shown as a Rust string literal: plain or raw where it stays readable, escaped where it must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Literal(String);

impl Literal {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.chars().any(must_be_escaped) {
            f.write_str("\"")?;
            for c in self.0.chars() {
                match c {
                    '"' | '\\' => write!(f, "\\{c}")?,
                    '\r' => f.write_str("\\r")?,
                    c if must_be_escaped(c) => write!(f, "{}", c.escape_unicode())?,
                    c => write!(f, "{c}")?,
                }
            }
            f.write_str("\"")
        } else if self.0.contains(['"', '\\']) {
            let hashes = "#".repeat(self.hashes());
            write!(f, "r{hashes}\"{}\"{hashes}", self.0)
        } else {
            write!(f, "\"{}\"", self.0)
        }
    }
}

impl Literal {
    /// The text and the closing quote after `"\` and the end of a line, which rustc skips with the blanks that follow;
    /// `None` where that is another text.
    pub(crate) fn in_lines_of_its_own(&self) -> Option<String> {
        if self.0.starts_with([' ', '\t', '\n', '\r']) {
            return None;
        }
        self.to_string().strip_prefix('"').map(str::to_owned)
    }

    /// The fewest `#` with which the text does not end its own raw literal.
    fn hashes(&self) -> usize {
        let after_quotes = self.0.split('"').skip(1);
        after_quotes
            .map(|rest| rest.len() - rest.trim_start_matches('#').len() + 1)
            .max()
            .unwrap_or(0)
    }
}

/// Characters that a literal cannot hold as they are, or that would show other text than is there: a carriage return
/// is normalised away or refused, and control and direction characters mislead a reader (rustc refuses the latter).
fn must_be_escaped(c: char) -> bool {
    (c.is_control() && !matches!(c, '\n' | '\t'))
        || matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{200E}' | '\u{200F}' | '\u{FEFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_keep_their_text() {
        for (text, expected) in [
            ("SELECT 1", r#""SELECT 1""#),
            ("SELECT 'a\nb'", "\"SELECT 'a\nb'\""),
            (r#"SELECT "a""#, "r#\"SELECT \"a\"\"#"),
            (r##"a "# b"##, r###"r##"a "# b"##"###),
            (r"E'\n'", r#"r"E'\n'""#),
            ("a\r\n\"b\"\\", "\"a\\r\n\\\"b\\\"\\\\\""),
            ("\u{202E}x", r#""\u{202e}x""#),
        ] {
            let shown = Literal::new(text).to_string();
            assert_eq!(shown, expected);
            let parsed: syn::LitStr = syn::parse_str(&shown).unwrap();
            assert_eq!(parsed.value(), text);
        }
    }
}
