//! The capability to generate keys (PKCS #11 v3.2 section 5.18).

use alloc::vec::Vec;

use portcullis_entropy::Random;

use super::EngineError;
use crate::{Curve, KeyMaterial, KeyType, ParameterSet, Parameters};

/// Generates keys (`C_GenerateKey`, `C_GenerateKeyPair`).
pub trait Generating: Send + Sync {
    /// Makes a new key out of `random` and nothing else, but for the primes of an RSA key, which may be the
    /// library's own draw where the engine says so, and but for a key that is derived from a password. For a pair,
    /// the private half; the public half follows from it.
    ///
    /// # Errors
    /// [`EngineError::Unsupported`] when the mechanism can't make a key of this curve, set or size,
    /// [`EngineError::KeyInvalid`] when it makes none with this public exponent,
    /// [`EngineError::ParametersInvalid`] when the parameters are not the mechanism's.
    fn generate(
        &self,
        wanted: &KeyRequest,
        parameters: &Parameters,
        random: &dyn Random,
    ) -> Result<KeyMaterial, EngineError>;
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
    /// A private key of ML-KEM or ML-DSA.
    Lattice(ParameterSet),
    /// A symmetric key.
    Secret {
        /// What it is a key of.
        key_type: KeyType,
        /// Its length in bytes.
        len: usize,
    },
}
