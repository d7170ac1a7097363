//! The generated code, each query as it is chosen by itself, or the other way.

use std::error::Error;

use tokio_postgres::NoTls;

use crate::db::{self, Session, orders};
use crate::{Contender, Loaded, Outcome, Task, timed};

pub struct Generated {
    session: Session,
    is_single: bool,
}

impl Generated {
    pub async fn connect(url: &str, is_single: bool) -> Result<Self, Box<dyn Error>> {
        let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
        tokio::spawn(connection);
        let session = Session::new(client);
        db::prepare_all(&session).await?;
        Ok(Self { session, is_single })
    }

    async fn load(&self, task: Task, id: i64) -> Result<Loaded, Box<dyn Error>> {
        let client = &self.session;
        Ok(match (task, self.is_single) {
            (Task::One, true) => {
                let order = orders::get_order(client, id).await?;
                (1, order.items.len())
            }
            (Task::One, false) => {
                let order = orders::get_order_batched(client, id).await?;
                (1, order.items.len())
            }
            (Task::Page(page, start), true) => {
                let orders = orders::list_orders_single(client, page, start).await?;
                let items = orders.iter().map(|order| order.items.len());
                (orders.len(), items.sum())
            }
            (Task::Page(page, start), false) => {
                let orders = orders::list_orders(client, page, start).await?;
                let items = orders.iter().map(|order| order.items.len());
                (orders.len(), items.sum())
            }
        })
    }
}

impl Contender for Generated {
    fn name(&self) -> &'static str {
        if self.is_single {
            "rowsmith, `single`"
        } else {
            "rowsmith, `batched`"
        }
    }

    fn run(&mut self, task: Task, times: u32) -> Outcome<'_> {
        Box::pin(async move { timed(task, times, async |id| self.load(task, id).await).await })
    }
}
