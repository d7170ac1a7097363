//! The case `dynamic`: each text that calls make of a query gives what a plain query gives.

#[path = "../cases/dynamic/expected/mod.rs"]
mod db;

use chrono::{DateTime, TimeDelta, Utc};
use db::models::ShopStatus;
use db::orders::{
    self, EverythingNamedParams, EverythingNamedSort, FindNearParams, FindNearSort,
    FindOrdersParams, FindOrdersSort, HostileSort, ListOrdersParams, ListOrdersSort,
    NewestOrderSort, OrdersOfCustomerParams, OrdersOfCustomerSort, SameOrderSort, SetNoteParams,
    TakenStatusesSort,
};
use db::summaries::{self, CustomerPage, FullOrder, OrderSummary};
use db::{Client, Session, prepare_all, totals};
use std::pin::pin;
use tokio_postgres::types::ToSql;

use crate::on_database_of;

fn start() -> DateTime<Utc> {
    DateTime::from_timestamp(1_700_000_000, 0).unwrap()
}

/// Runs a test on 60 orders of three customers.
fn on_the_shop(test: impl AsyncFnOnce(Session)) {
    on_database_of("dynamic", async |client| {
        client
            .batch_execute(
                "INSERT INTO customers VALUES (1, 'Ada', 'ada@x'), (2, 'Bob', NULL), (3, 'Cy', 'cy@x');
                 INSERT INTO orders
                 SELECT n, n % 3 + 1, (ENUM_RANGE(NULL::shop.status))[n % 4 % 3 + 1], n * 37 % 100,
                     CASE n % 5 WHEN 0 THEN NULL WHEN 1 THEN 'Ada' ELSE 'note ' || n % 7 END,
                     to_timestamp(1700000000) + n * 7 % 60 * interval '1 hour'
                 FROM generate_series(1, 60) n;
                 INSERT INTO items SELECT n, n % 60 + 1, CASE n % 2 WHEN 0 THEN 'a' ELSE 'b' END, n % 4
                 FROM generate_series(1, 200) n;
                 ANALYZE",
            )
            .await
            .unwrap();
        test(Session::new(client)).await;
    });
}

/// The first column of what a statement gives.
async fn naive(session: &Session, sql: &str, values: &[&(dyn ToSql + Sync)]) -> Vec<i64> {
    let rows = session.query(sql, values).await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

async fn prepared(session: &Session) -> i64 {
    let sql = "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%orders%'";
    let rows = session.query_typed(sql, &[]).await.unwrap();
    rows[0].get(0)
}

#[test]
fn every_text_gives_what_a_plain_query_gives() {
    on_the_shop(async |session| {
        for choice in 0_u8..12 {
            let (status, after) = (choice & 1 != 0, choice & 2 != 0);
            let sort = [
                None,
                Some(ListOrdersSort::Newest),
                Some(ListOrdersSort::Largest),
            ][usize::from(choice / 4)];
            let params = ListOrdersParams {
                customer_id: 1,
                status: status.then_some(ShopStatus::Paid),
                placed_after: after.then(|| start() + TimeDelta::hours(20)),
                max_rows: 7,
                sort,
            };
            let order = match sort {
                None => "id",
                Some(ListOrdersSort::Newest) => "placed_at DESC, id",
                Some(ListOrdersSort::Largest) => "total_cents DESC, id",
            };
            let sql = format!(
                "SELECT id FROM orders WHERE customer_id = 1 AND ($1::text IS NULL OR status::text = $1)
                 AND ($2::timestamptz IS NULL OR placed_at >= $2) ORDER BY {order} LIMIT 7"
            );
            let label = params.status.map(ShopStatus::as_str);
            let expected = naive(&session, &sql, &[&label, &params.placed_after]).await;
            assert!(!expected.is_empty());
            // The second time it is prepared.
            for _ in 0..2 {
                let found = orders::list_orders(&session, params).await.unwrap();
                let found: Vec<i64> = found.iter().map(|order| order.id).collect();
                assert_eq!(found, expected, "{params:?}");
            }
            // Nothing is prepared on a plain client.
            let plain: &tokio_postgres::Client = &session;
            let found = orders::list_orders(plain, params).await.unwrap();
            let found: Vec<i64> = found.iter().map(|order| order.id).collect();
            assert_eq!(found, expected, "{params:?}");
        }
    });
}

#[test]
fn all_combinations_of_seven_values() {
    on_the_shop(async |session| {
        let statuses = [ShopStatus::Open, ShopStatus::Sent];
        for choice in 0_u32..128 {
            let has = |bit: u32| choice >> bit & 1 == 1;
            let params = FindOrdersParams {
                word: has(0).then_some("Ada"),
                kind: has(1).then_some("a"),
                low: has(2).then_some(20),
                high: has(3).then_some(80),
                email: has(4).then_some("ada@x"),
                statuses: has(5).then_some(&statuses[..]),
                min_items: has(6).then_some(3),
                sort: has(0).then_some(FindOrdersSort::ByCustomer),
            };
            let sql = "SELECT o.id, count(i.id) FILTER (WHERE i.quantity > 0 AND ($1::text IS NULL OR i.kind = $1))
                FROM orders o JOIN customers c ON c.id = o.customer_id AND ($2::text IS NULL OR c.email = $2)
                LEFT JOIN items i ON i.order_id = o.id
                WHERE ($3::text IS NULL OR o.note ILIKE '%' || $3 || '%' OR c.name = $3)
                AND ($4::bigint IS NULL OR $5::bigint IS NULL OR o.total_cents BETWEEN $4 AND $5)
                AND ($6::text[] IS NULL OR o.status::text = ANY ($6)) GROUP BY o.id
                HAVING $7::bigint IS NULL OR count(i.id) >= $7";
            let labels: Option<Vec<&str>> = params
                .statuses
                .map(|statuses| statuses.iter().map(|status| status.as_str()).collect());
            let rows = session
                .query(
                    sql,
                    &[
                        &params.kind,
                        &params.email,
                        &params.word,
                        &params.low,
                        &params.high,
                        &labels,
                        &params.min_items,
                    ],
                )
                .await
                .unwrap();
            let mut expected: Vec<(i64, i64)> =
                rows.iter().map(|row| (row.get(0), row.get(1))).collect();
            expected.sort_unstable();
            let found = orders::find_orders(&session, params).await.unwrap();
            let mut found: Vec<(i64, i64)> = found.iter().map(|row| (row.id, row.items)).collect();
            found.sort_unstable();
            assert_eq!(found, expected, "{params:?}");
        }
    });
}

#[test]
fn orders_are_chosen_by_name() {
    on_the_shop(async |session| {
        for (sort, order) in [
            (None, "id"),
            (Some("nearest"), "abs(total_cents - 50), id"),
            (Some("note"), "note NULLS FIRST, id DESC"),
        ] {
            let sort: Option<FindNearSort> = sort.map(|key| key.parse().unwrap());
            let params = FindNearParams {
                note: None,
                near: 50,
                sort,
            };
            let sql = format!("SELECT id FROM orders WHERE total_cents <> 50 ORDER BY {order}");
            let expected = naive(&session, &sql, &[]).await;
            let found = orders::find_near(&session, params).await.unwrap();
            let mut found: Vec<i64> = found.iter().map(|order| order.id).collect();
            if sort.is_none() {
                found.sort_unstable();
            }
            assert_eq!(found, expected, "{sort:?}");
        }
        for sort in HostileSort::ALL {
            assert_eq!(sort.as_str().parse(), Ok(*sort));
            for note in [None, Some("Ada")] {
                let found = orders::hostile(&session, note, Some(*sort)).await.unwrap();
                assert_eq!(found.len(), if note.is_some() { 12 } else { 60 });
            }
        }
        let unknown = "nearest; DROP".parse::<FindNearSort>().unwrap_err();
        assert_eq!(
            unknown.to_string(),
            "`FindNear` has no order `nearest; DROP`"
        );
        assert_eq!(FindOrdersSort::ByCustomer.to_string(), "by-customer");
        assert_eq!(
            FindNearSort::ALL,
            [FindNearSort::Nearest, FindNearSort::Note]
        );

        let newest = async |customer, sort| {
            let order = orders::newest_order(&session, customer, sort).optional();
            order.await.unwrap().map(|order| order.id)
        };
        let expected = "SELECT id FROM orders ORDER BY placed_at DESC, id LIMIT 1";
        assert_eq!(
            newest(None, None).await,
            Some(naive(&session, expected, &[]).await[0])
        );
        let expected = "SELECT id FROM orders WHERE customer_id = 2 ORDER BY placed_at, id LIMIT 1";
        let expected = naive(&session, expected, &[]).await[0];
        assert_eq!(
            newest(Some(2), Some(NewestOrderSort::Oldest)).await,
            Some(expected)
        );
        assert_eq!(newest(Some(9), None).await, None);
    });
}

#[test]
fn what_is_left_out_costs_nothing() {
    on_the_shop(async |session| {
        session
            .batch_execute("SET enable_seqscan = off; SET plan_cache_mode = force_generic_plan")
            .await
            .unwrap();
        let params = ListOrdersParams {
            customer_id: 1,
            status: None,
            placed_after: None,
            max_rows: 1,
            sort: Some(ListOrdersSort::Newest),
        };
        orders::list_orders(&session, params).await.unwrap();
        let name = "SELECT name FROM pg_prepared_statements WHERE statement LIKE '%FROM orders%'";
        let rows = session.query_typed(name, &[]).await.unwrap();
        assert_eq!(rows.len(), 1);
        let name: String = rows[0].get(0);
        let plan = format!("EXPLAIN EXECUTE \"{name}\" (1, NULL, NULL, 1)");
        let plan = session.simple_query(&plan).await.unwrap();
        let plan: Vec<&str> = plan
            .iter()
            .filter_map(|message| match message {
                tokio_postgres::SimpleQueryMessage::Row(row) => row.get(0),
                _ => None,
            })
            .collect();
        let plan = plan.join("\n");
        assert!(plan.contains("Index Cond: (customer_id = $1)"), "{plan}");
        assert!(!plan.contains("Filter") && !plan.contains("true"), "{plan}");
    });
}

#[test]
fn each_text_is_prepared_once() {
    on_the_shop(async |session| {
        let all = ListOrdersParams {
            customer_id: 1,
            status: Some(ShopStatus::Open),
            placed_after: Some(start()),
            max_rows: 5,
            sort: None,
        };
        let without = ListOrdersParams {
            status: None,
            ..all
        };
        for _ in 0..3 {
            orders::list_orders(&session, all).await.unwrap();
            orders::list_orders(&session, without).await.unwrap();
        }
        assert_eq!(prepared(&session).await, 2);
        // An order with the text of the one as written is no other text.
        for sort in [None, Some(SameOrderSort::MinusId), Some(SameOrderSort::Id)] {
            orders::same_order(&session, sort).await.unwrap();
        }
        assert_eq!(prepared(&session).await, 4);
        // Of a condition with two values one is as good as none.
        let before = prepared(&session).await;
        let find = FindOrdersParams {
            word: None,
            kind: None,
            low: None,
            high: None,
            email: None,
            statuses: None,
            min_items: None,
            sort: None,
        };
        let low = FindOrdersParams {
            low: Some(1),
            ..find
        };
        let both = orders::find_orders(&session, find).await.unwrap().len();
        assert_eq!(
            orders::find_orders(&session, low).await.unwrap().len(),
            both
        );
        assert_eq!(prepared(&session).await, before + 1);

        // All texts that were checked.
        prepare_all(&session).await.unwrap();
        let before = prepared(&session).await;
        for sort in [
            None,
            Some(ListOrdersSort::Newest),
            Some(ListOrdersSort::Largest),
        ] {
            orders::list_orders(&session, ListOrdersParams { sort, ..all })
                .await
                .unwrap();
        }
        for status in [None, all.status] {
            for placed_after in [None, all.placed_after] {
                let params = ListOrdersParams {
                    status,
                    placed_after,
                    ..all
                };
                orders::list_orders(&session, params).await.unwrap();
            }
        }
        assert_eq!(prepared(&session).await, before);

        // One whose statement was lost is prepared again, the others are not.
        session
            .batch_execute("ALTER TABLE orders ALTER total_cents TYPE bigint")
            .await
            .unwrap();
        session.batch_execute("DEALLOCATE ALL").await.unwrap();
        let found = orders::list_orders(&session, without).await.unwrap();
        assert_eq!(found.len(), 5);
        assert_eq!(prepared(&session).await, 1);
    });
}

#[test]
fn statements_that_write_leave_out_conditions() {
    on_the_shop(async |session| {
        let set = async |client: &dyn Client, status, query| {
            let params = SetNoteParams {
                note: Some("new"),
                customer_id: 1,
                status,
                query,
            };
            orders::set_note(client, params).await.unwrap()
        };
        let count = "SELECT count(*) FROM orders WHERE customer_id = 1 AND status = 'open' AND note = 'Ada'";
        let expected = naive(&session, count, &[]).await[0];
        let some = set(&session, Some(ShopStatus::Open), Some("Ada")).await;
        assert_eq!(some, u64::try_from(expected).unwrap());
        assert_eq!(set(&session, None, None).await, 20);
        let left = "SELECT count(*) FROM items";
        orders::drop_items(&session, Some("a")).await.unwrap();
        assert_eq!(naive(&session, left, &[]).await, [100]);
        orders::drop_items(&session, None).await.unwrap();
        assert_eq!(naive(&session, left, &[]).await, [0]);
    });
}

#[test]
fn rows_come_with_their_relations() {
    on_the_shop(async |session| {
        for kind in [None, Some("a"), Some("none")] {
            let params = OrdersOfCustomerParams {
                customer_id: 2,
                kind,
                sort: Some(OrdersOfCustomerSort::MinusLargest),
            };
            let sql = "SELECT id FROM orders o WHERE customer_id = 2 AND ($1::text IS NULL OR EXISTS (
                SELECT 1 FROM items i WHERE i.order_id = o.id AND i.kind = $1)) ORDER BY total_cents DESC, id";
            let expected = naive(&session, sql, &[&kind]).await;
            let found = orders::orders_of_customer(&session, params).await.unwrap();
            assert!(found.iter().all(|order| order.customer.name == "Bob"));
            assert!(found.iter().all(|order| !order.items.is_empty()));
            let found: Vec<i64> = found.iter().map(|order| order.id).collect();
            assert_eq!(found, expected, "{kind:?}");
        }
        let order = orders::order_of_status(&session, 4, None).await.unwrap();
        assert_eq!(order.items.len(), 4);
        let status = Some(ShopStatus::Sent);
        let missing = orders::order_of_status(&session, 4, status).optional();
        assert_eq!(missing.await.unwrap(), None);
    });
}

#[test]
fn rows_have_the_names_that_queries_give_them() {
    on_the_shop(async |session| {
        let of_customer = summaries::summaries_of_customer(&session, 2, None);
        let mut found: Vec<OrderSummary> = of_customer.await.unwrap();
        found.push(summaries::longest_note(&session).await.unwrap());
        found.extend(totals::orders_above(&session, 95, None).await.unwrap());
        assert!(found.len() > 22);
        let page: CustomerPage = summaries::customer_page(&session, 2).await.unwrap();
        assert_eq!((page.name.as_str(), page.orders.len()), ("Bob", 2));
        let order: FullOrder = summaries::whole_order(&session, 7).await.unwrap();
        assert_eq!(order.total_cents, 59);
    });
}

#[test]
fn conditions_and_orders_stand_anywhere() {
    on_the_shop(async |session| {
        for (name, sort) in [
            (None, None),
            (Some("Ada"), None),
            (Some("Ada"), Some(EverythingNamedSort::Id)),
        ] {
            let order = if sort.is_some() { "1" } else { "2, 1" };
            let sql = format!(
                "SELECT id, name FROM customers WHERE $1::text IS NULL OR name = $1
                 UNION SELECT id, note FROM orders WHERE $1 IS NULL OR note = $1 ORDER BY {order} OFFSET 2"
            );
            let expected = naive(&session, &sql, &[&name]).await;
            let found = orders::everything_named(
                &session,
                EverythingNamedParams {
                    name,
                    skipped: 2,
                    sort,
                },
            );
            let found = found.await.unwrap();
            let found: Vec<i64> = found.into_iter().map(|row| row.id).collect();
            assert_eq!(found, expected, "{name:?}");
        }
        let latest = orders::taken_statuses(&session, Some(3), Some(TakenStatusesSort::Latest));
        let mut stream = pin!(latest.stream());
        let mut statuses = Vec::new();
        while let Some(row) =
            std::future::poll_fn(|cx| futures_core::Stream::poll_next(stream.as_mut(), cx)).await
        {
            statuses.push(row.unwrap().status);
        }
        assert_eq!(
            statuses,
            [ShopStatus::Open, ShopStatus::Paid, ShopStatus::Sent]
        );
    });
}

#[test]
fn rows_that_may_be_missing_show_parameters_that_may_be_null() {
    on_the_shop(async |session| {
        for (kind, ceiling, rows) in [
            (None, None, 4),
            (None, Some(9), 4),
            (Some("b"), None, 4),
            (Some("a"), None, 1),
        ] {
            let params = totals::OrdersWithItemParams {
                ceiling,
                kind,
                id: 2,
            };
            let found = totals::orders_with_item(&session, params).await.unwrap();
            assert_eq!(found.len(), rows, "{kind:?}");
            let item = found[0].i.as_ref();
            assert_eq!(item.is_some(), kind != Some("a"));
            assert!(item.is_none_or(|item| item.ceiling == ceiling));
        }
    });
}
