//! Key wrapping (RFC 3394, RFC 5649; NIST SP 800-38F; `CKM_AES_KEY_WRAP`, `CKM_AES_KEY_WRAP_KWP`,
//! `CKM_AES_KEY_WRAP_PAD`).
//!
//! PKCS #11 v3.1 deprecates `CKM_AES_KEY_WRAP_PAD`, whose padding was to be PKCS #7's. What is in the field
//! (SoftHSM, nShield, NSS) does RFC 5649 under its number, and so does this engine: both padded mechanisms are
//! one.

use core::ops::RangeInclusive;

use portcullis_entropy::Random;
use portcullis_token::{EngineError, KeyType, MechanismType, Parameters};

use super::{AES, AesKey, KEY_LENGTHS, KEY_TYPES};
use crate::shell::cipher::{Cipher, Scheme, Uses};
use crate::shell::loader::Loader;

pub(crate) static AES_KEY_WRAP: Cipher<Wrap> = cipher(MechanismType::AES_KEY_WRAP, Wrap::Plain);
pub(crate) static AES_KEY_WRAP_PAD: Cipher<Wrap> = cipher(MechanismType::AES_KEY_WRAP_PAD, Wrap::Padded);
pub(crate) static AES_KEY_WRAP_KWP: Cipher<Wrap> = cipher(MechanismType::AES_KEY_WRAP_KWP, Wrap::Padded);

const fn cipher(id: MechanismType, scheme: Wrap) -> Cipher<Wrap> {
    Cipher { id, uses: Uses::DataAndKeys, scheme }
}

/// The unit of wrapping in bytes, which is also what it adds.
const SEMIBLOCK: usize = 8;

/// The most that is wrapped, in bytes: AWS-LC gives lengths as `int`s.
const MOST: usize = i32::MAX as usize - 2 * SEMIBLOCK;

/// The initial value of RFC 5649 section 3, which is also what a caller may name.
const PADDED_IV: [u8; 4] = [0xa6, 0x59, 0x59, 0xa6];

/// A way to wrap.
pub(crate) enum Wrap {
    /// Of whole semiblocks, two at least, with the default initial value or the caller's.
    Plain,
    /// Of any length from 1.
    Padded,
}

/// The caller's initial value, if there is one.
fn iv(parameters: &Parameters) -> Result<Option<&[u8; SEMIBLOCK]>, EngineError> {
    match parameters {
        Parameters::None => Ok(None),
        Parameters::Iv(iv) => iv.as_slice().try_into().map(Some).map_err(|_| EngineError::ParametersInvalid),
        _ => Err(EngineError::ParametersInvalid),
    }
}

impl Scheme for Wrap {
    type Encrypt = AesKey;
    type Decrypt = AesKey;

    const KEY_TYPES: &'static [KeyType] = KEY_TYPES;
    const ENCRYPT: &'static Loader = &AES;
    const DECRYPT: &'static Loader = &AES;

    fn key_sizes(&self) -> RangeInclusive<u32> {
        KEY_LENGTHS
    }

    fn check(&self, parameters: &Parameters) -> Result<(), EngineError> {
        match (self, parameters) {
            (Self::Plain, parameters) => iv(parameters).map(|_| ()),
            (Self::Padded, Parameters::None) => Ok(()),
            (Self::Padded, Parameters::Iv(iv)) if iv.as_slice() == PADDED_IV => Ok(()),
            (Self::Padded, _) => Err(EngineError::ParametersInvalid),
        }
    }

    fn encrypted_len(&self, _: &AesKey, _: &Parameters, len: usize) -> Result<usize, EngineError> {
        let fits = match self {
            Self::Plain => len >= 2 * SEMIBLOCK && len.is_multiple_of(SEMIBLOCK),
            Self::Padded => len > 0,
        };
        let fits = fits && len <= MOST;
        if fits { Ok(len.next_multiple_of(SEMIBLOCK) + SEMIBLOCK) } else { Err(EngineError::DataLength) }
    }

    fn decrypted_len(&self, _: &AesKey, _: &Parameters, len: usize) -> Result<usize, EngineError> {
        let least = match self {
            Self::Plain => 3 * SEMIBLOCK,
            Self::Padded => 2 * SEMIBLOCK,
        };
        let fits = len >= least && len.is_multiple_of(SEMIBLOCK) && len <= MOST + SEMIBLOCK;
        if fits { Ok(len - SEMIBLOCK) } else { Err(EngineError::DataLength) }
    }

    fn encrypt(
        &self,
        key: &AesKey,
        parameters: &Parameters,
        plaintext: &[u8],
        out: &mut [u8],
        _: &dyn Random,
    ) -> Result<(), EngineError> {
        let done = match self {
            Self::Plain => key.encrypt.wrap(iv(parameters)?, plaintext, out),
            Self::Padded => key.encrypt.wrap_padded(plaintext, out) == Some(out.len()),
        };
        if done { Ok(()) } else { Err(EngineError::Failed) }
    }

    fn decrypt(
        &self,
        key: &AesKey,
        parameters: &Parameters,
        ciphertext: &[u8],
        out: &mut [u8],
        _: &dyn Random,
    ) -> Result<usize, EngineError> {
        let used = match self {
            Self::Plain => key.decrypt.unwrap(iv(parameters)?, ciphertext, out).then_some(out.len()),
            Self::Padded => key.decrypt.unwrap_padded(ciphertext, out),
        };
        used.ok_or(EngineError::DecryptionFailed)
    }
}
