//! SeaORM, on a pool of one connection.

use std::error::Error;

use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveValue, ColumnTrait, ConnectOptions, Database, DatabaseConnection, EntityTrait, ExprTrait,
    QueryFilter, QueryOrder, QuerySelect, TransactionTrait,
};

use crate::rows::{self, Reading};
use crate::{Contender, Outcome, Task};

mod items {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "items")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i64,
        pub name: String,
        pub description: Option<String>,
        pub price_cents: i32,
        pub stock: i32,
        pub weight: f64,
        pub active: bool,
        pub code: Uuid,
        pub added_at: DateTimeUtc,
        pub tags: Vec<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

mod sales {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "sales")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        pub item_id: i64,
        pub quantity: i32,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

mod new_readings {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "readings")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i64,
        pub sensor: String,
        pub channel: i32,
        pub value: f64,
        pub valid: bool,
        pub device: Uuid,
        pub taken_at: DateTimeUtc,
        pub note: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

fn new_reading(row: &Reading) -> new_readings::ActiveModel {
    new_readings::ActiveModel {
        id: ActiveValue::Set(row.id),
        sensor: ActiveValue::Set(row.sensor.clone()),
        channel: ActiveValue::Set(row.channel),
        value: ActiveValue::Set(row.value),
        valid: ActiveValue::Set(row.valid),
        device: ActiveValue::Set(row.device),
        taken_at: ActiveValue::Set(row.taken_at),
        note: ActiveValue::Set(row.note.clone()),
    }
}

/// As many as one statement can have, which takes 65,535 values.
const ROWS: usize = 65_535 / 8;

pub struct WithSeaOrm(DatabaseConnection);

impl WithSeaOrm {
    pub async fn connect(url: &str) -> Result<Self, Box<dyn Error>> {
        let mut options = ConnectOptions::new(url);
        options.max_connections(1).sqlx_logging(false);
        Ok(Self(Database::connect(options).await?))
    }

    async fn once(&mut self, task: Task, id: i64) -> Result<(), Box<dyn Error>> {
        match task {
            Task::One => {
                let item = items::Entity::find_by_id(id).one(&self.0).await?;
                assert_eq!(item.map(|item| item.id), Some(id));
            }
            Task::Many(last) => {
                let query = items::Entity::find().filter(items::Column::Id.lte(last));
                let found = query.order_by_asc(items::Column::Id).all(&self.0).await?;
                assert_eq!(found.len() as i64, last);
            }
            Task::Checkout => {
                let transaction = self.0.begin().await?;
                let query = items::Entity::find_by_id(id).select_only();
                let stock: Option<i32> = query
                    .column(items::Column::Stock)
                    .lock_exclusive()
                    .into_tuple()
                    .one(&transaction)
                    .await?;
                assert!(stock > Some(0));
                items::Entity::update_many()
                    .col_expr(items::Column::Stock, Expr::col(items::Column::Stock).sub(1))
                    .filter(items::Column::Id.eq(id))
                    .exec(&transaction)
                    .await?;
                let sale = sales::ActiveModel {
                    item_id: ActiveValue::Set(id),
                    quantity: ActiveValue::Set(1),
                    ..Default::default()
                };
                let sale = sales::Entity::insert(sale).exec(&transaction).await?;
                assert!(sale.last_insert_id > 0);
                transaction.commit().await?;
            }
            Task::Insert(count) => {
                let mut inserted = 0;
                for chunk in rows::readings(count).chunks(ROWS) {
                    let rows = chunk.iter().map(new_reading);
                    let insert = new_readings::Entity::insert_many(rows);
                    inserted += insert.exec_without_returning(&self.0).await?;
                }
                assert_eq!(inserted, count as u64);
            }
            Task::Copy(_) => unreachable!("it has no COPY"),
        }
        Ok(())
    }
}

impl Contender for WithSeaOrm {
    fn name(&self) -> &'static str {
        "SeaORM"
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
