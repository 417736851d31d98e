//! What the token keeps in its store, byte for byte: the token's header, one PIN record for each user, one sealed
//! record for each object, and the ledger that says which version of each there has to be.
//! `docs/storage-format.md` describes every byte.
//!
//! No decision is made here: who may see or change what is `policy`'s.

mod codec;
mod device;
mod header;
mod kdf;
pub(crate) mod ledger;
mod pin;
mod seal;
#[cfg(test)]
pub(crate) mod tests;

use alloc::string::{String, ToString};

use portcullis_pal::Label;
use sha2::{Digest, Sha256};

pub(crate) use device::DeviceKey;
pub(crate) use header::{Header, Serial, TokenLabel};
pub use kdf::KeyDerivation;
pub(crate) use ledger::{Known, Ledger, Pages, Suspects};
pub(crate) use pin::{MasterKey, PinRecord, Wrapping};
pub(crate) use seal::{Domain, DomainKey, Sealed, SealedRecord};

use crate::object::ObjectNumber;
use crate::{Error, Result, UserType};

/// The format that this version writes into each record's first byte, and the newest that it reads.
pub(crate) const FORMAT: u8 = 2;

/// The oldest format that this version reads: tokens without a ledger.
const OLDEST: u8 = 1;

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
    for (place, digit) in name[OBJECT_PREFIX.len()..].iter_mut().enumerate() {
        *digit = b"0123456789abcdef"[(number.0 >> (60 - 4 * place)) as usize % 16];
    }
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

/// The number and the label of an object by the name of its record, if it is one's.
pub(crate) fn object_of(record: &str) -> Option<(ObjectNumber, Label)> {
    let label = Label::new(record.as_bytes()).ok()?;
    Some((object_number(&label)?, label))
}

/// The format of a record, its first byte.
fn format_of(record: &Label, bytes: &[u8]) -> Result<u8> {
    match bytes.first() {
        Some(&format @ OLDEST..=FORMAT) => Ok(format),
        Some(&found) if found > FORMAT => {
            Err(Error::NewerFormat { record: record.to_string(), store: String::new(), found, known: FORMAT })
        }
        _ => Err(damaged(record, "it has no known format")),
    }
}

/// The error for a record that can't be what this token wrote. Its store is named where the store is known.
pub(crate) fn damaged(record: &Label, why: &'static str) -> Error {
    Error::Damaged { record: record.to_string(), store: String::new(), why }
}

const CHECK_LEN: usize = 8;

/// What stands at the end of a record that is read before anyone has logged in, so that damage has a name. It stops
/// no one who means to change the record.
fn check(record: &Label, bytes: &[u8]) -> [u8; CHECK_LEN] {
    let digest = Sha256::new_with_prefix(b"portcullis record check").chain_update(record.as_bytes());
    let digest: [u8; 32] = digest.chain_update(bytes).finalize().into();
    *digest.first_chunk().expect("a digest is longer")
}

/// The bytes before a record's check, if it fits.
fn checked<'a>(record: &Label, bytes: &'a [u8]) -> Result<&'a [u8]> {
    match bytes.split_last_chunk() {
        Some((body, found)) if *found == check(record, body) => Ok(body),
        _ => Err(damaged(record, "its check does not fit its contents")),
    }
}
