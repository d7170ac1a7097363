//! Reads the text in which Postgres prints its node trees: `pg_node_tree` values and the trees it logs.
//!
//! The reader knows the notation and none of the nodes, so it reads every server version alike: `{NAME :field value …}`,
//! lists `(…)`, `<>` for nothing, tokens with backslash escapes, and the bytes of a datum `[ … ]`. Everything is borrowed
//! from the text. Two kinds of value are left unread until someone asks for them: `joinaliasvars`, which grows with the
//! square of the number of joins and is rarely needed, and whatever is nested so deep that reading it could exhaust the
//! stack.

mod kinds;

use std::borrow::Cow;
use std::cell::OnceCell;
use std::ops::Range;

pub(super) use kinds::*;

/// How deep brackets may nest. An operator in an expression takes two.
const MAX_DEPTH: usize = 600;

/// How many fields most nodes have at most.
const FIELDS: usize = 12;

/// The width at which Postgres wraps the trees it logs.
const WRAP: usize = 78;

/// One value of a field or list.
#[derive(Debug)]
pub(super) enum Value<'a> {
    /// `<>`.
    Nothing,
    /// A number, a word or a (quoted) string, with its escapes.
    Token(&'a str),
    List(Vec<Value<'a>>),
    Node(Node<'a>),
    /// The bytes of a datum, between the brackets.
    Bytes(&'a str),
    /// Not read yet.
    Deferred(Deferred<'a>),
    /// Nested too deep to be read.
    TooDeep,
}

/// `{NAME :field value …}`.
#[derive(Debug)]
pub(super) struct Node<'a> {
    pub(super) name: &'a str,
    fields: Vec<Field<'a>>,
    /// Of all fields, one after another: a list for each would be most of the work of reading.
    values: Vec<Value<'a>>,
}

#[derive(Debug)]
struct Field<'a> {
    name: &'a str,
    /// Where its values are. Never empty. A datum has two: its length and its bytes.
    values: Range<usize>,
}

/// A value that is read when it is asked for.
#[derive(Debug)]
pub(super) struct Deferred<'a> {
    text: &'a str,
    depth: usize,
    value: OnceCell<Box<Value<'a>>>,
}

/// Reads a whole tree: a node, or a list of nodes of which the first is taken. `None` where the text is not one.
pub(super) fn read(text: &str) -> Option<Node<'_>> {
    if has_broken_token(text) {
        return None;
    }
    let mut value = Reader::new(text).value(0)?;
    loop {
        value = match value {
            Value::Node(node) => return Some(node),
            Value::List(items) => items.into_iter().next()?,
            _ => return None,
        };
    }
}

/// Reads the tree of a statement or of a view.
pub(super) fn read_query(text: &str) -> Option<Node<'_>> {
    read(text).filter(|node| node.name == "QUERY")
}

/// Whether Postgres wrapped the text in the middle of a token, for want of a space to wrap at. What follows such a break
/// would be read as something else. Only a name made of dozens of characters that need an escape is that long.
fn has_broken_token(text: &str) -> bool {
    let mut lines = text.split('\n').peekable();
    while let Some(line) = lines.next() {
        let unbroken = line.len() >= WRAP && !line.bytes().skip(1).any(|byte| byte == b' ');
        if unbroken && lines.peek().is_some() {
            return true;
        }
    }
    false
}

impl<'a> Node<'a> {
    /// The first value of the field; [`Value::Nothing`] where there is no such field.
    pub(super) fn get(&self, field: &str) -> &Value<'a> {
        let found = self.fields.iter().find(|f| f.name == field);
        found
            .and_then(|f| self.values.get(f.values.start))
            .map_or(&Value::Nothing, Value::resolve)
    }

    /// Whether it has the field at all, which differs between server versions.
    pub(super) fn has(&self, field: &str) -> bool {
        self.fields.iter().any(|f| f.name == field)
    }

    pub(super) fn node(&self, field: &str) -> Option<&Node<'a>> {
        self.get(field).as_node()
    }

    /// The items of a list; none where it is no list.
    pub(super) fn list(&self, field: &str) -> &[Value<'a>] {
        self.get(field).items()
    }

    /// The nodes of a list.
    pub(super) fn nodes(&self, field: &str) -> impl Iterator<Item = &Node<'a>> {
        self.list(field).iter().filter_map(Value::as_node)
    }

    /// A number; `None` where the field is missing or no number, so that callers cannot mistake one for the other.
    pub(super) fn number<N: std::str::FromStr>(&self, field: &str) -> Option<N> {
        match self.get(field) {
            Value::Token(token) => token.parse().ok(),
            _ => None,
        }
    }

    /// Whether the field says `true`.
    pub(super) fn flag(&self, field: &str) -> bool {
        matches!(self.get(field), Value::Token("true"))
    }

    /// Whether the field says `false`; a missing one says neither.
    pub(super) fn denies(&self, field: &str) -> bool {
        matches!(self.get(field), Value::Token("false"))
    }

    /// A name, without its escapes.
    pub(super) fn text(&self, field: &str) -> Option<Cow<'a, str>> {
        self.get(field).text()
    }

    /// The bytes of a datum, as a list of numbers in text.
    pub(super) fn bytes(&self, field: &str) -> Option<&'a str> {
        let found = self.fields.iter().find(|f| f.name == field)?;
        self.values_of(found).iter().find_map(|value| match value {
            Value::Bytes(bytes) => Some(*bytes),
            _ => None,
        })
    }

    /// Where in the SQL it stands, in bytes.
    pub(super) fn location(&self) -> Option<usize> {
        self.number("location")
    }

    /// Every field with its values, in order; deferred ones are left as they are.
    pub(super) fn fields(&self) -> impl Iterator<Item = (&'a str, &[Value<'a>])> {
        self.fields.iter().map(|f| (f.name, self.values_of(f)))
    }

    fn values_of(&self, field: &Field<'_>) -> &[Value<'a>] {
        self.values.get(field.values.clone()).unwrap_or_default()
    }
}

impl<'a> Value<'a> {
    /// The value itself, read if it was not yet.
    pub(super) fn resolve(&self) -> &Self {
        let Value::Deferred(deferred) = self else {
            return self;
        };
        deferred.value.get_or_init(|| {
            let value = Reader::new(deferred.text).value(deferred.depth);
            Box::new(value.unwrap_or(Value::TooDeep))
        })
    }

    pub(super) fn as_node(&self) -> Option<&Node<'a>> {
        match self.resolve() {
            Value::Node(node) => Some(node),
            _ => None,
        }
    }

    pub(super) fn items(&self) -> &[Value<'a>] {
        match self.resolve() {
            Value::List(items) => items,
            _ => &[],
        }
    }

    pub(super) fn is_nothing(&self) -> bool {
        matches!(self, Value::Nothing)
    }

    /// A name or string, without quotes and escapes.
    pub(super) fn text(&self) -> Option<Cow<'a, str>> {
        let Value::Token(token) = self else {
            return None;
        };
        let quoted = token.strip_prefix('"').and_then(|t| t.strip_suffix('"'));
        let bare = quoted.unwrap_or(token);
        if !bare.contains('\\') {
            return Some(Cow::Borrowed(bare));
        }
        let mut plain = String::with_capacity(bare.len());
        let mut chars = bare.chars();
        while let Some(c) = chars.next() {
            plain.extend(if c == '\\' { chars.next() } else { Some(c) });
        }
        Some(Cow::Owned(plain))
    }

    /// The numbers of `(i 1 2)`, `(o 1 2)` or `(b 1 2)`.
    pub(super) fn numbers(&self) -> Vec<i64> {
        let numbers = self.items().iter().skip(1).map(|item| match item {
            Value::Token(token) => token.parse().ok(),
            _ => None,
        });
        numbers.collect::<Option<_>>().unwrap_or_default()
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// Skips white space and looks at the next byte.
    fn peek(&mut self) -> Option<u8> {
        let bytes = self.text.as_bytes();
        while matches!(bytes.get(self.at), Some(b' ' | b'\n' | b'\t' | b'\r')) {
            self.at += 1;
        }
        bytes.get(self.at).copied()
    }

    fn value(&mut self, depth: usize) -> Option<Value<'a>> {
        Some(match self.peek()? {
            b'{' | b'(' if depth >= MAX_DEPTH => {
                self.skip()?;
                Value::TooDeep
            }
            b'{' => Value::Node(self.node(depth)?),
            b'(' => {
                self.at += 1;
                let mut items = Vec::new();
                while self.peek()? != b')' {
                    items.push(self.value(depth + 1)?);
                }
                self.at += 1;
                Value::List(items)
            }
            b'[' => {
                let rest = &self.text[self.at + 1..];
                let end = rest.find(']')?;
                self.at += end + 2;
                Value::Bytes(&rest[..end])
            }
            b')' | b'}' => return None,
            _ => match self.token() {
                "<>" => Value::Nothing,
                token => Value::Token(token),
            },
        })
    }

    fn node(&mut self, depth: usize) -> Option<Node<'a>> {
        self.at += 1;
        self.peek()?;
        let name = self.token();
        let mut fields = Vec::with_capacity(FIELDS);
        let mut values = Vec::with_capacity(FIELDS);
        while self.peek()? != b'}' {
            let name = self.token().strip_prefix(':')?;
            let start = values.len();
            // The first value is taken whatever it looks like: a name may start with a colon.
            values.push(self.field_value(name, depth + 1)?);
            while !matches!(self.peek()?, b':' | b'}') {
                values.push(self.value(depth + 1)?);
            }
            let values = start..values.len();
            fields.push(Field { name, values });
        }
        self.at += 1;
        Some(Node {
            name,
            fields,
            values,
        })
    }

    fn field_value(&mut self, field: &str, depth: usize) -> Option<Value<'a>> {
        if field == "joinaliasvars" && self.peek()? == b'(' {
            let start = self.at;
            self.skip()?;
            return Some(Value::Deferred(Deferred {
                text: &self.text[start..self.at],
                depth,
                value: OnceCell::new(),
            }));
        }
        self.value(depth)
    }

    /// A token ends at white space or a bracket that is not escaped. Never empty where the next byte is neither.
    fn token(&mut self) -> &'a str {
        let bytes = self.text.as_bytes();
        let start = self.at;
        while let Some(byte) = bytes.get(self.at) {
            match byte {
                b' ' | b'\n' | b'\t' | b'\r' | b'(' | b')' | b'{' | b'}' => break,
                // The escaped character may be of several bytes; those after the first end no token.
                b'\\' => self.at += 2,
                _ => self.at += 1,
            }
        }
        self.at = self.at.min(bytes.len());
        // All stops are ASCII, or the end, except after a backslash before a character of several bytes.
        while !self.text.is_char_boundary(self.at) {
            self.at += 1;
        }
        &self.text[start..self.at]
    }

    /// Moves past a bracketed value without reading it.
    fn skip(&mut self) -> Option<()> {
        let bytes = self.text.as_bytes();
        let mut open = 0_usize;
        loop {
            match bytes.get(self.at)? {
                b'\\' => self.at += 1,
                b'(' | b'{' => open += 1,
                b')' | b'}' => open -= 1,
                _ => {}
            }
            self.at += 1;
            if open == 0 {
                return Some(());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_fields_of_every_notation() {
        let node = read(
            "({VAR :varno 1 :name :odd\\ name :list (i 1 -2) :nothing <> :sub {CONST :constvalue 4 [ 1 0\n0 0 ]} \
             :names (\"a\" \"b\\\"c\\)\") :flag true :empty () :location 7})",
        )
        .unwrap();
        assert_eq!(node.name, "VAR");
        assert_eq!(node.number::<u32>("varno"), Some(1));
        assert_eq!(node.text("name").as_deref(), Some(":odd name"));
        assert_eq!(node.get("list").numbers(), [1, -2]);
        assert!(node.get("nothing").is_nothing());
        assert!(node.get("missing").is_nothing());
        assert_eq!(
            node.node("sub").unwrap().bytes("constvalue"),
            Some(" 1 0\n0 0 ")
        );
        let names: Vec<_> = node.list("names").iter().filter_map(Value::text).collect();
        assert_eq!(names, ["a", "b\"c)"]);
        assert!(node.flag("flag") && !node.flag("empty"));
        assert_eq!(node.location(), Some(7));
    }

    #[test]
    fn refuses_what_is_no_tree() {
        let long = format!("{{A :name {}\n:x 1}}", "\\{".repeat(40));
        let wrapped = format!("{{A :name\n{}\nrest :x 1}}", "x".repeat(78));
        for text in [
            "", "<>", "(", "{", "{A", "{A :b", "{A :b }", "{A b}", "{A :b (}", "abc", "()",
            &wrapped,
        ] {
            assert!(read(text).is_none(), "{text}");
        }
        assert!(read(&long).is_some(), "a long line with a space is whole");
    }

    #[test]
    fn deep_trees_do_not_exhaust_the_stack() {
        let depth = 200_000;
        let text = format!("{}{}", "{N :a (".repeat(depth), ")}".repeat(depth));
        let node = read(&text).unwrap();
        let mut value = node.get("a");
        let mut levels = 0;
        while let Some(inner) = value.items().first() {
            levels += 1;
            value = match inner {
                Value::Node(node) => node.get("a"),
                other => other,
            };
        }
        assert!(matches!(value, Value::TooDeep));
        assert!(levels > 250, "{levels}");
    }

    #[test]
    fn join_alias_vars_are_read_on_demand() {
        let text = "{RTE :joinaliasvars ({VAR :varno 1} {VAR :varno \\)2}) :inh true}";
        let node = read(text).unwrap();
        let (_, values) = node.fields().next().unwrap();
        assert!(matches!(values[0], Value::Deferred(_)));
        assert_eq!(node.list("joinaliasvars").len(), 2);
        assert!(node.flag("inh"));
    }

    proptest::proptest! {
        #[test]
        fn never_panics(text in "[{}() :a\\\\\"<>\\[\\]é\n]{0,60}") {
            let _ = read(&text);
        }
    }
}
