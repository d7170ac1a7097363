//! The golden cases' generated code, compiled and run on Postgres.

#![deny(warnings)]

#[path = "cases/commands/expected/mod.rs"]
mod commands;
#[path = "cases/names/expected/mod.rs"]
mod names;
#[path = "cases/types/expected/mod.rs"]
mod types;
