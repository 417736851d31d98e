//! SHAKE256 (FIPS 202; `openssl/digest.h`).

use core::ptr;

use aws_lc_sys::{
    EVP_DigestFinalXOF, EVP_DigestInit_ex, EVP_DigestUpdate, EVP_MD_CTX_free, EVP_MD_CTX_new, EVP_shake256,
};

use super::OK;
use super::owned::Owned;

/// The first 64 bytes of SHAKE256 over parts, one after the other.
pub(in crate::aws_lc) fn shake256(parts: &[&[u8]]) -> Option<[u8; 64]> {
    // SAFETY: gives a new context or null.
    let context = unsafe { EVP_MD_CTX_new() };
    // SAFETY: `context` is this function's own.
    let context = unsafe { Owned::new(context, EVP_MD_CTX_free) }?;
    // SAFETY: gives a static.
    let function = unsafe { EVP_shake256() };
    // SAFETY: the context is live and the hash function a static.
    if unsafe { EVP_DigestInit_ex(context.as_ptr(), function, ptr::null_mut()) } != OK {
        return None;
    }
    for part in parts {
        // SAFETY: AWS-LC reads `part.len()` bytes; the context is live and held by no one else.
        if unsafe { EVP_DigestUpdate(context.as_ptr(), part.as_ptr().cast(), part.len()) } != OK {
            return None;
        }
    }
    let mut output = [0; 64];
    // SAFETY: AWS-LC writes as many bytes to `output` as it has.
    let result = unsafe { EVP_DigestFinalXOF(context.as_ptr(), output.as_mut_ptr(), output.len()) };
    (result == OK).then_some(output)
}
