//! An instance of the mechanism that a composition has chosen.

use alloc::boxed::Box;

use sha2::{Sha256, Sha384, Sha512};

#[cfg(feature = "std")]
use super::CtrDrbgNoDf;
use super::{CtrDrbg, Drbg, DrbgError, HmacDrbg, Mechanism, known_answer};
use crate::RandomError;

/// An instance of any mechanism, in a box, so that moving it leaves no copy of its state behind.
pub(crate) enum AnyDrbg {
    Ctr(Box<CtrDrbg>),
    #[cfg(feature = "std")]
    CtrNoDf(Box<CtrDrbgNoDf>),
    HmacSha256(Box<HmacDrbg<Sha256>>),
    HmacSha384(Box<HmacDrbg<Sha384>>),
    HmacSha512(Box<HmacDrbg<Sha512>>),
}

/// Calls a function of whichever instance it is.
macro_rules! each {
    ($any:expr, $drbg:ident => $call:expr) => {
        match $any {
            AnyDrbg::Ctr($drbg) => $call,
            #[cfg(feature = "std")]
            AnyDrbg::CtrNoDf($drbg) => $call,
            AnyDrbg::HmacSha256($drbg) => $call,
            AnyDrbg::HmacSha384($drbg) => $call,
            AnyDrbg::HmacSha512($drbg) => $call,
        }
    };
}

impl AnyDrbg {
    /// The most bytes that one request may give, whatever the mechanism.
    pub(crate) const MAX_REQUEST: usize = CtrDrbg::MAX_REQUEST;

    /// An instance seeded from noise: `entropy` holds entropy input and nonce. The mechanism's known-answer test has
    /// passed before.
    ///
    /// # Errors
    /// [`RandomError::SelfTest`], or as [`Drbg::instantiate`].
    pub(crate) fn from_noise(
        mechanism: Mechanism,
        entropy: &[u8],
        personalization: &[u8],
    ) -> Result<Self, RandomError> {
        known_answer::self_test(mechanism)?;
        Ok(match mechanism {
            Mechanism::CtrAes256 => Self::Ctr(made(entropy, personalization)?),
            Mechanism::HmacSha256 => Self::HmacSha256(made(entropy, personalization)?),
            Mechanism::HmacSha384 => Self::HmacSha384(made(entropy, personalization)?),
            Mechanism::HmacSha512 => Self::HmacSha512(made(entropy, personalization)?),
        })
    }

    /// An instance seeded from another generator's output, which CTR_DRBG takes without a derivation function.
    ///
    /// # Errors
    /// As [`from_noise`](Self::from_noise).
    #[cfg(feature = "std")]
    pub(crate) fn from_generator(
        mechanism: Mechanism,
        seed: &[u8; CtrDrbgNoDf::SEED_LEN],
        personalization: &[u8],
    ) -> Result<Self, RandomError> {
        match mechanism {
            Mechanism::CtrAes256 => {
                known_answer::self_test(mechanism)?;
                Ok(Self::CtrNoDf(made(seed, personalization)?))
            }
            Mechanism::HmacSha256 | Mechanism::HmacSha384 | Mechanism::HmacSha512 => {
                Self::from_noise(mechanism, seed, personalization)
            }
        }
    }

    pub(crate) fn reseed(&mut self, entropy: &[u8]) -> Result<(), DrbgError> {
        each!(self, drbg => drbg.reseed(entropy, &[]))
    }

    pub(crate) fn generate(&mut self, out: &mut [u8], additional: &[u8]) -> Result<(), DrbgError> {
        each!(self, drbg => drbg.generate(out, additional))
    }

    /// Mixes bytes in. They are no entropy, so this is requests of no bytes, and no reseed.
    pub(crate) fn mix(&mut self, bytes: &[u8]) -> Result<(), DrbgError> {
        let at_once = match self {
            #[cfg(feature = "std")]
            Self::CtrNoDf(_) => CtrDrbgNoDf::SEED_LEN,
            _ => Self::MAX_REQUEST,
        };
        bytes.chunks(at_once).try_for_each(|part| self.generate(&mut [], part))
    }
}

fn made<D: Drbg>(entropy: &[u8], personalization: &[u8]) -> Result<Box<D>, DrbgError> {
    D::instantiate(entropy, &[], personalization).map(Box::new)
}
