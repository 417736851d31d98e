//! Hash functions: MD5, SHA-1, SHA-2 and SHA-3 (RFC 1321, FIPS 180-4, FIPS 202), as mechanisms and as what
//! other schemes name.

use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;
use core::ffi::c_int;

use aws_lc_sys::{
    NID_md5, NID_sha1, NID_sha3_224, NID_sha3_256, NID_sha3_384, NID_sha3_512, NID_sha224, NID_sha256,
    NID_sha384, NID_sha512, NID_sha512_256,
};
use portcullis_token::engine::DigestStream;
use portcullis_token::{HashAlgorithm, MechanismType};

use super::hash_state::Stateful;
use super::raw::digest::Digest;
use super::raw::sha::{Resumable, Sha1, Sha224, Sha256, Sha384, Sha512, Sha512Cut256};
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

/// The mechanism of a hash, whose state can be saved.
macro_rules! hasher {
    ($id:ident, $hash:ty, $whole:expr) => {
        pub(super) static $id: Hasher = Hasher {
            id: MechanismType::$id,
            len: <$hash>::LEN,
            whole: $whole,
            start: || Box::new(Saved { id: MechanismType::$id, hash: <$hash>::start() }),
            resume: Some(|state| resumed::<$hash>(MechanismType::$id, state)),
        };
    };
}

/// The same of a hash that AWS-LC makes of whole messages alone.
macro_rules! stateful {
    ($id:ident, $hash:ty) => {
        hasher!($id, Stateful<$hash>, |message, out| out.copy_from_slice(&Hash::$id.digest(message)));
    };
}

stateful!(MD5, md5::Md5);
hasher!(SHA_1, Sha1, whole::<Sha1>);
hasher!(SHA224, Sha224, whole::<Sha224>);
hasher!(SHA256, Sha256, whole::<Sha256>);
hasher!(SHA384, Sha384, whole::<Sha384>);
hasher!(SHA512, Sha512, whole::<Sha512>);
hasher!(SHA512_256, Sha512Cut256, whole::<Sha512Cut256>);
stateful!(SHA3_224, sha3::Sha3_224);
stateful!(SHA3_256, sha3::Sha3_256);
stateful!(SHA3_384, sha3::Sha3_384);
stateful!(SHA3_512, sha3::Sha3_512);

/// A digest whose state is saved under its mechanism's number, so that no other takes it.
struct Saved<H> {
    id: MechanismType,
    hash: H,
}

fn whole<H: Resumable>(message: &[u8], out: &mut [u8]) {
    let mut hash = H::ROOM;
    hash.begin();
    hash.update(message);
    hash.finish(out);
}

fn resumed<H: Resumable>(id: MechanismType, state: &[u8]) -> Option<Box<dyn DigestStream>> {
    let state = state.strip_prefix(&id.0.to_be_bytes())?;
    Some(Box::new(Saved { id, hash: H::restore(state)? }))
}

impl<H: Resumable> DigestStream for Saved<H> {
    fn update(&mut self, part: &[u8]) {
        self.hash.update(part);
    }

    fn state(&self) -> Option<Vec<u8>> {
        Some([self.id.0.to_be_bytes().to_vec(), self.hash.save()].concat())
    }

    fn finish(mut self: Box<Self>) -> Vec<u8> {
        let mut digest = vec![0; H::LEN];
        self.hash.finish(&mut digest);
        digest
    }
}
