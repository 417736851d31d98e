//! HMAC over SHA-1, SHA-2 and SHA-3 (RFC 2104; `CKM_SHA..._HMAC`), with full tags and with cut ones
//! (`CKM_SHA..._HMAC_GENERAL`).

use alloc::vec::Vec;

use portcullis_token::{EngineError, MechanismType};

use super::hash::Hash;
use super::raw::hmac::Hmac;
use crate::shell::loader::Loader;
use crate::shell::mac::{self, Mac, MacMechanism, TagLength, parse};

/// The two mechanisms of a hash, and the loader of their keys.
macro_rules! mac {
    ($full:ident, $cut:ident, $loader:literal, $hash:ident, $len:literal) => {
        pub(super) static $full: MacMechanism<Running> = mac::hmac(
            MechanismType::$full,
            MechanismType::$full,
            TagLength::Full($len),
            &Loader {
                name: $loader,
                parse: |key| parse(MechanismType::$full, key, |value| Hmac::new(Hash::$hash, value)),
            },
            start,
        );
        pub(super) static $cut: MacMechanism<Running> = mac::hmac(
            MechanismType::$cut,
            MechanismType::$full,
            TagLength::Cut($len),
            &Loader {
                name: $loader,
                parse: |key| parse(MechanismType::$full, key, |value| Hmac::new(Hash::$hash, value)),
            },
            start,
        );
    };
}

mac!(SHA_1_HMAC, SHA_1_HMAC_GENERAL, "aws-lc hmac sha1", SHA1, 20);
mac!(SHA224_HMAC, SHA224_HMAC_GENERAL, "aws-lc hmac sha224", SHA224, 28);
mac!(SHA256_HMAC, SHA256_HMAC_GENERAL, "aws-lc hmac sha256", SHA256, 32);
mac!(SHA384_HMAC, SHA384_HMAC_GENERAL, "aws-lc hmac sha384", SHA384, 48);
mac!(SHA512_HMAC, SHA512_HMAC_GENERAL, "aws-lc hmac sha512", SHA512, 64);
mac!(SHA512_256_HMAC, SHA512_256_HMAC_GENERAL, "aws-lc hmac sha512/256", SHA512_256, 32);
mac!(SHA3_224_HMAC, SHA3_224_HMAC_GENERAL, "aws-lc hmac sha3-224", SHA3_224, 28);
mac!(SHA3_256_HMAC, SHA3_256_HMAC_GENERAL, "aws-lc hmac sha3-256", SHA3_256, 32);
mac!(SHA3_384_HMAC, SHA3_384_HMAC_GENERAL, "aws-lc hmac sha3-384", SHA3_384, 48);
mac!(SHA3_512_HMAC, SHA3_512_HMAC_GENERAL, "aws-lc hmac sha3-512", SHA3_512, 64);

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
