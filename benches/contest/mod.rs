//! Contenders that take turns at a task, and the table of what each needed.
//!
//! Of the time the tenth percentile counts: what a task takes while the machine does nothing else. Of the processor time,
//! client and server together, it is the median, which hardly depends on what else the machine does; where Linux tells it.

pub mod cpu;

use std::error::Error;
use std::time::Duration;

/// How many contenders there are, how often each has its turn, and the processes whose work counts.
pub struct Contest {
    pub contenders: usize,
    pub rounds: usize,
    pub processes: Vec<u32>,
}

impl Contest {
    pub fn print_head<'n>(names: impl ExactSizeIterator<Item = &'n str>) {
        let columns = "--:|".repeat(names.len());
        print!("| |");
        for name in names {
            print!(" {name} |");
        }
        println!("\n|---|{columns}");
    }

    /// Has the contenders take turns at a task, and prints how long each took, beside the first of them. `run` gives how
    /// long the contender of this number took for the whole of its turn, in which it does the task so many times; or that
    /// it cannot do it.
    pub async fn hold(
        &self,
        task: &str,
        times: u32,
        mut run: impl AsyncFnMut(usize) -> Result<Option<Duration>, Box<dyn Error>>,
    ) -> Result<(), Box<dyn Error>> {
        let mut taken = vec![Vec::new(); self.contenders];
        let mut used = vec![Vec::new(); self.contenders];
        // In ever other orders: nobody always comes after the same one.
        let steps = (1..=self.contenders).filter(|step| are_coprime(*step, self.contenders));
        let steps = steps.cycle();
        for (round, step) in (0..=self.rounds).zip(steps) {
            for turn in 0..self.contenders {
                let who = (round + turn * step) % self.contenders;
                let before = cpu::used(&self.processes);
                let Some(took) = run(who).await? else {
                    continue;
                };
                // The first round warms up.
                if round > 0 {
                    taken[who].push(took / times);
                    used[who].push((cpu::used(&self.processes) - before) / times);
                }
            }
        }
        print_line(task, taken, 10);
        print_line(&format!("{task}, CPU"), used, 2);
        Ok(())
    }
}

fn are_coprime(one: usize, other: usize) -> bool {
    match other {
        0 => one == 1,
        _ => are_coprime(other, one % other),
    }
}

/// Prints the first of `parts` parts of each contender's times.
fn print_line(name: &str, times: Vec<Vec<Duration>>, parts: usize) {
    let mut times = times.into_iter().map(|mut times| {
        times.sort();
        times.get(times.len() / parts).map(Duration::as_secs_f64)
    });
    let Some(first) = times.next().flatten().filter(|first| *first > 0.0) else {
        return;
    };
    let (unit, factor) = if first < 1e-3 {
        ("µs", 1e6)
    } else {
        ("ms", 1e3)
    };
    print!("| {name} | 1 ({:.3} {unit}) |", first * factor);
    for time in times {
        match time {
            Some(time) => print!(" {:.2} |", time / first),
            None => print!(" – |"),
        }
    }
    println!();
}
