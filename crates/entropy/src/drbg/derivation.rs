//! `Block_Cipher_df` for AES-256 (SP 800-90A Rev. 1 section 10.3.2), with the `BCC` of section 10.3.3.

use core::mem;

use aes::Aes256Enc;
use aes::cipher::consts::U16;
use aes::cipher::{
    Block, BlockCipherEncBackend, BlockCipherEncClosure, BlockCipherEncrypt, BlockSizeUser, KeyInit,
};
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

/// Gives `cipher` another key. Overwriting the old key schedule is what wipes it: a drop would do so byte by
/// byte first, which takes longer than a whole request.
pub(super) fn rekey(cipher: &mut Aes256Enc, key: &[u8; KEY]) {
    mem::forget(mem::replace(cipher, Aes256Enc::new(key.into())));
}

/// The derivation function. Between two calls its cipher has the constant key that each call starts with.
pub(super) struct Derivation {
    cipher: Aes256Enc,
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
        Self { cipher: Aes256Enc::new(&FIRST_KEY.into()) }
    }

    /// `SEED` bytes out of all `parts`, taken as one string.
    ///
    /// # Errors
    /// [`DrbgError::InputTooLong`] when the string has 2^32 bytes or more.
    pub(super) fn derive(&mut self, parts: &[&[u8]]) -> Result<Zeroizing<[u8; SEED]>, DrbgError> {
        let length = parts
            .iter()
            .try_fold(0_u32, |sum, part| u32::try_from(part.len()).ok().and_then(|len| sum.checked_add(len)));
        let length = length.ok_or(DrbgError::InputTooLong)?;

        let mut seed = Zeroizing::new([0; SEED]);
        self.cipher.encrypt_with_backend(Bcc { length, parts, out: &mut seed });
        let (key, block) = seed.split_at(KEY);
        let mut key: [u8; KEY] = key.try_into().expect("split at the key's length");
        let mut block = Block::<Aes256Enc>::try_from(block).expect("a seed is a key and a block");
        rekey(&mut self.cipher, &key);
        self.cipher.encrypt_with_backend(Expand { block: &mut block, out: &mut seed });
        key.zeroize();
        block.as_mut_slice().zeroize();
        rekey(&mut self.cipher, &FIRST_KEY);
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
        let mut states = [Block::<B>::default(); CHAINS];
        let encrypt = |states: &mut [Block<B>; CHAINS]| {
            for state in states {
                backend.encrypt_block(state.into());
            }
        };
        for (state, chain) in states.iter_mut().zip(0_u8..) {
            // A 32-bit number, then zeros.
            state[3] = chain;
        }
        encrypt(&mut states);

        let length = self.length.to_be_bytes();
        let out_length = (SEED as u32).to_be_bytes();
        let ends = [&length[..], &out_length, &[0x80]];
        let string = ends[..2].iter().chain(self.parts).chain(&ends[2..]);
        let mut filled = 0;
        for mut part in string.copied() {
            while !part.is_empty() {
                let (now, later) = part.split_at(part.len().min(BLOCK - filled));
                for state in &mut states {
                    state.iter_mut().skip(filled).zip(now).for_each(|(byte, new)| *byte ^= new);
                }
                filled += now.len();
                if filled == BLOCK {
                    encrypt(&mut states);
                    filled = 0;
                }
                part = later;
            }
        }
        // What is missing of the last block is zeros, which change nothing.
        if filled > 0 {
            encrypt(&mut states);
        }
        for (piece, state) in self.out.chunks_exact_mut(BLOCK).zip(&mut states) {
            piece.copy_from_slice(state);
            state.as_mut_slice().zeroize();
        }
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
