//! ECDSA with SHA-256 on P-256 and with SHA-384 on P-384 (FIPS 186-5 section 6; PKCS #11 3.1,
//! `CKM_ECDSA_SHA256` and `CKM_ECDSA_SHA384`). A signature is r and s side by side, each of the curve's length.
//!
//! Not here: the DER form of a signature (the key service's), other pairs of curve and hash, and a digest
//! given by the caller, for which `ring` has no way.

use alloc::vec::Vec;
use core::ops::RangeInclusive;

use portcullis_token::{Curve, EngineError, KeyType, MechanismType, Parameters};
use ring::error::Unspecified;
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, EcdsaVerificationAlgorithm, UnparsedPublicKey,
};

use super::keys::{self, EcPrivate, EcPublic};
use crate::shell::loader::Loader;
use crate::shell::no_parameters;
use crate::shell::signer::{Scheme, Signer};

/// ECDSA on one curve, with the hash that `ring` pairs with it.
pub(super) struct Ecdsa {
    curve: Curve,
    verification: &'static EcdsaVerificationAlgorithm,
}

pub(super) static ECDSA_SHA256: Signer<Ecdsa> = Signer {
    id: MechanismType::ECDSA_SHA256,
    scheme: Ecdsa { curve: Curve::P256, verification: &ECDSA_P256_SHA256_FIXED },
};
pub(super) static ECDSA_SHA384: Signer<Ecdsa> = Signer {
    id: MechanismType::ECDSA_SHA384,
    scheme: Ecdsa { curve: Curve::P384, verification: &ECDSA_P384_SHA384_FIXED },
};

impl Ecdsa {
    /// The length of a signature on the key's curve, which must be the scheme's.
    fn len_on(&self, curve: Curve, parameters: &Parameters) -> Result<usize, EngineError> {
        no_parameters(parameters)?;
        if curve == self.curve { Ok(2 * curve.scalar_len()) } else { Err(EngineError::Unsupported) }
    }
}

impl Scheme for Ecdsa {
    type Private = EcPrivate;
    type Public = EcPublic;

    const KEY_TYPES: &'static [KeyType] = &[KeyType::Ec];
    const PRIVATE: &'static Loader = &keys::EC_PRIVATE;
    const PUBLIC: &'static Loader = &keys::EC_PUBLIC;

    fn key_sizes(&self) -> RangeInclusive<u32> {
        self.curve.bits()..=self.curve.bits()
    }

    fn len_by(&self, key: &EcPrivate, parameters: &Parameters) -> Result<usize, EngineError> {
        self.len_on(key.curve, parameters)
    }

    fn len_for(&self, key: &EcPublic, parameters: &Parameters) -> Result<usize, EngineError> {
        self.len_on(key.curve, parameters)
    }

    fn sign(&self, key: &EcPrivate, _: &Parameters, message: &[u8]) -> Result<Vec<u8>, EngineError> {
        let signature = key.pair.sign(&SystemRandom::new(), message);
        Ok(signature.map_err(|Unspecified| EngineError::Failed)?.as_ref().to_vec())
    }

    fn verify(
        &self,
        key: &EcPublic,
        _: &Parameters,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), EngineError> {
        let verdict = UnparsedPublicKey::new(self.verification, &key.point).verify(message, signature);
        verdict.map_err(|Unspecified| EngineError::SignatureInvalid)
    }
}
