//! Places between the rows of a query, which lead to its pages.

use std::error::Error as StdError;
use std::fmt;
use std::str::FromStr;

/// What begins the text of a cursor, so that another format can follow.
const VERSION: u8 = 1;

/// Where a page begins: beside a row, towards the end or towards the beginning.
///
/// Its text, by `Display` and `FromStr`, has only characters that need no escape in an address. It is for one query, in one
/// order. It can be decoded: it shows the values that the query sorts by. It never becomes part of a statement.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Cursor {
    /// The digest of the query and its order.
    pub(super) order: u64,
    pub(super) is_backwards: bool,
    /// The values of the row that it is beside, as the server sent them. Without any, it is where all rows begin.
    pub(super) keys: Vec<Option<Vec<u8>>>,
}

impl Cursor {
    fn to_bytes(&self) -> Option<Vec<u8>> {
        let mut bytes = vec![VERSION, u8::from(self.is_backwards)];
        bytes.extend_from_slice(&self.order.to_be_bytes());
        for key in &self.keys {
            let length = match key {
                Some(key) => i32::try_from(key.len()).ok()?,
                None => -1,
            };
            bytes.extend_from_slice(&length.to_be_bytes());
            bytes.extend_from_slice(key.as_deref().unwrap_or_default());
        }
        let checked = digest([bytes.as_slice()]);
        bytes.extend_from_slice(&checked.to_be_bytes());
        Some(bytes)
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (content, checked) = bytes.split_last_chunk()?;
        if digest([content]) != u64::from_be_bytes(*checked) {
            return None;
        }
        let (&[version, direction], rest) = content.split_first_chunk()?;
        let (order, mut rest) = rest.split_first_chunk()?;
        if version != VERSION || direction > 1 {
            return None;
        }
        let mut keys = Vec::new();
        while !rest.is_empty() {
            let (length, after) = rest.split_first_chunk()?;
            let length = i32::from_be_bytes(*length);
            if length == -1 {
                keys.push(None);
                rest = after;
            } else {
                let (key, after) = after.split_at_checked(usize::try_from(length).ok()?)?;
                keys.push(Some(key.to_vec()));
                rest = after;
            }
        }
        Some(Self {
            order: u64::from_be_bytes(*order),
            is_backwards: direction == 1,
            keys,
        })
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A value of more than 2 GB is none of Postgres'.
        let bytes = self.to_bytes().ok_or(fmt::Error)?;
        f.write_str(&encode(&bytes))
    }
}

impl FromStr for Cursor {
    type Err = InvalidCursor;

    fn from_str(text: &str) -> Result<Self, InvalidCursor> {
        let bytes = decode(text).ok_or(InvalidCursor)?;
        Self::from_bytes(&bytes).ok_or(InvalidCursor)
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for Cursor {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for Cursor {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <String as serde::Deserialize>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// A text that is not a cursor: it was cut off or changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidCursor;

impl fmt::Display for InvalidCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("this is not a cursor, or it was changed")
    }
}

impl StdError for InvalidCursor {}

/// FNV-1a, which finds what was changed by mistake. It keeps nobody from making a cursor.
pub(super) fn digest<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> u64 {
    let mut digest = 0xcbf2_9ce4_8422_2325_u64;
    let mut add = |byte: u8| {
        digest = (digest ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    };
    for part in parts {
        part.iter().copied().for_each(&mut add);
        // No text has this byte, so that parts are told apart.
        add(0xff);
    }
    digest
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Base64 for addresses, without padding.
fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let bits = chunk
            .iter()
            .chain([&0, &0])
            .take(3)
            .fold(0_usize, |bits, byte| bits << 8 | usize::from(*byte));
        for place in 0..=chunk.len() {
            text.push(char::from(ALPHABET[bits >> (18 - 6 * place) & 63]));
        }
    }
    text
}

/// The bytes of such a text; each has one text only.
fn decode(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3 + 2);
    for chunk in text.as_bytes().chunks(4) {
        let mut bits = 0_u32;
        for place in 0..4 {
            let value = match chunk.get(place) {
                Some(byte) => ALPHABET.iter().position(|known| known == byte)?,
                None => 0,
            };
            bits = bits << 6 | u32::try_from(value).ok()?;
        }
        let count = chunk.len().checked_sub(1).filter(|count| *count > 0)?;
        let [_, all @ ..] = bits.to_be_bytes();
        let (kept, dropped) = all.split_at(count);
        if dropped.iter().any(|byte| *byte != 0) {
            return None;
        }
        bytes.extend_from_slice(kept);
    }
    Some(bytes)
}
