//! CTR_DRBG with AES-256 and no derivation function (SP 800-90A Rev. 1 section 10.2.1).

use core::fmt;

use zeroize::ZeroizeOnDrop;

use super::ctr::Ctr;
use super::derivation::SEED;
use super::known_answer::Exhaust;
use super::{Drbg, DrbgError, check_request};
use crate::wiped::Wiped;

/// A CTR_DRBG instance over AES-256 without derivation function.
///
/// Its entropy input has exactly [`SEED_LEN`](Self::SEED_LEN) bytes of full entropy, such as another generator's
/// output (SP 800-90C). Personalization and additional input have no more than that. It takes no nonce: the entropy
/// input is long enough to hold it (section 8.6.7), and one that is given is ignored.
pub struct CtrDrbgNoDf {
    state: Ctr,
}

impl CtrDrbgNoDf {
    /// `seedlen`: the bytes of a key and a block.
    pub const SEED_LEN: usize = SEED;
}

impl Drbg for CtrDrbgNoDf {
    /// Section 10.2.1.3.1.
    fn instantiate(entropy: &[u8], _: &[u8], personalization: &[u8]) -> Result<Self, DrbgError> {
        Ok(Self { state: Ctr::new(&*seed(entropy, personalization)?) })
    }

    /// Section 10.2.1.4.1.
    fn reseed(&mut self, entropy: &[u8], additional: &[u8]) -> Result<(), DrbgError> {
        self.state.reseed(&*seed(entropy, additional)?);
        Ok(())
    }

    /// Section 10.2.1.5.1.
    fn generate(&mut self, out: &mut [u8], additional: &[u8]) -> Result<(), DrbgError> {
        check_request::<Self>(out, self.state.requests)?;
        if additional.is_empty() {
            self.state.generate(out, None);
        } else {
            self.state.generate(out, Some(&*padded(additional)?));
        }
        Ok(())
    }
}

impl Exhaust for CtrDrbgNoDf {
    fn exhaust(&mut self) {
        self.state.requests = Self::RESEED_INTERVAL;
    }
}

/// `input`, followed by zeros.
fn padded(input: &[u8]) -> Result<Wiped<SEED>, DrbgError> {
    let mut padded = Wiped::<SEED>::zeros();
    padded.get_mut(..input.len()).ok_or(DrbgError::InputTooLong)?.copy_from_slice(input);
    Ok(padded)
}

/// Seed material: the entropy input, with the other input added to it bit by bit.
fn seed(entropy: &[u8], other: &[u8]) -> Result<Wiped<SEED>, DrbgError> {
    if entropy.len() != SEED {
        return Err(DrbgError::EntropyLength { len: entropy.len(), wanted: SEED });
    }
    let mut seed = padded(other)?;
    seed.iter_mut().zip(entropy).for_each(|(byte, entropy)| *byte ^= entropy);
    Ok(seed)
}

impl ZeroizeOnDrop for CtrDrbgNoDf {}

impl fmt::Debug for CtrDrbgNoDf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CtrDrbgNoDf").field("requests", &self.state.requests).finish_non_exhaustive()
    }
}
