//! Times a list with filters by a text for each call and by one for all of them: `dynamic-bench URL [ROUNDS]`.

#[path = "../../contest/mod.rs"]
mod contest;
#[rustfmt::skip]
mod db;

use std::error::Error;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use contest::{Contest, cpu};
use db::models::Order;
use db::orders::{ListOrdersByOneTextParams, ListOrdersParams};
use db::{Session, orders};
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, NoTls, Row, Statement};

/// What a page is asked for by.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Filter {
    Number,
    Customer,
    CustomerAndStatus,
    Before,
    Nothing,
}

const TASKS: [(&str, Filter, u32); 5] = [
    ("a number, 1 row", Filter::Number, 20),
    ("a customer, 20 rows", Filter::Customer, 10),
    ("a customer and a status", Filter::CustomerAndStatus, 10),
    ("before a time, 20 rows", Filter::Before, 10),
    ("nothing, 20 rows", Filter::Nothing, 10),
];

/// What one call gives, of so many.
#[derive(Default)]
struct Values {
    number: Option<String>,
    customer_id: Option<i64>,
    status: Option<&'static str>,
    placed_before: Option<DateTime<Utc>>,
}

impl Filter {
    fn values(self, call: u32) -> Values {
        let mut values = Values::default();
        match self {
            Self::Number => values.number = Some(format!("N{}", call * 31 + 7)),
            Self::Customer => values.customer_id = Some(i64::from(call) * 13 + 1),
            Self::CustomerAndStatus => {
                values.customer_id = Some(i64::from(call) * 13 + 1);
                values.status = Some("paid");
            }
            Self::Before => {
                let minutes = i64::from(call) * 20_000 + 50_000;
                values.placed_before = DateTime::from_timestamp(1_704_067_200 + minutes * 60, 0);
            }
            Self::Nothing => {}
        }
        values
    }

    /// What is written by hand for it.
    fn condition(self) -> &'static str {
        match self {
            Self::Number => "WHERE number = $1",
            Self::Customer => "WHERE customer_id = $1",
            Self::CustomerAndStatus => "WHERE customer_id = $1 AND status = $2",
            Self::Before => "WHERE placed_at < $1",
            Self::Nothing => "",
        }
    }
}

enum Contender {
    /// A statement for each filter, prepared in advance.
    ByHand(Client, Vec<Statement>),
    Optional(Session),
    OneText(Session, &'static str),
}

impl Contender {
    async fn by_hand(url: &str) -> Result<Self, Box<dyn Error>> {
        let client = connect(url, "auto").await?;
        let mut statements = Vec::new();
        for (_, filter, _) in TASKS {
            let sql = format!(
                "SELECT id, number, customer_id, status, total_cents, placed_at FROM orders {} ORDER BY placed_at DESC, id LIMIT 20",
                filter.condition()
            );
            statements.push(client.prepare(&sql).await?);
        }
        Ok(Self::ByHand(client, statements))
    }

    fn name(&self) -> &'static str {
        match self {
            Self::ByHand(..) => "by hand",
            Self::Optional(_) => "`-- @optional`",
            Self::OneText(_, name) => name,
        }
    }

    async fn load(&self, filter: Filter, values: &Values) -> Result<Vec<Order>, Box<dyn Error>> {
        let Values {
            number,
            customer_id,
            status,
            placed_before,
        } = values;
        let number = number.as_deref();
        Ok(match self {
            Self::ByHand(client, statements) => {
                let place = TASKS.iter().position(|(_, task, _)| *task == filter);
                let statement = &statements[place.unwrap_or_default()];
                let mut given: Vec<&(dyn ToSql + Sync)> = Vec::new();
                given.extend(number.as_ref().map(|value| value as &(dyn ToSql + Sync)));
                given.extend(
                    customer_id
                        .as_ref()
                        .map(|value| value as &(dyn ToSql + Sync)),
                );
                given.extend(status.as_ref().map(|value| value as &(dyn ToSql + Sync)));
                given.extend(
                    placed_before
                        .as_ref()
                        .map(|value| value as &(dyn ToSql + Sync)),
                );
                let rows = client.query(statement, &given).await?;
                rows.iter().map(order).collect::<Result<_, _>>()?
            }
            Self::Optional(session) => {
                let params = ListOrdersParams {
                    number,
                    customer_id: *customer_id,
                    status: *status,
                    placed_before: *placed_before,
                };
                orders::list_orders(session, params).await?
            }
            Self::OneText(session, _) => {
                let params = ListOrdersByOneTextParams {
                    number,
                    customer_id: *customer_id,
                    status: *status,
                    placed_before: *placed_before,
                };
                orders::list_orders_by_one_text(session, params).await?
            }
        })
    }

    async fn run(&self, filter: Filter, times: u32) -> Result<Duration, Box<dyn Error>> {
        let started = Instant::now();
        for call in 0..times {
            let orders = self.load(filter, &filter.values(call)).await?;
            let expected = match filter {
                Filter::Number => 1..=1,
                _ => 20..=20,
            };
            assert!(
                expected.contains(&orders.len()),
                "{filter:?}: {}",
                orders.len()
            );
        }
        Ok(started.elapsed())
    }
}

fn order(row: &Row) -> Result<Order, tokio_postgres::Error> {
    Ok(Order {
        id: row.try_get(0)?,
        number: row.try_get(1)?,
        customer_id: row.try_get(2)?,
        status: row.try_get(3)?,
        total_cents: row.try_get(4)?,
        placed_at: row.try_get(5)?,
    })
}

async fn connect(url: &str, plans: &str) -> Result<Client, Box<dyn Error>> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    tokio::spawn(connection);
    let set = format!("SET plan_cache_mode = {plans}");
    client.batch_execute(&set).await?;
    Ok(client)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let url = arguments
        .next()
        .ok_or("usage: dynamic-bench URL [ROUNDS]")?;
    let rounds = arguments.next().map_or(Ok(100), |rounds| rounds.parse())?;
    let session = async |plans: &str| connect(&url, plans).await.map(Session::new);
    let contenders = [
        Contender::by_hand(&url).await?,
        Contender::Optional(session("auto").await?),
        Contender::OneText(session("auto").await?, "one text"),
        Contender::OneText(session("force_generic_plan").await?, "one text, one plan"),
    ];
    // Postgres decides after five calls whether it plans for any values.
    for contender in &contenders {
        for (_, filter, _) in TASKS {
            contender.run(filter, 6).await?;
        }
    }
    let contest = Contest {
        contenders: contenders.len(),
        rounds,
        processes: cpu::processes(&url, std::iter::empty()).await?,
    };
    Contest::print_head(contenders.iter().map(Contender::name));
    for (name, filter, times) in TASKS {
        let run = async |who: usize| contenders[who].run(filter, times).await.map(Some);
        contest.hold(name, times, run).await?;
    }
    Ok(())
}
