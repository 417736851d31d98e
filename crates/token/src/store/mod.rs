//! What the token keeps in its store, byte for byte: the token's header, one PIN record for each user, and
//! one sealed record for each object. `docs/storage-format.md` describes every byte.
//!
//! No decision is made here: who may see or change what is `policy`'s.

mod codec;
mod header;
mod kdf;
mod pin;
mod seal;
#[cfg(test)]
mod tests;

use alloc::string::ToString;

use portcullis_pal::Label;

pub(crate) use header::{Header, Serial, TokenLabel};
pub use kdf::KeyDerivation;
pub(crate) use pin::{MasterKey, PinRecord};
pub(crate) use seal::{Domain, DomainKey, SealedRecord};

use crate::object::ObjectNumber;
use crate::{Error, Result, UserType};

/// The format that this version writes into each record's first byte, and the newest that it reads.
const FORMAT: u8 = 1;

/// The record that makes a store a token.
pub(crate) const HEADER: Label = label(b"token");

const OBJECT_PREFIX: &[u8] = b"o-";

const fn label(name: &[u8]) -> Label {
    match Label::new(name) {
        Ok(label) => label,
        Err(_) => panic!("record names are short"),
    }
}

/// The record that holds a user's PIN.
pub(crate) fn pin_label(user: UserType) -> Label {
    match user {
        UserType::So => label(b"pin-so"),
        UserType::User => label(b"pin-user"),
    }
}

/// The record that holds an object.
pub(crate) fn object_label(number: ObjectNumber) -> Label {
    let mut name = [0; OBJECT_PREFIX.len() + 16];
    name[..OBJECT_PREFIX.len()].copy_from_slice(OBJECT_PREFIX);
    name[OBJECT_PREFIX.len()..].copy_from_slice(number.unique_id().as_bytes());
    label(&name)
}

/// The object whose record has this label, or `None` for another kind of record.
pub(crate) fn object_number(label: &Label) -> Option<ObjectNumber> {
    let digits = label.as_bytes().strip_prefix(OBJECT_PREFIX)?;
    if digits.len() != 16 || !digits.iter().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f')) {
        return None;
    }
    let digits = core::str::from_utf8(digits).ok()?;
    u64::from_str_radix(digits, 16).ok().map(ObjectNumber)
}

/// Checks the first byte of a record: its format.
fn check_format(record: &Label, bytes: &[u8]) -> Result<()> {
    match bytes.first() {
        Some(&FORMAT) => Ok(()),
        Some(&found) if found > FORMAT => {
            Err(Error::NewerFormat { record: record.to_string(), found, known: FORMAT })
        }
        _ => Err(damaged(record, "it has no known format")),
    }
}

/// The error for a record that can't be what this token wrote.
pub(crate) fn damaged(record: &Label, why: &'static str) -> Error {
    Error::Damaged { record: record.to_string(), why }
}
