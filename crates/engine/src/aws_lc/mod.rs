//! The engine over AWS-LC: its mechanism table, and the public half of a private key.
//!
//! Each family of mechanisms has a file with one static a mechanism; [`shell`](crate::shell) makes them
//! mechanisms, [`keys`] parses their keys, [`hash`] knows the hashes, [`hashed`] puts one before a scheme
//! that signs digests, [`derive`] has the key derivations, [`lattice`] ML-KEM and ML-DSA, and [`raw`] the calls
//! for which `aws-lc-rs` has no safe way. The mechanisms are those of PKCS #11 3.1, and of 3.2 on lattices.

mod aes;
mod chacha;
mod derive;
mod ecdsa;
mod eddsa;
mod generate;
mod hash;
mod hash_state;
mod hashed;
mod hmac;
mod keys;
mod lattice;
mod pkcs1_padding;
mod raw;
mod rsa;
mod rsa_encrypt;
#[cfg(test)]
mod tests;

use alloc::vec::Vec;

use portcullis_token::{Curve, Engine, EngineError, KeyMaterial, Mechanism, ParameterSet, Secret};

use self::derive::{combine, ecdh, encrypt, hkdf, kbkdf, pbkdf2, tls};
use self::lattice::{dsa, kem};
use crate::shell;

/// Software cryptography by AWS-LC, through the `aws-lc-rs` crate.
///
/// Keys on curves and lattices, secrets, and what ML-KEM encapsulates come out of the
/// [`Random`](portcullis_entropy::Random) that the caller gives, and nothing else. Five draws are AWS-LC's own,
/// from a generator of its own that the operating system seeds, because it takes no other: the primes of a new
/// RSA key (made only while the caller's `Random` answers), the salt of an RSA-PSS signature, the nonce of an
/// ECDSA signature, what hedges one of ML-DSA, and the padding of what RSA encrypts.
///
/// What AWS-LC frees it overwrites, parsed keys included.
#[derive(Clone, Copy, Debug, Default)]
pub struct AwsLcEngine;

/// [`AwsLcEngine`], which here also makes RSA keys that are too short for new uses, from 1024 bits on. Zones of DNSSEC
/// still have such keys, and devices that take no longer ones.
#[derive(Clone, Copy, Debug, Default)]
pub struct ShortRsaEngine;

/// Every mechanism of the engine, in the order of their numbers.
static MECHANISMS: [&dyn Mechanism; 133] = [
    &generate::RSA_PKCS_KEY_PAIR_GEN,
    &rsa::RSA_PKCS,
    &rsa::RSA_X_509,
    &rsa::SHA1_RSA_PKCS,
    &rsa_encrypt::RSA_PKCS_OAEP,
    &rsa::RSA_PKCS_PSS,
    &rsa::SHA1_RSA_PKCS_PSS,
    &kem::ML_KEM_KEY_PAIR_GEN,
    &kem::ML_KEM,
    &dsa::ML_DSA_KEY_PAIR_GEN,
    &dsa::ML_DSA,
    &dsa::HASH_ML_DSA,
    &dsa::HASH_ML_DSA_SHA224,
    &dsa::HASH_ML_DSA_SHA256,
    &dsa::HASH_ML_DSA_SHA384,
    &dsa::HASH_ML_DSA_SHA512,
    &dsa::HASH_ML_DSA_SHA3_224,
    &dsa::HASH_ML_DSA_SHA3_256,
    &dsa::HASH_ML_DSA_SHA3_384,
    &dsa::HASH_ML_DSA_SHA3_512,
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
    &tls::TLS12_EXTENDED_MASTER_KEY_DERIVE,
    &tls::TLS12_EXTENDED_MASTER_KEY_DERIVE_DH,
    &rsa::SHA3_256_RSA_PKCS,
    &rsa::SHA3_384_RSA_PKCS,
    &rsa::SHA3_512_RSA_PKCS,
    &rsa::SHA3_256_RSA_PKCS_PSS,
    &rsa::SHA3_384_RSA_PKCS_PSS,
    &rsa::SHA3_512_RSA_PKCS_PSS,
    &rsa::SHA3_224_RSA_PKCS,
    &rsa::SHA3_224_RSA_PKCS_PSS,
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
    &generate::SHA3_256_KEY_GEN,
    &hash::SHA3_224,
    &hmac::SHA3_224_HMAC,
    &hmac::SHA3_224_HMAC_GENERAL,
    &generate::SHA3_224_KEY_GEN,
    &hash::SHA3_384,
    &hmac::SHA3_384_HMAC,
    &hmac::SHA3_384_HMAC_GENERAL,
    &generate::SHA3_384_KEY_GEN,
    &hash::SHA3_512,
    &hmac::SHA3_512_HMAC,
    &hmac::SHA3_512_HMAC_GENERAL,
    &generate::SHA3_512_KEY_GEN,
    &generate::GENERIC_SECRET_KEY_GEN,
    &combine::CONCATENATE_BASE_AND_KEY,
    &combine::CONCATENATE_BASE_AND_DATA,
    &combine::CONCATENATE_DATA_AND_BASE,
    &combine::XOR_BASE_AND_DATA,
    &kbkdf::SP800_108_COUNTER_KDF,
    &kbkdf::SP800_108_FEEDBACK_KDF,
    &kbkdf::SP800_108_DOUBLE_PIPELINE_KDF,
    &pbkdf2::PKCS5_PBKD2,
    &tls::TLS12_MAC,
    &tls::TLS12_KDF,
    &tls::TLS12_MASTER_KEY_DERIVE,
    &tls::TLS12_KEY_AND_MAC_DERIVE,
    &tls::TLS12_MASTER_KEY_DERIVE_DH,
    &tls::TLS12_KEY_SAFE_DERIVE,
    &tls::TLS_MAC,
    &tls::TLS_KDF,
    &generate::EC_KEY_PAIR_GEN,
    &ecdsa::ECDSA,
    &ecdsa::ECDSA_SHA1,
    &ecdsa::ECDSA_SHA224,
    &ecdsa::ECDSA_SHA256,
    &ecdsa::ECDSA_SHA384,
    &ecdsa::ECDSA_SHA512,
    &ecdsa::ECDSA_SHA3_224,
    &ecdsa::ECDSA_SHA3_256,
    &ecdsa::ECDSA_SHA3_384,
    &ecdsa::ECDSA_SHA3_512,
    &ecdh::ECDH1_DERIVE,
    &ecdh::ECDH1_COFACTOR_DERIVE,
    &rsa_encrypt::RSA_AES_KEY_WRAP,
    &generate::EC_EDWARDS_KEY_PAIR_GEN,
    &generate::EC_MONTGOMERY_KEY_PAIR_GEN,
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
    &encrypt::AES_ECB_ENCRYPT_DATA,
    &encrypt::AES_CBC_ENCRYPT_DATA,
    &generate::CHACHA20_KEY_GEN,
    &aes::AES_KEY_WRAP,
    &aes::AES_KEY_WRAP_PAD,
    &aes::AES_KEY_WRAP_KWP,
    &generate::SHA_1_KEY_GEN,
    &generate::SHA224_KEY_GEN,
    &generate::SHA256_KEY_GEN,
    &generate::SHA384_KEY_GEN,
    &generate::SHA512_KEY_GEN,
    &generate::SHA512_256_KEY_GEN,
    &chacha::CHACHA20_POLY1305,
    &hkdf::HKDF_DERIVE,
    &hkdf::HKDF_DATA,
    &generate::HKDF_KEY_GEN,
];

/// Every mechanism, with the other generator of RSA keys.
static WITH_SHORT_RSA: [&dyn Mechanism; MECHANISMS.len()] = {
    let mut all = MECHANISMS;
    all[0] = &generate::SHORT_RSA_PKCS_KEY_PAIR_GEN;
    all
};

impl Engine for ShortRsaEngine {
    fn mechanisms(&self) -> &[&'static dyn Mechanism] {
        &WITH_SHORT_RSA
    }

    fn public_key(&self, private: &KeyMaterial) -> Result<KeyMaterial, EngineError> {
        AwsLcEngine.public_key(private)
    }

    fn expand(&self, set: ParameterSet, seed: &Secret) -> Result<KeyMaterial, EngineError> {
        AwsLcEngine.expand(set, seed)
    }
}

impl Engine for AwsLcEngine {
    fn mechanisms(&self) -> &[&'static dyn Mechanism] {
        &MECHANISMS
    }

    fn public_key(&self, private: &KeyMaterial) -> Result<KeyMaterial, EngineError> {
        match private {
            KeyMaterial::LatticePrivate { set, value, seed, .. } => {
                lattice::public_half(*set, value, seed.as_ref())
            }
            _ => shell::public_half(private, rsa::public_half, public_point),
        }
    }

    fn expand(&self, set: ParameterSet, seed: &Secret) -> Result<KeyMaterial, EngineError> {
        lattice::expand(set, Secret::copied(seed.expose()))
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
        _ => ecdh::public_point(curve, secret.expose()),
    }
}
