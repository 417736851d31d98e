//! Hash functions: SHA-1, SHA-256, SHA-384 and SHA-512 (FIPS 180-4; PKCS #11 3.1, `CKM_SHA...`).
//!
//! Hashing inside a signature is not here: `ring` does it itself.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::ops::RangeInclusive;

use portcullis_token::engine::{DigestStream, Digesting};
use portcullis_token::{KeyType, Mechanism, MechanismType};
use ring::digest::{self, Algorithm, Context};

/// A mechanism that hashes.
pub(super) struct Hash {
    id: MechanismType,
    algorithm: &'static Algorithm,
}

pub(super) static SHA_1: Hash =
    Hash { id: MechanismType::SHA_1, algorithm: &digest::SHA1_FOR_LEGACY_USE_ONLY };
pub(super) static SHA256: Hash = Hash { id: MechanismType::SHA256, algorithm: &digest::SHA256 };
pub(super) static SHA384: Hash = Hash { id: MechanismType::SHA384, algorithm: &digest::SHA384 };
pub(super) static SHA512: Hash = Hash { id: MechanismType::SHA512, algorithm: &digest::SHA512 };

impl Mechanism for Hash {
    fn id(&self) -> MechanismType {
        self.id
    }

    fn key_sizes(&self) -> RangeInclusive<u32> {
        0..=0
    }

    fn key_type(&self) -> Option<KeyType> {
        None
    }

    fn digesting(&'static self) -> Option<&'static dyn Digesting> {
        Some(self)
    }
}

impl Digesting for Hash {
    fn digest_len(&self) -> usize {
        self.algorithm.output_len()
    }

    fn stream(&self) -> Box<dyn DigestStream> {
        Box::new(HashStream(Context::new(self.algorithm)))
    }
}

struct HashStream(Context);

impl DigestStream for HashStream {
    fn update(&mut self, part: &[u8]) {
        self.0.update(part);
    }

    fn finish(self: Box<Self>) -> Vec<u8> {
        self.0.finish().as_ref().to_vec()
    }
}
