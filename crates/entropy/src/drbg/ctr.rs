//! CTR_DRBG with AES-256 and the derivation function (SP 800-90A Rev. 1 section 10.2.1), security strength
//! 256 bits.

use core::fmt;

use aes::Aes256Enc;
use aes::cipher::{Block, BlockCipherEncrypt, KeyInit};
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::DrbgError;
use super::derivation::{BLOCK, Derivation, KEY, SEED, rekey};

/// Counter blocks encrypted in one go: more than any back end of the `aes` crate takes at once, few enough
/// to stay in the first-level cache between being written and being encrypted.
const STRIDE: usize = 256;

/// A CTR_DRBG instance over AES-256 with the derivation function. Wiped when dropped (`Uninstantiate`).
pub struct CtrDrbg {
    cipher: Aes256Enc,
    /// `V`, as the big-endian number that it is.
    v: u128,
    /// `reseed_counter`: requests since the last seed, plus one.
    reseed_counter: u64,
    derivation: Derivation,
}

impl CtrDrbg {
    /// The security strength in bytes, and so the least entropy input that is taken.
    pub const STRENGTH: usize = 32;
    /// The most bytes that one request may give: 2^19 bits (section 10.2.1, table 3).
    pub const MAX_REQUEST: usize = 1 << 16;
    /// The most requests between two seeds (section 10.2.1, table 3).
    pub const RESEED_INTERVAL: u64 = 1 << 48;

    /// Makes an instance (section 10.2.1.3.2).
    ///
    /// # Errors
    /// [`DrbgError::EntropyTooShort`] with less than [`STRENGTH`](Self::STRENGTH) bytes of `entropy`,
    /// [`DrbgError::InputTooLong`] with 2^32 bytes or more in all.
    pub fn instantiate(entropy: &[u8], nonce: &[u8], personalization: &[u8]) -> Result<Self, DrbgError> {
        check_entropy(entropy)?;
        let mut derivation = Derivation::new();
        let seed = derivation.derive(&[entropy, nonce, personalization])?;
        let cipher = Aes256Enc::new(&[0; KEY].into());
        let mut new = Self { cipher, v: 0, reseed_counter: 1, derivation };
        new.update(&seed);
        Ok(new)
    }

    /// Brings in new entropy (section 10.2.1.4.2).
    ///
    /// # Errors
    /// As [`instantiate`](Self::instantiate).
    pub fn reseed(&mut self, entropy: &[u8], additional: &[u8]) -> Result<(), DrbgError> {
        check_entropy(entropy)?;
        let seed = self.derivation.derive(&[entropy, additional])?;
        self.update(&seed);
        self.reseed_counter = 1;
        Ok(())
    }

    /// Fills `out` (section 10.2.1.5.2), after mixing in `additional`, which may be empty.
    ///
    /// For prediction resistance (section 9.3.1, step 7) call [`reseed`](Self::reseed) with the additional
    /// input first, then this without.
    ///
    /// # Errors
    /// [`DrbgError::RequestTooLong`] above [`MAX_REQUEST`](Self::MAX_REQUEST) bytes,
    /// [`DrbgError::ReseedRequired`] after [`RESEED_INTERVAL`](Self::RESEED_INTERVAL) requests,
    /// [`DrbgError::InputTooLong`] with 2^32 bytes or more of `additional`. `out` is then untouched.
    pub fn generate(&mut self, out: &mut [u8], additional: &[u8]) -> Result<(), DrbgError> {
        if out.len() > Self::MAX_REQUEST {
            return Err(DrbgError::RequestTooLong { len: out.len(), max: Self::MAX_REQUEST });
        }
        if self.reseed_counter > Self::RESEED_INTERVAL {
            return Err(DrbgError::ReseedRequired);
        }
        if additional.is_empty() {
            self.key_stream(out);
            self.update(&[0; SEED]);
        } else {
            let derived = self.derivation.derive(&[additional])?;
            self.update(&derived);
            self.key_stream(out);
            self.update(&derived);
        }
        self.reseed_counter += 1;
        Ok(())
    }

    /// `CTR_DRBG_Update` (section 10.2.1.2).
    fn update(&mut self, provided: &[u8; SEED]) {
        let mut state = [0; SEED];
        self.key_stream(&mut state);
        state.iter_mut().zip(provided).for_each(|(byte, new)| *byte ^= new);
        let (key, v) = state.split_first_chunk::<KEY>().expect("a seed is longer than a key");
        rekey(&mut self.cipher, key);
        self.v = u128::from_be_bytes(v.try_into().expect("a seed is a key and a block"));
        state.zeroize();
    }

    /// Encrypts `V+1`, `V+2`, ... over `out`.
    fn key_stream(&mut self, out: &mut [u8]) {
        let (blocks, tail) = Block::<Aes256Enc>::slice_as_chunks_mut(out);
        for blocks in blocks.chunks_mut(STRIDE) {
            blocks.iter_mut().for_each(|block| *block = self.next_counter());
            self.cipher.encrypt_blocks(blocks);
        }
        if !tail.is_empty() {
            let mut last = self.next_counter();
            self.cipher.encrypt_block(&mut last);
            tail.copy_from_slice(&last[..tail.len()]);
            last.as_mut_slice().zeroize();
        }
    }

    fn next_counter(&mut self) -> Block<Aes256Enc> {
        self.v = self.v.wrapping_add(1);
        const { assert!(BLOCK == size_of::<u128>()) };
        self.v.to_be_bytes().into()
    }

    #[cfg(test)]
    pub(super) fn exhaust(&mut self) {
        self.reseed_counter = Self::RESEED_INTERVAL + 1;
    }
}

fn check_entropy(entropy: &[u8]) -> Result<(), DrbgError> {
    if entropy.len() < CtrDrbg::STRENGTH {
        return Err(DrbgError::EntropyTooShort { len: entropy.len(), min: CtrDrbg::STRENGTH });
    }
    Ok(())
}

impl Drop for CtrDrbg {
    fn drop(&mut self) {
        // The key schedules wipe themselves.
        self.v.zeroize();
    }
}

impl ZeroizeOnDrop for CtrDrbg {}

impl fmt::Debug for CtrDrbg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CtrDrbg").field("reseed_counter", &self.reseed_counter).finish_non_exhaustive()
    }
}
