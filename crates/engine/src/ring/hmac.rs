//! HMAC over SHA-256, SHA-384 and SHA-512.

use alloc::vec::Vec;

use portcullis_token::{KeyType, MechanismType};
use ring::digest;
use ring::hmac::{Context, HMAC_SHA256, HMAC_SHA384, HMAC_SHA512, Key};

use crate::shell::loader::Loader;
use crate::shell::mac::{Mac, MacMechanism, TagLength, hmac, parse};

/// The mechanism of a hash, and the loader of its keys.
macro_rules! mac {
    ($id:ident, $loader:literal, $algorithm:ident, $len:expr, $key:ident) => {
        pub(super) static $id: MacMechanism<Context> = hmac(
            MechanismType::$id,
            MechanismType::$id,
            &[KeyType::GenericSecret, KeyType::$key],
            TagLength::Full($len),
            &Loader {
                name: $loader,
                parse: |key| {
                    let key_types = &[KeyType::GenericSecret, KeyType::$key];
                    parse(MechanismType::$id, key_types, key, |value| Some(Key::new($algorithm, value)))
                },
            },
            |key, _| Ok(Context::with_key(key)),
        );
    };
}

mac!(SHA256_HMAC, "ring hmac sha256", HMAC_SHA256, digest::SHA256_OUTPUT_LEN, Sha256Hmac);
mac!(SHA384_HMAC, "ring hmac sha384", HMAC_SHA384, digest::SHA384_OUTPUT_LEN, Sha384Hmac);
mac!(SHA512_HMAC, "ring hmac sha512", HMAC_SHA512, digest::SHA512_OUTPUT_LEN, Sha512Hmac);

impl Mac for Context {
    type Key = Key;

    fn update(&mut self, part: &[u8]) {
        Self::update(self, part);
    }

    fn finish(self) -> Option<Vec<u8>> {
        Some(self.sign().as_ref().to_vec())
    }
}
