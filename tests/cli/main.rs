//! The `rowsmith` command, run as users run it.

#![expect(clippy::unwrap_used, reason = "tests fail by panics")]

mod commands;
#[cfg(unix)]
mod drift;
#[cfg(target_os = "linux")]
mod faults;
#[cfg(target_os = "linux")]
mod first;
#[cfg(target_os = "linux")]
mod hostile;
#[cfg(unix)]
mod postgres;
mod project;
mod reference;
#[cfg(target_os = "linux")]
mod signals;
mod snapshot;
mod sqlc;
mod tables;
#[cfg(target_os = "linux")]
mod tls;
#[cfg(target_os = "linux")]
mod watch;
