//! Writes a statement with its columns written out. What is copied knows its place in the user's file, and what is written
//! stands for the place that it was written for.

use std::ops::Range;

use super::tree::Column;
use crate::quote;
use crate::source::Rewritten;
use crate::syntax::Query;

/// How wide a line gets before the next column goes to another one.
const WIDTH: usize = 100;

/// How wide a list may be that is never broken.
const SHORT: usize = 60;

/// A part of a statement, and what is written instead.
pub(super) struct Change {
    pub(super) at: Range<usize>,
    pub(super) instead: Instead,
}

pub(super) enum Instead {
    Text(String),
    /// `(a, b)` after this text.
    List(&'static str, Vec<String>),
    /// Columns of what stands here, or of what they name themselves.
    Columns(Option<Range<usize>>, Vec<Column>),
}

impl Change {
    pub(super) fn new(at: Range<usize>, text: &str) -> Self {
        Self {
            at,
            instead: Instead::Text(text.to_owned()),
        }
    }

    /// A list of names after the byte at `end`.
    pub(super) fn list(end: usize, before: &'static str, names: &[String]) -> Self {
        Self {
            at: end..end,
            instead: Instead::List(before, names.to_vec()),
        }
    }
}

/// The query with changes.
pub(super) fn edited(query: &Query, edits: &[Vec<Change>]) -> Query {
    let mut changes: Vec<&Change> = edits.iter().flatten().collect();
    // What is around another one comes first.
    changes.sort_by_key(|change| (change.at.start, std::cmp::Reverse(change.at.end)));
    let mut writer = Writer {
        query,
        changes,
        sql: Rewritten::default(),
        moved: Vec::new(),
    };
    writer.copy(0..query.sql.text().len(), 0);
    let mut edited = Query {
        sql: writer.sql,
        ..query.clone()
    };
    for (offset, moved) in writer.moved {
        let mut embeds = edited.embeds.iter_mut().zip(&query.embeds);
        if let Some((embed, _)) = embeds.find(|(_, before)| before.offset == offset) {
            embed.offset = moved;
        }
    }
    edited
}

struct Writer<'q> {
    query: &'q Query,
    /// By place.
    changes: Vec<&'q Change>,
    sql: Rewritten,
    /// Where columns start, in the statement as it was and as it is.
    moved: Vec<(usize, usize)>,
}

impl Writer<'_> {
    /// Copies a part of the statement with the changes in it, of which the first `skip` are around it or before it.
    fn copy(&mut self, part: Range<usize>, skip: usize) {
        let mut copied = part.start;
        for index in skip..self.changes.len() {
            let change = self.changes[index];
            let at = change.at.clone();
            if at.start < copied {
                continue;
            }
            if at.end > part.end {
                break;
            }
            self.sql.append_range(&self.query.sql, copied..at.start);
            copied = at.end;
            let origin = self.query.origin(at.clone()).range;
            match &change.instead {
                Instead::Text(text) => self.sql.replace(text, origin),
                Instead::List(before, names) => {
                    self.sql.replace(&format!(" {before}("), origin.clone());
                    let names = names.iter().map(|name| (None, quote::name(name)));
                    self.list(names.collect(), &origin, index + 1);
                    self.sql.replace(")", origin);
                }
                Instead::Columns(owner, columns) => {
                    self.moved.push((at.start, self.sql.text().len()));
                    let columns = columns.iter().map(|column| {
                        let after_dot = || format!(".{}", quote::after_dot(&column.name));
                        match (owner, &column.qualifier) {
                            (Some(owner), _) => (Some(owner.clone()), after_dot()),
                            (None, Some(qualifier)) => (None, qualifier.clone() + &after_dot()),
                            (None, None) => (None, quote::name(&column.name)),
                        }
                    });
                    self.list(columns.collect(), &origin, index + 1);
                }
            }
        }
        self.sql.append_range(&self.query.sql, copied..part.end);
    }

    /// Writes items with commas between them, each after what it copies of the statement. An item that would be too far
    /// right goes to the next line.
    fn list(
        &mut self,
        items: Vec<(Option<Range<usize>>, String)>,
        origin: &Range<usize>,
        skip: usize,
    ) {
        let line = self.sql.text().rsplit('\n').next().unwrap_or_default();
        let margin: String = line.chars().take_while(|c| c.is_whitespace()).collect();
        let mut width = line.chars().count();
        // With the comma that follows.
        let width_of = |(owner, text): &(Option<Range<usize>>, String)| {
            owner.as_ref().map_or(0, Range::len) + text.chars().count() + 1
        };
        let is_short = items.iter().map(|item| width_of(item) + 1).sum::<usize>() <= SHORT;
        for (index, item) in items.into_iter().enumerate() {
            let item_width = width_of(&item);
            let (owner, text) = item;
            if index > 0 && !is_short && width + 1 + item_width > WIDTH {
                self.sql
                    .replace(&format!(",\n{margin}    "), origin.clone());
                width = margin.chars().count() + 4;
            } else if index > 0 {
                self.sql.replace(", ", origin.clone());
                width += 1;
            }
            width += item_width;
            if let Some(owner) = owner {
                self.copy(owner, skip);
            }
            self.sql.replace(&text, origin.clone());
        }
    }
}
