//! The capabilities to derive a secret from a key, and to agree on one by encapsulation (PKCS #11 v3.2
//! sections 5.18.5, 5.18.8 and 5.18.9).

use alloc::vec::Vec;

use portcullis_entropy::Random;

use super::{EngineError, KeyLoader, LoadedKey};
use crate::{Parameters, Secret};

/// Derives secret bytes from a key (`C_DeriveKey`). Which keys become of them is the token's to say.
pub trait Deriving: Send + Sync {
    /// Who parses base keys for this mechanism.
    fn loader(&self) -> &'static dyn KeyLoader;

    /// Derives `len` bytes; with `None`, as many as the mechanism gives by itself. Where the mechanism cuts a
    /// longer value it cuts as its section of the standard says. No parameter is a key any more: the token has
    /// put its value in place.
    ///
    /// # Errors
    /// [`EngineError::ParametersInvalid`] when the parameters don't fit mechanism and key (a point of another
    /// curve, say), [`EngineError::DataLength`] when the mechanism can't give `len` bytes, or needs to be told
    /// how many.
    fn derive(
        &self,
        key: &LoadedKey,
        parameters: &Parameters,
        len: Option<usize>,
    ) -> Result<Secret, EngineError>;
}

/// Makes a shared secret for the holder of a private key (`C_EncapsulateKey`).
pub trait Encapsulating: Send + Sync {
    /// Who parses public keys for this mechanism.
    fn loader(&self) -> &'static dyn KeyLoader;

    /// The exact length in bytes of the ciphertext for `key`.
    ///
    /// # Errors
    /// [`EngineError::ParametersInvalid`] when the parameters don't fit mechanism and key.
    fn ciphertext_len(&self, key: &LoadedKey, parameters: &Parameters) -> Result<usize, EngineError>;

    /// A new shared secret, and the ciphertext that tells the holder of the private key.
    ///
    /// # Errors
    /// [`EngineError::Random`] when there is no randomness.
    fn encapsulate(
        &self,
        key: &LoadedKey,
        parameters: &Parameters,
        random: &dyn Random,
    ) -> Result<(Vec<u8>, Secret), EngineError>;
}

/// Finds the shared secret in a ciphertext (`C_DecapsulateKey`).
pub trait Decapsulating: Send + Sync {
    /// Who parses private keys for this mechanism.
    fn loader(&self) -> &'static dyn KeyLoader;

    /// The shared secret. A ciphertext of the right length always has one; a forged one has another than its
    /// maker's (FIPS 203 section 6.3).
    ///
    /// # Errors
    /// [`EngineError::DataLength`] for a ciphertext of another length, [`EngineError::ParametersInvalid`].
    fn decapsulate(
        &self,
        key: &LoadedKey,
        parameters: &Parameters,
        ciphertext: &[u8],
    ) -> Result<Secret, EngineError>;
}
