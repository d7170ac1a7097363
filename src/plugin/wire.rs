//! Protobuf, as far as the protocol needs it: read into the JSON form of the same message.

use serde_json::{Map, Value};

use crate::base64;

/// A message's fields: number, name and type.
pub(super) struct Message(pub(super) &'static [(u64, &'static str, Type)]);

#[derive(Clone, Copy)]
pub(super) enum Type {
    Text,
    /// Base64 in JSON.
    Bytes,
    Bool,
    Number,
    Message(&'static Message),
    Texts,
    Messages(&'static Message),
}

/// The JSON form of a message; `None` if the bytes are none. Fields that are not known are passed over.
pub(super) fn read(bytes: &[u8], message: &Message) -> Option<Value> {
    let mut object = Map::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        let key = varint(&mut rest)?;
        let field = match key & 7 {
            0 => Field::Varint(varint(&mut rest)?),
            1 => Field::Bytes(take(&mut rest, 8)?),
            2 => {
                let length = varint(&mut rest)?;
                Field::Bytes(take(&mut rest, usize::try_from(length).ok()?)?)
            }
            5 => Field::Bytes(take(&mut rest, 4)?),
            _ => return None,
        };
        let known = message.0.iter().find(|(number, ..)| *number == key >> 3);
        let Some((_, name, ty)) = known else { continue };
        let value = match (ty, field) {
            (Type::Text | Type::Texts, Field::Bytes(bytes)) => {
                Value::from(str::from_utf8(bytes).ok()?)
            }
            (Type::Bytes, Field::Bytes(bytes)) => Value::from(base64::encode(bytes)),
            (Type::Message(message) | Type::Messages(message), Field::Bytes(bytes)) => {
                read(bytes, message)?
            }
            (Type::Bool, Field::Varint(number)) => Value::from(number != 0),
            // A negative number has the bits of the signed one.
            (Type::Number, Field::Varint(number)) => Value::from(number.cast_signed()),
            _ => return None,
        };
        if let Type::Texts | Type::Messages(_) = ty {
            let list = object
                .entry(*name)
                .or_insert_with(|| Value::Array(Vec::new()));
            list.as_array_mut()?.push(value);
        } else {
            object.insert((*name).to_owned(), value);
        }
    }
    Some(Value::Object(object))
}

/// A field of text, bytes or a message.
pub(super) fn field(number: u64, value: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(value.len() + 10);
    write_varint(&mut bytes, number << 3 | 2);
    write_varint(&mut bytes, value.len() as u64);
    bytes.extend(value);
    bytes
}

/// A field of a number.
#[cfg(test)]
pub(super) fn varint_field(number: u64, value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_varint(&mut bytes, number << 3);
    write_varint(&mut bytes, value);
    bytes
}

enum Field<'a> {
    Varint(u64),
    Bytes(&'a [u8]),
}

fn varint(rest: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let (&byte, after) = rest.split_first()?;
        *rest = after;
        number |= u64::from(byte & 127) << shift;
        if byte & 128 == 0 {
            return Some(number);
        }
    }
    None
}

fn write_varint(bytes: &mut Vec<u8>, mut number: u64) {
    while number > 127 {
        bytes.push(low(number) | 128);
        number >>= 7;
    }
    bytes.push(low(number));
}

/// The lowest seven bits.
fn low(number: u64) -> u8 {
    number.to_le_bytes()[0] & 127
}

fn take<'a>(rest: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (taken, after) = rest.split_at_checked(length)?;
    *rest = after;
    Some(taken)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const INNER: Message = Message(&[(1, "name", Type::Text), (5, "length", Type::Number)]);
    const OUTER: Message = Message(&[
        (1, "inner", Type::Message(&INNER)),
        (2, "flag", Type::Bool),
        (3, "words", Type::Texts),
        (16, "options", Type::Bytes),
        (4, "all", Type::Messages(&INNER)),
    ]);

    #[test]
    fn messages_are_read_as_json() {
        let mut inner = field(1, "é".as_bytes());
        inner.extend([5 << 3, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1]);
        let mut bytes = [
            field(1, &inner),
            vec![2 << 3, 1],
            field(3, b"a"),
            field(3, b"b"),
        ]
        .concat();
        bytes.extend(field(99, b"unknown"));
        bytes.extend([(15 << 3) | 5, 6, 0, 0, 0]);
        bytes.extend(field(16, &[1; 200]));
        bytes.extend(field(4, &field(1, b"x")));
        let expected = json!({
            "inner": { "name": "é", "length": -1 },
            "flag": true,
            "words": ["a", "b"],
            "options": base64::encode(&[1; 200]),
            "all": [{ "name": "x" }],
        });
        assert_eq!(read(&bytes, &OUTER), Some(expected));
    }

    #[test]
    fn bytes_that_are_no_message_are_refused() {
        for bytes in [
            &[10_u8, 5, 1][..],
            &[255],
            &[3, 1],
            &[16, 2, 8, 255, 255],
            &[10, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255],
            b"hello",
        ] {
            assert_eq!(read(bytes, &OUTER), None, "{bytes:?}");
        }
    }
}
