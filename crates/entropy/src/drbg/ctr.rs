//! The state of a CTR_DRBG with AES-256 and what both kinds do with it (SP 800-90A Rev. 1 section 10.2.1). How a
//! seed is made of inputs is decided in `ctr_df.rs` and `ctr_no_df.rs`.

use aes::Aes256Enc;
use aes::cipher::consts::U16;
use aes::cipher::{
    Block, BlockCipherEncBackend, BlockCipherEncClosure, BlockCipherEncrypt, BlockSizeUser, KeyInit,
    ParBlocks,
};
use zeroize::Zeroize;

use super::derivation::{BLOCK, KEY, SEED, rekey};
use crate::wiped::Wiped;

/// Blocks of key stream that `CTR_DRBG_Update` takes.
const UPDATE: usize = SEED / BLOCK;

/// Blocks for which it is worth preparing a vector back end.
const MANY: usize = 16;

/// `Key` and `V`. Wiped when dropped.
pub(super) struct Ctr {
    cipher: Aes256Enc,
    /// `V`, as the big-endian number that it is.
    v: u128,
    /// Requests since the last seed: `reseed_counter` less one.
    pub(super) requests: u64,
}

impl Ctr {
    /// An instance with the seed material `seed` (sections 10.2.1.3.1 and 10.2.1.3.2).
    pub(super) fn new(seed: &[u8; SEED]) -> Self {
        let mut new = Self { cipher: Aes256Enc::new(&[0; KEY].into()), v: 0, requests: 0 };
        new.advance(&mut [], seed);
        new
    }

    /// Sections 10.2.1.4.1 and 10.2.1.4.2.
    pub(super) fn reseed(&mut self, seed: &[u8; SEED]) {
        self.advance(&mut [], seed);
        self.requests = 0;
    }

    /// Fills `out`; all limits have been checked (sections 10.2.1.5.1 and 10.2.1.5.2).
    pub(super) fn generate(&mut self, out: &mut [u8], additional: Option<&[u8; SEED]>) {
        if let Some(additional) = additional {
            self.advance(&mut [], additional);
        }
        self.advance(out, additional.unwrap_or(&[0; SEED]));
        self.requests += 1;
    }

    /// Encrypts `V+1`, `V+2`, ... over `out`, and goes on to `CTR_DRBG_Update` with `provided` (section 10.2.1.2):
    /// both are one key stream, and so, where `out` is short, one call of the cipher.
    fn advance(&mut self, out: &mut [u8], provided: &[u8; SEED]) {
        let (blocks, tail) = Block::<Aes256Enc>::slice_as_chunks_mut(out);
        let mut rest = Wiped::<{ BLOCK * (1 + UPDATE) }>::zeros();
        let rest = Block::<Aes256Enc>::slice_as_chunks_mut(&mut *rest).0;
        let used = if tail.is_empty() { &mut rest[1..] } else { &mut *rest };
        let v = &mut self.v;
        if blocks.len() < MANY {
            self.cipher.encrypt_with_backend(Few { v, runs: [blocks, used] });
        } else {
            self.cipher.encrypt_with_backend(Many { v, blocks });
            self.cipher.encrypt_with_backend(Few { v, runs: [&mut [], used] });
        }

        let (last, state) = rest.split_at(1);
        if !tail.is_empty() {
            tail.copy_from_slice(&last[0][..tail.len()]);
        }
        let mut new = Wiped::<SEED>::zeros();
        let (pieces, provided) = (new.as_chunks_mut::<BLOCK>().0, provided.as_chunks::<BLOCK>().0);
        for ((new, state), provided) in pieces.iter_mut().zip(state).zip(provided) {
            *new = (u128::from_ne_bytes(state.0) ^ u128::from_ne_bytes(*provided)).to_ne_bytes();
        }
        let (key, v) = new.split_first_chunk::<KEY>().expect("a seed is longer than a key");
        rekey(&mut self.cipher, key);
        self.v = u128::from_be_bytes(v.try_into().expect("a seed is a key and a block"));
    }
}

impl Drop for Ctr {
    fn drop(&mut self) {
        // The key schedule wipes itself.
        self.v.zeroize();
    }
}

/// Encrypts `V+1`, `V+2`, ... over many blocks. Vector back ends prepare their keys at the start of it.
struct Many<'a> {
    v: &'a mut u128,
    blocks: &'a mut [Block<Aes256Enc>],
}

impl BlockSizeUser for Many<'_> {
    type BlockSize = U16;
}

impl BlockCipherEncClosure for Many<'_> {
    /// Always inlined: only so is it compiled for the back end's instructions.
    #[inline(always)]
    fn call<B: BlockCipherEncBackend<BlockSize = U16>>(self, backend: &B) {
        let (together, alone) = ParBlocks::<B>::slice_as_chunks_mut(self.blocks);
        for blocks in together {
            write_counters(self.v, blocks);
            backend.encrypt_par_blocks(blocks.into());
        }
        Few { v: self.v, runs: [alone, &mut []] }.call(backend);
    }
}

/// Encrypts `V+1`, `V+2`, ... over two short runs of blocks, one block at a time and with nothing to prepare.
struct Few<'a> {
    v: &'a mut u128,
    runs: [&'a mut [Block<Aes256Enc>]; 2],
}

impl BlockSizeUser for Few<'_> {
    type BlockSize = U16;
}

impl BlockCipherEncClosure for Few<'_> {
    #[inline(always)]
    fn call<B: BlockCipherEncBackend<BlockSize = U16>>(self, backend: &B) {
        for block in self.runs.into_iter().flatten() {
            *self.v = self.v.wrapping_add(1);
            let counter = self.v.to_be_bytes().into();
            backend.encrypt_block((&counter, block).into());
        }
    }
}

/// Encrypts `v+1`, `v+2`, ... over a few blocks.
#[cfg(feature = "std")]
pub(crate) fn key_stream(cipher: &Aes256Enc, mut v: u128, blocks: &mut [Block<Aes256Enc>]) {
    cipher.encrypt_with_backend(Few { v: &mut v, runs: [blocks, &mut []] });
}

/// Counts `v` on, once for each of `blocks`.
#[inline(always)]
fn write_counters(v: &mut u128, blocks: &mut [Block<Aes256Enc>]) {
    const { assert!(BLOCK == size_of::<u128>()) };
    let first = v.wrapping_add(1);
    *v = v.wrapping_add(blocks.len() as u128);
    if first >> 64 == *v >> 64 {
        // The upper half stays as it is, so this is arithmetic of one word, which vectors have.
        let (upper, lower) = ((first >> 64) as u64, first as u64);
        for (block, at) in blocks.iter_mut().zip(0_u64..) {
            block[..8].copy_from_slice(&upper.to_be_bytes());
            block[8..].copy_from_slice(&lower.wrapping_add(at).to_be_bytes());
        }
    } else {
        for (block, at) in blocks.iter_mut().zip(0_u128..) {
            *block = first.wrapping_add(at).to_be_bytes().into();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The counter's halves carry, and the whole wraps, in the middle of what is written together.
    #[test]
    fn counters_carry() {
        for before in [0, u128::from(u64::MAX) - 3, u128::MAX - 3, 5 << 64] {
            let (mut v, mut blocks) = (before, [Block::<Aes256Enc>::default(); 8]);
            write_counters(&mut v, &mut blocks);
            assert_eq!(v, before.wrapping_add(8));
            for (block, at) in blocks.iter().zip(1..) {
                assert_eq!(block.as_slice(), before.wrapping_add(at).to_be_bytes());
            }
        }
    }
}
