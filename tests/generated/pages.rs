//! The case `pages`: walks through random rows from page to page, forwards and backwards, show each row once and in order.

#[path = "../cases/pages/expected/mod.rs"]
mod db;

use std::fmt::Debug;

use db::models::{Kind, SeenThing};
use db::things::{self, ListThingsParams, ListThingsSort};
use db::{Counted, Cursor, Page, Paged, Session, Total, prepare_all};

use crate::on_database_of;

/// Runs a test on random things: few values, so that many are equal, and NULL where it may be.
fn on_things(test: impl AsyncFnOnce(Session)) {
    on_database_of("pages", async |client| {
        client
            .batch_execute(
                "SELECT setseed(0.42);
                 INSERT INTO authors SELECT n, 'author ' || n % 3 FROM generate_series(1, 5) n;
                 INSERT INTO things
                 SELECT n, nullif((random() * 5)::int, 0),
                     (enum_range(NULL::kind))[1 + (random() * 2)::int],
                     (ARRAY['a', 'B', 'b', 'Ä', 'é', '', 'ab'])[1 + (random() * 6)::int] || n % 9,
                     (ARRAY[NULL, '', 'x', 'X', 'ß'])[1 + (random() * 4)::int],
                     nullif((random() * 4)::int, 2),
                     (ARRAY[NULL, 'NaN', '-0', '0', '0.1', 'Infinity', '-Infinity']::float8[])[1 + (random() * 6)::int],
                     (ARRAY[NULL, 'NaN', '1', '1.00', '1e-20', '123456789012345678901234567890']::numeric[])[1 + (random() * 5)::int],
                     1 + n % 2,
                     timestamptz '2024-03-31 01:00+00' + (random() * 9)::int * interval '1 microsecond'
                        + (n % 40) * interval '1 day'
                 FROM generate_series(1, 120) n
                 ON CONFLICT DO NOTHING;
                 INSERT INTO tags SELECT id, 'tag ' || t FROM things, generate_series(1, (id % 4)::int) t;
                 ANALYZE",
            )
            .await
            .unwrap();
        test(Session::new(client)).await;
    });
}

/// The cursor as an address has it.
fn sent(cursor: Option<Cursor>) -> Option<Cursor> {
    cursor.map(|cursor| cursor.to_string().parse().unwrap())
}

/// All rows by pages of a size, and the rows that the pages back from the end show.
async fn walk<T>(size: u32, fetch: impl AsyncFn(Page) -> Paged<T>) -> (Vec<T>, Vec<T>) {
    let mut forwards = Vec::new();
    let mut page = fetch(Page::first(size)).await;
    assert_eq!(page.previous, None, "nothing is before the first page");
    loop {
        assert!(page.rows.len() <= size as usize);
        let next = sent(page.next.take());
        assert!(
            next.is_none() || page.rows.len() == size as usize,
            "only the last is short"
        );
        forwards.append(&mut page.rows);
        let Some(next) = next else { break };
        page = fetch(Page::first(size).at(next)).await;
    }
    let mut backwards: Vec<T> = Vec::new();
    let mut page = fetch(Page::last(size)).await;
    assert_eq!(page.next, None, "nothing is after the last page");
    loop {
        page.rows.append(&mut backwards);
        backwards = page.rows;
        let Some(previous) = sent(page.previous) else {
            break;
        };
        page = fetch(Page::first(size).at(previous)).await;
    }
    (forwards, backwards)
}

/// Walks with pages of several sizes; the rows must be those of the statement, in its order.
async fn check<T: Debug + PartialEq>(
    session: &Session,
    sql: &str,
    key: impl Fn(&T) -> String,
    fetch: impl AsyncFn(Page) -> Paged<T>,
) {
    let rows = session.simple_query(sql).await.unwrap();
    let expected = rows.iter().filter_map(|message| match message {
        tokio_postgres::SimpleQueryMessage::Row(row) => Some(row.get(0).unwrap_or("-").to_owned()),
        _ => None,
    });
    let expected: Vec<String> = expected.collect();
    for size in [1, 2, 7, 1000] {
        let (forwards, backwards) = walk(size, &fetch).await;
        let keys = |rows: &[T]| rows.iter().map(&key).collect::<Vec<_>>();
        assert_eq!(keys(&forwards), expected, "forwards by {size}: {sql}");
        assert_eq!(keys(&backwards), expected, "backwards by {size}: {sql}");
        let skipped = fetch(Page::first(size).skip(3)).await;
        let end = expected.len().min(3 + size as usize);
        assert_eq!(
            keys(&skipped.rows),
            expected[expected.len().min(3)..end],
            "skipped: {sql}"
        );
        if let Some(previous) = skipped.previous {
            let before = fetch(Page::first(1000).at(previous)).await;
            assert_eq!(
                keys(&before.rows),
                expected[..expected.len().min(3)],
                "before: {sql}"
            );
        }
    }
}

/// The page without its number of rows.
fn uncounted<T>(page: Counted<T>) -> Paged<T> {
    Paged {
        rows: page.rows,
        previous: page.previous,
        next: page.next,
    }
}

const EVERYTHING: ListThingsParams = ListThingsParams {
    kind: None,
    least: None,
    near: 60,
    sort: None,
};

#[test]
fn every_order_is_walked_both_ways() {
    on_things(async |session| {
        let orders = [
            (None, "seen DESC, id"),
            (Some(ListThingsSort::Name), "name COLLATE \"C\", id"),
            (
                Some(ListThingsSort::Rank),
                "rank NULLS FIRST, score DESC, id",
            ),
            (
                Some(ListThingsSort::Note),
                "note DESC NULLS LAST, rank, id DESC",
            ),
            (Some(ListThingsSort::Upper), "upper(name) DESC, id"),
            (Some(ListThingsSort::Price), "price, id"),
            (Some(ListThingsSort::Kind), "kind DESC, id"),
            (Some(ListThingsSort::Near), "abs(id - 60), id"),
        ];
        for (sort, list) in orders {
            for (kind, least, condition) in [
                (None, None, "true"),
                (Some(Kind::Big), None, "kind = 'big'"),
                (Some(Kind::Small), Some(30), "kind = 'small' AND id >= 30"),
                (None, Some(1000), "false"),
            ] {
                let params = ListThingsParams {
                    kind,
                    least,
                    sort,
                    ..EVERYTHING
                };
                let sql = format!("SELECT id FROM things WHERE {condition} ORDER BY {list}");
                check(
                    &session,
                    &sql,
                    |row: &things::ListThingsRow| row.id.to_string(),
                    async |page| {
                        uncounted(things::list_things(&session, params, page).await.unwrap())
                    },
                )
                .await;
            }
        }
    });
}

#[test]
fn every_kind_of_statement_has_pages() {
    on_things(async |session| {
        let session = &session;
        let of = |id: i64| id.to_string();
        check(
            session,
            "SELECT id FROM things ORDER BY id",
            |row: &things::ThingsByIdRow| of(row.id),
            async |page| things::things_by_id(session, page).await.unwrap(),
        )
        .await;
        check(
            session,
            "SELECT id FROM things ORDER BY seen DESC, id DESC",
            |row: &things::LatestThingsRow| of(row.id),
            async |page| things::latest_things(session, page).await.unwrap(),
        )
        .await;
        check(
            session,
            "SELECT id FROM things WHERE page = 2 ORDER BY id DESC",
            |id: &i64| of(*id),
            async |page| uncounted(things::things_of_page(session, 2, page).await.unwrap()),
        )
        .await;
        check(
            session,
            "SELECT author_id FROM things GROUP BY author_id ORDER BY count(*) DESC, author_id",
            |row: &things::CountByAuthorRow| {
                row.author_id.map_or("-".to_owned(), |id| id.to_string())
            },
            async |page| things::count_by_author(session, page).await.unwrap(),
        )
        .await;
        check(
            session,
            "SELECT kind || '/' || coalesce(rank::text, '-') FROM (SELECT DISTINCT kind, rank FROM things) t ORDER BY rank DESC, kind",
            |row: &things::KindsAndRanksRow| {
                format!("{}/{}", row.kind, row.rank.map_or("-".to_owned(), |rank| rank.to_string()))
            },
            async |page| things::kinds_and_ranks(session, page).await.unwrap(),
        )
        .await;
        check(
            session,
            "SELECT id || name FROM (SELECT id, name FROM authors UNION SELECT id, name FROM things) t ORDER BY name, id",
            |row: &things::AllNamesRow| format!("{}{}", row.id, row.name),
            async |page| things::all_names(session, page).await.unwrap(),
        )
        .await;
        check(
            session,
            "SELECT id FROM things ORDER BY rank, id",
            |row: &things::RankedThingsRow| of(row.id),
            async |page| things::ranked_things(session, page).await.unwrap(),
        )
        .await;
        check(
            session,
            "SELECT t.id FROM things t JOIN authors a ON a.id = author_id WHERE a.name <> 'author 1' ORDER BY a.name, t.id DESC",
            |row: &things::ThingsOfAuthorsRow| of(row.id),
            async |page| things::things_of_authors(session, "author 1", page).await.unwrap(),
        )
        .await;
        check(
            session,
            "SELECT id FROM seen_things ORDER BY author, id",
            |row: &SeenThing| of(row.id),
            async |page| things::seen_things(session, page).await.unwrap(),
        )
        .await;
        check(
            session,
            "SELECT id FROM things WHERE id > 5 ORDER BY name, seen",
            |row: &things::ThingsWithTagsRow| {
                let tags: Vec<&str> = row.tags.iter().map(|tag| tag.tag.as_str()).collect();
                let expected: Vec<String> = (1..=row.id % 4).map(|n| format!("tag {n}")).collect();
                assert_eq!(tags, expected);
                assert_eq!(row.author.is_some(), row.author_id.is_some());
                of(row.id)
            },
            async |page| uncounted(things::things_with_tags(session, 5, page).await.unwrap()),
        )
        .await;
    });
}

#[test]
fn rows_are_counted_beside_the_page() {
    on_things(async |session| {
        let all = session
            .query_one("SELECT count(*) FROM things", &[])
            .await
            .unwrap();
        let all = u64::try_from(all.get::<_, i64>(0)).unwrap();
        assert!(all > 50);
        let of = |kind, least| ListThingsParams {
            kind,
            least,
            ..EVERYTHING
        };
        let page = things::list_things(&session, EVERYTHING, Page::first(3))
            .await
            .unwrap();
        assert_eq!((page.rows.len(), page.total), (3, Total::MoreThan(50)));
        let page = things::list_things(&session, of(None, Some(111)), Page::last(3))
            .await
            .unwrap();
        let few = page.total;
        assert!(matches!(few, Total::Exactly(1..=10)), "{few}");
        let none = things::list_things(&session, of(None, Some(5000)), Page::first(3))
            .await
            .unwrap();
        assert_eq!((none.rows.len(), none.total), (0, Total::Exactly(0)));
        assert_eq!((none.previous, none.next), (None, None));
        let page = things::things_with_tags(&session, 0, Page::first(0))
            .await
            .unwrap();
        assert_eq!((page.rows.len(), page.total), (0, Total::Exactly(all)));
        assert_eq!(
            (page.previous, page.next),
            (None, None),
            "nothing is beside no row"
        );
        assert_eq!(page.total.to_string(), all.to_string());
    });
}

#[test]
fn rows_that_come_and_go_move_no_others() {
    on_things(async |session| {
        let mut seen = Vec::new();
        let mut page = things::things_by_id(&session, Page::first(7))
            .await
            .unwrap();
        let mut next_id = 1000_i64;
        loop {
            seen.extend(page.rows.iter().map(|row| row.id));
            let Some(next) = page.next else { break };
            // One comes behind the walk, which never sees it; one before it, which does; and the one beside the cursor goes.
            let last = *seen.last().unwrap();
            let insert = "INSERT INTO things (id, kind, name, seen) VALUES ($1, 'big', $2, now())";
            session
                .execute(insert, &[&-next_id, &format!("-{next_id}")])
                .await
                .unwrap();
            if next_id < 1005 {
                session
                    .execute(insert, &[&next_id, &format!("{next_id}")])
                    .await
                    .unwrap();
            }
            session
                .execute("DELETE FROM tags WHERE thing_id = $1", &[&last])
                .await
                .unwrap();
            session
                .execute("DELETE FROM things WHERE id = $1", &[&last])
                .await
                .unwrap();
            next_id += 1;
            page = things::things_by_id(&session, Page::first(7).at(next))
                .await
                .unwrap();
        }
        assert!(
            seen.is_sorted_by(|one, other| one < other),
            "each once, in order"
        );
        assert!(seen.ends_with(&[1000, 1001, 1002, 1003, 1004]));
        // All that was before a cursor is gone: what leads back leads to nothing, and from there to the first page.
        let page = things::things_by_id(&session, Page::first(3).skip(3))
            .await
            .unwrap();
        let (previous, first) = (page.previous.unwrap(), page.rows[0].id);
        session
            .execute("DELETE FROM tags WHERE thing_id < $1", &[&first])
            .await
            .unwrap();
        session
            .execute("DELETE FROM things WHERE id < $1", &[&first])
            .await
            .unwrap();
        let empty = things::things_by_id(&session, Page::first(3).at(previous))
            .await
            .unwrap();
        assert_eq!((empty.rows.len(), empty.previous), (0, None));
        let back = things::things_by_id(&session, Page::first(3).at(empty.next))
            .await
            .unwrap();
        assert_eq!(back.rows[0].id, first);
    });
}

#[test]
fn a_cursor_belongs_to_its_query_and_order() {
    on_things(async |session| {
        let page = things::list_things(&session, EVERYTHING, Page::first(3))
            .await
            .unwrap();
        let cursor = page.next.unwrap();
        let by_name = ListThingsParams {
            sort: Some(ListThingsSort::Name),
            ..EVERYTHING
        };
        let there = Page::first(3).at(cursor.clone());
        let error = things::list_things(&session, by_name, there.clone())
            .await
            .unwrap_err();
        assert!(error.is_wrong_cursor());
        assert_eq!(
            error.to_string(),
            "query `ListThings` has no such page: the cursor is of another query or order"
        );
        let error = things::things_by_id(&session, there).await.unwrap_err();
        assert!(error.is_wrong_cursor());
        // Other values are another list, in the same order.
        let fewer = ListThingsParams {
            kind: Some(Kind::Big),
            ..EVERYTHING
        };
        let page = things::list_things(&session, fewer, Page::first(3).at(cursor.clone()))
            .await
            .unwrap();
        assert!(page.rows.iter().all(|row| row.kind == Kind::Big));
        let text = cursor.to_string();
        assert!("".parse::<Cursor>().is_err());
        assert_eq!(
            text[1..].parse::<Cursor>().unwrap_err().to_string(),
            "this is not a cursor, or it was changed"
        );
        assert_eq!(text.parse::<Cursor>().as_ref(), Ok(&cursor));
        assert!(
            text.bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
        );
        assert!(format!("{text}A").parse::<Cursor>().is_err());
        for place in 0..text.len() {
            let (before, rest) = text.split_at(place);
            assert!(before.parse::<Cursor>().is_err(), "cut off");
            assert!(
                [before, &rest[1..]].concat().parse::<Cursor>().is_err(),
                "without a letter"
            );
            for other in ["A", "_", "é", " ", "="] {
                let changed = [before, other, &rest[1..]].concat();
                assert!(
                    rest.starts_with(other) || changed.parse::<Cursor>().is_err(),
                    "{changed}"
                );
            }
        }
        let none = Page::first(3).at(None);
        assert_eq!(none, Page::first(3));
    });
}

#[test]
fn pages_are_json() {
    on_things(async |session| {
        let page = things::things_by_id(&session, Page::first(1))
            .await
            .unwrap();
        let json = serde_json::to_value(&page).unwrap();
        assert_eq!(json["rows"][0]["id"], page.rows[0].id);
        assert!(json["previous"].is_null());
        let next: Cursor = serde_json::from_value(json["next"].clone()).unwrap();
        assert_eq!(Some(&next), page.next.as_ref());
        let mistake = serde_json::from_str::<Cursor>("\"abc\"").unwrap_err();
        assert_eq!(
            mistake.to_string(),
            "this is not a cursor, or it was changed"
        );
        let counted = things::things_with_tags(&session, 0, Page::last(0))
            .await
            .unwrap();
        let total = serde_json::to_value(counted.total).unwrap();
        assert_eq!(total["is_exact"], true);
    });
}

#[test]
fn all_texts_are_prepared_in_advance() {
    on_things(async |session| {
        prepare_all(&session).await.unwrap();
        session
            .batch_execute("ALTER TABLE things ALTER score TYPE numeric USING score::text::numeric")
            .await
            .unwrap();
        // It is no column of the result, but one that pages are sorted by.
        let error = prepare_all(&session).await.unwrap_err();
        let outdated: Vec<&str> = error.outdated_queries().collect();
        assert!(!outdated.is_empty(), "{error}");
        assert!(
            outdated.iter().all(|query| *query == "ListThings"),
            "{error}"
        );
    });
}

#[test]
fn nothing_need_be_prepared() {
    on_database_of("pages", async |client| {
        client
            .batch_execute(
                "INSERT INTO things (id, kind, name, seen) SELECT n, 'big', n, now() FROM generate_series(1, 9) n",
            )
            .await
            .unwrap();
        let by_kind = ListThingsParams {
            sort: Some(ListThingsSort::Kind),
            ..EVERYTHING
        };
        let first = things::list_things(&client, by_kind, Page::first(4))
            .await
            .unwrap();
        let second = things::list_things(&client, by_kind, Page::first(4).at(first.next))
            .await
            .unwrap();
        let ids: Vec<i64> = second.rows.iter().map(|row| row.id).collect();
        assert_eq!(ids, [5, 6, 7, 8]);
        let back = things::list_things(&client, by_kind, Page::first(4).at(second.previous))
            .await
            .unwrap();
        assert_eq!((back.rows.len(), back.previous), (4, None));
    });
}
