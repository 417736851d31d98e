//! RSA over a digest or a `DigestInfo` that the caller made, with every hash and every salt length (RFC 8017
//! sections 8.1 and 8.2), and encryption but for OAEP.
//!
//! Which data, hashes and salts are fit is decided in [`rsa`](crate::aws_lc::rsa), and which keys in
//! [`keys`](crate::aws_lc::keys).

use alloc::vec;
use alloc::vec::Vec;
use core::ffi::c_int;
use core::ptr::{self, NonNull};
use core::slice;

use aws_lc_sys::{
    BN_free, BN_new, BN_set_u64, OPENSSL_free, RSA, RSA_NO_PADDING, RSA_PKCS1_PADDING, RSA_decrypt,
    RSA_encrypt, RSA_free, RSA_generate_key_ex, RSA_new, RSA_private_key_from_bytes,
    RSA_private_key_to_bytes, RSA_public_key_from_bytes, RSA_sign, RSA_sign_pss_mgf1, RSA_sign_raw,
    RSA_verify, RSA_verify_pss_mgf1, RSA_verify_raw,
};

use zeroize::Zeroizing;

use super::owned::Owned;
use super::{OK, function};
use crate::aws_lc::hash::Hash;

/// An RSA key, private or public. Freed with its values overwritten.
pub(crate) struct RsaKey {
    pub(super) key: NonNull<RSA>,
    bits: u32,
}

// SAFETY: an `RSA` is not bound to the thread that made it, and no one else holds the pointer.
unsafe impl Send for RsaKey {}

// SAFETY: signing, verifying, encrypting and decrypting, all that is done through a shared reference, are "non-mutating for
// thread-safety purposes and may be used concurrently" (openssl/rsa.h); what AWS-LC caches in the key it
// guards by the key's own lock.
unsafe impl Sync for RsaKey {}

impl Drop for RsaKey {
    fn drop(&mut self) {
        // SAFETY: the pointer is AWS-LC's, owned by this value alone, and not used after.
        unsafe { RSA_free(self.key.as_ptr()) }
    }
}

/// The hashes of a PSS padding, and its salt.
pub(crate) struct Pss {
    pub(crate) hash: Hash,
    pub(crate) mgf: Hash,
    /// In bytes; not negative, since AWS-LC gives negative lengths a meaning of their own.
    pub(crate) salt_len: u16,
}

impl RsaKey {
    /// Makes a key pair with two primes (FIPS 186-5 appendix A.1.3), as a PKCS #1 `RSAPrivateKey`. AWS-LC rounds `bits`
    /// down to a multiple of 128.
    pub(crate) fn generate(bits: u32, public_exponent: u64) -> Option<Zeroizing<Vec<u8>>> {
        // SAFETY: takes nothing, and gives a new number or null.
        let exponent = unsafe { BN_new() };
        // SAFETY: it is null or new, and `BN_free` frees it.
        let exponent = unsafe { Owned::new(exponent, BN_free) }?;
        // SAFETY: the number lives as long as `exponent`.
        let set = unsafe { BN_set_u64(exponent.as_ptr(), public_exponent) };
        // SAFETY: takes nothing, and gives a new key or null.
        let made = Self { key: NonNull::new(unsafe { RSA_new() })?, bits };
        let (key, none) = (made.key.as_ptr(), ptr::null_mut());
        // SAFETY: key and exponent live through the call, and no one is told of its progress.
        let generated = unsafe { RSA_generate_key_ex(key, bits.try_into().ok()?, exponent.as_ptr(), none) };
        if (set, generated) != (OK, OK) {
            return None;
        }
        let (mut der, mut len) = (ptr::null_mut(), 0);
        // SAFETY: AWS-LC reads the key, and writes where its new bytes are and how many.
        let encoded = unsafe { RSA_private_key_to_bytes(&raw mut der, &raw mut len, key) };
        // SAFETY: the bytes are new and no one else frees them; what was not made is null. `OPENSSL_free` overwrites them.
        let der = unsafe { Owned::new(der.cast(), OPENSSL_free) }?;
        if encoded != OK {
            return None;
        }
        // SAFETY: there are `len` bytes at `der`, which lives on.
        let bytes = unsafe { slice::from_raw_parts(der.as_ptr().cast::<u8>(), len) };
        Some(Zeroizing::new(bytes.to_vec()))
    }

    /// Parses a PKCS #1 `RSAPrivateKey` whose modulus has `bits` bits. `None` when it is no valid key.
    pub(crate) fn private(der: &[u8], bits: u32) -> Option<Self> {
        // SAFETY: AWS-LC reads `der.len()` bytes from `der`, and gives a new key or null.
        let key = unsafe { RSA_private_key_from_bytes(der.as_ptr(), der.len()) };
        Some(Self { key: NonNull::new(key)?, bits })
    }

    /// Parses a PKCS #1 `RSAPublicKey` whose modulus has `bits` bits. `None` when it is no valid key.
    pub(crate) fn public(der: &[u8], bits: u32) -> Option<Self> {
        // SAFETY: AWS-LC reads `der.len()` bytes from `der`, and gives a new key or null.
        let key = unsafe { RSA_public_key_from_bytes(der.as_ptr(), der.len()) };
        Some(Self { key: NonNull::new(key)?, bits })
    }

    /// The modulus's length in bits.
    pub(crate) fn bits(&self) -> u32 {
        self.bits
    }

    /// The modulus's length in bytes, and that of a signature.
    pub(crate) fn len(&self) -> usize {
        self.bits.div_ceil(8) as usize
    }

    /// Signs a digest with PKCS #1 v1.5 padding.
    pub(crate) fn sign(&self, hash: Hash, digest: &[u8]) -> Option<Vec<u8>> {
        let mut signature = vec![0; self.len()];
        let mut len = 0;
        // SAFETY: AWS-LC reads `digest.len()` bytes from `digest` and writes at most the modulus's length to
        // `signature`, which has it, and one number to `len`. The key lives as long as `self`.
        let result = unsafe {
            RSA_sign(
                hash.nid,
                digest.as_ptr(),
                digest.len(),
                signature.as_mut_ptr(),
                &raw mut len,
                self.key.as_ptr(),
            )
        };
        (result == OK && len as usize == signature.len()).then_some(signature)
    }

    /// Whether `signature` is this key's over a digest, with PKCS #1 v1.5 padding.
    pub(crate) fn verify(&self, hash: Hash, digest: &[u8], signature: &[u8]) -> bool {
        // SAFETY: AWS-LC reads each slice within its length. The key lives as long as `self`.
        let result = unsafe {
            RSA_verify(
                hash.nid,
                digest.as_ptr(),
                digest.len(),
                signature.as_ptr(),
                signature.len(),
                self.key.as_ptr(),
            )
        };
        result == OK
    }

    /// Signs a digest with PSS padding.
    pub(crate) fn sign_pss(&self, pss: &Pss, digest: &[u8]) -> Option<Vec<u8>> {
        let (hash, mgf) = (function(pss.hash)?, function(pss.mgf)?);
        let mut signature = vec![0; self.len()];
        let mut len = 0;
        // SAFETY: AWS-LC reads `digest.len()` bytes from `digest`, writes at most `signature.len()` to
        // `signature` and one number to `len`; the hash functions are statics. The key lives as long as
        // `self`.
        let result = unsafe {
            RSA_sign_pss_mgf1(
                self.key.as_ptr(),
                &raw mut len,
                signature.as_mut_ptr(),
                signature.len(),
                digest.as_ptr(),
                digest.len(),
                hash,
                mgf,
                c_int::from(pss.salt_len),
            )
        };
        (result == OK && len == signature.len()).then_some(signature)
    }

    /// Whether `signature` is this key's over a digest, with PSS padding and a salt of exactly that length.
    pub(crate) fn verify_pss(&self, pss: &Pss, digest: &[u8], signature: &[u8]) -> bool {
        let (Some(hash), Some(mgf)) = (function(pss.hash), function(pss.mgf)) else { return false };
        // SAFETY: AWS-LC reads each slice within its length; the hash functions are statics. The key lives
        // as long as `self`.
        let result = unsafe {
            RSA_verify_pss_mgf1(
                self.key.as_ptr(),
                digest.as_ptr(),
                digest.len(),
                hash,
                mgf,
                c_int::from(pss.salt_len),
                signature.as_ptr(),
                signature.len(),
            )
        };
        result == OK
    }

    /// Signs data as it is, with PKCS #1 v1.5 padding of block type 1.
    pub(crate) fn sign_unhashed(&self, data: &[u8]) -> Option<Vec<u8>> {
        self.sign_raw(data, RSA_PKCS1_PADDING)
    }

    /// Signs a number of the modulus's length. `None` when it is not below the modulus.
    pub(crate) fn sign_unpadded(&self, number: &[u8]) -> Option<Vec<u8>> {
        self.sign_raw(number, RSA_NO_PADDING)
    }

    fn sign_raw(&self, data: &[u8], padding: c_int) -> Option<Vec<u8>> {
        let mut signature = vec![0; self.len()];
        let mut len = 0;
        // SAFETY: AWS-LC reads `data.len()` bytes from `data`, writes at most `signature.len()` to
        // `signature` and one number to `len`. The key lives as long as `self`.
        let result = unsafe {
            RSA_sign_raw(
                self.key.as_ptr(),
                &raw mut len,
                signature.as_mut_ptr(),
                signature.len(),
                data.as_ptr(),
                data.len(),
                padding,
            )
        };
        (result == OK && len == signature.len()).then_some(signature)
    }

    /// What `signature` was made over, with PKCS #1 v1.5 padding of block type 1.
    pub(crate) fn recover(&self, signature: &[u8]) -> Option<Vec<u8>> {
        self.verify_raw(signature, RSA_PKCS1_PADDING)
    }

    /// The number that `signature` was made over, in the modulus's length.
    pub(crate) fn recover_unpadded(&self, signature: &[u8]) -> Option<Vec<u8>> {
        self.verify_raw(signature, RSA_NO_PADDING)
    }

    fn verify_raw(&self, signature: &[u8], padding: c_int) -> Option<Vec<u8>> {
        let mut signed = vec![0; self.len()];
        let mut len = 0;
        // SAFETY: AWS-LC reads `signature.len()` bytes from `signature`, writes at most `signed.len()` to
        // `signed` and one number to `len`. The key lives as long as `self`.
        let result = unsafe {
            RSA_verify_raw(
                self.key.as_ptr(),
                &raw mut len,
                signed.as_mut_ptr(),
                signed.len(),
                signature.as_ptr(),
                signature.len(),
                padding,
            )
        };
        signed.truncate(len);
        (result == OK).then_some(signed)
    }

    /// Encrypts with PKCS #1 v1.5 padding of block type 2 into `out`, which has the modulus's length. Whether
    /// it could.
    pub(crate) fn encrypt_pkcs1(&self, plaintext: &[u8], out: &mut [u8]) -> bool {
        self.encrypt_raw(plaintext, out, RSA_PKCS1_PADDING)
    }

    /// Encrypts a number of the modulus's length into `out`, which has it too. Whether it is below the modulus.
    pub(crate) fn encrypt_unpadded(&self, number: &[u8], out: &mut [u8]) -> bool {
        self.encrypt_raw(number, out, RSA_NO_PADDING)
    }

    fn encrypt_raw(&self, plaintext: &[u8], out: &mut [u8], padding: c_int) -> bool {
        let mut len = 0;
        // SAFETY: AWS-LC reads `plaintext.len()` bytes, writes at most `out.len()` to `out` and one number to
        // `len`. The key lives as long as `self`.
        let result = unsafe {
            RSA_encrypt(
                self.key.as_ptr(),
                &raw mut len,
                out.as_mut_ptr(),
                out.len(),
                plaintext.as_ptr(),
                plaintext.len(),
                padding,
            )
        };
        result == OK && len == out.len()
    }

    /// Decrypts to a number of the modulus's length, into `out`, which has it. Whether the ciphertext is below
    /// the modulus.
    pub(crate) fn decrypt_unpadded(&self, ciphertext: &[u8], out: &mut [u8]) -> bool {
        let mut len = 0;
        // SAFETY: AWS-LC reads `ciphertext.len()` bytes, writes at most `out.len()` to `out` and one number to
        // `len`. The key lives as long as `self`.
        let result = unsafe {
            RSA_decrypt(
                self.key.as_ptr(),
                &raw mut len,
                out.as_mut_ptr(),
                out.len(),
                ciphertext.as_ptr(),
                ciphertext.len(),
                RSA_NO_PADDING,
            )
        };
        result == OK && len == out.len()
    }
}
