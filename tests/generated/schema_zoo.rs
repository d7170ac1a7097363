//! The case `schema_zoo`.

#[path = "../cases/schema_zoo/expected/mod.rs"]
mod db;

use crate::on_database_of;
use db::models::{AppMood, Mood};
use db::{Session, events, über};

#[test]
fn domains_over_enums_and_arrays_go_there_and_back() {
    on_database_of("schema_zoo", |client| async move {
        let session = Session::new(client);
        let params = events::AddEventParams {
            mood: Mood::Ok,
            moods: Some(&[Mood::Ok, Mood::Happy]),
            numbers: Some(&[1, 2]),
            email: Some("a@b"),
        };
        let event = events::add_event(&session, params).await.unwrap();
        assert_eq!(event.mood, Mood::Ok);
        assert_eq!(event.moods, Some(vec![Some(Mood::Ok), Some(Mood::Happy)]));
        assert_eq!(event.numbers, Some(vec![Some(1), Some(2)]));
        assert_eq!(event.doubled, 2 * event.id);
        assert_eq!(events::call_add(&session, 1, 2).await.unwrap(), Some(3));
        assert_eq!(events::rows(&session).await.unwrap().len(), 1);
        // A name that ends in a mark is no mark: the column may be NULL.
        assert_eq!(events::marks(&session).await.unwrap()[0].sure, None);
        assert_eq!(events::scalar(&session).await.unwrap(), [event.id]);
    });
}

#[test]
fn modules_and_queries_beyond_ascii_run() {
    on_database_of("schema_zoo", |client| async move {
        let session = Session::new(client);
        let row = über::名前(&session, "x", AppMood::Ok).await.unwrap();
        assert_eq!((row.名前.as_str(), row.mood), ("x", AppMood::Ok));
    });
}

#[test]
fn every_query_is_what_it_was_generated_as() {
    on_database_of("schema_zoo", |client| async move {
        db::prepare_all(&client).await.unwrap();
    });
}
