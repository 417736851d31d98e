//! The contract between a token and whatever computes: software, an accelerator, a secure element.
//!
//! An [`Engine`] is a list of [`Mechanism`]s, and a mechanism a set of capabilities, each there or not.
//! The token derives its mechanism table and the `CKF_...` flags from that list; nothing is typed twice.
//! An engine knows no handles, sessions, attributes or PINs: the token asks it only what it has allowed.

mod cipher;
mod derive;
mod digest;
mod generate;
mod sign;

use alloc::sync::Arc;
use core::any::Any;
use core::ops::RangeInclusive;

use portcullis_entropy::RandomError;

pub use cipher::{CipherStream, Decrypting, Encrypting};
pub use derive::{Decapsulating, Deriving, Encapsulating};
pub use digest::{DigestStream, Digesting};
pub use generate::{Generating, KeyRequest};
pub use sign::{Recovering, SignStream, Signing, VerifyStream, Verifying};

use crate::{KeyMaterial, KeyType, MechanismType, ParameterSet, Secret};

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

    /// The private key of ML-KEM or ML-DSA that a seed of [`ParameterSet::seed_len`] bytes expands to, with its
    /// public half (FIPS 203 section 6.1, FIPS 204 section 6.1).
    ///
    /// # Errors
    /// [`EngineError::Unsupported`] when the engine doesn't know the parameters.
    fn expand(&self, set: ParameterSet, seed: &Secret) -> Result<KeyMaterial, EngineError> {
        let _ = (set, seed);
        Err(EngineError::Unsupported)
    }
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

    /// The key types it works with, none where there is no key. What it generates is of the first.
    fn key_types(&self) -> &'static [KeyType];

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

    /// `CKF_SIGN_RECOVER`
    fn sign_recovering(&'static self) -> Option<&'static dyn Signing> {
        None
    }

    /// `CKF_VERIFY_RECOVER`
    fn verify_recovering(&'static self) -> Option<&'static dyn Recovering> {
        None
    }

    /// `CKF_ENCRYPT`
    fn encrypting(&'static self) -> Option<&'static dyn Encrypting> {
        None
    }

    /// `CKF_DECRYPT`
    fn decrypting(&'static self) -> Option<&'static dyn Decrypting> {
        None
    }

    /// `CKF_WRAP`
    fn wrapping(&'static self) -> Option<&'static dyn Encrypting> {
        None
    }

    /// `CKF_UNWRAP`
    fn unwrapping(&'static self) -> Option<&'static dyn Decrypting> {
        None
    }

    /// `CKF_DERIVE`
    fn deriving(&'static self) -> Option<&'static dyn Deriving> {
        None
    }

    /// `CKF_ENCAPSULATE`
    fn encapsulating(&'static self) -> Option<&'static dyn Encapsulating> {
        None
    }

    /// `CKF_DECAPSULATE`
    fn decapsulating(&'static self) -> Option<&'static dyn Decapsulating> {
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
    /// The ciphertext is not one by this key; nothing more is said about it.
    #[error("the ciphertext is not valid")]
    DecryptionFailed,
    /// The saved state is none of this mechanism.
    #[error("the saved state is not valid")]
    StateInvalid,
    /// No randomness was to be had.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// The engine failed for a reason of its own.
    #[error("the engine failed")]
    Failed,
}
