//! Ed25519 with a context, and over a hashed message (RFC 8032 section 5.1): `aws-lc-rs` has the plain scheme
//! only.

use aws_lc_sys::{ED25519ctx_sign, ED25519ctx_verify, ED25519ph_sign, ED25519ph_verify};
use portcullis_token::Secret;

use super::OK;

/// Which scheme, and its context of at most 255 bytes.
#[derive(Clone, Copy)]
pub(in crate::aws_lc) enum Variant<'a> {
    /// Ed25519ctx
    Context(&'a [u8]),
    /// Ed25519ph
    Prehash(&'a [u8]),
}

/// The seed of a private key and its public key, side by side. `None` unless each has 32 bytes.
pub(in crate::aws_lc) fn seeded(seed: &[u8], public: &[u8]) -> Option<Secret> {
    (seed.len() == 32 && public.len() == 32).then(|| Secret::new([seed, public].concat()))
}

/// Signs a message with what [`seeded`] made. `None` when the key has another length, or AWS-LC refuses the
/// context.
pub(in crate::aws_lc) fn sign(variant: Variant<'_>, key: &Secret, message: &[u8]) -> Option<[u8; 64]> {
    let key: &[u8; 64] = key.expose().try_into().ok()?;
    let mut signature = [0; 64];
    let (sign, context) = match variant {
        Variant::Context(context) => {
            (ED25519ctx_sign as unsafe extern "C" fn(_, _, _, _, _, _) -> _, context)
        }
        Variant::Prehash(context) => (ED25519ph_sign as _, context),
    };
    // SAFETY: AWS-LC reads `message.len()` bytes from `message`, 64 from `key` and `context.len()` from
    // `context`, and writes 64 to `signature`.
    let result = unsafe {
        sign(
            signature.as_mut_ptr(),
            message.as_ptr(),
            message.len(),
            key.as_ptr(),
            context.as_ptr(),
            context.len(),
        )
    };
    (result == OK).then_some(signature)
}

/// Whether `signature` is the public key's over a message.
pub(in crate::aws_lc) fn verify(
    variant: Variant<'_>,
    public: &[u8; 32],
    message: &[u8],
    signature: &[u8; 64],
) -> bool {
    let (verify, context) = match variant {
        Variant::Context(context) => {
            (ED25519ctx_verify as unsafe extern "C" fn(_, _, _, _, _, _) -> _, context)
        }
        Variant::Prehash(context) => (ED25519ph_verify as _, context),
    };
    // SAFETY: AWS-LC reads `message.len()` bytes from `message`, 64 from `signature`, 32 from `public` and
    // `context.len()` from `context`.
    let result = unsafe {
        verify(
            message.as_ptr(),
            message.len(),
            signature.as_ptr(),
            public.as_ptr(),
            context.as_ptr(),
            context.len(),
        )
    };
    result == OK
}
