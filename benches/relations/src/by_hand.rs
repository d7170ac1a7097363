//! `tokio-postgres` as one writes it by hand who knows how: everything prepared in advance, a statement for each relation,
//! those that need not wait for each other sent together, each key once.

use std::collections::{HashMap, HashSet};
use std::error::Error;

use chrono::{DateTime, Utc};
use tokio_postgres::{Client, NoTls, Statement};
use uuid::Uuid;

use crate::{Contender, Loaded, Outcome, Task, timed};

pub struct ByHand {
    client: Client,
    get: Statement,
    list: Statement,
    customers: Statement,
    addresses: Statement,
    items: Statement,
    products: Statement,
}

#[allow(dead_code, reason = "decoded like the generated row")]
struct Order {
    id: i64,
    customer_id: i64,
    shipping_address_id: Option<i64>,
    status: String,
    placed_at: DateTime<Utc>,
    customer: Customer,
    items: Vec<Item>,
    shipping_address: Option<Address>,
}

#[allow(dead_code, reason = "decoded like the generated row")]
#[derive(Clone)]
struct Customer {
    id: i64,
    name: String,
    email: String,
}

#[allow(dead_code, reason = "decoded like the generated row")]
#[derive(Clone)]
struct Address {
    id: i64,
    street: String,
    city: String,
    country: String,
}

#[allow(dead_code, reason = "decoded like the generated row")]
struct Item {
    id: i64,
    quantity: i32,
    price_cents: i32,
    product: Product,
}

#[allow(dead_code, reason = "decoded like the generated row")]
#[derive(Clone)]
struct Product {
    name: String,
    slug: String,
}

impl ByHand {
    pub async fn connect(url: &str) -> Result<Self, Box<dyn Error>> {
        let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
        tokio::spawn(connection);
        Ok(Self {
            get: client
                .prepare("SELECT id, customer_id, shipping_address_id, status, placed_at FROM orders WHERE id = $1")
                .await?,
            list: client
                .prepare("SELECT id, customer_id, shipping_address_id, status, placed_at FROM orders ORDER BY id LIMIT $1 OFFSET $2")
                .await?,
            customers: client
                .prepare("SELECT id, name, email FROM customers WHERE id = ANY($1)")
                .await?,
            addresses: client
                .prepare("SELECT id, street, city, country FROM addresses WHERE id = ANY($1)")
                .await?,
            items: client
                .prepare("SELECT order_id, product_id, id, quantity, price_cents FROM order_items WHERE order_id = ANY($1) ORDER BY id")
                .await?,
            products: client
                .prepare("SELECT id, name, slug FROM products WHERE id = ANY($1)")
                .await?,
            client,
        })
    }

    async fn load(&self, task: Task, id: i64) -> Result<Vec<Order>, Box<dyn Error>> {
        let rows = match task {
            Task::One => self.client.query(&self.get, &[&id]).await?,
            Task::Page(page, start) => self.client.query(&self.list, &[&page, &start]).await?,
        };
        let ids: Vec<i64> = rows.iter().map(|row| row.get(0)).collect();
        let customers: HashSet<i64> = rows.iter().map(|row| row.get(1)).collect();
        let customers: Vec<i64> = customers.into_iter().collect();
        let addresses: HashSet<i64> = rows
            .iter()
            .filter_map(|row| row.get::<_, Option<i64>>(2))
            .collect();
        let addresses: Vec<i64> = addresses.into_iter().collect();
        let (customers, addresses, items) = tokio::try_join!(
            async {
                let rows = self.client.query(&self.customers, &[&customers]).await?;
                let customers = rows.iter().map(|row| {
                    let customer = Customer {
                        id: row.try_get(0)?,
                        name: row.try_get(1)?,
                        email: row.try_get(2)?,
                    };
                    Ok((customer.id, customer))
                });
                customers.collect::<Result<HashMap<_, _>, tokio_postgres::Error>>()
            },
            async {
                let rows = self.client.query(&self.addresses, &[&addresses]).await?;
                let addresses = rows.iter().map(|row| {
                    let address = Address {
                        id: row.try_get(0)?,
                        street: row.try_get(1)?,
                        city: row.try_get(2)?,
                        country: row.try_get(3)?,
                    };
                    Ok((address.id, address))
                });
                addresses.collect::<Result<HashMap<_, _>, tokio_postgres::Error>>()
            },
            async {
                let rows = self.client.query(&self.items, &[&ids]).await?;
                let products: HashSet<Uuid> = rows.iter().map(|row| row.get(1)).collect();
                let products: Vec<Uuid> = products.into_iter().collect();
                let products = self.client.query(&self.products, &[&products]).await?;
                let products = products.iter().map(|row| {
                    let product = Product {
                        name: row.try_get(1)?,
                        slug: row.try_get(2)?,
                    };
                    Ok((row.try_get(0)?, product))
                });
                let products =
                    products.collect::<Result<HashMap<Uuid, _>, tokio_postgres::Error>>()?;
                let mut items: HashMap<i64, Vec<Item>> = HashMap::with_capacity(ids.len());
                for row in &rows {
                    items.entry(row.try_get(0)?).or_default().push(Item {
                        id: row.try_get(2)?,
                        quantity: row.try_get(3)?,
                        price_cents: row.try_get(4)?,
                        product: products[&row.try_get::<_, Uuid>(1)?].clone(),
                    });
                }
                Ok(items)
            }
        )?;
        let mut items = items;
        let orders = rows.iter().map(|row| {
            let (id, customer_id) = (row.try_get(0)?, row.try_get(1)?);
            let shipping_address_id: Option<i64> = row.try_get(2)?;
            Ok(Order {
                id,
                customer_id,
                shipping_address_id,
                status: row.try_get(3)?,
                placed_at: row.try_get(4)?,
                customer: customers[&customer_id].clone(),
                items: items.remove(&id).unwrap_or_default(),
                shipping_address: shipping_address_id.and_then(|id| addresses.get(&id).cloned()),
            })
        });
        orders.collect()
    }
}

impl Contender for ByHand {
    fn name(&self) -> &'static str {
        "by hand, batched"
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
