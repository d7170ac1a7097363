//! What to write instead: helps that Postgres has confirmed.
//!
//! Many texts may be what the user meant: a word of a similar name, a comma more, another database's word in Postgres' terms.
//! Each is tried in the throwaway database, and of those that Postgres accepts, the one that takes least for granted becomes
//! the help. Where several are as good as each other, the help names all of them; where nothing is accepted, there is no help.

mod broken;
mod candidate;
mod casts;
mod facts;
mod foreign;
mod grammar;
mod names;
mod rules;
mod verdict;
mod vocabulary;

use std::cell::{Cell, OnceCell};
use std::ops::Range;

use tokio_postgres::error::{DbError, SqlState};

use crate::database::Session;
use crate::diagnostic::in_words;
use broken::Broken;
use candidate::{Candidate, Lead, phrase};
use verdict::{Verdict, try_all};
use vocabulary::Vocabulary;

pub(crate) use verdict::{Trial, offset};

/// How many texts are tried in one run. After that there are no such helps: who has so many mistakes, mends one of their kind
/// and runs again.
const MOST: usize = 6_000;

/// From this cost on, a text is only tried if no other one is accepted.
const UNLIKELY: usize = 20;

/// How many texts are tried by running them, for one mistake.
const MOST_RUNS: usize = 40;

/// Asks about mistakes in one database.
pub(crate) struct Mender<'a> {
    session: &'a Session,
    trial: Trial,
    known: OnceCell<Vocabulary>,
    tried: Cell<usize>,
}

/// A help, and the piece of the statement that it is about.
#[derive(Debug)]
pub(crate) struct Mend {
    pub(crate) help: String,
    pub(crate) place: Range<usize>,
    /// Whether it is about another database's words.
    pub(crate) is_foreign: bool,
    /// The statements that Postgres accepts.
    #[cfg(test)]
    texts: Vec<String>,
}

impl<'a> Mender<'a> {
    pub(crate) fn new(session: &'a Session, trial: Trial) -> Self {
        Self {
            session,
            trial,
            known: OnceCell::new(),
            tried: Cell::new(0),
        }
    }

    /// What mends a statement that Postgres refused, if something is known to.
    ///
    /// `offset` is the place that Postgres points at, in bytes.
    pub(crate) async fn mend(
        &self,
        sql: &str,
        offset: Option<usize>,
        error: &DbError,
    ) -> Option<Mend> {
        // Of the names in a statement that Postgres does not plan, preparing says nothing.
        let is_judged = self.trial == Trial::Run
            || *error.code() == SqlState::SYNTAX_ERROR
            || verdict::is_planned(sql);
        if self.tried.get() >= MOST || !is_judged {
            return None;
        }
        let client = self.session.client();
        if self.known.get().is_none() {
            let read = Vocabulary::read(client).await;
            let _ = self.known.set(read);
        }
        let known = self.known.get()?;
        let code = error.code().code();
        let broken = Broken::new(sql, offset, code, error.message(), known);
        if code == "42803"
            && let Some(mend) = self.group(broken).await
        {
            return Some(mend);
        }
        let broken = Broken::new(sql, offset, code, error.message(), known);
        let mut candidates = candidates(&broken);
        candidates.sort_by_key(|candidate| candidate.cost);
        let mut texts: Vec<String> = Vec::with_capacity(candidates.len());
        candidates.retain(|candidate| {
            let text = candidate.applied(sql);
            let is_new = text != sql;
            if is_new {
                texts.push(text);
            }
            is_new
        });
        if self.trial == Trial::Run && !broken.is_syntax_error() {
            texts.truncate(MOST_RUNS);
        }
        // What is likely comes first: mostly, that is enough.
        let likely = candidates.partition_point(|candidate| candidate.cost < UNLIKELY);
        let (likely, others) = texts.split_at(likely.min(texts.len()));
        let mut verdicts = try_all(client, self.trial, likely).await;
        if !verdicts
            .iter()
            .any(|verdict| matches!(verdict, Verdict::Accepted))
        {
            verdicts.extend(try_all(client, self.trial, others).await);
        }
        self.tried.set(self.tried.get() + verdicts.len());
        self.session.take_notices();
        choose(&broken, &candidates, &texts, &verdicts).or_else(|| {
            Some(Mend {
                help: facts::find(&broken)?,
                place: 0..0,
                is_foreign: false,
                #[cfg(test)]
                texts: Vec::new(),
            })
        })
    }
}

impl Mender<'_> {
    /// What is missing in `GROUP BY`: each refusal names one column more.
    async fn group(&self, first: Broken<'_>) -> Option<Mend> {
        const MOST: usize = 6;
        let known = first.known;
        let mut names: Vec<String> = Vec::new();
        let (mut text, name) = casts::grouped(&first)?;
        names.push(format!("`{name}`"));
        while names.len() < MOST {
            let Err(error) = self.session.client().prepare(&text).await else {
                let them = if names.len() == 1 { "it" } else { "them" };
                return Some(Mend {
                    help: format!(
                        "add {} to `GROUP BY`, or use {them} in an aggregate function",
                        in_words(&names, "and")
                    ),
                    place: 0..0,
                    is_foreign: false,
                    #[cfg(test)]
                    texts: vec![text],
                });
            };
            let error = error.as_db_error()?;
            let code = error.code().code();
            let broken = Broken::new(&text, offset(error, &text), code, error.message(), known);
            let (longer, name) = casts::grouped(&broken)?;
            names.push(format!("`{name}`"));
            text = longer;
        }
        None
    }
}

fn candidates(broken: &Broken<'_>) -> Vec<Candidate> {
    let mut found = foreign::candidates(broken);
    found.extend(names::candidates(broken));
    found.extend(grammar::candidates(broken));
    found.extend(casts::candidates(broken));
    found
}

/// Those that Postgres accepts and that cost least; else those that bring it to another mistake further on.
fn choose(
    broken: &Broken<'_>,
    candidates: &[Candidate],
    texts: &[String],
    verdicts: &[Verdict],
) -> Option<Mend> {
    let all = || candidates.iter().zip(texts).zip(verdicts);
    let accepted = all().filter(|(_, verdict)| matches!(verdict, Verdict::Accepted));
    let accepted: Vec<_> = accepted.map(|(candidate, _)| candidate).collect();
    let mut found = accepted;
    if found.is_empty() {
        let further =
            all().filter(|((candidate, _), verdict)| goes_further(broken, candidate, verdict));
        found = further.map(|(candidate, _)| candidate).collect();
    }
    let least = found.first()?.0.cost;
    found.retain(|(candidate, _)| candidate.cost == least);
    let group: Vec<&Candidate> = found.iter().map(|(candidate, _)| *candidate).collect();
    Some(Mend {
        help: phrase(&group)?,
        place: group[0].place(),
        is_foreign: least <= foreign::COST,
        #[cfg(test)]
        texts: found.iter().map(|(_, text)| (*text).clone()).collect(),
    })
}

/// Whether a word that is mended lets Postgres see the next mistake, which is about another name.
fn goes_further(broken: &Broken<'_>, candidate: &Candidate, verdict: &Verdict) -> bool {
    let Verdict::Refused(code, Some(place)) = verdict else {
        // What no transaction may do was understood.
        return matches!(verdict, Verdict::Refused(code, None) if code == "25001");
    };
    let is_a_word = matches!(
        candidate.lead,
        Lead::DidYouMean | Lead::Reserved | Lead::Quotes
    );
    let (Some(at), Some((range, text))) = (broken.at, candidate.edits.first()) else {
        return false;
    };
    let is_about_names = ["42703", "42702", "42P01", "42704"].contains(&code.as_str());
    let before = broken.range(at).start;
    let is_elsewhere = *place > range.start + text.len() && *place > before + text.len()
        || *place < range.start.min(before);
    is_a_word && is_about_names && is_elsewhere && candidate.cost < 14
}

#[cfg(test)]
#[cfg(unix)]
mod tests;
