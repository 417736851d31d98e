//! The shell that makes a public-key signature scheme a mechanism: finds the key, has the parameters
//! checked, and only then signs or verifies. The schemes are with their library; HMAC has a shell of its own.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::ops::RangeInclusive;

use portcullis_entropy::Random;
use portcullis_token::engine::{KeyLoader, LoadedKey, SignStream, Signing, VerifyStream, Verifying};
use portcullis_token::{EngineError, KeyType, Mechanism, MechanismType, Parameters};

use super::loader::{Loader, loaded};

/// A signature scheme over key pairs of one type.
pub(crate) trait Scheme: Send + Sync + 'static {
    /// What [`PRIVATE`](Self::PRIVATE) makes.
    type Private: 'static;
    /// What [`PUBLIC`](Self::PUBLIC) makes.
    type Public: 'static;

    /// The types of its keys.
    const KEY_TYPES: &'static [KeyType];
    /// The loader of private keys.
    const PRIVATE: &'static Loader;
    /// The loader of public keys.
    const PUBLIC: &'static Loader;

    /// The lengths in bits that a key may have.
    fn key_sizes(&self) -> RangeInclusive<u32>;

    /// The length of a signature by a key, once the parameters fit it and the scheme.
    fn len_by(&self, key: &Self::Private, parameters: &Parameters) -> Result<usize, EngineError>;

    /// The length of a signature for a key, once the parameters fit it and the scheme.
    fn len_for(&self, key: &Self::Public, parameters: &Parameters) -> Result<usize, EngineError>;

    /// Signs, with a key and parameters for which [`len_by`](Self::len_by) had a length.
    fn sign(
        &self,
        key: &Self::Private,
        parameters: &Parameters,
        message: &[u8],
    ) -> Result<Vec<u8>, EngineError>;

    /// Verifies, with a key and parameters for which [`len_for`](Self::len_for) had a length. An error of
    /// any kind is a signature that is not valid.
    fn verify(
        &self,
        key: &Self::Public,
        parameters: &Parameters,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), EngineError>;

    /// Starts a signature over parts, with a key and parameters that fit, if the scheme can.
    fn sign_stream(&self, _key: &LoadedKey, _parameters: &Parameters) -> Option<Box<dyn SignStream>> {
        None
    }

    /// Starts a check over parts, with a key and parameters that fit, if the scheme can.
    fn verify_stream(&self, _key: &LoadedKey, _parameters: &Parameters) -> Option<Box<dyn VerifyStream>> {
        None
    }
}

/// A mechanism that signs and verifies by a scheme.
pub(crate) struct Signer<S> {
    pub(crate) id: MechanismType,
    pub(crate) scheme: S,
}

impl<S: Scheme> Mechanism for Signer<S> {
    fn id(&self) -> MechanismType {
        self.id
    }

    fn key_sizes(&self) -> RangeInclusive<u32> {
        self.scheme.key_sizes()
    }

    fn key_types(&self) -> &'static [KeyType] {
        S::KEY_TYPES
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
        self.scheme.len_by(loaded(key)?, parameters)
    }

    fn sign(
        &self,
        key: &LoadedKey,
        parameters: &Parameters,
        message: &[u8],
        _random: &dyn Random,
    ) -> Result<Vec<u8>, EngineError> {
        Signing::signature_len(self, key, parameters)?;
        self.scheme.sign(loaded(key)?, parameters, message)
    }

    fn stream(&self, key: &LoadedKey, parameters: &Parameters) -> Option<Box<dyn SignStream>> {
        Signing::signature_len(self, key, parameters).ok()?;
        self.scheme.sign_stream(key, parameters)
    }
}

impl<S: Scheme> Verifying for Signer<S> {
    fn loader(&self) -> &'static dyn KeyLoader {
        S::PUBLIC
    }

    fn signature_len(&self, key: &LoadedKey, parameters: &Parameters) -> Result<usize, EngineError> {
        self.scheme.len_for(loaded(key)?, parameters)
    }

    fn verify(
        &self,
        key: &LoadedKey,
        parameters: &Parameters,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), EngineError> {
        Verifying::signature_len(self, key, parameters)?;
        let verdict = self.scheme.verify(loaded(key)?, parameters, message, signature);
        verdict.map_err(|_| EngineError::SignatureInvalid)
    }

    fn stream(&self, key: &LoadedKey, parameters: &Parameters) -> Option<Box<dyn VerifyStream>> {
        Verifying::signature_len(self, key, parameters).ok()?;
        self.scheme.verify_stream(key, parameters)
    }
}
