//! Columns that are one value by their names: `AS "author.id"` and `AS "author.name"` are the field `author`.
//!
//! They are as `sqlc.embed(…)` is: the value is an `Option` if an outer join may find no row for it, which shows in one of its
//! columns that is never NULL in a row that is there. What is not columns of one row has a plain struct.

use std::ops::Range;

use super::nullability::Star;
use crate::diagnostic::{Code, Diagnostic};
use crate::ir;
use crate::source::Position;
use crate::syntax::{Embed, Query};

/// A group: what it is called, and what its columns stand for.
pub(super) struct Group {
    pub(super) name: String,
    pub(super) star: Star,
}

impl Group {
    /// The same as an embed of the query.
    pub(super) fn as_embed(&self, query: &Query) -> Embed {
        Embed {
            name: self.name.clone(),
            relation: self.name.clone(),
            is_renamed: true,
            offset: 0,
            place: query.name.clone(),
        }
    }
}

/// The groups of a query's columns, in order. `is_alias` says which of them have their name from the query, and `is_row`
/// whether its rows are those of FROM.
pub(super) fn groups(
    query: &Query,
    columns: &[ir::Column],
    is_alias: &[bool],
    is_row: bool,
) -> Result<Vec<Group>, Box<Diagnostic>> {
    let mut groups: Vec<Group> = Vec::new();
    for (index, column) in columns.iter().enumerate() {
        let is_alias = is_alias.get(index).is_some_and(|is_alias| *is_alias);
        let Some((name, field)) = split(&column.name).filter(|_| is_alias) else {
            continue;
        };
        if field.contains('.') {
            let flat = field.replace('.', "_");
            let message = format!("`{}` would be a group inside of a group", column.name);
            let help = format!("write `AS \"{name}.{flat}\"`");
            return Err(mistake(query, column, message).help(help).into());
        }
        let mut known = groups.iter_mut();
        match known.find(|group| group.name == name) {
            None => groups.push(Group {
                name: name.to_owned(),
                star: Star {
                    columns: index..index + 1,
                    is_row,
                },
            }),
            Some(group) if group.star.columns.end == index => group.star.columns.end += 1,
            Some(group) => {
                let last = &columns[group.star.columns.end - 1].name;
                let message = format!("the columns of `{name}` do not stand together");
                let help = format!("move this one behind `{last}`");
                return Err(mistake(query, column, message).help(help).into());
            }
        }
    }
    Ok(groups)
}

/// A group and a field of it, if a name says so.
fn split(name: &str) -> Option<(&str, &str)> {
    let (group, field) = name.split_once('.')?;
    let is_word = |word: &str| {
        word.starts_with(|c: char| c.is_alphabetic() || c == '_')
            && word.chars().all(|c| c.is_alphanumeric() || c == '_')
    };
    (is_word(group) && field.split('.').all(is_word)).then_some((group, field))
}

fn mistake(query: &Query, column: &ir::Column, message: String) -> Diagnostic {
    let file = &query.name.file;
    let place = column.location.as_ref().map(|location| {
        let start = file.offset(Position {
            line: location.line,
            column: location.column,
        });
        let word = place_of(file.text(), start);
        file.span(word)
    });
    Diagnostic::error(Code::InvalidQuery, message)
        .at(place.unwrap_or_else(|| query.name.clone()), "")
}

/// The first character of the expression that the column is.
fn place_of(text: &str, start: usize) -> Range<usize> {
    let length = text[start..].chars().next().map_or(0, char::len_utf8);
    start..start + length
}
