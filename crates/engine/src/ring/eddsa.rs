//! EdDSA: Ed25519 (RFC 8032 section 5.1; PKCS #11 3.1 section 6.3.14 without parameters).
//!
//! Ed448 and the context and prehash variants are not here.

use alloc::vec::Vec;
use core::ops::RangeInclusive;

use portcullis_entropy::Random;
use portcullis_token::engine::{KeyLoader, LoadedKey, Signing, Verifying};
use portcullis_token::{Curve, EngineError, KeyType, Mechanism, MechanismType, Parameters};
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};

use super::keys::{self, Ed25519Public, loaded};
use super::no_parameters;

/// The length of r and s together.
const SIGNATURE_LEN: usize = 64;

/// The one mechanism that signs with EdDSA.
pub(super) struct Eddsa;

pub(super) static EDDSA: Eddsa = Eddsa;

/// The public key of a seed.
///
/// # Errors
/// [`EngineError::KeyInvalid`] unless the seed has 32 bytes.
pub(super) fn public_point(seed: &[u8]) -> Result<Vec<u8>, EngineError> {
    let pair = Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| EngineError::KeyInvalid)?;
    Ok(pair.public_key().as_ref().to_vec())
}

impl Mechanism for Eddsa {
    fn id(&self) -> MechanismType {
        MechanismType::EDDSA
    }

    fn key_sizes(&self) -> RangeInclusive<u32> {
        Curve::Ed25519.bits()..=Curve::Ed25519.bits()
    }

    fn key_type(&self) -> Option<KeyType> {
        Some(KeyType::EcEdwards)
    }

    fn signing(&'static self) -> Option<&'static dyn Signing> {
        Some(self)
    }

    fn verifying(&'static self) -> Option<&'static dyn Verifying> {
        Some(self)
    }
}

impl Signing for Eddsa {
    fn loader(&self) -> &'static dyn KeyLoader {
        &keys::ED25519_PRIVATE
    }

    fn signature_len(&self, key: &LoadedKey, parameters: &Parameters) -> Result<usize, EngineError> {
        no_parameters(parameters)?;
        loaded::<Ed25519KeyPair>(key).map(|_| SIGNATURE_LEN)
    }

    fn sign(
        &self,
        key: &LoadedKey,
        parameters: &Parameters,
        message: &[u8],
        _random: &dyn Random,
    ) -> Result<Vec<u8>, EngineError> {
        no_parameters(parameters)?;
        Ok(loaded::<Ed25519KeyPair>(key)?.sign(message).as_ref().to_vec())
    }
}

impl Verifying for Eddsa {
    fn loader(&self) -> &'static dyn KeyLoader {
        &keys::ED25519_PUBLIC
    }

    fn signature_len(&self, key: &LoadedKey, parameters: &Parameters) -> Result<usize, EngineError> {
        no_parameters(parameters)?;
        loaded::<Ed25519Public>(key).map(|_| SIGNATURE_LEN)
    }

    fn verify(
        &self,
        key: &LoadedKey,
        parameters: &Parameters,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), EngineError> {
        no_parameters(parameters)?;
        let Ed25519Public(point) = loaded(key)?;
        UnparsedPublicKey::new(&ED25519, point)
            .verify(message, signature)
            .map_err(|_| EngineError::SignatureInvalid)
    }
}
