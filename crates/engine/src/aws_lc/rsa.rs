//! RSASSA-PKCS1-v1_5 and RSASSA-PSS with SHA-1, SHA-2 and SHA-3, both over what the caller hashed, and RSA
//! without a padding (RFC 8017 sections 8.1, 8.2 and 5.2; PKCS #11 3.1, `CKM_RSA_PKCS`, `CKM_RSA_X_509`,
//! `CKM_RSA_PKCS_PSS`, `CKM_SHA..._RSA_PKCS` and `CKM_SHA..._RSA_PKCS_PSS`).
//!
//! Encryption is in [`rsa_encrypt`].

use alloc::vec::Vec;
use core::ops::RangeInclusive;

use portcullis_token::engine::{KeyLoader, LoadedKey, Recovering};
use portcullis_token::{EngineError, KeyType, MechanismType, Parameters, RsaPrivate, RsaPublic};

use super::hash::Hash;
use super::hashed::{Hashed, hashed};
use super::keys::{self, RSA_BITS, RsaSigningKey, RsaVerifyingKey};
use super::raw::{Pss, RsaKey};
use super::rsa_encrypt;
use crate::shell::combined::Combined;
use crate::shell::loader::{Loader, loaded};
use crate::shell::no_parameters;
use crate::shell::signer::{Scheme, Signer};

/// The least that PKCS #1 v1.5 adds to what it pads, in bytes.
const PKCS1_OVERHEAD: usize = 11;

/// RSA with one padding, over what was hashed before.
#[derive(Clone, Copy)]
pub(super) struct Rsa(Padding);

/// How a digest becomes a number.
#[derive(Clone, Copy)]
enum Padding {
    /// None: the message is the number, with zeros before it.
    None,
    /// PKCS #1 v1.5 around what is given: a `DigestInfo`, or whatever else a protocol signs.
    Pkcs1Unhashed,
    /// PKCS #1 v1.5 around the `DigestInfo` of this hash.
    Pkcs1(Hash),
    /// PSS by the parameters, which must name this hash where there is one.
    Pss(Option<Hash>),
}

/// The part of `CKM_RSA_PKCS` that signs.
static PKCS: Signer<Rsa> = Signer { id: MechanismType::RSA_PKCS, scheme: Rsa(Padding::Pkcs1Unhashed) };
/// The part of `CKM_RSA_X_509` that signs.
static X_509: Signer<Rsa> = Signer { id: MechanismType::RSA_X_509, scheme: Rsa(Padding::None) };

pub(super) static RSA_PKCS: Combined =
    Combined { signer: &PKCS, recovering: &Recovery(Padding::Pkcs1Unhashed), cipher: &rsa_encrypt::PKCS };
pub(super) static RSA_X_509: Combined =
    Combined { signer: &X_509, recovering: &Recovery(Padding::None), cipher: &rsa_encrypt::X_509 };
pub(super) static RSA_PKCS_PSS: Signer<Rsa> =
    Signer { id: MechanismType::RSA_PKCS_PSS, scheme: Rsa(Padding::Pss(None)) };

pub(super) static SHA1_RSA_PKCS: Signer<Hashed<Rsa>> = pkcs1(MechanismType::SHA1_RSA_PKCS, Hash::SHA1);
pub(super) static SHA224_RSA_PKCS: Signer<Hashed<Rsa>> = pkcs1(MechanismType::SHA224_RSA_PKCS, Hash::SHA224);
pub(super) static SHA256_RSA_PKCS: Signer<Hashed<Rsa>> = pkcs1(MechanismType::SHA256_RSA_PKCS, Hash::SHA256);
pub(super) static SHA384_RSA_PKCS: Signer<Hashed<Rsa>> = pkcs1(MechanismType::SHA384_RSA_PKCS, Hash::SHA384);
pub(super) static SHA512_RSA_PKCS: Signer<Hashed<Rsa>> = pkcs1(MechanismType::SHA512_RSA_PKCS, Hash::SHA512);
pub(super) static SHA3_224_RSA_PKCS: Signer<Hashed<Rsa>> =
    pkcs1(MechanismType::SHA3_224_RSA_PKCS, Hash::SHA3_224);
pub(super) static SHA3_256_RSA_PKCS: Signer<Hashed<Rsa>> =
    pkcs1(MechanismType::SHA3_256_RSA_PKCS, Hash::SHA3_256);
pub(super) static SHA3_384_RSA_PKCS: Signer<Hashed<Rsa>> =
    pkcs1(MechanismType::SHA3_384_RSA_PKCS, Hash::SHA3_384);
pub(super) static SHA3_512_RSA_PKCS: Signer<Hashed<Rsa>> =
    pkcs1(MechanismType::SHA3_512_RSA_PKCS, Hash::SHA3_512);

pub(super) static SHA1_RSA_PKCS_PSS: Signer<Hashed<Rsa>> = pss(MechanismType::SHA1_RSA_PKCS_PSS, Hash::SHA1);
pub(super) static SHA224_RSA_PKCS_PSS: Signer<Hashed<Rsa>> =
    pss(MechanismType::SHA224_RSA_PKCS_PSS, Hash::SHA224);
pub(super) static SHA256_RSA_PKCS_PSS: Signer<Hashed<Rsa>> =
    pss(MechanismType::SHA256_RSA_PKCS_PSS, Hash::SHA256);
pub(super) static SHA384_RSA_PKCS_PSS: Signer<Hashed<Rsa>> =
    pss(MechanismType::SHA384_RSA_PKCS_PSS, Hash::SHA384);
pub(super) static SHA512_RSA_PKCS_PSS: Signer<Hashed<Rsa>> =
    pss(MechanismType::SHA512_RSA_PKCS_PSS, Hash::SHA512);
pub(super) static SHA3_224_RSA_PKCS_PSS: Signer<Hashed<Rsa>> =
    pss(MechanismType::SHA3_224_RSA_PKCS_PSS, Hash::SHA3_224);
pub(super) static SHA3_256_RSA_PKCS_PSS: Signer<Hashed<Rsa>> =
    pss(MechanismType::SHA3_256_RSA_PKCS_PSS, Hash::SHA3_256);
pub(super) static SHA3_384_RSA_PKCS_PSS: Signer<Hashed<Rsa>> =
    pss(MechanismType::SHA3_384_RSA_PKCS_PSS, Hash::SHA3_384);
pub(super) static SHA3_512_RSA_PKCS_PSS: Signer<Hashed<Rsa>> =
    pss(MechanismType::SHA3_512_RSA_PKCS_PSS, Hash::SHA3_512);

/// The public half of a private key, all of whose values must fit each other.
///
/// # Errors
/// [`EngineError::KeyInvalid`] when they don't.
pub(super) fn public_half(key: &RsaPrivate) -> Result<RsaPublic, EngineError> {
    keys::rsa_private(key)?;
    Ok(key.public.clone())
}

const fn pkcs1(id: MechanismType, hash: Hash) -> Signer<Hashed<Rsa>> {
    hashed(id, hash, Rsa(Padding::Pkcs1(hash)))
}

const fn pss(id: MechanismType, hash: Hash) -> Signer<Hashed<Rsa>> {
    hashed(id, hash, Rsa(Padding::Pss(Some(hash))))
}

impl Rsa {
    /// The length of a signature, once the parameters fit.
    fn len(&self, key: &RsaKey, parameters: &Parameters) -> Result<usize, EngineError> {
        match self.0 {
            Padding::None | Padding::Pkcs1Unhashed | Padding::Pkcs1(_) => no_parameters(parameters)?,
            Padding::Pss(hash) => {
                pss_of(hash, key, parameters)?;
            }
        }
        Ok(key.len())
    }
}

/// The PSS padding that the parameters name.
///
/// # Errors
/// [`EngineError::ParametersInvalid`] when they are no PSS parameters, name an unknown hash or another than
/// `expected`, or a salt for which the key is too short (RFC 8017 section 9.1.1, step 3).
fn pss_of(expected: Option<Hash>, key: &RsaKey, parameters: &Parameters) -> Result<Pss, EngineError> {
    let invalid = EngineError::ParametersInvalid;
    let Parameters::RsaPss { hash, mgf, salt_len } = parameters else { return Err(invalid) };
    if expected.is_some_and(|expected| expected.name != Some(*hash)) {
        return Err(invalid);
    }
    let encoded_len = (key.bits() - 1).div_ceil(8) as usize;
    if salt_len.saturating_add(hash.digest_len()).saturating_add(2) > encoded_len {
        return Err(invalid);
    }
    Ok(Pss {
        hash: Hash::named(*hash).ok_or(invalid)?,
        mgf: Hash::named(*mgf).ok_or(invalid)?,
        salt_len: u16::try_from(*salt_len).map_err(|_| invalid)?,
    })
}

/// Refuses a digest of another length than its hash's.
fn check_digest(hash: Hash, digest: &[u8]) -> Result<(), EngineError> {
    if digest.len() == hash.len { Ok(()) } else { Err(EngineError::DataLength) }
}

impl Scheme for Rsa {
    type Private = RsaSigningKey;
    type Public = RsaVerifyingKey;

    const KEY_TYPES: &'static [KeyType] = &[KeyType::Rsa];
    const PRIVATE: &'static Loader = &keys::RSA_PRIVATE;
    const PUBLIC: &'static Loader = &keys::RSA_PUBLIC;

    fn key_sizes(&self) -> RangeInclusive<u32> {
        RSA_BITS
    }

    fn len_by(&self, key: &RsaSigningKey, parameters: &Parameters) -> Result<usize, EngineError> {
        self.len(&key.key, parameters)
    }

    fn len_for(&self, key: &RsaVerifyingKey, parameters: &Parameters) -> Result<usize, EngineError> {
        self.len(&key.0, parameters)
    }

    fn sign(
        &self,
        RsaSigningKey { key, .. }: &RsaSigningKey,
        parameters: &Parameters,
        digest: &[u8],
    ) -> Result<Vec<u8>, EngineError> {
        let signature = match self.0 {
            Padding::Pkcs1Unhashed if digest.len().saturating_add(PKCS1_OVERHEAD) > key.len() => {
                return Err(EngineError::DataLength);
            }
            Padding::None => {
                // Too large a number fails like too long a message.
                return key.sign_unpadded(&padded(digest, key.len())?).ok_or(EngineError::DataLength);
            }
            Padding::Pkcs1Unhashed => key.sign_unhashed(digest),
            Padding::Pkcs1(hash) => key.sign(hash, digest),
            Padding::Pss(hash) => {
                let pss = pss_of(hash, key, parameters)?;
                check_digest(pss.hash, digest)?;
                key.sign_pss(&pss, digest)
            }
        };
        signature.ok_or(EngineError::Failed)
    }

    fn verify(
        &self,
        RsaVerifyingKey(key): &RsaVerifyingKey,
        parameters: &Parameters,
        digest: &[u8],
        signature: &[u8],
    ) -> Result<(), EngineError> {
        let valid = match self.0 {
            Padding::None => key.recover_unpadded(signature).as_ref() == Some(&padded(digest, key.len())?),
            Padding::Pkcs1Unhashed => key.recover(signature).as_deref() == Some(digest),
            Padding::Pkcs1(hash) => key.verify(hash, digest, signature),
            Padding::Pss(hash) => {
                let pss = pss_of(hash, key, parameters)?;
                check_digest(pss.hash, digest)?;
                key.verify_pss(&pss, digest, signature)
            }
        };
        if valid { Ok(()) } else { Err(EngineError::SignatureInvalid) }
    }
}

/// A message with as many zeros before it as the key has room for.
///
/// # Errors
/// [`EngineError::DataLength`] when it is empty, which is no number, or longer than the key.
pub(super) fn padded(message: &[u8], len: usize) -> Result<Vec<u8>, EngineError> {
    if message.is_empty() {
        return Err(EngineError::DataLength);
    }
    let zeros = len.checked_sub(message.len()).ok_or(EngineError::DataLength)?;
    Ok(core::iter::repeat_n(0, zeros).chain(message.iter().copied()).collect())
}

/// Gets back what a signature without a hash was made over.
struct Recovery(Padding);

impl Recovering for Recovery {
    fn loader(&self) -> &'static dyn KeyLoader {
        &keys::RSA_PUBLIC
    }

    fn signature_len(&self, key: &LoadedKey, parameters: &Parameters) -> Result<usize, EngineError> {
        let RsaVerifyingKey(key) = loaded(key)?;
        Rsa(self.0).len(key, parameters)
    }

    fn recover(
        &self,
        key: &LoadedKey,
        parameters: &Parameters,
        signature: &[u8],
    ) -> Result<Vec<u8>, EngineError> {
        self.signature_len(key, parameters)?;
        let RsaVerifyingKey(key) = loaded(key)?;
        let message = match self.0 {
            Padding::None => key.recover_unpadded(signature),
            _ => key.recover(signature),
        };
        message.ok_or(EngineError::SignatureInvalid)
    }
}
