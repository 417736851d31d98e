//! Private keys on secp256k1 (SEC 2 section 2.4.1) for key agreement, which `aws-lc-rs` has for the NIST curves
//! only.

use alloc::vec;
use alloc::vec::Vec;
use core::ffi::c_int;
use core::ptr;

use aws_lc_sys::{
    BN_bin2bn, BN_clear_free, EC_GROUP, EC_KEY, EC_KEY_free, EC_KEY_get0_group, EC_KEY_get0_private_key,
    EC_KEY_new_by_curve_name, EC_KEY_set_private_key, EC_POINT, EC_POINT_free, EC_POINT_mul, EC_POINT_new,
    EC_POINT_oct2point, EC_POINT_point2oct, ECDH_compute_key, NID_secp256k1, point_conversion_form_t,
};
use portcullis_token::{Curve, Secret};

use super::OK;
use super::owned::Owned;

/// A private key on secp256k1. Freed with its value overwritten.
pub(in crate::aws_lc) struct Secp256k1(Owned<EC_KEY>);

// SAFETY: an `EC_KEY` is not bound to the thread that made it, and no one else holds the pointer.
unsafe impl Send for Secp256k1 {}

// SAFETY: "a given object may be used concurrently on multiple threads by non-mutating functions"
// (openssl/ec_key.h), and through a shared reference a key is only used, never changed.
unsafe impl Sync for Secp256k1 {}

impl Secp256k1 {
    /// Parses a big-endian scalar. `None` unless it is from 1 to the group's order less 1.
    pub(in crate::aws_lc) fn private(scalar: &[u8]) -> Option<Self> {
        // SAFETY: takes any number, and gives a new key or null.
        let key = unsafe { EC_KEY_new_by_curve_name(NID_secp256k1) };
        // SAFETY: `key` is this function's own.
        let key = unsafe { Owned::new(key, EC_KEY_free) }?;
        // SAFETY: AWS-LC reads `scalar.len()` bytes from `scalar`, and gives a new number or null.
        let number = unsafe { BN_bin2bn(scalar.as_ptr(), scalar.len(), ptr::null_mut()) };
        // SAFETY: `number` is this function's own.
        let number = unsafe { Owned::new(number, BN_clear_free) }?;
        // SAFETY: both live longer than the call, which copies the number.
        let result = unsafe { EC_KEY_set_private_key(key.as_ptr(), number.as_ptr()) };
        (result == OK).then_some(Self(key))
    }

    /// The uncompressed public point.
    pub(in crate::aws_lc) fn public_point(&self) -> Option<Vec<u8>> {
        let point = self.new_point()?;
        // SAFETY: gives a number that the key keeps, and that lives as long as `self`.
        let scalar = unsafe { EC_KEY_get0_private_key(self.0.as_ptr()) };
        // SAFETY: group, point and scalar live longer than the call; without a second point there is no second
        // scalar.
        let result = unsafe {
            EC_POINT_mul(self.group(), point.as_ptr(), scalar, ptr::null(), ptr::null(), ptr::null_mut())
        };
        if result != OK {
            return None;
        }
        let mut encoded = vec![0; Curve::Secp256k1.point_len()];
        // SAFETY: AWS-LC writes at most `encoded.len()` bytes to `encoded`; group and point live longer than
        // the call.
        let len = unsafe {
            EC_POINT_point2oct(
                self.group(),
                point.as_ptr(),
                point_conversion_form_t::POINT_CONVERSION_UNCOMPRESSED,
                encoded.as_mut_ptr(),
                encoded.len(),
                ptr::null_mut(),
            )
        };
        (len == encoded.len()).then_some(encoded)
    }

    /// The x coordinate that this key shares with a point. `None` when it does not lie on the curve.
    pub(in crate::aws_lc) fn agree(&self, public: &[u8]) -> Option<Secret> {
        let point = self.new_point()?;
        // SAFETY: AWS-LC reads `public.len()` bytes from `public`; group and point live longer than the call.
        let result = unsafe {
            EC_POINT_oct2point(self.group(), point.as_ptr(), public.as_ptr(), public.len(), ptr::null_mut())
        };
        if result != OK {
            return None;
        }
        let mut shared = Secret::zeroed(Curve::Secp256k1.scalar_len());
        // SAFETY: AWS-LC writes at most `shared.len()` bytes to `shared`; point and key live longer than the
        // call.
        let len = unsafe {
            ECDH_compute_key(
                shared.expose_mut().as_mut_ptr().cast(),
                shared.len(),
                point.as_ptr(),
                self.0.as_ptr(),
                None,
            )
        };
        (c_int::try_from(shared.len()) == Ok(len)).then_some(shared)
    }

    /// A static of AWS-LC.
    fn group(&self) -> *const EC_GROUP {
        // SAFETY: the key lives as long as `self`.
        unsafe { EC_KEY_get0_group(self.0.as_ptr()) }
    }

    fn new_point(&self) -> Option<Owned<EC_POINT>> {
        // SAFETY: the group lives longer than the call, which gives a new point or null.
        let point = unsafe { EC_POINT_new(self.group()) };
        // SAFETY: `point` is this function's own.
        unsafe { Owned::new(point, EC_POINT_free) }
    }
}
