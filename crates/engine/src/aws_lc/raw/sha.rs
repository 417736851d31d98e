//! SHA-1 and SHA-2 over parts, whose state can be saved and taken up again (`openssl/sha.h`).
//!
//! A state is the number of bytes hashed, big-endian in 16 bytes, the chaining value, big-endian, and the bytes
//! that don't fill a block yet. It does not say which hash it is of.

use alloc::vec::Vec;
use core::ffi::c_uint;

use aws_lc_sys::{
    OPENSSL_cleanse, SHA_CTX, SHA1_Final, SHA1_Init, SHA1_Update, SHA224_Final, SHA224_Init, SHA224_Update,
    SHA256_CTX, SHA256_Final, SHA256_Init, SHA256_Update, SHA384_Final, SHA384_Init, SHA384_Update,
    SHA512_256_Final, SHA512_256_Init, SHA512_256_Update, SHA512_CTX, SHA512_Final, SHA512_Init,
    SHA512_Update,
};

use super::OK;

/// A hash whose state can be saved.
pub(crate) trait Resumable: Send + Sized + 'static {
    /// The digest's length in bytes.
    const LEN: usize;

    /// Room for a hash, which [begins](Self::begin), goes on and ends where it lies: moving one would leave a copy
    /// behind that nothing wipes.
    const ROOM: Self;

    /// Begins.
    fn begin(&mut self);

    /// A hash that has begun.
    fn start() -> Self {
        let mut hash = Self::ROOM;
        hash.begin();
        hash
    }

    /// Takes the next part.
    fn update(&mut self, part: &[u8]);

    /// The digest of all parts, into `out` of [`LEN`](Self::LEN) bytes. Nothing but a new beginning may follow.
    fn finish(&mut self, out: &mut [u8]);

    /// The state after all parts.
    fn save(&self) -> Vec<u8>;

    /// The hash in a saved state; `None` when it is none.
    fn restore(state: &[u8]) -> Option<Self>;
}

/// A hash over one of AWS-LC's structures, whose fields it documents.
macro_rules! resumable {
    (
        $name:ident, $context:ident { $data:ident: $block:literal, $word:ty, $words:literal $(, $rest:ident)? },
        $len:literal, $init:ident, $update:ident, $finish:ident
    ) => {
        pub(crate) struct $name($context);

        impl Drop for $name {
            fn drop(&mut self) {
                // SAFETY: writes as many bytes as the structure has, which is plain numbers.
                unsafe { OPENSSL_cleanse((&raw mut self.0).cast(), size_of::<$context>()) }
            }
        }

        impl Resumable for $name {
            const LEN: usize = $len;

            const ROOM: Self =
                Self($context { h: [0; $words], Nl: 0, Nh: 0, $data: [0; $block], num: 0 $(, $rest: 0)? });

            fn begin(&mut self) {
                // SAFETY: AWS-LC writes the structure, which is whole.
                let result = unsafe { $init(&raw mut self.0) };
                assert_eq!(result, OK, "a start needs nothing that could be lacking");
            }

            fn update(&mut self, part: &[u8]) {
                // SAFETY: AWS-LC reads `part.len()` bytes and writes the structure, which is started.
                let result = unsafe { $update(&raw mut self.0, part.as_ptr().cast(), part.len()) };
                assert_eq!(result, OK, "a hash that was started takes any data");
            }

            fn finish(&mut self, out: &mut [u8]) {
                assert_eq!(out.len(), $len, "a digest goes where there is just room for it");
                // SAFETY: AWS-LC writes the digest's length to `out`, which has it.
                let result = unsafe { $finish(out.as_mut_ptr(), &raw mut self.0) };
                assert_eq!(result, OK, "a hash that was started ends");
            }

            fn save(&self) -> Vec<u8> {
                let bits = u128::from(self.0.Nh) << <$word>::BITS | u128::from(self.0.Nl);
                let mut state = (bits / 8).to_be_bytes().to_vec();
                self.0.h.iter().for_each(|word| state.extend(word.to_be_bytes()));
                state.extend(self.0.$data.iter().take(self.0.num as usize));
                state
            }

            fn restore(state: &[u8]) -> Option<Self> {
                let (count, state) = state.split_first_chunk()?;
                let (words, held) = state.split_at_checked($words * size_of::<$word>())?;
                let count = u128::from_be_bytes(*count);
                let bits = count.checked_mul(8)?;
                if u128::try_from(held.len()).ok()? != count % $block {
                    return None;
                }
                let mut hash = Self::start();
                for (word, bytes) in hash.0.h.iter_mut().zip(words.chunks_exact(size_of::<$word>())) {
                    *word = <$word>::from_be_bytes(bytes.try_into().ok()?);
                }
                hash.0.Nl = bits as $word;
                hash.0.Nh = <$word>::try_from(bits >> <$word>::BITS).ok()?;
                hash.0.$data.get_mut(..held.len())?.copy_from_slice(held);
                hash.0.num = c_uint::try_from(held.len()).ok()?;
                Some(hash)
            }
        }
    };
}

resumable!(Sha1, SHA_CTX { data: 64, u32, 5 }, 20, SHA1_Init, SHA1_Update, SHA1_Final);
resumable!(Sha224, SHA256_CTX { data: 64, u32, 8, md_len }, 28, SHA224_Init, SHA224_Update, SHA224_Final);
resumable!(Sha256, SHA256_CTX { data: 64, u32, 8, md_len }, 32, SHA256_Init, SHA256_Update, SHA256_Final);
resumable!(Sha384, SHA512_CTX { p: 128, u64, 8, md_len }, 48, SHA384_Init, SHA384_Update, SHA384_Final);
resumable!(Sha512, SHA512_CTX { p: 128, u64, 8, md_len }, 64, SHA512_Init, SHA512_Update, SHA512_Final);
resumable!(
    Sha512Cut256,
    SHA512_CTX { p: 128, u64, 8, md_len },
    32,
    SHA512_256_Init,
    SHA512_256_Update,
    SHA512_256_Final
);
