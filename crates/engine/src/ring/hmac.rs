//! HMAC over SHA-256, SHA-384 and SHA-512.

use alloc::vec::Vec;

use portcullis_token::MechanismType;
use ring::digest;
use ring::hmac::{Context, HMAC_SHA256, HMAC_SHA384, HMAC_SHA512, Key};

use crate::shell::loader::Loader;
use crate::shell::mac::{Mac, MacMechanism, TagLength, hmac, parse};

pub(super) static SHA256_HMAC: MacMechanism<Context> = hmac(
    MechanismType::SHA256_HMAC,
    MechanismType::SHA256_HMAC,
    TagLength::Full(digest::SHA256_OUTPUT_LEN),
    &Loader {
        name: "ring hmac sha256",
        parse: |key| parse(MechanismType::SHA256_HMAC, key, |value| Some(Key::new(HMAC_SHA256, value))),
    },
    |key, _| Ok(Context::with_key(key)),
);
pub(super) static SHA384_HMAC: MacMechanism<Context> = hmac(
    MechanismType::SHA384_HMAC,
    MechanismType::SHA384_HMAC,
    TagLength::Full(digest::SHA384_OUTPUT_LEN),
    &Loader {
        name: "ring hmac sha384",
        parse: |key| parse(MechanismType::SHA384_HMAC, key, |value| Some(Key::new(HMAC_SHA384, value))),
    },
    |key, _| Ok(Context::with_key(key)),
);
pub(super) static SHA512_HMAC: MacMechanism<Context> = hmac(
    MechanismType::SHA512_HMAC,
    MechanismType::SHA512_HMAC,
    TagLength::Full(digest::SHA512_OUTPUT_LEN),
    &Loader {
        name: "ring hmac sha512",
        parse: |key| parse(MechanismType::SHA512_HMAC, key, |value| Some(Key::new(HMAC_SHA512, value))),
    },
    |key, _| Ok(Context::with_key(key)),
);

impl Mac for Context {
    type Key = Key;

    fn update(&mut self, part: &[u8]) {
        Self::update(self, part);
    }

    fn finish(self) -> Option<Vec<u8>> {
        Some(self.sign().as_ref().to_vec())
    }
}
