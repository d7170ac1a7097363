//! Passwords, which nothing that rowsmith prints may hold.
//!
//! Two rules, so that no place that makes a message has to think of them. A message is [cleaned](redact) of what looks like a
//! password, and of a file of configuration only a [mask] is shown, in which the addresses of servers are blotted out.

use std::ops::Range;

/// The password in examples of messages, which is shown.
const EXAMPLE: &str = "PASSWORD";

/// A text without the passwords of URIs (`scheme://user:password@host`) and of `password=…`.
pub(crate) fn redact(text: &str) -> String {
    let ranges = passwords(text);
    if ranges.is_empty() {
        return text.to_owned();
    }
    let mut clean = String::new();
    let mut end = 0;
    for range in ranges {
        clean.push_str(&text[end..range.start]);
        clean.push_str("***");
        end = range.end;
    }
    clean + &text[end..]
}

/// A configuration with the addresses of servers blotted out, as long as the text itself byte by byte. The names of variables
/// (`${NAME}`) stay.
pub(crate) fn mask(configuration: &str) -> String {
    let ranges = passwords(configuration).into_iter();
    blotted(configuration, ranges.chain(addresses(configuration)))
}

/// SQL with the passwords blotted out that it sets for roles and connections, as long as the text itself byte by byte; `None`
/// where it has none.
pub(crate) fn mask_sql(sql: &str) -> Option<String> {
    let mut ranges = passwords(sql);
    let lower = sql.to_ascii_lowercase();
    for (at, word) in lower.match_indices("password") {
        let rest = &sql[at + word.len()..];
        let quoted = rest.trim_start();
        let value = quoted.trim_start_matches('\'');
        if rest.len() > quoted.len() && quoted.len() > value.len() {
            let start = sql.len() - value.len();
            let length = value.find('\'').unwrap_or(value.len());
            ranges.push(start..start + length);
        }
    }
    (!ranges.is_empty()).then(|| blotted(sql, ranges.into_iter()))
}

fn blotted(text: &str, ranges: impl Iterator<Item = Range<usize>>) -> String {
    let mut is_secret = vec![false; text.len()];
    for range in ranges {
        is_secret[range].fill(true);
    }
    let mut masked = String::with_capacity(text.len());
    for (at, character) in text.char_indices() {
        masked.push(
            match (
                is_secret[at] && !character.is_whitespace(),
                character.len_utf8(),
            ) {
                (false, _) => character,
                (true, 1) => '*',
                (true, 2) => '\u{b7}',
                (true, 3) => '\u{2022}',
                (true, _) => '\u{1f784}',
            },
        );
    }
    masked
}

/// Where passwords are that can be told by what is before them.
fn passwords(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices("://") {
        let start = at + "://".len();
        let rest = &text[start..];
        // A password may hold what should be written as `%xx`: it goes on to the last `@`.
        let end = rest.find(|c: char| c.is_whitespace() || matches!(c, '"' | '`'));
        let uri = &rest[..end.unwrap_or(rest.len())];
        if let Some(at) = uri.rfind('@')
            && let Some(colon) = uri[..at].find(':')
        {
            found.push(start + colon + 1..start + at);
        }
    }
    let lower = text.to_ascii_lowercase();
    // Without blanks, and nothing that SQL would have in their place: columns are called so, too.
    for word in ["password=", "passwd="] {
        for (at, _) in lower.match_indices(word) {
            let start = at + word.len();
            let value = &text[start..];
            if value.starts_with(['$', '@', ':', '?', '{']) {
                continue;
            }
            let length = match value.chars().next() {
                Some(quote @ ('\'' | '"')) => {
                    value[1..].find(quote).map_or(value.len(), |end| end + 2)
                }
                _ => value
                    .find(|c: char| c.is_whitespace() || matches!(c, '"' | '`' | '&'))
                    .unwrap_or(value.len()),
            };
            found.push(start..start + length);
        }
    }
    found.retain(|range| {
        let password = &text[range.clone()];
        !password.is_empty() && password != EXAMPLE && !is_variable(password)
    });
    found.sort_by_key(|range| (range.start, range.end));
    // The one within another adds nothing.
    let mut separate: Vec<Range<usize>> = Vec::new();
    for range in found {
        match separate.last_mut() {
            Some(last) if range.start < last.end => last.end = last.end.max(range.end),
            _ => separate.push(range),
        }
    }
    separate
}

/// Whether it is nothing but the name of a variable.
fn is_variable(text: &str) -> bool {
    let name = text
        .strip_prefix("${")
        .and_then(|rest| rest.strip_suffix('}'));
    let name = name.or(text.strip_prefix('$'));
    name.is_some_and(|name| {
        !name.is_empty()
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    })
}

/// Where the values of the key `uri` are, of YAML or JSON that may be broken: the rest of the line, and the lines below it
/// that are deeper, or that a quoted value goes on to.
fn addresses(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut start = 0;
    // The column of the key, and the quote that is open.
    let mut inside: Option<(usize, Option<char>)> = None;
    for line in text.split_inclusive('\n') {
        let indent = line.len() - line.trim_start().len();
        let end = start + line.len();
        if inside
            .is_some_and(|(key, quote)| quote.is_none() && !line.trim().is_empty() && indent <= key)
        {
            inside = None;
        }
        let begins = match inside {
            Some(_) => Some((indent, 0)),
            None => key_uri(line),
        };
        if let Some((key, value)) = begins {
            let rest = &line[value..];
            let (key, quote) = inside.unwrap_or_else(|| {
                let value = rest.trim_start();
                (
                    key,
                    value.chars().next().filter(|c| matches!(c, '"' | '\'')),
                )
            });
            // An odd number of them opens or closes it.
            let is_first = inside.is_none();
            let is_odd = quote.is_some_and(|quote| rest.matches(quote).count() % 2 == 1);
            inside = Some((key, quote.filter(|_| is_odd == is_first)));
            found.extend(without_variables(text, start + value..end));
        }
        start = end;
    }
    found
}

/// Where the key `uri` of a line is, and where its value begins.
fn key_uri(line: &str) -> Option<(usize, usize)> {
    line.match_indices("uri").find_map(|(at, key)| {
        let before = line[..at].chars().next_back();
        let is_key =
            before.is_none_or(|c| !c.is_alphanumeric() && c != '_' && c != '-' && c != '/');
        let after = line[at + key.len()..].trim_start_matches(['"', '\'']);
        let value = after.trim_start_matches([' ', '\t']).strip_prefix(':')?;
        let is_key = is_key && !value.starts_with("//");
        is_key.then(|| (at, line.len() - value.len()))
    })
}

/// The pieces of a range between the names of variables.
fn without_variables(text: &str, range: Range<usize>) -> Vec<Range<usize>> {
    let mut pieces = Vec::new();
    let mut start = range.start;
    for (at, _) in text[range.clone()].match_indices("${") {
        let at = range.start + at;
        let Some(length) = text[at..range.end].find('}') else {
            break;
        };
        if at >= start && is_variable(&text[at..=at + length]) {
            pieces.push(start..at);
            start = at + length + 1;
        }
    }
    pieces.push(start..range.end);
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_of_roles_are_not_shown() {
        for (sql, shown) in [
            (
                "ALTER ROLE a PASSWORD 's3 cret' X",
                Some("ALTER ROLE a PASSWORD '** ****' X"),
            ),
            (
                "EXECUTE 'CREATE ROLE a password ''s3cret'''",
                Some("EXECUTE 'CREATE ROLE a password ''******'''"),
            ),
            (
                "OPTIONS (user 'u', password 'é')",
                Some("OPTIONS (user 'u', password '\u{b7}')"),
            ),
            (
                "CONNECTION 'host=h password=s3cret p'",
                Some("CONNECTION 'host=h password=****** p'"),
            ),
            ("ALTER ROLE a PASSWORD NULL", None),
            ("SELECT password FROM users WHERE name = 'x'", None),
            ("COMMENT ON COLUMN u.password IS 'hash'", None),
            ("SELECT 'no password', password", None),
        ] {
            assert_eq!(mask_sql(sql).as_deref(), shown, "{sql}");
        }
    }

    #[test]
    fn passwords_are_taken_out_of_messages() {
        for (text, clean) in [
            (
                "at `postgres://me:s3:c@ret@host/db`",
                "at `postgres://me:***@host/db`",
            ),
            (
                "postgres://me:${PASSWORD}@host",
                "postgres://me:${PASSWORD}@host",
            ),
            (
                "host=h password=s3cret user=u",
                "host=h password=*** user=u",
            ),
            ("PGPASSWORD='s3 cret' x", "PGPASSWORD=*** x"),
            (
                "write it as `postgres://user:PASSWORD@host`",
                "write it as `postgres://user:PASSWORD@host`",
            ),
            (
                "at `postgres://me:PASSWORD1@host/db`",
                "at `postgres://me:***@host/db`",
            ),
            (
                "write `password = @password`",
                "write `password = @password`",
            ),
            ("SET password=$1", "SET password=$1"),
            (
                "postgres://h/d?password=s3cret&user=u",
                "postgres://h/d?password=***&user=u",
            ),
            (
                "column \"password\" is of type text",
                "column \"password\" is of type text",
            ),
            ("https://example.org/a:b", "https://example.org/a:b"),
        ] {
            assert_eq!(redact(text), clean);
        }
    }

    #[test]
    fn no_way_to_write_an_address_shows_it() {
        const SECRET: &str = "s3:c,r}é#t";
        let uri = format!("postgres://me:{SECRET}@h/d");
        let pairs = format!("host=h password={SECRET}");
        for value in [uri, pairs, SECRET.to_owned()] {
            for text in [
                format!("    uri: {value}\n    unknown: 1\n"),
                format!("    unknown: {{uri: \"{value}\", other: 1}}\n"),
                format!("{{\"database\": {{\"uri\" : \"{value}\"}}}}"),
                format!("uri:\n  {value}\nother: 1\n"),
                format!("uri: >\n  {value}\n\n  {value}\nother: 1\n"),
                format!("- uri: |\n    {value}\n  other: 1\n"),
                format!("\turi: '{value}\n"),
                format!("  uri: \"host=h\n {value}\n user=u\"\n  other: 1\n"),
                format!("uri: ${{A}}{value}${{B}}\nother: 1"),
            ] {
                let masked = mask(&text);
                assert!(!masked.contains("s3"), "{masked}");
                assert!(!masked.contains("c,r"), "{masked}");
                assert_eq!(masked.len(), text.len());
                assert_eq!(masked.chars().count(), text.chars().count());
                let lines = |text: &str| text.lines().map(str::len).collect::<Vec<_>>();
                assert_eq!(lines(&masked), lines(&text));
                for kept in ["other: 1\n", "unknown: 1\n", "${A}"] {
                    assert!(!text.contains(kept) || masked.contains(kept), "{masked}");
                }
            }
        }
        let address = "x: &a postgres://me:s3cret@h\n";
        assert_eq!(mask(address), "x: &a postgres://me:******@h\n");
        let nothing = "schema: uri.sql # ://\nuri: ${DATABASE_URL}\nrust: {out: src/db}\n";
        assert_eq!(mask(nothing), nothing);
    }
}
