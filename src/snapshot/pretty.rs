//! JSON laid out for people: what fits on a line is on one line, so that a diff shows facts and not braces.

/// The longest line, unless a single string is longer.
const WIDTH: usize = 220;

/// Lays out compact JSON, which `serde_json` wrote. The order of the keys stays.
pub(super) fn pretty(compact: &str) -> String {
    let mut printer = Printer {
        text: compact,
        at: 0,
        ends: ends(compact.as_bytes()),
        opened: 0,
        out: String::with_capacity(compact.len() * 3 / 2),
    };
    printer.value(0);
    printer.out.push('\n');
    printer.out
}

/// Undoes [`pretty`].
pub(super) fn compact(pretty: &str) -> String {
    let bytes = pretty.as_bytes();
    let mut out = String::with_capacity(pretty.len());
    let mut at = 0;
    while at < bytes.len() {
        let start = at;
        match bytes[at] {
            b' ' | b'\n' | b'\r' | b'\t' => {
                at += 1;
                continue;
            }
            b'"' => at = string_end(bytes, at),
            // Outside of strings JSON is ASCII.
            _ => at += 1,
        }
        out.push_str(&pretty[start..at]);
    }
    out
}

struct Printer<'a> {
    text: &'a str,
    at: usize,
    /// Where each object or list ends, in the order in which they begin.
    ends: Vec<usize>,
    /// How many of them have begun.
    opened: usize,
    out: String,
}

impl Printer<'_> {
    /// Prints the value that begins here.
    fn value(&mut self, depth: usize) {
        let end = self.value_end();
        let value = &self.text[self.at..end];
        // Top-level things are always broken, so that two branches that add something to them seldom collide.
        let is_short = value.len() <= WIDTH && depth > 0;
        let is_nested = value.starts_with(['{', '[']) && value.len() > 2;
        if !is_nested || is_short {
            self.spaced(end);
            return;
        }
        let closing = self.text.as_bytes()[end - 1] as char;
        self.opened += 1;
        self.take(1);
        while self.at < end - 1 {
            self.line(depth + 1);
            // A string before a colon is a key.
            let bytes = self.text.as_bytes();
            if bytes[self.at] == b'"' {
                let after = string_end(bytes, self.at);
                if bytes[after] == b':' {
                    self.take(after + 1 - self.at);
                    self.out.push(' ');
                }
            }
            self.value(depth + 1);
            if self.at < end - 1 {
                self.take(1); // The comma.
            }
        }
        self.line(depth);
        self.out.push(closing);
        self.at = end;
    }

    /// Where the value that begins here ends.
    fn value_end(&self) -> usize {
        let bytes = self.text.as_bytes();
        match bytes[self.at] {
            b'"' => string_end(bytes, self.at),
            b'{' | b'[' => self.ends[self.opened],
            _ => {
                let is_end = |byte: &u8| matches!(byte, b',' | b'}' | b']');
                let length = bytes[self.at..].iter().position(is_end);
                length.map_or(bytes.len(), |length| self.at + length)
            }
        }
    }

    fn take(&mut self, bytes: usize) {
        self.out.push_str(&self.text[self.at..self.at + bytes]);
        self.at += bytes;
    }

    fn line(&mut self, depth: usize) {
        self.out.push('\n');
        self.out.extend(std::iter::repeat_n("  ", depth));
    }

    /// Prints everything up to `end` on this line, with blanks after commas and colons.
    fn spaced(&mut self, end: usize) {
        let bytes = self.text.as_bytes();
        while self.at < end {
            let piece = if bytes[self.at] == b'"' {
                string_end(bytes, self.at) - self.at
            } else {
                1
            };
            // Compact JSON outside of strings is ASCII.
            if matches!(bytes[self.at], b'{' | b'[') {
                self.opened += 1;
            }
            self.take(piece);
            if matches!(bytes[self.at - 1], b',' | b':') && piece == 1 {
                self.out.push(' ');
            }
        }
    }
}

/// Where each object or list ends, in the order in which they begin.
fn ends(bytes: &[u8]) -> Vec<usize> {
    let mut ends = Vec::new();
    let mut open = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'"' => {
                at = string_end(bytes, at);
                continue;
            }
            b'{' | b'[' => {
                open.push(ends.len());
                ends.push(bytes.len());
            }
            b'}' | b']' => {
                if let Some(index) = open.pop() {
                    ends[index] = at + 1;
                }
            }
            _ => {}
        }
        at += 1;
    }
    ends
}

fn string_end(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while bytes[at] != b'"' {
        at += if bytes[at] == b'\\' { 2 } else { 1 };
    }
    at + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_values_are_on_one_line() {
        let long = "x".repeat(WIDTH);
        let json = format!(
            r#"{{"a":[],"b":{{"c":[1,2,{{"d":"é, \"q\": {{"}}]}},"e":[{{"f":"{long}"}},-1.5,null]}}"#
        );
        let expected = format!(
            r#"{{
  "a": [],
  "b": {{"c": [1, 2, {{"d": "é, \"q\": {{"}}]}},
  "e": [
    {{
      "f": "{long}"
    }},
    -1.5,
    null
  ]
}}
"#
        );
        assert_eq!(pretty(&json), expected);
        assert_eq!(pretty("{}"), "{}\n");
        let read: serde_json::Value = serde_json::from_str(&pretty(&json)).unwrap();
        assert_eq!(serde_json::to_string(&read).unwrap(), json);
        assert_eq!(compact(&pretty(&json)), json);
        assert_eq!(compact(&pretty(&json).replace('\n', "\r\n")), json);
    }
}
