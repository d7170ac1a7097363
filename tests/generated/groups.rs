//! The case `groups`: columns that their names make one value, and patterns of texts.

#[path = "../cases/groups/expected/mod.rs"]
mod db;

use db::books;
use db::client::like;
use db::models::Author;

use crate::on_database_of;

fn on_books(test: impl AsyncFnOnce(tokio_postgres::Client)) {
    on_database_of("groups", async |client| {
        client
            .batch_execute(
                r"INSERT INTO authors VALUES (NULL, 1, 'Ada'), ('wrote', 2, 'Bob');
                INSERT INTO books VALUES
                    (1, '50% off', 1, 2, 10), (2, '500 miles', NULL, 1, NULL), (3, 'a_b\c', 2, 2, 20);",
            )
            .await
            .unwrap();
        test(client).await;
    });
}

#[test]
fn a_row_that_is_missing_is_none() {
    on_books(async |client| {
        let rows = books::list_books(&client).await.unwrap();
        let authors: Vec<_> = rows
            .iter()
            .map(|row| {
                row.author
                    .as_ref()
                    .map(|author| (author.id, author.bio.as_deref()))
            })
            .collect();
        // The first one has no bio, and is there.
        assert_eq!(authors, [Some((1, None)), None, Some((2, Some("wrote")))]);
        assert_eq!(
            (rows[0].editor.name.as_str(), rows[0].editor.upper.as_str()),
            ("Bob", "BOB")
        );

        let rows = books::books_with_models(&client).await.unwrap();
        let ada = Author {
            bio: None,
            id: 1,
            name: "Ada".to_owned(),
        };
        assert_eq!(
            (rows[0].author.as_ref(), rows[0].price_net),
            (Some(&ada), Some(10))
        );
        assert_eq!((rows[1].author.as_ref(), rows[1].price_net), (None, None));
    });
}

#[test]
fn what_is_no_row_is_there_with_its_fields() {
    on_books(async |client| {
        let rows = books::nothing_tells(&client).await.unwrap();
        assert_eq!(
            (rows[0].author.bio.as_deref(), rows[1].author.bio.as_deref()),
            (None, None)
        );
        let rows = books::mixed(&client).await.unwrap();
        let names = &rows[1].names;
        assert_eq!(
            (
                names.author.as_deref(),
                names.editor.as_str(),
                names.bio.as_str()
            ),
            (None, "Ada", "")
        );
        let rows = books::taken_name(&client).await.unwrap();
        assert_eq!(rows[2].author, 3);
    });
}

#[test]
fn texts_that_people_type_mean_themselves() {
    on_books(async |client| {
        let found = async |pattern: &str| books::search_books(&client, pattern).await.unwrap();
        assert_eq!(found(&like::contains("50%")).await, [1]);
        assert_eq!(found(&like::starts_with("50")).await, [1, 2]);
        assert_eq!(found(&like::contains("A_B")).await, [3]);
        assert_eq!(found(&like::ends_with(r"\c")).await, [3]);
        assert_eq!(found(&like::escape("50_ off")).await, [0_i32; 0]);
        assert_eq!(books::any_wildcards(&client, "50%").await.unwrap(), [1, 2]);
    });
}
