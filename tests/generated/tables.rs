//! The case `tables`: functions of tables without SQL do what hand-written statements do.

#[path = "../cases/tables/expected/mod.rs"]
mod db;

use db::models::{Status, User};
use db::orders::{NewOrder, OrderPatch};
use db::users::{NewUser, UserPatch};
use db::{
    Constraint, Session, events, odd_names, order_items, order_totals, orders, sales_order, users,
};

use crate::on_database_of;

fn on_the_shop(test: impl AsyncFnOnce(Session)) {
    on_database_of("tables", async |client| test(Session::new(client)).await);
}

async fn ada(session: &Session) -> User {
    let new = NewUser::new("ada@x".to_owned(), "Ada");
    users::insert_user(session, &new).await.unwrap()
}

#[test]
fn rows_are_inserted_found_patched_and_deleted() {
    on_the_shop(async |session| {
        let ada = ada(&session).await;
        assert_eq!((ada.name.as_str(), ada.nick.as_deref()), ("Ada", None));
        assert_eq!((ada.mood.as_deref(), ada.tags.len()), (Some("fine"), 0));
        // NULL, though the column has a default.
        let bob = NewUser {
            mood: Some(None),
            tags: Some(vec!["a".to_owned()]),
            ..NewUser::new("bob@x".to_owned(), "Bob")
        };
        let bob = users::insert_user(&session, &bob).await.unwrap();
        assert_eq!((bob.mood.as_deref(), bob.tags.len()), (None, 1));
        assert_eq!(users::find_user(&session, ada.id).await.unwrap(), ada);
        let found = users::find_users(&session, &[bob.id, ada.id, 99])
            .await
            .unwrap();
        assert_eq!(found.len(), 2);
        // The user's own query takes the place of the table's.
        let own = users::find_user_by_email(&session, "bob@x").await.unwrap();
        assert_eq!(own.name, "Bob");
        assert!(users::user_exists(&session, ada.id).await.unwrap());
        assert!(!users::user_exists(&session, 99).await.unwrap());
        assert_eq!(users::count_users(&session).await.unwrap(), 2);

        let patch = UserPatch {
            nick: Some(Some("A".to_owned())),
            mood: Some(None),
            ..UserPatch::default()
        };
        let patched = users::patch_user(&session, ada.id, &patch).await.unwrap();
        let expected = User {
            nick: Some("A".to_owned()),
            mood: None,
            ..ada.clone()
        };
        assert_eq!(patched, expected);
        let same = users::patch_user(&session, ada.id, &UserPatch::default())
            .await
            .unwrap();
        assert_eq!(same, expected);
        let nobody = users::patch_user(&session, 99, &patch).await.unwrap_err();
        assert!(nobody.is_not_found());

        assert_eq!(users::delete_user(&session, ada.id).await.unwrap(), 1);
        assert_eq!(
            users::delete_users(&session, &[ada.id, bob.id])
                .await
                .unwrap(),
            1
        );
        assert_eq!(users::count_users(&session).await.unwrap(), 0);
    });
}

#[test]
fn an_upsert_changes_what_it_is_given() {
    on_the_shop(async |session| {
        let ada = ada(&session).await;
        let again = NewUser {
            mood: Some(Some("great".to_owned())),
            ..NewUser::new("ada@x".to_owned(), "Ada L.")
        };
        let changed = users::upsert_user_by_email(&session, &again).await.unwrap();
        assert_eq!(
            (changed.id, changed.name.as_str(), changed.mood.as_deref()),
            (ada.id, "Ada L.", Some("great"))
        );
        // What has no value stays.
        let again = NewUser::new("ada@x".to_owned(), "Ada");
        let changed = users::upsert_user_by_email(&session, &again).await.unwrap();
        assert_eq!(changed.mood.as_deref(), Some("great"));
        let error = users::insert_user(&session, &again).await.unwrap_err();
        assert_eq!(error.constraint(), Some(Constraint::UsersEmailKey));
    });
}

#[test]
fn rows_are_touched_and_deleted_softly() {
    on_the_shop(async |session| {
        let ada = ada(&session).await;
        let new = NewOrder {
            status: Some(Status::Paid),
            ..NewOrder::new(ada.id, 7, 250)
        };
        let order = orders::insert_order(&session, &new).await.unwrap();
        assert_eq!((order.status, order.doubled), (Status::Paid, 500));
        let patch = OrderPatch {
            note: Some(Some("gift".to_owned())),
            ..OrderPatch::default()
        };
        let patched = orders::patch_order(&session, order.id, &patch)
            .await
            .unwrap();
        assert!(patched.updated_at > order.updated_at);
        assert_eq!(
            orders::find_order_by_number(&session, 7).await.unwrap(),
            patched
        );
        let rows = [
            orders::InsertOrdersParams {
                user_id: ada.id,
                number: 8,
                note: None,
                total_cents: 1,
            },
            orders::InsertOrdersParams {
                user_id: ada.id,
                number: 9,
                note: Some("x"),
                total_cents: 2,
            },
        ];
        assert_eq!(
            orders::insert_orders(&session, &rows).await.unwrap().len(),
            2
        );

        assert_eq!(orders::delete_order(&session, order.id).await.unwrap(), 1);
        assert_eq!(orders::delete_order(&session, order.id).await.unwrap(), 0);
        assert!(
            orders::find_order(&session, order.id)
                .await
                .unwrap_err()
                .is_not_found()
        );
        assert!(
            orders::patch_order(&session, order.id, &patch)
                .await
                .unwrap_err()
                .is_not_found()
        );
        assert_eq!(orders::count_orders(&session).await.unwrap(), 2);
        assert_eq!(orders::restore_order(&session, order.id).await.unwrap(), 1);
        assert_eq!(
            orders::find_order(&session, order.id).await.unwrap(),
            patched
        );
        assert_eq!(orders::purge_order(&session, order.id).await.unwrap(), 1);
        assert_eq!(orders::restore_order(&session, order.id).await.unwrap(), 0);
        assert_eq!(order_totals::count_order_totals(&session).await.unwrap(), 1);
    });
}

#[test]
fn other_tables_have_what_makes_sense() {
    on_the_shop(async |session| {
        let ada = ada(&session).await;
        let order = orders::insert_order(&session, &NewOrder::new(ada.id, 1, 1))
            .await
            .unwrap();
        // A key of two columns.
        let item = order_items::NewOrderItem::new(order.id, 1);
        order_items::insert_order_item(&session, &item)
            .await
            .unwrap();
        let more = order_items::NewOrderItem {
            quantity: Some(5),
            ..item
        };
        assert_eq!(
            order_items::upsert_order_item(&session, &more)
                .await
                .unwrap()
                .quantity,
            5
        );
        let patch = order_items::OrderItemPatch { quantity: Some(6) };
        let item = order_items::patch_order_item(&session, order.id, 1, &patch)
            .await
            .unwrap();
        assert_eq!(item.quantity, 6);
        assert_eq!(
            order_items::delete_order_item(&session, order.id, 1)
                .await
                .unwrap(),
            1
        );
        // No key, in partitions.
        let event = events::NewEvent {
            at: order.updated_at,
            what: "sold".to_owned(),
        };
        events::insert_event(&session, &event).await.unwrap();
        assert_eq!(events::count_events(&session).await.unwrap(), 1);
        // A name that is its own plural.
        let place = db::models::Address {
            street: Some("Main St".to_owned()),
            town: None,
        };
        let new = db::news::NewNews { id: 1, place };
        db::news::insert_news(&session, &new).await.unwrap();
        assert_eq!(
            db::news::find_many_news(&session, &[1, 2])
                .await
                .unwrap()
                .len(),
            1
        );
        // Hostile names.
        let new = sales_order::NewSalesOrder {
            id: 1,
            select: None,
            größe: Status::Open,
        };
        sales_order::insert_sales_order(&session, &new)
            .await
            .unwrap();
        let odd = odd_names::NewOddNames::new(1, "x");
        let odd = odd_names::insert_odd_names(&session, &odd).await.unwrap();
        assert_eq!(odd.r#type.as_deref(), Some("a'b"));
    });
}

#[test]
fn what_is_missing_in_json_is_left_as_it_is() {
    let patch: UserPatch = serde_json::from_str(r#"{"nick": null, "name": "N\u00e9"}"#).unwrap();
    let expected = UserPatch {
        nick: Some(None),
        name: Some("N\u{e9}".to_owned()),
        ..UserPatch::default()
    };
    assert_eq!(patch, expected);
    assert_eq!(
        serde_json::to_string(&patch).unwrap(),
        r#"{"name":"N\u00e9","nick":null}"#.replace("\\u00e9", "\u{e9}")
    );
    // A column that is never NULL takes no `null`.
    let error = serde_json::from_str::<UserPatch>(r#"{"name": null}"#).unwrap_err();
    assert!(error.to_string().contains("invalid type: null"), "{error}");
}
