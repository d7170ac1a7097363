//! The checksums that other tools keep, made of a file's text.
//!
//! Tools that hash bytes have seen whatever was on that machine's disk, so each way to write the same text is tried: a
//! checkout on Windows is no edited file.

use std::borrow::Cow;
use std::fmt::Write as _;

use sha2::{Digest, Sha256, Sha384};

/// A way to write a text as bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Form {
    ends: Ends,
    byte_order_mark: bool,
}

/// How lines end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Ends {
    #[default]
    AsTheyAre,
    Unix,
    Windows,
}

impl Form {
    pub(crate) const ALL: [Self; 6] = [
        Self::of(Ends::AsTheyAre, false),
        Self::of(Ends::Unix, false),
        Self::of(Ends::Windows, false),
        Self::of(Ends::AsTheyAre, true),
        Self::of(Ends::Unix, true),
        Self::of(Ends::Windows, true),
    ];

    const fn of(ends: Ends, byte_order_mark: bool) -> Self {
        Self {
            ends,
            byte_order_mark,
        }
    }

    /// The text as it is in such a file.
    pub(crate) fn write(self, text: &str) -> Cow<'_, str> {
        let mut written = match self.ends {
            Ends::AsTheyAre => Cow::Borrowed(text),
            Ends::Unix => text.replace("\r\n", "\n").into(),
            Ends::Windows => text.replace("\r\n", "\n").replace('\n', "\r\n").into(),
        };
        if self.byte_order_mark {
            written.to_mut().insert(0, '\u{feff}');
        }
        written
    }
}

/// As sqlx: SHA-384 in hexadecimal.
pub(crate) fn sha384(text: &str) -> String {
    hex(&Sha384::digest(text.as_bytes()))
}

/// As Prisma and drizzle-kit: SHA-256 in hexadecimal.
pub(crate) fn sha256(text: &str) -> String {
    hex(&Sha256::digest(text.as_bytes()))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// As Flyway: CRC-32 of the lines without their ends, as a signed number.
pub(crate) fn flyway(text: &str) -> String {
    let bytes = text.bytes().filter(|byte| !matches!(byte, b'\n' | b'\r'));
    crc32(bytes).cast_signed().to_string()
}

/// CRC-32 as in zip and Ethernet.
pub(crate) fn crc32(bytes: impl Iterator<Item = u8>) -> u32 {
    let sum = bytes.fold(u32::MAX, |sum, byte| {
        (0..8).fold(sum ^ u32::from(byte), |sum, _| {
            (sum >> 1) ^ (0xEDB8_8320 * (sum & 1))
        })
    });
    !sum
}

/// As refinery: SipHash-1-3 of the name, the version and the text, each as Rust hashes it. The version is an `i32`, or an
/// `i64` where refinery was built with `int8-versions`: both are given.
pub(crate) fn refinery(name: &str, version: i64, text: &str) -> Vec<String> {
    let hash = |version: &[u8]| {
        let end = [0xff];
        let parts = [name.as_bytes(), &end, version, text.as_bytes(), &end];
        siphash13(&parts.concat()).to_string()
    };
    let mut sums = vec![hash(&version.to_le_bytes())];
    if let Ok(short) = i32::try_from(version) {
        sums.push(hash(&short.to_le_bytes()));
    }
    sums
}

/// SipHash-1-3 with a key of zeros.
fn siphash13(bytes: &[u8]) -> u64 {
    let mut state: [u64; 4] = [
        0x736f_6d65_7073_6575,
        0x646f_7261_6e64_6f6d,
        0x6c79_6765_6e65_7261,
        0x7465_6462_7974_6573,
    ];
    let mut mix = |word: u64| {
        state[3] ^= word;
        round(&mut state);
        state[0] ^= word;
    };
    let (words, rest) = bytes.as_chunks::<8>();
    for word in words {
        mix(u64::from_le_bytes(*word));
    }
    let mut last = [0; 8];
    last[..rest.len()].copy_from_slice(rest);
    // The last byte is the length, of which only that much counts.
    last[7] = u8::try_from(bytes.len() & 0xff).unwrap_or_default();
    mix(u64::from_le_bytes(last));
    state[2] ^= 0xff;
    (0..3).for_each(|_| round(&mut state));
    state.iter().fold(0, |sum, word| sum ^ word)
}

fn round([a, b, c, d]: &mut [u64; 4]) {
    *a = a.wrapping_add(*b);
    *b = b.rotate_left(13) ^ *a;
    *a = a.rotate_left(32);
    *c = c.wrapping_add(*d);
    *d = d.rotate_left(16) ^ *c;
    *a = a.wrapping_add(*d);
    *d = d.rotate_left(21) ^ *a;
    *c = c.wrapping_add(*b);
    *b = b.rotate_left(17) ^ *c;
    *c = c.rotate_left(32);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_those_of_the_algorithms() {
        // The check value of CRC-32.
        assert_eq!(crc32("123456789".bytes()), 0xCBF4_3926);
        assert_eq!(flyway("a\r\nb\n"), flyway("ab"));
        // The standard library hashes with the same function today, and does not promise it.
        for text in [
            "",
            "a",
            "1234567",
            "12345678",
            "a longer text, of some words",
        ] {
            use std::hash::{DefaultHasher, Hash, Hasher};
            let mut hasher = DefaultHasher::new();
            ("notes", 1_i32, text).hash(&mut hasher);
            assert!(refinery("notes", 1, text).contains(&hasher.finish().to_string()));
        }
    }

    #[test]
    fn a_text_is_written_in_each_way() {
        let written = Form::ALL.map(|form| form.write("a\r\nb\n").into_owned());
        let plain = ["a\r\nb\n", "a\nb\n", "a\r\nb\r\n"];
        assert_eq!(written[..3], plain);
        assert_eq!(written[3..], plain.map(|text| format!("\u{feff}{text}")));
    }
}
