//! Times rows with their relations on generated code beside the same by hand: `relations-bench URL [ROUNDS]`.

mod by_hand;
#[path = "../../contest/mod.rs"]
mod contest;
#[rustfmt::skip]
mod db;
mod generated;
#[cfg(feature = "diesel")]
mod with_diesel;
#[cfg(feature = "drizzle")]
mod with_drizzle;
#[cfg(feature = "sea-orm")]
mod with_sea_orm;

use std::error::Error;
use std::pin::Pin;
use std::time::{Duration, Instant};

use contest::{Contest, cpu};

/// What every contender does: loads orders with their customer, items, the items' products, and the address.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Task {
    /// One, by its key.
    One,
    /// So many, in the order of their keys, after so many others.
    Page(i64, i64),
}

/// What was loaded, as far as it tells whether it was all.
pub type Loaded = (usize, usize);

pub type Outcome<'a> = Pin<Box<dyn Future<Output = Result<Duration, Box<dyn Error>>> + 'a>>;

/// A way to run the tasks.
pub trait Contender {
    fn name(&self) -> &'static str;
    /// The process that does the work, if it is not this one.
    fn process(&self) -> Option<u32> {
        None
    }
    /// Runs a task so many times, one after the other. Gives how long that took.
    fn run(&mut self, task: Task, times: u32) -> Outcome<'_>;
}

/// Times what loads orders, and makes sure that it loads them: how many orders, and how many items with a product.
pub async fn timed(
    task: Task,
    times: u32,
    mut load: impl AsyncFnMut(i64) -> Result<Loaded, Box<dyn Error>>,
) -> Result<Duration, Box<dyn Error>> {
    let started = Instant::now();
    for id in 1..=i64::from(times) {
        let count = match task {
            Task::One => 1,
            Task::Page(count, _) => usize::try_from(count)?,
        };
        assert_eq!(load(id).await?, (count, 4 * count));
    }
    Ok(started.elapsed())
}

const TASKS: [(&str, Task, u32); 5] = [
    ("1 order", Task::One, 20),
    ("100 orders", Task::Page(100, 0), 2),
    ("1000 orders", Task::Page(1000, 0), 1),
    ("20 orders at the start", Task::Page(20, 0), 3),
    ("20 orders after 9,000", Task::Page(20, 9_000), 3),
];

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let url = arguments
        .next()
        .ok_or("usage: relations-bench URL [ROUNDS]")?;
    let rounds = arguments.next().map_or(Ok(100), |rounds| rounds.parse())?;
    let mut contenders: Vec<Box<dyn Contender>> = vec![
        Box::new(by_hand::ByHand::connect(&url).await?),
        Box::new(generated::Generated::connect(&url, false).await?),
        Box::new(generated::Generated::connect(&url, true).await?),
    ];
    #[cfg(feature = "diesel")]
    contenders.push(Box::new(with_diesel::WithDiesel::connect(&url).await?));
    #[cfg(feature = "sea-orm")]
    contenders.push(Box::new(with_sea_orm::WithSeaOrm::connect(&url).await?));
    #[cfg(feature = "drizzle")]
    contenders.push(Box::new(with_drizzle::WithDrizzle::connect(&url).await?));

    // Those that connect when they have to have done so then.
    for contender in &mut contenders {
        contender.run(Task::One, 1).await?;
    }
    let others = contenders.iter().filter_map(|who| who.process());
    let contest = Contest {
        contenders: contenders.len(),
        rounds,
        processes: cpu::processes(&url, others).await?,
    };
    Contest::print_head(contenders.iter().map(|who| who.name()));
    for (name, task, times) in TASKS {
        let run = async |who: usize| contenders[who].run(task, times).await.map(Some);
        contest.hold(name, times, run).await?;
    }
    Ok(())
}
