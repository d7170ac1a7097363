//! Text the user wrote, places in it, and the map from rewritten SQL back to it.
//!
//! Offsets are bytes everywhere inside the crate; lines and columns (1-based, columns in characters) exist only for
//! people and for the snapshot.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use crate::secret;

/// A file's name and text, cheap to clone.
#[derive(Clone)]
pub(crate) struct SourceFile(Arc<Inner>);

struct Inner {
    name: String,
    key: String,
    text: String,
    /// What is shown of the text, where it is not all of it: as long, byte by byte.
    mask: Option<String>,
    /// Where each line starts.
    lines: Vec<usize>,
    is_generated: bool,
}

impl SourceFile {
    /// `name` is what people read (relative to where they stand), `key` the path relative to the configuration's
    /// folder, always with `/`.
    pub(crate) fn new(
        name: impl Into<String>,
        key: impl Into<String>,
        text: impl Into<String>,
    ) -> Self {
        let text = text.into();
        let mask = secret::mask_sql(&text);
        Self::with(name.into(), key.into(), text, mask, false)
    }

    /// A configuration, whose secrets no report shows.
    pub(crate) fn configuration(
        name: impl Into<String>,
        key: impl Into<String>,
        text: impl Into<String>,
    ) -> Self {
        let text = text.into();
        let mask = secret::mask(&text);
        Self::with(name.into(), key.into(), text, Some(mask), false)
    }

    /// Text of rowsmith's own, which stands in no file of the user's; `name` says what it is.
    pub(crate) fn generated(name: &str, text: impl Into<String>) -> Self {
        Self::with(name.to_owned(), name.to_owned(), text.into(), None, true)
    }

    fn with(
        name: String,
        key: String,
        text: String,
        mask: Option<String>,
        is_generated: bool,
    ) -> Self {
        let newlines = text.match_indices('\n').map(|(newline, _)| newline + 1);
        Self(Arc::new(Inner {
            name,
            key,
            lines: [0].into_iter().chain(newlines).collect(),
            text,
            mask,
            is_generated,
        }))
    }

    /// Whether nobody has a file with this text.
    pub(crate) fn is_generated(&self) -> bool {
        self.0.is_generated
    }

    pub(crate) fn name(&self) -> &str {
        &self.0.name
    }

    pub(crate) fn key(&self) -> &str {
        &self.0.key
    }

    pub(crate) fn text(&self) -> &str {
        &self.0.text
    }

    /// What people may see of the text, at the same places.
    pub(crate) fn shown(&self) -> &str {
        self.0.mask.as_deref().unwrap_or(&self.0.text)
    }

    /// The lines that a range is in, and the number of the first.
    pub(crate) fn lines(&self, range: Range<usize>) -> (Range<usize>, usize) {
        let lines = &self.0.lines;
        let mut first = lines.partition_point(|&start| start <= range.start) - 1;
        // The end of a file is the end of its last line.
        if first > 0 && lines[first] == self.text().len() {
            first -= 1;
        }
        let after = lines.partition_point(|&start| start <= range.end);
        let end = lines.get(after).copied().unwrap_or(self.text().len());
        (lines[first]..end, first + 1)
    }

    /// A place in this file. The range is clipped to the text and to character boundaries.
    pub(crate) fn span(&self, range: Range<usize>) -> Span {
        let start = floor_char_boundary(self.text(), range.start);
        let end = floor_char_boundary(self.text(), range.end.max(start));
        Span {
            file: self.clone(),
            range: start..end,
        }
    }

    /// The line and column of a byte offset.
    pub(crate) fn position(&self, offset: usize) -> Position {
        let offset = floor_char_boundary(self.text(), offset);
        let line = self.0.lines.partition_point(|&start| start <= offset);
        let line_start = self.0.lines[line - 1]; // The first line starts at 0.
        Position {
            line,
            column: self.text()[line_start..offset].chars().count() + 1,
        }
    }

    /// The byte offset of a line and column; the end of the text where there is no such place.
    pub(crate) fn offset(&self, position: Position) -> usize {
        let Some(&line_start) = self.0.lines.get(position.line.saturating_sub(1)) else {
            return self.text().len();
        };
        let line = self.text()[line_start..].lines().next().unwrap_or_default();
        let within = line.char_indices().nth(position.column.saturating_sub(1));
        line_start + within.map_or(line.len(), |(offset, _)| offset)
    }
}

impl fmt::Debug for SourceFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SourceFile({:?})", self.name())
    }
}

/// A place in a file: a byte range.
#[derive(Clone, Debug)]
pub(crate) struct Span {
    pub(crate) file: SourceFile,
    pub(crate) range: Range<usize>,
}

impl Span {
    pub(crate) fn text(&self) -> &str {
        &self.file.text()[self.range.clone()]
    }

    pub(crate) fn position(&self) -> Position {
        self.file.position(self.range.start)
    }
}

/// A line and a column, both from 1; the column counts characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Position {
    pub(crate) line: usize,
    pub(crate) column: usize,
}

/// SQL assembled from pieces of a file and replacements, which knows where each byte came from.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rewritten {
    text: String,
    pieces: Vec<Piece>,
}

#[derive(Clone, Debug)]
struct Piece {
    /// Where the piece starts in the rewritten text.
    start: usize,
    /// What it stands for in the file.
    origin: Range<usize>,
    /// A copy maps byte by byte, a replacement as a whole.
    copied: bool,
}

impl Rewritten {
    /// Appends `source[origin]` unchanged.
    pub(crate) fn copy(&mut self, source: &str, origin: Range<usize>) {
        if !origin.is_empty() {
            self.push(&source[origin.clone()], origin, true);
        }
    }

    /// Appends `text`, which stands for the bytes `origin` of the file.
    pub(crate) fn replace(&mut self, text: &str, origin: Range<usize>) {
        if !text.is_empty() {
            self.push(text, origin, false);
        }
    }

    /// Appends another text of the same file, each replacement in it turned into what `change` makes of it.
    pub(crate) fn append(&mut self, other: &Self, change: impl Fn(&str) -> String) {
        let ends = other.pieces.iter().skip(1).map(|next| next.start);
        let ends = ends.chain([other.text.len()]);
        for (piece, end) in other.pieces.iter().zip(ends) {
            let text = &other.text[piece.start..end];
            if piece.copied {
                self.push(text, piece.origin.clone(), true);
            } else {
                self.push(&change(text), piece.origin.clone(), false);
            }
        }
    }

    /// Appends these bytes of another text of the same file.
    pub(crate) fn append_range(&mut self, other: &Self, range: Range<usize>) {
        let ends = other.pieces.iter().skip(1).map(|next| next.start);
        let ends = ends.chain([other.text.len()]);
        for (piece, end) in other.pieces.iter().zip(ends) {
            let (start, end) = (piece.start.max(range.start), end.min(range.end));
            if start >= end {
                continue;
            }
            let origin = if piece.copied {
                let first = piece.origin.start + (start - piece.start);
                first..first + (end - start)
            } else {
                piece.origin.clone()
            };
            self.push(&other.text[start..end], origin, piece.copied);
        }
    }

    fn push(&mut self, text: &str, origin: Range<usize>, copied: bool) {
        self.pieces.push(Piece {
            start: self.text.len(),
            origin,
            copied,
        });
        self.text.push_str(text);
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The bytes of the file that the rewritten byte at `offset` stands for: one position (empty range) inside a copy,
    /// the whole replaced text inside a replacement. At the end of the text, the position after the last piece.
    pub(crate) fn origin(&self, offset: usize) -> Range<usize> {
        let index = self.pieces.partition_point(|piece| piece.start <= offset);
        let Some(piece) = index.checked_sub(1).map(|index| &self.pieces[index]) else {
            return 0..0;
        };
        if offset >= self.text.len() {
            piece.origin.end..piece.origin.end
        } else if piece.copied {
            let place = (piece.origin.start + offset - piece.start).min(piece.origin.end);
            place..place
        } else {
            piece.origin.clone()
        }
    }

    /// [`Self::origin`] for a Postgres error position: 1-based, in characters.
    pub(crate) fn origin_of_character(&self, position: u32) -> Range<usize> {
        let characters = (position as usize).saturating_sub(1);
        let offset = self.text.char_indices().nth(characters);
        self.origin(offset.map_or(self.text.len(), |(offset, _)| offset))
    }
}

/// The nearest character boundary at or before `offset`.
pub(crate) fn floor_char_boundary(text: &str, offset: usize) -> usize {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

/// Text with the line ends of Unix: a checkout with CRLF (git's autocrlf) is the same project.
pub(crate) fn with_lf(text: &str) -> Cow<'_, str> {
    if text.contains("\r\n") {
        text.replace("\r\n", "\n").into()
    } else {
        text.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_characters_and_round_trip() {
        let file = SourceFile::new("a.sql", "a.sql", "sélect\nñ = 1\n");
        for (offset, line, column) in [
            (0, 1, 1),
            (3, 1, 3),
            (7, 1, 7),
            (8, 2, 1),
            (10, 2, 2),
            (15, 3, 1),
        ] {
            let position = Position { line, column };
            assert_eq!(file.position(offset), position, "offset {offset}");
            assert_eq!(file.offset(position), offset, "{position:?}");
        }
        assert_eq!(
            file.offset(Position { line: 9, column: 1 }),
            file.text().len()
        );
    }

    #[test]
    fn rewritten_text_maps_back() {
        let source = "é = @name AND b";
        let mut rewritten = Rewritten::default();
        rewritten.copy(source, 0..5);
        rewritten.replace("$1", 5..10);
        rewritten.copy(source, 10..source.len());
        assert_eq!(rewritten.text(), "é = $1 AND b");
        assert_eq!(rewritten.origin(0), 0..0);
        assert_eq!(rewritten.origin(5), 5..10, "in a replacement");
        assert_eq!(rewritten.origin(6), 5..10, "in a replacement");
        assert_eq!(
            rewritten.origin_of_character(5),
            5..10,
            "characters, not bytes"
        );
        assert_eq!(&source[rewritten.origin_of_character(8).start..], "AND b");
        assert_eq!(rewritten.origin(99), source.len()..source.len());
        let mut part = Rewritten::default();
        part.append_range(&rewritten, 2..7);
        part.append_range(&rewritten, 11..rewritten.text().len());
        assert_eq!(part.text(), " = $1 b");
        assert_eq!(part.origin(1), 3..3, "in a copy");
        assert_eq!(part.origin(4), 5..10, "in a replacement");
        assert_eq!(&source[part.origin(6).start..], "b");
        let mut replaced = Rewritten::default();
        replaced.replace("$1", 5..10);
        assert_eq!(replaced.origin_of_character(3), 10..10, "after the end");
    }
}
