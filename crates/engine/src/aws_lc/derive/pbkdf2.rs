//! PBKDF2 (RFC 8018 section 5.2; PKCS #11 v3.2, `CKM_PKCS5_PBKD2`), which makes a key out of a password and so
//! counts as a generation. It draws nothing from the caller's randomness.

use core::ops::RangeInclusive;

use portcullis_entropy::Random;
use portcullis_token::engine::{Generating, KeyRequest};
use portcullis_token::{EngineError, KeyMaterial, KeyType, Mechanism, MechanismType, Parameters};

use super::super::raw::kdf;
use crate::shell::generate::SECRET_LENGTHS;

pub(in super::super) static PKCS5_PBKD2: Pbkdf2 = Pbkdf2;

/// Makes symmetric keys out of passwords.
pub(in super::super) struct Pbkdf2;

impl Mechanism for Pbkdf2 {
    fn id(&self) -> MechanismType {
        MechanismType::PKCS5_PBKD2
    }

    fn key_sizes(&self) -> RangeInclusive<u32> {
        SECRET_LENGTHS
    }

    fn key_types(&self) -> &'static [KeyType] {
        &KeyType::SYMMETRIC
    }

    fn generating(&'static self) -> Option<&'static dyn Generating> {
        Some(self)
    }
}

impl Generating for Pbkdf2 {
    fn generate(
        &self,
        wanted: &KeyRequest,
        parameters: &Parameters,
        _random: &dyn Random,
    ) -> Result<KeyMaterial, EngineError> {
        let KeyRequest::Secret { key_type, len } = wanted else { return Err(EngineError::Unsupported) };
        if !self.key_types().contains(key_type) || !fits(*key_type, *len) {
            return Err(EngineError::Unsupported);
        }
        let (hash, salt, iterations, password) = match parameters {
            Parameters::Pbkdf2 { hash, salt, iterations: iterations @ 1.., password } => {
                (*hash, salt, *iterations, password)
            }
            _ => return Err(EngineError::ParametersInvalid),
        };
        let value =
            kdf::pbkdf2(hash, password.expose(), salt, iterations, *len).ok_or(EngineError::Failed)?;
        Ok(KeyMaterial::Secret { key_type: *key_type, value })
    }
}

/// Whether keys of this type have this length in bytes.
fn fits(key_type: KeyType, len: usize) -> bool {
    match key_type {
        KeyType::Aes => matches!(len, 16 | 24 | 32),
        KeyType::ChaCha20 => len == 32,
        _ => u32::try_from(len).is_ok_and(|len| SECRET_LENGTHS.contains(&len)),
    }
}
