//! RSAES-OAEP with any two hashes and a label (RFC 8017 section 7.1; `openssl/evp.h`).

use core::ffi::c_int;
use core::ptr::{self, NonNull};

use aws_lc_sys::{
    EVP_PKEY, EVP_PKEY_CTX, EVP_PKEY_CTX_free, EVP_PKEY_CTX_new, EVP_PKEY_CTX_set_rsa_mgf1_md,
    EVP_PKEY_CTX_set_rsa_oaep_md, EVP_PKEY_CTX_set_rsa_padding, EVP_PKEY_CTX_set0_rsa_oaep_label,
    EVP_PKEY_decrypt, EVP_PKEY_decrypt_init, EVP_PKEY_encrypt, EVP_PKEY_encrypt_init, EVP_PKEY_free,
    EVP_PKEY_new, EVP_PKEY_set1_RSA, OPENSSL_free, OPENSSL_memdup, RSA_PKCS1_OAEP_PADDING,
};

use super::rsa::RsaKey;
use super::{OK, function};
use crate::aws_lc::hash::Hash;

/// An OAEP padding.
pub(crate) struct Padding<'a> {
    pub(crate) hash: Hash,
    pub(crate) mgf: Hash,
    pub(crate) label: &'a [u8],
}

/// A call that starts what a context is for.
type Init = unsafe extern "C" fn(*mut EVP_PKEY_CTX) -> c_int;

/// A call that does it.
type Call = unsafe extern "C" fn(*mut EVP_PKEY_CTX, *mut u8, *mut usize, *const u8, usize) -> c_int;

impl RsaKey {
    /// Encrypts into `out`, which has the modulus's length. Whether it could.
    pub(crate) fn encrypt_oaep(&self, padding: &Padding<'_>, plaintext: &[u8], out: &mut [u8]) -> bool {
        let context = Context::new(self, EVP_PKEY_encrypt_init, padding);
        context.and_then(|context| context.run(EVP_PKEY_encrypt, plaintext, out)) == Some(out.len())
    }

    /// Decrypts into `out`, which has the modulus's length; how many bytes were used, if the padding is right.
    pub(crate) fn decrypt_oaep(
        &self,
        padding: &Padding<'_>,
        ciphertext: &[u8],
        out: &mut [u8],
    ) -> Option<usize> {
        Context::new(self, EVP_PKEY_decrypt_init, padding)?.run(EVP_PKEY_decrypt, ciphertext, out)
    }
}

/// A key under AWS-LC's general name for one.
struct General(NonNull<EVP_PKEY>);

impl Drop for General {
    fn drop(&mut self) {
        // SAFETY: the pointer is AWS-LC's, and this value's share of it is not used after.
        unsafe { EVP_PKEY_free(self.0.as_ptr()) }
    }
}

/// One encryption or decryption.
struct Context(NonNull<EVP_PKEY_CTX>);

impl Drop for Context {
    fn drop(&mut self) {
        // SAFETY: the pointer is AWS-LC's, owned by this value alone, and not used after.
        unsafe { EVP_PKEY_CTX_free(self.0.as_ptr()) }
    }
}

impl Context {
    fn new(key: &RsaKey, init: Init, padding: &Padding<'_>) -> Option<Self> {
        // SAFETY: gives a new key or null.
        let general = General(NonNull::new(unsafe { EVP_PKEY_new() })?);
        // SAFETY: both are live; the general key takes a share of the RSA key, counted atomically.
        let set = unsafe { EVP_PKEY_set1_RSA(general.0.as_ptr(), key.key.as_ptr()) };
        if set != OK {
            return None;
        }
        // SAFETY: the key is live, and the context takes a share of it; gives a new context or null.
        let context = unsafe { EVP_PKEY_CTX_new(general.0.as_ptr(), ptr::null_mut()) };
        let context = Self(NonNull::new(context)?);
        // SAFETY: starts a live context.
        let started = unsafe { init(context.0.as_ptr()) };
        // SAFETY: sets a number of a live context.
        let padded = unsafe { EVP_PKEY_CTX_set_rsa_padding(context.0.as_ptr(), RSA_PKCS1_OAEP_PADDING) };
        // SAFETY: sets a hash function, a static, of a live context.
        let hashed = unsafe { EVP_PKEY_CTX_set_rsa_oaep_md(context.0.as_ptr(), function(padding.hash)?) };
        // SAFETY: as before.
        let masked = unsafe { EVP_PKEY_CTX_set_rsa_mgf1_md(context.0.as_ptr(), function(padding.mgf)?) };
        let ready = [started, padded, hashed, masked] == [OK; 4] && context.label(padding.label);
        ready.then_some(context)
    }

    fn label(&self, label: &[u8]) -> bool {
        if label.is_empty() {
            return true;
        }
        // SAFETY: AWS-LC reads `label.len()` bytes, and gives a copy or null.
        let copy = unsafe { OPENSSL_memdup(label.as_ptr().cast(), label.len()) };
        if copy.is_null() {
            return false;
        }
        // SAFETY: the copy has `label.len()` bytes and is AWS-LC's own; the live context takes it over if this
        // succeeds.
        let result = unsafe { EVP_PKEY_CTX_set0_rsa_oaep_label(self.0.as_ptr(), copy.cast(), label.len()) };
        if result != OK {
            // SAFETY: the context did not take the copy, and nothing else holds it.
            unsafe { OPENSSL_free(copy) }
        }
        result == OK
    }

    /// How many bytes were written to `out`.
    fn run(&self, call: Call, input: &[u8], out: &mut [u8]) -> Option<usize> {
        let mut len = out.len();
        // SAFETY: AWS-LC reads `input.len()` bytes, writes at most `len` bytes to `out`, which has them, and one
        // number to `len`; the context is live.
        let result =
            unsafe { call(self.0.as_ptr(), out.as_mut_ptr(), &raw mut len, input.as_ptr(), input.len()) };
        (result == OK && len <= out.len()).then_some(len)
    }
}
