//! The parts of a statement that has pages, for `-- @page`: where its rows begin, where columns can be added to them, and
//! what they are sorted by.

use std::ops::Range;

use crate::quote::unquote;
use crate::syntax::clause::{Clauses, Verb};
use crate::syntax::lexer::{Token, TokenKind, lex};

/// Where the parts of such a statement are, in bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PagePlace {
    /// Where its rows begin, after a `WITH`.
    pub(crate) body: usize,
    /// Where its list of columns ends.
    pub(crate) columns: usize,
    /// Where its rows end, before `ORDER BY`.
    pub(crate) end: usize,
    /// What follows `ORDER BY`; `None` if it has none.
    pub(crate) order: Option<Range<usize>>,
    /// Whether it combines several queries, by UNION for instance, whose columns alone can be sorted by.
    pub(crate) is_combined: bool,
}

/// Why a statement cannot have pages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Unpageable {
    /// It writes.
    Writes(Verb),
    /// It ends its rows itself, by this `LIMIT`, `OFFSET` or `FETCH`.
    Limits(Range<usize>),
    /// It locks its rows, by this `FOR`.
    Locks(Range<usize>),
}

/// Something that rows are sorted by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SortKey {
    /// Its bytes in the list, without its direction.
    pub(crate) expression: Range<usize>,
    pub(crate) is_descending: bool,
    pub(crate) nulls_first: bool,
    /// The result column that it may mean.
    pub(crate) column: Option<ColumnName>,
}

/// How a result column is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ColumnName {
    Name(String),
    /// From 1.
    Number(usize),
}

/// Finds the parts of a statement that is to have pages.
pub(crate) fn page_place(sql: &str) -> Result<PagePlace, Unpageable> {
    const AFTER_COLUMNS: [&str; 8] = [
        "from",
        "where",
        "group",
        "having",
        "window",
        "union",
        "intersect",
        "except",
    ];
    let clauses = Clauses::new(sql);
    let mut depth = 0_usize;
    let (mut verb, mut body, mut columns, mut order) = (None, 0, None, None);
    let mut is_combined = false;
    for index in 0..clauses.len() {
        if clauses.opens(index) {
            depth += 1;
            continue;
        }
        if clauses.closes(index) {
            depth = depth.saturating_sub(1);
            continue;
        }
        if depth > 0 {
            continue;
        }
        let is_any = |words: &[&str]| words.iter().any(|word| clauses.is_keyword(index, word));
        if verb.is_none() {
            verb = clauses.verb(index, index == 0);
            if verb.is_some() {
                body = clauses.range(index).start;
            }
        }
        let is_operator = clauses.is_word(index, "from") && clauses.follows(index, &["distinct"]);
        let ends_columns = is_any(&AFTER_COLUMNS) && !is_operator;
        is_combined |= is_any(&["union", "intersect", "except"]);
        let is_order = is_any(&["order"]) && clauses.is_word(index + 1, "by");
        if verb.is_some() && columns.is_none() && (ends_columns || is_order) {
            columns = Some(end_before(&clauses, index));
        }
        if is_order {
            order = Some(index);
        }
        if is_any(&["limit", "offset", "fetch"]) {
            return Err(Unpageable::Limits(clauses.range(index)));
        }
        if is_any(&["for"]) {
            return Err(Unpageable::Locks(clauses.range(index)));
        }
    }
    if let Some(verb) = verb.filter(|verb| *verb != Verb::Select) {
        return Err(Unpageable::Writes(verb));
    }
    let end = order.unwrap_or(clauses.len());
    Ok(PagePlace {
        body,
        columns: columns.unwrap_or_else(|| end_before(&clauses, end)),
        end: end_before(&clauses, end),
        order: order.and_then(|order| clauses.ranges(order + 2..clauses.len())),
        is_combined,
    })
}

/// Where the token before that at `index` ends.
fn end_before(clauses: &Clauses<'_>, index: usize) -> usize {
    let before = index.checked_sub(1);
    before.map_or(0, |before| clauses.range(before).end)
}

/// What a list after `ORDER BY` sorts by; the bytes of what is not understood: `USING >`.
pub(crate) fn sort_keys(list: &str) -> Result<Vec<SortKey>, Range<usize>> {
    let tokens: Vec<Token> = lex(list)
        .into_iter()
        .filter(|token| !token.is_trivia())
        .collect();
    let mut depth = 0_usize;
    let parts = tokens.split(|token| {
        match token.text(list) {
            "(" | "[" => depth += 1,
            ")" | "]" => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && token.is(",", list)
    });
    parts.map(|part| sort_key(list, part)).collect()
}

fn sort_key(list: &str, tokens: &[Token]) -> Result<SortKey, Range<usize>> {
    let is = |token: &Token, word: &str| token.is_word(word, list);
    let mut rest = tokens;
    let mut nulls_first = None;
    if let [before @ .., nulls, place] = rest
        && is(nulls, "nulls")
        && (is(place, "first") || is(place, "last"))
        && !before.is_empty()
    {
        nulls_first = Some(is(place, "first"));
        rest = before;
    }
    let mut is_descending = false;
    if let [before @ .., direction] = rest
        && (is(direction, "asc") || is(direction, "desc"))
        && before.last().is_some_and(|before| !before.is(".", list))
    {
        is_descending = is(direction, "desc");
        rest = before;
    }
    if let [before @ .., using, operator] = rest
        && is(using, "using")
        && !before.is_empty()
    {
        return Err(using.range.start..operator.range.end);
    }
    let (Some(start), Some(end)) = (rest.first(), rest.last()) else {
        return Err(0..list.len());
    };
    let column = match rest {
        [token] => column_name(token, list),
        _ => None,
    };
    Ok(SortKey {
        expression: start.range.start..end.range.end,
        is_descending,
        nulls_first: nulls_first.unwrap_or(is_descending),
        column,
    })
}

fn column_name(token: &Token, list: &str) -> Option<ColumnName> {
    let text = token.text(list);
    match token.kind {
        TokenKind::Identifier => Some(ColumnName::Name(text.to_lowercase())),
        TokenKind::QuotedIdentifier => {
            let (name, _) = unquote(text.strip_prefix('"')?)?;
            Some(ColumnName::Name(name))
        }
        _ => text.parse().ok().map(ColumnName::Number),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The statement with marks where its parts are.
    fn marked(sql: &str) -> String {
        let place = match page_place(sql) {
            Ok(place) => place,
            Err(unpageable) => return format!("{unpageable:?}"),
        };
        let order = place.order.map_or("none", |order| &sql[order]);
        let (body, columns) = (&sql[..place.body], &sql[place.body..place.columns]);
        let combined = if place.is_combined { ", combined" } else { "" };
        format!(
            "{body}[{columns}|{}] by {order}{combined}",
            &sql[place.columns..place.end]
        )
    }

    #[test]
    fn parts_are_found() {
        let marked = [
            "SELECT a, b FROM t WHERE x ORDER BY a DESC, b",
            "WITH x AS (SELECT 1 FROM y ORDER BY 1 LIMIT 2) SELECT a IS DISTINCT FROM b, extract(year FROM c) FROM x ORDER BY 1",
            "SELECT a FROM t UNION SELECT b FROM u ORDER BY a",
            "VALUES (1), (2) ORDER BY 1",
            "SELECT 1",
            "SELECT a -- c\nFROM t -- d\nORDER BY a",
            "SELECT a FROM t ORDER BY a LIMIT 1",
            "SELECT a FROM t ORDER BY a FOR UPDATE",
            "DELETE FROM t RETURNING a",
        ]
        .map(marked);
        insta::assert_snapshot!(marked.join("\n"), @r"
        [SELECT a, b| FROM t WHERE x] by a DESC, b
        WITH x AS (SELECT 1 FROM y ORDER BY 1 LIMIT 2) [SELECT a IS DISTINCT FROM b, extract(year FROM c)| FROM x] by 1
        [SELECT a| FROM t UNION SELECT b FROM u] by a, combined
        [VALUES (1), (2)|] by 1
        [SELECT 1|] by none
        [SELECT a| -- c
        FROM t] by a
        Limits(27..32)
        Locks(27..30)
        Writes(Delete)
        ");
    }

    #[test]
    fn directions_are_taken_off() {
        let list = r#"a, "B" DESC, f(x, y DESC) ASC NULLS FIRST, 2 desc nulls last, c COLLATE "C", nulls, t.asc"#;
        let keys = sort_keys(list).unwrap();
        let keys = keys.iter().map(|key| {
            let expression = &list[key.expression.clone()];
            let (down, first) = (key.is_descending, key.nulls_first);
            format!("{expression} {down} {first} {:?}", key.column)
        });
        insta::assert_snapshot!(keys.collect::<Vec<_>>().join("\n"), @r#"
        a false false Some(Name("a"))
        "B" true true Some(Name("B"))
        f(x, y DESC) false true None
        2 true false Some(Number(2))
        c COLLATE "C" false false None
        nulls false false Some(Name("nulls"))
        t.asc false false None
        "#);
        assert_eq!(sort_keys("a, b USING >"), Err(5..12));
    }
}
