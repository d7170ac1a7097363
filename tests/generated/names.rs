//! The case `names`.

#[path = "../cases/names/expected/mod.rs"]
mod db;

use crate::on_database_of;
use db::{Session, client_queries, models, std as queries_of_std, r#type};

#[test]
fn strange_names_and_text_keep_their_meaning() {
    on_database_of("names", |client| async move {
        client
            .batch_execute(r#"INSERT INTO "result" VALUES (1, 2, 3, 4, 5, 6, 7, 'two-words')"#)
            .await
            .unwrap();
        let session = Session::new(client);
        let rows = r#type::r#type(&session).await.unwrap();
        let row = &rows[0];
        assert_eq!(
            (row.r#type, row.self_, row._1st, row.a_b, row.a_b_2),
            (1, 2, 3, 4, 5)
        );
        assert_eq!((row.ünïcode, row.quo_te), (6, 7));
        assert_eq!(row.strange.as_str(), "two-words");
        for label in models::StrangeLabels::ALL {
            assert_eq!(
                label.as_str().parse::<models::StrangeLabels>().as_ref(),
                Ok(label)
            );
        }

        let unnamed = client_queries::unnamed(&session).await.unwrap();
        assert_eq!(
            (
                unnamed.column,
                unnamed.column_2.as_str(),
                unnamed.id,
                unnamed.id_2
            ),
            (1, "a", 2, 3)
        );
        let text = client_queries::text(&session, "!").await.unwrap();
        assert_eq!(
            text,
            "it'sa\tb\\ \"#  $1 @x ; -- no comment\nsecond line A!"
        );
        let operators = client_queries::operators(&session, -5, 1).await.unwrap();
        assert_eq!((operators.column, operators.abs), (true, 5));
        client_queries::tokio_postgres(&session).await.unwrap();

        assert_eq!(queries_of_std::scalar(&session, 1).await.unwrap(), 2);
        for language in models::Language::ALL {
            let row = queries_of_std::err(&session, *language, "here")
                .await
                .unwrap();
            assert_eq!(row.ok, "turned \u{202e}around\u{2066}");
            assert_eq!((row.language, row.from_row.as_str()), (*language, "here"));
        }
        let totals = queries_of_std::find_totals(&session).await.unwrap();
        assert_eq!((totals.sum, totals.rest), (1, 2));
        assert!(queries_of_std::evil(&session).await.unwrap().is_empty());
        assert!(queries_of_std::crate_(&session).await.unwrap().is_empty());
    });
}

#[test]
fn every_query_is_what_it_was_generated_as() {
    on_database_of("names", |client| async move {
        db::prepare_all(&client).await.unwrap();
    });
}
