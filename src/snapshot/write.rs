//! The snapshot as a file.

use std::borrow::Cow;

use serde::Serialize;

use super::{
    FORMAT, Found, Head, Header, Query, Snapshot, Stored, TARGETS, Target, VERSION, digest_of,
    pretty,
};

/// What the file says of itself.
const ABOUT: &str = "Written by `rowsmith generate`: commit it, do not edit it. After a merge conflict, generate again.";

/// The file. What it is made from precedes what was found, so that the former can be read alone.
#[derive(Serialize)]
struct Document<'a> {
    about: &'a str,
    #[serde(flatten)]
    header: Header,
    targets: Vec<Head<'a>>,
    analyses: Vec<Found<'a>>,
}

/// As long as a digest.
const UNSIGNED: &str = "00000000000000000000000000000000";

impl Snapshot {
    /// The contents of the file.
    pub(crate) fn print(&self) -> String {
        let mut text = pretty::pretty(&self.unsigned());
        let signed = text.find(TARGETS).expect("a key on a line of its own");
        let signature = digest_of(&text[signed..]);
        let place = text[..signed].rfind(UNSIGNED);
        let place = place.expect("the last value of the header");
        text.replace_range(place..place + UNSIGNED.len(), &signature);
        debug_assert_eq!(
            Stored::of(text.clone())
                .and_then(Stored::read)
                .map(|read| read.unsigned()),
            Ok(self.unsigned()),
            "what is written is read"
        );
        text
    }

    /// What [`Stored::open`] gives of a file with that text, which is its own.
    pub(crate) fn into_stored(self, text: String) -> Option<Stored> {
        let mut stored = Stored::of(text).ok()?;
        stored.snapshot = Some(Ok(self));
        Some(stored)
    }

    /// The contents without layout, and with [`UNSIGNED`] where the digest should be.
    fn unsigned(&self) -> String {
        let targets = self.targets.iter();
        let document = Document {
            about: ABOUT,
            header: Header {
                rowsmith: VERSION.to_owned(),
                format: FORMAT,
                digest: UNSIGNED.to_owned(),
            },
            targets: targets.clone().map(Target::head).collect(),
            analyses: targets.map(Target::found).collect(),
        };
        serde_json::to_string(&document).expect("snapshots are plain data")
    }
}

impl Target {
    fn head(&self) -> Head<'_> {
        Head {
            postgres: self.postgres,
            inputs: Cow::Borrowed(&self.inputs),
        }
    }

    fn found(&self) -> Found<'_> {
        Found {
            warnings: Cow::Borrowed(&self.warnings),
            catalog: Cow::Borrowed(&self.analysis.catalog),
            queries: self
                .texts
                .iter()
                .zip(&self.analysis.queries)
                .map(|(text, query)| Query {
                    text: Cow::Borrowed(text),
                    query: Cow::Borrowed(query),
                })
                .collect(),
            loaders: Cow::Borrowed(&self.analysis.loaders),
        }
    }
}

impl Stored {
    /// Does what [`Self::read`] would take the time for.
    pub(crate) fn prepare(&mut self) {
        if self.snapshot.is_none() {
            self.snapshot = Some(self.verify());
        }
    }
}
