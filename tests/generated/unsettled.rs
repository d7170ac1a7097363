//! The case `unsettled`: keys that do not hold at every moment, and statements that take away what rows lead to.

#[path = "../cases/unsettled/expected/mod.rs"]
mod db;

use db::rows;
use tokio_postgres::Client;

use crate::on_database_of;

const USERS: &str = "INSERT INTO users VALUES (1, 'Ada'), (2, 'Bob')";

/// Runs statements that must succeed.
async fn run(client: &Client, statements: &str) {
    client.batch_execute(statements).await.unwrap();
}

#[test]
fn a_key_that_is_broken_for_a_while_leads_nowhere() {
    on_database_of("unsettled", |mut client| async move {
        run(&client, USERS).await;
        let transaction = client.transaction().await.unwrap();
        transaction
            .batch_execute(
                "SET CONSTRAINTS ALL DEFERRED;
                 INSERT INTO posts VALUES (1, 1), (2, 9);
                 INSERT INTO notes VALUES (1, 9);
                 INSERT INTO drafts VALUES (1, 9)",
            )
            .await
            .unwrap();
        let posts = rows::posts(&transaction).await.unwrap();
        assert_eq!(posts[0].user.as_ref().unwrap().name, "Ada");
        assert!(posts[1].user.is_none());
        let post = rows::get_post(&transaction, 2).await.unwrap();
        assert!(post.user.is_none());
        let notes = rows::notes(&transaction).await.unwrap();
        assert!(notes[0].user.is_none());
        // Nobody checks this one: its triggers are disabled.
        let drafts = rows::drafts(&transaction).await.unwrap();
        assert!(drafts[0].user.is_none());
    });
}

#[test]
fn a_unique_key_that_is_broken_for_a_while_gives_all_rows() {
    on_database_of("unsettled", |mut client| async move {
        run(&client, USERS).await;
        let transaction = client.transaction().await.unwrap();
        transaction
            .batch_execute("INSERT INTO profiles VALUES (1, 1, 'old'), (2, 1, 'new')")
            .await
            .unwrap();
        let users = rows::user_profiles(&transaction).await.unwrap();
        let bios: Vec<&str> = users[0]
            .profiles
            .iter()
            .map(|profile| profile.bio.as_str())
            .collect();
        assert_eq!(bios, ["old", "new"]);
        assert!(users[1].profiles.is_empty());
    });
}

#[test]
fn rows_of_tables_that_inherit_are_bound_by_no_key() {
    on_database_of("unsettled", |client| async move {
        run(&client, USERS).await;
        run(
            &client,
            "INSERT INTO badges VALUES (1, 1);
             INSERT INTO old_badges VALUES (2, 1);
             INSERT INTO circles VALUES (1, 'a circle', 3);
             INSERT INTO shapes VALUES (1, 'a shape'), (2, 'a square');
             INSERT INTO labels VALUES (1, 1), (2, 2)",
        )
        .await;
        let users = rows::user_badges(&client).await.unwrap();
        assert_eq!(users[0].badges.len(), 2);
        // A foreign key leads to the table itself.
        let labels = rows::labels(&client).await.unwrap();
        assert_eq!(labels[0].shape.name, "a shape");
        let label = rows::get_label(&client, 1).await.unwrap();
        assert_eq!(label.shape.name, "a shape");
    });
}

#[test]
fn what_a_statement_takes_away_is_gone() {
    on_database_of("unsettled", |client| async move {
        run(&client, USERS).await;
        run(
            &client,
            "INSERT INTO categories VALUES (1, 1, 'all'), (2, 1, 'books'), (3, 2, 'poems');
             INSERT INTO orders VALUES (1, 1), (2, 1), (3, 2);
             INSERT INTO items VALUES (1, 1, 1), (2, 3, 1)",
        )
        .await;
        let renamed = rows::rename_category(&client, "verse", 3).await.unwrap();
        assert_eq!(renamed.parent.name, "books");
        let deleted = rows::delete_categories(&client, 2).await.unwrap();
        let parents: Vec<Option<&str>> = deleted
            .iter()
            .map(|row| row.parent.as_ref().map(|parent| parent.name.as_str()))
            .collect();
        assert_eq!(parents, [Some("all"), None]);
        // The key in the row is that after the change, and so is the parent's.
        let moved = rows::move_categories(&client).await.unwrap();
        assert_eq!(moved[0].id, 101);
        assert_eq!(moved[0].parent.as_ref().unwrap().name, "all");

        let order = rows::add_order(&client, 4, 2).await.unwrap();
        assert_eq!(order.customer.name, "Bob");
        let orders = rows::delete_orders(&client, 2).await.unwrap();
        assert_eq!(orders.len(), 2);
        assert!(orders.iter().all(|order| order.customer.name == "Bob"));
        run(&client, "INSERT INTO orders VALUES (5, 2)").await;
        let orders = rows::delete_user(&client, 2).await.unwrap();
        assert_eq!(orders.len(), 1);
        assert!(orders[0].customer.is_none());
        let items = rows::delete_user_of_items(&client, 1).await.unwrap();
        assert_eq!(items.len(), 1);
        assert!(items[0].order.is_none());
    });
}

#[test]
fn a_key_of_several_columns_is_of_one_row() {
    on_database_of("unsettled", |client| async move {
        run(
            &client,
            "INSERT INTO slots VALUES (1, 1, 'first'), (1, 2, 'second'), (2, 2, 'third');
             INSERT INTO bookings VALUES (1, 1, 1), (2, 2, 2)",
        )
        .await;
        let pairs = rows::pairs(&client).await.unwrap();
        assert_eq!(pairs.len(), 1);
        assert_eq!(pairs[0].other_y, 2);
        assert_eq!(pairs[0].slot.name, "first");
    });
}
