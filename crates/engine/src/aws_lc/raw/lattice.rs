//! ML-KEM and ML-DSA keys: `aws-lc-rs` makes no ML-KEM key from a seed, does not check one, and signs by ML-DSA
//! whole messages without a context only.
//!
//! Which lengths are fit, and whether the halves of a key are each other's, is
//! [`lattice`](super::super::lattice)'s.

use alloc::vec;
use alloc::vec::Vec;
use core::ffi::c_int;
use core::mem::MaybeUninit;
use core::ptr;

use aws_lc_sys::{
    CBS, CBS_init, EVP_PKEY, EVP_PKEY_CTX, EVP_PKEY_CTX_free, EVP_PKEY_CTX_new, EVP_PKEY_decapsulate,
    EVP_PKEY_free, EVP_PKEY_get_raw_private_key, EVP_PKEY_get_raw_public_key, EVP_PKEY_kem_check_key,
    EVP_PKEY_kem_new_raw_key, EVP_PKEY_pqdsa_new_raw_private_key, EVP_PKEY_pqdsa_new_raw_public_key,
    EVP_PKEY_sign, EVP_PKEY_sign_init, EVP_PKEY_verify, EVP_PKEY_verify_init, EVP_parse_private_key,
    NID_MLDSA44, NID_MLDSA65, NID_MLDSA87, NID_MLKEM512, NID_MLKEM768, NID_MLKEM1024,
};
use portcullis_token::{ParameterSet, Secret};

use super::OK;
use super::owned::Owned;

/// A key of ML-KEM or ML-DSA, private or public. Freed with its values overwritten.
pub(in crate::aws_lc) struct LatticeKey {
    key: Owned<EVP_PKEY>,
    set: ParameterSet,
}

// SAFETY: an `EVP_PKEY` is not bound to the thread that made it, and no one else holds the pointer but the
// operations on it, which count their references atomically.
unsafe impl Send for LatticeKey {}

// SAFETY: "a given object may be used concurrently on multiple threads by non-mutating functions"
// (openssl/evp.h), and through a shared reference a key is only used, never changed.
unsafe impl Sync for LatticeKey {}

impl LatticeKey {
    /// The ML-KEM key in a PKCS #8 `PrivateKeyInfo`, which may have it as its seed (RFC 9935 section 6).
    pub(in crate::aws_lc) fn kem_from_pkcs8(set: ParameterSet, der: &[u8]) -> Option<Self> {
        let mut input = MaybeUninit::<CBS>::uninit();
        // SAFETY: AWS-LC writes a whole `CBS` to `input`, which refers to `der` and lives shorter.
        unsafe { CBS_init(input.as_mut_ptr(), der.as_ptr(), der.len()) };
        // SAFETY: `input` was just written; AWS-LC reads `der.len()` bytes from `der`, and gives a new key or
        // null.
        let key = unsafe { EVP_parse_private_key(input.as_mut_ptr()) };
        owned_key(key, set)
    }

    /// An ML-KEM private key with its public half. `None` when one of them is no valid key or they are not
    /// each other's.
    pub(in crate::aws_lc) fn kem_private(set: ParameterSet, value: &[u8], public: &[u8]) -> Option<Self> {
        // SAFETY: AWS-LC reads each slice within its length, and gives a new key or null.
        let key = unsafe {
            EVP_PKEY_kem_new_raw_key(nid(set), public.as_ptr(), public.len(), value.as_ptr(), value.len())
        };
        let key = owned_key(key, set)?;
        // SAFETY: the key is one of KEMs with both halves, and lives as long as `key`.
        let result = unsafe { EVP_PKEY_kem_check_key(key.key.as_ptr()) };
        (result == OK).then_some(key)
    }

    /// The ML-DSA private key that these bytes are, or that they expand to if they are a seed; its public half
    /// is computed, and an expanded key that is not consistent is refused.
    pub(in crate::aws_lc) fn dsa_private(set: ParameterSet, value: &[u8]) -> Option<Self> {
        // SAFETY: AWS-LC reads `value.len()` bytes from `value`, and gives a new key or null.
        let key = unsafe { EVP_PKEY_pqdsa_new_raw_private_key(nid(set), value.as_ptr(), value.len()) };
        owned_key(key, set)
    }

    /// An ML-DSA public key; every value of the right length is one.
    pub(in crate::aws_lc) fn dsa_public(set: ParameterSet, value: &[u8]) -> Option<Self> {
        // SAFETY: AWS-LC reads `value.len()` bytes from `value`, and gives a new key or null.
        let key = unsafe { EVP_PKEY_pqdsa_new_raw_public_key(nid(set), value.as_ptr(), value.len()) };
        owned_key(key, set)
    }

    /// Its parameters.
    pub(in crate::aws_lc) fn set(&self) -> ParameterSet {
        self.set
    }

    /// The public half.
    pub(in crate::aws_lc) fn public_value(&self) -> Option<Vec<u8>> {
        let mut value = vec![0; self.set.public_len()];
        let mut len = value.len();
        // SAFETY: AWS-LC writes at most `len` bytes to `value`, which has them, and one number to `len`. The
        // key lives as long as `self`.
        let result =
            unsafe { EVP_PKEY_get_raw_public_key(self.key.as_ptr(), value.as_mut_ptr(), &raw mut len) };
        (result == OK && len == value.len()).then_some(value)
    }

    /// The expanded private key.
    pub(in crate::aws_lc) fn private_value(&self) -> Option<Secret> {
        let mut value = Secret::zeroed(self.set.private_len());
        let mut len = value.len();
        // SAFETY: AWS-LC writes at most `len` bytes to `value`, which has them, and one number to `len`. The
        // key lives as long as `self`.
        let result = unsafe {
            EVP_PKEY_get_raw_private_key(self.key.as_ptr(), value.expose_mut().as_mut_ptr(), &raw mut len)
        };
        (result == OK && len == value.len()).then_some(value)
    }

    /// The secret in a ciphertext.
    pub(in crate::aws_lc) fn decapsulate(&self, ciphertext: &[u8]) -> Option<Secret> {
        let context = self.context()?;
        let mut shared = Secret::zeroed(SHARED_LEN);
        let mut len = SHARED_LEN;
        // SAFETY: AWS-LC refuses lengths that are not the set's, reads `ciphertext.len()` bytes from
        // `ciphertext`, writes at most `len` to `shared`, which has them, and one number to `len`. The context
        // lives as long as `context`.
        let result = unsafe {
            EVP_PKEY_decapsulate(
                context.as_ptr(),
                shared.expose_mut().as_mut_ptr(),
                &raw mut len,
                ciphertext.as_ptr(),
                ciphertext.len(),
            )
        };
        (result == OK && len == SHARED_LEN).then_some(shared)
    }

    /// Signs a message representative, with AWS-LC's own draw (FIPS 204 section 6.2).
    pub(in crate::aws_lc) fn sign(&self, representative: &[u8; 64], len: usize) -> Option<Vec<u8>> {
        let context = self.context()?;
        // SAFETY: the context lives as long as `context`.
        if unsafe { EVP_PKEY_sign_init(context.as_ptr()) } != OK {
            return None;
        }
        let mut signature = vec![0; len];
        let mut signed = len;
        // SAFETY: AWS-LC reads the 64 bytes of `representative`, refuses a `signed` that is too short, writes at
        // most as much to `signature`, and one number to `signed`.
        let result = unsafe {
            EVP_PKEY_sign(
                context.as_ptr(),
                signature.as_mut_ptr(),
                &raw mut signed,
                representative.as_ptr(),
                representative.len(),
            )
        };
        (result == OK && signed == len).then_some(signature)
    }

    /// Whether `signature` is this key's over a message representative (FIPS 204 section 6.3).
    pub(in crate::aws_lc) fn verify(&self, representative: &[u8; 64], signature: &[u8]) -> bool {
        let Some(context) = self.context() else { return false };
        // SAFETY: the context lives as long as `context`.
        if unsafe { EVP_PKEY_verify_init(context.as_ptr()) } != OK {
            return false;
        }
        // SAFETY: AWS-LC reads each slice within its length.
        let result = unsafe {
            EVP_PKEY_verify(
                context.as_ptr(),
                signature.as_ptr(),
                signature.len(),
                representative.as_ptr(),
                representative.len(),
            )
        };
        result == OK
    }

    /// The settings of an operation with this key.
    fn context(&self) -> Option<Owned<EVP_PKEY_CTX>> {
        // SAFETY: AWS-LC takes a reference of its own to the key, and gives a new context or null.
        let context = unsafe { EVP_PKEY_CTX_new(self.key.as_ptr(), ptr::null_mut()) };
        owned_context(context)
    }
}

/// The length of a secret that ML-KEM shares (FIPS 203 table 3).
const SHARED_LEN: usize = 32;

fn owned_key(key: *mut EVP_PKEY, set: ParameterSet) -> Option<LatticeKey> {
    // SAFETY: every caller has just got `key` from AWS-LC as its own.
    let key = unsafe { Owned::new(key, EVP_PKEY_free) };
    Some(LatticeKey { key: key?, set })
}

fn owned_context(context: *mut EVP_PKEY_CTX) -> Option<Owned<EVP_PKEY_CTX>> {
    // SAFETY: every caller has just got `context` from AWS-LC as its own.
    unsafe { Owned::new(context, EVP_PKEY_CTX_free) }
}

fn nid(set: ParameterSet) -> c_int {
    match set {
        ParameterSet::MlKem512 => NID_MLKEM512,
        ParameterSet::MlKem768 => NID_MLKEM768,
        ParameterSet::MlKem1024 => NID_MLKEM1024,
        ParameterSet::MlDsa44 => NID_MLDSA44,
        ParameterSet::MlDsa65 => NID_MLDSA65,
        ParameterSet::MlDsa87 => NID_MLDSA87,
        // No key has this number.
        _ => 0,
    }
}
