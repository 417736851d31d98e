//! CTR_DRBG with AES-256 and the derivation function (SP 800-90A Rev. 1 section 10.2.1).

use core::fmt;

use zeroize::ZeroizeOnDrop;

use super::ctr::Ctr;
use super::derivation::Derivation;
use super::known_answer::Exhaust;
use super::{Drbg, DrbgError, check_entropy, check_request};

/// A CTR_DRBG instance over AES-256 with the derivation function: its inputs have any length and need not be
/// uniform. All inputs of one call together are shorter than 2^32 bytes.
pub struct CtrDrbg {
    state: Ctr,
    derivation: Derivation,
}

impl Drbg for CtrDrbg {
    /// Section 10.2.1.3.2.
    fn instantiate(entropy: &[u8], nonce: &[u8], personalization: &[u8]) -> Result<Self, DrbgError> {
        check_entropy::<Self>(entropy)?;
        let mut derivation = Derivation::new();
        let seed = derivation.derive(&[entropy, nonce, personalization])?;
        Ok(Self { state: Ctr::new(&seed), derivation })
    }

    /// Section 10.2.1.4.2.
    fn reseed(&mut self, entropy: &[u8], additional: &[u8]) -> Result<(), DrbgError> {
        check_entropy::<Self>(entropy)?;
        let seed = self.derivation.derive(&[entropy, additional])?;
        self.state.reseed(&seed);
        Ok(())
    }

    /// Section 10.2.1.5.2.
    fn generate(&mut self, out: &mut [u8], additional: &[u8]) -> Result<(), DrbgError> {
        check_request::<Self>(out, self.state.requests)?;
        if additional.is_empty() {
            self.state.generate(out, None);
        } else {
            let derived = self.derivation.derive(&[additional])?;
            self.state.generate(out, Some(&derived));
        }
        Ok(())
    }
}

impl Exhaust for CtrDrbg {
    fn exhaust(&mut self) {
        self.state.requests = Self::RESEED_INTERVAL;
    }
}

impl ZeroizeOnDrop for CtrDrbg {}

impl fmt::Debug for CtrDrbg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CtrDrbg").field("requests", &self.state.requests).finish_non_exhaustive()
    }
}
