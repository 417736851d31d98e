//! The deterministic generators of SP 800-90A Rev. 1: CTR_DRBG with AES-256, with and without derivation function,
//! and HMAC_DRBG with SHA-256, SHA-384 and SHA-512; and their known-answer tests. All have a security strength of
//! 256 bits. Where their entropy comes from and when they are reseeded is not decided here.

mod any;
mod ctr;
mod ctr_df;
mod ctr_no_df;
mod derivation;
mod hmac;
mod known_answer;
mod mechanism;
#[cfg(test)]
mod tests;

pub(crate) use any::AnyDrbg;
#[cfg(feature = "std")]
pub(crate) use ctr::key_stream;
pub use ctr_df::CtrDrbg;
pub use ctr_no_df::CtrDrbgNoDf;
#[cfg(feature = "std")]
pub(crate) use derivation::rekey;
pub use hmac::HmacDrbg;
pub use mechanism::Mechanism;

/// A generator mechanism: the functions of SP 800-90A Rev. 1 section 9, and the limits that are the same for all
/// mechanisms here (section 10.1, table 2, and section 10.2.1, table 3).
///
/// Dropping an instance wipes its state; that is `Uninstantiate` (section 9.4).
pub trait Drbg: Sized {
    /// The security strength in bytes, and so the least entropy input that is taken.
    const STRENGTH: usize = 32;
    /// The most bytes that one request may give: 2^19 bits.
    const MAX_REQUEST: usize = 1 << 16;
    /// The most requests between two seeds.
    const RESEED_INTERVAL: u64 = 1 << 48;

    /// Makes an instance (section 9.1).
    ///
    /// The nonce holds half of the strength in entropy, or is unique (section 8.6.7); it may also be the end of
    /// `entropy`, which then has 48 bytes or more.
    ///
    /// # Errors
    /// [`DrbgError::EntropyTooShort`] and [`DrbgError::EntropyLength`] for an entropy input of a length that the
    /// mechanism does not take, [`DrbgError::InputTooLong`] for another input that is longer than it takes.
    fn instantiate(entropy: &[u8], nonce: &[u8], personalization: &[u8]) -> Result<Self, DrbgError>;

    /// Brings in new entropy, and `additional` input with it, which may be empty (section 9.2).
    ///
    /// # Errors
    /// As [`instantiate`](Self::instantiate).
    fn reseed(&mut self, entropy: &[u8], additional: &[u8]) -> Result<(), DrbgError>;

    /// Fills `out`, after mixing in `additional` input, which may be empty (section 9.3).
    ///
    /// # Errors
    /// [`DrbgError::RequestTooLong`] above [`MAX_REQUEST`](Self::MAX_REQUEST) bytes,
    /// [`DrbgError::ReseedRequired`] after [`RESEED_INTERVAL`](Self::RESEED_INTERVAL) requests,
    /// [`DrbgError::InputTooLong`] for more `additional` input than the mechanism takes. `out` is then untouched.
    fn generate(&mut self, out: &mut [u8], additional: &[u8]) -> Result<(), DrbgError>;

    /// Fills `out` with prediction resistance: `entropy`, which must be fresh, is brought in first, together with
    /// `additional` input (section 9.3.1, step 7).
    ///
    /// # Errors
    /// As [`generate`](Self::generate), but never [`DrbgError::ReseedRequired`], and as [`reseed`](Self::reseed).
    fn generate_fresh(&mut self, out: &mut [u8], entropy: &[u8], additional: &[u8]) -> Result<(), DrbgError> {
        check_request::<Self>(out, 0)?;
        self.reseed(entropy, additional)?;
        self.generate(out, &[])
    }
}

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
    /// The entropy input has not the one length that a generator without derivation function takes.
    #[error("an entropy input of {len} bytes is not one of {wanted} bytes")]
    EntropyLength {
        /// The bytes given.
        len: usize,
        /// The bytes that are taken.
        wanted: usize,
    },
    /// An input is longer than the generator takes.
    #[error("an input is longer than the generator takes")]
    InputTooLong,
}

/// Checks a request for `out`, where `seeded` requests have been answered since the last seed.
fn check_request<D: Drbg>(out: &[u8], seeded: u64) -> Result<(), DrbgError> {
    if out.len() > D::MAX_REQUEST {
        return Err(DrbgError::RequestTooLong { len: out.len(), max: D::MAX_REQUEST });
    }
    if seeded >= D::RESEED_INTERVAL {
        return Err(DrbgError::ReseedRequired);
    }
    Ok(())
}

fn check_entropy<D: Drbg>(entropy: &[u8]) -> Result<(), DrbgError> {
    if entropy.len() < D::STRENGTH {
        return Err(DrbgError::EntropyTooShort { len: entropy.len(), min: D::STRENGTH });
    }
    Ok(())
}
