//! The tokens of a statement as clauses are made of them: keywords where they are keywords, and not names or labels.
//!
//! Only as much of the grammar as it takes to tell where a condition or an `ORDER BY` begins and ends. Almost all words
//! concerned are reserved, so that Postgres accepts them as names only in quotes, after a dot and after `AS`. The others,
//! as `between`, `left` and `case`, are keywords or names by what comes before them: a whole operand, or not.

use std::ops::Range;

use crate::syntax::lexer::{Token, TokenKind, lex};

/// The tokens of a statement without white space and comments.
pub(super) struct Clauses<'a> {
    sql: &'a str,
    tokens: Vec<Token>,
    /// For each token, whether the one before it ends an operand.
    after_operand: Vec<bool>,
}

/// What a statement, or a subquery, begins with, apart from its `WITH`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verb {
    /// `SELECT`, `VALUES` and `TABLE`.
    Select,
    Insert,
    Update,
    Delete,
    Merge,
}

impl Verb {
    const ALL: [(&str, Self); 7] = [
        ("select", Self::Select),
        ("values", Self::Select),
        ("table", Self::Select),
        ("insert", Self::Insert),
        ("update", Self::Update),
        ("delete", Self::Delete),
        ("merge", Self::Merge),
    ];

    /// As people write it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Select => "SELECT",
            Self::Insert => "INSERT",
            Self::Update => "UPDATE",
            Self::Delete => "DELETE",
            Self::Merge => "MERGE",
        }
    }
}

/// What follows an `ORDER BY`.
const AFTER_ORDER: [&str; 4] = ["limit", "offset", "fetch", "for"];

/// What else ends a condition, beside the words of joins.
const AFTER_CONDITION: [&str; 12] = [
    "do",
    "except",
    "group",
    "having",
    "intersect",
    "on",
    "order",
    "returning",
    "union",
    "when",
    "where",
    "window",
];

const OF_JOINS: [&str; 6] = ["cross", "full", "inner", "left", "natural", "right"];

/// Reserved words that an operand follows. Any other word can be, or end, an operand.
const BEFORE_OPERAND: [&str; 34] = [
    "all",
    "and",
    "any",
    "asymmetric",
    "by",
    "case",
    "distinct",
    "else",
    "except",
    "fetch",
    "for",
    "from",
    "having",
    "ilike",
    "in",
    "intersect",
    "is",
    "like",
    "limit",
    "offset",
    "on",
    "or",
    "returning",
    "select",
    "similar",
    "some",
    "symmetric",
    "then",
    "to",
    "union",
    "using",
    "when",
    "where",
    "with",
];

impl<'a> Clauses<'a> {
    pub(super) fn new(sql: &'a str) -> Self {
        let tokens = lex(sql).into_iter().filter(|token| !token.is_trivia());
        let mut clauses = Self {
            sql,
            tokens: tokens.collect(),
            after_operand: Vec::new(),
        };
        let mut after_operand = false;
        for index in 0..clauses.tokens.len() {
            clauses.after_operand.push(after_operand);
            after_operand = clauses.ends_operand(index);
        }
        clauses
    }

    /// Whether an operand ends with the token at `index`, by what is known of those before it.
    fn ends_operand(&self, index: usize) -> bool {
        let token = &self.tokens[index];
        match token.kind {
            TokenKind::Operator | TokenKind::Other => false,
            // `OPERATOR(schema.+)` is one.
            TokenKind::Punctuation => {
                let is_operator = index.checked_sub(1).is_some_and(|before| {
                    let before = &self.tokens[before];
                    before.kind == TokenKind::Operator && before.text(self.sql) != "*"
                });
                self.closes(index) && !is_operator
            }
            TokenKind::Identifier if self.is_name(index) => true,
            TokenKind::Identifier => {
                let is = |word: &str| token.is_word(word, self.sql);
                // What stands before `NOT` is an operand of what follows it: `a NOT BETWEEN b AND c`.
                if is("not") || OF_JOINS.iter().any(|word| is(word)) {
                    return self.after_operand[index];
                }
                let is_infix = is("between") && self.can_begin_operand(index + 1)
                    || is("join")
                    || is("escape")
                    || is("case");
                let is_of_zone = is("zone")
                    && self.follows(index, &["time"])
                    && index
                        .checked_sub(1)
                        .is_some_and(|time| self.follows(time, &["at"]));
                !(is_infix && self.after_operand[index]
                    || is_of_zone
                    || BEFORE_OPERAND.iter().any(|word| is(word)))
            }
            _ => true,
        }
    }

    /// Whether a `BETWEEN` can have its bound at `index`; else that `between` is the name of a table.
    fn can_begin_operand(&self, index: usize) -> bool {
        let is_any = |words: &[&str]| self.is_one_of(index, words);
        let is_of_joins = is_any(&OF_JOINS) || is_any(&["join"]);
        let ends = is_any(&AFTER_CONDITION)
            || is_any(&AFTER_ORDER)
            || is_any(&["and", "or", "set", "using"])
            || is_of_joins && !self.is(index + 1, "(");
        let marks = [",", ".", ")", ";"];
        index < self.len() && !ends && !marks.iter().any(|mark| self.is(index, mark))
    }

    /// Whether the token before that at `index` ends an operand, so that no other can begin there.
    pub(super) fn is_after_operand(&self, index: usize) -> bool {
        self.after_operand.get(index) == Some(&true)
    }

    pub(super) fn len(&self) -> usize {
        self.tokens.len()
    }

    pub(super) fn range(&self, index: usize) -> Range<usize> {
        self.tokens[index].range.clone()
    }

    /// The bytes from the first of these tokens to the last.
    pub(super) fn ranges(&self, tokens: Range<usize>) -> Option<Range<usize>> {
        let tokens = self.tokens.get(tokens)?;
        Some(tokens.first()?.range.start..tokens.last()?.range.end)
    }

    /// The number of the parameter at `index`.
    pub(super) fn parameter(&self, index: usize) -> Option<usize> {
        self.tokens.get(index)?.number(self.sql)
    }

    pub(super) fn is(&self, index: usize, punctuation: &str) -> bool {
        let token = self.tokens.get(index);
        token.is_some_and(|token| token.is(punctuation, self.sql))
    }

    pub(super) fn is_star(&self, index: usize) -> bool {
        let token = self.tokens.get(index);
        token.is_some_and(|token| token.kind == TokenKind::Operator && token.text(self.sql) == "*")
    }

    /// Whether it is a word, or a name in quotes.
    pub(super) fn is_name_token(&self, index: usize) -> bool {
        let token = self.tokens.get(index);
        token.is_some_and(|token| {
            matches!(
                token.kind,
                TokenKind::Identifier | TokenKind::QuotedIdentifier
            )
        })
    }

    pub(super) fn opens(&self, index: usize) -> bool {
        self.is(index, "(") || self.is(index, "[")
    }

    pub(super) fn closes(&self, index: usize) -> bool {
        self.is(index, ")") || self.is(index, "]")
    }

    /// Whether an unquoted word, keyword or not, is this one.
    pub(super) fn is_word(&self, index: usize, word: &str) -> bool {
        let token = self.tokens.get(index);
        token.is_some_and(|token| token.is_word(word, self.sql))
    }

    pub(super) fn is_one_of(&self, index: usize, words: &[&str]) -> bool {
        words.iter().any(|word| self.is_word(index, word))
    }

    /// The same for a word before `index`.
    pub(super) fn follows(&self, index: usize, words: &[&str]) -> bool {
        index
            .checked_sub(1)
            .is_some_and(|before| self.is_one_of(before, words))
    }

    /// Whether the word at `index` can be a keyword: neither a column after a dot nor a label after `AS`.
    pub(super) fn is_keyword(&self, index: usize, word: &str) -> bool {
        self.is_word(index, word) && !self.is_name(index)
    }

    fn is_name(&self, index: usize) -> bool {
        index.checked_sub(1).is_some_and(|before| {
            self.is(before, ".") || self.is_word(before, "as") && !self.is_label(before)
        })
    }

    /// Whether an `AS` is itself a column after a dot: `t.as`.
    fn is_label(&self, index: usize) -> bool {
        index
            .checked_sub(1)
            .is_some_and(|before| self.is(before, "."))
    }

    /// What begins at `index`, which is inside the parentheses that a statement is in, or at the top.
    pub(super) fn verb(&self, index: usize, is_first: bool) -> Option<Verb> {
        // After `WITH` there are names, which may be `insert`; the verb follows the parentheses of the last of them.
        let is_name = !is_first
            && (self.follows(
                index,
                &["with", "recursive", "by", "cycle", "set", "to", "using"],
            ) || index
                .checked_sub(1)
                .is_some_and(|before| self.is(before, ",")));
        let mut verbs = Verb::ALL.into_iter();
        let (_, verb) = verbs.find(|(word, _)| self.is_keyword(index, word))?;
        (!is_name).then_some(verb)
    }

    /// Whether the clause that a condition stands in ends at `index`, at the depth of the condition.
    pub(super) fn ends_condition(&self, index: usize) -> bool {
        if self.is(index, ",") {
            return true;
        }
        let is_any = |words: &[&str]| words.iter().any(|word| self.is_keyword(index, word));
        // `left(a, 2)` is a function, and so may be `join(a)`.
        if is_any(&OF_JOINS) || is_any(&["join"]) {
            return self.is_after_operand(index);
        }
        let is_within_group = self.is_word(index, "group") && self.follows(index, &["within"]);
        (is_any(&AFTER_CONDITION) || self.ends_order(index)) && !is_within_group
    }

    /// Whether an `ORDER BY` ends at `index`, at its depth.
    pub(super) fn ends_order(&self, index: usize) -> bool {
        AFTER_ORDER.iter().any(|word| self.is_keyword(index, word))
    }
}

/// The word in a list of an `ORDER BY` that ends it, with which it would be more than an order; or a bracket that has
/// no counterpart.
pub(super) fn foreign_to_order(list: &str) -> Option<Range<usize>> {
    let clauses = Clauses::new(list);
    let mut open = Vec::new();
    for index in 0..clauses.len() {
        let is_foreign = if clauses.opens(index) {
            open.push(index);
            false
        } else if clauses.closes(index) {
            let is_pair = |opening: usize| clauses.is(opening, "(") == clauses.is(index, ")");
            !open.pop().is_some_and(is_pair)
        } else {
            let ends = clauses.ends_order(index)
                || ["union", "intersect", "except", "order", "where", "from"]
                    .iter()
                    .any(|word| {
                        clauses.is_keyword(index, word) && !is_distinct_from(&clauses, index)
                    });
            clauses.is(index, ";") || open.is_empty() && ends
        };
        if is_foreign {
            return Some(clauses.range(index));
        }
    }
    open.first().map(|&index| clauses.range(index))
}

/// `IS DISTINCT FROM` is an operator.
fn is_distinct_from(clauses: &Clauses<'_>, index: usize) -> bool {
    clauses.follows(index, &["distinct"])
}
