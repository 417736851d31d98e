//! Diffie-Hellman on curves (SP 800-56A section 5.7.1.2, RFC 7748; PKCS #11 v3.2, `CKM_ECDH1_DERIVE` and
//! `CKM_ECDH1_COFACTOR_DERIVE`), its result as it is or through a key derivation function: that of ANSI X9.63
//! (SEC 1 section 3.6.1) or the one-step function of SP 800-56C (section 4).
//!
//! The curves' cofactor is 1, but X25519's, whose function takes care of it (RFC 7748 section 5): both
//! mechanisms give the same.

use alloc::sync::Arc;
use alloc::vec::Vec;

use aws_lc_rs::agreement::{self, ECDH_P256, ECDH_P384, ECDH_P521, PrivateKey, UnparsedPublicKey, X25519};
use aws_lc_rs::error::Unspecified;
use pkcs1::der::Decode;
use pkcs1::der::asn1::OctetStringRef;
use portcullis_token::{
    Curve, EcdhKdf, EngineError, KeyMaterial, KeyType, MechanismType, Parameters, Secret,
};

use super::super::keys::{self, EC_BITS};
use super::super::raw::curve::Secp256k1;
use super::super::raw::kdf;
use super::{Deriver, MOST, told};
use crate::shell::loader::Loader;

pub(in super::super) static ECDH1_DERIVE: Deriver<Agreement> = deriver(MechanismType::ECDH1_DERIVE);
pub(in super::super) static ECDH1_COFACTOR_DERIVE: Deriver<Agreement> =
    deriver(MechanismType::ECDH1_COFACTOR_DERIVE);

const KEY_TYPES: &[KeyType] = &[KeyType::Ec, KeyType::EcMontgomery];

const fn deriver(id: MechanismType) -> Deriver<Agreement> {
    Deriver { id, key_types: KEY_TYPES, sizes: EC_BITS, loader: &PRIVATE, derive }
}

/// A private key and its curve.
pub(in super::super) struct Agreement {
    curve: Curve,
    key: Key,
}

/// A private key, by what computes with it.
enum Key {
    AwsLcRs(PrivateKey),
    Secp256k1(Secp256k1),
}

impl Key {
    fn new(curve: Curve, scalar: &[u8]) -> Result<Self, EngineError> {
        let key = match curve {
            Curve::Secp256k1 if scalar.len() != curve.scalar_len() => None,
            Curve::Secp256k1 => Secp256k1::private(scalar).map(Self::Secp256k1),
            _ => PrivateKey::from_private_key(algorithm(curve)?, scalar).ok().map(Self::AwsLcRs),
        };
        key.ok_or(EngineError::KeyInvalid)
    }

    fn public_point(&self) -> Result<Vec<u8>, EngineError> {
        match self {
            Self::AwsLcRs(key) => {
                let point = key.compute_public_key().map_err(|Unspecified| EngineError::KeyInvalid)?;
                Ok(point.as_ref().to_vec())
            }
            Self::Secp256k1(key) => key.public_point().ok_or(EngineError::Failed),
        }
    }

    /// The shared secret: the x coordinate, or X25519's result, which AWS-LC refuses to give when it is zero.
    /// It is here too that a point is found not to be on the curve.
    fn agree(&self, point: &[u8]) -> Result<Secret, EngineError> {
        let invalid = EngineError::ParametersInvalid;
        match self {
            Self::AwsLcRs(key) => {
                let peer = UnparsedPublicKey::new(key.algorithm(), point);
                agreement::agree(key, peer, invalid, |shared| Ok(Secret::copied(shared)))
            }
            Self::Secp256k1(key) => key.agree(point).ok_or(invalid),
        }
    }
}

/// Private keys to agree with. A point that is given must be the scalar's.
static PRIVATE: Loader = Loader {
    name: "aws-lc ecdh private",
    parse: |key| match key {
        KeyMaterial::EcPrivate { curve, scalar, point } if KEY_TYPES.contains(&curve.key_type()) => {
            let key = Key::new(*curve, scalar.expose())?;
            if !point.is_empty() && key.public_point()? != *point {
                return Err(EngineError::KeyInvalid);
            }
            Ok(Arc::new(Agreement { curve: *curve, key }))
        }
        _ => Err(EngineError::KeyInvalid),
    },
};

/// The public point of a private scalar: uncompressed on Weierstrass curves.
///
/// # Errors
/// [`EngineError::KeyInvalid`] unless the scalar is one of the curve's, [`EngineError::Unsupported`] for
/// another curve than those of ECDH.
pub(in super::super) fn public_point(curve: Curve, scalar: &[u8]) -> Result<Vec<u8>, EngineError> {
    Key::new(curve, scalar)?.public_point()
}

fn algorithm(curve: Curve) -> Result<&'static agreement::Algorithm, EngineError> {
    match curve {
        Curve::P256 => Ok(&ECDH_P256),
        Curve::P384 => Ok(&ECDH_P384),
        Curve::P521 => Ok(&ECDH_P521),
        Curve::X25519 => Ok(&X25519),
        _ => Err(EngineError::Unsupported),
    }
}

fn derive(key: &Agreement, parameters: &Parameters, len: Option<usize>) -> Result<Secret, EngineError> {
    let Parameters::Ecdh { kdf, shared_data, public } = parameters else {
        return Err(EngineError::ParametersInvalid);
    };
    // A function that is not there takes no data, and the other one must know how much to give.
    let len = match kdf {
        None if shared_data.is_empty() => len,
        None => return Err(EngineError::ParametersInvalid),
        Some(_) => Some(told(len, MOST)?),
    };
    let shared = key.key.agree(point(key.curve, public)?)?;
    match (kdf, len) {
        (Some(kdf), Some(len)) => derived(*kdf, &shared, shared_data, len),
        (_, Some(len)) => trailing(&shared, len),
        (_, None) => Ok(shared),
    }
}

/// The other side's point, which stands raw or in a DER octet string; the length tells which.
fn point(curve: Curve, public: &[u8]) -> Result<&[u8], EngineError> {
    let point = if public.len() == curve.point_len() {
        public
    } else {
        <&OctetStringRef>::from_der(public).map_err(|_| EngineError::ParametersInvalid)?.as_bytes()
    };
    match curve {
        Curve::X25519 if point.len() == curve.point_len() => Ok(point),
        Curve::X25519 => Err(EngineError::ParametersInvalid),
        _ => keys::check_point(curve, point).map(|()| point).map_err(|_| EngineError::ParametersInvalid),
    }
}

/// Cuts bytes off the leading end, as the section on ECDH key derivation has it.
fn trailing(secret: &Secret, len: usize) -> Result<Secret, EngineError> {
    let start = secret.len().checked_sub(len).filter(|_| len > 0).ok_or(EngineError::DataLength)?;
    Ok(Secret::copied(secret.expose().get(start..).unwrap_or_default()))
}

/// K(1), K(2), ..., where K(i) is the hash of the secret, i in four bytes, and the shared data; SP 800-56C has the
/// first two the other way round.
fn derived(kdf: EcdhKdf, secret: &Secret, shared_data: &[u8], len: usize) -> Result<Secret, EngineError> {
    const COUNTER: usize = 4;
    let (hash, secret_at, counter_at) = match kdf {
        EcdhKdf::X963(hash) => (hash, 0, secret.len()),
        EcdhKdf::Sp800(hash) => (hash, COUNTER, 0),
    };
    let mut derived = Secret::zeroed(len);
    let mut input = Secret::zeroed(secret.len() + COUNTER + shared_data.len());
    input.expose_mut()[secret_at..][..secret.len()].copy_from_slice(secret.expose());
    input.expose_mut()[secret.len() + COUNTER..].copy_from_slice(shared_data);
    for (round, out) in (1_u32..).zip(derived.expose_mut().chunks_mut(hash.digest_len())) {
        input.expose_mut()[counter_at..][..COUNTER].copy_from_slice(&round.to_be_bytes());
        kdf::digest(hash, input.expose(), out).ok_or(EngineError::Failed)?;
    }
    Ok(derived)
}
