//! Times the functions of a table beside the same by hand: `tables-bench URL [ROUNDS]`.

#[path = "../../contest/mod.rs"]
mod contest;
#[rustfmt::skip]
mod db;

use std::error::Error;
use std::time::{Duration, Instant};

use contest::{Contest, cpu};
use db::Session;
use db::models::Wide;
use db::wide::{self, AddManyParams, InsertWidesParams, NewWide, WidePatch};
use tokio_postgres::{Client, NoTls, Row, Statement};

#[derive(Clone, Copy, PartialEq)]
enum Task {
    Find,
    Insert,
    /// Two of 20 columns.
    Patch,
    InsertMany,
}

const TASKS: [(&str, Task, u32); 4] = [
    ("find", Task::Find, 50),
    ("insert", Task::Insert, 20),
    ("patch of 2 of 20 columns", Task::Patch, 20),
    ("insert_many of 20,000 rows", Task::InsertMany, 1),
];

enum Contender {
    ByHand {
        session: Session,
        find: Statement,
        insert: Statement,
        patch: Statement,
    },
    Tables(Session),
}

impl Contender {
    async fn by_hand(url: &str) -> Result<Self, Box<dyn Error>> {
        let client = connect(url).await?;
        Ok(Self::ByHand {
            find: client.prepare("SELECT * FROM wide WHERE id = $1").await?,
            insert: client
                .prepare("INSERT INTO wide (t1, t2, n1) VALUES ($1, $2, $3) RETURNING *")
                .await?,
            patch: client
                .prepare("UPDATE wide SET t3 = $1, n2 = $2 WHERE id = $3 RETURNING *")
                .await?,
            session: Session::new(client),
        })
    }

    fn name(&self) -> &'static str {
        match self {
            Self::ByHand { .. } => "by hand",
            Self::Tables(_) => "`tables`",
        }
    }

    async fn run(&self, task: Task, times: u32) -> Result<Duration, Box<dyn Error>> {
        let started = Instant::now();
        for call in 0..times {
            let id = i64::from(call) + 1;
            match (self, task) {
                (Self::ByHand { session, find, .. }, Task::Find) => {
                    wide(&session.query_one(find, &[&id]).await?)?;
                }
                (Self::ByHand { session, insert, .. }, Task::Insert) => {
                    let values: [&(dyn tokio_postgres::types::ToSql + Sync); 3] =
                        [&"one", &"two", &Some(id)];
                    wide(&session.query_one(insert, &values).await?)?;
                }
                (Self::ByHand { session, patch, .. }, Task::Patch) => {
                    let values: [&(dyn tokio_postgres::types::ToSql + Sync); 3] =
                        [&"three", &id, &id];
                    wide(&session.query_one(patch, &values).await?)?;
                }
                // The same as `-- @many` with the columns in question.
                (Self::ByHand { session, .. }, Task::InsertMany) => {
                    let rows: Vec<_> = (0..20_000)
                        .map(|n| AddManyParams { t1: "one", t2: "two", n1: Some(n) })
                        .collect();
                    wide::add_many(session, &rows).await?;
                }
                (Self::Tables(session), Task::Find) => {
                    wide::find_wide(session, id).await?;
                }
                (Self::Tables(session), Task::Insert) => {
                    let new = NewWide { n1: Some(id), ..NewWide::new("one", "two") };
                    wide::insert_wide(session, &new).await?;
                }
                (Self::Tables(session), Task::Patch) => {
                    let patch = WidePatch {
                        t3: Some(Some("three".to_owned())),
                        n2: Some(Some(id)),
                        ..WidePatch::default()
                    };
                    wide::patch_wide(session, id, &patch).await?;
                }
                (Self::Tables(session), Task::InsertMany) => {
                    let rows: Vec<_> = (0..20_000).map(row).collect();
                    wide::insert_wides(session, &rows).await?;
                }
            }
        }
        Ok(started.elapsed())
    }
}

fn row(n: i64) -> InsertWidesParams<'static> {
    InsertWidesParams {
        t1: "one",
        t2: "two",
        t3: None,
        t4: None,
        t5: None,
        t6: None,
        t7: None,
        t8: None,
        t9: None,
        t10: None,
        n1: Some(n),
        n2: None,
        n3: None,
        n4: None,
        n5: None,
        n6: None,
        n7: None,
        n8: None,
        n9: None,
    }
}

fn wide(row: &Row) -> Result<Wide, tokio_postgres::Error> {
    Ok(Wide {
        id: row.try_get(0)?,
        t1: row.try_get(1)?,
        t2: row.try_get(2)?,
        t3: row.try_get(3)?,
        t4: row.try_get(4)?,
        t5: row.try_get(5)?,
        t6: row.try_get(6)?,
        t7: row.try_get(7)?,
        t8: row.try_get(8)?,
        t9: row.try_get(9)?,
        t10: row.try_get(10)?,
        n1: row.try_get(11)?,
        n2: row.try_get(12)?,
        n3: row.try_get(13)?,
        n4: row.try_get(14)?,
        n5: row.try_get(15)?,
        n6: row.try_get(16)?,
        n7: row.try_get(17)?,
        n8: row.try_get(18)?,
        n9: row.try_get(19)?,
    })
}

async fn connect(url: &str) -> Result<Client, Box<dyn Error>> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let url = arguments.next().ok_or("usage: tables-bench URL [ROUNDS]")?;
    let rounds = arguments.next().map_or(Ok(100), |rounds| rounds.parse())?;
    let contenders = [
        Contender::by_hand(&url).await?,
        Contender::Tables(Session::new(connect(&url).await?)),
    ];
    let contest = Contest {
        contenders: contenders.len(),
        rounds,
        processes: cpu::processes(&url, std::iter::empty()).await?,
    };
    Contest::print_head(contenders.iter().map(Contender::name));
    for (name, task, times) in TASKS {
        let run = async |who: usize| contenders[who].run(task, times).await.map(Some);
        contest.hold(name, times, run).await?;
    }
    Ok(())
}
