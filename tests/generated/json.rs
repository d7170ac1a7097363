//! The case `json`: what is generated, written as JSON and read from it.

#[path = "../cases/json/expected/mod.rs"]
mod db;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::on_database_of;
use db::Session;
use db::models::{State, Task};
use db::tasks::{self, CreateTaskOwnedParams, ListTitlesRow, ListTitlesSort};

/// The value, after it was written and read again.
fn again<T: Serialize + DeserializeOwned>(value: &T) -> T {
    serde_json::from_str(&serde_json::to_string(value).unwrap()).unwrap()
}

#[test]
fn parameters_are_read_from_json_and_rows_written() {
    on_database_of("json", |client| async move {
        let session = Session::new(client);
        // With escapes, which a `&str` could not hold.
        let sent = r#"{"title": "a \"quoted\"\n title", "note": "n\u00e9", "state": "in-progress", "labels": ["x\ty"],
            "data": {"a": [1, null]}, "rawBytes": [0, 255], "place": {"city": "Oslo", "floor": null}, "weight": 1.5}"#;
        let params: CreateTaskOwnedParams = serde_json::from_str(sent).unwrap();
        assert_eq!(again(&params), params);
        let task = tasks::create_task(&session, params.as_params())
            .await
            .unwrap();
        assert_eq!(task.title, "a \"quoted\"\n title");
        assert_eq!(task.state, State::InProgress);
        assert_eq!(again(&task), task);
        let json = serde_json::to_value(&task).unwrap();
        assert_eq!(json["name"], task.title, "the attribute of the field");
        assert_eq!(
            json["rawBytes"],
            serde_json::json!([0, 255]),
            "that of the struct"
        );
        assert_eq!(json["state"], "in-progress", "the label in Postgres");
        assert_eq!(json["place"]["city"], "Oslo");

        let noted: Vec<Task> = tasks::list_noted_tasks(&session).await.unwrap();
        assert_eq!(noted, std::slice::from_ref(&task));
        let finished: Task = tasks::finish_task(&session, task.id).await.unwrap();
        assert_eq!(serde_json::to_value(finished.state).unwrap(), "Done");

        let sort: ListTitlesSort = serde_json::from_str(r#""newest-first""#).unwrap();
        assert_eq!(sort.as_str(), "newest-first");
        let titles = tasks::list_titles(&session, Some(sort)).await.unwrap();
        let [title] = titles.as_slice() else {
            panic!("one task is there");
        };
        assert_eq!(again::<ListTitlesRow>(title), *title);
    });
}

#[test]
fn every_label_and_key_is_read_and_written_as_it_is_in_sql() {
    for state in State::ALL {
        let json = serde_json::to_value(state).unwrap();
        assert_eq!(json, state.as_str());
        assert_eq!(again(state), *state);
    }
    for order in ListTitlesSort::ALL {
        assert_eq!(serde_json::to_value(order).unwrap(), order.as_str());
    }
}
