//! The case `relations`.

#[path = "../cases/relations/expected/mod.rs"]
mod db;

use std::str::FromStr;

use rust_decimal::Decimal;
use tokio_postgres::Client;
use uuid::Uuid;

use crate::wire::counted;
use crate::{on_case, on_database_of};
use db::orders::{ListOrdersParams, MoveOrdersParams};
use db::{Session, Transaction, TransactionOptions, orders, others};

/// Beyond what a JSON number or a `double` holds.
const BIG: i64 = 9_007_199_254_740_993;

/// Two customers with orders and one without; the second referred the first.
async fn fill(client: &Client) {
    let sql = format!(
        "INSERT INTO customers (id, name, email, referrer_id, credit, mood) VALUES
            (2, 'Bo', 'bo@x', NULL, 0, 'calm'),
            ({BIG}, 'Ada', 'ada@x', 2, 12345678901234.5600, 'busy'),
            (3, 'Cy', 'cy@x', 2, 0, 'calm');
         INSERT INTO customer_settings VALUES ({BIG}, true);
         INSERT INTO addresses VALUES (1, {BIG}, 'Rome'), (2, {BIG}, 'Bonn'), (3, 2, 'Oslo');
         INSERT INTO products VALUES
            ('00000000-0000-0000-0000-000000000001', 'Pen', 'pen', '\\x00ff', '{{red,blue}}', '{{\"a\": [1]}}'),
            ('00000000-0000-0000-0000-000000000002', 'Ink', 'ink', NULL, '{{}}', '{{}}');
         INSERT INTO orders (id, customer_id, shipping_address_id, billing_address_id) VALUES
            (10, {BIG}, 1, 2), (11, {BIG}, 1, NULL), (12, 2, NULL, 3), (13, 2, 1, NULL);
         INSERT INTO order_items VALUES
            (100, 10, '00000000-0000-0000-0000-000000000001', 5, 1.5000),
            (101, 10, '00000000-0000-0000-0000-000000000002', 1, 2.2500),
            (102, 10, '00000000-0000-0000-0000-000000000001', 2, 9.0000),
            (103, 11, '00000000-0000-0000-0000-000000000002', 7, 0.1000);
         INSERT INTO notes VALUES (1, 10, 'seen', false), (2, 10, 'secret', true), (3, 11, 'other', false);"
    );
    client.batch_execute(&sql).await.unwrap();
}

#[test]
fn one_row_has_all_that_belongs_to_it() {
    on_case("relations", async |database| {
        let (client, counts) = counted(database.config()).await;
        fill(&client).await;
        let session = Session::new(client);
        let order = orders::get_order(&session, 10).await.unwrap();
        assert_eq!(
            (order.customer.id, order.customer.name.as_str()),
            (BIG, "Ada")
        );
        assert_eq!(order.shipping_address.unwrap().city, "Rome");
        let items: Vec<(i32, &str)> = order
            .items
            .iter()
            .map(|item| (item.quantity, item.product.slug.as_str()))
            .collect();
        assert_eq!(items, [(5, "pen"), (1, "ink"), (2, "pen")]);

        counts.take();
        orders::get_order(&session, 10).await.unwrap();
        assert_eq!(counts.take(), (5, 3), "statements and round trips");
        let empty = orders::get_order(&session, 12).await.unwrap();
        assert!(empty.items.is_empty());
        assert_eq!(empty.shipping_address, None);
        assert_eq!(counts.take(), (3, 2), "nothing is asked for no keys");
        let missing = orders::get_order(&session, 99).await.unwrap_err();
        assert!(missing.is_not_found());
        assert_eq!(missing.query(), "GetOrder");
        assert!(
            orders::get_order(&session, 99)
                .optional()
                .await
                .unwrap()
                .is_none()
        );
        assert_eq!(counts.take(), (2, 2), "one for each");
        assert_eq!(
            orders::get_order(&session, 11)
                .optional()
                .await
                .unwrap()
                .unwrap()
                .id,
            11
        );
    });
}

#[test]
fn many_rows_have_what_belongs_to_each() {
    on_case("relations", async |database| {
        let (client, counts) = counted(database.config()).await;
        fill(&client).await;
        let session = Session::new(client);
        let params = ListOrdersParams {
            note: Some(""),
            page: 10,
            start: 0,
            least: 2,
            best: 1,
        };
        let listed = orders::list_orders(&session, params).await.unwrap();
        counts.take();
        assert_eq!(orders::list_orders(&session, params).await.unwrap(), listed);
        assert_eq!(counts.take().0, 12, "statements");
        let [first, second, third, fourth] = listed.as_slice() else {
            panic!("{listed:?}");
        };
        // To-one: required, optional, by another table's key, and through another row.
        let referrers: Vec<Option<&str>> = listed
            .iter()
            .map(|order| order.customer.referrer.as_ref().map(|r| r.name.as_str()))
            .collect();
        assert_eq!(referrers, [Some("Bo"), Some("Bo"), None, None]);
        assert!(first.customer.setting.as_ref().unwrap().newsletter);
        assert_eq!(third.customer.setting, None);
        assert_eq!(
            first.customer, second.customer,
            "one customer of two orders"
        );
        // Two keys to one table.
        assert_eq!(first.shipping_address.as_ref().unwrap().city, "Rome");
        assert_eq!(first.billing_address.as_ref().unwrap().city, "Bonn");
        assert_eq!(fourth.shipping_address, first.shipping_address);
        assert_eq!(third.shipping_address, None);
        let cities: Vec<&str> = first
            .customer
            .addresses
            .iter()
            .map(|a| a.city.as_str())
            .collect();
        assert_eq!(cities, ["Bonn", "Rome"]);
        // A filter and an order restrict the list, not the parents.
        let quantities = |order: &orders::ListOrdersRow| {
            order
                .items
                .iter()
                .map(|item| item.quantity)
                .collect::<Vec<_>>()
        };
        assert_eq!(quantities(first), [5, 2]);
        assert_eq!(quantities(second), [7]);
        assert!(quantities(third).is_empty());
        // A limit is per parent.
        let best: Vec<Vec<Decimal>> = listed
            .iter()
            .map(|order| order.best.iter().map(|item| item.title).collect())
            .collect();
        let decimal = |text| Decimal::from_str(text).unwrap();
        assert_eq!(
            best,
            [
                vec![decimal("9.0000")],
                vec![decimal("0.1000")],
                vec![],
                vec![]
            ]
        );
        assert_eq!(best[0][0].to_string(), "9.0000", "numeric keeps its scale");
        let counts: Vec<(i64, i64)> = listed
            .iter()
            .map(|order| (order.items_count, order.big_items))
            .collect();
        assert_eq!(counts, [(3, 2), (1, 1), (0, 0), (0, 0)]);
        // Values of all types, at any depth.
        let product = &first.items[0].product;
        assert_eq!(product.id, Uuid::from_u128(1));
        assert_eq!(
            product.tags,
            ["red", "blue"].map(|tag| Some(tag.to_owned()))
        );
        assert_eq!(product.attributes, serde_json::json!({"a": [1]}));

        let page = ListOrdersParams {
            page: 1,
            start: 1,
            ..params
        };
        let page = orders::list_orders(&session, page).await.unwrap();
        assert_eq!(
            page,
            std::slice::from_ref(second),
            "a page has the relations of its own rows"
        );
    });
}

#[test]
fn statements_that_write_give_relations_of_what_they_wrote() {
    on_database_of("relations", |client| async move {
        fill(&client).await;
        let mut session = Session::new(client);
        let transaction = Transaction::begin(&mut session, &TransactionOptions::new());
        let order = orders::place_order(&transaction, 20, 3).await.unwrap();
        assert_eq!((order.id, order.customer.name.as_str()), (20, "Cy"));
        transaction.rollback().await.unwrap();
        assert!(
            orders::get_order(&session, 20)
                .optional()
                .await
                .unwrap()
                .is_none()
        );

        let params = MoveOrdersParams {
            address: Some(1),
            customer_id: BIG,
            city: "Rome",
        };
        let moved = orders::move_orders(&session, params).await.unwrap();
        assert_eq!(moved.len(), 2);
        assert!(
            moved.iter().all(|order| order.shipping_address.is_none()),
            "filtered out"
        );
        let moved = orders::move_orders(
            &session,
            MoveOrdersParams {
                city: "Oslo",
                ..params
            },
        );
        let moved = moved.await.unwrap();
        assert!(
            moved
                .iter()
                .all(|order| order.shipping_address.as_ref().unwrap().city == "Rome")
        );
    });
}

#[test]
fn rows_of_joins_lead_on_from_each_table() {
    on_database_of("relations", |client| async move {
        fill(&client).await;
        let session = Session::new(client);
        let rows = orders::customers_with_orders(&session).await.unwrap();
        let shown: Vec<_> = rows
            .iter()
            .map(|row| {
                let notes: Vec<i32> = row.notes.iter().map(|note| note.id).collect();
                (row.name.as_str(), row.order, notes, row.latest.len())
            })
            .collect();
        // The tests' role is a superuser, from whom policies hide nothing.
        assert_eq!(
            shown,
            [
                ("Bo", Some(12), vec![], 1),
                ("Bo", Some(13), vec![], 1),
                ("Cy", None, vec![], 0),
                ("Ada", Some(10), vec![1, 2], 1),
                ("Ada", Some(11), vec![3], 1),
            ]
        );
    });
}

#[test]
fn rows_that_a_policy_hides_are_not_there() {
    on_database_of("relations", |client| async move {
        fill(&client).await;
        let sql = "CREATE ROLE rowsmith_reader; GRANT SELECT, UPDATE ON ALL TABLES IN SCHEMA public TO rowsmith_reader;
                   SET ROLE rowsmith_reader";
        client.batch_execute(sql).await.unwrap();
        let rows = orders::customers_with_orders(&client).await;
        client
            .batch_execute("RESET ROLE; DROP OWNED BY rowsmith_reader; DROP ROLE rowsmith_reader")
            .await
            .unwrap();
        let rows = rows.unwrap();
        let first = rows.iter().find(|row| row.order == Some(10)).unwrap();
        assert_eq!(
            first.notes.iter().map(|note| note.id).collect::<Vec<_>>(),
            [1]
        );
    });
}

#[test]
fn junctions_are_crossed_both_ways() {
    on_database_of("relations", |client| async move {
        let sql = "INSERT INTO todos VALUES (1, 'a', false), (2, 'b', false), (3, 'c', true);
                   INSERT INTO tags VALUES (1, 'red'), (2, 'blue'), (3, 'none');
                   INSERT INTO todo_tags VALUES (1, 1, 2), (1, 2, 1), (2, 1, 0), (3, 1, 5)";
        client.batch_execute(sql).await.unwrap();
        let session = Session::new(client);
        let todos = others::list_todos(&session, 2).await.unwrap();
        let tags: Vec<Vec<&str>> = todos
            .iter()
            .map(|todo| todo.tags.iter().map(|tag| tag.name.as_str()).collect())
            .collect();
        assert_eq!(tags, [vec!["blue", "red"], vec!["red"], vec!["red"]]);
        let first: Vec<Vec<&str>> = todos
            .iter()
            .map(|todo| todo.first.iter().map(|tag| tag.name.as_str()).collect())
            .collect();
        assert_eq!(
            first,
            [vec!["blue"], vec!["red"], vec![]],
            "filtered on the junction"
        );
        let counts: Vec<i64> = todos.iter().map(|todo| todo.tags_count).collect();
        assert_eq!(counts, [2, 1, 1]);

        let tags = others::list_tags(&session).await.unwrap();
        let red: Vec<(&str, Vec<(i32, &str)>)> = tags[0]
            .todos
            .iter()
            .map(|todo| {
                let links = todo.todo_tags.iter();
                let links = links
                    .map(|link| (link.position, link.tag.name.as_str()))
                    .collect();
                (todo.title.as_str(), links)
            })
            .collect();
        assert_eq!(
            red,
            [
                ("a", vec![(2, "red"), (1, "blue")]),
                ("b", vec![(0, "red")])
            ]
        );
        assert!(tags[2].todos.is_empty());
    });
}

#[test]
fn a_table_leads_to_itself() {
    on_database_of("relations", |client| async move {
        let sql = "INSERT INTO categories VALUES (1, NULL, 'all'), (2, 1, 'left'), (3, 1, 'right'), (4, 3, 'leaf')";
        client.batch_execute(sql).await.unwrap();
        let roots = others::roots(&client).await.unwrap();
        let [root] = roots.as_slice() else {
            panic!("{roots:?}")
        };
        let names: Vec<&str> = root
            .children
            .iter()
            .map(|child| child.name.as_str())
            .collect();
        assert_eq!(names, ["left", "right"]);
        let leaf = &root.children[1].children[0];
        let right = &leaf.parent;
        assert_eq!((leaf.name.as_str(), right.name.as_str()), ("leaf", "right"));
        assert_eq!(right.parent.as_ref().unwrap().name, "all");
    });
}

#[test]
fn keys_of_two_columns_and_of_equal_but_other_bytes_are_found() {
    on_database_of("relations", |client| async move {
        let sql = "INSERT INTO courses VALUES (1.0, 1, 'sums'), (1.0, 2, 'more sums'), (2, 1, 'verse');
                   INSERT INTO students VALUES (1, 'Eva'), (2, 'Finn'), (3, 'Gus');
                   INSERT INTO grades VALUES (1, 1, 1, 'A'), (1, 1.00, 2, 'B'), (2, 2, 1, 'C'), (2, NULL, 1, 'D'), (3, 1, 1, 'E');
                   INSERT INTO currencies VALUES (1.50, 'euro'), (2, 'yen');
                   INSERT INTO payments VALUES (1, 1.5), (2, 1.500), (3, NULL)";
        client.batch_execute(sql).await.unwrap();
        let students = others::students(&client).await.unwrap();
        let shown: Vec<(Vec<_>, Vec<_>)> = students
            .iter()
            .map(|student| {
                let courses = student.courses.iter().map(|course| course.title.as_str());
                let grades = student.grades.iter();
                let grades = grades.map(|grade| {
                    (
                        grade.grade.as_str(),
                        grade.course.as_ref().map(|course| course.title.as_str()),
                    )
                });
                (courses.collect(), grades.collect())
            })
            .collect();
        assert_eq!(
            shown,
            [
                (
                    vec!["more sums", "sums"],
                    vec![("A", Some("sums")), ("B", Some("more sums"))]
                ),
                (vec!["verse"], vec![("C", Some("verse")), ("D", None)]),
                (vec!["sums"], vec![("E", Some("sums"))]),
            ]
        );
        let courses = others::course_list(&client).await.unwrap();
        let shown: Vec<(usize, i64)> = courses
            .iter()
            .map(|course| (course.students.len(), course.students_count))
            .collect();
        assert_eq!(shown, [(1, 1), (2, 2), (1, 1)]);
        let payments = others::payments(&client).await.unwrap();
        let names: Vec<Option<&str>> = payments
            .iter()
            .map(|payment| {
                payment
                    .currency
                    .as_ref()
                    .map(|currency| currency.name.as_str())
            })
            .collect();
        assert_eq!(names, [Some("euro"), Some("euro"), None]);
        let currencies = others::currencies(&client).await.unwrap();
        let ids: Vec<Vec<i32>> = currencies
            .iter()
            .map(|currency| currency.payments.iter().map(|payment| payment.id).collect())
            .collect();
        assert_eq!(ids, [vec![1, 2], vec![]]);
    });
}

#[test]
fn other_schemas_and_keywords_are_names_like_any() {
    on_database_of("relations", |client| async move {
        fill(&client).await;
        let sql = format!(
            r#"INSERT INTO archive.orders VALUES (1, 'root', {BIG}), (2, 'root', NULL);
               INSERT INTO archive."order" VALUES (7, 1, 'XL'), (8, 1, NULL)"#
        );
        client.batch_execute(&sql).await.unwrap();
        let archived = orders::archived(&client).await.unwrap();
        assert_eq!(
            archived[0]
                .order
                .iter()
                .map(|line| line.id)
                .collect::<Vec<_>>(),
            [7, 8]
        );
        assert_eq!(archived[0].customer.as_ref().unwrap().name, "Ada");
        assert_eq!(archived[1].customer, None);
        let customer = orders::archived_of_customer(&client, BIG).await.unwrap();
        let [order] = customer.archive_orders.as_slice() else {
            panic!("{customer:?}")
        };
        assert_eq!(
            (order.user.as_str(), order.order[0].größe.as_deref()),
            ("root", Some("XL"))
        );
    });
}

#[test]
fn ten_thousand_parents_take_one_statement_for_each_relation() {
    on_case("relations", async |database| {
        let (client, counts) = counted(database.config()).await;
        let sql = "INSERT INTO todos SELECT n, 'todo ' || n, false FROM generate_series(1, 10000) AS n;
                   INSERT INTO tags SELECT n, 'tag ' || n FROM generate_series(1, 10) AS n;
                   INSERT INTO todo_tags SELECT n, n % 10 + 1, 0 FROM generate_series(1, 10000) AS n WHERE n % 3 > 0";
        client.batch_execute(sql).await.unwrap();
        let session = Session::new(client);
        others::list_todos(&session, 1).await.unwrap();
        counts.take();
        let todos = others::list_todos(&session, 1).await.unwrap();
        assert_eq!(counts.take().0, 4);
        assert_eq!(todos.len(), 10_000);
        for todo in todos {
            let expected: Vec<i32> = (todo.id % 3 > 0)
                .then_some(todo.id % 10 + 1)
                .into_iter()
                .collect();
            assert_eq!(
                todo.tags.iter().map(|tag| tag.id).collect::<Vec<_>>(),
                expected
            );
            assert_eq!(todo.first.len(), expected.len());
            assert_eq!(todo.tags_count, i64::try_from(expected.len()).unwrap());
        }
    });
}

#[test]
fn the_configuration_adds_and_renames_relations() {
    on_database_of("relations", |client| async move {
        fill(&client).await;
        let sql = format!("INSERT INTO friendships VALUES (2, 3), (2, {BIG}), (3, 2)");
        client.batch_execute(&sql).await.unwrap();
        let totals = others::totals(&client).await.unwrap();
        let shown: Vec<i64> = totals
            .iter()
            .map(|total| {
                let order = total.order.as_ref().unwrap();
                order.total.as_ref().unwrap().quantity
            })
            .collect();
        assert_eq!(shown, [8, 7]);
        let customers = others::friends(&client).await.unwrap();
        let friends: Vec<Vec<&str>> = customers
            .iter()
            .map(|customer| {
                customer
                    .friends
                    .iter()
                    .map(|friend| friend.name.as_str())
                    .collect()
            })
            .collect();
        assert_eq!(friends, [vec!["Cy", "Ada"], vec!["Bo"], vec![]]);
        assert_eq!(customers[2].addresses[0].owner.name, "Ada");
    });
}

#[test]
fn every_query_is_what_it_was_generated_as() {
    on_database_of("relations", |client| async move {
        db::prepare_all(&client).await.unwrap();
    });
}
