//! How long the processor works for this process, the server's sessions on the database, and others, as Linux tells it.

use std::error::Error;
use std::fs;
use std::time::Duration;

use tokio_postgres::NoTls;

/// The processes whose work counts.
pub async fn processes(
    url: &str,
    others: impl Iterator<Item = u32>,
) -> Result<Vec<u32>, Box<dyn Error>> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    tokio::spawn(connection);
    let sql = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
    let sessions = client.query(sql, &[]).await?;
    let mut processes: Vec<u32> = others.chain([std::process::id()]).collect();
    for session in &sessions {
        processes.push(u32::try_from(session.try_get::<_, i32>(0)?)?);
    }
    Ok(processes)
}

/// What they have used so far; nothing where it is not told.
pub fn used(processes: &[u32]) -> Duration {
    let nanoseconds = processes.iter().flat_map(|process| {
        let threads = fs::read_dir(format!("/proc/{process}/task"));
        let threads = threads.into_iter().flatten().flatten();
        threads.filter_map(|thread| {
            let told = fs::read_to_string(thread.path().join("schedstat")).ok()?;
            told.split(' ').next()?.parse::<u64>().ok()
        })
    });
    Duration::from_nanos(nanoseconds.sum())
}
