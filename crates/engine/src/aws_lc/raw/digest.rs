//! Digests over parts (`openssl/digest.h`).

use alloc::vec;
use alloc::vec::Vec;
use core::ptr::{self, NonNull};

use aws_lc_sys::{
    EVP_DigestFinal_ex, EVP_DigestInit_ex, EVP_DigestUpdate, EVP_MAX_MD_SIZE, EVP_MD_CTX, EVP_MD_CTX_free,
    EVP_MD_CTX_new,
};

use super::{OK, function};
use crate::aws_lc::hash::Hash;

/// A digest in the making.
pub(crate) struct Digest(NonNull<EVP_MD_CTX>);

// SAFETY: an `EVP_MD_CTX` is not bound to the thread that made it, and no one else holds the pointer.
unsafe impl Send for Digest {}

impl Drop for Digest {
    fn drop(&mut self) {
        // SAFETY: the pointer is AWS-LC's, owned by this value alone, and not used after.
        unsafe { EVP_MD_CTX_free(self.0.as_ptr()) }
    }
}

impl Digest {
    /// The start.
    ///
    /// # Panics
    /// When there is no memory, as Rust's own allocations do: AWS-LC knows every hash that has a name here.
    pub(crate) fn new(hash: Hash) -> Self {
        // SAFETY: gives a new context or null.
        let context = NonNull::new(unsafe { EVP_MD_CTX_new() }).expect("there is memory for a digest");
        let digest = Self(context);
        let function = function(hash).expect("AWS-LC has every hash that is named");
        // SAFETY: the context is live and the hash function a static.
        let result = unsafe { EVP_DigestInit_ex(context.as_ptr(), function, ptr::null_mut()) };
        assert_eq!(result, OK, "there is memory for a digest");
        digest
    }

    /// Takes the next part.
    pub(crate) fn update(&mut self, part: &[u8]) {
        // SAFETY: AWS-LC reads `part.len()` bytes; the context is live and held by no one else.
        let result = unsafe { EVP_DigestUpdate(self.0.as_ptr(), part.as_ptr().cast(), part.len()) };
        assert_eq!(result, OK, "a digest that was started takes any data");
    }

    /// The digest of all parts.
    pub(crate) fn finish(self) -> Vec<u8> {
        let mut digest = vec![0; EVP_MAX_MD_SIZE as usize];
        let mut len = 0;
        // SAFETY: AWS-LC writes at most `EVP_MAX_MD_SIZE` bytes to `digest`, which has them, and one number to
        // `len`.
        let result = unsafe { EVP_DigestFinal_ex(self.0.as_ptr(), digest.as_mut_ptr(), &raw mut len) };
        assert_eq!(result, OK, "a digest that was started ends");
        digest.truncate(len as usize);
        digest
    }
}
