//! RSA encryption: RSAES-PKCS1-v1_5, RSAES-OAEP and RSA without a padding (RFC 8017 sections 7.1, 7.2 and 5.1;
//! `CKM_RSA_PKCS`, `CKM_RSA_PKCS_OAEP`, `CKM_RSA_X_509`), and an AES key between (`CKM_RSA_AES_KEY_WRAP`).
//!
//! The random bytes of both paddings are AWS-LC's own draw.

use core::ops::RangeInclusive;

use portcullis_entropy::Random;
use portcullis_token::{EngineError, KeyType, MechanismType, Oaep, Parameters, Secret};

use super::hash::Hash;
use super::keys::{self, RSA_BITS, RsaSigningKey, RsaVerifyingKey};
use super::pkcs1_padding;
use super::raw::RsaKey;
use super::raw::aes::{DecryptKey, EncryptKey};
use super::raw::oaep::Padding;
use super::rsa::padded;
use crate::shell::cipher::{Cipher, Scheme, Uses};
use crate::shell::loader::Loader;
use crate::shell::no_parameters;

/// The part of `CKM_RSA_PKCS` that encrypts.
pub(super) static PKCS: Cipher<Rsa> = cipher(MechanismType::RSA_PKCS, Uses::DataAndKeys, Rsa::Pkcs1);
/// The part of `CKM_RSA_X_509` that encrypts.
pub(super) static X_509: Cipher<Rsa> = cipher(MechanismType::RSA_X_509, Uses::DataAndKeys, Rsa::Unpadded);
pub(super) static RSA_PKCS_OAEP: Cipher<Rsa> =
    cipher(MechanismType::RSA_PKCS_OAEP, Uses::DataAndKeys, Rsa::Oaep);
pub(super) static RSA_AES_KEY_WRAP: Cipher<Rsa> =
    cipher(MechanismType::RSA_AES_KEY_WRAP, Uses::Keys, Rsa::AesKeyWrap);

const fn cipher(id: MechanismType, uses: Uses, scheme: Rsa) -> Cipher<Rsa> {
    Cipher { id, uses, scheme }
}

/// The unit of AES key wrapping in bytes, which is also what it adds.
const SEMIBLOCK: usize = 8;

/// A way to encrypt with RSA.
pub(super) enum Rsa {
    Pkcs1,
    Unpadded,
    Oaep,
    /// A new AES key by OAEP, and the data by that key (RFC 5649).
    AesKeyWrap,
}

/// The padding that parameters name.
fn padding(oaep: &Oaep) -> Result<Padding<'_>, EngineError> {
    let named = |name| Hash::named(name).ok_or(EngineError::ParametersInvalid);
    Ok(Padding { hash: named(oaep.hash)?, mgf: named(oaep.mgf)?, label: &oaep.label })
}

/// OAEP's padding by its own parameters.
fn oaep(parameters: &Parameters) -> Result<Padding<'_>, EngineError> {
    match parameters {
        Parameters::RsaOaep(oaep) => padding(oaep),
        _ => Err(EngineError::ParametersInvalid),
    }
}

/// The length of the AES key between in bytes, and how it is padded.
fn key_wrap(parameters: &Parameters) -> Result<(usize, Padding<'_>), EngineError> {
    match parameters {
        Parameters::RsaAesKeyWrap { aes_bits: bits @ (128 | 192 | 256), oaep } => {
            Ok((*bits as usize / 8, padding(oaep)?))
        }
        _ => Err(EngineError::ParametersInvalid),
    }
}

/// The most that a key can encrypt with OAEP.
///
/// # Errors
/// [`EngineError::ParametersInvalid`] when the key is too short for the hash (RFC 8017 section 7.1.1).
fn oaep_room(key: &RsaKey, padding: &Padding<'_>) -> Result<usize, EngineError> {
    key.len().checked_sub(2 * padding.hash.len + 2).ok_or(EngineError::ParametersInvalid)
}

impl Rsa {
    /// The most that a key can encrypt, if what is encrypted goes into one block.
    fn room(&self, key: &RsaKey, parameters: &Parameters) -> Result<usize, EngineError> {
        match self {
            Self::Pkcs1 => Ok(key.len().saturating_sub(pkcs1_padding::OVERHEAD)),
            Self::Unpadded => Ok(key.len()),
            Self::Oaep => oaep_room(key, &oaep(parameters)?),
            Self::AesKeyWrap => {
                let (len, padding) = key_wrap(parameters)?;
                if oaep_room(key, &padding)? < len {
                    return Err(EngineError::ParametersInvalid);
                }
                // KWP counts in 32 bits; AWS-LC in `int`s.
                Ok(i32::MAX as usize - key.len() - 2 * SEMIBLOCK)
            }
        }
    }
}

impl Scheme for Rsa {
    type Encrypt = RsaVerifyingKey;
    type Decrypt = RsaSigningKey;

    const KEY_TYPES: &'static [KeyType] = &[KeyType::Rsa];
    const ENCRYPT: &'static Loader = &keys::RSA_PUBLIC;
    const DECRYPT: &'static Loader = &keys::RSA_PRIVATE;

    fn key_sizes(&self) -> RangeInclusive<u32> {
        RSA_BITS
    }

    fn check(&self, parameters: &Parameters) -> Result<(), EngineError> {
        match self {
            Self::Pkcs1 | Self::Unpadded => no_parameters(parameters),
            Self::Oaep => oaep(parameters).map(|_| ()),
            Self::AesKeyWrap => key_wrap(parameters).map(|_| ()),
        }
    }

    fn encrypted_len(
        &self,
        RsaVerifyingKey(key): &RsaVerifyingKey,
        parameters: &Parameters,
        len: usize,
    ) -> Result<usize, EngineError> {
        if len > self.room(key, parameters)? {
            return Err(EngineError::DataLength);
        }
        match self {
            Self::AesKeyWrap | Self::Unpadded if len == 0 => Err(EngineError::DataLength),
            Self::AesKeyWrap => Ok(key.len() + len.next_multiple_of(SEMIBLOCK) + SEMIBLOCK),
            Self::Pkcs1 | Self::Unpadded | Self::Oaep => Ok(key.len()),
        }
    }

    fn decrypted_len(
        &self,
        RsaSigningKey { key, .. }: &RsaSigningKey,
        parameters: &Parameters,
        len: usize,
    ) -> Result<usize, EngineError> {
        match self {
            Self::AesKeyWrap => {
                let wrapped = len.checked_sub(key.len()).ok_or(EngineError::DataLength)?;
                let fits =
                    wrapped >= 2 * SEMIBLOCK && wrapped.is_multiple_of(SEMIBLOCK) && len <= i32::MAX as usize;
                if fits { Ok(wrapped - SEMIBLOCK) } else { Err(EngineError::DataLength) }
            }
            Self::Pkcs1 | Self::Unpadded | Self::Oaep if len == key.len() => self.room(key, parameters),
            Self::Pkcs1 | Self::Unpadded | Self::Oaep => Err(EngineError::DataLength),
        }
    }

    fn encrypt(
        &self,
        RsaVerifyingKey(key): &RsaVerifyingKey,
        parameters: &Parameters,
        plaintext: &[u8],
        out: &mut [u8],
        random: &dyn Random,
    ) -> Result<(), EngineError> {
        let done = match self {
            Self::Pkcs1 => key.encrypt_pkcs1(plaintext, out),
            Self::Unpadded => {
                let number = Secret::new(padded(plaintext, key.len())?);
                if !key.encrypt_unpadded(number.expose(), out) {
                    // Of the right length, and too large a number.
                    return Err(EngineError::DataLength);
                }
                true
            }
            Self::Oaep => key.encrypt_oaep(&oaep(parameters)?, plaintext, out),
            Self::AesKeyWrap => {
                let (len, padding) = key_wrap(parameters)?;
                let (block, wrapped) = out.split_at_mut_checked(key.len()).ok_or(EngineError::DataLength)?;
                let mut between = Secret::zeroed(len);
                random.fill(between.expose_mut())?;
                let wrapping = EncryptKey::new(between.expose()).ok_or(EngineError::Failed)?;
                key.encrypt_oaep(&padding, between.expose(), block)
                    && wrapping.wrap_padded(plaintext, wrapped) == Some(wrapped.len())
            }
        };
        if done { Ok(()) } else { Err(EngineError::Failed) }
    }

    fn decrypt(
        &self,
        RsaSigningKey { key, rejection }: &RsaSigningKey,
        parameters: &Parameters,
        ciphertext: &[u8],
        out: &mut [u8],
        _: &dyn Random,
    ) -> Result<usize, EngineError> {
        let mut block = Secret::zeroed(key.len());
        let used = match self {
            Self::Pkcs1 => {
                let below = key.decrypt_unpadded(ciphertext, block.expose_mut());
                below.then(|| rejection.unpad(ciphertext, block.expose(), out)).flatten()
            }
            Self::Unpadded => key.decrypt_unpadded(ciphertext, out).then_some(out.len()),
            Self::Oaep => {
                let used = key.decrypt_oaep(&oaep(parameters)?, ciphertext, block.expose_mut());
                used.and_then(|used| {
                    out.get_mut(..used)?.copy_from_slice(block.expose().get(..used)?);
                    Some(used)
                })
            }
            Self::AesKeyWrap => {
                let (_, padding) = key_wrap(parameters)?;
                let (first, wrapped) =
                    ciphertext.split_at_checked(key.len()).ok_or(EngineError::DataLength)?;
                key.decrypt_oaep(&padding, first, block.expose_mut())
                    .and_then(|used| DecryptKey::new(block.expose().get(..used)?))
                    .and_then(|between| between.unwrap_padded(wrapped, out))
            }
        };
        used.ok_or(EngineError::DecryptionFailed)
    }
}
