//! Values to bytes and back, and bytes that no server sends.

use std::ops::Bound;

use rowsmith_runtime::types::{
    Interval, Lexeme, MacAddr, Money, NumericString, Path, Point, Range, Read, Tid, TsVector,
    Weight, Write,
};
use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type};

/// Writes a value, reads it again, and reads every beginning of its bytes, and more than they are: none of it panics.
fn there_and_back<T>(value: &T, ty: &Type)
where
    T: ToSql + for<'a> FromSql<'a> + PartialEq + std::fmt::Debug,
{
    let mut bytes = BytesMut::new();
    assert!(matches!(
        value.to_sql_checked(ty, &mut bytes),
        Ok(IsNull::No)
    ));
    assert!(<T as FromSql<'_>>::accepts(ty));
    assert_eq!(T::from_sql(ty, &bytes).unwrap(), *value);
    for end in 0..bytes.len() {
        assert!(
            T::from_sql(ty, &bytes[..end]).is_err(),
            "{value:?} to {end}"
        );
    }
    let mut longer = bytes.to_vec();
    longer.push(0);
    assert!(T::from_sql(ty, &longer).is_err(), "{value:?} and more");
    // Lengths and counts that are not true.
    for place in 0..bytes.len() {
        let mut broken = bytes.to_vec();
        broken[place] = 0xff;
        let _ = T::from_sql(ty, &broken);
    }
}

#[test]
fn types_that_no_crate_has() {
    let interval = Interval {
        months: -1,
        days: 2,
        microseconds: i64::MAX,
    };
    there_and_back(&interval, &Type::INTERVAL);
    there_and_back(&Money(i64::MIN), &Type::MONEY);
    there_and_back(&MacAddr([1, 2, 3, 4, 5, 255]), &Type::MACADDR);
    let tid = Tid {
        block: u32::MAX,
        offset: 7,
    };
    there_and_back(&tid, &Type::TID);
    let path = Path {
        closed: true,
        points: vec![Point { x: 1.5, y: -0.0 }, Point { x: 2.0, y: 1e300 }],
    };
    there_and_back(&path, &Type::PATH);
    let lexeme = Lexeme {
        text: "cat".to_owned(),
        positions: vec![(3, Weight::A), (16383, Weight::D)],
    };
    there_and_back(&TsVector(vec![lexeme]), &Type::TS_VECTOR);
}

#[test]
fn ranges() {
    let bounds = [Bound::Unbounded, Bound::Included(-1), Bound::Excluded(7)];
    for lower in bounds {
        for upper in bounds {
            there_and_back(&Range::Between(lower, upper), &Type::INT4_RANGE);
        }
    }
    there_and_back(&Range::<i32>::Empty, &Type::INT4_RANGE);
}

#[test]
fn numbers_as_text() {
    for number in [
        "0",
        "1",
        "-1",
        "0.001",
        "-12.50",
        "10000",
        "123456789.000000001",
        "NaN",
        "Infinity",
        "-Infinity",
        "99999999999999999999999999999999999999.9",
    ] {
        let mut bytes = BytesMut::new();
        NumericString::write(&number, &Type::NUMERIC, &mut bytes).unwrap();
        let read: String = NumericString::read(&Type::NUMERIC, Some(&bytes)).unwrap();
        assert_eq!(read, number);
        for end in 0..bytes.len() {
            let read: Result<String, _> = NumericString::read(&Type::NUMERIC, Some(&bytes[..end]));
            assert!(read.is_err(), "{number} to {end}");
        }
    }
    for wrong in ["", "1.2.3", "one", "--1", "1e999999999999999999999"] {
        let written = NumericString::write(&wrong, &Type::NUMERIC, &mut BytesMut::new());
        assert!(written.is_err(), "`{wrong}`");
    }
    let null: Result<String, _> = NumericString::read(&Type::NUMERIC, None);
    assert!(null.is_err());
}
