//! The case `relation_strategies`: queries with relations in one statement, beside the same in several.

#[path = "../cases/relation_strategies/expected/mod.rs"]
mod db;

use std::fmt::Debug;

use tokio_postgres::Client;

use crate::wire::counted;
use crate::{on_case, on_database_of};
use db::orders::{OrderBatchedParams, OrderSingleParams, OrdersBatchedParams, OrdersSingleParams};
use db::{Session, orders, others};

/// Beyond what a JSON number or a `double` holds.
const BIG: i64 = 9_007_199_254_740_993;

async fn fill(client: &Client) {
    let sql = format!(
        r#"INSERT INTO customers VALUES
            (1, 'Bo', 0.1000, 'calm', '{{}}', NULL),
            ({BIG}, 'Ada', 12345678901234.5600, 'busy', '{{busy,NULL,calm}}', 1),
            (3, 'Cy', -1, 'calm', '{{calm}}', {BIG});
         INSERT INTO carriers VALUES ('DHL', 'Yellow'), ('X', 'Short');
         INSERT INTO orders VALUES
            (10, {BIG}, 'X', '2024-02-29 23:59:59.123456+00', 'twice'),
            (11, 3, 'DHL', '1999-12-31 00:00:00+00', ''),
            (12, 1, NULL, 'epoch', NULL);
         INSERT INTO parcels VALUES
            (1, 10, 5, '{{1,NULL,3}}', (1, 2.50, 'busy'), ARRAY[(1, NULL, NULL), NULL]::size[], 'bag', 'a "b"', '[2024-01-01,)',
                B'101', '\x00ff', '{{"a": [1, null]}}', '{{NaN,-Infinity,NULL}}', 'X'),
            (2, 10, 7, '{{}}', NULL, '{{}}', 'box', NULL, NULL, B'000', NULL, 'null', NULL, NULL),
            (3, 11, 5, '{{}}', NULL, '{{}}', 'box', '', 'empty', B'111', '', '[]', '{{}}', 'DHL');
         INSERT INTO receipts VALUES (10, true);
         INSERT INTO tags VALUES (1, 'red'), (2, 'blue'), (3, 'none');
         INSERT INTO order_tags VALUES (10, 1, 0), (10, 2, 1), (10, 3, 1), (11, 1, 5);
         INSERT INTO shelves VALUES (1, 1.0, 'low'), (1, 2, 'high');
         INSERT INTO stock VALUES (1, 1, 1, 1.00), (2, 1, 1, NULL), (3, 1, 1, 2), (4, 3, NULL, NULL);
         INSERT INTO categories VALUES (1, NULL, 'all'), (2, 1, 'left'), (3, 1, 'right'), (4, 3, 'leaf'), (5, 3, 'bud');
         INSERT INTO root VALUES (1, NULL, 'top'), (2, 1, 'middle'), (3, 2, 'low');
         INSERT INTO found VALUES (1, 1, 'b'), (2, 1, 'a'), (3, 3, 'c');
         INSERT INTO words VALUES ('so', 'thus');
         INSERT INTO uses VALUES (1, 'so');"#
    );
    client.batch_execute(&sql).await.unwrap();
}

/// A value without the names of its structs, which differ from query to query.
fn plain(value: &impl Debug) -> String {
    let shown = format!("{value:?}");
    let is_name = |c: char| c.is_alphanumeric() || c == '_';
    let (others, last) = shown.rsplit_once(" {").unwrap_or(("", &shown));
    let others = others.split(" {");
    let others = others.map(|piece| piece.trim_end_matches(is_name));
    others.chain([last]).collect::<Vec<_>>().join("{")
}

#[test]
fn one_row_in_one_statement_is_the_same_as_in_several() {
    on_case("relation_strategies", async |database| {
        let (client, counts) = counted(database.config()).await;
        fill(&client).await;
        let session = Session::new(client);
        let single = |id, above| OrderSingleParams {
            id,
            after: 0,
            above,
        };
        let batched = |id, above| OrderBatchedParams {
            id,
            after: 0,
            above,
        };
        for id in [10, 11, 12] {
            let one = orders::order_single(&session, single(id, 5)).await.unwrap();
            let several = orders::order_batched(&session, batched(id, 5))
                .await
                .unwrap();
            assert_eq!(plain(&one), plain(&several));
        }
        counts.take();
        let order = orders::order_single(&session, single(10, 5)).await.unwrap();
        assert_eq!(counts.take(), (1, 1), "statements and round trips");
        // Where an answer arrives in parts, on a busy machine, more is sent before the rest of it.
        let mut fewest = usize::MAX;
        for _ in 0..20 {
            orders::order_batched(&session, batched(10, 5))
                .await
                .unwrap();
            let (statements, trips) = counts.take();
            assert_eq!(statements, 14);
            fewest = fewest.min(trips);
        }
        assert_eq!(fewest, 4, "round trips");

        assert_eq!(order.customer.id, BIG);
        assert_eq!(order.customer.credit.to_string(), "12345678901234.5600");
        assert_eq!(order.customer.moods.len(), 3);
        let names: Vec<&str> = order.tags.iter().map(|tag| tag.label.as_str()).collect();
        assert_eq!(names, ["blue", "none", "red"]);
        assert_eq!(order.first_tag[0].id, 2);
        assert_eq!((order.heavy, order.tags_count), (1, 3));
        assert_eq!(
            order.by.unwrap().name,
            "Short",
            "a key shorter than its column"
        );
        let [first, second] = order.parcels.as_slice() else {
            panic!("{:?}", order.parcels)
        };
        let size = first.size.as_ref().unwrap();
        assert_eq!(size.height.unwrap().to_string(), "2.50");
        assert_eq!(first.sizes.len(), 2);
        assert_eq!(first.body.as_deref(), Some(&[0, 255][..]));
        assert!(first.fits.as_ref().unwrap()[0].unwrap().is_nan());
        let shelves: Vec<Option<&str>> = first
            .stock
            .iter()
            .map(|stock| stock.shelf.as_ref().map(|shelf| shelf.title.as_str()))
            .collect();
        assert_eq!(shelves, [Some("low"), None, Some("high")]);
        assert!(second.its_carrier.is_none() && second.stock.is_empty());

        let marked = orders::order_as_in_sqlx(&session, 10).await.unwrap();
        assert_eq!(marked.parcels.len(), order.parcels.len());

        let missing = orders::order_single(&session, single(99, 5)).await;
        let missing = missing.unwrap_err();
        assert!(missing.is_not_found());
        assert_eq!(missing.query(), "OrderSingle");
        let none = orders::order_single(&session, single(99, 5))
            .optional()
            .await;
        assert!(none.unwrap().is_none());
    });
}

#[test]
fn many_rows_in_one_statement_are_the_same_as_in_several() {
    on_case("relation_strategies", async |database| {
        let (client, counts) = counted(database.config()).await;
        fill(&client).await;
        let session = Session::new(client);
        for (start, recent, without) in [(0, 2, 0), (0, 1, 1), (11, 9, 2), (99, 1, 1)] {
            let single = OrdersSingleParams {
                start,
                recent,
                without,
            };
            let batched = OrdersBatchedParams {
                start,
                recent,
                without,
            };
            let single = orders::orders_single(&session, single).await.unwrap();
            let batched = orders::orders_batched(&session, batched).await.unwrap();
            assert_eq!(plain(&single), plain(&batched));
        }
        let one = orders::join_single(&session).await.unwrap();
        assert_eq!(one.len(), 3);
        let several = orders::join_batched(&session).await.unwrap();
        assert_eq!(plain(&one), plain(&several));
        for name in ["", "left"] {
            let one = others::tree_single(&session, name).await.unwrap();
            let several = others::tree_batched(&session, name).await.unwrap();
            assert_eq!(plain(&one), plain(&several));
        }
        for id in [1, 2, 3] {
            let one = others::root_single(&session, id).await.unwrap();
            let several = others::root_batched(&session, id).await.unwrap();
            assert_eq!(plain(&one), plain(&several));
        }
        counts.take();
        others::tree_single(&session, "").await.unwrap();
        assert_eq!(counts.take(), (1, 1), "statements and round trips");
    });
}

#[test]
fn what_one_statement_would_not_see_takes_several() {
    on_case("relation_strategies", async |database| {
        let (client, counts) = counted(database.config()).await;
        fill(&client).await;
        let session = Session::new(client);
        let order = others::place_order(&session, 20, 3).await.unwrap();
        assert_eq!(order.customer.name, "Cy");
        let order = others::touch_order(&session, 20).await.unwrap();
        assert_eq!(order.remark.unwrap().remark, "touched");
        let used = others::use_of_word(&session, 1).await.unwrap();
        assert_eq!(used.told.meaning, "thus");
        counts.take();
        assert_eq!(
            others::lock_order(&session, 10)
                .await
                .unwrap()
                .parcels
                .len(),
            2
        );
        assert_eq!(
            others::moved_order(&session, 10)
                .await
                .unwrap()
                .parcels
                .len(),
            2
        );
        assert_eq!(
            others::last_parcels(&session, 10, 1)
                .await
                .unwrap()
                .parcels
                .len(),
            1
        );
        assert_eq!(
            others::embedded_order(&session, 10)
                .await
                .unwrap()
                .parcels
                .len(),
            2
        );
        assert_eq!(counts.take().0, 8);
    });
}

#[test]
fn types_are_told_to_clients_that_prepare_nothing() {
    on_database_of("relation_strategies", |client| async move {
        fill(&client).await;
        db::prepare_all(&client).await.unwrap();
        let params = OrderSingleParams {
            id: 10,
            after: 0,
            above: 0,
        };
        let order = orders::order_single(&client, params).await.unwrap();
        assert_eq!(order.parcels.len(), 2);
    });
}
