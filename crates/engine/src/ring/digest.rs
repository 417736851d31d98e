//! Hash functions: SHA-1, SHA-256, SHA-384 and SHA-512 (FIPS 180-4).
//!
//! Hashing inside a signature is not here: `ring` does it itself.

use alloc::boxed::Box;
use alloc::vec::Vec;

use portcullis_token::MechanismType;
use portcullis_token::engine::DigestStream;
use ring::digest::{self, Algorithm, Context};

use crate::shell::digest::Hasher;

pub(super) static SHA_1: Hasher = Hasher {
    id: MechanismType::SHA_1,
    len: digest::SHA1_OUTPUT_LEN,
    whole: |message, out| whole(&digest::SHA1_FOR_LEGACY_USE_ONLY, message, out),
    start: || start(&digest::SHA1_FOR_LEGACY_USE_ONLY),
    resume: None,
};
pub(super) static SHA256: Hasher = Hasher {
    id: MechanismType::SHA256,
    len: digest::SHA256_OUTPUT_LEN,
    whole: |message, out| whole(&digest::SHA256, message, out),
    start: || start(&digest::SHA256),
    resume: None,
};
pub(super) static SHA384: Hasher = Hasher {
    id: MechanismType::SHA384,
    len: digest::SHA384_OUTPUT_LEN,
    whole: |message, out| whole(&digest::SHA384, message, out),
    start: || start(&digest::SHA384),
    resume: None,
};
pub(super) static SHA512: Hasher = Hasher {
    id: MechanismType::SHA512,
    len: digest::SHA512_OUTPUT_LEN,
    whole: |message, out| whole(&digest::SHA512, message, out),
    start: || start(&digest::SHA512),
    resume: None,
};

fn whole(algorithm: &'static Algorithm, message: &[u8], out: &mut [u8]) {
    out.copy_from_slice(digest::digest(algorithm, message).as_ref());
}

fn start(algorithm: &'static Algorithm) -> Box<dyn DigestStream> {
    Box::new(HashStream(Context::new(algorithm)))
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
