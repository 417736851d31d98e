//! The engine over `ring`: its mechanism table, and the public half of a private key.
//!
//! Each family of mechanisms has a file with one static a mechanism; [`shell`](crate::shell) makes them
//! mechanisms, [`keys`] parses their keys, and [`nist`] has what `ring` keeps to itself about NIST curves.
//! The mechanisms are those of PKCS #11 3.1.
//!
//! What is absent, because `ring` has no way to it: P-521, ECDSA and RSA over a digest that the caller
//! computed, RSA key generation, PSS salts of another length than the digest's.

mod digest;
mod ecdsa;
mod eddsa;
mod hmac;
mod keys;
mod nist;
mod rsa;
#[cfg(test)]
mod tests;

use alloc::vec::Vec;

use portcullis_token::{Curve, Engine, EngineError, KeyMaterial, Mechanism, Secret};

use crate::shell::{self, generate::Generator};

/// Software cryptography by the `ring` crate.
///
/// Keys are generated out of the [`Random`](portcullis_entropy::Random) that the caller gives, and nothing
/// else. Two draws are `ring`'s own, because its random trait can't be implemented outside of it: the salt
/// of an RSA-PSS signature and the nonce of an ECDSA signature come from the operating system (the nonce
/// hashed together with the private key and the message, so a weak draw doesn't reveal the key).
///
/// `ring` does not wipe its parsed keys when they are dropped.
#[derive(Clone, Copy, Debug, Default)]
pub struct RingEngine;

static GENERIC_SECRET_KEY_GEN: Generator = Generator::secrets();
static EC_KEY_PAIR_GEN: Generator = Generator::weierstrass(256..=384, public_point);
static EC_EDWARDS_KEY_PAIR_GEN: Generator = Generator::edwards(public_point);

/// Every mechanism of the engine, in the order of their numbers.
static MECHANISMS: [&dyn Mechanism; 19] = [
    &rsa::SHA256_RSA_PKCS,
    &rsa::SHA384_RSA_PKCS,
    &rsa::SHA512_RSA_PKCS,
    &rsa::SHA256_RSA_PKCS_PSS,
    &rsa::SHA384_RSA_PKCS_PSS,
    &rsa::SHA512_RSA_PKCS_PSS,
    &digest::SHA_1,
    &digest::SHA256,
    &hmac::SHA256_HMAC,
    &digest::SHA384,
    &hmac::SHA384_HMAC,
    &digest::SHA512,
    &hmac::SHA512_HMAC,
    &GENERIC_SECRET_KEY_GEN,
    &EC_KEY_PAIR_GEN,
    &ecdsa::ECDSA_SHA256,
    &ecdsa::ECDSA_SHA384,
    &EC_EDWARDS_KEY_PAIR_GEN,
    &eddsa::EDDSA,
];

impl Engine for RingEngine {
    fn mechanisms(&self) -> &[&'static dyn Mechanism] {
        &MECHANISMS
    }

    fn public_key(&self, private: &KeyMaterial) -> Result<KeyMaterial, EngineError> {
        shell::public_half(private, rsa::public_half, public_point)
    }
}

/// The public point of a private scalar or seed.
///
/// # Errors
/// [`EngineError::KeyInvalid`] when `secret` is none of this curve's, [`EngineError::Unsupported`] when the
/// curve is not `ring`'s.
fn public_point(curve: Curve, secret: &Secret) -> Result<Vec<u8>, EngineError> {
    match curve {
        Curve::Ed25519 => eddsa::public_point(secret.expose()),
        _ => nist::public_point(curve, secret.expose()),
    }
}
