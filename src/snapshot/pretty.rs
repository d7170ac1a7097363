//! JSON laid out for people: each fact on a line of its own, and not each brace, so that a diff shows what changed.

/// The longest line, unless a single string is longer.
const WIDTH: usize = 240;

/// The keys whose lists are the lines of a text.
const TEXTS: [&str; 2] = ["\"sql\":", "\"insert\":"];

/// Lays out compact JSON, which `serde_json` wrote. The order of the keys stays.
///
/// What fits on a line is on one line, but for lists of objects or lists, and texts: each of their items has its own.
pub(super) fn pretty(compact: &str) -> String {
    let mut printer = Printer {
        text: compact,
        at: 0,
        out: String::with_capacity(compact.len() * 3 / 2),
        line_start: 0,
    };
    printer.value(0);
    printer.out.push('\n');
    printer.out
}

struct Printer<'a> {
    text: &'a str,
    /// All before is printed.
    at: usize,
    out: String,
    /// Where the last line of `out` begins.
    line_start: usize,
}

impl Printer<'_> {
    /// Prints the value that begins here.
    fn value(&mut self, depth: usize) {
        let bytes = self.text.as_bytes();
        match bytes[self.at] {
            b'{' | b'[' => {
                let is_empty = matches!(bytes[self.at + 1], b'}' | b']');
                // Top-level things are always broken, so that two branches that add something to them seldom collide.
                let may_fit = depth > 0 || is_empty;
                if !(may_fit && self.on_line()) {
                    self.broken(depth);
                }
            }
            b'"' => self.take_to(string_end(bytes, self.at)),
            _ => {
                let is_end = |byte: &u8| matches!(byte, b',' | b'}' | b']');
                let length = bytes[self.at..].iter().position(is_end);
                self.take_to(length.map_or(bytes.len(), |length| self.at + length));
            }
        }
    }

    /// Prints the object or list that begins here on this line, with blanks after commas and colons. Prints nothing where
    /// it should not be on one line.
    fn on_line(&mut self) -> bool {
        let bytes = self.text.as_bytes();
        let (start, length) = (self.at, self.out.len());
        let last = start + WIDTH.saturating_sub(length - self.line_start);
        let mut depth = 0;
        let mut at = start;
        let mut blanks = 0;
        while at + blanks < last {
            match bytes[at] {
                b'"' => {
                    at = string_end(bytes, at);
                    continue;
                }
                b'[' if self.is_always_broken(at) => break,
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth -= 1,
                b',' | b':' => {
                    self.take_to(at + 1);
                    self.out.push(' ');
                    blanks += 1;
                }
                _ => {}
            }
            at += 1;
            if depth == 0 {
                self.take_to(at);
                return true;
            }
        }
        self.at = start;
        self.out.truncate(length);
        false
    }

    /// Whether each item of the list at this place has a line of its own.
    fn is_always_broken(&self, at: usize) -> bool {
        let has_containers = matches!(self.text.as_bytes()[at + 1], b'{' | b'[');
        has_containers || TEXTS.iter().any(|key| self.text[..at].ends_with(key))
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

    fn take_to(&mut self, end: usize) {
        self.out.push_str(&self.text[self.at..end]);
        self.at = end;
    }

    fn line(&mut self, depth: usize) {
        self.out.push('\n');
        self.line_start = self.out.len();
        self.out.extend(std::iter::repeat_n(' ', depth));
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
    fn a_line_holds_a_fact() {
        let long = "x".repeat(WIDTH);
        let json = format!(
            r#"{{"a":[],"b":{{"c":[1,2,{{"d":"é, \"q\": {{"}}]}},"e":[{{"f":"{long}"}},-1.5,null],"g":{{"h":[{{"i":0}}],"sql":["a","b"]}},"j":[[1]]}}"#
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
 ],
 "g": {{
  "h": [
   {{"i": 0}}
  ],
  "sql": [
   "a",
   "b"
  ]
 }},
 "j": [
  [1]
 ]
}}
"#
        );
        assert_eq!(pretty(&json), expected);
        assert_eq!(pretty("{}"), "{}\n");
        let read: serde_json::Value = serde_json::from_str(&pretty(&json)).unwrap();
        assert_eq!(serde_json::to_string(&read).unwrap(), json);
    }

    #[test]
    fn no_line_is_longer_than_it_needs_to_be() {
        let list = |length: usize| format!(r#"{{"a":["{}",0]}}"#, "x".repeat(length));
        let longest = |json: &str| pretty(json).lines().map(str::len).max().unwrap();
        let outside = r#" "a": ["", 0]"#.len();
        assert_eq!(longest(&list(WIDTH - outside)), WIDTH);
        assert!(longest(&list(WIDTH - outside + 1)) < WIDTH);
    }
}
