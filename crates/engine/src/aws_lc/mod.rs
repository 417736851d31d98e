//! The engine over AWS-LC: its mechanism table, and the public half of a private key.
//!
//! Each family of mechanisms has a file with one static a mechanism; [`shell`](crate::shell) makes them
//! mechanisms, [`keys`] parses their keys, [`hash`] knows the hashes, [`hashed`] puts one before a scheme
//! that signs digests, and [`raw`] has the calls for which `aws-lc-rs` has no safe way. The mechanisms are
//! those of PKCS #11 3.1.
//!
//! What is absent: deriving and encapsulating.

mod aes;
mod chacha;
mod ecdsa;
mod eddsa;
mod generate;
mod hash;
mod hashed;
mod hmac;
mod keys;
mod raw;
mod rsa;
#[cfg(test)]
mod tests;

use alloc::vec::Vec;

use portcullis_token::{Curve, Engine, EngineError, KeyMaterial, Mechanism, Secret};

use crate::shell;

/// Software cryptography by AWS-LC, through the `aws-lc-rs` crate.
///
/// Keys on curves and generic secrets are generated out of the [`Random`](portcullis_entropy::Random) that
/// the caller gives, and nothing else. Three draws are AWS-LC's own, from a generator of its own that the
/// operating system seeds, because it takes no other: the primes of a new RSA key (made only while the
/// caller's `Random` answers), the salt of an RSA-PSS signature and the nonce of an ECDSA signature.
///
/// What AWS-LC frees it overwrites, parsed keys included.
#[derive(Clone, Copy, Debug, Default)]
pub struct AwsLcEngine;

/// Every mechanism of the engine, in the order of their numbers.
static MECHANISMS: [&dyn Mechanism; 69] = [
    &generate::RSA_PKCS_KEY_PAIR_GEN,
    &rsa::RSA_PKCS,
    &rsa::SHA1_RSA_PKCS,
    &rsa::RSA_PKCS_PSS,
    &rsa::SHA1_RSA_PKCS_PSS,
    &rsa::SHA256_RSA_PKCS,
    &rsa::SHA384_RSA_PKCS,
    &rsa::SHA512_RSA_PKCS,
    &rsa::SHA256_RSA_PKCS_PSS,
    &rsa::SHA384_RSA_PKCS_PSS,
    &rsa::SHA512_RSA_PKCS_PSS,
    &rsa::SHA224_RSA_PKCS,
    &rsa::SHA224_RSA_PKCS_PSS,
    &hash::SHA512_256,
    &hmac::SHA512_256_HMAC,
    &hmac::SHA512_256_HMAC_GENERAL,
    &hash::MD5,
    &hash::SHA_1,
    &hmac::SHA_1_HMAC,
    &hmac::SHA_1_HMAC_GENERAL,
    &hash::SHA256,
    &hmac::SHA256_HMAC,
    &hmac::SHA256_HMAC_GENERAL,
    &hash::SHA224,
    &hmac::SHA224_HMAC,
    &hmac::SHA224_HMAC_GENERAL,
    &hash::SHA384,
    &hmac::SHA384_HMAC,
    &hmac::SHA384_HMAC_GENERAL,
    &hash::SHA512,
    &hmac::SHA512_HMAC,
    &hmac::SHA512_HMAC_GENERAL,
    &hash::SHA3_256,
    &hmac::SHA3_256_HMAC,
    &hmac::SHA3_256_HMAC_GENERAL,
    &hash::SHA3_224,
    &hmac::SHA3_224_HMAC,
    &hmac::SHA3_224_HMAC_GENERAL,
    &hash::SHA3_384,
    &hmac::SHA3_384_HMAC,
    &hmac::SHA3_384_HMAC_GENERAL,
    &hash::SHA3_512,
    &hmac::SHA3_512_HMAC,
    &hmac::SHA3_512_HMAC_GENERAL,
    &generate::GENERIC_SECRET_KEY_GEN,
    &generate::EC_KEY_PAIR_GEN,
    &ecdsa::ECDSA,
    &ecdsa::ECDSA_SHA1,
    &ecdsa::ECDSA_SHA224,
    &ecdsa::ECDSA_SHA256,
    &ecdsa::ECDSA_SHA384,
    &ecdsa::ECDSA_SHA512,
    &generate::EC_EDWARDS_KEY_PAIR_GEN,
    &eddsa::EDDSA,
    &generate::AES_KEY_GEN,
    &aes::AES_ECB,
    &aes::AES_CBC,
    &aes::AES_CBC_PAD,
    &aes::AES_CTR,
    &aes::AES_GCM,
    &aes::AES_CCM,
    &aes::AES_CMAC,
    &aes::AES_CMAC_GENERAL,
    &aes::AES_GMAC,
    &generate::CHACHA20_KEY_GEN,
    &aes::AES_KEY_WRAP,
    &aes::AES_KEY_WRAP_PAD,
    &aes::AES_KEY_WRAP_KWP,
    &chacha::CHACHA20_POLY1305,
];

impl Engine for AwsLcEngine {
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
/// engine doesn't know the curve.
fn public_point(curve: Curve, secret: &Secret) -> Result<Vec<u8>, EngineError> {
    match curve {
        Curve::Ed25519 => eddsa::public_point(secret.expose()),
        _ => ecdsa::public_point(curve, secret.expose()),
    }
}
