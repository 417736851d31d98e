//! CCM (NIST SP 800-38C, RFC 3610; `CKM_AES_CCM`).
//!
//! The data's length goes into the first block, so the parameters must tell it, and tell the truth.

use core::ops::RangeInclusive;

use portcullis_entropy::Random;
use portcullis_token::{EngineError, KeyType, MechanismType, Parameters};

use super::super::raw::cipher::Cipher as Raw;
use super::{AES, AesKey, KEY_LENGTHS, KEY_TYPES};
use crate::shell::cipher::{Cipher, Scheme, Uses};
use crate::shell::loader::Loader;

pub(crate) static AES_CCM: Cipher<Ccm> =
    Cipher { id: MechanismType::AES_CCM, uses: Uses::DataAndKeys, scheme: Ccm };

/// The most bytes of data: AWS-LC counts them in `int`s.
const MOST: usize = i32::MAX as usize;

/// The most bytes of what is authenticated only, which must go to AWS-LC in one piece.
const AAD_MOST: usize = 1 << 30;

/// The CCM mode.
pub(crate) struct Ccm;

/// The parameters, once they fit.
struct Terms<'a> {
    data_len: usize,
    nonce: &'a [u8],
    aad: &'a [u8],
    tag_len: usize,
}

/// # Errors
/// [`EngineError::ParametersInvalid`] for a nonce of other than 7 to 13 bytes, a tag of other than 4, 6, ... 16,
/// and a length of data for which such a nonce leaves no room.
fn terms(parameters: &Parameters) -> Result<Terms<'_>, EngineError> {
    let Parameters::Ccm { data_len, nonce, aad, tag_len } = parameters else {
        return Err(EngineError::ParametersInvalid);
    };
    let valid = (7..=13).contains(&nonce.len())
        && (4..=16).contains(tag_len)
        && tag_len.is_multiple_of(2)
        && *data_len <= most_by(nonce)
        && aad.len() <= AAD_MOST;
    let terms = Terms { data_len: *data_len, nonce, aad, tag_len: *tag_len };
    if valid { Ok(terms) } else { Err(EngineError::ParametersInvalid) }
}

/// The most data that a nonce leaves room for: its length is told in the `15 - n` bytes after it.
fn most_by(nonce: &[u8]) -> usize {
    match 15_usize.saturating_sub(nonce.len()) {
        2 => 0xffff,
        3 => 0xff_ffff,
        _ => MOST,
    }
}

impl Scheme for Ccm {
    type Encrypt = AesKey;
    type Decrypt = AesKey;

    const KEY_TYPES: &'static [KeyType] = KEY_TYPES;
    const ENCRYPT: &'static Loader = &AES;
    const DECRYPT: &'static Loader = &AES;

    fn key_sizes(&self) -> RangeInclusive<u32> {
        KEY_LENGTHS
    }

    fn check(&self, parameters: &Parameters) -> Result<(), EngineError> {
        terms(parameters).map(|_| ())
    }

    fn encrypted_len(&self, _: &AesKey, parameters: &Parameters, len: usize) -> Result<usize, EngineError> {
        let terms = terms(parameters)?;
        if len != terms.data_len {
            return Err(EngineError::DataLength);
        }
        len.checked_add(terms.tag_len).ok_or(EngineError::DataLength)
    }

    fn decrypted_len(&self, _: &AesKey, parameters: &Parameters, len: usize) -> Result<usize, EngineError> {
        let terms = terms(parameters)?;
        let data_len = len.checked_sub(terms.tag_len).ok_or(EngineError::DataLength)?;
        if data_len == terms.data_len { Ok(data_len) } else { Err(EngineError::DataLength) }
    }

    fn encrypt(
        &self,
        key: &AesKey,
        parameters: &Parameters,
        plaintext: &[u8],
        out: &mut [u8],
        _: &dyn Random,
    ) -> Result<(), EngineError> {
        let Terms { data_len, nonce, aad, tag_len } = terms(parameters)?;
        let (body, tag) = out.split_at_mut_checked(plaintext.len()).ok_or(EngineError::DataLength)?;
        let mut cipher =
            Raw::ccm_encrypt(key.value.expose(), nonce, tag_len, data_len).ok_or(EngineError::Failed)?;
        let done = cipher.authenticate(aad) && cipher.whole(plaintext, body) && cipher.tag(tag);
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
        let Terms { data_len, nonce, aad, .. } = terms(parameters)?;
        let (body, tag) = ciphertext.split_at_checked(data_len).ok_or(EngineError::DataLength)?;
        let mut cipher =
            Raw::ccm_decrypt(key.value.expose(), nonce, tag, data_len).ok_or(EngineError::Failed)?;
        let valid = cipher.authenticate(aad) && cipher.whole(body, out);
        if valid { Ok(body.len()) } else { Err(EngineError::DecryptionFailed) }
    }
}
