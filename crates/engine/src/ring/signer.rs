//! The shell that makes a public-key signature scheme a mechanism: finds the key, has the parameters
//! checked, and only then signs or verifies. The schemes are in [`rsa`](super::rsa),
//! [`ecdsa`](super::ecdsa) and [`eddsa`](super::eddsa); HMAC, which streams, has its own.

use alloc::vec::Vec;
use core::ops::RangeInclusive;

use portcullis_entropy::Random;
use portcullis_token::engine::{KeyLoader, LoadedKey, Signing, Verifying};
use portcullis_token::{EngineError, KeyType, Mechanism, MechanismType, Parameters};
use ring::error::Unspecified;

use super::keys::{Loader, loaded};

/// A signature scheme over key pairs of one type.
pub(super) trait Scheme: Send + Sync + 'static {
    /// What [`PRIVATE`](Self::PRIVATE) makes.
    type Private: 'static;
    /// What [`PUBLIC`](Self::PUBLIC) makes.
    type Public: 'static;

    /// The type of its keys.
    const KEY_TYPE: KeyType;
    /// The loader of private keys.
    const PRIVATE: &'static Loader;
    /// The loader of public keys.
    const PUBLIC: &'static Loader;

    /// The lengths in bits that a key may have.
    fn key_sizes(&self) -> RangeInclusive<u32>;

    /// Checks the parameters.
    fn check(&self, parameters: &Parameters) -> Result<(), EngineError>;

    /// The length of a signature by a key that fits the scheme.
    fn len_by(&self, key: &Self::Private) -> Result<usize, EngineError>;

    /// The length of a signature for a key that fits the scheme.
    fn len_for(&self, key: &Self::Public) -> Result<usize, EngineError>;

    /// Signs with a key that fits.
    fn sign(&self, key: &Self::Private, message: &[u8]) -> Result<Vec<u8>, Unspecified>;

    /// Verifies with a key that fits.
    fn verify(&self, key: &Self::Public, message: &[u8], signature: &[u8]) -> Result<(), Unspecified>;
}

/// A mechanism that signs and verifies by a scheme.
pub(super) struct Signer<S> {
    pub(super) id: MechanismType,
    pub(super) scheme: S,
}

impl<S: Scheme> Mechanism for Signer<S> {
    fn id(&self) -> MechanismType {
        self.id
    }

    fn key_sizes(&self) -> RangeInclusive<u32> {
        self.scheme.key_sizes()
    }

    fn key_type(&self) -> Option<KeyType> {
        Some(S::KEY_TYPE)
    }

    fn signing(&'static self) -> Option<&'static dyn Signing> {
        Some(self)
    }

    fn verifying(&'static self) -> Option<&'static dyn Verifying> {
        Some(self)
    }
}

impl<S: Scheme> Signing for Signer<S> {
    fn loader(&self) -> &'static dyn KeyLoader {
        S::PRIVATE
    }

    fn signature_len(&self, key: &LoadedKey, parameters: &Parameters) -> Result<usize, EngineError> {
        self.scheme.check(parameters)?;
        self.scheme.len_by(loaded(key)?)
    }

    fn sign(
        &self,
        key: &LoadedKey,
        parameters: &Parameters,
        message: &[u8],
        _random: &dyn Random,
    ) -> Result<Vec<u8>, EngineError> {
        Signing::signature_len(self, key, parameters)?;
        self.scheme.sign(loaded(key)?, message).map_err(|Unspecified| EngineError::Failed)
    }
}

impl<S: Scheme> Verifying for Signer<S> {
    fn loader(&self) -> &'static dyn KeyLoader {
        S::PUBLIC
    }

    fn signature_len(&self, key: &LoadedKey, parameters: &Parameters) -> Result<usize, EngineError> {
        self.scheme.check(parameters)?;
        self.scheme.len_for(loaded(key)?)
    }

    fn verify(
        &self,
        key: &LoadedKey,
        parameters: &Parameters,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), EngineError> {
        Verifying::signature_len(self, key, parameters)?;
        let verdict = self.scheme.verify(loaded(key)?, message, signature);
        verdict.map_err(|Unspecified| EngineError::SignatureInvalid)
    }
}
