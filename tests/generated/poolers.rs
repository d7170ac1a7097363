//! The case `poolers`: code that prepares nothing, so that each statement can meet another connection of the server.

#![expect(
    clippy::cast_sign_loss,
    clippy::cast_possible_truncation,
    clippy::too_many_lines,
    reason = "small numbers, and one call after another"
)]

mod db {
    include!(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/cases/poolers/expected/mod.rs"
    ));
}

mod pgbouncer;

use db::models::{Place, Priority};
use db::tasks::{self, AddNotesParams, AddTaskParams, ListTasksParams, NotesOfParams};
use db::tasks::{SaveNotesParams, SetKindsParams};
use db::types::Range;
use db::{BeginTransaction, Client, Error, Session, TransactionOptions};

use crate::wire::counted;
use crate::{on_case, on_database_of};

const LABELS: [Priority; 3] = [Priority::Low, Priority::High, Priority::ItSUrgentNow];

fn place(number: i32) -> Place {
    Place {
        street: Some(format!("Long \"Lane\", {number}")),
        number: Some(number + 1),
        priority: Some(LABELS[number as usize % 3]),
        marks: Some(vec![Some(Priority::High), None]),
    }
}

async fn add_levels(client: &dyn Client) {
    for level in LABELS {
        tasks::add_level(client, level, level.as_str())
            .await
            .unwrap();
    }
}

/// Calls queries of every kind and checks what they give, with rows of its own: those from `base` on. Gives the number of
/// calls.
async fn call_all<C: BeginTransaction>(client: &mut C, base: i64) -> Result<usize, Error> {
    let number = (base % 1_000_000) as i32;
    let (near, far) = (place(number), place(number + 1));
    let places = [near.clone(), far.clone()];
    let title = format!("Task {base}");
    let during = Range::from(0.5..f64::from(number) + 1.5);
    let priority = LABELS[number as usize % 3];
    let params = AddTaskParams {
        id: base,
        title: &title,
        priority,
        marks: &[Priority::Low, priority],
        effort: Some(number + 1),
        efforts: &[1, number + 1],
        grade: Some(priority),
        grades: Some(&[priority]),
        place: Some(&near),
        places: &places,
        during: Some(&during),
        parent_id: None,
    };
    let added = tasks::add_task(client, params).await?;
    assert_eq!(added.title, title);
    assert_eq!(added.priority, priority);
    assert_eq!(added.marks, [Some(Priority::Low), Some(priority)]);
    assert_eq!(added.efforts, [Some(1), Some(number + 1)]);
    assert_eq!(added.grade, Some(priority));
    assert_eq!(added.grades, Some(vec![Some(priority)]));
    assert_eq!(added.place, Some(near.clone()));
    assert_eq!(added.places, [Some(near.clone()), Some(far.clone())]);
    assert_eq!(added.during.as_ref(), Some(&during));
    let child = AddTaskParams {
        id: base + 1,
        parent_id: Some(base),
        grade: None,
        grades: None,
        place: None,
        places: &[],
        during: None,
        ..params
    };
    // In a transaction, with what fails inside of a savepoint.
    let child = db::transaction(client, TransactionOptions::new(), async |tx| {
        let added = tasks::add_task(tx, child).await?;
        let twice = tx.savepoint(async |sp| tasks::add_task(sp, child).await);
        assert!(twice.await.is_err_and(|error| error.constraint().is_some()));
        Ok::<_, Error>(added)
    })
    .await?;
    assert_eq!((child.place, child.during), (None, None));
    assert_eq!(tasks::get_task(client, base).await?, added);
    assert_eq!(tasks::priority_of(client, base).await?, priority);
    assert_eq!(tasks::marks_of(client, &title).await?, added.marks);
    assert_eq!(tasks::places_of(client, base).await?, added.places);
    assert!(
        tasks::places_of(client, -1)
            .await
            .is_err_and(|error| error.is_not_found())
    );
    tasks::nothing(client, priority).await?;

    let notes = (0..4_i64).map(|index| AddNotesParams {
        id: base * 4 + index,
        task_id: base,
        kind: LABELS[index as usize % 3],
        place: (index > 0).then_some(&near),
        body: "a note",
    });
    assert_eq!(tasks::add_notes(client, notes).await?, 4);
    let ids: Vec<i64> = (0..4).map(|index| base * 4 + index).collect();
    let kinds = tasks::note_kind(client, &ids).await?;
    assert_eq!(kinds, [LABELS[0], LABELS[1], LABELS[2], LABELS[0]]);
    let saved: Vec<_> = ids
        .iter()
        .map(|&id| SaveNotesParams {
            id,
            task_id: base,
            kind: priority,
            place: Some(&far),
            body: "saved",
        })
        .collect();
    let saved = tasks::save_notes(client, &saved).await?;
    assert!(saved.iter().all(|row| row.kind == priority));
    assert_eq!(saved.iter().map(|row| row.id).collect::<Vec<_>>(), ids);
    let set: Vec<_> = ids
        .iter()
        .zip([0, 1, 2, 1])
        .map(|(&id, kind)| SetKindsParams {
            kind: LABELS[kind],
            id,
        })
        .collect();
    assert_eq!(tasks::set_kinds(client, &set).await?, [1, 1, 1, 1]);
    let asked = LABELS.map(|kind| NotesOfParams {
        task_id: base,
        kind,
    });
    let found = tasks::notes_of(client, &asked).await?;
    assert_eq!(found.iter().map(Vec::len).collect::<Vec<_>>(), [1, 2, 1]);
    assert_eq!(found[1][1].place, Some(far.clone()));

    let page = tasks::task_page(client, base + 1, Priority::High).await?;
    assert_eq!(page.level.description, priority.as_str());
    assert_eq!(page.parent.unwrap().priority, priority);
    assert_eq!(page.notes.len(), 0);
    let page = tasks::task_page(client, base, Priority::High).await?;
    assert_eq!(page.notes[1].place, Some(far.clone()));
    assert_eq!(page.notes[1].kind, Priority::High);
    let pages = tasks::task_pages(client, Priority::High).await?;
    let page = pages.iter().find(|page| page.id == base).unwrap();
    assert_eq!((page.notes.len(), page.priority), (2, priority));
    assert_eq!(page.notes[0].place, Some(far.clone()));

    let all = tasks::list_tasks(client, listed(None, None)).await?;
    let some = tasks::list_tasks(client, listed(Some(priority), Some(number))).await?;
    assert!(all.iter().any(|row| row.title == title));
    assert!(some.iter().all(|row| row.priority == priority));
    assert!(some.iter().any(|row| row.id == base));
    let embedded = tasks::embedded(client).await?;
    assert!(
        embedded
            .iter()
            .flat_map(|row| &row.task)
            .all(|task| task.id >= 0)
    );

    let finished = tasks::finish(client, base).await?;
    // By the order of the enum, not that of its labels as texts.
    let kinds: Vec<Priority> = finished.iter().map(|row| row.kind).collect();
    assert_eq!(kinds, [LABELS[2], LABELS[1], LABELS[1], LABELS[0]]);
    assert_eq!(finished[0].place, Some(far));
    tasks::raise(client, priority, base).await?;
    Ok(25)
}

/// So many notes and one more; with more than 20,000, one of them twice.
fn notes<'a>(last: i64) -> impl Iterator<Item = AddNotesParams<'a>> {
    (0..=last).map(|index| AddNotesParams {
        id: index.min(20_000),
        task_id: 10,
        kind: Priority::Low,
        place: None,
        body: "a long note of many words",
    })
}

fn listed(priority: Option<Priority>, least: Option<i32>) -> ListTasksParams {
    ListTasksParams {
        priority,
        least,
        sort: None,
    }
}

#[test]
fn no_statement_has_a_name() {
    on_case("poolers", async |database| {
        let (mut client, counts) = counted(database.config()).await;
        add_levels(&client).await;
        call_all(&mut client, 10).await.unwrap();
        db::prepare_all(&client).await.unwrap();
        let raised = tasks::raise_all(&client, Priority::Low, &[Priority::High]).await;
        raised.unwrap();
        assert_eq!(counts.named(), 0);

        // The rows of a large copy are stored in several statements, or not at all.
        assert_eq!(
            tasks::add_notes(&client, notes(20_000)).await.unwrap(),
            20_001
        );
        client.batch_execute("DELETE FROM notes").await.unwrap();
        tasks::add_notes(&client, notes(20_001)).await.unwrap_err();
        let none = db::transaction(&mut client, TransactionOptions::new(), async |tx| {
            tasks::add_notes(tx, notes(20_001)).await.unwrap_err();
            tasks::finish(tx, 10).await
        });
        assert_eq!(none.await.unwrap(), []);
        assert_eq!(tasks::finish(&client, 10).await.unwrap(), []);
        assert_eq!(counts.named(), 0);

        // With names, the same.
        let mut session = Session::new(client);
        call_all(&mut session, 20).await.unwrap();
        assert!(counts.named() > 0);
        db::prepare_all(&session).await.unwrap();
    });
}

#[test]
fn values_are_what_they_are_with_and_without_a_name() {
    on_database_of("poolers", async |client| {
        add_levels(&client).await;
        let mut client = client;
        call_all(&mut client, 10).await.unwrap();
        // The database has changed since.
        let change = "ALTER TYPE priority RENAME VALUE 'low' TO 'lowest'";
        client.batch_execute(change).await.unwrap();
        let unknown = tasks::get_task(&client, 10).await.unwrap_err();
        let cause = std::error::Error::source(&unknown).unwrap();
        let cause = std::error::Error::source(cause).unwrap();
        assert_eq!(
            cause.to_string(),
            "column `marks`: unknown label `lowest` of the enum `priority`"
        );
        let change = "ALTER TABLE tasks ALTER places TYPE text USING 'none'";
        client.batch_execute(change).await.unwrap();
        let changed = tasks::places_of(&client, 10).await.unwrap_err();
        assert!(changed.as_postgres().is_some(), "{changed}");
        let refused = db::prepare_all(&client).await.unwrap_err();
        let refused: Vec<_> = refused.outdated_queries().collect();
        assert!(refused.contains(&"PlacesOf"), "{refused:?}");
        assert!(!refused.contains(&"PriorityOf"), "{refused:?}");
    });
}

/// The tables of a tenant, in a schema of its own; not all types are what another tenant has.
async fn add_tenant(client: &tokio_postgres::Client, name: &str, changes: &str) {
    let migration = include_str!("../cases/poolers/migrations/1_tasks.sql");
    let migration = migration.replace("CREATE EXTENSION citext;", "");
    let tables = format!(
        "CREATE SCHEMA {name}; SET search_path = {name}, public; {migration}; {changes}; RESET search_path"
    );
    client.batch_execute(&tables).await.unwrap();
}

/// Calls in a tenant's transaction or session.
async fn call_some(client: &dyn Client, id: i64) {
    let near = place(id as i32);
    let task = AddTaskParams {
        id,
        title: "A task",
        priority: Priority::High,
        marks: &[Priority::Low],
        effort: Some(1),
        efforts: &[2],
        grade: None,
        grades: None,
        place: Some(&near),
        places: &[],
        during: None,
        parent_id: None,
    };
    let added = tasks::add_task(client, task).await.unwrap();
    assert_eq!(added.place, Some(near.clone()));
    assert_eq!(tasks::get_task(client, id).await.unwrap(), added);
    tasks::raise(client, Priority::Low, id).await.unwrap();
    assert_eq!(tasks::priority_of(client, id).await.unwrap(), Priority::Low);
    let notes = [1, 2].map(|note| AddNotesParams {
        id: id * 10 + note,
        task_id: id,
        kind: Priority::High,
        place: Some(&near),
        body: "a note",
    });
    assert_eq!(tasks::add_notes(client, notes).await.unwrap(), 2);
    assert_eq!(
        tasks::note_kind(client, &[id * 10 + 1]).await.unwrap(),
        [Priority::High]
    );
    let saved = [2, 1].map(|note| SaveNotesParams {
        id: id * 10 + note,
        task_id: id,
        kind: Priority::High,
        place: Some(&near),
        body: "a note",
    });
    let saved = tasks::save_notes(client, &saved).await.unwrap();
    assert_eq!([saved[0].id, saved[1].id], [id * 10 + 2, id * 10 + 1]);
    let page = tasks::task_page(client, id, Priority::High).await.unwrap();
    assert_eq!(page.notes[1].place, Some(near));
    let pages = tasks::task_pages(client, Priority::High).await.unwrap();
    let page = pages.iter().find(|page| page.id == id).unwrap();
    assert_eq!(page.notes.len(), 2);
    let listed = tasks::list_tasks(client, listed(Some(Priority::Low), Some(1))).await;
    assert!(listed.unwrap().iter().any(|row| row.id == id));
}

#[test]
fn each_tenant_has_a_schema_on_one_connection() {
    on_database_of("poolers", async |client| {
        let other = "ALTER TABLE levels ALTER description TYPE varchar(20);
            ALTER TABLE tasks ALTER effort TYPE integer, ALTER title TYPE text";
        add_tenant(&client, "tenant_a", "").await;
        add_tenant(&client, "tenant_b", other).await;
        let mut session = Session::new(client);
        let tenants = ["tenant_a", "tenant_b"];
        for tenant in tenants {
            let options =
                TransactionOptions::new().set_local("Search_Path", format!("{tenant}, public"));
            let levels = db::transaction(&mut session, options, async |tx| {
                add_levels(tx).await;
                Ok::<_, Error>(())
            });
            levels.await.unwrap();
        }
        for round in 0..3 {
            for tenant in tenants {
                let path = format!("{tenant}, public");
                let options = TransactionOptions::new().set_local("search_path", &path);
                let called = db::transaction(&mut session, options, async |tx| {
                    call_some(tx, 10 + round).await;
                    tx.savepoint(async |sp| {
                        call_some(sp, 100 + round).await;
                        Ok::<_, Error>(())
                    })
                    .await
                });
                called.await.unwrap();

                // Nobody tells the session; what it has prepared is prepared again.
                let set = format!("SET search_path = {path}");
                session.batch_execute(&set).await.unwrap();
                call_some(&session, 1000 + round).await;
                session.batch_execute("RESET search_path").await.unwrap();
            }
        }
    });
}
