//! The capability to sign, to compute MACs, and to check both (PKCS #11 v3.2 sections 5.13 to 5.16).

use alloc::boxed::Box;
use alloc::vec::Vec;

use portcullis_entropy::Random;

use super::{EngineError, KeyLoader, LoadedKey};
use crate::Parameters;

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

/// Gets the message out of a signature that contains it (`C_VerifyRecover`). The other way is
/// [`Signing`]'s.
pub trait Recovering: Send + Sync {
    /// Who parses public keys for this mechanism.
    fn loader(&self) -> &'static dyn KeyLoader;

    /// The exact length in bytes of a signature that `key` can open; no message in one is longer.
    ///
    /// # Errors
    /// [`EngineError::ParametersInvalid`] when the parameters don't fit mechanism and key.
    fn signature_len(&self, key: &LoadedKey, parameters: &Parameters) -> Result<usize, EngineError>;

    /// The message that `signature` was made over.
    ///
    /// # Errors
    /// [`EngineError::SignatureInvalid`] when it is not by this key, whatever the reason.
    fn recover(
        &self,
        key: &LoadedKey,
        parameters: &Parameters,
        signature: &[u8],
    ) -> Result<Vec<u8>, EngineError>;
}
