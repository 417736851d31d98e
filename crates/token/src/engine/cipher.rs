//! The capabilities to encrypt and to decrypt (PKCS #11 v3.2 sections 5.8 and 5.10). Wrapping a key is
//! encrypting its encoded value, so it is the same pair of capabilities, offered under its own flag.

use alloc::boxed::Box;

use portcullis_entropy::Random;

use super::{EngineError, KeyLoader, LoadedKey};
use crate::Parameters;

/// Encrypts (`C_Encrypt...`, `C_WrapKey`). An authentication tag follows the ciphertext.
pub trait Encrypting: Send + Sync {
    /// Who parses keys for this mechanism.
    fn loader(&self) -> &'static dyn KeyLoader;

    /// Whether the parameters fit mechanism and key.
    ///
    /// # Errors
    /// [`EngineError::ParametersInvalid`] when they don't, [`EngineError::Unsupported`] for a key that the
    /// mechanism doesn't take.
    fn check(&self, key: &LoadedKey, parameters: &Parameters) -> Result<(), EngineError>;

    /// The exact length in bytes of the ciphertext of `len` bytes, tag and padding included. Asked only with
    /// parameters that [`check`](Self::check) took.
    ///
    /// # Errors
    /// [`EngineError::DataLength`] when the mechanism doesn't take data of this length.
    fn encrypted_len(
        &self,
        key: &LoadedKey,
        parameters: &Parameters,
        len: usize,
    ) -> Result<usize, EngineError>;

    /// Encrypts whole data into `out`, which has [`encrypted_len`](Self::encrypted_len) bytes.
    ///
    /// # Errors
    /// [`EngineError::DataLength`] when the mechanism doesn't take such data (also when it is too large a
    /// number for the key).
    fn encrypt(
        &self,
        key: &LoadedKey,
        parameters: &Parameters,
        plaintext: &[u8],
        out: &mut [u8],
        random: &dyn Random,
    ) -> Result<(), EngineError>;

    /// Starts an encryption of parts, or `None` when the engine needs the data whole; the token then collects
    /// the parts. Asked only with parameters that [`check`](Self::check) took.
    fn stream(&self, key: &LoadedKey, parameters: &Parameters) -> Option<Box<dyn CipherStream>> {
        let _ = (key, parameters);
        None
    }
}

/// Decrypts (`C_Decrypt...`, `C_UnwrapKey`). An authentication tag follows the ciphertext.
///
/// What was not authenticated is never given out: a mechanism with a tag has no stream here, and leaves zeros
/// in `out` when the tag is wrong.
pub trait Decrypting: Send + Sync {
    /// Who parses keys for this mechanism.
    fn loader(&self) -> &'static dyn KeyLoader;

    /// Whether the parameters fit mechanism and key.
    ///
    /// # Errors
    /// As [`Encrypting::check`].
    fn check(&self, key: &LoadedKey, parameters: &Parameters) -> Result<(), EngineError>;

    /// The most bytes that `len` bytes of ciphertext can decrypt to. Asked only with parameters that
    /// [`check`](Self::check) took.
    ///
    /// # Errors
    /// [`EngineError::DataLength`] when no ciphertext has this length.
    fn decrypted_len(
        &self,
        key: &LoadedKey,
        parameters: &Parameters,
        len: usize,
    ) -> Result<usize, EngineError>;

    /// Decrypts whole data into `out`, which has [`decrypted_len`](Self::decrypted_len) bytes; how many were
    /// used.
    ///
    /// # Errors
    /// [`EngineError::DataLength`] for a length that no ciphertext has, and [`EngineError::DecryptionFailed`]
    /// for anything else that is wrong with it, without a difference that the caller could see or measure.
    fn decrypt(
        &self,
        key: &LoadedKey,
        parameters: &Parameters,
        ciphertext: &[u8],
        out: &mut [u8],
        random: &dyn Random,
    ) -> Result<usize, EngineError>;

    /// Starts a decryption of parts, or `None` when the engine needs the data whole.
    fn stream(&self, key: &LoadedKey, parameters: &Parameters) -> Option<Box<dyn CipherStream>> {
        let _ = (key, parameters);
        None
    }
}

/// An encryption or decryption in the making.
pub trait CipherStream: Send {
    /// How many bytes the next part will give, if it has `len`.
    ///
    /// # Errors
    /// [`EngineError::DataLength`] when the mechanism does not take so much more.
    fn update_len(&self, len: usize) -> Result<usize, EngineError>;

    /// Takes the next part and gives what is ready, into `out` of [`update_len`](Self::update_len) bytes.
    ///
    /// # Errors
    /// [`EngineError::DataLength`] when the mechanism takes no more data.
    fn update(&mut self, part: &[u8], out: &mut [u8]) -> Result<(), EngineError>;

    /// The most bytes that [`finish`](Self::finish) can give now.
    ///
    /// # Errors
    /// [`EngineError::DataLength`] when the mechanism does not take data of the length that was given.
    fn finish_len(&self) -> Result<usize, EngineError>;

    /// Gives the rest, into `out` of [`finish_len`](Self::finish_len) bytes; how many were used.
    ///
    /// # Errors
    /// As [`Encrypting::encrypt`] or [`Decrypting::decrypt`].
    fn finish(self: Box<Self>, out: &mut [u8]) -> Result<usize, EngineError>;
}
