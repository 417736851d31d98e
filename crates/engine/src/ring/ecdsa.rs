//! ECDSA with SHA-256 on P-256 and with SHA-384 on P-384 (FIPS 186-5 section 6; PKCS #11 3.1 sections
//! 6.3.12 and 6.3.13). A signature is r and s side by side, each of the curve's length.
//!
//! Not here: the DER form of a signature (the key service's), other pairs of curve and hash, and a digest
//! given by the caller, for which `ring` has no way.

use alloc::vec::Vec;
use core::ops::RangeInclusive;

use portcullis_entropy::Random;
use portcullis_token::engine::{KeyLoader, LoadedKey, Signing, Verifying};
use portcullis_token::{Curve, EngineError, KeyType, Mechanism, MechanismType, Parameters};
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, EcdsaVerificationAlgorithm, UnparsedPublicKey,
};

use super::keys::{self, EcPrivate, EcPublic, loaded};
use super::no_parameters;

/// A mechanism that signs with ECDSA on one curve.
pub(super) struct Ecdsa {
    id: MechanismType,
    curve: Curve,
    verification: &'static EcdsaVerificationAlgorithm,
}

pub(super) static ECDSA_SHA256: Ecdsa =
    Ecdsa { id: MechanismType::ECDSA_SHA256, curve: Curve::P256, verification: &ECDSA_P256_SHA256_FIXED };
pub(super) static ECDSA_SHA384: Ecdsa =
    Ecdsa { id: MechanismType::ECDSA_SHA384, curve: Curve::P384, verification: &ECDSA_P384_SHA384_FIXED };

impl Ecdsa {
    /// The length of a signature, once parameters and curve are found to fit.
    fn fit(&self, curve: Curve, parameters: &Parameters) -> Result<usize, EngineError> {
        no_parameters(parameters)?;
        if curve == self.curve { Ok(2 * curve.scalar_len()) } else { Err(EngineError::Unsupported) }
    }
}

impl Mechanism for Ecdsa {
    fn id(&self) -> MechanismType {
        self.id
    }

    fn key_sizes(&self) -> RangeInclusive<u32> {
        self.curve.bits()..=self.curve.bits()
    }

    fn key_type(&self) -> Option<KeyType> {
        Some(KeyType::Ec)
    }

    fn signing(&'static self) -> Option<&'static dyn Signing> {
        Some(self)
    }

    fn verifying(&'static self) -> Option<&'static dyn Verifying> {
        Some(self)
    }
}

impl Signing for Ecdsa {
    fn loader(&self) -> &'static dyn KeyLoader {
        &keys::EC_PRIVATE
    }

    fn signature_len(&self, key: &LoadedKey, parameters: &Parameters) -> Result<usize, EngineError> {
        self.fit(loaded::<EcPrivate>(key)?.curve, parameters)
    }

    fn sign(
        &self,
        key: &LoadedKey,
        parameters: &Parameters,
        message: &[u8],
        _random: &dyn Random,
    ) -> Result<Vec<u8>, EngineError> {
        let key: &EcPrivate = loaded(key)?;
        self.fit(key.curve, parameters)?;
        let signature = key.pair.sign(&SystemRandom::new(), message).map_err(|_| EngineError::Failed)?;
        Ok(signature.as_ref().to_vec())
    }
}

impl Verifying for Ecdsa {
    fn loader(&self) -> &'static dyn KeyLoader {
        &keys::EC_PUBLIC
    }

    fn signature_len(&self, key: &LoadedKey, parameters: &Parameters) -> Result<usize, EngineError> {
        self.fit(loaded::<EcPublic>(key)?.curve, parameters)
    }

    fn verify(
        &self,
        key: &LoadedKey,
        parameters: &Parameters,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), EngineError> {
        let key: &EcPublic = loaded(key)?;
        self.fit(key.curve, parameters)?;
        UnparsedPublicKey::new(self.verification, &key.point)
            .verify(message, signature)
            .map_err(|_| EngineError::SignatureInvalid)
    }
}
