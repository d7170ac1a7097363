//! Whether two trees are of the same statement, written in two ways.

/// Whether trees as Postgres logs them differ in nothing but where things are written, and by which of its names a column
/// is called.
pub(super) fn is_same_statement(written: &str, sent: &str) -> bool {
    telling(written).eq(telling(sent))
}

/// The words of a tree that say what the statement does.
fn telling(tree: &str) -> impl Iterator<Item = &str> {
    let mut words = tree.split_ascii_whitespace();
    std::iter::from_fn(move || {
        let word = words.next()?;
        // Its value is the next word, which may end in brackets.
        if !is_incidental(word) {
            return Some(word);
        }
        let value = words.next().unwrap_or_default();
        Some(value.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '-'))
    })
}

fn is_incidental(word: &str) -> bool {
    word.starts_with(':')
        && (word.ends_with("location")
            || matches!(
                word,
                ":stmt_len"
                    | ":list_start"
                    | ":list_end"
                    | ":queryId"
                    | ":varnosyn"
                    | ":varattnosyn"
                    | ":isNatural"
            ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_and_spellings_do_not_matter() {
        let tree = "({QUERY :a ({VAR :varno 1 :varnosyn 1 :varattnosyn 2 :location 7} {VAR :varno 2 :location 7}) :stmt_location 0 :stmt_len 0})";
        let moved = tree
            .replace(":location 7", ":location\n123")
            .replace(":varnosyn 1", ":varnosyn 3");
        assert!(is_same_statement(tree, &moved));
        assert!(!is_same_statement(
            tree,
            &tree.replace(":varno 2", ":varno 3")
        ));
        assert!(!is_same_statement(
            tree,
            &tree.replace(":location 7}", ":location 7")
        ));
        assert!(!is_same_statement(tree, "({QUERY})"));
    }
}
