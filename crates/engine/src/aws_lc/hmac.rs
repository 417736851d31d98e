//! HMAC over SHA-1, SHA-2 and SHA-3 (RFC 2104; `CKM_SHA..._HMAC`), with full tags and with cut ones
//! (`CKM_SHA..._HMAC_GENERAL`). A key is a generic secret, or made for this very HMAC (`CKK_SHA..._HMAC`).

use alloc::vec::Vec;

use portcullis_token::{EngineError, KeyType, MechanismType};

use super::hash::Hash;
use super::raw::hmac::Hmac;
use crate::shell::loader::Loader;
use crate::shell::mac::{self, Mac, MacMechanism, TagLength, parse};

/// The two mechanisms of a hash, and the loader of their keys.
macro_rules! mac {
    ($full:ident, $cut:ident, $loader:literal, $hash:ident, $key:ident) => {
pub(super) static $full: MacMechanism<Running> = mac!(@$full, $full, Full, $loader, $hash, $key);
pub(super) static $cut: MacMechanism<Running> = mac!(@$cut, $full, Cut, $loader, $hash, $key);
    };
    (@$id:ident, $full:ident, $tag:ident, $loader:literal, $hash:ident, $key:ident) => {
        mac::hmac(
            MechanismType::$id,
            MechanismType::$full,
            &[KeyType::GenericSecret, KeyType::$key],
            TagLength::$tag(Hash::$hash.len),
            &Loader {
                name: $loader,
                parse: |key| {
                    let key_types = &[KeyType::GenericSecret, KeyType::$key];
                    parse(MechanismType::$full, key_types, key, |value| Hmac::new(Hash::$hash, value))
                },
            },
            start,
        )
    };
}

mac!(SHA_1_HMAC, SHA_1_HMAC_GENERAL, "aws-lc hmac sha1", SHA1, Sha1Hmac);
mac!(SHA224_HMAC, SHA224_HMAC_GENERAL, "aws-lc hmac sha224", SHA224, Sha224Hmac);
mac!(SHA256_HMAC, SHA256_HMAC_GENERAL, "aws-lc hmac sha256", SHA256, Sha256Hmac);
mac!(SHA384_HMAC, SHA384_HMAC_GENERAL, "aws-lc hmac sha384", SHA384, Sha384Hmac);
mac!(SHA512_HMAC, SHA512_HMAC_GENERAL, "aws-lc hmac sha512", SHA512, Sha512Hmac);
mac!(SHA512_256_HMAC, SHA512_256_HMAC_GENERAL, "aws-lc hmac sha512/256", SHA512_256, Sha512_256Hmac);
mac!(SHA3_224_HMAC, SHA3_224_HMAC_GENERAL, "aws-lc hmac sha3-224", SHA3_224, Sha3_224Hmac);
mac!(SHA3_256_HMAC, SHA3_256_HMAC_GENERAL, "aws-lc hmac sha3-256", SHA3_256, Sha3_256Hmac);
mac!(SHA3_384_HMAC, SHA3_384_HMAC_GENERAL, "aws-lc hmac sha3-384", SHA3_384, Sha3_384Hmac);
mac!(SHA3_512_HMAC, SHA3_512_HMAC_GENERAL, "aws-lc hmac sha3-512", SHA3_512, Sha3_512Hmac);

fn start(key: &Hmac, _: &portcullis_token::Parameters) -> Result<Running, EngineError> {
    Ok(Running { mac: key.copied().ok_or(EngineError::Failed)?, valid: true })
}

/// A tag in the making.
pub(super) struct Running {
    mac: Hmac,
    /// Whether AWS-LC took every part.
    valid: bool,
}

impl Mac for Running {
    type Key = Hmac;

    fn update(&mut self, part: &[u8]) {
        self.valid = self.valid && self.mac.update(part);
    }

    fn finish(self) -> Option<Vec<u8>> {
        self.mac.finish().filter(|_| self.valid)
    }
}
