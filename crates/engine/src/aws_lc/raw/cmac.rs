//! AES-CMAC over parts (`openssl/cmac.h`).

use core::ptr::{self, NonNull};

use aws_lc_sys::{
    CMAC_CTX, CMAC_CTX_copy, CMAC_CTX_free, CMAC_CTX_new, CMAC_Final, CMAC_Init, CMAC_Update,
    EVP_aes_128_cbc, EVP_aes_192_cbc, EVP_aes_256_cbc,
};

use super::OK;
use super::aes::Block;

/// A tag in the making; one that has seen nothing is its key.
pub(crate) struct Cmac(NonNull<CMAC_CTX>);

// SAFETY: a `CMAC_CTX` is not bound to the thread that made it, and no one else holds the pointer.
unsafe impl Send for Cmac {}

// SAFETY: through a shared reference a context is only copied, and the copy only reads it.
unsafe impl Sync for Cmac {}

impl Drop for Cmac {
    fn drop(&mut self) {
        // SAFETY: the pointer is AWS-LC's, owned by this value alone, and not used after.
        unsafe { CMAC_CTX_free(self.0.as_ptr()) }
    }
}

impl Cmac {
    /// The start with a key of 16, 24 or 32 bytes; `None` for another.
    pub(crate) fn new(key: &[u8]) -> Option<Self> {
        let cipher = match key.len() {
            // SAFETY: gives a static.
            16 => unsafe { EVP_aes_128_cbc() },
            // SAFETY: gives a static.
            24 => unsafe { EVP_aes_192_cbc() },
            // SAFETY: gives a static.
            32 => unsafe { EVP_aes_256_cbc() },
            _ => return None,
        };
        let mac = Self::empty()?;
        // SAFETY: AWS-LC reads `key.len()` bytes from `key` and writes the live context.
        let result =
            unsafe { CMAC_Init(mac.0.as_ptr(), key.as_ptr().cast(), key.len(), cipher, ptr::null_mut()) };
        (result == OK).then_some(mac)
    }

    /// The same, to go on with apart.
    pub(crate) fn copied(&self) -> Option<Self> {
        let copy = Self::empty()?;
        // SAFETY: both contexts are live, and `self` is only read.
        let result = unsafe { CMAC_CTX_copy(copy.0.as_ptr(), self.0.as_ptr()) };
        (result == OK).then_some(copy)
    }

    fn empty() -> Option<Self> {
        // SAFETY: gives a new context or null.
        NonNull::new(unsafe { CMAC_CTX_new() }).map(Self)
    }

    /// Takes the next part. Whether it could.
    pub(crate) fn update(&mut self, part: &[u8]) -> bool {
        // SAFETY: AWS-LC reads `part.len()` bytes; the context is live and held by no one else.
        let result = unsafe { CMAC_Update(self.0.as_ptr(), part.as_ptr(), part.len()) };
        result == OK
    }

    /// The tag over all parts.
    pub(crate) fn finish(self) -> Option<Block> {
        let mut tag = Block::default();
        let mut len = 0;
        // SAFETY: AWS-LC writes one block to `tag`, which has one, and one number to `len`.
        let result = unsafe { CMAC_Final(self.0.as_ptr(), tag.as_mut_ptr(), &raw mut len) };
        (result == OK && len == tag.len()).then_some(tag)
    }
}
