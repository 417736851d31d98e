//! HMAC over SHA-1 and SHA-2.

use alloc::vec::Vec;

use aws_lc_rs::digest;
use aws_lc_rs::hmac::{self, Context, Key};
use portcullis_token::MechanismType;

use crate::shell::hmac::{Hmac, Mac, parse};
use crate::shell::loader::Loader;

/// The mechanism of an algorithm, and the loader of its keys.
macro_rules! mac {
    ($id:ident, $loader:literal, $algorithm:ident, $len:ident) => {
        pub(super) static $id: Hmac<Context> = Hmac {
            id: MechanismType::$id,
            len: digest::$len,
            loader: &Loader {
                name: $loader,
                parse: |key| parse(MechanismType::$id, key, |value| Key::new(hmac::$algorithm, value)),
            },
            start: Context::with_key,
        };
    };
}

mac!(SHA_1_HMAC, "aws-lc hmac sha1", HMAC_SHA1_FOR_LEGACY_USE_ONLY, SHA1_OUTPUT_LEN);
mac!(SHA224_HMAC, "aws-lc hmac sha224", HMAC_SHA224, SHA224_OUTPUT_LEN);
mac!(SHA256_HMAC, "aws-lc hmac sha256", HMAC_SHA256, SHA256_OUTPUT_LEN);
mac!(SHA384_HMAC, "aws-lc hmac sha384", HMAC_SHA384, SHA384_OUTPUT_LEN);
mac!(SHA512_HMAC, "aws-lc hmac sha512", HMAC_SHA512, SHA512_OUTPUT_LEN);

impl Mac for Context {
    type Key = Key;

    fn update(&mut self, part: &[u8]) {
        Self::update(self, part);
    }

    fn finish(self) -> Vec<u8> {
        self.sign().as_ref().to_vec()
    }
}
