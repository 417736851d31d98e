//! Keys as `ring` wants them, parsed and checked once and then shared by the mechanisms of a family.
//!
//! HMAC keys depend on the hash, so their loaders are in [`hmac`](super::hmac). What `ring` checks and what
//! it leaves out is said with each loader.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::ops::RangeInclusive;

use portcullis_token::engine::LoadedKey;
use portcullis_token::{Curve, EngineError, KeyMaterial, RsaPrivate};
use ring::rand::SystemRandom;
use ring::rsa::{KeyPairComponents, PublicKeyComponents};
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair,
    RsaKeyPair,
};

use super::nist;
use crate::shell::loader::{Loader, check_rsa_public};

/// The modulus lengths in bits that the engine takes. For signing, `ring` wants two primes of a multiple of
/// 512 bits: of these only 2048, 3072 and 4096.
pub(super) const RSA_BITS: RangeInclusive<u32> = 2048..=4096;

/// An ECDSA private key and the curve that `ring` doesn't tell.
pub(super) struct EcPrivate {
    pub(super) curve: Curve,
    pub(super) pair: EcdsaKeyPair,
}

/// An ECDSA public key. `ring` parses the point with each signature.
pub(super) struct EcPublic {
    pub(super) curve: Curve,
    pub(super) point: Vec<u8>,
}

/// An Ed25519 public key, of the right length. Whether it is a point shows when a signature is checked.
pub(super) struct Ed25519Public(pub(super) [u8; 32]);

/// RSA private keys.
pub(super) static RSA_PRIVATE: Loader = Loader {
    name: "ring rsa private",
    parse: |key| match key {
        KeyMaterial::RsaPrivate(key) => Ok(Arc::new(rsa_key_pair(key)?)),
        _ => Err(EngineError::KeyInvalid),
    },
};

/// RSA public keys.
pub(super) static RSA_PUBLIC: Loader = Loader {
    name: "ring rsa public",
    parse: |key| match key {
        KeyMaterial::RsaPublic(key) => {
            check_rsa_public(key, RSA_BITS)?;
            Ok(Arc::new(PublicKeyComponents { n: key.modulus.clone(), e: key.public_exponent.clone() }))
        }
        _ => Err(EngineError::KeyInvalid),
    },
};

/// ECDSA private keys; the point must be the scalar's.
pub(super) static EC_PRIVATE: Loader = Loader {
    name: "ring ecdsa private",
    parse: |key| match key {
        KeyMaterial::EcPrivate { curve, scalar, point } => {
            let algorithm = match curve {
                Curve::P256 => &ECDSA_P256_SHA256_FIXED_SIGNING,
                Curve::P384 => &ECDSA_P384_SHA384_FIXED_SIGNING,
                _ => return Err(EngineError::KeyInvalid),
            };
            let pair = EcdsaKeyPair::from_private_key_and_public_key(
                algorithm,
                scalar.expose(),
                point,
                &SystemRandom::new(),
            )
            .map_err(|_| EngineError::KeyInvalid)?;
            Ok(Arc::new(EcPrivate { curve: *curve, pair }))
        }
        _ => Err(EngineError::KeyInvalid),
    },
};

/// ECDSA public keys, the point on its curve.
pub(super) static EC_PUBLIC: Loader = Loader {
    name: "ring ecdsa public",
    parse: |key| match key {
        KeyMaterial::EcPublic { curve, point } => {
            nist::check_point(*curve, point)?;
            Ok(Arc::new(EcPublic { curve: *curve, point: point.clone() }))
        }
        _ => Err(EngineError::KeyInvalid),
    },
};

/// Ed25519 private keys; the point must be the seed's.
pub(super) static ED25519_PRIVATE: Loader = Loader {
    name: "ring ed25519 private",
    parse: |key| match key {
        KeyMaterial::EcPrivate { curve: Curve::Ed25519, scalar, point } => {
            Ed25519KeyPair::from_seed_and_public_key(scalar.expose(), point)
                .map(|pair| Arc::new(pair) as LoadedKey)
                .map_err(|_| EngineError::KeyInvalid)
        }
        _ => Err(EngineError::KeyInvalid),
    },
};

/// Ed25519 public keys.
pub(super) static ED25519_PUBLIC: Loader = Loader {
    name: "ring ed25519 public",
    parse: |key| match key {
        KeyMaterial::EcPublic { curve: Curve::Ed25519, point } => {
            let point = point.as_slice().try_into().map_err(|_| EngineError::KeyInvalid)?;
            Ok(Arc::new(Ed25519Public(point)))
        }
        _ => Err(EngineError::KeyInvalid),
    },
};

/// Parses an RSA private key with `ring`'s checks: p, q and n fit each other, the coefficient fits p and q,
/// e is at least 65537. That e and the two exponents fit shows only with a signature, and d is not used.
///
/// # Errors
/// [`EngineError::KeyInvalid`] when a check fails or the modulus is not of 2048, 3072 or 4096 bits.
pub(super) fn rsa_key_pair(key: &RsaPrivate) -> Result<RsaKeyPair, EngineError> {
    if !RSA_BITS.contains(&key.public.bits()) {
        return Err(EngineError::KeyInvalid);
    }
    RsaKeyPair::from_components(&KeyPairComponents {
        public_key: PublicKeyComponents {
            n: key.public.modulus.as_slice(),
            e: key.public.public_exponent.as_slice(),
        },
        d: key.private_exponent.expose(),
        p: key.prime_1.expose(),
        q: key.prime_2.expose(),
        dP: key.exponent_1.expose(),
        dQ: key.exponent_2.expose(),
        qInv: key.coefficient.expose(),
    })
    .map_err(|_| EngineError::KeyInvalid)
}
