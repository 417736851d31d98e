//! HMAC_DRBG (SP 800-90A Rev. 1 section 10.1.2).

use core::fmt;

use hmac::digest::{FixedOutput, Output, OutputSizeUser};
use hmac::{EagerHash, Hmac, KeyInit, Mac};
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::known_answer::Exhaust;
use super::{Drbg, DrbgError, check_entropy, check_request};

/// The most bytes of one input: 2^35 bits (section 10.1, table 2).
const MAX_INPUT: u64 = 1 << 32;

/// An HMAC_DRBG instance over the hash `H`: SHA-256, SHA-384 or SHA-512 of the `sha2` crate. It needs no cipher, and
/// its inputs have any length below 2^32 bytes each.
pub struct HmacDrbg<H: EagerHash> {
    /// HMAC under `Key`.
    key: Hmac<H>,
    v: Output<Hmac<H>>,
    /// Requests since the last seed: `reseed_counter` less one.
    requests: u64,
}

impl<H: EagerHash> HmacDrbg<H> {
    /// `HMAC_DRBG_Update` (section 10.1.2.2), with the provided data in parts.
    fn update(&mut self, provided: &[&[u8]]) {
        self.round(0, provided);
        if provided.iter().any(|part| !part.is_empty()) {
            self.round(1, provided);
        }
    }

    fn round(&mut self, number: u8, provided: &[&[u8]]) {
        let mut mac = self.key.clone();
        mac.update(&self.v);
        mac.update(&[number]);
        provided.iter().for_each(|part| mac.update(part));
        let mut key = mac.finalize().into_bytes();
        self.key = keyed(&key);
        key.as_mut_slice().zeroize();
        self.step();
    }

    /// `V = HMAC(Key, V)`.
    fn step(&mut self) {
        let mut mac = self.key.clone();
        mac.update(&self.v);
        mac.finalize_into(&mut self.v);
    }
}

impl<H: EagerHash> Drbg for HmacDrbg<H> {
    /// Section 10.1.2.3.
    fn instantiate(entropy: &[u8], nonce: &[u8], personalization: &[u8]) -> Result<Self, DrbgError> {
        const {
            assert!(
                size_of::<Output<Hmac<H>>>() >= Self::STRENGTH,
                "too weak a hash (section 10.1, table 2)"
            );
        };
        check_entropy::<Self>(entropy)?;
        check_inputs(&[entropy, nonce, personalization])?;
        let mut v = Output::<Hmac<H>>::default();
        let key = keyed(&v);
        v.fill(1);
        let mut new = Self { key, v, requests: 0 };
        new.update(&[entropy, nonce, personalization]);
        Ok(new)
    }

    /// Section 10.1.2.4.
    fn reseed(&mut self, entropy: &[u8], additional: &[u8]) -> Result<(), DrbgError> {
        check_entropy::<Self>(entropy)?;
        check_inputs(&[entropy, additional])?;
        self.update(&[entropy, additional]);
        self.requests = 0;
        Ok(())
    }

    /// Section 10.1.2.5.
    fn generate(&mut self, out: &mut [u8], additional: &[u8]) -> Result<(), DrbgError> {
        check_request::<Self>(out, self.requests)?;
        check_inputs(&[additional])?;
        if !additional.is_empty() {
            self.update(&[additional]);
        }
        for piece in out.chunks_mut(<Hmac<H>>::output_size()) {
            self.step();
            piece.copy_from_slice(&self.v[..piece.len()]);
        }
        self.update(&[additional]);
        self.requests += 1;
        Ok(())
    }
}

impl<H: EagerHash> Exhaust for HmacDrbg<H> {
    fn exhaust(&mut self) {
        self.requests = Self::RESEED_INTERVAL;
    }
}

fn keyed<H: EagerHash>(key: &[u8]) -> Hmac<H> {
    Hmac::new_from_slice(key).expect("HMAC takes keys of any length")
}

fn check_inputs(inputs: &[&[u8]]) -> Result<(), DrbgError> {
    let fits = inputs.iter().all(|input| input.len() as u64 <= MAX_INPUT);
    if fits { Ok(()) } else { Err(DrbgError::InputTooLong) }
}

impl<H: EagerHash> Drop for HmacDrbg<H> {
    fn drop(&mut self) {
        // The hash states under the key wipe themselves.
        self.v.as_mut_slice().zeroize();
    }
}

impl<H: EagerHash> ZeroizeOnDrop for HmacDrbg<H> {}

impl<H: EagerHash> fmt::Debug for HmacDrbg<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HmacDrbg").field("requests", &self.requests).finish_non_exhaustive()
    }
}
