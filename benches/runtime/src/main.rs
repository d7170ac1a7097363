//! Times queries on generated code beside the same by hand: `runtime-bench URL [ROUNDS [TASK]]`.

mod by_hand;
#[path = "../../contest/mod.rs"]
mod contest;
#[rustfmt::skip]
mod db;
mod generated;
mod rows;
#[cfg(feature = "cornucopia")]
mod with_cornucopia;
#[cfg(feature = "diesel")]
mod with_diesel;
#[cfg(feature = "sea-orm")]
mod with_sea_orm;
#[cfg(feature = "sqlx")]
mod with_sqlx;

use std::error::Error;
use std::pin::Pin;
use std::time::Instant;

use contest::{Contest, cpu};
use tokio_postgres::NoTls;

/// What every contender does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Task {
    /// Fetches one row by its primary key.
    One,
    /// Fetches so many rows.
    Many(i64),
    /// Locks, updates and inserts in a transaction.
    Checkout,
    /// Inserts so many rows by `INSERT`, in as few statements as it can.
    Insert(usize),
    /// Inserts so many rows by `COPY`.
    Copy(usize),
}

pub type Outcome<'a> = Pin<Box<dyn Future<Output = Result<(), Box<dyn Error>>> + 'a>>;

/// A way to run the tasks.
pub trait Contender {
    fn name(&self) -> &'static str;
    /// Whether it has a way to do this at all.
    fn can(&self, _task: Task) -> bool {
        true
    }
    /// Runs a task so many times, one after the other.
    fn run(&mut self, task: Task, times: u32) -> Outcome<'_>;
}

/// Each with how often it is done in a turn, and how many of the rounds it gets: one of so many.
const TASKS: [(&str, Task, u32, usize); 8] = [
    ("1 row by primary key", Task::One, 50, 1),
    ("100 rows", Task::Many(100), 10, 1),
    ("10,000 rows", Task::Many(10_000), 1, 1),
    ("checkout transaction", Task::Checkout, 10, 1),
    ("INSERT of 1,000 rows", Task::Insert(1_000), 1, 1),
    ("INSERT of 100,000 rows", Task::Insert(100_000), 1, 20),
    ("COPY of 1,000 rows", Task::Copy(1_000), 1, 1),
    ("COPY of 100,000 rows", Task::Copy(100_000), 1, 20),
];

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let url = arguments
        .next()
        .ok_or("usage: runtime-bench URL [ROUNDS [TASK]]")?;
    let rounds: usize = arguments.next().map_or(Ok(200), |rounds| rounds.parse())?;
    let only = arguments.next().unwrap_or_default();
    let mut contenders: Vec<Box<dyn Contender>> = vec![
        Box::new(by_hand::ByHand::connect(&url, false).await?),
        Box::new(by_hand::ByHand::connect(&url, true).await?),
        Box::new(generated::OnSession::connect(&url).await?),
        Box::new(generated::OnDeadpool::connect(&url).await?),
        Box::new(generated::Unprepared::connect(&url).await?),
    ];
    #[cfg(feature = "cornucopia")]
    contenders.push(Box::new(
        with_cornucopia::WithCornucopia::connect(&url).await?,
    ));
    #[cfg(feature = "sqlx")]
    contenders.push(Box::new(with_sqlx::WithSqlx::connect(&url).await?));
    #[cfg(feature = "diesel")]
    contenders.push(Box::new(with_diesel::WithDiesel::connect(&url).await?));
    #[cfg(feature = "sea-orm")]
    contenders.push(Box::new(with_sea_orm::WithSeaOrm::connect(&url).await?));

    // Those that connect when they have to have done so then.
    for contender in &mut contenders {
        contender.run(Task::One, 1).await?;
    }
    let processes = cpu::processes(&url, std::iter::empty()).await?;
    // Whose work does not count.
    let (cleaner, connection) = tokio_postgres::connect(&url, NoTls).await?;
    tokio::spawn(connection);
    Contest::print_head(contenders.iter().map(|who| who.name()));
    for (name, task, times, share) in TASKS {
        if !name.contains(&only) {
            continue;
        }
        let contest = Contest {
            contenders: contenders.len(),
            rounds: rounds.div_ceil(share),
            processes: processes.clone(),
        };
        let run = async |who: usize| {
            let contender = &mut contenders[who];
            if !contender.can(task) {
                return Ok(None);
            }
            let started = Instant::now();
            contender.run(task, times).await?;
            let taken = started.elapsed();
            if matches!(task, Task::Insert(_) | Task::Copy(_)) {
                cleaner.batch_execute("TRUNCATE readings").await?;
            }
            Ok(Some(taken))
        };
        contest.hold(name, times, run).await?;
    }
    Ok(())
}
