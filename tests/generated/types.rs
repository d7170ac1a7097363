//! The case `types`.

mod catalog;
#[path = "../cases/types/expected/mod.rs"]
mod db;
mod everything;
mod user_types;

use chrono::{DateTime, NaiveDate, NaiveTime, TimeZone, Utc};
use rust_decimal::Decimal;
use serde_json::json;
use uuid::Uuid;

use crate::on_database_of;
use db::Session;
use db::models::{Mood, SalesMood};
use db::samples::{self as queries, AddListsParams, AddSampleParams};

fn date() -> NaiveDate {
    NaiveDate::from_ymd_opt(2024, 2, 29).unwrap()
}

fn time() -> NaiveTime {
    NaiveTime::from_hms_micro_opt(23, 59, 59, 999_999).unwrap()
}

fn moment() -> DateTime<Utc> {
    Utc.from_utc_datetime(&date().and_time(time()))
}

fn uuid() -> Uuid {
    Uuid::from_u128(0x0102_0304_0506_0708_090a_0b0c_0d0e_0f10)
}

async fn numbers_in_json_are_exact_or_refused(session: &Session, id: i64) {
    let exact = [
        "0",
        "-0.0",
        "1.50",
        "18446744073709551615",
        "-9223372036854775808",
        "0.1",
        "-2.5e-7",
        "1e300",
        "9007199254740993",
        "1000000000000000000000000000000",
        "5e-324",
    ];
    let inexact = [
        "18446744073709551616",
        "-9223372036854775809",
        "100000000000000000000.5",
        "0.10000000000000000001",
        "9007199254740993.0",
        "1.7976931348623157081452742373170435e308",
        "1e-400",
    ];
    for (number, is_exact) in exact
        .map(|n| (n, true))
        .into_iter()
        .chain(inexact.map(|n| (n, false)))
    {
        for column in ["json", "jsonb"] {
            // What looks like a number in a text is none.
            let update = format!(
                r#"UPDATE samples SET {column} = '{{"a": ["\"18446744073709551616\\", {number}]}}'"#
            );
            session.batch_execute(&update).await.unwrap();
            let text = format!("SELECT ({column}::jsonb -> 'a' -> 1)::text FROM samples");
            let stored = session
                .query_one(&text, &[])
                .await
                .unwrap()
                .get::<_, String>(0);
            match queries::get_sample(session, id).await {
                Ok(sample) => {
                    assert!(is_exact, "{number} in {column}");
                    let value = if column == "json" {
                        sample.json
                    } else {
                        sample.jsonb
                    };
                    let back = format!("SELECT $1::jsonb = '{stored}'::jsonb");
                    let value = &value["a"][1];
                    let same: bool = session.query_one(&back, &[value]).await.unwrap().get(0);
                    assert!(same, "{number} in {column}: {value}");
                }
                Err(error) => {
                    assert!(!is_exact, "{number} in {column}: {error:?}");
                    let cause = format!("{error:?}");
                    let is_told = cause.contains("which `serde_json` rounds");
                    assert!(is_told || cause.contains("number out of range"), "{cause}");
                }
            }
            session
                .batch_execute(r#"UPDATE samples SET json = '{"a": [1, null, "x"]}', jsonb = '{"a": [1, null, "x"]}'"#)
                .await
                .unwrap();
        }
    }
}

#[test]
fn every_type_goes_there_and_back() {
    on_database_of("types", |client| async move {
        let session = Session::new(client);
        let object = json!({ "a": [1, null, "x"] });
        let values = AddSampleParams {
            flag: true,
            small: i16::MIN,
            medium: i32::MIN,
            large: i64::MAX,
            single: f32::MIN_POSITIVE,
            double: f64::MAX,
            exact: "79228162514264337593543950335".parse::<Decimal>().unwrap(),
            text: "é\n'\"\\",
            varchar: "",
            char: "ab",
            bytes: &[0, 255],
            uuid: uuid(),
            date: date(),
            time: time(),
            timestamp: date().and_time(time()),
            timestamptz: moment(),
            json: &object,
            jsonb: &object,
            mood: Mood::VeryHappy,
            market: SalesMood::Bear,
            email: "a@b",
        };
        let added = queries::add_sample(&session, values).await.unwrap();
        let sample = queries::get_sample(&session, added.id).await.unwrap();
        assert_eq!(sample, added);
        assert_eq!(
            (sample.flag, sample.small, sample.medium, sample.large),
            (true, i16::MIN, i32::MIN, i64::MAX)
        );
        assert_eq!(
            (sample.single, sample.double),
            (values.single, values.double)
        );
        assert_eq!(sample.exact, values.exact);
        assert_eq!(
            (
                sample.text.as_str(),
                sample.varchar.as_str(),
                sample.char.as_str()
            ),
            ("é\n'\"\\", "", "ab ")
        );
        assert_eq!(
            (sample.bytes.as_slice(), sample.uuid),
            (values.bytes, values.uuid)
        );
        assert_eq!((sample.date, sample.time), (values.date, values.time));
        assert_eq!(
            (sample.timestamp, sample.timestamptz),
            (values.timestamp, values.timestamptz)
        );
        assert_eq!((&sample.json, &sample.jsonb), (&object, &object));
        numbers_in_json_are_exact_or_refused(&session, added.id).await;
        assert_eq!(
            (sample.mood, sample.market, sample.email.as_str()),
            (Mood::VeryHappy, SalesMood::Bear, "a@b")
        );

        let options = queries::add_options(&session, added.id).await.unwrap();
        assert_eq!(options.exact, sample.exact);
        assert_eq!((options.mood, options.jsonb), (Mood::VeryHappy, object));
        let nothing = queries::add_nothing(&session, 7).await.unwrap();
        assert_eq!(
            (nothing.flag, nothing.text, nothing.mood),
            (None, None, None)
        );
        assert_eq!(
            (nothing.timestamptz, nothing.jsonb, nothing.exact),
            (None, None, None)
        );

        let found = queries::find_by_email(&session, "a@b").await.unwrap();
        assert_eq!((found[0].id, found[0].email.as_str()), (added.id, "a@b"));
        let moods = [Mood::VeryHappy, Mood::Sad];
        assert_eq!(
            queries::find_by_mood(&session, &moods, SalesMood::Bull)
                .await
                .unwrap(),
            [added.id]
        );
        assert_eq!(
            queries::find_by_mood(&session, &[], SalesMood::Bull)
                .await
                .unwrap(),
            [0; 0]
        );
    });
}

#[test]
fn arrays_of_every_type_go_there_and_back() {
    on_database_of("types", |client| async move {
        // On a client that prepares nothing, too: there the server tells the types of enums.
        let values = AddListsParams {
            flags: &[true, false],
            smalls: &[i16::MAX],
            mediums: &[],
            larges: &[i64::MIN, 0],
            singles: &[0.5],
            doubles: &[f64::INFINITY],
            exacts: &[Decimal::new(-5, 28)],
            texts: &["a,b".to_owned(), String::new(), "NULL".to_owned()],
            varchars: &["{}".to_owned()],
            bytes: &[vec![], vec![0]],
            uuids: &[uuid()],
            dates: &[date()],
            times: &[time()],
            timestamps: &[date().and_time(time())],
            timestamptzs: &[moment()],
            jsons: &[json!(null), json!([])],
            jsonbs: &[json!({})],
            moods: Mood::ALL,
            markets: &[SalesMood::Bull],
        };
        let plain = queries::add_lists(&client, values).await.unwrap();
        let session = Session::new(client);
        let lists = queries::add_lists(&session, values).await.unwrap();
        assert_eq!(plain, lists);
        macro_rules! check {
            ($($list:ident)*) => {$(
                let sent: Vec<_> = values.$list.iter().cloned().map(Some).collect();
                assert_eq!(lists.$list, sent);
            )*};
        }
        check!(flags smalls mediums larges singles doubles exacts texts varchars bytes uuids dates times
            timestamps timestamptzs jsons jsonbs moods markets);
    });
}

#[test]
fn an_enum_label_newer_than_the_code_is_an_error() {
    on_database_of("types", |client| async move {
        client
            .batch_execute("ALTER TYPE mood ADD VALUE 'new'")
            .await
            .unwrap();
        client
            .batch_execute("INSERT INTO optionals (id, mood) VALUES (1, 'new')")
            .await
            .unwrap();
        let error = queries::list_moods(&client).await.unwrap_err();
        let cause = std::error::Error::source(error.as_postgres().unwrap()).unwrap();
        assert_eq!(cause.to_string(), "unknown label `new` of the enum `mood`");
    });
}

#[test]
fn enums_know_their_labels() {
    assert_eq!(
        Mood::ALL
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>(),
        ["sad", "ok", "very happy"]
    );
    for mood in Mood::ALL {
        assert_eq!(mood.as_str().parse::<Mood>().as_ref(), Ok(mood));
    }
    assert!("VeryHappy".parse::<Mood>().is_err());
    assert!(Mood::Sad < Mood::VeryHappy, "in Postgres' order");
}

#[test]
fn every_query_is_what_it_was_generated_as() {
    on_database_of("types", |client| async move {
        db::prepare_all(&client).await.unwrap();
    });
}
