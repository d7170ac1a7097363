//! Puts the lines of a logged tree together again. Postgres breaks them at 78 bytes, at a space if there is one, without
//! regard to names: `my\ name` may come as `my\` and `name`, and what has no space in it is broken anywhere.

/// How long Postgres makes a line.
const WIDTH: usize = 78;

/// The tree in one line, but for newlines that are part of names.
pub(super) fn unwrapped(dump: &str) -> String {
    let mut whole = String::with_capacity(dump.len());
    let mut pieces = dump.split('\n');
    whole.push_str(pieces.next().unwrap_or_default());
    // Where the line at hand begins.
    let mut start = 0;
    for next in pieces {
        let line = &whole[start..];
        match ending(line, next) {
            Ending::Newline => whole.push('\n'),
            ending => {
                start = whole.len();
                if matches!(ending, Ending::Space) {
                    whole.push(' ');
                    start += 1;
                }
            }
        }
        whole.push_str(next);
    }
    whole
}

/// What was where a piece ends.
#[derive(Clone, Copy)]
enum Ending {
    Space,
    /// A name has one, and the line goes on.
    Newline,
    /// The line was full.
    Nothing,
}

fn ending(line: &str, next: &str) -> Ending {
    let backslashes = line.len() - line.trim_end_matches('\\').len();
    let is_escaped = backslashes % 2 == 1;
    let is_full = line.len() == WIDTH && !line.bytes().skip(1).any(|byte| byte == b' ');
    match next.bytes().next() {
        // A field begins after a space, and a bracket in a name after a backslash.
        Some(first) if is_full => match (is_escaped, first) {
            (false, b':') => Ending::Space,
            (false, _) | (true, b'(' | b')' | b'{' | b'}' | b'\\' | b'\t') => Ending::Nothing,
            (true, _) => Ending::Space,
        },
        // A line is broken at a space only if what follows has no place in it.
        _ if is_escaped && line.len() + 1 + next.len() <= WIDTH => Ending::Newline,
        _ => Ending::Space,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As Postgres does it, in `format_node_dump`.
    fn wrapped(dump: &str) -> Option<String> {
        let (dump, mut text, mut at) = (dump.as_bytes(), Vec::new(), 0);
        loop {
            let rest = &dump[at..];
            if rest.len() <= WIDTH {
                text.extend(rest);
                break;
            }
            let mut line = &rest[..WIDTH];
            at += WIDTH;
            if rest[WIDTH] == b' ' {
                at += 1;
            } else if let Some(space) = (1..WIDTH).rev().find(|&index| line[index] == b' ') {
                at -= WIDTH - space - 1;
                line = &line[..space];
            }
            text.extend(line);
            text.push(b'\n');
        }
        String::from_utf8(text).ok()
    }

    #[test]
    fn names_are_what_they_were() {
        let long = "(".repeat(63).replace('(', "\\(");
        let names = [
            "\"ÄÖÜ\\ ß\\ 名前\\ 😀\"",
            "two\\ words",
            "a\\\nb",
            "\"1\\\n2\\\n3\"",
            "back\\\\slash\\ es",
            &long,
            &format!("\"{long}\""),
            &format!("(\"{}\")", "名".repeat(21)),
        ];
        for name in names {
            for margin in 0..WIDTH - 10 {
                let tree = format!(
                    "{{QUERY :{} 1 :name {name} :names ({name} {name}) :location 7}}",
                    "x".repeat(margin)
                );
                // Within a character, it is no text any more.
                let Some(dump) = wrapped(&tree) else { continue };
                assert_eq!(unwrapped(&dump), tree, "{dump}");
            }
        }
    }
}
