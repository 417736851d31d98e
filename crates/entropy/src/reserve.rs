//! Output of a generator instance that is drawn ahead, for requests that are short. A request under SP 800-90A with
//! something mixed in expands two keys of AES-256, whatever its length; here some sixteen requests share them.
//! `docs/decisions/0027` weighs it.
//!
//! What is drawn ahead would be the same in two processes restored from one snapshot. So each request's piece is
//! encrypted on its way out, in counter mode under a key that was drawn with it, from a counter that is made of the
//! kernel's bytes and the time of that very request: restored copies give unlike bytes, which tell nothing of each
//! other also to who knows those counters.

#[cfg(test)]
mod tests;

use aes::Aes256Enc;
use aes::cipher::{Block, KeyInit};
use zeroize::Zeroize;

use crate::drbg::{DrbgError, key_stream, rekey};
use crate::source::vdso::Fresh;
use crate::wiped::Wiped;

const KEY: usize = 32;
/// Bytes that are drawn ahead: at 32 a request, sixteen requests.
const LEN: usize = 512;

/// Bytes drawn ahead, and the key under which they go out. Wiped when dropped, and each byte when it was given.
pub(crate) struct Reserve {
    /// In front the key as it was drawn, wiped once it is expanded; then the bytes, which are given from the end.
    drawn: Wiped<{ KEY + LEN }>,
    /// How many of them have not been given.
    left: usize,
    cipher: Aes256Enc,
}

impl Reserve {
    /// The longest request that is taken from a reserve: four blocks.
    pub(crate) const MAX_REQUEST: usize = 64;

    /// One with nothing in it yet.
    pub(crate) fn empty() -> Self {
        Self { drawn: Wiped::zeros(), left: 0, cipher: Aes256Enc::new(&[0; KEY].into()) }
    }

    /// Whether it has so many bytes.
    pub(crate) fn has(&self, len: usize) -> bool {
        len <= self.left
    }

    /// Puts new bytes and a new key in the place of what is left, by one request to a generator.
    pub(crate) fn refill(
        &mut self,
        generate: impl FnOnce(&mut [u8]) -> Result<(), DrbgError>,
    ) -> Result<(), DrbgError> {
        self.left = 0;
        generate(&mut *self.drawn)?;
        let (key, bytes) = self.drawn.split_first_chunk_mut().expect("a key, and bytes behind it");
        rekey(&mut self.cipher, key);
        key.as_mut_slice().zeroize();
        self.left = bytes.len();
        Ok(())
    }

    /// Fills `out` with as many of the bytes that it [has](Self::has), encrypted under what is fresh; at most
    /// [`MAX_REQUEST`](Self::MAX_REQUEST).
    pub(crate) fn take(&mut self, out: &mut [u8], fresh: &Fresh) {
        let mut stream = Wiped::<{ Self::MAX_REQUEST }>::zeros();
        let blocks = Block::<Aes256Enc>::slice_as_chunks_mut(&mut *stream).0;
        key_stream(&self.cipher, counter(fresh), &mut blocks[..out.len().div_ceil(16)]);

        let end = KEY + self.left;
        self.left -= out.len();
        let piece = &mut self.drawn[KEY + self.left..end];
        for ((out, piece), stream) in out.iter_mut().zip(&*piece).zip(&*stream) {
            *out = piece ^ stream;
        }
        piece.zeroize();
    }
}

/// The counter before a request's first block: the kernel's bytes with the time added, bit by bit, to their upper half,
/// so that two times never meet by counting on.
fn counter(fresh: &Fresh) -> u128 {
    let (kernel, time) = fresh.split_first_chunk().expect("sixteen bytes and the time");
    let time = u64::from_ne_bytes(time.try_into().expect("the time is a word"));
    u128::from_be_bytes(*kernel) ^ u128::from(time) << 64
}
