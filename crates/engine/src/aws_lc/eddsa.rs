//! EdDSA on edwards25519 (RFC 8032 section 5.1; PKCS #11 3.1, `CKM_EDDSA`): Ed25519 without parameters, and with
//! them Ed25519ctx or, where the message is to be hashed first, Ed25519ph.
//!
//! Ed448 is not here.

use alloc::vec::Vec;
use core::ops::RangeInclusive;

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use portcullis_token::{Curve, EngineError, KeyType, MechanismType, Parameters};

use super::keys::{self, EdPrivate, EdPublic};
use super::raw::edwards::{self, Variant};
use crate::shell::loader::Loader;
use crate::shell::signer::{Scheme, Signer};

/// The length of r and s together.
const SIGNATURE_LEN: usize = 64;

/// Ed25519 and its variants.
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

/// The most that a context has (RFC 8032 section 5.1).
const CONTEXT_MOST: usize = 255;

/// The variant that the parameters name: none is the plain scheme. AWS-LC has no Ed25519ctx with an empty
/// context, which the RFC advises against.
fn variant(parameters: &Parameters) -> Result<Option<Variant<'_>>, EngineError> {
    match parameters {
        Parameters::None => Ok(None),
        Parameters::Eddsa { context, .. } if context.len() > CONTEXT_MOST => {
            Err(EngineError::ParametersInvalid)
        }
        Parameters::Eddsa { prehash: true, context } => Ok(Some(Variant::Prehash(context))),
        Parameters::Eddsa { prehash: false, context } if !context.is_empty() => {
            Ok(Some(Variant::Context(context)))
        }
        _ => Err(EngineError::ParametersInvalid),
    }
}

impl Scheme for Eddsa {
    type Private = EdPrivate;
    type Public = EdPublic;

    const KEY_TYPES: &'static [KeyType] = &[KeyType::EcEdwards];
    const PRIVATE: &'static Loader = &keys::ED25519_PRIVATE;
    const PUBLIC: &'static Loader = &keys::ED25519_PUBLIC;

    fn key_sizes(&self) -> RangeInclusive<u32> {
        Curve::Ed25519.bits()..=Curve::Ed25519.bits()
    }

    fn len_by(&self, _key: &EdPrivate, parameters: &Parameters) -> Result<usize, EngineError> {
        variant(parameters).map(|_| SIGNATURE_LEN)
    }

    fn len_for(&self, _key: &EdPublic, parameters: &Parameters) -> Result<usize, EngineError> {
        variant(parameters).map(|_| SIGNATURE_LEN)
    }

    fn sign(&self, key: &EdPrivate, parameters: &Parameters, message: &[u8]) -> Result<Vec<u8>, EngineError> {
        let signature = match variant(parameters)? {
            None => key.pair.try_sign(message).ok().map(|signature| signature.as_ref().to_vec()),
            Some(variant) => edwards::sign(variant, &key.seeded, message).map(Vec::from),
        };
        signature.ok_or(EngineError::Failed)
    }

    fn verify(
        &self,
        key: &EdPublic,
        parameters: &Parameters,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), EngineError> {
        let valid = match variant(parameters)? {
            None => key.key.verify_sig(message, signature).is_ok(),
            Some(variant) => signature
                .try_into()
                .is_ok_and(|signature| edwards::verify(variant, &key.bytes, message, signature)),
        };
        if valid { Ok(()) } else { Err(EngineError::SignatureInvalid) }
    }
}
