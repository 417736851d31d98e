//! The deterministic generators of SP 800-90A Rev. 1, and their known-answer test. Where their entropy comes
//! from and when they are reseeded is not decided here.

mod ctr;
mod derivation;
mod known_answer;
#[cfg(test)]
mod tests;

pub use ctr::CtrDrbg;
pub(crate) use known_answer::self_test;

/// Why a generator did not do what it was asked. Its state has not changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DrbgError {
    /// More was asked for than one request may give.
    #[error("a request of {len} bytes is longer than the {max} bytes that a generator may give at once")]
    RequestTooLong {
        /// The bytes asked for.
        len: usize,
        /// The most that one request may give.
        max: usize,
    },
    /// The reseed interval is over.
    #[error("the generator must be reseeded first")]
    ReseedRequired,
    /// The entropy input is shorter than the security strength.
    #[error("an entropy input of {len} bytes is shorter than the security strength of {min} bytes")]
    EntropyTooShort {
        /// The bytes given.
        len: usize,
        /// The least that is taken.
        min: usize,
    },
    /// The inputs together are longer than the derivation function takes.
    #[error("the inputs are longer than the derivation function takes")]
    InputTooLong,
}
