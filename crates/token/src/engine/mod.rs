//! The contract between a token and whatever computes: software, an accelerator, a secure element.
//!
//! An [`Engine`] is a list of [`Mechanism`]s, and a mechanism a set of capabilities, each there or not.
//! The token derives its mechanism table and the `CKF_...` flags from that list; nothing is typed twice.
//! An engine knows no handles, sessions, attributes or PINs: the token asks it only what it has allowed.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::any::Any;
use core::ops::RangeInclusive;

use portcullis_entropy::{Random, RandomError};

use crate::{Curve, KeyMaterial, KeyType, MechanismType, Parameters};

/// A set of mechanisms.
pub trait Engine: Send + Sync {
    /// What this engine can do. A mechanism appears once.
    fn mechanisms(&self) -> &[&'static dyn Mechanism];

    /// The public half of a private key, computed from its secret values alone. A `point` or public
    /// exponent given with them is not trusted.
    ///
    /// # Errors
    /// [`EngineError::KeyInvalid`] when the private key is no valid key, [`EngineError::Unsupported`] when
    /// the engine doesn't know its type.
    fn public_key(&self, private: &KeyMaterial) -> Result<KeyMaterial, EngineError>;
}

/// One mechanism and what can be done with it (`CK_MECHANISM_INFO`).
///
/// Each capability that is `Some` becomes a flag of the mechanism.
pub trait Mechanism: Send + Sync {
    /// Its number.
    fn id(&self) -> MechanismType;

    /// The smallest and the largest key: bits for RSA and curves, bytes for symmetric keys, `0..=0` where
    /// there is no key.
    fn key_sizes(&self) -> RangeInclusive<u32>;

    /// The key type it works with, or `None` where there is no key.
    fn key_type(&self) -> Option<KeyType>;

    /// `CKF_SIGN`
    fn signing(&'static self) -> Option<&'static dyn Signing> {
        None
    }

    /// `CKF_VERIFY`
    fn verifying(&'static self) -> Option<&'static dyn Verifying> {
        None
    }

    /// `CKF_DIGEST`
    fn digesting(&'static self) -> Option<&'static dyn Digesting> {
        None
    }

    /// `CKF_GENERATE` or `CKF_GENERATE_KEY_PAIR`
    fn generating(&'static self) -> Option<&'static dyn Generating> {
        None
    }
}

/// A key as its engine wants it: parsed, checked and ready. Only the loader that made it knows its type.
pub type LoadedKey = Arc<dyn Any + Send + Sync>;

/// Parses keys once, for all mechanisms that name this loader.
pub trait KeyLoader: Send + Sync {
    /// A name unlike that of any other loader of the process, under which the token caches what
    /// [`load`](Self::load) made.
    fn name(&self) -> &'static str;

    /// Parses and checks a key.
    ///
    /// # Errors
    /// [`EngineError::KeyInvalid`] when the values are no valid key of a kind that this loader takes,
    /// [`EngineError::Unsupported`] for a curve or size that the engine doesn't know.
    fn load(&self, key: &KeyMaterial) -> Result<LoadedKey, EngineError>;
}

/// Signs, or computes a MAC (`C_Sign...`).
pub trait Signing: Send + Sync {
    /// Who parses private (or MAC) keys for this mechanism.
    fn loader(&self) -> &'static dyn KeyLoader;

    /// The exact length in bytes of a signature by `key`.
    ///
    /// # Errors
    /// [`EngineError::ParametersInvalid`] when the parameters don't fit mechanism and key,
    /// [`EngineError::Unsupported`] when the key's curve is not the mechanism's.
    fn signature_len(&self, key: &LoadedKey, parameters: &Parameters) -> Result<usize, EngineError>;

    /// Signs a whole message. ECDSA signatures are r and s side by side, each of the curve's length.
    ///
    /// # Errors
    /// [`EngineError::DataLength`] when the mechanism doesn't take a message of this length.
    fn sign(
        &self,
        key: &LoadedKey,
        parameters: &Parameters,
        message: &[u8],
        random: &dyn Random,
    ) -> Result<Vec<u8>, EngineError>;

    /// Starts a signature over parts, or `None` when the engine needs the message whole; the token then
    /// collects the parts. Asked only with parameters that [`signature_len`](Self::signature_len) took.
    fn stream(&self, key: &LoadedKey, parameters: &Parameters) -> Option<Box<dyn SignStream>> {
        let _ = (key, parameters);
        None
    }
}

/// A signature in the making.
pub trait SignStream: Send {
    /// Takes the next part of the message.
    fn update(&mut self, part: &[u8]);

    /// The signature over all parts.
    ///
    /// # Errors
    /// As [`Signing::sign`].
    fn finish(self: Box<Self>, random: &dyn Random) -> Result<Vec<u8>, EngineError>;
}

/// Verifies signatures or MACs (`C_Verify...`).
pub trait Verifying: Send + Sync {
    /// Who parses public (or MAC) keys for this mechanism.
    fn loader(&self) -> &'static dyn KeyLoader;

    /// The exact length in bytes of a signature that `key` can verify.
    ///
    /// # Errors
    /// [`EngineError::ParametersInvalid`] when the parameters don't fit mechanism and key.
    fn signature_len(&self, key: &LoadedKey, parameters: &Parameters) -> Result<usize, EngineError>;

    /// Checks a signature over a whole message.
    ///
    /// # Errors
    /// [`EngineError::SignatureInvalid`] when it is not by this key over this message, whatever the reason.
    fn verify(
        &self,
        key: &LoadedKey,
        parameters: &Parameters,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), EngineError>;

    /// Starts a check over parts, or `None` when the engine needs the message whole.
    fn stream(&self, key: &LoadedKey, parameters: &Parameters) -> Option<Box<dyn VerifyStream>> {
        let _ = (key, parameters);
        None
    }
}

/// A check in the making.
pub trait VerifyStream: Send {
    /// Takes the next part of the message.
    fn update(&mut self, part: &[u8]);

    /// Checks `signature` over all parts.
    ///
    /// # Errors
    /// As [`Verifying::verify`].
    fn finish(self: Box<Self>, signature: &[u8]) -> Result<(), EngineError>;
}

/// Computes digests (`C_Digest...`).
pub trait Digesting: Send + Sync {
    /// The digest's length in bytes.
    fn digest_len(&self) -> usize;

    /// Starts a digest.
    fn stream(&self) -> Box<dyn DigestStream>;
}

/// A digest in the making.
pub trait DigestStream: Send {
    /// Takes the next part.
    fn update(&mut self, part: &[u8]);

    /// The digest over all parts.
    fn finish(self: Box<Self>) -> Vec<u8>;
}

/// Generates keys (`C_GenerateKey`, `C_GenerateKeyPair`).
pub trait Generating: Send + Sync {
    /// Makes a new key out of `random` and nothing else, but for the primes of an RSA key, which may be the
    /// library's own draw where the engine says so. For a pair, the private half; the public half follows
    /// from it.
    ///
    /// # Errors
    /// [`EngineError::Unsupported`] when the mechanism can't make such a key.
    fn generate(&self, wanted: &KeyRequest, random: &dyn Random) -> Result<KeyMaterial, EngineError>;
}

/// What key is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyRequest {
    /// A private key on a curve.
    Ec(Curve),
    /// An RSA private key.
    Rsa {
        /// The modulus's length.
        bits: u32,
        /// e, big-endian.
        public_exponent: Vec<u8>,
    },
    /// A symmetric key.
    Secret {
        /// What it is a key of.
        key_type: KeyType,
        /// Its length in bytes.
        len: usize,
    },
}

/// Why an engine could not do what the token asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EngineError {
    /// The mechanism can't do this with such a key.
    #[error("the engine does not support this")]
    Unsupported,
    /// The values are no valid key.
    #[error("the key's values are not a valid key")]
    KeyInvalid,
    /// The mechanism's parameters are wrong for it or for the key.
    #[error("the mechanism's parameters are not valid")]
    ParametersInvalid,
    /// The mechanism does not take data of this length.
    #[error("the data has a length that the mechanism does not take")]
    DataLength,
    /// The signature is not by this key over this message.
    #[error("the signature is not valid")]
    SignatureInvalid,
    /// No randomness was to be had.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// The engine failed for a reason of its own.
    #[error("the engine failed")]
    Failed,
}
