//! How many helps are right: of a list of usual mistakes, and of good queries in which one token is dropped, doubled, swapped
//! or misspelt.

#![expect(clippy::print_stdout, reason = "a figure that is looked for")]

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::*;
use crate::database::{Provider, Server};
use crate::syntax::{lex, statements};

/// How a help compares with what was meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Outcome {
    Right,
    Absent,
    Wrong,
}

fn with_schema<T>(run: impl AsyncFnOnce(&Session) -> T) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.unwrap().block_on(async {
        let provider = Provider::Local { binaries: None };
        let server = Server::start(&provider).await.unwrap();
        let database = server.create_database().await.unwrap();
        let session = database.connect().await.unwrap();
        let schema = include_str!("tests/schema.sql");
        session.client().batch_execute(schema).await.unwrap();
        run(&session).await
    })
}

/// The tokens of a text, to compare it without regard to its white space and the case of its words.
fn tokens(sql: &str) -> Vec<String> {
    let tokens = lex(sql).into_iter().filter(|token| !token.is_trivia());
    tokens.map(|token| token.text(sql).to_lowercase()).collect()
}

/// Whether `long` is `short` with something more at one place.
fn is_filled(short: &[String], long: &[String]) -> bool {
    let before = short.iter().zip(long).take_while(|(a, b)| a == b).count();
    let after = short.iter().rev().zip(long.iter().rev());
    let after = after.take_while(|(a, b)| a == b).count();
    long.len() > short.len() && before + after >= short.len()
}

fn judge(mend: Option<&Mend>, broken: &str, meant: &str) -> Outcome {
    let Some(mend) = mend else {
        return Outcome::Absent;
    };
    if let Some(fact) = meant.strip_prefix('!') {
        return if mend.help == fact.trim() {
            Outcome::Right
        } else {
            Outcome::Wrong
        };
    }
    let meant = tokens(meant);
    let (short, says) = (tokens(broken), |text: &str| mend.help.contains(text));
    let leaves_open = [
        "something is missing",
        "or write what is missing",
        "an operator is missing",
    ];
    let is_unbalanced = says("has no `(`") || says("has no `)`");
    let is_right = mend.texts.iter().any(|text| tokens(text) == meant)
        || leaves_open.iter().any(|open| says(open)) && is_filled(&short, &meant)
        || is_unbalanced && (is_filled(&short, &meant) || is_filled(&meant, &short))
        || says("the misspelt one of the two") && short.len() == meant.len();
    if is_right {
        Outcome::Right
    } else {
        Outcome::Wrong
    }
}

/// Numbers that look random and are the same in each run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % limit as u64).unwrap()
    }
}

/// A good query with one mistake, and its sort.
fn mutated(good: &str, numbers: &mut Numbers) -> (&'static str, String) {
    let mut pieces: Vec<String> = {
        let tokens = lex(good).into_iter().filter(|token| !token.is_trivia());
        tokens.map(|token| token.text(good).to_owned()).collect()
    };
    let index = numbers.below(pieces.len());
    let sort = match numbers.below(4) {
        0 => {
            pieces.remove(index);
            "dropped"
        }
        1 => {
            pieces.insert(index, pieces[index].clone());
            "doubled"
        }
        2 => {
            let other = (index + 1).min(pieces.len() - 1);
            pieces.swap(index, other);
            "swapped"
        }
        _ => {
            let mut letters: Vec<char> = pieces[index].chars().collect();
            if letters.len() > 2 && letters.iter().all(|c| c.is_alphabetic() || *c == '_') {
                let at = numbers.below(letters.len() - 1);
                match numbers.below(3) {
                    0 => letters.swap(at, at + 1),
                    1 => drop(letters.remove(at)),
                    _ => letters.insert(at, letters[at]),
                }
            }
            pieces[index] = letters.into_iter().collect();
            "misspelt"
        }
    };
    (sort, pieces.join(" "))
}

/// The refusal of a statement, if it is one.
async fn refusal(session: &Session, sql: &str) -> Option<DbError> {
    let error = session.client().prepare(sql).await.err()?;
    error.as_db_error().cloned()
}

#[test]
fn no_help_is_wrong() {
    with_schema(async |session| {
        let mut counted: BTreeMap<(&str, Outcome), usize> = BTreeMap::new();
        let mut report = String::new();
        let mut count = |sort: &'static str, broken: &str, mend: Option<&Mend>, meant: &str| {
            let outcome = judge(mend, broken, meant);
            *counted.entry((sort, outcome)).or_default() += 1;
            if outcome != Outcome::Right {
                let help = mend.map_or("", |mend| mend.help.as_str());
                let _ = writeln!(
                    report,
                    "{outcome:?} ({sort})\n  {broken}\n  {meant}\n  {help}"
                );
            }
        };
        let mender = Mender::new(session, Trial::Prepare);
        for block in include_str!("tests/mistakes.txt").split("\n\n") {
            let mut lines = block.lines().filter(|line| !line.starts_with('#'));
            let (broken, meant) = (lines.next().unwrap(), lines.next().unwrap());
            let error = refusal(session, broken).await;
            let error = error.unwrap_or_else(|| panic!("this is no mistake: {broken}"));
            let mend = mender.mend(broken, offset(&error, broken), &error).await;
            count("usual", broken, mend.as_ref(), meant);
        }
        let text = include_str!("tests/queries.sql");
        let good: Vec<&str> = statements(text)
            .into_iter()
            .map(|range| &text[range])
            .collect();
        let mut numbers = Numbers(0x9E37_79B9_7F4A_7C15);
        let mut seen = std::collections::BTreeSet::new();
        while seen.len() < 400 {
            let good = good[numbers.below(good.len())];
            let (sort, broken) = mutated(good, &mut numbers);
            if seen.contains(&broken) {
                continue;
            }
            let Some(error) = refusal(session, &broken).await else {
                continue;
            };
            let mender = Mender::new(session, Trial::Prepare);
            let mend = mender.mend(&broken, offset(&error, &broken), &error).await;
            count(sort, &broken, mend.as_ref(), good);
            seen.insert(broken);
        }
        let of = |outcome| -> usize {
            let of = counted.iter().filter(|((_, found), _)| *found == outcome);
            of.map(|(_, count)| count).sum()
        };
        let (right, absent, wrong) = (of(Outcome::Right), of(Outcome::Absent), of(Outcome::Wrong));
        let all = right + absent + wrong;
        println!(
            "{report}\n{counted:#?}\n{all} mistakes: {right} helps right, {absent} absent, {wrong} wrong"
        );
        assert_eq!(wrong, 0);
        assert!(right * 10 >= all * 7);
    });
}
