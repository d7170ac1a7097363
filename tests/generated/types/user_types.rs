//! Composite types, domains, ranges of the schema and types of extensions, there and back.

use std::collections::HashMap;

use chrono::NaiveTime;

use super::db::Session;
use super::db::models::{Address, Extended, Mood, Person, SalesAddress, Staff, StaffRecord};
use super::db::types::{Cube, Multirange, Range};
use super::db::user_types::{self as queries, PutExtendedParams, PutPersonParams};
use crate::on_database_of;

fn address() -> Address {
    Address {
        street: Some("a \"b\", (c)".to_owned()),
        house_number: Some(-1),
        tags: Some(vec![Some(String::new()), None]),
        price: Some("1.50".parse().unwrap()),
        opens: NaiveTime::from_hms_opt(23, 59, 59),
    }
}

/// A composite value whose fields are all NULL, which is not NULL.
fn nowhere() -> Address {
    Address {
        street: None,
        house_number: None,
        tags: None,
        price: None,
        opens: None,
    }
}

fn person() -> Person {
    Person {
        name: Some("Zoë".to_owned()),
        home: Some(address()),
        others: Some(vec![None, Some(nowhere()), Some(address())]),
        region: Some(SalesAddress {
            region: Some("north".to_owned()),
        }),
        feelings: Some(vec![Some(Mood::VeryHappy), None]),
        emails: Some(vec![Some("a@b".to_owned())]),
        scores: Some(vec![Some(1), None]),
        span: Some((1..5).into()),
    }
}

fn staff() -> Staff {
    Staff {
        id: 1,
        person: person(),
        home: Some(nowhere()),
        homes: Some(vec![Some(address()), Some(nowhere())]),
        codes: vec![Some("007".to_owned()), Some(String::new())],
        scores: Some(vec![Some(3)]),
        matrix_of_scores: Some(vec![Some(vec![Some(1), None]), Some(vec![])]),
        feeling: Some(Mood::Ok),
        texts: Some(("a".to_owned().."b".to_owned()).into()),
        many_texts: Some(Multirange(vec![("a".to_owned()..="b".to_owned()).into()])),
        code_ranges: Some(vec![Some(Range::Empty), Some((.."9".to_owned()).into())]),
        many_codes: Some(Multirange(vec![("0".to_owned()..).into()])),
    }
}

#[test]
fn types_of_the_schema_go_there_and_back() {
    on_database_of("types", |client| async move {
        let value = staff();
        let texts = |texts: &[Option<String>]| texts.iter().flatten().cloned().collect::<Vec<_>>();
        let codes = texts(&value.codes);
        let homes: Vec<_> = value.homes.iter().flatten().flatten().cloned().collect();
        let matrix: Vec<_> = value
            .matrix_of_scores
            .iter()
            .flatten()
            .flatten()
            .cloned()
            .collect();
        let ranges: Vec<_> = value
            .code_ranges
            .iter()
            .flatten()
            .flatten()
            .cloned()
            .collect();
        let parameters = PutPersonParams {
            id: 1,
            person: &value.person,
            home: value.home.as_ref(),
            homes: Some(&homes),
            codes: &codes,
            scores: Some(&[3]),
            matrix_of_scores: Some(&matrix),
            feeling: value.feeling,
            texts: value.texts.as_ref(),
            many_texts: value.many_texts.as_ref(),
            code_ranges: Some(&ranges),
            many_codes: value.many_codes.as_ref(),
        };
        queries::put_person(&client, parameters).await.unwrap();
        assert_eq!(queries::get_person(&client, 1).await.unwrap(), value);
        let session = Session::new(client);
        queries::put_person(
            &session,
            PutPersonParams {
                id: 2,
                ..parameters
            },
        )
        .await
        .unwrap();
        assert_eq!(
            queries::get_person(&session, 2).await.unwrap(),
            Staff { id: 2, ..value }
        );

        let shown = "SELECT person::text FROM staff WHERE id = 1";
        let shown: String = session.query_one(shown, &[]).await.unwrap().get(0);
        assert!(
            shown.starts_with(r#"(Zoë,"(""a """"b"""", (c)"",-1,"#),
            "{shown}"
        );
        let others = queries::field_of_person(&session, 1).await.unwrap();
        assert_eq!(others, person().others);
    });
}

#[test]
fn rows_of_tables_are_values() {
    on_database_of("types", |client| async move {
        client
            .batch_execute("INSERT INTO staff (id, person, codes) VALUES (7, ROW('x'), '{}')")
            .await
            .unwrap_err();
        client
            .batch_execute(
                "INSERT INTO staff (id, person, codes)
                 VALUES (7, ROW('x', NULL, NULL, NULL, NULL, NULL, NULL, NULL), '{}')",
            )
            .await
            .unwrap();
        // Columns that were dropped are in neither.
        client
            .batch_execute("ALTER TABLE staff ADD extra int; ALTER TABLE staff DROP extra")
            .await
            .unwrap();
        let rows: Vec<_> = queries::whole_rows(&client).await.unwrap();
        assert_eq!(
            (rows[0].id, rows[0].codes.as_deref()),
            (Some(7), Some(&[][..]))
        );
        let row: &StaffRecord = &rows[0];
        assert_eq!(queries::find_by_row(&client, row).await.unwrap(), [7]);
        let all = queries::whole_rows_in_array(&client).await.unwrap();
        assert_eq!(all, Some(vec![row.clone()]));
    });
}

#[test]
fn a_type_that_has_changed_is_an_error() {
    on_database_of("types", |client| async move {
        client
            .batch_execute(
                "ALTER TYPE address ADD ATTRIBUTE more int;
                 INSERT INTO staff (id, person, home, codes)
                 VALUES (7, ROW('x', NULL, NULL, NULL, NULL, NULL, NULL, NULL), ROW(), '{}')",
            )
            .await
            .unwrap_err();
        client
            .batch_execute(
                "ALTER TYPE address ADD ATTRIBUTE more int;
                 INSERT INTO staff (id, person, home, codes)
                 VALUES (7, ROW('x', ROW('y', 1, NULL, NULL, NULL, 5)::address, NULL, NULL, NULL, NULL, NULL, NULL), NULL, '{}')",
            )
            .await
            .unwrap();
        let error = queries::get_person(&client, 7).await.unwrap_err();
        let cause = std::error::Error::source(error.as_postgres().unwrap()).unwrap();
        assert_eq!(
            cause.to_string(),
            "column `person`: `address` has 6 fields in the database, and 5 here"
        );
    });
}

#[test]
fn types_of_extensions_go_there_and_back() {
    on_database_of("types", |client| async move {
        let hstore = HashMap::from([
            ("a".to_owned(), None),
            (String::new(), Some("\"".to_owned())),
        ]);
        let cubes = [
            Cube::Point(vec![]),
            Cube::Point(vec![1.5, f64::INFINITY]),
            Cube::Corners(vec![0.0, 1.0], vec![2.0, f64::MAX]),
        ];
        let value = Extended {
            id: 1,
            citext: Some("É".to_owned()),
            ltree: Some("a.b_c".to_owned()),
            lquery: Some("*{1,2}.a|b@".to_owned()),
            ltxtquery: Some("a & b*".to_owned()),
            hstore: Some(hstore.clone()),
            cube: Some(cubes[2].clone()),
            citexts: Some(vec![Some("x".to_owned())]),
            ltrees: Some(vec![Some(String::new())]),
            hstores: Some(vec![Some(HashMap::new()), Some(hstore.clone())]),
            cubes: Some(cubes.iter().cloned().map(Some).collect()),
        };
        let parameters = PutExtendedParams {
            id: 1,
            citext: value.citext.as_deref(),
            ltree: value.ltree.as_deref(),
            lquery: value.lquery.as_deref(),
            ltxtquery: value.ltxtquery.as_deref(),
            hstore: Some(&hstore),
            cube: value.cube.as_ref(),
            citexts: Some(&["x".to_owned()]),
            ltrees: Some(&[String::new()]),
            hstores: Some(&[HashMap::new(), hstore.clone()]),
            cubes: Some(&cubes),
        };
        queries::put_extended(&client, parameters).await.unwrap();
        let found = queries::get_extended(&client, 1).await.unwrap();
        assert_eq!(found, value);
    });
}
