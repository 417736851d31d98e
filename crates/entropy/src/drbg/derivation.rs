//! `Block_Cipher_df` for AES-256 (SP 800-90A Rev. 1 section 10.3.2), with the `BCC` of section 10.3.3.

use aes::Aes256Enc;
use aes::cipher::{Block, BlockCipherEncrypt, KeyInit};
use zeroize::{Zeroize, Zeroizing};

use super::DrbgError;

/// Bytes in an AES block (`outlen`).
pub(super) const BLOCK: usize = 16;
/// Bytes in an AES-256 key (`keylen`).
pub(super) const KEY: usize = 32;
/// Bytes in a key and a block together (`seedlen`).
pub(super) const SEED: usize = KEY + BLOCK;

/// Blocks of output, and so chains of `BCC`.
const CHAINS: usize = SEED / BLOCK;

/// The derivation function. It holds the key schedule of its first, constant key, as every request with
/// additional input needs it.
pub(super) struct Derivation {
    cipher: Aes256Enc,
}

impl Derivation {
    pub(super) fn new() -> Self {
        let mut key = [0; KEY];
        for (byte, value) in key.iter_mut().zip(0_u8..) {
            *byte = value;
        }
        Self { cipher: Aes256Enc::new(&key.into()) }
    }

    /// `SEED` bytes out of all `parts`, taken as one string.
    ///
    /// # Errors
    /// [`DrbgError::InputTooLong`] when the string has 2^32 bytes or more.
    pub(super) fn derive(&self, parts: &[&[u8]]) -> Result<Zeroizing<[u8; SEED]>, DrbgError> {
        let length = parts
            .iter()
            .try_fold(0_u32, |sum, part| u32::try_from(part.len()).ok().and_then(|len| sum.checked_add(len)));
        let length = length.ok_or(DrbgError::InputTooLong)?;

        let mut chains = Chains::new(&self.cipher);
        chains.absorb(&length.to_be_bytes());
        chains.absorb(&(SEED as u32).to_be_bytes());
        parts.iter().for_each(|part| chains.absorb(part));
        chains.absorb(&[0x80]);
        let mut seed = chains.finish();

        let (key, block) = seed.split_at(KEY);
        let mut key: [u8; KEY] = key.try_into().expect("split at the key's length");
        let mut block = Block::<Aes256Enc>::try_from(block).expect("a seed is a key and a block");
        let cipher = Aes256Enc::new((&key).into());
        for piece in seed.chunks_exact_mut(BLOCK) {
            cipher.encrypt_block(&mut block);
            piece.copy_from_slice(&block);
        }
        key.zeroize();
        block.as_mut_slice().zeroize();
        Ok(seed)
    }
}

/// The chains of `BCC` that make the output's blocks. They differ in their first block alone and read the
/// same string, so they run side by side.
struct Chains<'a> {
    cipher: &'a Aes256Enc,
    states: [Block<Aes256Enc>; CHAINS],
    /// Bytes of the string taken since the last whole block.
    filled: usize,
}

impl<'a> Chains<'a> {
    fn new(cipher: &'a Aes256Enc) -> Self {
        let mut states = [Block::<Aes256Enc>::default(); CHAINS];
        for (state, chain) in states.iter_mut().zip(0_u8..) {
            // A 32-bit number, then zeros.
            state[3] = chain;
        }
        cipher.encrypt_blocks(&mut states);
        Self { cipher, states, filled: 0 }
    }

    fn absorb(&mut self, mut part: &[u8]) {
        while !part.is_empty() {
            let (now, later) = part.split_at(part.len().min(BLOCK - self.filled));
            for state in &mut self.states {
                state.iter_mut().skip(self.filled).zip(now).for_each(|(byte, new)| *byte ^= new);
            }
            self.filled += now.len();
            if self.filled == BLOCK {
                self.cipher.encrypt_blocks(&mut self.states);
                self.filled = 0;
            }
            part = later;
        }
    }

    fn finish(mut self) -> Zeroizing<[u8; SEED]> {
        // What is missing of the last block is zeros, which change nothing.
        if self.filled > 0 {
            self.cipher.encrypt_blocks(&mut self.states);
        }
        let mut out = Zeroizing::new([0; SEED]);
        for (piece, state) in out.chunks_exact_mut(BLOCK).zip(&self.states) {
            piece.copy_from_slice(state);
        }
        out
    }
}

impl Drop for Chains<'_> {
    fn drop(&mut self) {
        self.states.iter_mut().for_each(|state| state.as_mut_slice().zeroize());
    }
}
