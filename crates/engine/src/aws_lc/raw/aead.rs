//! Ciphers with a tag whose data is given whole (`openssl/aead.h`): AES-GCM and ChaCha20-Poly1305.

use core::ptr::{self, NonNull};

use aws_lc_sys::{
    EVP_AEAD, EVP_AEAD_CTX, EVP_AEAD_CTX_free, EVP_AEAD_CTX_new, EVP_AEAD_CTX_open_gather,
    EVP_AEAD_CTX_seal_scatter, EVP_aead_aes_128_gcm, EVP_aead_aes_192_gcm, EVP_aead_aes_256_gcm,
    EVP_aead_chacha20_poly1305,
};

use super::OK;

/// A key, ready for any number of messages with tags of one length.
pub(crate) struct Aead {
    context: NonNull<EVP_AEAD_CTX>,
    tag_len: usize,
}

// SAFETY: an `EVP_AEAD_CTX` is not bound to the thread that made it, and no one else holds the pointer.
unsafe impl Send for Aead {}

// SAFETY: sealing and opening "may be called concurrently" on one context (openssl/aead.h), and nothing else
// is done through a shared reference.
unsafe impl Sync for Aead {}

impl Drop for Aead {
    fn drop(&mut self) {
        // SAFETY: the pointer is AWS-LC's, owned by this value alone, and not used after.
        unsafe { EVP_AEAD_CTX_free(self.context.as_ptr()) }
    }
}

impl Aead {
    /// AES-GCM with a key of 16, 24 or 32 bytes; `None` for another.
    pub(crate) fn aes_gcm(key: &[u8], tag_len: usize) -> Option<Self> {
        let algorithm = match key.len() {
            // SAFETY: gives a static.
            16 => unsafe { EVP_aead_aes_128_gcm() },
            // SAFETY: gives a static.
            24 => unsafe { EVP_aead_aes_192_gcm() },
            // SAFETY: gives a static.
            32 => unsafe { EVP_aead_aes_256_gcm() },
            _ => return None,
        };
        Self::new(algorithm, key, tag_len)
    }

    /// ChaCha20-Poly1305 with a key of 32 bytes; `None` for another.
    pub(crate) fn chacha20_poly1305(key: &[u8], tag_len: usize) -> Option<Self> {
        // SAFETY: gives a static.
        let algorithm = unsafe { EVP_aead_chacha20_poly1305() };
        Self::new(algorithm, key, tag_len)
    }

    fn new(algorithm: *const EVP_AEAD, key: &[u8], tag_len: usize) -> Option<Self> {
        // SAFETY: AWS-LC reads `key.len()` bytes from `key`, refuses what is not of the algorithm's length,
        // and gives a new context or null.
        let context = unsafe { EVP_AEAD_CTX_new(algorithm, key.as_ptr(), key.len(), tag_len) };
        Some(Self { context: NonNull::new(context)?, tag_len })
    }

    /// Encrypts into `out`, which has the plaintext's length, and writes the tag. Whether it could: a nonce
    /// may have a length that the algorithm doesn't take, and data one.
    pub(crate) fn seal(
        &self,
        nonce: &[u8],
        aad: &[u8],
        plaintext: &[u8],
        out: &mut [u8],
        tag: &mut [u8],
    ) -> bool {
        assert_eq!(plaintext.len(), out.len(), "a stream cipher gives as much as it takes");
        let mut tag_len = 0;
        // SAFETY: AWS-LC reads each slice within its length, writes `plaintext.len()` bytes to `out`, which
        // has them, at most `tag.len()` to `tag` and one number to `tag_len`. There is no extra input.
        let result = unsafe {
            EVP_AEAD_CTX_seal_scatter(
                self.context.as_ptr(),
                out.as_mut_ptr(),
                tag.as_mut_ptr(),
                &raw mut tag_len,
                tag.len(),
                nonce.as_ptr(),
                nonce.len(),
                plaintext.as_ptr(),
                plaintext.len(),
                ptr::null(),
                0,
                aad.as_ptr(),
                aad.len(),
            )
        };
        result == OK && tag_len == tag.len() && tag_len == self.tag_len
    }

    /// Decrypts into `out`, which has the ciphertext's length, if the tag is right; if not, `out` has zeros.
    pub(crate) fn open(
        &self,
        nonce: &[u8],
        aad: &[u8],
        ciphertext: &[u8],
        tag: &[u8],
        out: &mut [u8],
    ) -> bool {
        assert_eq!(ciphertext.len(), out.len(), "a stream cipher gives as much as it takes");
        // SAFETY: AWS-LC reads each slice within its length and writes `ciphertext.len()` bytes to `out`,
        // which has them.
        let result = unsafe {
            EVP_AEAD_CTX_open_gather(
                self.context.as_ptr(),
                out.as_mut_ptr(),
                nonce.as_ptr(),
                nonce.len(),
                ciphertext.as_ptr(),
                ciphertext.len(),
                tag.as_ptr(),
                tag.len(),
                aad.as_ptr(),
                aad.len(),
            )
        };
        result == OK
    }
}
