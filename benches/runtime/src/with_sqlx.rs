//! `sqlx`, on one connection.

use std::error::Error;
use std::fmt::Write as _;

use chrono::{DateTime, Utc};
use sqlx::{Connection, FromRow, PgConnection};
use uuid::Uuid;

use crate::rows::readings;
use crate::{Contender, Outcome, Task};

const COPY: &str =
    "COPY readings (id, sensor, channel, value, valid, device, taken_at, note) FROM STDIN";
const INSERT: &str = "INSERT INTO readings (id, sensor, channel, value, valid, device, taken_at, note) \
                      SELECT * FROM unnest($1::int8[], $2::text[], $3::int4[], $4::float8[], $5::bool[], \
                      $6::uuid[], $7::timestamptz[], $8::text[])";

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
            Task::Insert(count) => assert_eq!(self.insert(count).await?, count as u64),
            Task::Copy(count) => assert_eq!(self.copy(count).await?, count as u64),
        }
        Ok(())
    }

    async fn insert(&mut self, count: usize) -> Result<u64, sqlx::Error> {
        let rows = readings(count).iter();
        let ids: Vec<i64> = rows.clone().map(|row| row.id).collect();
        let sensors: Vec<&str> = rows.clone().map(|row| &*row.sensor).collect();
        let channels: Vec<i32> = rows.clone().map(|row| row.channel).collect();
        let values: Vec<f64> = rows.clone().map(|row| row.value).collect();
        let valid: Vec<bool> = rows.clone().map(|row| row.valid).collect();
        let devices: Vec<Uuid> = rows.clone().map(|row| row.device).collect();
        let times: Vec<DateTime<Utc>> = rows.clone().map(|row| row.taken_at).collect();
        let notes: Vec<Option<&str>> = rows.map(|row| row.note.as_deref()).collect();
        let done = sqlx::query(INSERT)
            .bind(ids)
            .bind(sensors)
            .bind(channels)
            .bind(values)
            .bind(valid)
            .bind(devices)
            .bind(times)
            .bind(notes)
            .execute(&mut self.0)
            .await?;
        Ok(done.rows_affected())
    }

    /// As text: what is sent is up to the caller.
    async fn copy(&mut self, count: usize) -> Result<u64, Box<dyn Error>> {
        let mut sink = self.0.copy_in_raw(COPY).await?;
        for rows in readings(count).chunks(500) {
            let mut text = String::new();
            for row in rows {
                let note = row.note.as_deref().unwrap_or("\\N");
                let (id, sensor, channel, value) = (row.id, &row.sensor, row.channel, row.value);
                let (valid, device, taken_at) = (row.valid, row.device, row.taken_at);
                writeln!(
                    text,
                    "{id}\t{sensor}\t{channel}\t{value}\t{valid}\t{device}\t{taken_at:?}\t{note}"
                )?;
            }
            sink.send(text.into_bytes()).await?;
        }
        Ok(sink.finish().await?)
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
