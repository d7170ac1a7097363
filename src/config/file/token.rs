//! Tokens of YAML and JSON.

/// The length of the quoted scalar, or of the run up to a blank or punctuation, that `text` starts with.
pub(super) fn token_length(text: &str) -> usize {
    let mut characters = text.char_indices();
    let Some((_, first)) = characters.next() else {
        return 0;
    };
    if !matches!(first, '"' | '\'') {
        let end = text.find(|c: char| c.is_whitespace() || matches!(c, ',' | ']' | '}' | ':'));
        return end.unwrap_or(text.len()).max(first.len_utf8());
    }
    while let Some((at, character)) = characters.next() {
        match character {
            '\\' if first == '"' => _ = characters.next(),
            '\'' if first == '\'' && text[at + 1..].starts_with('\'') => _ = characters.next(),
            _ if character == first => return at + 1,
            _ => {}
        }
    }
    1
}
