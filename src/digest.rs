//! Digests, for telling whether something is as it was.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

/// 128 bits in hexadecimal, of parts whose boundaries count.
pub(crate) fn digest<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    let mut text = String::with_capacity(32);
    for byte in &hasher.finalize()[..16] {
        let _ = write!(text, "{byte:02x}"); // A string takes everything.
    }
    text
}
