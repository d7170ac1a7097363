//! What parameters stand in, for `-- @optional`: which part of a `WHERE`, `ON`, `HAVING` or `FILTER (WHERE …)` is left out
//! without a value, or which assignment of a `SET` and which item of a `VALUES`.
//!
//! It is found in the tokens: of the outermost condition around a parameter, the operand of its `AND`s that the parameter
//! is in. So a group in parentheses goes as a whole, and so does an `EXISTS (…)` with a condition of its own.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::syntax::assignment::{Reading, Writes, writes};
use crate::syntax::clause::{Clauses, Verb};

/// What of a statement stands and falls with parameters that may be missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Parts {
    pub(crate) conditions: Vec<Conjunct>,
    /// All assignments of its `SET`, if one of them can be left out. Those without parameters are always made.
    pub(crate) assignments: Vec<Conjunct>,
    /// The items of its `VALUES` that have such parameters.
    pub(crate) values: Vec<Conjunct>,
    /// How the rows are read if no assignment is left.
    pub(crate) reading: Option<Reading>,
}

/// An operand of `AND`, an assignment or a value, with parameters that may be missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Conjunct {
    /// Its bytes.
    pub(crate) range: Range<usize>,
    /// The numbers of those parameters.
    pub(crate) parameters: BTreeSet<usize>,
}

/// Why a condition cannot be left out; each with a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Unusable {
    /// A use of the parameter that is no part of a condition, and of nothing that is written.
    Outside(Range<usize>),
    /// A condition in an assignment, or in a value, beside others that can be left out.
    Inside(Range<usize>),
    /// An `OR` between conditions, of which one has the parameter.
    Or(Range<usize>),
    /// The condition of a statement that writes, of which nothing would be left.
    Everything(Verb, Range<usize>),
}

/// Finds what stands and falls with each of the parameters of these numbers.
pub(crate) fn parts(sql: &str, parameters: &BTreeSet<usize>) -> Result<Parts, Unusable> {
    let clauses = Clauses::new(sql);
    let written = writes(&clauses);
    let mut finder = Finder {
        clauses,
        parameters,
        levels: vec![Level::new(0)],
        assignments: unused(&written.assignments),
        values: unused(&written.values),
        found: Vec::new(),
        mistake: None,
    };
    finder.read();
    finder.finish(&written)
}

/// Parts without parameters yet.
fn unused(ranges: &[Range<usize>]) -> Vec<Conjunct> {
    let parts = ranges.iter().map(|range| Conjunct {
        range: range.clone(),
        parameters: BTreeSet::new(),
    });
    parts.collect()
}

struct Finder<'a> {
    clauses: Clauses<'a>,
    parameters: &'a BTreeSet<usize>,
    /// The parentheses and brackets around the current token.
    levels: Vec<Level>,
    /// What the statement writes.
    assignments: Vec<Conjunct>,
    values: Vec<Conjunct>,
    found: Vec<Conjunct>,
    /// The first one.
    mistake: Option<Unusable>,
}

/// What is between a pair of parentheses, or the whole statement.
struct Level {
    /// Its first token.
    start: usize,
    verb: Option<Verb>,
    /// Whether a `JOIN` came, so that an `ON` has a condition.
    joins: bool,
    /// How many `CASE` are open.
    cases: usize,
    /// Whether `ON CONFLICT` came without its `DO` yet: its `WHERE` chooses an index.
    chooses_index: bool,
    condition: Option<Condition>,
}

/// A condition that is being read.
struct Condition {
    /// Whether the statement does what it does to each row that meets it.
    is_decisive: bool,
    /// The first token of the current operand.
    start: usize,
    /// The parameters in the current operand.
    parameters: BTreeSet<usize>,
    /// Open `BETWEEN`, whose `AND` is not between conditions.
    betweens: usize,
    /// The first `OR` between conditions.
    or: Option<usize>,
    /// The operands with parameters that may be missing.
    dropped: Vec<Conjunct>,
    /// Whether some operand has none.
    has_others: bool,
}

impl Level {
    fn new(start: usize) -> Self {
        Self {
            start,
            verb: None,
            joins: false,
            cases: 0,
            chooses_index: false,
            condition: None,
        }
    }
}

impl Finder<'_> {
    fn read(&mut self) {
        for index in 0..self.clauses.len() {
            if self.clauses.opens(index) {
                self.levels.push(Level::new(index + 1));
            } else if self.clauses.closes(index) {
                self.end_condition(index);
                if self.levels.len() > 1 {
                    self.levels.pop();
                }
            } else if let Some(number) = self.clauses.parameter(index) {
                if self.parameters.contains(&number) {
                    self.found_use(index, number);
                }
            } else {
                self.word(index);
            }
        }
        while !self.levels.is_empty() {
            self.end_condition(self.clauses.len());
            self.levels.pop();
        }
    }

    /// The innermost parentheses. There is always one: those around everything.
    fn level(&mut self) -> &mut Level {
        let last = self.levels.len() - 1;
        &mut self.levels[last]
    }

    /// Takes note of a use, in the outermost condition around it.
    fn found_use(&mut self, index: usize, number: usize) {
        let mut conditions = self.levels.iter_mut();
        if let Some(condition) = conditions.find_map(|level| level.condition.as_mut()) {
            condition.parameters.insert(number);
            return;
        }
        let place = self.clauses.range(index);
        let mut written = self.assignments.iter_mut().chain(&mut self.values);
        match written.find(|part| part.range.contains(&place.start)) {
            Some(part) => {
                part.parameters.insert(number);
            }
            None => {
                self.mistake.get_or_insert(Unusable::Outside(place));
            }
        }
    }

    fn finish(mut self, written: &Writes) -> Result<Parts, Unusable> {
        if let Some(mistake) = self.mistake {
            return Err(mistake);
        }
        if self
            .assignments
            .iter()
            .all(|part| part.parameters.is_empty())
        {
            self.assignments.clear();
        }
        self.values.retain(|part| !part.parameters.is_empty());
        let parts = self.assignments.iter().chain(&self.values);
        let mut conditions = self.found.iter();
        let inside = conditions.find(|condition| {
            parts
                .clone()
                .any(|part| part.range.contains(&condition.range.start))
        });
        if let Some(condition) = inside {
            return Err(Unusable::Inside(condition.range.clone()));
        }
        Ok(Parts {
            conditions: self.found,
            assignments: self.assignments,
            values: self.values,
            reading: written.reading.clone(),
        })
    }

    fn word(&mut self, index: usize) {
        let clauses = &self.clauses;
        let is = |word: &str| clauses.is_keyword(index, word);
        let last = self.levels.len() - 1;
        let level = &mut self.levels[last];
        if level.verb.is_none() {
            level.verb = clauses.verb(index, level.start == index);
        }
        if is("case") && !clauses.is_after_operand(index) {
            level.cases += 1;
            return;
        }
        if level.cases > 0 {
            level.cases -= usize::from(is("end"));
            return;
        }
        level.joins |= is("join") && clauses.is_after_operand(index);
        level.chooses_index |= is("conflict") && clauses.follows(index, &["on"]);
        level.chooses_index &= !is("do");
        if let Some(condition) = &mut level.condition {
            if is("between") && clauses.is_after_operand(index) {
                condition.betweens += 1;
            } else if is("or") {
                condition.or.get_or_insert(index);
            } else if is("and") && condition.betweens > 0 {
                condition.betweens -= 1;
            } else if is("and") {
                self.end_operand(index);
            } else if clauses.ends_condition(index) {
                self.end_condition(index);
            }
        }
        self.begin_condition(index);
    }

    /// Begins a condition after the word at `index`, if that is a `WHERE` or the like.
    fn begin_condition(&mut self, index: usize) {
        let clauses = &self.clauses;
        let is = |word: &str| clauses.is_keyword(index, word);
        let level = &self.levels[self.levels.len() - 1];
        let is_where = is("where") && !level.chooses_index;
        let is_merge = level.verb == Some(Verb::Merge);
        // Not `DISTINCT ON (…)`, `ON CONFLICT`, `NULL ON ERROR`.
        let is_on = is("on")
            && (level.joins || is_merge)
            && !clauses.follows(index, &["distinct", "conflict"])
            && !clauses.is_word(index + 1, "conflict");
        if !is_where && !is_on && !is("having") {
            return;
        }
        let is_decisive = match level.verb {
            Some(Verb::Update | Verb::Delete) => is_where,
            Some(Verb::Merge) => is_on,
            _ => false,
        };
        self.level().condition = Some(Condition {
            is_decisive,
            start: index + 1,
            parameters: BTreeSet::new(),
            betweens: 0,
            or: None,
            dropped: Vec::new(),
            has_others: false,
        });
    }

    /// Ends the operand before the token at `index`.
    fn end_operand(&mut self, index: usize) {
        let last = self.levels.len() - 1;
        let Some(condition) = &mut self.levels[last].condition else {
            return;
        };
        let range = self.clauses.ranges(condition.start..index);
        condition.start = index + 1;
        let parameters = std::mem::take(&mut condition.parameters);
        match range {
            Some(range) if !parameters.is_empty() => {
                condition.dropped.push(Conjunct { range, parameters });
            }
            _ => condition.has_others = true,
        }
    }

    /// Ends the condition before the token at `index`.
    fn end_condition(&mut self, index: usize) {
        self.end_operand(index);
        let Some(condition) = self.level().condition.take() else {
            return;
        };
        let Some(first) = condition.dropped.first() else {
            return;
        };
        let mistake = if let Some(or) = condition.or {
            Some(Unusable::Or(self.clauses.range(or)))
        } else if condition.is_decisive && !condition.has_others {
            let verb = self.level().verb;
            // The ON of a MERGE is followed by its WHEN, those of joins in its source are not.
            let is_join = verb == Some(Verb::Merge) && !self.clauses.is_word(index, "when");
            let verb = verb.filter(|_| !is_join);
            verb.map(|verb| Unusable::Everything(verb, first.range.clone()))
        } else {
            None
        };
        self.mistake = self.mistake.take().or(mistake);
        self.found.extend(condition.dropped);
    }
}

#[cfg(test)]
mod tests;
