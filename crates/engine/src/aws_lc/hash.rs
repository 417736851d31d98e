//! Hash functions: MD5, SHA-1, SHA-2 and SHA-3 (RFC 1321, FIPS 180-4, FIPS 202), as mechanisms and as what
//! other schemes name.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::ffi::c_int;

use aws_lc_sys::{
    NID_md5, NID_sha1, NID_sha3_224, NID_sha3_256, NID_sha3_384, NID_sha3_512, NID_sha224, NID_sha256,
    NID_sha384, NID_sha512, NID_sha512_256,
};
use portcullis_token::engine::DigestStream;
use portcullis_token::{HashAlgorithm, MechanismType};

use super::raw::digest::Digest;
use crate::shell::digest::Hasher;

/// A hash.
#[derive(Clone, Copy)]
pub(super) struct Hash {
    /// Its name in parameters, if it has one.
    pub(super) name: Option<HashAlgorithm>,
    /// Its number in AWS-LC.
    pub(super) nid: c_int,
    /// The digest's length in bytes.
    pub(super) len: usize,
}

impl Hash {
    /// For digests alone: it is broken.
    pub(super) const MD5: Self = Self { name: None, nid: NID_md5, len: 16 };
    pub(super) const SHA1: Self = Self::new(HashAlgorithm::Sha1, NID_sha1, 20);
    pub(super) const SHA224: Self = Self::new(HashAlgorithm::Sha224, NID_sha224, 28);
    pub(super) const SHA256: Self = Self::new(HashAlgorithm::Sha256, NID_sha256, 32);
    pub(super) const SHA384: Self = Self::new(HashAlgorithm::Sha384, NID_sha384, 48);
    pub(super) const SHA512: Self = Self::new(HashAlgorithm::Sha512, NID_sha512, 64);
    pub(super) const SHA512_256: Self = Self { name: None, nid: NID_sha512_256, len: 32 };
    pub(super) const SHA3_224: Self = Self::new(HashAlgorithm::Sha3_224, NID_sha3_224, 28);
    pub(super) const SHA3_256: Self = Self::new(HashAlgorithm::Sha3_256, NID_sha3_256, 32);
    pub(super) const SHA3_384: Self = Self::new(HashAlgorithm::Sha3_384, NID_sha3_384, 48);
    pub(super) const SHA3_512: Self = Self::new(HashAlgorithm::Sha3_512, NID_sha3_512, 64);

    /// Those that have a name in parameters.
    const NAMED: [Self; 9] = [
        Self::SHA1,
        Self::SHA224,
        Self::SHA256,
        Self::SHA384,
        Self::SHA512,
        Self::SHA3_224,
        Self::SHA3_256,
        Self::SHA3_384,
        Self::SHA3_512,
    ];

    const fn new(name: HashAlgorithm, nid: c_int, len: usize) -> Self {
        Self { name: Some(name), nid, len }
    }

    /// The hash of this name, if the engine has it.
    pub(super) fn named(name: HashAlgorithm) -> Option<Self> {
        Self::NAMED.into_iter().find(|hash| hash.name == Some(name))
    }

    /// The digest of a message.
    pub(super) fn digest(self, message: &[u8]) -> Vec<u8> {
        let mut digest = Digest::new(self);
        digest.update(message);
        digest.finish()
    }
}

/// The mechanism of a hash.
macro_rules! hasher {
    ($id:ident, $hash:ident) => {
        pub(super) static $id: Hasher = Hasher {
            id: MechanismType::$id,
            len: Hash::$hash.len,
            start: || Box::new(Digest::new(Hash::$hash)),
        };
    };
}

hasher!(MD5, MD5);
hasher!(SHA_1, SHA1);
hasher!(SHA224, SHA224);
hasher!(SHA256, SHA256);
hasher!(SHA384, SHA384);
hasher!(SHA512, SHA512);
hasher!(SHA512_256, SHA512_256);
hasher!(SHA3_224, SHA3_224);
hasher!(SHA3_256, SHA3_256);
hasher!(SHA3_384, SHA3_384);
hasher!(SHA3_512, SHA3_512);

impl DigestStream for Digest {
    fn update(&mut self, part: &[u8]) {
        Self::update(self, part);
    }

    fn finish(self: Box<Self>) -> Vec<u8> {
        Self::finish(*self)
    }
}
