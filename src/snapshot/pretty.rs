//! JSON laid out for people: what fits on a line is on one line, so that a diff shows facts and not braces.

/// The longest line, unless a single string is longer.
const WIDTH: usize = 220;

/// Lays out compact JSON, which `serde_json` wrote. The order of the keys stays.
pub(super) fn pretty(compact: &str) -> String {
    let mut printer = Printer {
        text: compact,
        at: 0,
        out: String::with_capacity(compact.len() * 3 / 2),
    };
    printer.value(0);
    printer.out.push('\n');
    printer.out
}

struct Printer<'a> {
    text: &'a str,
    at: usize,
    out: String,
}

impl Printer<'_> {
    /// Prints the value that begins here.
    fn value(&mut self, depth: usize) {
        let bytes = self.text.as_bytes();
        match bytes[self.at] {
            b'{' | b'[' => match self.end_on_line() {
                // Top-level things are always broken, so that two branches that add something to them seldom collide.
                Some(end) if depth > 0 || end == self.at + 2 => self.spaced(end),
                _ => self.broken(depth),
            },
            b'"' => self.take_to(string_end(bytes, self.at)),
            _ => {
                let is_end = |byte: &u8| matches!(byte, b',' | b'}' | b']');
                let length = bytes[self.at..].iter().position(is_end);
                self.take_to(length.map_or(bytes.len(), |length| self.at + length));
            }
        }
    }

    /// Where the object or list that begins here ends, if it fits on a line.
    fn end_on_line(&self) -> Option<usize> {
        let bytes = self.text.as_bytes();
        let mut depth = 0;
        let mut at = self.at;
        while at < bytes.len() && at - self.at < WIDTH {
            match bytes[at] {
                b'"' => {
                    at = string_end(bytes, at);
                    continue;
                }
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth -= 1,
                _ => {}
            }
            at += 1;
            if depth == 0 {
                return Some(at);
            }
        }
        None
    }

    /// Prints an object or list with each of its values on lines of its own.
    fn broken(&mut self, depth: usize) {
        let bytes = self.text.as_bytes();
        self.take_to(self.at + 1);
        while !matches!(bytes[self.at], b'}' | b']') {
            self.line(depth + 1);
            // A string before a colon is a key.
            if bytes[self.at] == b'"' {
                let after = string_end(bytes, self.at);
                if bytes[after] == b':' {
                    self.take_to(after + 1);
                    self.out.push(' ');
                }
            }
            self.value(depth + 1);
            if bytes[self.at] == b',' {
                self.take_to(self.at + 1);
            }
        }
        self.line(depth);
        self.take_to(self.at + 1);
    }

    /// Prints everything up to `end` on this line, with blanks after commas and colons.
    fn spaced(&mut self, end: usize) {
        let bytes = self.text.as_bytes();
        let mut at = self.at;
        while at < end {
            match bytes[at] {
                b'"' => at = string_end(bytes, at),
                b',' | b':' => {
                    at += 1;
                    self.take_to(at);
                    self.out.push(' ');
                }
                _ => at += 1,
            }
        }
        self.take_to(end);
    }

    fn take_to(&mut self, end: usize) {
        self.out.push_str(&self.text[self.at..end]);
        self.at = end;
    }

    fn line(&mut self, depth: usize) {
        self.out.push('\n');
        self.out.extend(std::iter::repeat_n("  ", depth));
    }
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
    }
}
