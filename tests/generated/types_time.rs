//! The case `types_time`: dates and times of `time`, numbers of `bigdecimal`.

#[path = "../cases/types_time/expected/mod.rs"]
mod db;

use bigdecimal::BigDecimal;
use time::{Date, Month, OffsetDateTime, PrimitiveDateTime, Time, UtcOffset};

use crate::on_database_of;
use db::Session;
use db::choices::{self as queries, PutParams};
use db::models::{Choice, Offer};
use db::types::{Multirange, Range};

fn number(text: &str) -> BigDecimal {
    text.parse().unwrap()
}

#[test]
fn values_go_there_and_back() {
    on_database_of("types_time", |client| async move {
        let session = Session::new(client);
        let last = Time::from_hms_micro(23, 59, 59, 999_999).unwrap();
        let dates = [
            Date::from_calendar_date(-4712, Month::January, 1).unwrap(),
            Date::MAX,
        ];
        let numbers = [
            "0",
            "1.50",
            "-0.00001",
            "1e40",
            "-12345678901234567890.123456789",
        ]
        .map(number);
        let thousand = number(&format!("-{}.{}", "9".repeat(1000), "1".repeat(1000)));
        for (id, date) in (1..).zip(dates) {
            let timestamp = PrimitiveDateTime::new(date, last);
            let timestamptz: OffsetDateTime = timestamp.assume_utc();
            let elsewhere =
                OffsetDateTime::UNIX_EPOCH.to_offset(UtcOffset::from_hms(5, 0, 0).unwrap());
            let days = Range::from(date..);
            let bounds = Range::from(numbers[0].clone()..=numbers[1].clone());
            let moments = Multirange(vec![Range::from(..timestamptz)]);
            let offer = Offer {
                price: Some(thousand.clone()),
                until: Some(timestamptz),
                emails: Some(vec![Some("a@b".to_owned()), None]),
                tags: Some(vec![None]),
            };
            let emails = ["c@d".to_owned()];
            let values = PutParams {
                id,
                date: Some(date),
                time: Some(Time::MIDNIGHT),
                timestamp: Some(timestamp),
                timestamptz: Some(timestamptz),
                numeric: Some(&thousand),
                dates: Some(&dates),
                times: Some(&[last]),
                timestamps: Some(&[timestamp]),
                timestamptzs: Some(&[elsewhere]),
                numerics: Some(&numbers),
                days: Some(&days),
                numbers: Some(&bounds),
                moments: Some(&moments),
                email: Some("e@f"),
                emails: Some(&emails),
                tags: Some(&emails),
                price: Some(&numbers[4]),
                ok: Some(1),
                offer: Some(&offer),
            };
            queries::put(&session, values).await.unwrap();
            let found: Choice = queries::get(&session, id).await.unwrap();
            assert_eq!((found.date, found.time), (values.date, values.time));
            assert_eq!(
                (found.timestamp, found.timestamptz),
                (Some(timestamp), Some(timestamptz))
            );
            assert_eq!(found.numeric.as_ref(), Some(&thousand));
            assert_eq!(found.dates, Some(dates.map(Some).to_vec()));
            assert_eq!(found.times, Some(vec![Some(last)]));
            assert_eq!(found.timestamps, Some(vec![Some(timestamp)]));
            assert_eq!(found.timestamptzs, Some(vec![Some(elsewhere)]));
            assert_eq!(found.numerics, Some(numbers.clone().map(Some).to_vec()));
            assert_eq!(
                (found.days, found.numbers.as_ref()),
                (Some(days), Some(&bounds))
            );
            assert_eq!(
                (found.moments.as_ref(), found.offer.as_ref()),
                (Some(&moments), Some(&offer))
            );
            assert_eq!((found.price.as_ref(), found.ok), (values.price, values.ok));
            assert_eq!(found.emails, Some(emails.clone().map(Some).to_vec()));
        }
    });
}

#[test]
fn values_without_a_place_are_errors() {
    on_database_of("types_time", |client| async move {
        for (column, value, message) in [
            (
                "time",
                "24:00:00",
                "24:00:00 has no place in a time of day that ends at midnight",
            ),
            (
                "times",
                "{24:00:00}",
                "24:00:00 has no place in a time of day that ends at midnight",
            ),
            ("date", "infinity", "value too large to decode"),
            ("date", "10000-01-01", "value too large to decode"),
            ("timestamp", "-infinity", "value too large to decode"),
            ("timestamptz", "infinity", "value too large to decode"),
            (
                "numeric",
                "NaN",
                "NaN and infinity have no place in a `BigDecimal`",
            ),
            (
                "numerics",
                "{-Infinity}",
                "NaN and infinity have no place in a `BigDecimal`",
            ),
        ] {
            let sql = format!(
                "DELETE FROM choices; INSERT INTO choices (id, {column}) VALUES (1, '{value}')"
            );
            client.batch_execute(&sql).await.unwrap();
            let error = queries::get(&client, 1).await.unwrap_err();
            let cause = std::error::Error::source(error.as_postgres().unwrap()).unwrap();
            let named = format!("column `{column}`: {message}");
            assert_eq!(cause.to_string(), named, "{value}");
        }
    });
}
