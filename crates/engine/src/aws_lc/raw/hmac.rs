//! HMAC over any hash, over parts (`openssl/hmac.h`).

use alloc::vec;
use alloc::vec::Vec;
use core::ptr::{self, NonNull};

use aws_lc_sys::{
    EVP_MAX_MD_SIZE, HMAC_CTX, HMAC_CTX_copy_ex, HMAC_CTX_free, HMAC_CTX_new, HMAC_Final, HMAC_Init_ex,
    HMAC_Update,
};

use super::{OK, function};
use crate::aws_lc::hash::Hash;

/// A tag in the making; one that has seen nothing is its key.
pub(crate) struct Hmac(NonNull<HMAC_CTX>);

// SAFETY: an `HMAC_CTX` is not bound to the thread that made it, and no one else holds the pointer.
unsafe impl Send for Hmac {}

// SAFETY: through a shared reference a context is only copied, and the copy only reads it.
unsafe impl Sync for Hmac {}

impl Drop for Hmac {
    fn drop(&mut self) {
        // SAFETY: the pointer is AWS-LC's, owned by this value alone, and not used after.
        unsafe { HMAC_CTX_free(self.0.as_ptr()) }
    }
}

impl Hmac {
    /// The start with a key.
    pub(crate) fn new(hash: Hash, key: &[u8]) -> Option<Self> {
        let mac = Self::empty()?;
        // SAFETY: AWS-LC reads `key.len()` bytes from `key` and writes the live context; the hash function is a
        // static.
        let result = unsafe {
            HMAC_Init_ex(mac.0.as_ptr(), key.as_ptr().cast(), key.len(), function(hash)?, ptr::null_mut())
        };
        (result == OK).then_some(mac)
    }

    /// The same, to go on with apart.
    pub(crate) fn copied(&self) -> Option<Self> {
        let copy = Self::empty()?;
        // SAFETY: both contexts are live, and `self` is only read.
        let result = unsafe { HMAC_CTX_copy_ex(copy.0.as_ptr(), self.0.as_ptr()) };
        (result == OK).then_some(copy)
    }

    fn empty() -> Option<Self> {
        // SAFETY: gives a new context or null.
        NonNull::new(unsafe { HMAC_CTX_new() }).map(Self)
    }

    /// Takes the next part. Whether it could.
    pub(crate) fn update(&mut self, part: &[u8]) -> bool {
        // SAFETY: AWS-LC reads `part.len()` bytes; the context is live and held by no one else.
        let result = unsafe { HMAC_Update(self.0.as_ptr(), part.as_ptr(), part.len()) };
        result == OK
    }

    /// The tag over all parts.
    pub(crate) fn finish(self) -> Option<Vec<u8>> {
        let mut tag = vec![0; EVP_MAX_MD_SIZE as usize];
        let mut len = 0;
        // SAFETY: AWS-LC writes at most `EVP_MAX_MD_SIZE` bytes to `tag`, which has them, and one number to
        // `len`.
        let result = unsafe { HMAC_Final(self.0.as_ptr(), tag.as_mut_ptr(), &raw mut len) };
        tag.truncate(len as usize);
        (result == OK).then_some(tag)
    }
}
