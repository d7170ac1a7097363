//! Generated code, on each of its clients.

use std::error::Error;

use deadpool_postgres::{Manager, ManagerConfig, Object, Pool, RecyclingMethod};
use tokio_postgres::{Client, NoTls};

use crate::db::readings::{AddReadingsParams, CopyReadingsParams};
use crate::db::{self, BeginTransaction, Session, TransactionOptions};
use crate::rows::readings;
use crate::{Contender, Outcome, Task};

async fn once<C: BeginTransaction>(
    client: &mut C,
    task: Task,
    id: i64,
) -> Result<(), Box<dyn Error>> {
    match task {
        Task::One => assert_eq!(db::items::get_item(client, id).await?.id, id),
        Task::Many(last) => {
            let items = db::items::list_items(client, last).await?;
            assert_eq!(items.len() as i64, last);
        }
        Task::Checkout => {
            let sale = db::transaction(client, TransactionOptions::new(), async |tx| {
                let stock = db::items::lock_stock(tx, id).await?;
                assert!(stock > 0);
                db::items::take_stock(tx, 1, id).await?;
                db::items::add_sale(tx, id, 1).await
            });
            assert!(sale.await? > 0);
        }
        Task::Insert(count) => {
            let rows: Vec<AddReadingsParams<'_>> = readings(count)
                .iter()
                .map(|row| AddReadingsParams {
                    id: row.id,
                    sensor: &row.sensor,
                    channel: row.channel,
                    value: row.value,
                    valid: row.valid,
                    device: row.device,
                    taken_at: row.taken_at,
                    note: row.note.as_deref(),
                })
                .collect();
            let added = db::readings::add_readings(client, &rows).await?;
            assert_eq!(added, count as u64);
        }
        Task::Copy(count) => {
            let rows = readings(count).iter().map(|row| CopyReadingsParams {
                id: row.id,
                sensor: &row.sensor,
                channel: row.channel,
                value: row.value,
                valid: row.valid,
                device: row.device,
                taken_at: row.taken_at,
                note: row.note.as_deref(),
            });
            let copied = db::readings::copy_readings(client, rows).await?;
            assert_eq!(copied, count as u64);
        }
    }
    Ok(())
}

async fn client(url: &str) -> Result<Client, Box<dyn Error>> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}

pub struct OnSession(Session);

impl OnSession {
    pub async fn connect(url: &str) -> Result<Self, Box<dyn Error>> {
        Ok(Self(Session::new(client(url).await?)))
    }
}

impl Contender for OnSession {
    fn name(&self) -> &'static str {
        "rowsmith"
    }

    fn run(&mut self, task: Task, times: u32) -> Outcome<'_> {
        Box::pin(async move {
            for id in 1..=i64::from(times) {
                once(&mut self.0, task, id).await?;
            }
            Ok(())
        })
    }
}

/// Takes a connection from the pool each time.
pub struct OnDeadpool(Pool);

impl OnDeadpool {
    pub async fn connect(url: &str) -> Result<Self, Box<dyn Error>> {
        let recycling = ManagerConfig {
            recycling_method: RecyclingMethod::Fast,
        };
        let manager = Manager::from_config(url.parse()?, NoTls, recycling);
        Ok(Self(Pool::builder(manager).max_size(1).build()?))
    }
}

impl Contender for OnDeadpool {
    fn name(&self) -> &'static str {
        "rowsmith, deadpool"
    }

    fn run(&mut self, task: Task, times: u32) -> Outcome<'_> {
        Box::pin(async move {
            for id in 1..=i64::from(times) {
                let mut connection: Object = self.0.get().await?;
                once(&mut connection, task, id).await?;
            }
            Ok(())
        })
    }
}

/// As behind a pooler that loses prepared statements.
pub struct Unprepared(Client);

impl Unprepared {
    pub async fn connect(url: &str) -> Result<Self, Box<dyn Error>> {
        client(url).await.map(Self)
    }
}

impl Contender for Unprepared {
    fn name(&self) -> &'static str {
        "rowsmith, unprepared"
    }

    fn run(&mut self, task: Task, times: u32) -> Outcome<'_> {
        Box::pin(async move {
            for id in 1..=i64::from(times) {
                once(&mut self.0, task, id).await?;
            }
            Ok(())
        })
    }
}
