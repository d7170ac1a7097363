//! A text that may be what the user meant, and how a help puts it.

use std::ops::Range;

use crate::diagnostic::in_words;

/// A change of a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Candidate {
    /// How much it takes for granted; the least of those that Postgres accepts is shown.
    pub(super) cost: usize,
    /// The pieces that are replaced, in their order.
    pub(super) edits: Vec<(Range<usize>, String)>,
    pub(super) lead: Lead,
    /// What the help shows.
    pub(super) shown: String,
}

/// What a help says around the text it shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Lead {
    /// Another word.
    DidYouMean,
    /// A name that only this statement has: any of the two may be the misspelt one.
    Own { instead: String },
    /// Something that is not there, before this token or at the end.
    Missing { before: String },
    /// The same, where others would do as well.
    Operator { before: String },
    /// The same token twice.
    Doubled,
    /// A token that does not belong there, unless something else is missing beside it.
    Remove { side: &'static str },
    /// Two tokens in the wrong order.
    Order,
    /// A name that needs quotes.
    Reserved,
    /// Between what something has to stand that nobody can guess.
    Fill {
        after: String,
        before: String,
        what: &'static str,
    },
    /// An `(` without its `)`, or the other way round.
    Unbalanced { missing: &'static str },
    /// A cast.
    Cast,
    /// A qualified column.
    Which,
    /// A string that was written as a name.
    Quotes,
    /// A sentence of its own.
    Sentence,
}

impl Candidate {
    pub(super) fn new(
        cost: usize,
        lead: Lead,
        range: Range<usize>,
        text: impl Into<String>,
        shown: impl Into<String>,
    ) -> Self {
        Self {
            cost,
            edits: vec![(range, text.into())],
            lead,
            shown: shown.into(),
        }
    }

    /// The statement with its change.
    pub(super) fn applied(&self, sql: &str) -> String {
        let mut mended = String::with_capacity(sql.len() + 16);
        let mut copied = 0;
        for (range, text) in &self.edits {
            mended.push_str(&sql[copied..range.start]);
            mended.push_str(text);
            copied = range.end;
        }
        mended.push_str(&sql[copied..]);
        mended
    }

    /// The piece of the statement that it is about.
    pub(super) fn place(&self) -> Range<usize> {
        let start = self.edits.first().map_or(0, |(range, _)| range.start);
        let end = self.edits.last().map_or(start, |(range, _)| range.end);
        start..end
    }
}

/// The sentence about candidates that are as good as each other. Nothing where they are about different things, or too many to
/// be a help.
pub(super) fn phrase(candidates: &[&Candidate]) -> Option<String> {
    const MOST: usize = 3;
    let (first, others) = candidates.split_first()?;
    let mut shown: Vec<String> = Vec::new();
    for candidate in candidates {
        let text = format!("`{}`", candidate.shown);
        if !shown.contains(&text) {
            shown.push(text);
        }
    }
    if others.iter().any(|other| other.lead != first.lead) || shown.len() > MOST {
        return None;
    }
    let is_one = shown.len() == 1;
    let either = in_words(&shown, "or");
    Some(match &first.lead {
        Lead::DidYouMean => format!("did you mean {either}?"),
        Lead::Missing { before } if before.is_empty() => {
            format!("{either} is missing at the end")
        }
        Lead::Missing { before } => format!("{either} is missing before `{before}`"),
        Lead::Own { instead } if is_one => {
            format!(
                "did you mean {either}, or is that the misspelt one of the two, and `{instead}` right?"
            )
        }
        Lead::Operator { before } if before.is_empty() => {
            "an operator and a value are missing at the end".to_owned()
        }
        Lead::Operator { before } => {
            format!("an operator is missing before `{before}`, such as {either}")
        }
        Lead::Doubled if first.shown == "," => {
            "`,` is there twice: remove one, or write what is missing between them".to_owned()
        }
        Lead::Doubled => format!("{either} is there twice: remove one"),
        Lead::Remove { side } if is_one => {
            format!("remove {either}, or write what is missing {side} it")
        }
        Lead::Order if is_one => format!("the order is {either}"),
        Lead::Reserved if is_one => {
            let word = first.shown.trim_matches('"');
            format!("`{word}` is a reserved word: as a name, it is written {either}")
        }
        Lead::Fill {
            after,
            before,
            what,
        } if before.is_empty() => {
            format!("something is missing after `{after}`, such as {what}")
        }
        Lead::Fill {
            after,
            before,
            what,
        } if after.is_empty() => {
            format!("something is missing before `{before}`, such as {what}")
        }
        Lead::Fill {
            after,
            before,
            what,
        } => {
            format!("something is missing between `{after}` and `{before}`, such as {what}")
        }
        Lead::Unbalanced { missing } => {
            let there = if *missing == ")" { "(" } else { ")" };
            format!("a `{there}` has no `{missing}`")
        }
        Lead::Cast => format!("cast it: {either}"),
        Lead::Which => format!("say which one: {either}"),
        Lead::Quotes if is_one => format!("a string is written in single quotes: {either}"),
        Lead::Sentence if is_one => first.shown.clone(),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_help_names_what_may_be_meant() {
        let of = |shown: &str| Candidate::new(1, Lead::DidYouMean, 0..0, shown, shown);
        let (a, b, c, d) = (of("a"), of("b"), of("c"), of("d"));
        let other = Candidate::new(1, Lead::Doubled, 0..0, "a", "a");
        assert_eq!(phrase(&[&a]).as_deref(), Some("did you mean `a`?"));
        assert_eq!(
            phrase(&[&a, &b, &b, &c]).as_deref(),
            Some("did you mean `a`, `b` or `c`?")
        );
        assert_eq!(phrase(&[&a, &b, &c, &d]), None, "too many to choose from");
        assert_eq!(phrase(&[&a, &other]), None, "nobody knows which");
        assert_eq!(phrase(&[]), None);
    }

    #[test]
    fn changes_are_made_at_their_places() {
        let candidate = Candidate {
            cost: 1,
            edits: vec![(7..9, "a,".to_owned()), (13..13, "!".to_owned())],
            lead: Lead::Sentence,
            shown: String::new(),
        };
        assert_eq!(candidate.applied("SELECT xx FRO"), "SELECT a, FRO!");
        assert_eq!(candidate.place(), 7..13);
    }
}
