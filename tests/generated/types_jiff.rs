//! The case `types_jiff`: dates and times of `jiff`, numbers as text, domains with types of their own, and arrays that
//! have no NULL in them.

#![expect(clippy::too_many_lines, reason = "there are many types")]

#[path = "../cases/types_jiff/expected/mod.rs"]
mod db;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time, date};

use crate::on_database_of;
use db::Session;
use db::choices::{self as queries, PutParams};
use db::models::{Choice, Email, Offer, OkDomain, Price, Tags};
use db::types::{Multirange, Range};

#[test]
fn values_go_there_and_back() {
    on_database_of("types_jiff", |client| async move {
        let session = Session::new(client);
        let last = Time::constant(23, 59, 59, 999_999_000);
        let dates = [date(-4712, 1, 1), Date::MAX];
        let timestamp: DateTime = dates[0].to_datetime(last);
        let timestamptz: Timestamp = "2024-02-29T23:59:59.999999Z".parse().unwrap();
        let days = Range::from(dates[0]..);
        let bounds = Range::from("-1".to_owned().."Infinity".to_owned());
        let moments = Multirange(vec![Range::from(..timestamptz)]);
        let emails = ["c@d".to_owned()].map(Email);
        let tags = Tags(vec!["x".to_owned()]);
        let offer = Offer {
            price: Some(Price("NaN".to_owned())),
            until: Some(timestamptz),
            emails: Some(emails.to_vec()),
            tags: Some(tags.clone()),
        };
        let long = format!("-{}.{}", "9".repeat(1000), "1".repeat(1000));
        // What is sent, and how Postgres shows it.
        let numbers = [
            ("0", "0"),
            ("-0", "0"),
            ("+1.50", "1.50"),
            (".5", "0.5"),
            ("7.", "7"),
            ("0.00000000000000000001", "0.00000000000000000001"),
            ("1e5", "100000"),
            ("12.3E-7", "0.00000123"),
            ("10000", "10000"),
            ("100000000.00000000", "100000000.00000000"),
            (" -12345.678901 ", "-12345.678901"),
            ("nan", "NaN"),
            ("-infinity", "-Infinity"),
            ("Inf", "Infinity"),
            (long.as_str(), long.as_str()),
        ];
        let sent = numbers.map(|(sent, _)| sent.to_owned());
        let price = Price("12.00".to_owned());
        let email = Email::from("e@f".to_owned());
        let values = PutParams {
            id: 1,
            date: Some(dates[1]),
            time: Some(last),
            timestamp: Some(timestamp),
            timestamptz: Some(timestamptz),
            numeric: Some("1e1000"),
            dates: Some(&dates),
            times: Some(&[Time::MIN, last]),
            timestamps: Some(&[timestamp]),
            timestamptzs: Some(&[timestamptz]),
            numerics: Some(&sent),
            days: Some(&days),
            numbers: Some(&bounds),
            moments: Some(&moments),
            email: Some(&email),
            emails: Some(&emails),
            tags: Some(&tags),
            price: Some(&price),
            ok: Some(OkDomain(1)),
            offer: Some(&offer),
        };
        queries::put(&session, values).await.unwrap();
        let found: Choice = queries::get(&session, 1).await.unwrap();
        assert_eq!((found.date, found.time), (values.date, values.time));
        assert_eq!(
            (found.timestamp, found.timestamptz),
            (Some(timestamp), Some(timestamptz))
        );
        assert_eq!(found.numeric, Some(format!("1{}", "0".repeat(1000))));
        assert_eq!(found.dates.as_deref(), values.dates);
        assert_eq!(found.times.as_deref(), values.times);
        assert_eq!(found.timestamps.as_deref(), values.timestamps);
        assert_eq!(found.timestamptzs.as_deref(), values.timestamptzs);
        let shown = numbers.map(|(_, shown)| shown.to_owned());
        assert_eq!(found.numerics, Some(shown.to_vec()));
        assert_eq!(
            (found.days, found.numbers.as_ref()),
            (Some(days), Some(&bounds))
        );
        assert_eq!(
            (found.moments.as_ref(), found.offer.as_ref()),
            (Some(&moments), Some(&offer))
        );
        assert_eq!(
            (found.email.as_ref(), found.price.as_ref()),
            (Some(&email), Some(&price))
        );
        assert_eq!(found.emails.as_deref(), values.emails);
        assert_eq!((found.tags.as_ref(), found.ok), (Some(&tags), values.ok));

        for number in [
            "", "-", ".", "1.2.3", "1e", "1_000", "0x10", "+NaN", "1e999999", "1e-20000", "١",
        ] {
            let values = PutParams {
                id: 2,
                numeric: Some(number),
                ..values
            };
            let error = queries::put(&session, values).await.unwrap_err();
            let cause = std::error::Error::source(error.as_postgres().unwrap())
                .unwrap()
                .to_string();
            assert!(
                cause.contains(" is not a number") || cause.contains(" is too large"),
                "{number}: {cause}"
            );
        }
    });
}

#[test]
fn values_without_a_place_are_errors() {
    on_database_of("types_jiff", |client| async move {
        for (column, value, message) in [
            (
                "time",
                "24:00:00",
                "24:00:00 has no place in a time of day that ends at midnight",
            ),
            ("date", "-infinity", "value too large to decode"),
            ("timestamp", "infinity", "value too large to decode"),
            ("timestamptz", "infinity", "value too large to decode"),
            ("dates", "{NULL}", "a Postgres value was `NULL`"),
            ("emails", "{NULL}", "a Postgres value was `NULL`"),
            ("numerics", "{{1}}", "array contains too many dimensions"),
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
