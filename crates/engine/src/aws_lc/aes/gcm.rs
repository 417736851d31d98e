//! GCM and GMAC (NIST SP 800-38D; `CKM_AES_GCM`, `CKM_AES_GMAC`).
//!
//! Data that is whole goes through a key that is ready for any number of messages; only parts, and tags of
//! another length than 16, need a state of their own.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec;
use alloc::vec::Vec;
use core::ops::RangeInclusive;

use portcullis_entropy::Random;
use portcullis_token::engine::CipherStream;
use portcullis_token::{EngineError, KeyType, MechanismType, Parameters, Secret};

use super::super::raw::aead::Aead;
use super::super::raw::cipher::Cipher as Parts;
use super::{KEY_LENGTHS, KEY_TYPES, parse};
use crate::shell::cipher::{Cipher, Scheme, Uses};
use crate::shell::loader::Loader;
use crate::shell::mac::{Mac, MacMechanism, TagLength, keyed};

pub(crate) static AES_GCM: Cipher<Gcm> =
    Cipher { id: MechanismType::AES_GCM, uses: Uses::DataAndKeys, scheme: Gcm };

pub(crate) static AES_GMAC: MacMechanism<Gmac> = MacMechanism {
    id: MechanismType::AES_GMAC,
    made_for: MechanismType::AES_GMAC,
    key_types: KEY_TYPES,
    key_sizes: KEY_LENGTHS,
    tag: TagLength::Named(gmac_len),
    loader: &Loader {
        name: "aws-lc aes gmac",
        parse: |key| {
            let parsed = |value: &[u8]| {
                // Whether AES has such a key.
                Aead::aes_gcm(value, FULL_TAG)?;
                Some(keyed(MechanismType::AES_GMAC, Secret::copied(value)))
            };
            parse(key, parsed)
        },
    },
    start: |key, parameters| {
        let terms = terms(parameters)?;
        let parts = Parts::gcm(key.expose(), terms.iv).ok_or(EngineError::Failed)?;
        Ok(Gmac { parts, valid: true, tag_len: terms.tag_len })
    },
};

/// The length in bytes of a tag that is not cut.
const FULL_TAG: usize = 16;

/// The longest initialisation vector in bytes that PKCS #11 has.
const IV_MOST: usize = 256;

/// The most data in bytes under one initialisation vector (NIST SP 800-38D section 5.2.1.1).
const DATA_MOST: u64 = (1 << 36) - 32;

/// The Galois/counter mode.
pub(crate) struct Gcm;

/// A key that is ready, and its bytes for what is not whole.
pub(crate) struct GcmKey {
    value: Secret,
    aead: Aead,
}

static GCM: Loader = Loader {
    name: "aws-lc aes gcm",
    parse: |key| {
        parse(key, |value| {
            Some(GcmKey { value: Secret::copied(value), aead: Aead::aes_gcm(value, FULL_TAG)? })
        })
    },
};

/// The parameters, once they fit.
struct Terms<'a> {
    iv: &'a [u8],
    aad: &'a [u8],
    tag_len: usize,
}

/// # Errors
/// [`EngineError::ParametersInvalid`] for an initialisation vector of other than 1 to 256 bytes, and a tag of
/// other than 4, 8 and 12 to 16 (NIST SP 800-38D section 5.2.1.2).
fn terms(parameters: &Parameters) -> Result<Terms<'_>, EngineError> {
    let Parameters::Gcm { iv, aad, tag_len } = parameters else {
        return Err(EngineError::ParametersInvalid);
    };
    let valid = (1..=IV_MOST).contains(&iv.len()) && matches!(tag_len, 4 | 8 | 12..=FULL_TAG);
    if valid { Ok(Terms { iv, aad, tag_len: *tag_len }) } else { Err(EngineError::ParametersInvalid) }
}

fn gmac_len(parameters: &Parameters) -> Result<usize, EngineError> {
    let terms = terms(parameters)?;
    if terms.aad.is_empty() { Ok(terms.tag_len) } else { Err(EngineError::ParametersInvalid) }
}

/// Refuses what is too long for the counter.
fn check_data(len: usize) -> Result<usize, EngineError> {
    if len as u64 <= DATA_MOST { Ok(len) } else { Err(EngineError::DataLength) }
}

impl GcmKey {
    /// Calls with the key for tags of a length.
    fn with<T>(&self, tag_len: usize, call: impl FnOnce(&Aead) -> T) -> Result<T, EngineError> {
        if tag_len == FULL_TAG {
            return Ok(call(&self.aead));
        }
        let aead = Aead::aes_gcm(self.value.expose(), tag_len).ok_or(EngineError::Failed)?;
        Ok(call(&aead))
    }
}

impl Scheme for Gcm {
    type Encrypt = GcmKey;
    type Decrypt = GcmKey;

    const KEY_TYPES: &'static [KeyType] = KEY_TYPES;
    const ENCRYPT: &'static Loader = &GCM;
    const DECRYPT: &'static Loader = &GCM;

    fn key_sizes(&self) -> RangeInclusive<u32> {
        KEY_LENGTHS
    }

    fn check(&self, parameters: &Parameters) -> Result<(), EngineError> {
        terms(parameters).map(|_| ())
    }

    fn encrypted_len(&self, _: &GcmKey, parameters: &Parameters, len: usize) -> Result<usize, EngineError> {
        check_data(len)?.checked_add(terms(parameters)?.tag_len).ok_or(EngineError::DataLength)
    }

    fn decrypted_len(&self, _: &GcmKey, parameters: &Parameters, len: usize) -> Result<usize, EngineError> {
        check_data(len.checked_sub(terms(parameters)?.tag_len).ok_or(EngineError::DataLength)?)
    }

    fn encrypt(
        &self,
        key: &GcmKey,
        parameters: &Parameters,
        plaintext: &[u8],
        out: &mut [u8],
        _: &dyn Random,
    ) -> Result<(), EngineError> {
        let Terms { iv, aad, tag_len } = terms(parameters)?;
        let (body, tag) = out.split_at_mut_checked(plaintext.len()).ok_or(EngineError::DataLength)?;
        let done = key.with(tag_len, |aead| aead.seal(iv, aad, plaintext, body, tag))?;
        if done { Ok(()) } else { Err(EngineError::Failed) }
    }

    fn decrypt(
        &self,
        key: &GcmKey,
        parameters: &Parameters,
        ciphertext: &[u8],
        out: &mut [u8],
        _: &dyn Random,
    ) -> Result<usize, EngineError> {
        let Terms { iv, aad, tag_len } = terms(parameters)?;
        let (body, tag) = ciphertext.split_at_checked(out.len()).ok_or(EngineError::DataLength)?;
        let valid = key.with(tag_len, |aead| aead.open(iv, aad, body, tag, out))?;
        if valid { Ok(body.len()) } else { Err(EngineError::DecryptionFailed) }
    }

    fn encrypt_stream(&self, key: Arc<GcmKey>, parameters: &Parameters) -> Option<Box<dyn CipherStream>> {
        let Terms { iv, aad, tag_len } = terms(parameters).ok()?;
        let mut parts = Parts::gcm(key.value.expose(), iv)?;
        parts.authenticate(aad).then(|| Box::new(Run { parts, tag_len, left: DATA_MOST }) as Box<_>)
    }
}

/// An encryption in the making.
struct Run {
    parts: Parts,
    tag_len: usize,
    /// How many bytes may come.
    left: u64,
}

impl CipherStream for Run {
    fn update_len(&self, len: usize) -> Result<usize, EngineError> {
        if len as u64 <= self.left { Ok(len) } else { Err(EngineError::DataLength) }
    }

    fn update(&mut self, part: &[u8], out: &mut [u8]) -> Result<(), EngineError> {
        let out = out.get_mut(..part.len()).ok_or(EngineError::DataLength)?;
        self.left = self.left.checked_sub(part.len() as u64).ok_or(EngineError::DataLength)?;
        if self.parts.update(part, out) { Ok(()) } else { Err(EngineError::Failed) }
    }

    fn finish_len(&self) -> Result<usize, EngineError> {
        Ok(self.tag_len)
    }

    fn finish(self: Box<Self>, out: &mut [u8]) -> Result<usize, EngineError> {
        let tag = out.get_mut(..self.tag_len).ok_or(EngineError::DataLength)?;
        if self.parts.tag(tag) { Ok(self.tag_len) } else { Err(EngineError::Failed) }
    }
}

/// A GMAC in the making: GCM over nothing but what is authenticated.
pub(crate) struct Gmac {
    parts: Parts,
    /// Whether AWS-LC took every part.
    valid: bool,
    tag_len: usize,
}

impl Mac for Gmac {
    type Key = Secret;

    fn update(&mut self, part: &[u8]) {
        self.valid = self.valid && self.parts.authenticate(part);
    }

    fn finish(self) -> Option<Vec<u8>> {
        let mut tag = vec![0; self.tag_len];
        (self.valid && self.parts.tag(&mut tag)).then_some(tag)
    }
}
