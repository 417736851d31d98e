//! The calls to AWS-LC for which `aws-lc-rs` has no safe way, a file for each of its objects.
//!
//! This is the one folder of the crate where `unsafe` is allowed. Nothing is decided here: which data,
//! parameters and keys are fit is decided where the mechanisms are. What is freed is overwritten, by AWS-LC
//! (`OPENSSL_free`) or by the file that owns the bytes.

#![allow(unsafe_code)]

pub(super) mod aead;
pub(super) mod aes;
pub(super) mod cipher;
pub(super) mod cmac;
pub(super) mod curve;
pub(super) mod digest;
pub(super) mod edwards;
pub(super) mod hmac;
pub(super) mod kdf;
pub(super) mod lattice;
pub(super) mod oaep;
mod owned;
mod rsa;
pub(super) mod sha;
pub(super) mod shake;

use core::ffi::c_int;

use aws_lc_sys::{EVP_MD, EVP_get_digestbynid};

pub(super) use self::rsa::{Pss, RsaKey};
use super::hash::Hash;

/// What AWS-LC's functions return when they succeed.
const OK: c_int = 1;

/// AWS-LC's own form of a hash function.
fn function(hash: Hash) -> Option<*const EVP_MD> {
    // SAFETY: takes any number, and gives a static or null.
    let function = unsafe { EVP_get_digestbynid(hash.nid) };
    (!function.is_null()).then_some(function)
}
