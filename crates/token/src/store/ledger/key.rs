//! The key of a ledger, and what is computed with it: the tags of pages and the marks of records.

use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use portcullis_pal::Label;
use sha2::Sha256;

use super::super::{MasterKey, Serial};
use crate::Secret;

pub(super) const TAG_LEN: usize = 32;

/// The key under which a ledger's pages are authenticated. Nothing in them is secret.
pub(crate) struct LedgerKey {
    serial: Serial,
    key: Secret,
}

/// What tells one state of a record from all others: the start of an HMAC over it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mark(pub(super) [u8; 8]);

impl Mark {
    /// Of a record that is not there.
    pub(crate) const NONE: Self = Self([0; 8]);
}

impl LedgerKey {
    pub(crate) fn new(serial: Serial, master: &MasterKey) -> Self {
        let mut key = Secret::zeroed(32);
        Hkdf::<Sha256>::new(Some(&serial.0), master.expose())
            .expand(b"portcullis ledger", key.expose_mut())
            .expect("32 bytes are within HKDF's limit");
        Self { serial, key }
    }

    /// The tag of a page with these bytes.
    pub(super) fn tag(&self, page: &Label, bytes: &[u8]) -> [u8; TAG_LEN] {
        self.mac(b"portcullis ledger page", page, bytes).finalize().into_bytes().into()
    }

    /// Whether a page has the right tag, in constant time.
    pub(super) fn fits(&self, page: &Label, bytes: &[u8], tag: &[u8; TAG_LEN]) -> bool {
        self.mac(b"portcullis ledger page", page, bytes).verify_slice(tag).is_ok()
    }

    /// The mark of another record.
    pub(super) fn mark(&self, record: &Label, contents: &[u8]) -> Mark {
        let tag: [u8; TAG_LEN] =
            self.mac(b"portcullis ledger mark", record, contents).finalize().into_bytes().into();
        Mark::of(&tag)
    }

    fn mac(&self, purpose: &[u8], record: &Label, bytes: &[u8]) -> Hmac<Sha256> {
        let mac = <Hmac<Sha256> as KeyInit>::new_from_slice(self.key.expose());
        let mut mac = mac.expect("HMAC takes keys of any length");
        mac.update(purpose);
        mac.update(&self.serial.0);
        mac.update(&[record.as_bytes().len() as u8]);
        mac.update(record.as_bytes());
        mac.update(bytes);
        mac
    }
}

impl Mark {
    pub(super) fn of(tag: &[u8; TAG_LEN]) -> Self {
        Self(*tag.first_chunk().expect("a tag is longer than a mark"))
    }
}
