//! `overrides`: what the user knows and rowsmith cannot, and the Rust types that the user wants.

use super::file::{OverrideSection, Written};
use super::{Checker, FunctionName, Place, invalid};
use crate::options::{self, ColumnPattern, CustomType, DbType, Glob, Override, Target};
use crate::source::Span;

const TYPE_FORM: &str = "write `rust_type` and one of `db_type`, `column`, `query` with `column`, and `query` with `parameter`, \
     such as:\n- column: users.settings\n  rust_type: Json<crate::Settings>";

impl Checker<'_> {
    /// The functions that never return NULL, and the Rust types.
    pub(super) fn overrides(
        &mut self,
        sections: Vec<OverrideSection>,
    ) -> (Vec<FunctionName>, Vec<Override>) {
        let mut functions = Vec::new();
        let mut types = Vec::new();
        for section in sections {
            if section.function.is_some() || !section.is_about_type() {
                functions.extend(self.function(section));
            } else {
                types.extend(self.type_override(section));
            }
        }
        (functions, types)
    }

    fn function(&mut self, section: OverrideSection) -> Option<FunctionName> {
        let is_about_type = section.is_about_type();
        match (section.function, section.nullable) {
            (Some(function), _) if is_about_type => self.report(
                &function.place,
                "an override is about a function or about a type, not both".to_owned(),
                "",
                "make two entries of it",
            ),
            (Some(Written { value: name, place }), Some(Written { value: false, .. })) => {
                return Some(FunctionName { name, place });
            }
            (Some(function), Some(_)) => self.report(
                &function.place,
                format!("`nullable: true` says nothing new of `{}`", function.value),
                "",
                "a function that is not Postgres' own may always return NULL: remove the entry",
            ),
            (Some(function), None) => self.report(
                &function.place,
                "this override says nothing".to_owned(),
                "needs `nullable`",
                "write `nullable: false` below it",
            ),
            (None, _) => self.report(
                &section.place,
                "this override says nothing".to_owned(),
                "needs `rust_type`, or `function` and `nullable`",
                TYPE_FORM,
            ),
        }
        None
    }

    fn type_override(&mut self, section: OverrideSection) -> Option<Override> {
        let OverrideSection {
            place,
            nullable,
            db_type,
            column,
            query,
            parameter,
            rust_type,
            implements,
            ..
        } = section;
        if let (Some(nullable), None) = (&nullable, &db_type) {
            self.report(
                &nullable.place,
                "`nullable` goes with `db_type` or `function` only".to_owned(),
                "",
                "remove it: whether a column may be NULL is known, and makes its type an `Option` by itself",
            );
            return None;
        }
        let (target, about) = match (db_type, column, query, parameter) {
            (Some(written), None, None, None) => {
                let Some(db_type) = DbType::parse(&written.value) else {
                    let message = format!("`{}` is not the name of a type", written.value);
                    let help =
                        "write it as in SQL: `timestamptz`, `text[]`, `my_schema.\"My Type\"`";
                    self.report(&written.place, message, "", help);
                    return None;
                };
                let nullable = nullable.map(|written| written.value);
                (Some(Target::DbType(db_type, nullable)), written.place)
            }
            (None, Some(written), None, None) => {
                let Some(pattern) = ColumnPattern::parse(&written.value) else {
                    let message = format!("`{}` is not the name of a column", written.value);
                    let help = "write `table.column` or `schema.table.column`; `*` and `?` stand for what may differ";
                    self.report(&written.place, message, "", help);
                    return None;
                };
                (Some(Target::Column(pattern)), written.place)
            }
            (None, Some(column), Some(query), None) => {
                let target = Target::ResultColumn {
                    query: Glob::new(query.value),
                    column: Glob::new(column.value),
                };
                (Some(target), column.place)
            }
            (None, None, Some(query), Some(parameter)) => {
                let target = Target::Parameter {
                    query: Glob::new(query.value),
                    parameter: Glob::new(parameter.value),
                };
                (Some(target), parameter.place)
            }
            (None, None, None, None) if implements.is_some() => (None, place.clone()),
            _ => {
                let message = "it is not clear what this override is about".to_owned();
                self.report(&place, message, "", TYPE_FORM);
                return None;
            }
        };
        let Some(rust_type) = rust_type else {
            let message = "this override says nothing".to_owned();
            self.report(&about, message, "needs `rust_type`", TYPE_FORM);
            return None;
        };
        Some(Override {
            target,
            rust_type: self.rust_type(&rust_type)?,
            implements: implements.map(|traits| traits.iter().map(last_segment).collect()),
            place: options::Place::new(move || about.span()),
        })
    }

    fn rust_type(&mut self, written: &Written<String>) -> Option<CustomType> {
        match CustomType::parse(&written.value) {
            Ok(rust_type) => Some(rust_type),
            Err(mistake) => {
                let place = part(&written.place, &written.value, mistake.range);
                let diagnostic = invalid(mistake.message).at(place, "");
                self.diagnostics.push(diagnostic.help(mistake.help));
                None
            }
        }
    }
}

/// The place of a part of a value; the whole value where YAML writes it otherwise than it reads.
fn part(place: &Place, value: &str, range: std::ops::Range<usize>) -> Span {
    let whole = place.span();
    match whole.text().find(value) {
        Some(found) if !value.is_empty() => {
            let start = whole.range.start + found;
            whole.file.span(start + range.start..start + range.end)
        }
        _ => whole,
    }
}

/// A trait without its path.
fn last_segment(written: &Written<String>) -> String {
    let name = written.value.rsplit("::").next();
    name.unwrap_or_default().trim().to_owned()
}
