//! `tokio-postgres` as one writes it by hand, with everything prepared in advance.

use std::error::Error;

use chrono::{DateTime, Utc};
use tokio_postgres::{Client, NoTls, Row, Statement};
use uuid::Uuid;

use crate::{Contender, Outcome, Task};

pub struct ByHand {
    client: Client,
    get: Statement,
    list: Statement,
    lock: Statement,
    take: Statement,
    sell: Statement,
}

#[allow(dead_code, reason = "decoded like the generated row")]
struct Item {
    id: i64,
    name: String,
    description: Option<String>,
    price_cents: i32,
    stock: i32,
    weight: f64,
    active: bool,
    code: Uuid,
    added_at: DateTime<Utc>,
    tags: Vec<String>,
}

fn item(row: &Row) -> Result<Item, tokio_postgres::Error> {
    Ok(Item {
        id: row.try_get(0)?,
        name: row.try_get(1)?,
        description: row.try_get(2)?,
        price_cents: row.try_get(3)?,
        stock: row.try_get(4)?,
        weight: row.try_get(5)?,
        active: row.try_get(6)?,
        code: row.try_get(7)?,
        added_at: row.try_get(8)?,
        tags: row.try_get(9)?,
    })
}

impl ByHand {
    pub async fn connect(url: &str) -> Result<Self, Box<dyn Error>> {
        let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
        tokio::spawn(connection);
        Ok(Self {
            get: client.prepare("SELECT * FROM items WHERE id = $1").await?,
            list: client
                .prepare("SELECT * FROM items WHERE id <= $1 ORDER BY id")
                .await?,
            lock: client
                .prepare("SELECT stock FROM items WHERE id = $1 FOR UPDATE")
                .await?,
            take: client
                .prepare("UPDATE items SET stock = stock - $1 WHERE id = $2")
                .await?,
            sell: client
                .prepare("INSERT INTO sales (item_id, quantity) VALUES ($1, $2) RETURNING id")
                .await?,
            client,
        })
    }

    async fn once(&mut self, task: Task, id: i64) -> Result<(), Box<dyn Error>> {
        match task {
            Task::One => {
                let row = self.client.query_one(&self.get, &[&id]).await?;
                assert_eq!(item(&row)?.id, id);
            }
            Task::Many(last) => {
                let rows = self.client.query(&self.list, &[&last]).await?;
                let items: Vec<Item> = rows.iter().map(item).collect::<Result<_, _>>()?;
                assert_eq!(items.len() as i64, last);
            }
            Task::Checkout => {
                let transaction = self.client.transaction().await?;
                let stock: i32 = transaction
                    .query_one(&self.lock, &[&id])
                    .await?
                    .try_get(0)?;
                assert!(stock > 0);
                transaction.execute(&self.take, &[&1_i32, &id]).await?;
                let sale: i64 = transaction
                    .query_one(&self.sell, &[&id, &1_i32])
                    .await?
                    .try_get(0)?;
                assert!(sale > 0);
                transaction.commit().await?;
            }
        }
        Ok(())
    }
}

impl Contender for ByHand {
    fn name(&self) -> &'static str {
        "by hand"
    }

    fn run(&mut self, task: Task, times: u32) -> Outcome<'_> {
        Box::pin(async move {
            for id in 1..=i64::from(times) {
                self.once(task, id).await?;
            }
            Ok(())
        })
    }
}
