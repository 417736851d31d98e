//! EdDSA: Ed25519 (RFC 8032 section 5.1; PKCS #11 3.1, `CKM_EDDSA` without parameters).
//!
//! Ed448 and the context and prehash variants are not here.

use alloc::vec::Vec;
use core::ops::RangeInclusive;

use portcullis_token::{Curve, EngineError, KeyType, MechanismType, Parameters};
use ring::error::Unspecified;
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};

use super::keys::{self, Ed25519Public, Loader};
use super::no_parameters;
use super::signer::{Scheme, Signer};

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
    type Public = Ed25519Public;

    const KEY_TYPE: KeyType = KeyType::EcEdwards;
    const PRIVATE: &'static Loader = &keys::ED25519_PRIVATE;
    const PUBLIC: &'static Loader = &keys::ED25519_PUBLIC;

    fn key_sizes(&self) -> RangeInclusive<u32> {
        Curve::Ed25519.bits()..=Curve::Ed25519.bits()
    }

    fn check(&self, parameters: &Parameters) -> Result<(), EngineError> {
        no_parameters(parameters)
    }

    fn len_by(&self, _key: &Ed25519KeyPair) -> Result<usize, EngineError> {
        Ok(SIGNATURE_LEN)
    }

    fn len_for(&self, _key: &Ed25519Public) -> Result<usize, EngineError> {
        Ok(SIGNATURE_LEN)
    }

    fn sign(&self, key: &Ed25519KeyPair, message: &[u8]) -> Result<Vec<u8>, Unspecified> {
        Ok(key.sign(message).as_ref().to_vec())
    }

    fn verify(&self, key: &Ed25519Public, message: &[u8], signature: &[u8]) -> Result<(), Unspecified> {
        UnparsedPublicKey::new(&ED25519, &key.0).verify(message, signature)
    }
}
