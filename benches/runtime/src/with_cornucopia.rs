//! Cornucopia's generated code on `tokio-postgres`, with everything prepared in advance.

use std::error::Error;

use chrono::{DateTime, FixedOffset};
use cornucopia::queries::items::{
    AddSaleStmt, GetItemStmt, ListItemsStmt, LockStockStmt, TakeStockStmt, add_sale, get_item,
    list_items, lock_stock, take_stock,
};
use cornucopia::queries::readings::{AddReadingsStmt, add_readings};
use tokio_postgres::{Client, NoTls};
use uuid::Uuid;

use crate::rows::readings;
use crate::{Contender, Outcome, Task};

pub struct WithCornucopia {
    client: Client,
    get: GetItemStmt,
    list: ListItemsStmt,
    lock: LockStockStmt,
    take: TakeStockStmt,
    sell: AddSaleStmt,
    insert: AddReadingsStmt,
}

impl WithCornucopia {
    pub async fn connect(url: &str) -> Result<Self, Box<dyn Error>> {
        let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
        tokio::spawn(connection);
        Ok(Self {
            get: get_item().prepare(&client).await?,
            list: list_items().prepare(&client).await?,
            lock: lock_stock().prepare(&client).await?,
            take: take_stock().prepare(&client).await?,
            sell: add_sale().prepare(&client).await?,
            insert: add_readings().prepare(&client).await?,
            client,
        })
    }

    async fn once(&mut self, task: Task, id: i64) -> Result<(), Box<dyn Error>> {
        match task {
            Task::One => assert_eq!(self.get.bind(&self.client, &id).one().await?.id, id),
            Task::Many(last) => {
                let items = self.list.bind(&self.client, &last).all().await?;
                assert_eq!(items.len() as i64, last);
            }
            Task::Checkout => {
                let transaction = self.client.transaction().await?;
                let stock = self.lock.bind(&transaction, &id).one().await?;
                assert!(stock > 0);
                self.take.bind(&transaction, &1, &id).await?;
                let sale = self.sell.bind(&transaction, &id, &1).one().await?;
                assert!(sale > 0);
                transaction.commit().await?;
            }
            Task::Insert(count) => assert_eq!(self.insert(count).await?, count as u64),
            Task::Copy(_) => unreachable!("it has no COPY"),
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
        let times: Vec<DateTime<FixedOffset>> =
            rows.clone().map(|row| row.taken_at.into()).collect();
        let notes: Vec<Option<&str>> = rows.map(|row| row.note.as_deref()).collect();
        let (client, insert) = (&self.client, &self.insert);
        insert
            .bind(
                client, &ids, &sensors, &channels, &values, &valid, &devices, &times, &notes,
            )
            .await
    }
}

impl Contender for WithCornucopia {
    fn name(&self) -> &'static str {
        "Cornucopia"
    }

    fn can(&self, task: Task) -> bool {
        !matches!(task, Task::Copy(_))
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
