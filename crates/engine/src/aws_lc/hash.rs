//! Hash functions: SHA-1, SHA-2 and SHA-3 (FIPS 180-4, FIPS 202), as mechanisms and as what signature
//! schemes name.
//!
//! SHA-512/224 and SHA3-224 are not here: `aws-lc-rs` doesn't have them.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::ffi::c_int;

use aws_lc_rs::digest::{self, Algorithm, Context};
use aws_lc_sys::{NID_sha1, NID_sha224, NID_sha256, NID_sha384, NID_sha512};
use portcullis_token::engine::DigestStream;
use portcullis_token::{HashAlgorithm, MechanismType};

use crate::shell::digest::Hasher;

/// A hash that signature schemes name.
#[derive(Clone, Copy)]
pub(super) struct Hash {
    /// Its name in parameters.
    pub(super) name: HashAlgorithm,
    /// Its number in AWS-LC.
    pub(super) nid: c_int,
    pub(super) algorithm: &'static Algorithm,
}

impl Hash {
    pub(super) const SHA1: Self =
        Self { name: HashAlgorithm::Sha1, nid: NID_sha1, algorithm: &digest::SHA1_FOR_LEGACY_USE_ONLY };
    pub(super) const SHA224: Self =
        Self { name: HashAlgorithm::Sha224, nid: NID_sha224, algorithm: &digest::SHA224 };
    pub(super) const SHA256: Self =
        Self { name: HashAlgorithm::Sha256, nid: NID_sha256, algorithm: &digest::SHA256 };
    pub(super) const SHA384: Self =
        Self { name: HashAlgorithm::Sha384, nid: NID_sha384, algorithm: &digest::SHA384 };
    pub(super) const SHA512: Self =
        Self { name: HashAlgorithm::Sha512, nid: NID_sha512, algorithm: &digest::SHA512 };

    const ALL: [Self; 5] = [Self::SHA1, Self::SHA224, Self::SHA256, Self::SHA384, Self::SHA512];

    /// The hash of this name, if the engine has it.
    pub(super) fn named(name: HashAlgorithm) -> Option<Self> {
        Self::ALL.into_iter().find(|hash| hash.name == name)
    }
}

/// The mechanism of an algorithm, and its digest's length in bytes.
macro_rules! hasher {
    ($id:ident, $algorithm:ident, $len:literal) => {
        pub(super) static $id: Hasher = Hasher {
            id: MechanismType::$id,
            len: $len,
            start: || Box::new(HashStream(Context::new(&digest::$algorithm))),
        };
    };
}

hasher!(SHA_1, SHA1_FOR_LEGACY_USE_ONLY, 20);
hasher!(SHA224, SHA224, 28);
hasher!(SHA256, SHA256, 32);
hasher!(SHA384, SHA384, 48);
hasher!(SHA512, SHA512, 64);
hasher!(SHA512_256, SHA512_256, 32);
hasher!(SHA3_256, SHA3_256, 32);
hasher!(SHA3_384, SHA3_384, 48);
hasher!(SHA3_512, SHA3_512, 64);

struct HashStream(Context);

impl DigestStream for HashStream {
    fn update(&mut self, part: &[u8]) {
        self.0.update(part);
    }

    fn finish(self: Box<Self>) -> Vec<u8> {
        self.0.finish().as_ref().to_vec()
    }
}
