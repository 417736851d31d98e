//! The known-answer tests of the generators, run before a mechanism is first used in a process (SP 800-90A Rev. 1
//! section 11.3): instantiate, reseed and generate, with and without prediction resistance, and that errors are told.

mod ctr;
mod hmac;

use sha2::{Sha256, Sha384, Sha512};

use super::{CtrDrbg, CtrDrbgNoDf, Drbg, DrbgError, HmacDrbg, Mechanism};
use crate::RandomError;
use crate::sync::Once;

/// A generator whose reseed interval can be ended, to see that it tells.
pub(super) trait Exhaust: Drbg {
    /// As if the reseed interval were over.
    fn exhaust(&mut self);
}

/// Tests all generators that `mechanism` uses, once in a process: one that has failed stays failed.
///
/// # Errors
/// [`RandomError::SelfTest`] when an answer is not the known one, or an error is not told.
pub(super) fn self_test(mechanism: Mechanism) -> Result<(), RandomError> {
    static PASSED: [Once<bool>; 4] = [const { Once::new() }; 4];
    let passed = *PASSED[mechanism as usize].get_or_init(|| passes(mechanism));
    if !passed {
        tracing::error!(%mechanism, "the random generator failed its known-answer test");
        return Err(RandomError::SelfTest);
    }
    Ok(())
}

fn passes(mechanism: Mechanism) -> bool {
    match mechanism {
        Mechanism::CtrAes256 => {
            test::<CtrDrbg>(&[ctr::DF_RESEED, ctr::DF_FRESH])
                && test::<CtrDrbgNoDf>(&[ctr::NO_DF_RESEED, ctr::NO_DF_FRESH])
        }
        Mechanism::HmacSha256 => test::<HmacDrbg<Sha256>>(&[hmac::SHA256_RESEED, hmac::SHA256_FRESH]),
        Mechanism::HmacSha384 => test::<HmacDrbg<Sha384>>(&[hmac::SHA384_RESEED, hmac::SHA384_FRESH]),
        Mechanism::HmacSha512 => test::<HmacDrbg<Sha512>>(&[hmac::SHA512_RESEED, hmac::SHA512_FRESH]),
    }
}

fn test<D: Exhaust>(cases: &[Case]) -> bool {
    cases.iter().all(|case| case.is_answered::<D>() == Ok(true))
        && cases.iter().all(|case| tells_errors::<D>(case) == Ok(true))
}

/// A known answer, in the words of CAVP.
struct Case {
    entropy: &'static [u8],
    nonce: &'static [u8],
    personalization: &'static [u8],
    /// Empty for no reseed.
    reseed_entropy: &'static [u8],
    reseed_additional: &'static [u8],
    requests: [Request; 2],
    /// What the second request gives.
    returned: &'static [u8],
}

/// A request of as many bytes as the answer has.
struct Request {
    /// Empty for no prediction resistance.
    fresh_entropy: &'static [u8],
    additional: &'static [u8],
}

/// The most bytes that an answer here has.
const ANSWER: usize = 256;

impl Case {
    fn instance<D: Drbg>(&self) -> Result<D, DrbgError> {
        D::instantiate(self.entropy, self.nonce, self.personalization)
    }

    fn is_answered<D: Drbg>(&self) -> Result<bool, DrbgError> {
        let mut drbg: D = self.instance()?;
        if !self.reseed_entropy.is_empty() {
            drbg.reseed(self.reseed_entropy, self.reseed_additional)?;
        }
        let mut out = [0; ANSWER];
        let out = &mut out[..self.returned.len()];
        for request in &self.requests {
            match request.fresh_entropy {
                [] => drbg.generate(out, request.additional)?,
                fresh => drbg.generate_fresh(out, fresh, request.additional)?,
            }
        }
        Ok(*out == *self.returned)
    }
}

/// Whether too little entropy and the end of the reseed interval are refused (sections 11.3.2 to 11.3.4), and a
/// reseed helps. The limit of a request is enforced by the same line as the interval; its test needs a long buffer,
/// so it is one of the crate's.
fn tells_errors<D: Exhaust>(case: &Case) -> Result<bool, DrbgError> {
    let mut drbg: D = case.instance()?;
    let short = &case.entropy[..D::STRENGTH - 1];
    let refuses_entropy = D::instantiate(short, case.nonce, &[]).is_err() && drbg.reseed(short, &[]).is_err();
    drbg.exhaust();
    let refuses_request = drbg.generate(&mut [0; 16], &[]) == Err(DrbgError::ReseedRequired);
    drbg.reseed(case.entropy, &[])?;
    drbg.generate(&mut [0; 16], &[])?;
    Ok(refuses_entropy && refuses_request)
}

/// The bytes that `text` spells, two lower-case digits each.
const fn hex<const N: usize>(text: &str) -> [u8; N] {
    let digits = text.as_bytes();
    assert!(digits.len() == 2 * N, "two digits for each byte");
    let mut bytes = [0; N];
    let mut at = 0;
    while at < N {
        bytes[at] = nibble(digits[2 * at]) << 4 | nibble(digits[2 * at + 1]);
        at += 1;
    }
    bytes
}

const fn nibble(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        b'a'..=b'f' => digit - b'a' + 10,
        _ => panic!("no hexadecimal digit"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mechanism_passes() {
        for mechanism in
            [Mechanism::CtrAes256, Mechanism::HmacSha256, Mechanism::HmacSha384, Mechanism::HmacSha512]
        {
            assert_eq!(self_test(mechanism), Ok(()), "{mechanism}");
        }
    }

    #[test]
    fn a_generator_fails_on_the_answer_of_another() {
        assert!(!test::<CtrDrbg>(&[Case { returned: hmac::SHA256_RESEED.returned, ..ctr::DF_RESEED }]));
        assert!(!test::<HmacDrbg<Sha384>>(&[hmac::SHA512_RESEED]));
        assert!(!test::<CtrDrbgNoDf>(&[ctr::DF_RESEED]));
    }

    #[test]
    fn a_generator_that_tells_no_errors_fails() {
        /// Gives zeros, whatever it is asked.
        struct Silent;
        impl Drbg for Silent {
            fn instantiate(_: &[u8], _: &[u8], _: &[u8]) -> Result<Self, DrbgError> {
                Ok(Self)
            }
            fn reseed(&mut self, _: &[u8], _: &[u8]) -> Result<(), DrbgError> {
                Ok(())
            }
            fn generate(&mut self, out: &mut [u8], _: &[u8]) -> Result<(), DrbgError> {
                out.fill(0);
                Ok(())
            }
        }
        impl Exhaust for Silent {
            fn exhaust(&mut self) {}
        }
        let zeros = Case { returned: &[0; 8], ..ctr::DF_RESEED };
        assert_eq!(zeros.is_answered::<Silent>(), Ok(true));
        assert!(!test::<Silent>(&[zeros]));
    }
}
