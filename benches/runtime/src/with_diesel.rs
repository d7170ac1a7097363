//! Diesel on `diesel-async`, one connection.

use std::error::Error;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use crate::rows::{self, Reading};
use crate::{Contender, Outcome, Task};

diesel::table! {
    items (id) {
        id -> BigInt,
        name -> Text,
        description -> Nullable<Text>,
        price_cents -> Integer,
        stock -> Integer,
        weight -> Double,
        active -> Bool,
        code -> Uuid,
        added_at -> Timestamptz,
        tags -> Array<Text>,
    }
}
diesel::table! {
    sales (id) { id -> BigInt, item_id -> BigInt, quantity -> Integer, }
}
diesel::table! {
    readings (id) {
        id -> BigInt,
        sensor -> Text,
        channel -> Integer,
        value -> Double,
        valid -> Bool,
        device -> Uuid,
        taken_at -> Timestamptz,
        note -> Nullable<Text>,
    }
}

#[allow(dead_code, reason = "decoded like the generated row")]
#[derive(Queryable, Selectable)]
#[diesel(table_name = items, check_for_backend(diesel::pg::Pg))]
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

#[derive(Insertable)]
#[diesel(table_name = readings)]
struct NewReading<'a> {
    id: i64,
    sensor: &'a str,
    channel: i32,
    value: f64,
    valid: bool,
    device: Uuid,
    taken_at: DateTime<Utc>,
    note: Option<&'a str>,
}

fn new_reading(row: &Reading) -> NewReading<'_> {
    NewReading {
        id: row.id,
        sensor: &row.sensor,
        channel: row.channel,
        value: row.value,
        valid: row.valid,
        device: row.device,
        taken_at: row.taken_at,
        note: row.note.as_deref(),
    }
}

/// As many as one statement can have, which takes 65,535 values.
const ROWS: usize = 65_535 / 8;

pub struct WithDiesel(AsyncPgConnection);

impl WithDiesel {
    pub async fn connect(url: &str) -> Result<Self, Box<dyn Error>> {
        Ok(Self(AsyncPgConnection::establish(url).await?))
    }

    async fn once(&mut self, task: Task, id: i64) -> Result<(), Box<dyn Error>> {
        let connection = &mut self.0;
        match task {
            Task::One => {
                let query = items::table.find(id).select(Item::as_select());
                assert_eq!(query.first(connection).await?.id, id);
            }
            Task::Many(last) => {
                let query = items::table.filter(items::id.le(last)).order(items::id);
                let found: Vec<Item> = query.select(Item::as_select()).load(connection).await?;
                assert_eq!(found.len() as i64, last);
            }
            Task::Checkout => {
                let sale = connection.transaction(async |connection| {
                    let item = items::table.find(id);
                    let query = item.select(items::stock).for_update();
                    let stock: i32 = query.first(connection).await?;
                    assert!(stock > 0);
                    diesel::update(item)
                        .set(items::stock.eq(items::stock - 1))
                        .execute(connection)
                        .await?;
                    diesel::insert_into(sales::table)
                        .values((sales::item_id.eq(id), sales::quantity.eq(1)))
                        .returning(sales::id)
                        .get_result::<i64>(connection)
                        .await
                });
                let sale: Result<i64, diesel::result::Error> = sale.await;
                assert!(sale? > 0);
            }
            Task::Insert(count) => {
                let mut inserted = 0;
                for chunk in rows::readings(count).chunks(ROWS) {
                    let rows: Vec<NewReading<'_>> = chunk.iter().map(new_reading).collect();
                    let insert = diesel::insert_into(readings::table).values(rows);
                    inserted += insert.execute(connection).await?;
                }
                assert_eq!(inserted, count);
            }
            Task::Copy(_) => unreachable!("it has no COPY"),
        }
        Ok(())
    }
}

impl Contender for WithDiesel {
    fn name(&self) -> &'static str {
        "Diesel"
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
