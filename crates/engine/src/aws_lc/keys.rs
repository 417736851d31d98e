//! Keys as AWS-LC wants them, parsed and checked once and then shared by the mechanisms of a family.
//!
//! HMAC keys depend on the hash, so their loaders are in [`hmac`](super::hmac).

use alloc::sync::Arc;
use core::ops::RangeInclusive;

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P256K1_SHA256_FIXED,
    ECDSA_P256K1_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED, ECDSA_P384_SHA384_FIXED_SIGNING,
    ECDSA_P521_SHA512_FIXED, ECDSA_P521_SHA512_FIXED_SIGNING, ED25519, EcdsaKeyPair, EcdsaSigningAlgorithm,
    EcdsaVerificationAlgorithm, Ed25519KeyPair, ParsedPublicKey,
};
use pkcs1::der::Encode;
use pkcs1::der::asn1::UintRef;
use portcullis_token::{Curve, EngineError, KeyMaterial, RsaPrivate, RsaPublic, Secret};

use super::pkcs1_padding::Rejection;
use super::raw::{RsaKey, edwards};
use crate::shell::loader::{Loader, check_rsa_public};

/// The modulus lengths in bits that the engine takes. What is shorter than a new key may be was made long ago, and what
/// was signed or encrypted with it is still there (legacy use, NIST SP 800-131A).
pub(super) const RSA_BITS: RangeInclusive<u32> = 1024..=8192;

/// The modulus lengths in bits of new keys.
pub(super) const NEW_RSA_BITS: RangeInclusive<u32> = 2048..=8192;

/// The Weierstrass curves that the engine takes, by their bits: P-256, secp256k1, P-384 and P-521.
pub(super) const EC_BITS: RangeInclusive<u32> = 256..=521;

/// An RSA private key.
pub(super) struct RsaSigningKey {
    pub(super) key: RsaKey,
    /// What becomes of ciphertexts with a wrong padding.
    pub(super) rejection: Rejection,
}

/// An RSA public key.
pub(super) struct RsaVerifyingKey(pub(super) RsaKey);

/// An ECDSA private key and its curve.
pub(super) struct EcPrivate {
    pub(super) curve: Curve,
    pub(super) pair: EcdsaKeyPair,
}

/// An ECDSA public key and its curve.
pub(super) struct EcPublic {
    pub(super) curve: Curve,
    pub(super) key: ParsedPublicKey,
}

/// An Ed25519 private key, for the plain scheme and for its variants.
pub(super) struct EdPrivate {
    pub(super) pair: Ed25519KeyPair,
    /// The seed, and the public key after it.
    pub(super) seeded: Secret,
}

/// An Ed25519 public key, for the plain scheme and for its variants.
pub(super) struct EdPublic {
    pub(super) key: ParsedPublicKey,
    pub(super) bytes: [u8; 32],
}

/// RSA private keys.
pub(super) static RSA_PRIVATE: Loader = Loader {
    name: "aws-lc rsa private",
    parse: |key| match key {
        KeyMaterial::RsaPrivate(material) => {
            let key = rsa_private(material)?;
            let rejection = Rejection::new(material.private_exponent.expose(), key.len());
            Ok(Arc::new(RsaSigningKey { key, rejection }))
        }
        _ => Err(EngineError::KeyInvalid),
    },
};

/// RSA public keys.
pub(super) static RSA_PUBLIC: Loader = Loader {
    name: "aws-lc rsa public",
    parse: |key| match key {
        KeyMaterial::RsaPublic(key) => Ok(Arc::new(RsaVerifyingKey(rsa_public(key)?))),
        _ => Err(EngineError::KeyInvalid),
    },
};

/// ECDSA private keys; the point must be the scalar's.
pub(super) static EC_PRIVATE: Loader = Loader {
    name: "aws-lc ecdsa private",
    parse: |key| match key {
        KeyMaterial::EcPrivate { curve, scalar, point } => {
            let (signing, _) = algorithms(*curve)?;
            if scalar.len() != curve.scalar_len() {
                return Err(EngineError::KeyInvalid);
            }
            check_point(*curve, point)?;
            let pair = EcdsaKeyPair::from_private_key_and_public_key(signing, scalar.expose(), point);
            let pair = pair.map_err(|_| EngineError::KeyInvalid)?;
            Ok(Arc::new(EcPrivate { curve: *curve, pair }))
        }
        _ => Err(EngineError::KeyInvalid),
    },
};

/// ECDSA public keys, the point on its curve.
pub(super) static EC_PUBLIC: Loader = Loader {
    name: "aws-lc ecdsa public",
    parse: |key| match key {
        KeyMaterial::EcPublic { curve, point } => {
            let (_, verification) = algorithms(*curve)?;
            check_point(*curve, point)?;
            let key = ParsedPublicKey::new(verification, point).map_err(|_| EngineError::KeyInvalid)?;
            Ok(Arc::new(EcPublic { curve: *curve, key }))
        }
        _ => Err(EngineError::KeyInvalid),
    },
};

/// Ed25519 private keys; the point must be the seed's.
pub(super) static ED25519_PRIVATE: Loader = Loader {
    name: "aws-lc ed25519 private",
    parse: |key| match key {
        KeyMaterial::EcPrivate { curve: Curve::Ed25519, scalar, point } => {
            let pair = Ed25519KeyPair::from_seed_and_public_key(scalar.expose(), point);
            let pair = pair.map_err(|_| EngineError::KeyInvalid)?;
            let seeded = edwards::seeded(scalar.expose(), point).ok_or(EngineError::KeyInvalid)?;
            Ok(Arc::new(EdPrivate { pair, seeded }))
        }
        _ => Err(EngineError::KeyInvalid),
    },
};

/// Ed25519 public keys, of the right length. Whether it is a point shows when a signature is checked.
pub(super) static ED25519_PUBLIC: Loader = Loader {
    name: "aws-lc ed25519 public",
    parse: |key| match key {
        KeyMaterial::EcPublic { curve: Curve::Ed25519, point } => {
            let bytes = point.as_slice().try_into().map_err(|_| EngineError::KeyInvalid)?;
            let key = ParsedPublicKey::new(&ED25519, point).map_err(|_| EngineError::KeyInvalid)?;
            Ok(Arc::new(EdPublic { key, bytes }))
        }
        _ => Err(EngineError::KeyInvalid),
    },
};

/// The algorithms by which `aws-lc-rs` parses a curve's keys. That each names a hash plays no part:
/// [`ecdsa`](super::ecdsa) hands over digests.
fn algorithms(
    curve: Curve,
) -> Result<(&'static EcdsaSigningAlgorithm, &'static EcdsaVerificationAlgorithm), EngineError> {
    match curve {
        Curve::P256 => Ok((&ECDSA_P256_SHA256_FIXED_SIGNING, &ECDSA_P256_SHA256_FIXED)),
        Curve::Secp256k1 => Ok((&ECDSA_P256K1_SHA256_FIXED_SIGNING, &ECDSA_P256K1_SHA256_FIXED)),
        Curve::P384 => Ok((&ECDSA_P384_SHA384_FIXED_SIGNING, &ECDSA_P384_SHA384_FIXED)),
        Curve::P521 => Ok((&ECDSA_P521_SHA512_FIXED_SIGNING, &ECDSA_P521_SHA512_FIXED)),
        _ => Err(EngineError::KeyInvalid),
    }
}

/// Refuses what is not of the uncompressed form (SEC 1 section 2.3.3), before AWS-LC, which takes other
/// forms too, checks that it lies on the curve.
pub(super) fn check_point(curve: Curve, point: &[u8]) -> Result<(), EngineError> {
    let valid = point.len() == curve.point_len() && point.first() == Some(&4);
    if valid { Ok(()) } else { Err(EngineError::KeyInvalid) }
}

/// Parses an RSA private key. AWS-LC checks that n, e, d, p, q, the exponents and the coefficient all fit
/// each other; that p and q are prime it does not.
///
/// # Errors
/// [`EngineError::KeyInvalid`] when a check fails or the modulus is not of [`RSA_BITS`].
pub(super) fn rsa_private(key: &RsaPrivate) -> Result<RsaKey, EngineError> {
    check_rsa_public(&key.public, RSA_BITS)?;
    let der = pkcs1::RsaPrivateKey {
        modulus: integer(&key.public.modulus)?,
        public_exponent: integer(&key.public.public_exponent)?,
        private_exponent: integer(key.private_exponent.expose())?,
        prime1: integer(key.prime_1.expose())?,
        prime2: integer(key.prime_2.expose())?,
        exponent1: integer(key.exponent_1.expose())?,
        exponent2: integer(key.exponent_2.expose())?,
        coefficient: integer(key.coefficient.expose())?,
        other_prime_infos: None,
    };
    let der = Secret::new(der.to_der().map_err(|_| EngineError::KeyInvalid)?);
    RsaKey::private(der.expose(), key.public.bits()).ok_or(EngineError::KeyInvalid)
}

fn rsa_public(key: &RsaPublic) -> Result<RsaKey, EngineError> {
    check_rsa_public(key, RSA_BITS)?;
    let der = pkcs1::RsaPublicKey {
        modulus: integer(&key.modulus)?,
        public_exponent: integer(&key.public_exponent)?,
    };
    let der = der.to_der().map_err(|_| EngineError::KeyInvalid)?;
    RsaKey::public(&der, key.bits()).ok_or(EngineError::KeyInvalid)
}

fn integer(bytes: &[u8]) -> Result<UintRef<'_>, EngineError> {
    UintRef::new(bytes).map_err(|_| EngineError::KeyInvalid)
}
