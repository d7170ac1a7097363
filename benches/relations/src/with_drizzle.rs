//! Drizzle, in a process of its own that is told what to load, and tells how long it took.

use std::error::Error;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use crate::{Contender, Outcome, Task};

pub struct WithDrizzle {
    /// Ends with this.
    node: Child,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
}

impl WithDrizzle {
    pub async fn connect(url: &str) -> Result<Self, Box<dyn Error>> {
        let script = std::env::var("DRIZZLE_SCRIPT")?;
        let mut node = Command::new("node")
            .args([script.as_str(), url])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let input = node.stdin.take().ok_or("node has no input")?;
        let output = node.stdout.take().ok_or("node has no output")?;
        Ok(Self {
            node,
            input,
            output: BufReader::new(output).lines(),
        })
    }
}

impl Contender for WithDrizzle {
    fn name(&self) -> &'static str {
        "Drizzle"
    }

    fn process(&self) -> Option<u32> {
        self.node.id()
    }

    fn run(&mut self, task: Task, times: u32) -> Outcome<'_> {
        Box::pin(async move {
            let (page, start) = match task {
                Task::One => (0, 0),
                Task::Page(page, start) => (page, start),
            };
            let line = format!("{page} {start} {times}\n");
            self.input.write_all(line.as_bytes()).await?;
            let answer = self.output.next_line().await?.ok_or("node has ended")?;
            Ok(Duration::from_nanos(answer.parse()?))
        })
    }
}
