//! Times queries on generated code beside the same by hand: `runtime-bench URL [ROUNDS]`.
//!
//! The contenders take turns, for a moment each, and of what each needed the tenth percentile counts: what it takes while
//! the machine does nothing else.

#[rustfmt::skip]
mod db;
mod by_hand;
mod generated;
#[cfg(feature = "sqlx")]
mod with_sqlx;

use std::error::Error;
use std::pin::Pin;
use std::time::{Duration, Instant};

/// What every contender does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Task {
    /// Fetches one row by its primary key.
    One,
    /// Fetches so many rows.
    Many(i64),
    /// Locks, updates and inserts in a transaction.
    Checkout,
}

pub type Outcome<'a> = Pin<Box<dyn Future<Output = Result<(), Box<dyn Error>>> + 'a>>;

/// A way to run the tasks.
pub trait Contender {
    fn name(&self) -> &'static str;
    /// Runs a task so many times, one after the other.
    fn run(&mut self, task: Task, times: u32) -> Outcome<'_>;
}

const TASKS: [(&str, Task, u32); 4] = [
    ("1 row by primary key", Task::One, 50),
    ("100 rows", Task::Many(100), 10),
    ("10,000 rows", Task::Many(10_000), 1),
    ("checkout transaction", Task::Checkout, 10),
];

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let url = arguments
        .next()
        .ok_or("usage: runtime-bench URL [ROUNDS]")?;
    let rounds = arguments.next().map_or(Ok(200), |rounds| rounds.parse())?;
    let mut contenders: Vec<Box<dyn Contender>> = vec![
        Box::new(by_hand::ByHand::connect(&url).await?),
        Box::new(generated::OnSession::connect(&url).await?),
        Box::new(generated::OnDeadpool::connect(&url).await?),
        Box::new(generated::Unprepared::connect(&url).await?),
    ];
    #[cfg(feature = "sqlx")]
    contenders.push(Box::new(with_sqlx::WithSqlx::connect(&url).await?));

    print!("| |");
    for contender in &contenders {
        print!(" {} |", contender.name());
    }
    println!("\n|---|{}", "--:|".repeat(contenders.len()));
    for (name, task, times) in TASKS {
        let mut samples: Vec<Vec<Duration>> = vec![Vec::new(); contenders.len()];
        for round in 0..=rounds {
            for turn in 0..contenders.len() {
                let who = (turn + round) % contenders.len();
                let started = Instant::now();
                contenders[who].run(task, times).await?;
                // The first round warms up.
                if round > 0 {
                    samples[who].push(started.elapsed() / times);
                }
            }
        }
        print!("| {name} |");
        let times: Vec<f64> = samples.into_iter().map(tenth_percentile).collect();
        for (who, time) in times.iter().enumerate() {
            match who {
                0 => print!(" 1 ({:.1} µs) |", time * 1e6),
                _ => print!(" {:.2} |", time / times[0]),
            }
        }
        println!();
    }
    Ok(())
}

fn tenth_percentile(mut times: Vec<Duration>) -> f64 {
    times.sort();
    times[times.len() / 10].as_secs_f64()
}
