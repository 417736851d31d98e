//! The shell that makes a hash function a mechanism (PKCS #11 3.1, `CKM_SHA...`).

use alloc::boxed::Box;
use core::ops::RangeInclusive;

use portcullis_token::engine::{DigestStream, Digesting};
use portcullis_token::{EngineError, KeyType, Mechanism, MechanismType};

/// A mechanism that hashes.
pub(crate) struct Hasher {
    pub(crate) id: MechanismType,
    /// The digest's length in bytes.
    pub(crate) len: usize,
    /// Hashes a whole message into a place of that length.
    pub(crate) whole: fn(&[u8], &mut [u8]),
    pub(crate) start: fn() -> Box<dyn DigestStream>,
    /// Goes on from a saved state, where the library has such a thing.
    pub(crate) resume: Option<Resume>,
}

/// A digest that goes on from a saved state, if it is one.
pub(crate) type Resume = fn(&[u8]) -> Option<Box<dyn DigestStream>>;

impl Mechanism for Hasher {
    fn id(&self) -> MechanismType {
        self.id
    }

    fn key_sizes(&self) -> RangeInclusive<u32> {
        0..=0
    }

    fn key_types(&self) -> &'static [KeyType] {
        &[]
    }

    fn digesting(&'static self) -> Option<&'static dyn Digesting> {
        Some(self)
    }
}

impl Digesting for Hasher {
    fn digest_len(&self) -> usize {
        self.len
    }

    fn digest(&self, message: &[u8], out: &mut [u8]) {
        (self.whole)(message, out);
    }

    fn stream(&self) -> Box<dyn DigestStream> {
        (self.start)()
    }

    fn resume(&self, state: &[u8]) -> Result<Box<dyn DigestStream>, EngineError> {
        let resume = self.resume.ok_or(EngineError::Unsupported)?;
        resume(state).ok_or(EngineError::StateInvalid)
    }
}
