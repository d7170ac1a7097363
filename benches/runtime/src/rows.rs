//! Rows to insert.

use std::sync::OnceLock;

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

pub struct Reading {
    pub id: i64,
    pub sensor: String,
    pub channel: i32,
    pub value: f64,
    pub valid: bool,
    pub device: Uuid,
    pub taken_at: DateTime<Utc>,
    pub note: Option<String>,
}

/// So many of them, the same each time.
pub fn readings(count: usize) -> &'static [Reading] {
    static READINGS: OnceLock<Vec<Reading>> = OnceLock::new();
    let all = READINGS.get_or_init(|| (0..100_000).map(reading).collect());
    &all[..count]
}

fn reading(number: i32) -> Reading {
    Reading {
        id: number.into(),
        sensor: format!("sensor {}", number % 500),
        channel: number % 16,
        value: f64::from(number) / 7.0,
        valid: number % 11 > 0,
        device: Uuid::from_u64_pair(7, number as u64 % 50),
        taken_at: DateTime::UNIX_EPOCH + TimeDelta::seconds((20_000 * 86_400 + number).into()),
        note: (number % 3 == 0).then(|| format!("noted after {number} others")),
    }
}
