//! Doc comments from text that was not written for rustdoc.

use std::fmt;

/// Text, shown as `///` lines that rustdoc renders as it reads in the SQL file.
///
/// Brackets would become links, `<tags>` HTML, bare addresses a warning, and indented or fenced text a doctest in the
/// user's crate: all of these are made harmless.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct DocComment(Vec<String>);

impl DocComment {
    pub(crate) fn new<L: AsRef<str>>(lines: impl IntoIterator<Item = L>) -> Self {
        let lines = lines.into_iter();
        let lines: Vec<String> = lines.flat_map(|line| split_lines(line.as_ref())).collect();
        let start = lines
            .iter()
            .position(|line| !line.is_empty())
            .unwrap_or(lines.len());
        let end = lines
            .iter()
            .rposition(|line| !line.is_empty())
            .map_or(start, |last| last + 1);
        Self(render(&lines[start..end]))
    }

    /// One line of our own, in Markdown. Names of the user's in it go through [`code`].
    pub(crate) fn markdown(line: impl AsRef<str>) -> Self {
        Self(vec![clean(line.as_ref())])
    }

    /// With another paragraph of our own, in Markdown.
    pub(crate) fn and(mut self, lines: impl IntoIterator<Item = String>) -> Self {
        if !self.is_empty() {
            self.0.push(String::new());
        }
        self.0.extend(lines);
        self
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// A name as code in Markdown, whatever is in it.
pub(crate) fn code(name: &str) -> String {
    let name = clean(name);
    let ticks = longest_backticks(std::slice::from_ref(&name));
    if ticks == 0 && !name.trim().is_empty() {
        format!("`{name}`")
    } else {
        // Blanks keep its own backticks from those around it.
        let fence = "`".repeat(ticks + 1);
        format!("{fence} {name} {fence}")
    }
}

fn split_lines(text: &str) -> Vec<String> {
    text.split('\n').map(clean).collect()
}

/// A line without what could end it, or show it in another order (which rustc refuses).
fn clean(line: &str) -> String {
    let line = line.replace(|c: char| c.is_control() && c != '\t', " ");
    let turns = |c: char| matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    line.replace(turns, "").trim_end().to_owned()
}

/// A line with one blank between words, since after a mark such as `-` or `>` several blanks are code.
fn with_single_blanks(line: &str) -> String {
    let words: Vec<&str> = line
        .split([' ', '\t'])
        .filter(|word| !word.is_empty())
        .collect();
    words.join(" ")
}

fn render(lines: &[String]) -> Vec<String> {
    let mut rendered: Vec<String> = Vec::with_capacity(lines.len());
    // Longer than any in the text, so that indented text cannot close its own fence.
    let own_fence = "`".repeat(longest_backticks(lines).max(2) + 1);
    let mut fence: Option<String> = None;
    let mut indented = false;
    for line in lines {
        let is_code = line.starts_with("    ") || line.starts_with('\t');
        if indented && !is_code && !line.is_empty() {
            let blank = rendered.pop_if(|last| last.is_empty());
            rendered.push(own_fence.clone());
            rendered.extend(blank);
            indented = false;
        }
        if let Some(open) = &fence {
            let closes = fence_marker(line)
                .is_some_and(|marker| marker.starts_with(open) && line.trim() == marker);
            rendered.push(if closes {
                line.trim().to_owned()
            } else {
                line.clone()
            });
            if closes {
                fence = None;
            }
        } else if is_code && (indented || rendered.last().is_none_or(String::is_empty)) {
            if !indented {
                rendered.push(format!("{own_fence}text"));
                indented = true;
            }
            rendered.push(line.strip_prefix("    ").unwrap_or(line).to_owned());
        } else if let Some(open) = fence_marker(line) {
            // Any language but none, since no language means Rust.
            let language = line.trim().trim_start_matches(['`', '~']).trim();
            let known = matches!(
                language,
                "sql" | "text" | "json" | "console" | "sh" | "yaml"
            );
            rendered.push(format!("{open}{}", if known { language } else { "text" }));
            fence = Some(open);
        } else {
            rendered.push(escape(&with_single_blanks(line)));
        }
    }
    if indented {
        rendered.push(own_fence);
    }
    rendered.extend(fence);
    rendered
}

fn longest_backticks(lines: &[String]) -> usize {
    let runs = lines.iter().flat_map(|line| line.split(|c| c != '`'));
    runs.map(str::len).max().unwrap_or(0)
}

/// The run of backticks or tildes that opens or closes a fenced block on this line.
fn fence_marker(line: &str) -> Option<String> {
    let line = line.trim_start();
    let mark = line.chars().next().filter(|c| matches!(c, '`' | '~'))?;
    let marker: String = line.chars().take_while(|c| *c == mark).collect();
    (marker.len() >= 3).then_some(marker)
}

/// Escapes what rustdoc would take as a link or a tag, outside code spans.
fn escape(line: &str) -> String {
    let mut escaped = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(c) = rest.chars().next() {
        if c == '`' {
            let ticks = rest.len() - rest.trim_start_matches('`').len();
            let closing = rest[ticks..]
                .find(&rest[..ticks])
                .map(|end| ticks + end + ticks);
            let span = closing.unwrap_or(ticks);
            if closing.is_some() {
                escaped.push_str(&rest[..span]);
            } else {
                escaped.extend(rest[..ticks].chars().flat_map(|tick| ['\\', tick]));
            }
            rest = &rest[span..];
        } else if rest.starts_with("http://") || rest.starts_with("https://") {
            let end = rest
                .find(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"' | '`'))
                .unwrap_or(rest.len());
            let mut address = rest[..end].trim_end_matches(['.', ',', ';', ':', '!', '?']);
            // A closing parenthesis belongs to the text around the address, unless the address opens one.
            if address.ends_with(')') && !address.contains('(') {
                address = &address[..address.len() - 1];
            }
            escaped.extend(["<", address, ">"]);
            rest = &rest[address.len()..];
        } else {
            if matches!(c, '[' | ']' | '<' | '\\' | '*' | '~')
                && needs_escape(c, escaped.chars().last(), rest)
            {
                escaped.push('\\');
            }
            escaped.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    escaped
}

/// Stars only where they would start or end emphasis, tildes where they would open a fence; the rest always.
fn needs_escape(c: char, before: Option<char>, rest: &str) -> bool {
    let after = rest[c.len_utf8()..].chars().next();
    let word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    match c {
        '~' => after == Some('~') || before == Some('~'),
        '*' => word(before) || word(after),
        _ => true,
    }
}

impl fmt::Display for DocComment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in &self.0 {
            let space = if line.is_empty() { "" } else { " " };
            writeln!(f, "///{space}{line}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_code_and_one_line() {
        for (name, expected) in [
            ("users", "/// `users`\n"),
            ("a`b", "/// `` a`b ``\n"),
            ("a\npub fn evil() {}", "/// `a pub fn evil() {}`\n"),
            ("", "/// `  `\n"),
        ] {
            assert_eq!(DocComment::markdown(code(name)).to_string(), expected);
        }
        assert_eq!(DocComment::markdown("a\nb").to_string(), "/// a b\n");
    }

    #[test]
    fn text_does_not_become_markup() {
        for (text, expected) in [
            ("Plain text.", "/// Plain text.\n"),
            ("", ""),
            ("\n\na\n\nb\n\n", "/// a\n///\n/// b\n"),
            ("see [users] and <b>", "/// see \\[users\\] and \\<b>\n"),
            (
                "`a[1]` stays, ` does not",
                "/// `a[1]` stays, \\` does not\n",
            ),
            (
                "at https://example.com/a_b.",
                "/// at <https://example.com/a_b>.\n",
            ),
            (
                "(https://a.b/c), https://a.b/c_(d)",
                "/// (<https://a.b/c>), <https://a.b/c_(d)>\n",
            ),
            ("count(*) of a*b", "/// count(*) of a\\*b\n"),
            ("*/ {{ x }} \"\"\"", "/// */ {{ x }} \"\"\"\n"),
            (
                "Usage:\n\n    SELECT 1;\n\nDone",
                "/// Usage:\n///\n/// ```text\n/// SELECT 1;\n/// ```\n///\n/// Done\n",
            ),
            ("```\nlet x;\n```", "/// ```text\n/// let x;\n/// ```\n"),
            ("```rust\nlet x;", "/// ```text\n/// let x;\n/// ```\n"),
            (
                "    a\n    ```\n    b\nc",
                "/// ````text\n/// a\n/// ```\n/// b\n/// ````\n/// c\n",
            ),
            ("a\r\nb\u{7}", "/// a\n/// b\n"),
            ("a\u{202E}b\u{2066}", "/// ab\n"),
            ("-     code\n>\t\tcode", "/// - code\n/// > code\n"),
            ("- ~~~\ncode", "/// - \\~\\~\\~\n/// code\n"),
        ] {
            assert_eq!(DocComment::new([text]).to_string(), expected, "{text:?}");
        }
    }
}
