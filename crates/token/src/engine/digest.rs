//! The capability to digest (PKCS #11 v3.2 section 5.12).

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::EngineError;

/// Computes digests (`C_Digest...`).
pub trait Digesting: Send + Sync {
    /// The digest's length in bytes.
    fn digest_len(&self) -> usize;

    /// The digest of a whole message, into `out` of [`digest_len`](Self::digest_len) bytes.
    fn digest(&self, message: &[u8], out: &mut [u8]);

    /// Starts a digest of parts.
    fn stream(&self) -> Box<dyn DigestStream>;

    /// Goes on with a digest from what [`DigestStream::state`] gave.
    ///
    /// # Errors
    /// [`EngineError::Unsupported`] when this engine saves no states of this mechanism,
    /// [`EngineError::StateInvalid`] when `state` is none.
    fn resume(&self, state: &[u8]) -> Result<Box<dyn DigestStream>, EngineError> {
        let _ = state;
        Err(EngineError::Unsupported)
    }
}

/// A digest in the making.
pub trait DigestStream: Send {
    /// Takes the next part.
    fn update(&mut self, part: &[u8]);

    /// The digest of all parts so far, in a form that goes on elsewhere, or `None` when it can't be saved
    /// (`C_GetOperationState`).
    fn state(&self) -> Option<Vec<u8>> {
        None
    }

    /// The digest over all parts.
    fn finish(self: Box<Self>) -> Vec<u8>;
}
