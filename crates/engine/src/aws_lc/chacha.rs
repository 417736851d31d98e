//! ChaCha20-Poly1305 (RFC 8439; `CKM_CHACHA20_POLY1305`).

use alloc::sync::Arc;
use core::ops::RangeInclusive;

use portcullis_entropy::Random;
use portcullis_token::{EngineError, KeyMaterial, KeyType, MechanismType, Parameters};

use super::raw::aead::Aead;
use crate::shell::cipher::{Cipher, Scheme, Uses};
use crate::shell::loader::Loader;

pub(super) static CHACHA20_POLY1305: Cipher<ChaCha> =
    Cipher { id: MechanismType::CHACHA20_POLY1305, uses: Uses::Data, scheme: ChaCha };

/// The length of a key in bytes.
pub(super) const KEY_LENGTHS: RangeInclusive<u32> = 32..=32;

/// The nonce's length in bytes: that of RFC 8439, not the 8 of the first ChaCha20.
const NONCE: usize = 12;

/// The tag's length in bytes.
const TAG: usize = 16;

/// The most data in bytes under one nonce (RFC 8439 section 2.8).
const DATA_MOST: u64 = (1 << 38) - 64;

static CHACHA: Loader = Loader {
    name: "aws-lc chacha20-poly1305",
    parse: |key| match key {
        KeyMaterial::Secret { key_type: KeyType::ChaCha20, value } => {
            let aead = Aead::chacha20_poly1305(value.expose(), TAG).ok_or(EngineError::KeyInvalid)?;
            Ok(Arc::new(ChaChaKey(aead)))
        }
        _ => Err(EngineError::KeyInvalid),
    },
};

/// A key that is ready.
pub(super) struct ChaChaKey(Aead);

/// The cipher.
pub(super) struct ChaCha;

/// The nonce, and what is authenticated only.
fn terms(parameters: &Parameters) -> Result<(&[u8], &[u8]), EngineError> {
    match parameters {
        Parameters::ChaCha20Poly1305 { nonce, aad } if nonce.len() == NONCE => Ok((nonce, aad)),
        _ => Err(EngineError::ParametersInvalid),
    }
}

fn check_data(len: usize) -> Result<usize, EngineError> {
    if len as u64 <= DATA_MOST { Ok(len) } else { Err(EngineError::DataLength) }
}

impl Scheme for ChaCha {
    type Encrypt = ChaChaKey;
    type Decrypt = ChaChaKey;

    const KEY_TYPES: &'static [KeyType] = &[KeyType::ChaCha20];
    const ENCRYPT: &'static Loader = &CHACHA;
    const DECRYPT: &'static Loader = &CHACHA;

    fn key_sizes(&self) -> RangeInclusive<u32> {
        KEY_LENGTHS
    }

    fn check(&self, parameters: &Parameters) -> Result<(), EngineError> {
        terms(parameters).map(|_| ())
    }

    fn encrypted_len(&self, _: &ChaChaKey, _: &Parameters, len: usize) -> Result<usize, EngineError> {
        check_data(len)?.checked_add(TAG).ok_or(EngineError::DataLength)
    }

    fn decrypted_len(&self, _: &ChaChaKey, _: &Parameters, len: usize) -> Result<usize, EngineError> {
        check_data(len.checked_sub(TAG).ok_or(EngineError::DataLength)?)
    }

    fn encrypt(
        &self,
        key: &ChaChaKey,
        parameters: &Parameters,
        plaintext: &[u8],
        out: &mut [u8],
        _: &dyn Random,
    ) -> Result<(), EngineError> {
        let (nonce, aad) = terms(parameters)?;
        let (body, tag) = out.split_at_mut_checked(plaintext.len()).ok_or(EngineError::DataLength)?;
        if key.0.seal(nonce, aad, plaintext, body, tag) { Ok(()) } else { Err(EngineError::Failed) }
    }

    fn decrypt(
        &self,
        key: &ChaChaKey,
        parameters: &Parameters,
        ciphertext: &[u8],
        out: &mut [u8],
        _: &dyn Random,
    ) -> Result<usize, EngineError> {
        let (nonce, aad) = terms(parameters)?;
        let (body, tag) = ciphertext.split_at_checked(out.len()).ok_or(EngineError::DataLength)?;
        let valid = key.0.open(nonce, aad, body, tag, out);
        if valid { Ok(body.len()) } else { Err(EngineError::DecryptionFailed) }
    }
}
