//! Diesel by its own way to load associations, on `diesel-async`, one connection.

use std::collections::{HashMap, HashSet};
use std::error::Error;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use crate::{Contender, Loaded, Outcome, Task, timed};

diesel::table! {
    customers (id) { id -> BigInt, name -> Text, email -> Text, }
}
diesel::table! {
    addresses (id) { id -> BigInt, street -> Text, city -> Text, country -> Text, }
}
diesel::table! {
    products (id) { id -> Uuid, name -> Text, slug -> Text, }
}
diesel::table! {
    orders (id) {
        id -> BigInt,
        customer_id -> BigInt,
        shipping_address_id -> Nullable<BigInt>,
        status -> Text,
        placed_at -> Timestamptz,
    }
}
diesel::table! {
    order_items (id) {
        id -> BigInt,
        order_id -> BigInt,
        product_id -> Uuid,
        quantity -> Integer,
        price_cents -> Integer,
    }
}

#[allow(dead_code, reason = "decoded like the generated row")]
#[derive(Clone, Queryable, Selectable)]
#[diesel(table_name = customers, check_for_backend(diesel::pg::Pg))]
struct Customer {
    id: i64,
    name: String,
    email: String,
}

#[allow(dead_code, reason = "decoded like the generated row")]
#[derive(Clone, Queryable, Selectable)]
#[diesel(table_name = addresses, check_for_backend(diesel::pg::Pg))]
struct Address {
    id: i64,
    street: String,
    city: String,
    country: String,
}

#[allow(dead_code, reason = "decoded like the generated row")]
#[derive(Clone, Queryable, Selectable)]
#[diesel(table_name = products, check_for_backend(diesel::pg::Pg))]
struct Product {
    id: Uuid,
    name: String,
    slug: String,
}

#[allow(dead_code, reason = "decoded like the generated row")]
#[derive(Identifiable, Queryable, Selectable)]
#[diesel(table_name = orders, check_for_backend(diesel::pg::Pg))]
struct Order {
    id: i64,
    customer_id: i64,
    shipping_address_id: Option<i64>,
    status: String,
    placed_at: DateTime<Utc>,
}

#[allow(dead_code, reason = "decoded like the generated row")]
#[derive(Identifiable, Associations, Queryable, Selectable)]
#[diesel(table_name = order_items, belongs_to(Order), check_for_backend(diesel::pg::Pg))]
struct OrderItem {
    id: i64,
    order_id: i64,
    product_id: Uuid,
    quantity: i32,
    price_cents: i32,
}

#[allow(dead_code, reason = "what the others load")]
struct Whole {
    order: Order,
    customer: Customer,
    items: Vec<(OrderItem, Product)>,
    shipping_address: Option<Address>,
}

pub struct WithDiesel(AsyncPgConnection);

impl WithDiesel {
    pub async fn connect(url: &str) -> Result<Self, Box<dyn Error>> {
        Ok(Self(AsyncPgConnection::establish(url).await?))
    }

    async fn load(&mut self, task: Task, id: i64) -> Result<Vec<Whole>, Box<dyn Error>> {
        let connection = &mut self.0;
        let found: Vec<Order> = match task {
            Task::One => {
                let query = orders::table.filter(orders::id.eq(id));
                query.select(Order::as_select()).load(connection).await?
            }
            Task::Page(page, start) => {
                let query = orders::table.order(orders::id).limit(page).offset(start);
                query.select(Order::as_select()).load(connection).await?
            }
        };
        let ids: HashSet<i64> = found.iter().map(|order| order.customer_id).collect();
        let query = customers::table.filter(customers::id.eq_any(ids));
        let customers: Vec<Customer> = query.select(Customer::as_select()).load(connection).await?;
        let customers: HashMap<i64, Customer> = customers
            .into_iter()
            .map(|customer| (customer.id, customer))
            .collect();
        let ids: HashSet<i64> = found
            .iter()
            .filter_map(|order| order.shipping_address_id)
            .collect();
        let query = addresses::table.filter(addresses::id.eq_any(ids));
        let addresses: Vec<Address> = query.select(Address::as_select()).load(connection).await?;
        let addresses: HashMap<i64, Address> = addresses
            .into_iter()
            .map(|address| (address.id, address))
            .collect();
        let items: Vec<(OrderItem, Product)> = OrderItem::belonging_to(&found)
            .inner_join(products::table.on(products::id.eq(order_items::product_id)))
            .order(order_items::id)
            .select((OrderItem::as_select(), Product::as_select()))
            .load(connection)
            .await?;
        let ids: HashMap<i64, usize> = found
            .iter()
            .enumerate()
            .map(|(index, order)| (order.id, index))
            .collect();
        let mut grouped: Vec<Vec<(OrderItem, Product)>> =
            found.iter().map(|_| Vec::new()).collect();
        for item in items {
            grouped[ids[&item.0.order_id]].push(item);
        }
        let whole = found.into_iter().zip(grouped).map(|(order, items)| Whole {
            customer: customers[&order.customer_id].clone(),
            shipping_address: order
                .shipping_address_id
                .and_then(|id| addresses.get(&id).cloned()),
            items,
            order,
        });
        Ok(whole.collect())
    }
}

impl Contender for WithDiesel {
    fn name(&self) -> &'static str {
        "Diesel"
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

diesel::allow_tables_to_appear_in_same_query!(orders, order_items, products, customers, addresses);
