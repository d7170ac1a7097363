//! The case `behaviours`: what relations do, a test for each letter of `docs/relations-behaviours.md`.

#[path = "../cases/behaviours/expected/mod.rs"]
mod db;

use std::fmt::Debug;

use tokio_postgres::Client;
use tokio_postgres::types::Json;
use uuid::Uuid;

use crate::wire::counted;
use crate::{on_case, on_database_of};
use db::lists::{self, ListsParams};
use db::relations::{all_types, users, wide};
use db::{Session, Transaction, TransactionOptions, others};

/// Beyond what a JSON number or a `double` holds.
const BIG: i64 = 9_007_199_254_740_993;

async fn fill(client: &Client) {
    let sql = "
        INSERT INTO users VALUES (1, 'Ann', true, NULL), (2, 'Bob', false, 1), (3, 'Cid', true, 1), (4, 'Dee', true, 3);
        INSERT INTO groups VALUES (1, 'reds', NULL), (2, 'blues', NULL), (3, 'greens', 'none');
        INSERT INTO users_to_groups (user_id, group_id) VALUES (1, 1), (1, 2), (2, 1), (3, 2);
        INSERT INTO posts (id, content, owner_id) VALUES
            (1, 'a1', 1), (2, 'b1', 1), (3, 'a2', 1), (4, 'a3', 2), (5, 'c1', 3), (6, 'lost', NULL);
        INSERT INTO comments (id, content, creator_id, post_id) VALUES
            (1, 'x', 2, 1), (2, 'y', NULL, 1), (3, 'z', 1, 4), (4, 'w', 3, NULL);
        SELECT setval('posts_id_seq', 6);
        INSERT INTO watched VALUES (1, 1), (1, 2), (2, 1), (4, 99);
        INSERT INTO private.users VALUES (1, 'Pia'), (2, 'Quy');
        INSERT INTO private.groups VALUES (1, 'g');
        INSERT INTO private.users_to_groups VALUES (1, 1), (2, 1);
        INSERT INTO private.\"BlogPosts\" VALUES (1, 1, 'p');
        INSERT INTO artists VALUES (1, '2001-01-01', '2001-02-01', 'Abba'), (2, '2002-01-01', '2002-02-01', 'Beck');
        INSERT INTO albums VALUES
            (1, '2003-01-01', '2003-02-01', 'Waterloo', 1), (2, '2004-01-01', '2004-02-01', 'Odelay', 2),
            (3, '2005-01-01', '2005-02-01', 'Arrival', 1);
        INSERT INTO members VALUES (1, '2006-01-01', '2006-02-01', 'Agnetha'), (2, '2007-01-01', '2007-02-01', 'Bo');
        INSERT INTO artist_to_member (member_id, artist_id) VALUES (1, 1), (2, 1), (2, 2);
        INSERT INTO currencies VALUES ('EUR', 'euro');
        INSERT INTO accounts VALUES (5, 'EUR');
        INSERT INTO transfers VALUES (1, 5, NULL), (2, NULL, NULL), (3, 5, now());
        INSERT INTO secrets VALUES (1, 1, false), (2, 1, true);
        INSERT INTO secret_readers VALUES (1, 1), (2, 2);
        INSERT INTO wide (id, whole_id, c1, c152) VALUES (1, NULL, 5, 7), (2, 1, 6, 8);";
    client.batch_execute(sql).await.unwrap();
}

/// One text of each, in their order: `a b, c` for two rows with two children and one.
fn shown<T, U>(rows: &[T], children: impl Fn(&T) -> &[U], text: impl Fn(&U) -> String) -> String {
    let row = |row| {
        children(row)
            .iter()
            .map(&text)
            .collect::<Vec<_>>()
            .join(" ")
    };
    rows.iter().map(row).collect::<Vec<_>>().join(", ")
}

/// The same of what may be missing, which is `-`.
fn each<T>(rows: &[T], text: impl Fn(&T) -> Option<String>) -> String {
    let texts = rows
        .iter()
        .map(|row| text(row).unwrap_or_else(|| "-".to_owned()));
    texts.collect::<Vec<_>>().join(", ")
}

#[test]
fn a_lists() {
    on_database_of("behaviours", |client| async move {
        fill(&client).await;
        let params = ListsParams {
            without: "Bob",
            page: 3,
            start: 0,
            most: 1,
        };
        let rows = lists::lists(&client, params).await.unwrap();
        assert_eq!(each(&rows, |row| Some(row.id.to_string())), "4, 3, 1");
        assert_eq!(
            shown(&rows, |row| &row.posts, |post| post.content.clone()),
            ", c1, a2 b1 a1"
        );
        assert_eq!(
            shown(&rows, |row| &row.first, |post| post.id.to_string()),
            ", 5, 1"
        );
        assert_eq!(
            shown(&rows, |row| &row.of_a, |post| post.content.clone()),
            ", , a1 a2"
        );
        assert_eq!(
            shown(&rows, |row| &row.later, |post| post.content.clone()),
            ", c1, a2"
        );
        assert_eq!(
            shown(&rows, |row| &row.highest, |post| post.content.clone()),
            ", c1, b1 a2"
        );
        // J: other values of the same statements.
        let page = ListsParams {
            page: 2,
            start: 1,
            most: 2,
            ..params
        };
        let page = lists::lists(&client, page).await.unwrap();
        assert_eq!(
            shown(&page, |row| &row.first, |post| post.id.to_string()),
            "5, 1 2"
        );
        assert_eq!(page[0].posts, rows[1].posts);
    });
}

#[test]
fn b_columns() {
    on_database_of("behaviours", |client| async move {
        fill(&client).await;
        let rows = lists::columns(&client).await.unwrap();
        assert_eq!(
            each(&rows, |row| Some(row.lowered.clone())),
            "ann, bob, cid, dee"
        );
        assert_eq!(
            shown(&rows, |row| &row.posts, |post| post.content.clone()),
            "a1 b1 a2, a3, c1, "
        );
        assert!(rows[0].posts[0].written.timestamp() > 0);
        assert_eq!(
            shown(
                &rows,
                |row| &row.kept,
                |post| format!("{}{}", post.id, post.content)
            ),
            "1a1 2b1 3a2, 4a3, 5c1, "
        );
        assert_eq!(
            shown(&rows, |row| &row.texts, |text| text.lowered.clone()),
            "a1 b1 a2, a3, c1, "
        );
        assert_eq!(
            shown(&rows, |row| &row.to_groups, |link| link.group.name.clone()),
            "reds blues, reds, blues, "
        );

        let rows = lists::wide(&client).await.unwrap();
        assert_eq!(
            shown(
                &rows,
                |row| &row.parts,
                |part| format!("{:?}", (part.id, part.c1, part.c152))
            ),
            "(2, Some(6), Some(8)), "
        );
        assert_eq!(rows[1].whole.as_ref().unwrap().c152, Some(7));
        let parts = wide::load_parts(&client, &rows).await.unwrap();
        assert_eq!(parts[0][0].c152, Some(8));
    });
}

#[test]
fn c_first_or_none() {
    on_database_of("behaviours", |client| async move {
        fill(&client).await;
        let first = lists::first(&client, 1, "a2").await.unwrap();
        let posts: Vec<&str> = first
            .posts
            .iter()
            .map(|post| post.content.as_str())
            .collect();
        assert_eq!(
            (first.name.as_str(), first.lowered.as_str(), posts),
            ("Ann", "ann", vec!["b1", "a1"])
        );
        assert_eq!(first.invited_by_user, None);
        let second = lists::first(&client, 2, "")
            .optional()
            .await
            .unwrap()
            .unwrap();
        assert_eq!(second.invited_by_user.unwrap().name, "Ann");
        assert!(
            lists::first(&client, 99, "")
                .optional()
                .await
                .unwrap()
                .is_none()
        );
        assert!(
            lists::first(&client, 99, "")
                .await
                .unwrap_err()
                .is_not_found()
        );
    });
}

#[test]
fn d_to_one() {
    on_database_of("behaviours", |client| async move {
        fill(&client).await;
        let rows = lists::invited(&client).await.unwrap();
        assert_eq!(
            each(&rows, |row| Some(
                row.invited_by_user.as_ref()?.name.clone()
            )),
            "-, Ann, Ann, Cid"
        );
        let twice = |row: &lists::InvitedRow| {
            Some(
                row.invited_by_user
                    .as_ref()?
                    .invited_by_user
                    .as_ref()?
                    .name
                    .clone(),
            )
        };
        assert_eq!(each(&rows, twice), "-, -, -, Ann");
        assert_eq!(
            each(&rows, |row| Some(row.verified_one.as_ref()?.name.clone())),
            "-, Ann, Ann, Cid"
        );
        assert_eq!(
            shown(&rows, |row| &row.invited_by_users, |user| user.name.clone()),
            "Cid Bob, , Dee, "
        );
        assert_eq!(
            shown(&rows, |row| &row.posts, |post| post.content.clone()),
            "a1 a2, a3, , "
        );
        assert_eq!(
            shown(&rows, |row| &row.a_group, |group| group.name.clone()),
            "reds, reds, blues, "
        );

        // One that must be there is no `Option`, unless it is filtered.
        let rows = lists::albums(&client).await.unwrap();
        assert_eq!(
            each(&rows, |row| Some(row.artist.name.clone())),
            "Abba, Beck, Abba"
        );
        assert_eq!(
            each(&rows, |row| Some(row.maybe.as_ref()?.name.clone())),
            "Abba, -, Abba"
        );
    });
}

#[test]
fn e_depth() {
    on_database_of("behaviours", |client| async move {
        fill(&client).await;
        let rows = lists::discussed(&client).await.unwrap();
        assert_eq!(each(&rows, |row| Some(row.name.clone())), "Ann, Bob");
        let ann = &rows[0].posts;
        assert_eq!(
            shown(
                ann,
                |post| &post.comments,
                |comment| comment.content.clone()
            ),
            "x y, , "
        );
        let comments = &ann[0].comments;
        assert_eq!(
            each(comments, |comment| Some(
                comment.creator.as_ref()?.name.clone()
            )),
            "Bob, -"
        );
        assert_eq!(comments[0].post.owner.as_ref().unwrap().posts_count, 3);

        let rows = lists::artists(&client).await.unwrap();
        assert_eq!(
            shown(
                &rows,
                |row| &row.albums,
                |album| format!("{}/{}", album.name, album.created_at)
            ),
            "Waterloo/2003-01-01 Arrival/2005-01-01, Odelay/2004-01-01"
        );
        assert_eq!(
            shown(
                &rows,
                |row| &row.members,
                |member| format!("{}/{}", member.name, member.updated_at)
            ),
            "Agnetha/2006-02-01 Bo/2007-02-01, Bo/2007-02-01"
        );
        assert_eq!(rows[0].created_at.to_string(), "2001-01-01");
    });
}

#[test]
fn e_five_levels() {
    on_database_of("behaviours", |client| async move {
        let id = Uuid::from_u128;
        let sql = format!(
            "INSERT INTO menu_items VALUES ('{}', 'soup'), ('{}', 'tea');
             INSERT INTO modifier_groups VALUES ('{}', 'size'), ('{}', 'extra');
             INSERT INTO ingredients VALUES ('{}', 'salt'), ('{}', 'milk');
             INSERT INTO modifiers VALUES ('{}', '{}', 1), ('{}', '{}', 2), ('{}', NULL, 3);
             INSERT INTO menu_item_modifier_groups VALUES ('{}', '{}', 2), ('{}', '{}', 1), ('{}', '{}', 1);
             INSERT INTO modifier_group_modifiers VALUES ('{}', '{}', 2), ('{}', '{}', 1), ('{}', '{}', 1);",
            id(1), id(2), id(11), id(12), id(21), id(22),
            id(31), id(21), id(32), id(22), id(33),
            id(1), id(12), id(1), id(11), id(2), id(11),
            id(11), id(31), id(11), id(32), id(12), id(33),
        );
        client.batch_execute(&sql).await.unwrap();
        let rows = lists::menu(&client).await.unwrap();
        let group = |link: &lists::MenuMenuItemModifierGroup| {
            let modifiers = link
                .modifier_group
                .modifier_group_modifiers
                .iter()
                .map(|link| {
                    let ingredient = link
                        .modifier
                        .ingredient
                        .as_ref()
                        .map_or("-", |found| found.name.as_str());
                    format!("{}{ingredient}", link.modifier.price)
                });
            format!(
                "{}:{}",
                link.modifier_group.name,
                modifiers.collect::<Vec<_>>().join("+")
            )
        };
        assert_eq!(
            shown(&rows, |row| &row.menu_item_modifier_groups, group),
            "size:2milk+1salt extra:3-, size:2milk+1salt"
        );
    });
}

#[test]
fn e_long_names() {
    on_database_of("behaviours", |client| async move {
        let sql = "INSERT INTO a_table_whose_name_is_as_long_as_postgres_allows_names_to_be_ok VALUES (1, 'one');
                   INSERT INTO another_table_whose_name_is_as_long_as_postgres_allows_it_to_be VALUES (10, 1), (11, 1)";
        client.batch_execute(sql).await.unwrap();
        let rows = lists::long_names(&client).await.unwrap();
        let way = &rows[1].the_column_of_a_key_that_is_as_long_as_postgres_allows_it_to;
        let back = &way.another_table_whose_name_is_as_long_as_postgres_allows_it_to_be;
        assert_eq!((way.label.as_str(), back.len()), ("one", 2));
        assert_eq!(
            back[1]
                .the_column_of_a_key_that_is_as_long_as_postgres_allows_it_to
                .label,
            "one"
        );
    });
}

#[test]
fn f_many_to_many() {
    on_database_of("behaviours", |client| async move {
        fill(&client).await;
        let rows = others::user_groups(&client, 1, 1).await.unwrap();
        let users = |group: &others::UserGroupsGroup| {
            let users = group
                .users
                .iter()
                .map(|user| format!("{}{}", user.name, user.posts_count));
            format!("{}({})", group.name, users.collect::<String>())
        };
        assert_eq!(
            shown(&rows, |row| &row.groups, users),
            "reds(Bob1) blues(Cid1), reds(Bob1), blues(Cid1), "
        );
        assert_eq!(
            shown(&rows, |row| &row.some, |group| group.name.clone()),
            "reds, reds, blues, "
        );
        assert_eq!(
            shown(
                &rows,
                |row| &row.junction,
                |link| format!("{}{}", link.group_id, link.group.name)
            ),
            "2blues, , 2blues, "
        );
        assert_eq!(
            each(&rows, |row| Some(row.groups_count.to_string())),
            "2, 1, 1, 0"
        );
        assert_eq!(
            shown(
                &rows,
                |row| &row.watched_sizes,
                |size| size.users.to_string()
            ),
            "2 2, 2, , "
        );
        let rows = others::user_groups(&client, 2, 1).await.unwrap();
        assert_eq!(
            shown(&rows, |row| &row.some, |group| group.name.clone()),
            "blues, , blues, "
        );

        let rows = others::group_users(&client).await.unwrap();
        let links =
            |user: &others::GroupUsersUser| format!("{}{}", user.name, user.to_groups.len());
        assert_eq!(
            shown(&rows, |row| &row.users, links),
            ", Cid0 Ann1, Bob1 Ann1"
        );
        assert_eq!(
            each(&rows, |row| Some(row.size.as_ref()?.users.to_string())),
            "-, 2, 2"
        );
    });
}

#[test]
fn h_parents_by_what_they_have() {
    on_database_of("behaviours", |client| async move {
        fill(&client).await;
        let rows = others::filtered(&client, "Bob", "a1").await.unwrap();
        assert_eq!(
            each(&rows, |row| Some(format!(
                "{}:{}/{}",
                row.id, row.others, row.everybody
            ))),
            "1:2/4, 4:0/4"
        );
        assert_eq!(
            shown(&rows, |row| &row.posts, |post| post.content.clone()),
            "a1 b1 a2, "
        );
        let rows = others::filtered(&client, "Bob", "").await.unwrap();
        assert_eq!(
            shown(&rows, |row| &row.posts, |post| post.content.clone()),
            "b1 a2, "
        );
        let rows = others::filtered(&client, "nobody", "").await.unwrap();
        assert_eq!(
            shown(&rows, |row| &row.posts, |post| post.content.clone()),
            "a1 b1 a2, "
        );
    });
}

#[test]
fn i_views() {
    on_database_of("behaviours", |client| async move {
        fill(&client).await;
        let rows = others::view_rows(&client).await.unwrap();
        let found = each(&rows, |row| {
            Some(format!(
                "{}{}",
                row.id,
                row.content.as_deref().unwrap_or("-")
            ))
        });
        assert_eq!(found, "1a1, 1b1, 1a2, 2a3, 3c1, 4-");
        assert_eq!(
            shown(&rows, |row| &row.remarks, |remark| remark.content.clone()),
            "x y, , , z, , "
        );
        assert!(rows.iter().all(|row| row.counts == 4));
    });
}

#[test]
fn k_transactions() {
    on_database_of("behaviours", |client| async move {
        fill(&client).await;
        let mut session = Session::new(client);
        let params = ListsParams {
            without: "",
            page: 1,
            start: 0,
            most: 1,
        };
        let transaction = Transaction::begin(&mut session, &TransactionOptions::new());
        let added = others::add_post(&transaction, Some(4), "new")
            .await
            .unwrap();
        let owner = added.owner.unwrap();
        assert_eq!((owner.name.as_str(), owner.posts_count), ("Dee", 1));
        let rows = lists::lists(&transaction, params).await.unwrap();
        assert_eq!(
            shown(&rows, |row| &row.posts, |post| post.content.clone()),
            "new"
        );
        assert_eq!(
            lists::first(&transaction, 4, "").await.unwrap().posts.len(),
            1
        );
        assert_eq!(users::count_posts(&transaction, [4]).await.unwrap(), [1]);
        transaction.rollback().await.unwrap();
        let rows = lists::lists(&session, params).await.unwrap();
        assert_eq!(
            shown(&rows, |row| &row.posts, |post| post.content.clone()),
            ""
        );
    });
}

/// A value of each type of the table `all_types`.
const VALUES: [(&str, &str); 31] = [
    ("smallint", "-7::int2"),
    ("integer", "8::int4"),
    ("bigint", "9007199254740993::int8"),
    ("real", "1.5::float4"),
    ("double_precision", "0.1::float8"),
    ("numeric", "12345678901234.5600::numeric"),
    ("text", "'Ünï\"\\'::text"),
    ("varchar", "'v'::varchar(20)"),
    ("char", "'ab'::char(6)"),
    ("bool", "true"),
    ("bytea", "'\\x00ff'::bytea"),
    ("date", "'2024-02-29'::date"),
    ("time", "'23:59:59.999999'::time"),
    ("timetz", "'12:00+02'::timetz"),
    ("timestamp", "'2024-02-29 01:02:03.000004'::timestamp"),
    (
        "timestamptz",
        "'2024-02-29 01:02:03.000004+05'::timestamptz",
    ),
    ("interval", "'1 year 2 days 3.5 seconds'::interval"),
    ("uuid", "'00000000-0000-0000-0000-000000000001'::uuid"),
    ("json", "'{\"a\": [1, null]}'::json"),
    ("jsonb", "'{\"b\": 1.50}'::jsonb"),
    ("inet", "'10.0.0.1/8'::inet"),
    ("cidr", "'10.0.0.0/8'::cidr"),
    ("macaddr", "'08:00:2b:01:02:03'::macaddr"),
    ("point", "'(1,2)'::point"),
    ("line", "'{1,2,3}'::line"),
    ("bits", "B'101'::bit varying(9)"),
    ("money", "12.34::numeric::money"),
    ("int_range", "'[1,5)'::int4range"),
    ("mood", "'happy'::mood"),
    ("price", "1.50::price"),
    ("place", "ROW('Via, \"x\"', 5)::place"),
];

#[test]
fn l_types() {
    on_database_of("behaviours", |client| async move {
        let columns: Vec<String> = VALUES
            .iter()
            .map(|(name, _)| format!("{name}_value, {name}_list"))
            .collect();
        let values: Vec<String> = VALUES
            .iter()
            .map(|(_, value)| format!("{value}, ARRAY[{value}, NULL]"))
            .collect();
        for (id, next) in [
            (BIG, "NULL".to_owned()),
            (BIG + 1, BIG.to_string()),
            (BIG + 2, (BIG + 1).to_string()),
        ] {
            let sql = format!(
                "INSERT INTO all_types (id, next_id, settings, matrix, {}) VALUES ({id}, {next}, '[1, 2]', '{{{{1,2}},{{3,NULL}}}}', {})",
                columns.join(", "),
                values.join(", ")
            );
            client.batch_execute(&sql).await.unwrap();
        }
        let rows = others::types(&client).await.unwrap();
        let top = of_types(&rows[0]);
        assert!(!top.contains("_value: None"), "{top}");
        let (next, after) = (
            rows[2].next.as_ref().unwrap(),
            rows[2].next.as_ref().unwrap().next.as_ref().unwrap(),
        );
        assert_eq!((next.id, after.id, after.next_id), (BIG + 1, BIG, None));
        assert_eq!(of_types(next), top, "one level down");
        assert_eq!(of_types(after), top, "two levels down");
        assert_eq!(of_types(&rows[0].next_all_types[0]), top, "in a list");
        assert_eq!(rows[2].next_all_types.len(), 0);
        assert_eq!(after.settings, Some(Json(vec![1, 2])));
        assert_eq!(
            after.numeric_value.unwrap().to_string(),
            "12345678901234.5600"
        );
        assert_eq!(after.bigint_list, Some(vec![Some(BIG), None]));
        let loaded = all_types::load_next(&client, &rows).await.unwrap();
        assert_eq!(loaded[2].as_ref().map(|row| row.id), Some(BIG + 1));
        assert_eq!(of_types(loaded[2].as_ref().unwrap()), top, "by a loader");
    });
}

/// The values of a row of `all_types` without its keys, as they are printed.
fn of_types(row: &impl Debug) -> String {
    let text = format!("{row:?}");
    let start = text.find("settings: ").unwrap();
    let end = text
        .find(", next: ")
        .or_else(|| text.find(", next_all_types: "));
    let text = &text[start..end.filter(|end| *end > start).unwrap_or(text.len())];
    text.trim_end_matches(" }").to_owned()
}

#[test]
fn o_names() {
    on_database_of("behaviours", |client| async move {
        fill(&client).await;
        let rows = others::private_users(&client).await.unwrap();
        assert_eq!(each(&rows, |row| Some(row.full_name.clone())), "Pia, Quy");
        let users = |group: &others::PrivateUsersGroup| {
            group
                .users
                .iter()
                .map(|user| user.full_name.clone())
                .collect::<String>()
        };
        assert_eq!(shown(&rows, |row| &row.groups, users), "PiaQuy, PiaQuy");
        assert_eq!(
            shown(
                &rows,
                |row| &row.blog_posts,
                |post| format!("{} by {}", post.content, post.owner.full_name)
            ),
            "p by Pia, "
        );
    });
}

#[test]
fn x_rows_that_repeat_and_ways_that_come_back() {
    on_case("behaviours", async |database| {
        let (client, counts) = counted(database.config()).await;
        fill(&client).await;
        let session = Session::new(client);
        others::twice(&session).await.unwrap();
        counts.take();
        let rows = others::twice(&session).await.unwrap();
        assert_eq!(counts.take(), (3, 2), "statements and round trips");
        assert_eq!(
            shown(&rows, |row| &row.posts, |post| post.id.to_string()),
            "1 2 3, 1 2 3, 4, 4, 5, 5, , "
        );
        assert_eq!(
            each(&rows, |row| Some(
                row.invited_by_user.as_ref()?.name.clone()
            )),
            "-, -, Ann, Ann, Ann, Ann, Cid, Cid"
        );

        let cycle = others::cycle(&session, 1).await.unwrap();
        let posts = &cycle.posts[2].owner.posts;
        assert_eq!((posts.len(), posts[0].owner.name.as_str()), (3, "Ann"));
    });
}

#[test]
fn x_ten_thousand_parents_and_a_page_of_them() {
    on_case("behaviours", async |database| {
        let (client, counts) = counted(database.config()).await;
        let sql = "INSERT INTO users SELECT i, 'u' || i, false, nullif(i / 2, 0) FROM generate_series(1, 10000) i;
                   INSERT INTO posts (content, owner_id) SELECT 'p' || i, i % 10000 + 1 FROM generate_series(1, 15000) i;
                   ANALYZE";
        client.batch_execute(sql).await.unwrap();
        let session = Session::new(client);
        others::everybody(&session).await.unwrap();
        counts.take();
        let rows = others::everybody(&session).await.unwrap();
        assert_eq!(counts.take(), (3, 2), "statements and round trips");
        assert_eq!(rows.len(), 10_000);
        assert_eq!(rows.iter().map(|row| row.posts_count).sum::<i64>(), 15_000);
        assert!(
            rows.iter()
                .all(|row| row.invited_by == row.invited_by_user.as_ref().map(|user| user.id))
        );
        let params = ListsParams {
            without: "",
            page: 2,
            start: 9_000,
            most: 1,
        };
        let page = lists::lists(&session, params).await.unwrap();
        assert_eq!(each(&page, |row| Some(row.id.to_string())), "1000, 999");
        assert_eq!(
            shown(&page, |row| &row.posts, |post| post.content.clone()),
            "p10999 p999, p10998 p998"
        );
    });
}

#[test]
fn x_keys_of_other_types_and_rows_that_are_gone_or_hidden() {
    on_database_of("behaviours", |client| async move {
        fill(&client).await;
        let rows = others::transfers(&client).await.unwrap();
        assert_eq!(
            each(&rows, |row| Some(
                row.account.as_ref()?.currency_currency.name.clone()
            )),
            "euro, -"
        );
        let rows = others::accounts(&client).await.unwrap();
        assert_eq!(
            shown(
                &rows,
                |row| &row.transfers,
                |transfer| transfer.id.to_string()
            ),
            "1"
        );

        let sql = "CREATE ROLE rowsmith_behaviours; GRANT SELECT ON ALL TABLES IN SCHEMA public TO rowsmith_behaviours;
                   SET ROLE rowsmith_behaviours";
        client.batch_execute(sql).await.unwrap();
        let hidden = (
            others::readers(&client).await,
            others::kept_secrets(&client).await,
        );
        let sql = "RESET ROLE; DROP OWNED BY rowsmith_behaviours; DROP ROLE rowsmith_behaviours";
        client.batch_execute(sql).await.unwrap();
        assert_eq!(
            each(&hidden.0.unwrap(), |row| Some(
                row.secret.as_ref()?.hidden.to_string()
            )),
            "false, -"
        );
        let rows = hidden.1.unwrap();
        assert_eq!(
            shown(&rows, |row| &row.secrets, |secret| secret.id.to_string()),
            "1, , , "
        );
        assert_eq!(rows[0].secrets_count, 1);

        // What must be there, and was deleted after the rows were read.
        let sql = "SET session_replication_role = replica; DELETE FROM artists WHERE id = 2";
        client.batch_execute(sql).await.unwrap();
        let error = lists::albums(&client).await.unwrap_err();
        assert!(error.is_not_found());
        assert_eq!(error.query(), "Albums.artist");
    });
}
