//! The case `sqlc_macros`.

#[path = "../cases/sqlc_macros/expected/mod.rs"]
mod db;

use db::embed::{self, AddBookParams};
use db::models::Author;
use db::slice;

use crate::on_database_of;

/// Two authors, the second one a pupil of the first; a book of each, and a third one that is archived, too.
async fn fill(client: &tokio_postgres::Client) {
    let sql = "
        INSERT INTO authors (name, mentor_id) VALUES ('Ann', NULL), ('Bob', 1), ('Cid', NULL);
        INSERT INTO books (author_id, title, \"order\") VALUES (1, 'A', 1), (2, 'B', 0), (2, 'C', 2);
        INSERT INTO remarks VALUES (1, NULL), (2, 'good');
        INSERT INTO archive.books VALUES (3, 'C'), (9, 'Z');";
    client.batch_execute(sql).await.unwrap();
}

#[test]
fn embeds_are_models_and_missing_rows_none() {
    on_database_of("sqlc_macros", |client| async move {
        fill(&client).await;
        let found = embed::get_book(&client, 2).await.unwrap();
        assert_eq!((found.book.id, found.book.title.as_str()), (2, "B"));
        assert_eq!(found.author.name, "Bob");

        let authors = embed::list_authors(&client).await.unwrap();
        let mentor = |index: usize| authors[index].mentor.as_ref();
        assert_eq!((mentor(0), mentor(2)), (None, None));
        assert_eq!(mentor(1).map(|mentor| mentor.name.as_str()), Some("Ann"));
        assert_eq!(authors[1].books, 2);

        let pupils = embed::list_pupils(&client).await.unwrap();
        assert_eq!(pupils.len(), 1);
        let ann = Author {
            id: 1,
            name: "Ann".to_owned(),
            born_in: None,
            mentor_id: None,
        };
        assert_eq!(pupils[0].mentor, ann);
        assert_eq!(embed::only_author(&client, 1).await.unwrap().author, ann);

        let remarks = embed::list_remarks(&client).await.unwrap();
        let remarks: Vec<_> = remarks
            .iter()
            .map(|row| (row.remark.book_id, row.remark.remark.as_deref()))
            .collect();
        assert_eq!(
            remarks,
            [(Some(1), None), (Some(2), Some("good")), (None, None)]
        );

        let matched = embed::match_archive(&client).await.unwrap();
        let matched: Vec<_> = matched
            .iter()
            .map(|row| {
                let current = row.current.as_ref().map(|book| book.id);
                (current, row.archived.as_ref().map(|book| book.id))
            })
            .collect();
        assert_eq!(
            matched,
            [
                (Some(1), None),
                (Some(2), None),
                (Some(3), Some(3)),
                (None, Some(9)),
            ]
        );
    });
}

#[test]
fn embeds_of_what_is_no_table_have_structs_of_their_own() {
    on_database_of("sqlc_macros", |client| async move {
        fill(&client).await;
        let titles = embed::list_titles(&client).await.unwrap();
        assert_eq!(titles[2].title.title, "C");
        assert_eq!((titles[2].s.loud.as_str(), titles[2].s.size), ("C", 1));
        let counts = embed::count_by_author(&client).await.unwrap();
        let counts: Vec<_> = counts
            .iter()
            .map(|row| {
                row.counts
                    .as_ref()
                    .map(|counts| (counts.books, counts.last))
            })
            .collect();
        assert_eq!(counts, [Some((1, 1)), Some((2, 2)), None]);
        let pairs = embed::pair_up(&client).await.unwrap();
        let last = |index: usize| pairs[index].last.as_ref().map(|last| last.book_id);
        assert_eq!((last(0), last(1), last(2)), (Some(1), Some(3), None));
        let books = embed::list_subquery(&client).await.unwrap();
        assert_eq!(books.len(), 2);
        assert_eq!((books[1].b.id, books[1].one), (3, 1));
        let sums = embed::roll_up(&client).await.unwrap();
        let total = sums.iter().find(|row| row.b.id.is_none()).unwrap();
        assert_eq!(total.books, 2);
        let both = embed::both_kinds(&client).await.unwrap();
        assert_eq!((both.len(), both[4].kind.as_str()), (5, "archived"));
    });
}

#[test]
fn written_rows_can_be_embedded() {
    on_database_of("sqlc_macros", |client| async move {
        fill(&client).await;
        let params = AddBookParams {
            author_id: 3,
            title: "D",
            tags: &["new".to_owned()],
        };
        let added = embed::add_book(&client, params).await.unwrap().book;
        assert_eq!((added.title.as_str(), added.tags.len()), ("D", 1));
        let moved = embed::move_book(&client, 7, added.id).await.unwrap();
        assert_eq!((moved.book.order, moved.author.name.as_str()), (7, "Cid"));
    });
}

#[test]
fn slices_are_arrays() {
    on_database_of("sqlc_macros", |client| async move {
        fill(&client).await;
        let books = slice::list_books_by_ids(&client, &[3, 1, 9]).await.unwrap();
        assert_eq!(books.iter().map(|b| b.id).collect::<Vec<_>>(), [1, 3]);
        assert!(
            slice::list_books_by_ids(&client, &[])
                .await
                .unwrap()
                .is_empty()
        );
        let none_of = ["A".to_owned()];
        let titles = slice::list_other_titles(&client, &none_of, 0);
        assert_eq!(titles.await.unwrap(), ["B", "C"]);
        let titles = slice::list_other_titles(&client, &[], 1);
        assert_eq!(titles.await.unwrap(), ["A", "C"]);
        let count = slice::count_in_places(&client, &[2], &[2]).await.unwrap();
        assert_eq!(count, 2);
        slice::upsert(&client, 9, "Y").await.unwrap();
        assert_eq!(slice::rename(&client, 1, None).await.unwrap(), 1);
        assert_eq!(slice::rename(&client, 1, Some("A2")).await.unwrap(), 1);
    });
}

#[test]
fn every_query_is_what_it_was_generated_as() {
    on_database_of("sqlc_macros", |client| async move {
        db::prepare_all(&client).await.unwrap();
    });
}
