//! `Block_Cipher_df` for AES-256 (SP 800-90A Rev. 1 section 10.3.2), with the `BCC` of section 10.3.3.

use core::mem;

use aes::Aes256Enc;
use aes::cipher::consts::U16;
use aes::cipher::{
    Block, BlockCipherEncBackend, BlockCipherEncClosure, BlockCipherEncrypt, BlockSizeUser, KeyInit,
};
use zeroize::Zeroize;

use super::DrbgError;
use crate::wiped::Wiped;

/// Bytes in an AES block (`outlen`).
pub(super) const BLOCK: usize = 16;
/// Bytes in an AES-256 key (`keylen`).
pub(super) const KEY: usize = 32;
/// Bytes in a key and a block together (`seedlen`).
pub(super) const SEED: usize = KEY + BLOCK;

/// Blocks of output, and so chains of `BCC`.
const CHAINS: usize = SEED / BLOCK;

/// Gives `cipher` another key. Overwriting the old key schedule is what wipes it; a drop would wipe it once more.
pub(crate) fn rekey(cipher: &mut Aes256Enc, key: &[u8; KEY]) {
    mem::forget(mem::replace(cipher, Aes256Enc::new(key.into())));
}

/// The derivation function, with what is the same in every call.
pub(super) struct Derivation {
    /// The cipher of the first step, whose key is constant.
    first: Aes256Enc,
    /// The cipher of the second step, whose key the first step gives.
    second: Aes256Enc,
    /// The chains after their first blocks, in which alone they differ.
    started: [Block<Aes256Enc>; CHAINS],
}

/// The constant key: 00 01 02 ... 1f.
const FIRST_KEY: [u8; KEY] = {
    let mut key = [0; KEY];
    let mut at = 0;
    while at < KEY {
        key[at] = at as u8;
        at += 1;
    }
    key
};

impl Derivation {
    pub(super) fn new() -> Self {
        let first = Aes256Enc::new(&FIRST_KEY.into());
        let mut started = [Block::<Aes256Enc>::default(); CHAINS];
        for (state, chain) in started.iter_mut().zip(0_u8..) {
            // A 32-bit number, then zeros.
            state[3] = chain;
        }
        first.encrypt_blocks(&mut started);
        Self { second: first.clone(), first, started }
    }

    /// `SEED` bytes out of all `parts`, taken as one string.
    ///
    /// # Errors
    /// [`DrbgError::InputTooLong`] when the string has 2^32 bytes or more.
    pub(super) fn derive(&mut self, parts: &[&[u8]]) -> Result<Wiped<SEED>, DrbgError> {
        let length = parts
            .iter()
            .try_fold(0_u32, |sum, part| u32::try_from(part.len()).ok().and_then(|len| sum.checked_add(len)));
        let length = length.ok_or(DrbgError::InputTooLong)?;

        let mut seed = Wiped::<SEED>::zeros();
        self.first.encrypt_with_backend(Bcc { states: self.started, length, parts, out: &mut seed });
        let (key, block) = seed.split_at(KEY);
        let mut key: [u8; KEY] = key.try_into().expect("split at the key's length");
        let mut block = Block::<Aes256Enc>::try_from(block).expect("a seed is a key and a block");
        rekey(&mut self.second, &key);
        self.second.encrypt_with_backend(Expand { block: &mut block, out: &mut seed });
        key.as_mut_slice().zeroize();
        block.as_mut_slice().zeroize();
        Ok(seed)
    }
}

/// The chained encryption of both steps runs inside one call of the cipher, as vector back ends prepare their
/// keys at every call. `call` is always inlined: only so is it compiled for the back end's instructions.
///
/// The first step: `BCC` over the length, the output's length and all parts, with padding. The chains that
/// make the output's blocks differ in their first block alone and read the same string, so they run side by
/// side.
struct Bcc<'a> {
    states: [Block<Aes256Enc>; CHAINS],
    length: u32,
    parts: &'a [&'a [u8]],
    out: &'a mut [u8; SEED],
}

impl BlockSizeUser for Bcc<'_> {
    type BlockSize = U16;
}

impl BlockCipherEncClosure for Bcc<'_> {
    #[inline(always)]
    fn call<B: BlockCipherEncBackend<BlockSize = U16>>(self, backend: &B) {
        let mut states = self.states;
        let encrypt = |states: &mut [Block<B>; CHAINS]| {
            for state in states {
                backend.encrypt_block(state.into());
            }
        };
        let length = self.length.to_be_bytes();
        let out_length = (SEED as u32).to_be_bytes();
        let ends = [&length[..], &out_length, &[0x80]];
        let string = ends[..2].iter().chain(self.parts).chain(&ends[2..]);
        let (mut block, mut filled) = (Wiped::<BLOCK>::zeros(), 0);
        for mut part in string.copied() {
            while !part.is_empty() {
                let (now, later) = part.split_at(part.len().min(BLOCK - filled));
                block[filled..][..now.len()].copy_from_slice(now);
                filled += now.len();
                if filled == BLOCK {
                    add(&mut states, &block);
                    encrypt(&mut states);
                    filled = 0;
                }
                part = later;
            }
        }
        if filled > 0 {
            block[filled..].fill(0);
            add(&mut states, &block);
            encrypt(&mut states);
        }
        for (piece, state) in self.out.chunks_exact_mut(BLOCK).zip(&mut states) {
            piece.copy_from_slice(state);
            state.as_mut_slice().zeroize();
        }
    }
}

/// Adds a block of the string to all chains, bit by bit.
#[inline(always)]
fn add(states: &mut [Block<Aes256Enc>; CHAINS], block: &[u8; BLOCK]) {
    for state in states {
        *state = (u128::from_ne_bytes(state.0) ^ u128::from_ne_bytes(*block)).to_ne_bytes().into();
    }
}

/// The second step: the output is a block, encrypted once, twice and so on.
struct Expand<'a> {
    block: &'a mut Block<Aes256Enc>,
    out: &'a mut [u8; SEED],
}

impl BlockSizeUser for Expand<'_> {
    type BlockSize = U16;
}

impl BlockCipherEncClosure for Expand<'_> {
    #[inline(always)]
    fn call<B: BlockCipherEncBackend<BlockSize = U16>>(self, backend: &B) {
        for piece in self.out.chunks_exact_mut(BLOCK) {
            backend.encrypt_block((&mut *self.block).into());
            piece.copy_from_slice(self.block);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One byte more than a 32-bit length can tell is refused; the parts are the same memory over and over.
    #[test]
    fn the_string_has_less_than_2_to_the_32_bytes() {
        let part = vec![0; 1 << 20];
        let mut parts = vec![part.as_slice(); 1 << 12];
        assert_eq!(Derivation::new().derive(&parts).err(), Some(DrbgError::InputTooLong));
        parts.truncate(2);
        assert!(Derivation::new().derive(&parts).is_ok());
    }
}
