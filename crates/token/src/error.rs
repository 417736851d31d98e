//! What can go wrong in a token, one variant a cause. The C module maps each to its `CKR_...` code.

use portcullis_entropy::RandomError;

use crate::EngineError;

/// The result of a token call.
pub type Result<T> = core::result::Result<T, Error>;

/// Why a token refused or failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The store below failed.
    #[error(transparent)]
    Store(#[from] portcullis_pal::Error),
    /// No randomness was to be had.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// The engine refused or failed.
    #[error(transparent)]
    Engine(#[from] EngineError),
}
