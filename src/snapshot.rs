//! The committed snapshot: what Postgres said of a project, so that it need not be asked again.
//!
//! A snapshot holds the analysis of each target beside digests of all it was made from. Where these are the same still,
//! it stands in for Postgres; where only some queries changed, for all others. It is never trusted further than that: a
//! file that was damaged, edited, merged badly or written by another version is as good as none.

mod inputs;
#[cfg(feature = "postgres")]
mod known;
#[cfg(feature = "postgres")]
mod pretty;
#[cfg(feature = "postgres")]
mod write;

use std::borrow::Cow;
use std::fmt;
use std::io::{self, ErrorKind};
use std::path::Path;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::diagnostic::KeptDiagnostic;
use crate::digest::digest;
use crate::disk;
use crate::ir;
use crate::source::with_lf;

pub(crate) use inputs::Inputs;
#[cfg(feature = "postgres")]
pub(crate) use known::QueryText;

/// Grows when the analysis gives other results or the file another form, within one version of rowsmith.
const FORMAT: u32 = 6;

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// A file whose lines begin otherwise, but for blanks, is not a snapshot.
const START: [&str; 2] = ["{", "\"about\":"];

/// The analysis of every target, and what it was made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Snapshot {
    pub(crate) targets: Vec<Target>,
}

/// One entry of `sql` in the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    /// The major version of the Postgres that was asked.
    pub(crate) postgres: u32,
    pub(crate) inputs: Inputs,
    /// What the analysis warned of.
    pub(crate) warnings: Vec<KeptDiagnostic>,
    /// The digests of the queries' texts and places.
    pub(crate) texts: Vec<String>,
    pub(crate) analysis: ir::Analysis,
}

/// A file that rowsmith wrote, of which is known what it is about. The rest may not have been looked at.
#[derive(Debug)]
pub(crate) struct Stored {
    text: String,
    /// Of all from `signed` on.
    digest: String,
    signed: usize,
    targets: Vec<Head<'static>>,
    /// Where the analyses are looked for.
    rest: usize,
    snapshot: Option<Result<Snapshot, Unusable>>,
}

/// The beginning of the file: another version may have another form, but says so there.
#[derive(Serialize, Deserialize)]
struct Header {
    rowsmith: String,
    format: u32,
    /// Of all from [`TARGETS`] on.
    #[serde(default)]
    digest: String,
}

/// What the header ends before.
const TARGETS: &str = "\n \"targets\":";

/// What the targets end before.
const ANALYSES: &str = "\n \"analyses\":";

/// What a target is about.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Head<'a> {
    pub(crate) postgres: u32,
    pub(crate) inputs: Cow<'a, Inputs>,
}

/// What was found of a target.
#[derive(Serialize, Deserialize)]
struct Found<'a> {
    warnings: Cow<'a, [KeptDiagnostic]>,
    catalog: Cow<'a, ir::Catalog>,
    queries: Vec<Query<'a>>,
    #[serde(default, skip_serializing_if = "<[_]>::is_empty")]
    loaders: Cow<'a, [ir::Loader]>,
}

/// A query and the digest of its text and place.
#[derive(Serialize)]
struct Query<'a> {
    #[serde(rename = "digest")]
    text: Cow<'a, str>,
    #[serde(flatten)]
    query: Cow<'a, ir::Query>,
}

/// Why a file cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Unusable {
    Missing,
    /// By another version of rowsmith, which is named.
    OtherVersion(String),
    /// With what is the matter.
    Damaged(String),
}

#[cfg(feature = "postgres")]
impl Unusable {
    /// Whether what is there was a snapshot, which may be replaced.
    pub(crate) fn is_of_a_snapshot(&self) -> bool {
        let Self::Damaged(why) = self else {
            return true;
        };
        let others = [FOREIGN, "is a folder", "cannot be read"];
        !others.iter().any(|other| why.starts_with(other))
    }
}

/// What is the matter with a file that begins as no snapshot does.
const FOREIGN: &str = "is not a snapshot";

impl Stored {
    /// Opens the file, unless it is not what rowsmith wrote. Where it is the same as `before`, that is given.
    pub(crate) fn open(path: &Path, before: Option<Self>) -> Result<Self, Unusable> {
        match disk::read(path, disk::LIMIT) {
            Ok(bytes) => {
                if let Some(before) = before
                    && before.text.as_bytes() == bytes
                {
                    return Ok(before);
                }
                Self::of(String::from_utf8(bytes).map_err(|_| damaged("is not UTF-8"))?)
            }
            Err(error) if error.kind() == ErrorKind::NotFound => Err(Unusable::Missing),
            Err(error) => Err(damaged(&reason(&error))),
        }
    }

    fn of(text: String) -> Result<Self, Unusable> {
        let (header, signed) = header(&text).map_err(|unusable| explained(&text, unusable))?;
        let targets = signed + TARGETS.len();
        let mut reading = serde_json::Deserializer::from_str(&text[targets..]).into_iter();
        match reading.next() {
            Some(Ok(heads)) => Ok(Self {
                digest: header.digest,
                signed,
                targets: heads,
                rest: targets + reading.byte_offset(),
                text,
                snapshot: None,
            }),
            Some(Err(error)) => Err(explained(&text, incomplete(&error))),
            None => Err(explained(&text, damaged("is cut short"))),
        }
    }

    /// What it says it was made from.
    pub(crate) fn targets(&self) -> &[Head<'static>] {
        &self.targets
    }

    /// All of it, if it is as rowsmith wrote it.
    pub(crate) fn read(mut self) -> Result<Snapshot, Unusable> {
        self.snapshot.take().unwrap_or_else(|| self.verify())
    }

    fn verify(&self) -> Result<Snapshot, Unusable> {
        if digest_of(&self.text[self.signed..]) != self.digest {
            let why = if self.text.trim_end().ends_with("\n}") {
                "was changed since rowsmith wrote it"
            } else {
                "is cut short"
            };
            return Err(explained(&self.text, damaged(why)));
        }
        let analyses = self.text[self.rest..].split_once(ANALYSES);
        let (_, analyses) = analyses.ok_or_else(|| damaged("has no analyses"))?;
        // The end of the document follows.
        let mut deserializer = serde_json::Deserializer::from_str(analyses);
        let found = Vec::<Found<'_>>::deserialize(&mut deserializer);
        let found = found.map_err(|error| incomplete(&error))?;
        let targets = self.targets.iter().zip(found);
        let targets = targets.map(|(head, found)| {
            let queries = found.queries.into_iter();
            let queries =
                queries.map(|Query { text, query }| (text.into_owned(), query.into_owned()));
            let (texts, queries) = queries.unzip();
            Target {
                postgres: head.postgres,
                inputs: head.inputs.clone().into_owned(),
                warnings: found.warnings.into_owned(),
                texts,
                analysis: ir::Analysis {
                    catalog: found.catalog.into_owned(),
                    queries,
                    loaders: found.loaders.into_owned(),
                },
            }
        });
        Ok(Snapshot {
            targets: targets.collect(),
        })
    }
}

/// The header of a file of this version, and where that which it signs begins.
fn header(text: &str) -> Result<(Header, usize), Unusable> {
    let mut lines = text.lines();
    let is_ours = START.map(|start| {
        let line = lines.next();
        line.is_some_and(|line| line.trim_start().starts_with(start))
    });
    if is_ours != [true, true] {
        return Err(damaged(FOREIGN));
    }
    let end = text.find(TARGETS);
    let members = text[..end.unwrap_or(text.len())].trim_end();
    let closed = format!("{}}}", members.strip_suffix(',').unwrap_or(members));
    let header = serde_json::from_str::<Header>(&closed);
    // Another version may have the same keys in another form.
    let header = header.or_else(|error| {
        serde_json::from_str(text).map_err(|whole| if whole.is_eof() { whole } else { error })
    });
    let header = header.map_err(|error| incomplete(&error))?;
    match (header.rowsmith == VERSION, header.format) {
        (true, FORMAT) => Ok((header, end.ok_or_else(|| damaged("is cut short"))?)),
        (true, format) => Err(Unusable::OtherVersion(format!(
            "{VERSION}, format {format}"
        ))),
        (false, _) => Err(Unusable::OtherVersion(header.rowsmith)),
    }
}

/// Why a file that cannot be used cannot, in the words that help most.
fn explained(text: &str, unusable: Unusable) -> Unusable {
    let is_conflict = |line: &str| {
        ["<<<<<<< ", ">>>>>>> "]
            .iter()
            .any(|marker| line.starts_with(marker))
    };
    match unusable {
        Unusable::Damaged(_) if text.lines().any(is_conflict) => damaged("holds a merge conflict"),
        unusable => unusable,
    }
}

impl<'de> Deserialize<'de> for Query<'_> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(QueryVisitor)
    }
}

/// Reads the digest and hands all that follows on: a derived `flatten` would keep a copy first.
struct QueryVisitor;

impl<'de> Visitor<'de> for QueryVisitor {
    type Value = Query<'static>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a query")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Query<'static>, A::Error> {
        if map.next_key::<&str>()? != Some("digest") {
            return Err(A::Error::missing_field("digest"));
        }
        Ok(Query {
            text: Cow::Owned(map.next_value()?),
            query: Cow::Owned(ir::Query::deserialize(MapAccessDeserializer::new(map))?),
        })
    }
}

impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("is missing"),
            Self::OtherVersion(version) => {
                write!(
                    f,
                    "was written by rowsmith {version}, and this is {VERSION}"
                )
            }
            Self::Damaged(what) => f.write_str(what),
        }
    }
}

/// Whatever the line ends.
fn digest_of(targets: &str) -> String {
    digest([with_lf(targets).as_bytes()])
}

fn incomplete(error: &serde_json::Error) -> Unusable {
    match error.classify() {
        serde_json::error::Category::Eof => damaged("is cut short"),
        _ => damaged(&format!("cannot be read: {error}")),
    }
}

fn damaged(what: &str) -> Unusable {
    Unusable::Damaged(what.to_owned())
}

fn reason(error: &io::Error) -> String {
    match error.kind() {
        ErrorKind::IsADirectory => "is a folder".to_owned(),
        _ => format!("cannot be read: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use std::iter;

    use super::*;
    use crate::diagnostic::{Code, Diagnostic};
    use crate::source::SourceFile;

    /// Without queries and tables, whose fields are others' business: `print` compares what it reads in tests.
    fn snapshot() -> Snapshot {
        let file = SourceFile::new("shop/q.sql", "q.sql", "-- name: A :one\nSELECT @a::int;\n");
        let warning = Diagnostic::warning(Code::ContradictedOverride, "so \"so\"").note("Ünï\u{1}");
        Snapshot {
            targets: vec![Target {
                postgres: 15,
                inputs: Inputs::of(
                    "config",
                    iter::empty(),
                    iter::once(("q.sql", [file.text(), ""])),
                ),
                warnings: vec![KeptDiagnostic::keep(&warning.at(file.span(16..22), ""))],
                texts: Vec::new(),
                analysis: ir::Analysis::default(),
            }],
        }
    }

    fn parse(text: &str) -> Result<Snapshot, Unusable> {
        Stored::of(text.to_owned())?.read()
    }

    #[test]
    fn what_is_written_is_read() {
        let text = snapshot().print();
        assert_eq!(parse(&text), Ok(snapshot()));
        let stored = snapshot().into_stored(text.clone()).unwrap();
        assert_eq!((stored.targets().len(), stored.read()), (1, Ok(snapshot())));
        assert_eq!(parse(&text.replace('\n', "\r\n")), Ok(snapshot()));
        let longest = text.lines().map(str::len).max().unwrap();
        assert!(longest < 300, "a line has {longest} bytes:\n{text}");
    }

    #[test]
    fn nothing_else_is_believed() {
        let text = snapshot().print();
        let other_version = text.replace(VERSION, "0.0.9");
        let other_format = text.replace(&format!("\"format\": {FORMAT}"), "\"format\": 0");
        let other_form = format!(
            "{{\n  \"about\": \"\",\n  \"rowsmith\": \"{VERSION}\",\n  \"format\": 2,\n  \"entries\": []\n}}\n"
        );
        let conflict = text.replace(" \"targets\"", "<<<<<<< HEAD\n \"targets\"");
        for (text, expected) in [
            ("", "is not a snapshot"),
            ("version: 2", "is not a snapshot"),
            (&text[..text.len() / 2], "is cut short"),
            (
                &text.replace("\"q.sql\"", "\"r.sql\""),
                "was changed since rowsmith wrote it",
            ),
            (
                &text.replace("Ünï", "Ini"),
                "was changed since rowsmith wrote it",
            ),
            (
                &other_version,
                "was written by rowsmith 0.0.9, and this is 0.1.0",
            ),
            (
                &other_format,
                "was written by rowsmith 0.1.0, format 0, and this is 0.1.0",
            ),
            (
                &other_form,
                "was written by rowsmith 0.1.0, format 2, and this is 0.1.0",
            ),
            (&conflict, "holds a merge conflict"),
        ] {
            let unusable = parse(text).unwrap_err();
            assert_eq!(unusable.to_string(), expected);
        }
        let error = parse(&text.replace("\"postgres\": 15", "\"postgres\": []"));
        let error = error.unwrap_err().to_string();
        assert!(error.starts_with("cannot be read: invalid type"), "{error}");
    }

    #[test]
    fn no_part_of_a_file_is_believed_alone() {
        let text = snapshot().print();
        for end in (0..text.trim_end().len()).filter(|end| text.is_char_boundary(*end)) {
            assert!(parse(&text[..end]).is_err(), "cut at {end}");
        }
    }
}
