//! SeaORM by its loaders, on a pool of one connection.

use std::error::Error;

use sea_orm::{
    ConnectOptions, Database, DatabaseConnection, EntityTrait, LoaderTrait, QueryOrder, QuerySelect,
};

use crate::{Contender, Loaded, Outcome, Task, timed};

mod customers {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "customers")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i64,
        pub name: String,
        pub email: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

mod addresses {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "addresses")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i64,
        pub street: String,
        pub city: String,
        pub country: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

mod products {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "products")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub name: String,
        pub slug: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

mod orders {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "orders")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i64,
        pub customer_id: i64,
        pub shipping_address_id: Option<i64>,
        pub status: String,
        pub placed_at: DateTimeUtc,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(
            belongs_to = "super::customers::Entity",
            from = "Column::CustomerId",
            to = "super::customers::Column::Id"
        )]
        Customer,
        #[sea_orm(
            belongs_to = "super::addresses::Entity",
            from = "Column::ShippingAddressId",
            to = "super::addresses::Column::Id"
        )]
        Address,
        #[sea_orm(has_many = "super::order_items::Entity")]
        Items,
    }

    impl Related<super::customers::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Customer.def()
        }
    }

    impl Related<super::addresses::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Address.def()
        }
    }

    impl Related<super::order_items::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Items.def()
        }
    }

    impl ActiveModelBehavior for ActiveModel {}
}

mod order_items {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "order_items")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i64,
        pub order_id: i64,
        pub product_id: Uuid,
        pub quantity: i32,
        pub price_cents: i32,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(
            belongs_to = "super::orders::Entity",
            from = "Column::OrderId",
            to = "super::orders::Column::Id"
        )]
        Order,
        #[sea_orm(
            belongs_to = "super::products::Entity",
            from = "Column::ProductId",
            to = "super::products::Column::Id"
        )]
        Product,
    }

    impl Related<super::orders::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Order.def()
        }
    }

    impl Related<super::products::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Product.def()
        }
    }

    impl ActiveModelBehavior for ActiveModel {}
}

#[allow(dead_code, reason = "what the others load")]
struct Whole {
    order: orders::Model,
    customer: Option<customers::Model>,
    items: Vec<(order_items::Model, Option<products::Model>)>,
    shipping_address: Option<addresses::Model>,
}

pub struct WithSeaOrm(DatabaseConnection);

impl WithSeaOrm {
    pub async fn connect(url: &str) -> Result<Self, Box<dyn Error>> {
        let mut options = ConnectOptions::new(url);
        options.max_connections(1).sqlx_logging(false);
        Ok(Self(Database::connect(options).await?))
    }

    async fn load(&self, task: Task, id: i64) -> Result<Vec<Whole>, Box<dyn Error>> {
        let db = &self.0;
        let found = match task {
            Task::One => orders::Entity::find_by_id(id).all(db).await?,
            Task::Page(page, start) => {
                let query = orders::Entity::find().order_by_asc(orders::Column::Id);
                query
                    .limit(u64::try_from(page)?)
                    .offset(u64::try_from(start)?)
                    .all(db)
                    .await?
            }
        };
        let customers = found.load_one(customers::Entity, db).await?;
        let addresses = found.load_one(addresses::Entity, db).await?;
        let items = order_items::Entity::find().order_by_asc(order_items::Column::Id);
        let items = found.load_many(items, db).await?;
        let lengths: Vec<usize> = items.iter().map(Vec::len).collect();
        let items: Vec<order_items::Model> = items.into_iter().flatten().collect();
        let products = items.load_one(products::Entity, db).await?;
        let mut items = items.into_iter().zip(products);
        let parts = found.into_iter().zip(customers).zip(addresses).zip(lengths);
        let whole = parts.map(|(((order, customer), shipping_address), length)| Whole {
            order,
            customer,
            items: items.by_ref().take(length).collect(),
            shipping_address,
        });
        Ok(whole.collect())
    }
}

impl Contender for WithSeaOrm {
    fn name(&self) -> &'static str {
        "SeaORM"
    }

    fn run(&mut self, task: Task, times: u32) -> Outcome<'_> {
        Box::pin(async move {
            let load = async |id| {
                let orders = self.load(task, id).await?;
                let items = orders.iter().map(|order| order.items.len());
                Ok::<Loaded, Box<dyn Error>>((orders.len(), items.sum()))
            };
            timed(task, times, load).await
        })
    }
}
