//! How names, types, places and the like are written in a snapshot: each as one short string, which is read back as it
//! was, whatever is in the names.
//!
//! A name is quoted as in SQL, with `"`, only where it holds anything but letters, digits, `_` and `$`: its case is its
//! own. The schema `public` is left out, and `pg_catalog` of the types that it has most of.

use std::fmt::{self, Display, Write};
use std::marker::PhantomData;

use serde::de::{Error, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{ColumnOrigin, Location, Nullability, Position, QualifiedName, Type};

/// What is one string in a snapshot.
trait Notation: Sized {
    /// What it is, for a reader who finds something else.
    const WHAT: &'static str;

    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result;

    fn read(text: &str) -> Option<Self>;
}

const PUBLIC: &str = "public";
const PG_CATALOG: &str = "pg_catalog";

/// `orders`, `sales.orders`, `"my shop".orders`.
impl Notation for QualifiedName {
    const WHAT: &'static str = "a name";

    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_qualified(self, PUBLIC, f)
    }

    fn read(text: &str) -> Option<Self> {
        let mut rest = Rest::of(text);
        let name = rest.qualified(PUBLIC)?;
        rest.end(name)
    }
}

/// `orders.id`, `sales.orders.id`.
impl Notation for ColumnOrigin {
    const WHAT: &'static str = "the name of a table's column";

    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.table.write(f)?;
        f.write_char('.')?;
        write_name(&self.column, f)
    }

    fn read(text: &str) -> Option<Self> {
        let mut rest = Rest::of(text);
        let first = rest.name()?;
        let second = rest.after('.')?.name()?;
        let (table, column) = if let Some(rest) = rest.after('.') {
            (QualifiedName::new(first, second), rest.name()?)
        } else {
            (QualifiedName::new(PUBLIC, first), second)
        };
        rest.end(Self { table, column })
    }
}

/// `int8`, `public.citext`, `enum order_status`, `range int8range(int8)`; each with `[]` for an array of it.
impl Notation for Type {
    const WHAT: &'static str = "a type";

    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (word, schema) = match self {
            Self::Array(element) => {
                element.write(f)?;
                return f.write_str("[]");
            }
            Self::Base(_) => ("", PG_CATALOG),
            Self::Enum(_) => ("enum ", PUBLIC),
            Self::Domain(_) => ("domain ", PUBLIC),
            Self::Composite(_) => ("composite ", PUBLIC),
            Self::Range(..) => ("range ", PG_CATALOG),
            Self::Multirange(..) => ("multirange ", PG_CATALOG),
        };
        f.write_str(word)?;
        write_qualified(self.name(), schema, f)?;
        match self {
            Self::Range(_, subtype) | Self::Multirange(_, subtype) => {
                f.write_char('(')?;
                subtype.write(f)?;
                f.write_char(')')
            }
            _ => Ok(()),
        }
    }

    fn read(text: &str) -> Option<Self> {
        let mut rest = Rest::of(text);
        let ty = rest.ty()?;
        rest.end(ty)
    }
}

/// `queries/users.sql:12:3`: the line and the column.
impl Notation for Location {
    const WHAT: &'static str = "a place in a file";

    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }

    fn read(text: &str) -> Option<Self> {
        let (rest, column) = text.rsplit_once(':')?;
        let (file, line) = rest.rsplit_once(':')?;
        Some(Self {
            file: file.to_owned(),
            line: line.parse().ok()?,
            column: column.parse().ok()?,
        })
    }
}

/// `12:3`.
impl Notation for Position {
    const WHAT: &'static str = "a line and a column";

    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }

    fn read(text: &str) -> Option<Self> {
        let (line, column) = text.split_once(':')?;
        Some(Self {
            line: line.parse().ok()?,
            column: column.parse().ok()?,
        })
    }
}

const NEVER: &str = "never: ";
const MAYBE: &str = "maybe: ";

/// When there is NULL, and how that is known: ``never: `orders.id` is declared NOT NULL``.
impl Notation for Nullability {
    const WHAT: &'static str = "whether there may be NULL, with the reason";

    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.nullable { MAYBE } else { NEVER })?;
        f.write_str(&self.reason)
    }

    fn read(text: &str) -> Option<Self> {
        let never = text.strip_prefix(NEVER).map(Self::not_null);
        never.or_else(|| text.strip_prefix(MAYBE).map(Self::nullable))
    }
}

fn write_qualified(
    name: &QualifiedName,
    left_out: &str,
    f: &mut fmt::Formatter<'_>,
) -> fmt::Result {
    if name.schema != left_out {
        write_name(&name.schema, f)?;
        f.write_char('.')?;
    }
    write_name(&name.name, f)
}

fn write_name(name: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    if !name.is_empty() && name.bytes().all(is_plain) {
        return f.write_str(name);
    }
    write!(f, "\"{}\"", name.replace('"', "\"\""))
}

/// Whether it needs no quotes. What is beyond ASCII stands for nothing here.
fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$') || !byte.is_ascii()
}

/// How deep types may be in one another. No schema comes near, and reading ends somewhere.
const DEEPEST: usize = 100;

/// What has not been read yet.
struct Rest<'a> {
    text: &'a str,
    /// How many types there may still be around what is read.
    depth: usize,
}

impl<'a> Rest<'a> {
    fn of(text: &'a str) -> Self {
        Self {
            text,
            depth: DEEPEST,
        }
    }

    fn name(&mut self) -> Option<String> {
        let Some(mut quoted) = self.text.strip_prefix('"') else {
            let end = self.text.bytes().position(|byte| !is_plain(byte));
            let (name, rest) = self.text.split_at(end.unwrap_or(self.text.len()));
            self.text = rest;
            return (!name.is_empty()).then(|| name.to_owned());
        };
        let mut name = String::new();
        loop {
            let (part, rest) = quoted.split_once('"')?;
            name.push_str(part);
            let Some(rest_of_name) = rest.strip_prefix('"') else {
                self.text = rest;
                return Some(name);
            };
            name.push('"');
            quoted = rest_of_name;
        }
    }

    fn qualified(&mut self, left_out: &str) -> Option<QualifiedName> {
        let first = self.name()?;
        self.qualified_from(first, left_out)
    }

    fn qualified_from(&mut self, first: String, left_out: &str) -> Option<QualifiedName> {
        Some(match self.after('.') {
            Some(rest) => QualifiedName::new(first, rest.name()?),
            None => QualifiedName::new(left_out, first),
        })
    }

    fn ty(&mut self) -> Option<Type> {
        let first = self.name()?;
        let mut ty = if self.after(' ').is_none() {
            Type::Base(self.qualified_from(first, PG_CATALOG)?)
        } else {
            match first.as_str() {
                "enum" => Type::Enum(self.qualified(PUBLIC)?),
                "domain" => Type::Domain(self.qualified(PUBLIC)?),
                "composite" => Type::Composite(self.qualified(PUBLIC)?),
                "range" => Type::Range(self.qualified(PG_CATALOG)?, self.subtype()?),
                "multirange" => Type::Multirange(self.qualified(PG_CATALOG)?, self.subtype()?),
                _ => return None,
            }
        };
        while let Some(rest) = self.after('[') {
            rest.after(']')?.deeper()?;
            ty = Type::Array(Box::new(ty));
        }
        Some(ty)
    }

    fn subtype(&mut self) -> Option<Box<Type>> {
        let subtype = self.after('(')?.deeper()?.ty()?;
        self.after(')')?;
        Some(Box::new(subtype))
    }

    fn deeper(&mut self) -> Option<&mut Self> {
        self.depth = self.depth.checked_sub(1)?;
        Some(self)
    }

    /// What is after a character, if that is next.
    fn after(&mut self, next: char) -> Option<&mut Self> {
        self.text = self.text.strip_prefix(next)?;
        Some(self)
    }

    /// What was read, if that was all.
    fn end<T>(&self, read: T) -> Option<T> {
        self.text.is_empty().then_some(read)
    }
}

struct Written<'a, T>(&'a T);

impl<T: Notation> Display for Written<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.write(f)
    }
}

struct Reader<T>(PhantomData<T>);

impl<T: Notation> Visitor<'_> for Reader<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::WHAT)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        T::read(text).ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self))
    }
}

macro_rules! by_notation {
    ($($ty:ty),*) => {$(
        impl Serialize for $ty {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(&Written(self))
            }
        }

        impl<'de> Deserialize<'de> for $ty {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_str(Reader(PhantomData))
            }
        }
    )*};
}

by_notation!(
    QualifiedName,
    ColumnOrigin,
    Type,
    Location,
    Position,
    Nullability
);

/// SQL: a list of its lines where it has several, so that a diff shows those that changed.
pub(super) mod lines {
    use std::fmt;

    use serde::de::{Error, SeqAccess, Visitor};
    use serde::{Deserializer, Serialize, Serializer};

    pub(crate) fn serialize<S: Serializer>(text: &str, serializer: S) -> Result<S::Ok, S::Error> {
        if text.contains('\n') {
            serializer.collect_seq(text.split('\n'))
        } else {
            text.serialize(serializer)
        }
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<String, D::Error> {
        deserializer.deserialize_any(Lines)
    }

    struct Lines;

    impl<'de> Visitor<'de> for Lines {
        type Value = String;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a text or its lines")
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<String, E> {
            Ok(text.to_owned())
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut lines: A) -> Result<String, A::Error> {
            let mut text = String::new();
            let mut is_first = true;
            while let Some(line) = lines.next_element::<String>()? {
                if !is_first {
                    text.push('\n');
                }
                text.push_str(&line);
                is_first = false;
            }
            Ok(text)
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(value: &impl Notation) -> String {
        Written(value).to_string()
    }

    #[test]
    fn what_is_common_is_short() {
        let name = |schema: &str, name: &str| QualifiedName::new(schema, name);
        let pg = |base: &str| Type::Base(name("pg_catalog", base));
        let array = |element| Type::Array(Box::new(element));
        for (ty, expected) in [
            (pg("int8"), "int8"),
            (array(pg("text")), "text[]"),
            (array(array(pg("char"))), "char[][]"),
            (Type::Base(name("public", "citext")), "public.citext"),
            (pg("int4[]"), "\"int4[]\""),
            (pg("enum"), "enum"),
            (Type::Enum(name("public", "Status")), "enum Status"),
            (Type::Enum(name("public", "a b")), "enum \"a b\""),
            (
                array(Type::Domain(name("my shop", "e.\"mail"))),
                "domain \"my shop\".\"e.\"\"mail\"[]",
            ),
            (
                Type::Composite(name("pg_catalog", "größe")),
                "composite pg_catalog.größe",
            ),
            (
                array(Type::Range(
                    name("public", "parts"),
                    Box::new(array(pg("int4"))),
                )),
                "range public.parts(int4[])[]",
            ),
            (
                Type::Multirange(name("pg_catalog", "int4multirange"), Box::new(pg("int4"))),
                "multirange int4multirange(int4)",
            ),
        ] {
            assert_eq!(written(&ty), expected);
            assert_eq!(Type::read(expected), Some(ty));
        }
        let origin = ColumnOrigin {
            table: name("public", "orders"),
            column: "id".to_owned(),
        };
        assert_eq!(written(&origin), "orders.id");
        let location = Location {
            file: "c:/q.sql".to_owned(),
            line: 12,
            column: 3,
        };
        assert_eq!(written(&location), "c:/q.sql:12:3");
        let nullability = Nullability::not_null("so");
        assert_eq!(written(&nullability), "never: so");
    }

    #[test]
    fn nothing_else_is_read() {
        let (ranges, arrays) = ("range r(".repeat(100_000), "[]".repeat(100_000));
        for text in [
            &ranges,
            &format!("int4{arrays}"),
            "",
            "int8 ",
            "int8[",
            "a.b.c",
            "\"a",
            "enum ",
            "set of a",
            "range r",
            "range r(int4",
        ] {
            assert_eq!(Type::read(text), None, "{text:.20}");
        }
        assert!(ColumnOrigin::read("a").is_none());
        assert!(ColumnOrigin::read("a.b.c.d").is_none());
        assert!(QualifiedName::read("a.").is_none());
        assert!(Location::read("q.sql:1").is_none());
        assert!(Nullability::read("perhaps").is_none());
    }

    /// Any name, and those that look like what stands between names.
    fn any_name() -> impl Strategy<Value = String> {
        prop_oneof![
            "[a-z_]{1,3}",
            "[ab.\"\\[\\]() A$:é\n-]{0,5}",
            prop::sample::select(vec!["public", "pg_catalog", "enum", "range", "int8[]", ""])
                .prop_map(str::to_owned),
            any::<String>(),
        ]
    }

    fn any_qualified() -> impl Strategy<Value = QualifiedName> {
        (any_name(), any_name()).prop_map(|(schema, name)| QualifiedName { schema, name })
    }

    fn any_type() -> impl Strategy<Value = Type> {
        let simple = (0..4, any_qualified()).prop_map(|(kind, name)| match kind {
            0 => Type::Base(name),
            1 => Type::Enum(name),
            2 => Type::Domain(name),
            _ => Type::Composite(name),
        });
        simple.prop_recursive(4, 8, 1, |inner| {
            (0..3, any_qualified(), inner).prop_map(|(kind, name, inner)| {
                let inner = Box::new(inner);
                match kind {
                    0 => Type::Range(name, inner),
                    1 => Type::Multirange(name, inner),
                    _ => Type::Array(inner),
                }
            })
        })
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Sql(#[serde(with = "lines")] String);

    proptest! {
        #[test]
        fn what_is_written_is_read(
            ty in any_type(),
            table in any_qualified(),
            column in any_name(),
            line: usize,
            nullable: bool,
        ) {
            let position = Position { line, column: line / 3 };
            let location = Location { file: column.clone(), line: 0, column: 0 }.moved_to(position);
            let nullability = Nullability { nullable, reason: column.clone() };
            let origin = ColumnOrigin { table: table.clone(), column: column.clone() };
            let value = (ty, table, origin, location, position, nullability, Sql(column));
            let json = serde_json::to_string(&value).unwrap();
            prop_assert_eq!(serde_json::from_str::<(_, _, _, _, _, _, _)>(&json).ok(), Some(value));
        }

        #[test]
        fn different_types_are_written_differently(one in any_type(), other in any_type()) {
            prop_assert_eq!(written(&one) == written(&other), one == other);
        }

        #[test]
        fn reading_never_panics(text in "[ab.\"\\[\\]() enumrag:é0-9]{0,20}") {
            let _ = (Type::read(&text), ColumnOrigin::read(&text), Location::read(&text));
            let _ = (Position::read(&text), Nullability::read(&text));
        }
    }
}
