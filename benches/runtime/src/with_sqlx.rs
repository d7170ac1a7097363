//! `sqlx`, on one connection.

use std::error::Error;

use chrono::{DateTime, Utc};
use sqlx::{Connection, FromRow, PgConnection};
use uuid::Uuid;

use crate::{Contender, Outcome, Task};

pub struct WithSqlx(PgConnection);

#[allow(dead_code, reason = "decoded like the generated row")]
#[derive(FromRow)]
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

impl WithSqlx {
    pub async fn connect(url: &str) -> Result<Self, Box<dyn Error>> {
        Ok(Self(PgConnection::connect(url).await?))
    }

    async fn once(&mut self, task: Task, id: i64) -> Result<(), Box<dyn Error>> {
        match task {
            Task::One => {
                let item: Item = sqlx::query_as("SELECT * FROM items WHERE id = $1")
                    .bind(id)
                    .fetch_one(&mut self.0)
                    .await?;
                assert_eq!(item.id, id);
            }
            Task::Many(last) => {
                let items: Vec<Item> =
                    sqlx::query_as("SELECT * FROM items WHERE id <= $1 ORDER BY id")
                        .bind(last)
                        .fetch_all(&mut self.0)
                        .await?;
                assert_eq!(items.len() as i64, last);
            }
            Task::Checkout => {
                let mut transaction = self.0.begin().await?;
                let stock: i32 =
                    sqlx::query_scalar("SELECT stock FROM items WHERE id = $1 FOR UPDATE")
                        .bind(id)
                        .fetch_one(&mut *transaction)
                        .await?;
                assert!(stock > 0);
                sqlx::query("UPDATE items SET stock = stock - $1 WHERE id = $2")
                    .bind(1)
                    .bind(id)
                    .execute(&mut *transaction)
                    .await?;
                let sale: i64 = sqlx::query_scalar(
                    "INSERT INTO sales (item_id, quantity) VALUES ($1, $2) RETURNING id",
                )
                .bind(id)
                .bind(1)
                .fetch_one(&mut *transaction)
                .await?;
                assert!(sale > 0);
                transaction.commit().await?;
            }
        }
        Ok(())
    }
}

impl Contender for WithSqlx {
    fn name(&self) -> &'static str {
        "sqlx"
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
