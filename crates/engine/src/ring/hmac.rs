//! HMAC over SHA-256, SHA-384 and SHA-512.

use alloc::vec::Vec;

use portcullis_token::MechanismType;
use ring::digest;
use ring::hmac::{Context, HMAC_SHA256, HMAC_SHA384, HMAC_SHA512, Key};

use crate::shell::hmac::{Hmac, Mac, parse};
use crate::shell::loader::Loader;

pub(super) static SHA256_HMAC: Hmac<Context> = Hmac {
    id: MechanismType::SHA256_HMAC,
    len: digest::SHA256_OUTPUT_LEN,
    loader: &Loader {
        name: "ring hmac sha256",
        parse: |key| parse(MechanismType::SHA256_HMAC, key, |value| Key::new(HMAC_SHA256, value)),
    },
    start: Context::with_key,
};
pub(super) static SHA384_HMAC: Hmac<Context> = Hmac {
    id: MechanismType::SHA384_HMAC,
    len: digest::SHA384_OUTPUT_LEN,
    loader: &Loader {
        name: "ring hmac sha384",
        parse: |key| parse(MechanismType::SHA384_HMAC, key, |value| Key::new(HMAC_SHA384, value)),
    },
    start: Context::with_key,
};
pub(super) static SHA512_HMAC: Hmac<Context> = Hmac {
    id: MechanismType::SHA512_HMAC,
    len: digest::SHA512_OUTPUT_LEN,
    loader: &Loader {
        name: "ring hmac sha512",
        parse: |key| parse(MechanismType::SHA512_HMAC, key, |value| Key::new(HMAC_SHA512, value)),
    },
    start: Context::with_key,
};

impl Mac for Context {
    type Key = Key;

    fn update(&mut self, part: &[u8]) {
        Self::update(self, part);
    }

    fn finish(self) -> Vec<u8> {
        self.sign().as_ref().to_vec()
    }
}
