//! `tokio-postgres` as one writes it by hand, with everything prepared in advance.

use std::error::Error;
use std::pin::pin;

use chrono::{DateTime, Utc};
use futures_util::{StreamExt, TryStreamExt};
use tokio_postgres::binary_copy::BinaryCopyInWriter;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, NoTls, Row, Statement};
use uuid::Uuid;

use crate::rows::readings;
use crate::{Contender, Outcome, Task};

const COPY: &str = "COPY readings (id, sensor, channel, value, valid, device, taken_at, note) \
                    FROM STDIN (FORMAT binary)";
const INSERT: &str = "INSERT INTO readings (id, sensor, channel, value, valid, device, taken_at, note) \
                      SELECT * FROM unnest($1::int8[], $2::text[], $3::int4[], $4::float8[], $5::bool[], \
                      $6::uuid[], $7::timestamptz[], $8::text[])";

pub struct ByHand {
    client: Client,
    /// Whether rows are decoded as they arrive, and not when all of them are there.
    streams: bool,
    get: Statement,
    list: Statement,
    lock: Statement,
    take: Statement,
    sell: Statement,
    insert: Statement,
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
    pub async fn connect(url: &str, streams: bool) -> Result<Self, Box<dyn Error>> {
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
            insert: client.prepare(INSERT).await?,
            client,
            streams,
        })
    }

    async fn once(&mut self, task: Task, id: i64) -> Result<(), Box<dyn Error>> {
        match task {
            Task::One => {
                let row = self.client.query_one(&self.get, &[&id]).await?;
                assert_eq!(item(&row)?.id, id);
            }
            Task::Many(last) if self.streams => {
                let rows = self.client.query_raw(&self.list, [last]).await?;
                let items = rows.map(|row| row.and_then(|row| item(&row)));
                let items: Vec<Item> = items.try_collect().await?;
                assert_eq!(items.len() as i64, last);
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
            Task::Insert(count) => assert_eq!(self.insert(count).await?, count as u64),
            Task::Copy(count) => assert_eq!(self.copy(count).await?, count as u64),
        }
        Ok(())
    }

    async fn insert(&self, count: usize) -> Result<u64, tokio_postgres::Error> {
        let rows = readings(count).iter();
        let ids: Vec<i64> = rows.clone().map(|row| row.id).collect();
        let sensors: Vec<&str> = rows.clone().map(|row| &*row.sensor).collect();
        let channels: Vec<i32> = rows.clone().map(|row| row.channel).collect();
        let values: Vec<f64> = rows.clone().map(|row| row.value).collect();
        let valid: Vec<bool> = rows.clone().map(|row| row.valid).collect();
        let devices: Vec<Uuid> = rows.clone().map(|row| row.device).collect();
        let times: Vec<DateTime<Utc>> = rows.clone().map(|row| row.taken_at).collect();
        let notes: Vec<Option<&str>> = rows.map(|row| row.note.as_deref()).collect();
        let values: [&(dyn ToSql + Sync); 8] = [
            &ids, &sensors, &channels, &values, &valid, &devices, &times, &notes,
        ];
        self.client.execute(&self.insert, &values).await
    }

    async fn copy(&self, count: usize) -> Result<u64, tokio_postgres::Error> {
        let sink = self.client.copy_in(COPY).await?;
        let types = [
            Type::INT8,
            Type::TEXT,
            Type::INT4,
            Type::FLOAT8,
            Type::BOOL,
            Type::UUID,
            Type::TIMESTAMPTZ,
            Type::TEXT,
        ];
        let mut writer = pin!(BinaryCopyInWriter::new(sink, &types));
        for row in readings(count) {
            let values: [&(dyn ToSql + Sync); 8] = [
                &row.id,
                &row.sensor,
                &row.channel,
                &row.value,
                &row.valid,
                &row.device,
                &row.taken_at,
                &row.note,
            ];
            writer.as_mut().write(&values).await?;
        }
        writer.finish().await
    }
}

impl Contender for ByHand {
    fn name(&self) -> &'static str {
        if self.streams {
            "by hand, streamed"
        } else {
            "by hand"
        }
    }

    fn can(&self, task: Task) -> bool {
        !self.streams || matches!(task, Task::One | Task::Many(_))
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
