//! Values of every type, at their edges, there and back: one by one, and in arrays.

#![expect(clippy::too_many_lines, reason = "there are many types")]

use std::ops::Bound::{Excluded, Included, Unbounded};

use bit_vec::BitVec;
use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use rust_decimal::Decimal;

use super::db::Session;
use super::db::everything::{self as queries, PutEverythingParams, PutManyParams};
use super::db::models::Everything;
use super::db::types::{
    Array, Circle, Interval, JsonPath, Lexeme, Line, LineSegment, MacAddr, MacAddr8, Money,
    Multirange, Path, Point, Polygon, Range, Rect, Snapshot, Tid, TimeTz, TsNode, TsQuery,
    TsVector, Weight,
};
use crate::on_database_of;

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn moment(text: &str) -> NaiveDateTime {
    text.parse().unwrap()
}

fn utc(text: &str) -> DateTime<Utc> {
    moment(text).and_utc()
}

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn lexeme(text: &str, prefix: bool, weights: &[Weight]) -> TsNode {
    TsNode::Lexeme {
        text: text.to_owned(),
        prefix,
        weights: weights.to_vec(),
    }
}

fn low() -> Everything {
    let corner = Point {
        x: f64::MIN,
        y: f64::NEG_INFINITY,
    };
    Everything {
        id: 1,
        money: Some(Money(i64::MIN)),
        char: Some(i8::MIN),
        name: Some("é".repeat(31)),
        timetz: Some(TimeTz {
            microseconds: 0,
            utc_offset: -15 * 3600 - 59 * 60 - 59,
        }),
        interval: Some(Interval {
            months: i32::MIN + 1,
            days: i32::MIN + 1,
            microseconds: i64::MIN + 1,
        }),
        jsonpath: Some(JsonPath("$.\"a\"".to_owned())),
        inet: Some("0.0.0.0/0".parse().unwrap()),
        cidr: Some("10.0.0.0/8".parse().unwrap()),
        macaddr: Some(MacAddr([0; 6])),
        macaddr8: Some(MacAddr8([0; 8])),
        bit: Some(BitVec::from_elem(5, false)),
        varbit: Some(BitVec::new()),
        point: Some(corner),
        line: Some(Line {
            a: -1.0,
            b: 0.0,
            c: f64::MIN_POSITIVE,
        }),
        lseg: Some(LineSegment {
            start: corner,
            end: Point::default(),
        }),
        r#box: Some(Rect {
            upper_right: Point::default(),
            lower_left: corner,
        }),
        path: Some(Path {
            closed: false,
            points: vec![corner],
        }),
        polygon: Some(Polygon(vec![Point::default()])),
        circle: Some(Circle {
            center: Point::default(),
            radius: 0.0,
        }),
        tsvector: Some(TsVector::default()),
        tsquery: Some(TsQuery(Some(lexeme("é", true, &[Weight::D])))),
        xml: Some("<a/>".to_owned()),
        pg_lsn: Some(0.into()),
        pg_snapshot: Some(Snapshot {
            xmin: 1,
            xmax: 1,
            running: vec![],
        }),
        txid_snapshot: Some(Snapshot {
            xmin: 10,
            xmax: 20,
            running: vec![10, 14],
        }),
        oid: Some(0),
        regproc: Some(0),
        regprocedure: Some(0),
        regoper: Some(0),
        regoperator: Some(0),
        regclass: Some(0),
        regtype: Some(0),
        regrole: Some(0),
        regnamespace: Some(0),
        regconfig: Some(0),
        regdictionary: Some(0),
        regcollation: Some(0),
        xid: Some(0),
        cid: Some(0),
        xid8: Some(0),
        tid: Some(Tid {
            block: 0,
            offset: 0,
        }),
        refcursor: Some(String::new()),
        int2vector: Some(vec![0]),
        oidvector: Some(vec![1]),
        int4range: Some(Range::Empty),
        int8range: Some((i64::MIN..i64::MAX).into()),
        numrange: Some(Range::Between(
            Excluded(decimal("-0.5")),
            Included(decimal("1.50")),
        )),
        tsrange: Some((..moment("2024-02-29T23:59:59.999999")).into()),
        tstzrange: Some((..).into()),
        daterange: Some((date("-4712-01-01")..date("0001-01-01")).into()),
        int4multirange: Some(Multirange::default()),
        int8multirange: Some(Multirange(vec![(..).into()])),
        nummultirange: Some(Multirange(vec![
            (decimal("0")..decimal("0.1")).into(),
            (decimal("2")..).into(),
        ])),
        tsmultirange: Some(Multirange::default()),
        tstzmultirange: Some(Multirange(vec![(..utc("2024-02-29T00:00:00")).into()])),
        datemultirange: Some(Multirange(vec![
            (date("2024-01-01")..date("2024-01-02")).into(),
        ])),
    }
}

fn high() -> Everything {
    let corner = Point {
        x: f64::MAX,
        y: f64::INFINITY,
    };
    let (cat, dog) = (
        lexeme("cat", true, &[]),
        lexeme("dog", false, &[Weight::C, Weight::A]),
    );
    Everything {
        id: 2,
        money: Some(Money(i64::MAX)),
        char: Some(i8::MAX),
        name: Some(String::new()),
        timetz: Some(TimeTz {
            microseconds: 24 * 3600 * 1_000_000,
            utc_offset: 15 * 3600 + 59 * 60 + 59,
        }),
        interval: Some(Interval {
            months: -1,
            days: 1,
            microseconds: i64::MAX - 1,
        }),
        jsonpath: Some(JsonPath("strict $.\"é\"[*]?(@ > 1)".to_owned())),
        inet: Some("2001:db8::1/64".parse().unwrap()),
        cidr: Some("2001:db8::/32".parse().unwrap()),
        macaddr: Some(MacAddr([255; 6])),
        macaddr8: Some(MacAddr8([255; 8])),
        bit: Some(BitVec::from_fn(5, |bit| bit % 2 == 0)),
        varbit: Some(BitVec::from_fn(100, |bit| bit % 3 == 0)),
        point: Some(corner),
        line: Some(Line {
            a: 0.0,
            b: -1.0,
            c: 2.5,
        }),
        lseg: Some(LineSegment {
            start: corner,
            end: corner,
        }),
        r#box: Some(Rect {
            upper_right: corner,
            lower_left: Point { x: -1.0, y: 1.0 },
        }),
        path: Some(Path {
            closed: true,
            points: vec![corner, Point::default(), corner],
        }),
        polygon: Some(Polygon(vec![corner, Point { x: 0.5, y: -0.0 }])),
        circle: Some(Circle {
            center: corner,
            radius: f64::INFINITY,
        }),
        tsvector: Some(TsVector(vec![
            Lexeme {
                text: "a'b\\".to_owned(),
                positions: vec![],
            },
            Lexeme {
                text: "é".to_owned(),
                positions: vec![(1, Weight::D), (16383, Weight::A)],
            },
        ])),
        tsquery: Some(TsQuery(Some(TsNode::Or(
            Box::new(TsNode::Not(Box::new(TsNode::And(
                Box::new(cat.clone()),
                Box::new(dog.clone()),
            )))),
            Box::new(TsNode::Phrase(Box::new(dog), Box::new(cat), 3)),
        )))),
        xml: Some("<a>é</a><b/>text".to_owned()),
        pg_lsn: Some(u64::MAX.into()),
        pg_snapshot: Some(Snapshot {
            xmin: 5,
            xmax: i64::MAX as u64,
            running: vec![5, 6],
        }),
        txid_snapshot: Some(Snapshot {
            xmin: 1,
            xmax: 2,
            running: vec![1],
        }),
        oid: Some(u32::MAX),
        regproc: Some(u32::MAX),
        regprocedure: Some(u32::MAX),
        regoper: Some(u32::MAX),
        regoperator: Some(u32::MAX),
        regclass: Some(u32::MAX),
        regtype: Some(u32::MAX),
        regrole: Some(u32::MAX),
        regnamespace: Some(u32::MAX),
        regconfig: Some(u32::MAX),
        regdictionary: Some(u32::MAX),
        regcollation: Some(u32::MAX),
        xid: Some(u32::MAX),
        cid: Some(u32::MAX),
        xid8: Some(u64::MAX),
        tid: Some(Tid {
            block: u32::MAX,
            offset: u16::MAX,
        }),
        refcursor: Some("a cursor".to_owned()),
        int2vector: Some(vec![i16::MIN, i16::MAX]),
        oidvector: Some(vec![0, u32::MAX]),
        int4range: Some((i32::MIN..i32::MAX).into()),
        int8range: Some((1..).into()),
        numrange: Some(Range::Between(
            Unbounded,
            Excluded(decimal("79228162514264337593543950335")),
        )),
        tsrange: Some(Range::Between(
            Excluded(moment("-4712-01-01T00:00:00")),
            Included(moment("9999-12-31T23:59:59.999999")),
        )),
        tstzrange: Some((utc("0000-12-31T00:00:00")..=utc("2024-02-29T23:59:59.999999")).into()),
        daterange: Some((date("9999-12-31")..).into()),
        int4multirange: Some(Multirange(vec![(1..2).into(), (5..7).into(), (9..).into()])),
        int8multirange: Some(Multirange::default()),
        nummultirange: Some(Multirange::default()),
        tsmultirange: Some(Multirange(vec![(moment("2024-02-29T00:00:00")..).into()])),
        tstzmultirange: Some(Multirange(vec![(..).into()])),
        datemultirange: Some(Multirange(vec![(..date("-0001-01-01")).into()])),
    }
}

/// Sends every column's value as a parameter.
fn parameters(value: &Everything) -> PutEverythingParams<'_> {
    macro_rules! parameters {
        ({$($copied:ident)*} {$($borrowed:ident)*} {$($sliced:ident)*}) => {
            PutEverythingParams {
                id: value.id,
                $($copied: value.$copied,)*
                $($borrowed: value.$borrowed.as_ref(),)*
                $($sliced: value.$sliced.as_deref(),)*
            }
        };
    }
    parameters!(
        {money char timetz interval inet cidr macaddr macaddr8 point line lseg r#box circle pg_lsn oid
            regproc regprocedure regoper regoperator regclass regtype regrole regnamespace
            regconfig regdictionary regcollation xid cid xid8 tid}
        {jsonpath bit varbit path polygon tsvector tsquery pg_snapshot txid_snapshot int4range int8range
            numrange tsrange tstzrange daterange int4multirange int8multirange nummultirange
            tsmultirange tstzmultirange datemultirange}
        {name xml refcursor int2vector oidvector}
    )
}

#[test]
fn every_type_goes_there_and_back_at_its_edges() {
    on_database_of("types", |client| async move {
        for value in [low(), high()] {
            // On a client that prepares nothing, too.
            queries::put_everything(&client, parameters(&value))
                .await
                .unwrap();
            let found = queries::get_everything(&client, value.id).await.unwrap();
            assert_eq!(found, value);
        }
        let session = Session::new(client);
        for (id, value) in [(3, low()), (4, high())] {
            let value = Everything { id, ..value };
            queries::put_everything(&session, parameters(&value))
                .await
                .unwrap();
            assert_eq!(queries::get_everything(&session, id).await.unwrap(), value);
        }
        // Postgres reads what was sent as its own.
        let shown = "SELECT row_to_json(e)::text FROM everything AS e WHERE id = 2";
        let shown: String = session.query_one(shown, &[]).await.unwrap().get(0);
        for part in [
            r#""interval":"-1 mons +1 day 2562047788:00:54.775806""#,
            r#""timetz":"24:00:00+15:59:59""#,
            r#""tsquery":"!( 'cat':* & 'dog':AC ) | 'dog':AC <3> 'cat':*""#,
            r#""tsvector":"'a''b\\\\' 'é':1,16383A""#,
            r#""pg_snapshot":"5:9223372036854775807:5,6""#,
            r#""daterange":"[9999-12-31,)""#,
            r#""tid":"(4294967295,65535)""#,
            r#""macaddr8":"ff:ff:ff:ff:ff:ff:ff:ff""#,
        ] {
            assert!(shown.contains(part), "{part} is not in {shown}");
        }
    });
}

#[test]
fn not_a_number_goes_there_and_back() {
    on_database_of("types", |client| async move {
        let point = Point {
            x: f64::NAN,
            y: -0.0,
        };
        let value = Everything {
            point: Some(point),
            circle: Some(Circle {
                center: point,
                radius: f64::NAN,
            }),
            ..low()
        };
        queries::put_everything(&client, parameters(&value))
            .await
            .unwrap();
        let found = queries::get_everything(&client, value.id).await.unwrap();
        assert_eq!(format!("{found:?}"), format!("{value:?}"));
    });
}

#[test]
fn every_type_goes_there_and_back_in_arrays() {
    macro_rules! check {
        ($session:ident, $($column:ident)*) => {
            let (low, high) = (low(), high());
            $(let $column = vec![low.$column.unwrap(), high.$column.unwrap()];)*
            let parameters = PutManyParams { id: 1, $($column: Some($column.as_slice()),)* };
            queries::put_many(&$session, parameters).await.unwrap();
            let found = queries::get_many(&$session, 1).await.unwrap();
            $(assert_eq!(found.$column, Some($column.into_iter().map(Some).collect()));)*
            for (id, array) in [(2, "{}"), (3, "{NULL}")] {
                let set = [$(stringify!($column)),*].map(|column| {
                    format!("\"{}\" = '{array}'", column.trim_start_matches("r#"))
                });
                let sql = format!(
                    "INSERT INTO many_of_everything (id) VALUES ({id});
                     UPDATE many_of_everything SET {} WHERE id = {id}",
                    set.join(", ")
                );
                $session.batch_execute(&sql).await.unwrap();
            }
            let empty = queries::get_many(&$session, 2).await.unwrap();
            $(assert_eq!(empty.$column, Some(vec![]));)*
            let null = queries::get_many(&$session, 3).await.unwrap();
            $(assert_eq!(null.$column, Some(vec![None]));)*
            // A value with another shape is an error, whatever its type.
            for column in [$(stringify!($column)),*] {
                let sql = format!(
                    "DELETE FROM many_of_everything WHERE id = 4;
                     INSERT INTO many_of_everything (id, \"{}\") VALUES (4, '{{{{NULL}}}}')",
                    column.trim_start_matches("r#")
                );
                $session.batch_execute(&sql).await.unwrap();
                let error = queries::get_many(&$session, 4).await.unwrap_err();
                assert_eq!(cause(&error), "array contains too many dimensions", "{column}");
            }
        };
    }
    on_database_of("types", |client| async move {
        let session = Session::new(client);
        check!(session, money char name timetz interval jsonpath inet cidr macaddr macaddr8 bit varbit point line lseg
            r#box path polygon circle tsvector tsquery xml pg_lsn pg_snapshot txid_snapshot oid
            regproc regprocedure regoper regoperator regclass regtype regrole regnamespace
            regconfig regdictionary regcollation xid cid xid8 tid refcursor int2vector oidvector
            int4range int8range numrange tsrange tstzrange daterange int4multirange
            int8multirange nummultirange tsmultirange tstzmultirange datemultirange);
    });
}

/// What was wrong with a value.
fn cause(error: &super::db::Error) -> String {
    let postgres = error.as_postgres().unwrap();
    let cause = std::error::Error::source(postgres).unwrap().to_string();
    let named = cause.strip_prefix("column `");
    let named = named.and_then(|named| named.split_once("`: "));
    named.map_or_else(|| cause.clone(), |(_, cause)| cause.to_owned())
}

#[test]
fn arrays_keep_their_shape_where_the_column_declares_one() {
    on_database_of("types", |client| async move {
        client
            .batch_execute(
                "INSERT INTO shapes VALUES
                 (1, '{1,NULL}', '[0:1][5:7]={{1,2,3},{4,NULL,6}}', '{{{1.50}}}'), (2, '{}', '{}', '{1,2}')",
            )
            .await
            .unwrap();
        let found = queries::get_shapes(&client, 1).await.unwrap();
        assert_eq!(found.plain, Some(vec![Some(1), None]));
        let matrix = found.matrix.unwrap();
        assert_eq!(matrix.dimensions(), [(2, 0), (3, 5)]);
        assert_eq!(matrix.get(&[1, 5]), Some(&Some(4)));
        assert_eq!(matrix.get(&[1, 6]), Some(&None));
        assert_eq!(matrix.get(&[2, 5]), None);
        assert_eq!(
            found.cube,
            Array::new(&[1, 1, 1], vec![Some(decimal("1.50"))])
        );
        let other = queries::get_shapes(&client, 2).await.unwrap();
        assert_eq!(other.matrix, Some(Array::default()));
        // The declaration binds nobody: any number of dimensions is read.
        assert_eq!(
            other.cube,
            Some(Array::from(vec![Some(decimal("1")), Some(decimal("2"))]))
        );
    });
}

#[test]
fn an_empty_tsquery_is_read_but_not_sent() {
    on_database_of("types", |client| async move {
        let value = Everything {
            tsquery: Some(TsQuery(None)),
            ..low()
        };
        let error = queries::put_everything(&client, parameters(&value))
            .await
            .unwrap_err();
        assert!(
            cause(&error).contains("Postgres takes no empty tsquery"),
            "{}",
            cause(&error)
        );
        client
            .batch_execute("INSERT INTO everything (id, tsquery) VALUES (1, '')")
            .await
            .unwrap();
        let found = queries::get_everything(&client, 1).await.unwrap();
        assert_eq!(found.tsquery, value.tsquery);
    });
}

#[test]
fn void_is_nothing() {
    on_database_of("types", |client| async move {
        let () = queries::wait(&client).await.unwrap();
        let row = queries::wait_and_tell(&client).await.unwrap();
        assert_eq!((row.nothing, row.one), ((), 1));
        queries::just_wait(&client).await.unwrap();
    });
}

#[test]
fn values_without_a_place_in_rust_are_errors() {
    on_database_of("types", |client| async move {
        for (column, value, message) in [
            (
                "tsrange",
                "[infinity,infinity]",
                "value too large to decode",
            ),
            (
                "tstzrange",
                "[-infinity,infinity]",
                "value too large to decode",
            ),
            (
                "daterange",
                "[-infinity,infinity]",
                "value too large to decode",
            ),
            ("daterange", "(5874897-12-30,)", "value too large to decode"),
            (
                "numrange",
                "[NaN,]",
                "NaN and infinity have no place in a `Decimal`",
            ),
            (
                "numrange",
                "[,Infinity]",
                "NaN and infinity have no place in a `Decimal`",
            ),
            (
                "numrange",
                "[,1e1000]",
                "the number has more digits than a `Decimal` holds",
            ),
            (
                "numrange",
                "[1e-29,]",
                "the number has more digits than a `Decimal` holds",
            ),
        ] {
            let sql = format!(
                "DELETE FROM everything; INSERT INTO everything (id, {column}) VALUES (1, '{value}')"
            );
            client.batch_execute(&sql).await.unwrap();
            let error = queries::get_everything(&client, 1).await.unwrap_err();
            assert_eq!(cause(&error), message, "{value}");
        }
    });
}
