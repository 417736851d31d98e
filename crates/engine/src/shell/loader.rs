//! The form of a parser of keys, and the check that every RSA public key must pass. The parsers are with
//! their library.

use core::ops::RangeInclusive;

use portcullis_token::engine::{KeyLoader, LoadedKey};
use portcullis_token::{EngineError, KeyMaterial, RsaPublic};

/// A parser of keys and its name.
pub(crate) struct Loader {
    pub(crate) name: &'static str,
    pub(crate) parse: fn(&KeyMaterial) -> Result<LoadedKey, EngineError>,
}

impl KeyLoader for Loader {
    fn name(&self) -> &'static str {
        self.name
    }

    fn load(&self, key: &KeyMaterial) -> Result<LoadedKey, EngineError> {
        (self.parse)(key)
    }
}

/// What a loader made, by its type.
///
/// # Errors
/// [`EngineError::KeyInvalid`] when another loader made it.
pub(crate) fn loaded<T: 'static>(key: &LoadedKey) -> Result<&T, EngineError> {
    key.downcast_ref().ok_or(EngineError::KeyInvalid)
}

/// The partial validation of SP 800-89, section 5.3.3, without its search for small factors, and with every
/// odd exponent from 3 to the 33 bits that the libraries take.
///
/// # Errors
/// [`EngineError::KeyInvalid`] when it fails or the modulus is not of `sizes` bits.
pub(crate) fn check_rsa_public(key: &RsaPublic, sizes: RangeInclusive<u32>) -> Result<(), EngineError> {
    let exponent = match key.public_exponent.as_slice() {
        [] | [0, ..] => return Err(EngineError::KeyInvalid),
        bytes if bytes.len() > 5 => return Err(EngineError::KeyInvalid),
        bytes => bytes.iter().fold(0_u64, |value, byte| value << 8 | u64::from(*byte)),
    };
    let odd = |last: Option<&u8>| last.is_some_and(|byte| byte & 1 == 1);
    let valid = sizes.contains(&key.bits())
        && key.modulus.first() != Some(&0)
        && odd(key.modulus.last())
        && (3..1 << 33).contains(&exponent)
        && odd(key.public_exponent.last());
    if valid { Ok(()) } else { Err(EngineError::KeyInvalid) }
}
