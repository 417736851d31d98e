//! Hashes, HMAC and the key derivation functions over it, with every hash: `aws-lc-rs` has no SHA3-224, no
//! HMAC over SHA-3, no HKDF extract step by itself and no SHA-224 in its functions.
//!
//! Every function writes what it derives into the caller's bytes, and answers `None` when AWS-LC fails.

use core::ffi::c_uint;
use core::ptr;

use aws_lc_sys::{EVP_Digest, EVP_MD, HKDF_expand, HKDF_extract, HMAC, PKCS5_PBKDF2_HMAC};
use portcullis_token::{HashAlgorithm, Secret};

use super::OK;
use crate::aws_lc::hash::Hash;

/// The hash of `data`; as much of it as `out` has room for.
pub(in crate::aws_lc) fn digest(hash: HashAlgorithm, data: &[u8], out: &mut [u8]) -> Option<()> {
    let function = function(hash)?;
    let mut digest = Secret::zeroed(hash.digest_len());
    let mut len: c_uint = 0;
    // SAFETY: AWS-LC reads `data.len()` bytes from `data`, and writes the hash's length to `digest`, which
    // has it, and one number to `len`; the hash function is a static.
    let result = unsafe {
        EVP_Digest(
            data.as_ptr().cast(),
            data.len(),
            digest.expose_mut().as_mut_ptr(),
            &raw mut len,
            function,
            ptr::null_mut(),
        )
    };
    (result == OK).then(|| copy_start(&digest, out))
}

/// The HMAC of `data` (RFC 2104); as much of it as `out` has room for.
pub(in crate::aws_lc) fn hmac(hash: HashAlgorithm, key: &[u8], data: &[u8], out: &mut [u8]) -> Option<()> {
    let function = function(hash)?;
    let mut tag = Secret::zeroed(hash.digest_len());
    let mut len: c_uint = 0;
    // SAFETY: AWS-LC reads each slice within its length, and writes the hash's length to `tag`, which has it,
    // and one number to `len`; the hash function is a static.
    let result = unsafe {
        HMAC(
            function,
            key.as_ptr().cast(),
            key.len(),
            data.as_ptr(),
            data.len(),
            tag.expose_mut().as_mut_ptr(),
            &raw mut len,
        )
    };
    (!result.is_null()).then(|| copy_start(&tag, out))
}

/// The extract step of HKDF (RFC 5869 section 2.2). An empty salt is the hash's length of zeros.
pub(in crate::aws_lc) fn hkdf_extract(hash: HashAlgorithm, secret: &[u8], salt: &[u8]) -> Option<Secret> {
    let function = function(hash)?;
    let mut extracted = Secret::zeroed(hash.digest_len());
    let mut len = 0;
    // SAFETY: AWS-LC reads each slice within its length, and writes the hash's length to `extracted`, which
    // has it, and one number to `len`; the hash function is a static.
    let result = unsafe {
        HKDF_extract(
            extracted.expose_mut().as_mut_ptr(),
            &raw mut len,
            function,
            secret.as_ptr(),
            secret.len(),
            salt.as_ptr(),
            salt.len(),
        )
    };
    (result == OK && len == extracted.len()).then_some(extracted)
}

/// The expand step of HKDF (RFC 5869 section 2.3).
pub(in crate::aws_lc) fn hkdf_expand(
    hash: HashAlgorithm,
    key: &[u8],
    info: &[u8],
    len: usize,
) -> Option<Secret> {
    let function = function(hash)?;
    let mut expanded = Secret::zeroed(len);
    // SAFETY: AWS-LC reads each slice within its length and writes `len` bytes to `expanded`, which has them;
    // the hash function is a static.
    let result = unsafe {
        HKDF_expand(
            expanded.expose_mut().as_mut_ptr(),
            len,
            function,
            key.as_ptr(),
            key.len(),
            info.as_ptr(),
            info.len(),
        )
    };
    (result == OK).then_some(expanded)
}

/// PBKDF2 (RFC 8018 section 5.2).
pub(in crate::aws_lc) fn pbkdf2(
    hash: HashAlgorithm,
    password: &[u8],
    salt: &[u8],
    iterations: u32,
    len: usize,
) -> Option<Secret> {
    let function = function(hash)?;
    let mut derived = Secret::zeroed(len);
    // SAFETY: AWS-LC reads each slice within its length and writes `len` bytes to `derived`, which has them;
    // the hash function is a static.
    let result = unsafe {
        PKCS5_PBKDF2_HMAC(
            password.as_ptr().cast(),
            password.len(),
            salt.as_ptr(),
            salt.len(),
            iterations,
            function,
            len,
            derived.expose_mut().as_mut_ptr(),
        )
    };
    (result == OK).then_some(derived)
}

/// Fills `out` from the start of `bytes`.
fn copy_start(bytes: &Secret, out: &mut [u8]) {
    for (to, from) in out.iter_mut().zip(bytes.expose()) {
        *to = *from;
    }
}

/// AWS-LC's own form of the hash of this name.
fn function(hash: HashAlgorithm) -> Option<*const EVP_MD> {
    super::function(Hash::named(hash)?)
}
