//! AES (FIPS 197) and its modes, as PKCS #11 v3.2 section 6.16 ff. has them: a file a family, and here the keys
//! that all but GCM, GMAC and CMAC share.

mod block;
mod ccm;
mod ctr;
mod gcm;
mod mac;
mod wrap;

use alloc::sync::Arc;
use core::ops::RangeInclusive;

use portcullis_token::engine::LoadedKey;
use portcullis_token::{EngineError, KeyMaterial, KeyType, Secret};

pub(super) use self::block::{AES_CBC, AES_CBC_PAD, AES_ECB};
pub(super) use self::ccm::AES_CCM;
pub(super) use self::ctr::AES_CTR;
pub(super) use self::gcm::{AES_GCM, AES_GMAC};
pub(super) use self::mac::{AES_CMAC, AES_CMAC_GENERAL};
pub(super) use self::wrap::{AES_KEY_WRAP, AES_KEY_WRAP_KWP, AES_KEY_WRAP_PAD};
use super::raw::aes::{DecryptKey, EncryptKey};
use crate::shell::loader::Loader;

/// The types of AES keys.
const KEY_TYPES: &[KeyType] = &[KeyType::Aes];

/// The lengths in bytes between the least and the most that an AES key has; 24 is the only one between.
pub(super) const KEY_LENGTHS: RangeInclusive<u32> = 16..=32;

/// An AES key: both its schedules, and the bytes for what makes a schedule of its own.
pub(crate) struct AesKey {
    value: Secret,
    encrypt: EncryptKey,
    decrypt: DecryptKey,
}

/// AES keys of 16, 24 and 32 bytes.
static AES: Loader = Loader {
    name: "aws-lc aes",
    parse: |key| {
        parse(key, |value| {
            let (encrypt, decrypt) = (EncryptKey::new(value)?, DecryptKey::new(value)?);
            Some(AesKey { value: Secret::copied(value), encrypt, decrypt })
        })
    },
};

/// Parses an AES key by `make`, which gives nothing for a length that AES doesn't have.
fn parse<K: Send + Sync + 'static>(
    key: &KeyMaterial,
    make: impl FnOnce(&[u8]) -> Option<K>,
) -> Result<LoadedKey, EngineError> {
    match key {
        KeyMaterial::Secret { key_type: KeyType::Aes, value } => {
            Ok(Arc::new(make(value.expose()).ok_or(EngineError::KeyInvalid)?))
        }
        _ => Err(EngineError::KeyInvalid),
    }
}
