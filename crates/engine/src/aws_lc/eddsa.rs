//! EdDSA: Ed25519 (RFC 8032 section 5.1; PKCS #11 3.1, `CKM_EDDSA` without parameters).
//!
//! Ed448 and the context and prehash variants are not here.

use alloc::vec::Vec;
use core::ops::RangeInclusive;

use aws_lc_rs::error::Unspecified;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair, ParsedPublicKey};
use portcullis_token::{Curve, EngineError, KeyType, MechanismType, Parameters};

use super::keys;
use crate::shell::loader::Loader;
use crate::shell::no_parameters;
use crate::shell::signer::{Scheme, Signer};

/// The length of r and s together.
const SIGNATURE_LEN: usize = 64;

/// Ed25519.
pub(super) struct Eddsa;

pub(super) static EDDSA: Signer<Eddsa> = Signer { id: MechanismType::EDDSA, scheme: Eddsa };

/// The public key of a seed.
///
/// # Errors
/// [`EngineError::KeyInvalid`] unless the seed has 32 bytes.
pub(super) fn public_point(seed: &[u8]) -> Result<Vec<u8>, EngineError> {
    let pair = Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| EngineError::KeyInvalid)?;
    Ok(pair.public_key().as_ref().to_vec())
}

impl Scheme for Eddsa {
    type Private = Ed25519KeyPair;
    type Public = ParsedPublicKey;

    const KEY_TYPES: &'static [KeyType] = &[KeyType::EcEdwards];
    const PRIVATE: &'static Loader = &keys::ED25519_PRIVATE;
    const PUBLIC: &'static Loader = &keys::ED25519_PUBLIC;

    fn key_sizes(&self) -> RangeInclusive<u32> {
        Curve::Ed25519.bits()..=Curve::Ed25519.bits()
    }

    fn len_by(&self, _key: &Ed25519KeyPair, parameters: &Parameters) -> Result<usize, EngineError> {
        no_parameters(parameters)?;
        Ok(SIGNATURE_LEN)
    }

    fn len_for(&self, _key: &ParsedPublicKey, parameters: &Parameters) -> Result<usize, EngineError> {
        no_parameters(parameters)?;
        Ok(SIGNATURE_LEN)
    }

    fn sign(&self, key: &Ed25519KeyPair, _: &Parameters, message: &[u8]) -> Result<Vec<u8>, EngineError> {
        let signature = key.try_sign(message).map_err(|Unspecified| EngineError::Failed)?;
        Ok(signature.as_ref().to_vec())
    }

    fn verify(
        &self,
        key: &ParsedPublicKey,
        _: &Parameters,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), EngineError> {
        key.verify_sig(message, signature).map_err(|Unspecified| EngineError::SignatureInvalid)
    }
}
