//! Private keys in: PKCS #8 (RFC 5958, with RFC 8410 for Ed25519 and X25519), and the bare PKCS #1 `RSAPrivateKey`
//! (RFC 8017 appendix A.1.2) and SEC 1 `ECPrivateKey` (RFC 5915).
//!
//! All parsing borrows from the caller's bytes; secret values are copied once, into [`Secret`].

use alloc::vec::Vec;

use der::asn1::{AnyRef, BitStringRef, OctetStringRef, UintRef};
use der::{Decode, ErrorKind, SliceReader, Tag};
use pkcs8::PrivateKeyInfoRef;

use super::curve::{ED25519, X25519, checked_point, curve_from_oid, weierstrass_from_algorithm};
use super::error::{FormatError, Result};
use super::lattice;
use super::public::{lattice_from_oid, positive, require_absent, require_null, rsa_public, whole_bytes};
use crate::{Curve, KeyMaterial, RsaPrivate, Secret};

/// The private key in `der`: PKCS #8 version 1 or 2 (RSA, all curves, ML-KEM, ML-DSA), or a bare PKCS #1
/// `RSAPrivateKey` or SEC 1 `ECPrivateKey` that names its curve.
///
/// An EC or Ed25519 key may come without its public point. Then [`KeyMaterial::EcPrivate`]'s `point` is
/// empty, and the token asks its engine to compute it. A point that is there is not checked against the
/// scalar here; that too is the engine's.
///
/// The scalar of an EC key is brought to its curve's length, since some programs write it without its
/// leading zeros or with more of them than RFC 5915 section 3 prescribes.
///
/// # Errors
/// [`FormatError::Truncated`], [`FormatError::TrailingData`] or [`FormatError::Malformed`] for what isn't one
/// DER structure, [`FormatError::NotAPrivateKey`] and [`FormatError::Encrypted`] for what is another, and the
/// other variants for a key that can't be kept here.
pub fn private_key(der: &[u8]) -> Result<KeyMaterial> {
    match shape(der)? {
        Shape::Pkcs8 => pkcs8_key(PrivateKeyInfoRef::from_der(der)?),
        Shape::Pkcs1 => rsa_key(der),
        Shape::Sec1 => ec_key(der, None, None),
        Shape::Encrypted => Err(FormatError::Encrypted),
        Shape::Other => Err(FormatError::NotAPrivateKey),
    }
}

/// Which structure it is.
enum Shape {
    Pkcs8,
    Pkcs1,
    Sec1,
    Encrypted,
    Other,
}

/// The first two elements of the outer sequence tell the private-key structures apart.
fn shape(der: &[u8]) -> Result<Shape> {
    let outer = AnyRef::from_der(der)?;
    if outer.header().tag() != Tag::Sequence {
        return Ok(Shape::Other);
    }
    let mut inside = SliceReader::new(outer.value())?;
    let first = AnyRef::decode(&mut inside)?;
    let second = AnyRef::decode(&mut inside)?;
    Ok(match (first.header().tag(), second.header().tag()) {
        (Tag::Integer, Tag::Sequence) => Shape::Pkcs8,
        (Tag::Integer, Tag::Integer) => Shape::Pkcs1,
        (Tag::Integer, Tag::OctetString) => Shape::Sec1,
        (Tag::Sequence, Tag::OctetString) => Shape::Encrypted,
        _ => Shape::Other,
    })
}

fn pkcs8_key(info: PrivateKeyInfoRef<'_>) -> Result<KeyMaterial> {
    let key = info.private_key.as_bytes();
    match info.algorithm.oid {
        pkcs1::ALGORITHM_OID => {
            require_null(info.algorithm)?;
            rsa_key(key)
        }
        sec1::ALGORITHM_OID => {
            let curve = weierstrass_from_algorithm(info.algorithm.parameters)?;
            ec_key(key, Some(curve), info.public_key)
        }
        ED25519 => {
            require_absent(info.algorithm)?;
            curve_key(Curve::Ed25519, key, info.public_key)
        }
        X25519 => {
            require_absent(info.algorithm)?;
            curve_key(Curve::X25519, key, info.public_key)
        }
        other => {
            let set = lattice_from_oid(other).ok_or(FormatError::UnsupportedAlgorithm(other))?;
            require_absent(info.algorithm)?;
            lattice::private_key(set, key, info.public_key)
        }
    }
}

fn rsa_key(der: &[u8]) -> Result<KeyMaterial> {
    let key = pkcs1::RsaPrivateKeyRef::from_der(der)?;
    if key.other_prime_infos.is_some() {
        return Err(FormatError::MultiPrime);
    }
    let secret = |number: UintRef<'_>| positive(number).map(Secret::copied);
    Ok(KeyMaterial::RsaPrivate(RsaPrivate {
        public: rsa_public(key.modulus, key.public_exponent)?,
        private_exponent: secret(key.private_exponent)?,
        prime_1: secret(key.prime1)?,
        prime_2: secret(key.prime2)?,
        exponent_1: secret(key.exponent1)?,
        exponent_2: secret(key.exponent2)?,
        coefficient: secret(key.coefficient)?,
    }))
}

/// An `ECPrivateKey`, with the curve and public key that a PKCS #8 structure around it has given.
fn ec_key(
    der: &[u8],
    outer_curve: Option<Curve>,
    outer_point: Option<BitStringRef<'_>>,
) -> Result<KeyMaterial> {
    let key = sec1::EcPrivateKey::from_der(der).map_err(ec_error)?;
    let inner_oid = key.parameters.and_then(sec1::EcParameters::named_curve);
    let curve = match (outer_curve, inner_oid.map(curve_from_oid).transpose()?) {
        (Some(outer), Some(inner)) if outer != inner => return Err(FormatError::CurveMismatch),
        (Some(curve), _) | (None, Some(curve)) => curve,
        (None, None) => return Err(FormatError::UnnamedCurve),
    };
    if matches!(curve, Curve::Ed25519 | Curve::X25519) {
        return Err(FormatError::AlgorithmParameters);
    }
    let outer_point = outer_point.map(whole_bytes).transpose()?;
    let point = match (outer_point, key.public_key) {
        (Some(outer), Some(inner)) if outer != inner => return Err(FormatError::PointMismatch),
        (Some(point), _) | (None, Some(point)) => checked_point(curve, point)?,
        (None, None) => Vec::new(),
    };
    Ok(KeyMaterial::EcPrivate { curve, scalar: fixed_scalar(curve, key.private_key)?, point })
}

/// Where a curve's object identifier belongs, older programs may write out the curve.
fn ec_error(error: der::Error) -> FormatError {
    match error.kind() {
        ErrorKind::TagUnexpected { expected: Some(Tag::ObjectIdentifier), .. } => FormatError::UnnamedCurve,
        _ => error.into(),
    }
}

/// A scalar in its curve's length.
fn fixed_scalar(curve: Curve, bytes: &[u8]) -> Result<Secret> {
    let wrong = FormatError::ScalarLength(curve);
    let len = curve.scalar_len();
    let surplus = bytes.len().saturating_sub(len);
    let (extra, kept) = bytes.split_at_checked(surplus).ok_or(wrong)?;
    if kept.is_empty() || extra.iter().any(|byte| *byte != 0) {
        return Err(wrong);
    }
    let mut scalar = Secret::zeroed(len);
    let start = len.saturating_sub(kept.len());
    scalar.expose_mut().get_mut(start..).ok_or(wrong)?.copy_from_slice(kept);
    Ok(scalar)
}

/// A `CurvePrivateKey`: the seed or scalar in an `OCTET STRING` of its own (RFC 8410 section 7).
fn curve_key(curve: Curve, der: &[u8], point: Option<BitStringRef<'_>>) -> Result<KeyMaterial> {
    let seed = <&OctetStringRef>::from_der(der)?.as_bytes();
    if seed.len() != curve.scalar_len() {
        return Err(FormatError::ScalarLength(curve));
    }
    let point = match point {
        Some(bits) => checked_point(curve, whole_bytes(bits)?)?,
        None => Vec::new(),
    };
    Ok(KeyMaterial::EcPrivate { curve, scalar: Secret::copied(seed), point })
}
