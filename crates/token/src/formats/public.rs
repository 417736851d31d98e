//! Public keys as `SubjectPublicKeyInfo` (RFC 5280 section 4.1.2.7, RFC 3279 section 2.3.1, RFC 5480
//! section 2, RFC 8410 section 4, RFC 9935 section 4, RFC 9881 section 4).

use alloc::vec::Vec;

use const_oid::ObjectIdentifier;
use der::asn1::{AnyRef, BitStringRef, UintRef};
use der::{Decode, Encode};
use spki::{AlgorithmIdentifierRef, SubjectPublicKeyInfoRef};

use super::curve::{ED25519, X25519, checked_point, curve_oid, weierstrass_from_algorithm};
use super::error::{FormatError, Result};
use crate::{Curve, KeyMaterial, ParameterSet, RsaPublic};

/// The `SubjectPublicKeyInfo` of a public key, or of a private key's public half, in DER.
///
/// # Errors
/// [`FormatError::NoPublicHalf`] for a symmetric key and for a private key with an empty point,
/// [`FormatError::PointForm`] or [`FormatError::CompressedPoint`] for a point that isn't one.
pub fn public_key_info(key: &KeyMaterial) -> Result<Vec<u8>> {
    match key {
        KeyMaterial::RsaPublic(public) => rsa_info(public),
        KeyMaterial::RsaPrivate(private) => rsa_info(&private.public),
        KeyMaterial::EcPublic { curve, point } => ec_info(*curve, point),
        KeyMaterial::EcPrivate { point, .. } if point.is_empty() => Err(FormatError::NoPublicHalf),
        KeyMaterial::EcPrivate { curve, point, .. } => ec_info(*curve, point),
        KeyMaterial::LatticePublic { set, value }
        | KeyMaterial::LatticePrivate { set, public: value, .. } => lattice_info(*set, value),
        KeyMaterial::Secret { .. } => Err(FormatError::NoPublicHalf),
    }
}

/// The public key in a DER `SubjectPublicKeyInfo`.
///
/// # Errors
/// [`FormatError::Truncated`], [`FormatError::TrailingData`] or [`FormatError::Malformed`] for what isn't one
/// DER structure of this kind, [`FormatError::UnsupportedAlgorithm`], [`FormatError::AlgorithmParameters`],
/// [`FormatError::UnsupportedCurve`], [`FormatError::UnnamedCurve`], [`FormatError::CompressedPoint`],
/// [`FormatError::PointForm`] and [`FormatError::Zero`] for a key that can't be kept here.
pub fn public_key(info: &[u8]) -> Result<KeyMaterial> {
    let info = SubjectPublicKeyInfoRef::from_der(info)?;
    let key = whole_bytes(info.subject_public_key)?;
    match info.algorithm.oid {
        pkcs1::ALGORITHM_OID => {
            require_null(info.algorithm)?;
            let key = pkcs1::RsaPublicKeyRef::from_der(key)?;
            Ok(KeyMaterial::RsaPublic(rsa_public(key.modulus, key.public_exponent)?))
        }
        sec1::ALGORITHM_OID => {
            let curve = weierstrass_from_algorithm(info.algorithm.parameters)?;
            Ok(KeyMaterial::EcPublic { curve, point: checked_point(curve, key)? })
        }
        ED25519 => {
            require_absent(info.algorithm)?;
            let curve = Curve::Ed25519;
            Ok(KeyMaterial::EcPublic { curve, point: checked_point(curve, key)? })
        }
        X25519 => {
            require_absent(info.algorithm)?;
            let curve = Curve::X25519;
            Ok(KeyMaterial::EcPublic { curve, point: checked_point(curve, key)? })
        }
        other => {
            let set = lattice_from_oid(other).ok_or(FormatError::UnsupportedAlgorithm(other))?;
            require_absent(info.algorithm)?;
            let value = lattice_value(set, key)?;
            Ok(KeyMaterial::LatticePublic { set, value })
        }
    }
}

/// The bytes of a bit string that has no bits left over.
pub(super) fn whole_bytes(bits: BitStringRef<'_>) -> Result<&[u8]> {
    bits.as_bytes().ok_or_else(|| FormatError::Malformed(der::Tag::BitString.value_error().to_error()))
}

/// RSA's algorithm parameters are `NULL` (RFC 3279 section 2.3.1).
pub(super) fn require_null(algorithm: AlgorithmIdentifierRef<'_>) -> Result<()> {
    match algorithm.parameters {
        Some(parameters) if parameters.is_null() => Ok(()),
        _ => Err(FormatError::AlgorithmParameters),
    }
}

/// RFC 8410's curves and lattices have no algorithm parameters (RFC 8410 section 3, RFC 9935 section 3).
pub(super) fn require_absent(algorithm: AlgorithmIdentifierRef<'_>) -> Result<()> {
    if algorithm.parameters.is_none() { Ok(()) } else { Err(FormatError::AlgorithmParameters) }
}

/// n and e out of their DER integers.
pub(super) fn rsa_public(modulus: UintRef<'_>, public_exponent: UintRef<'_>) -> Result<RsaPublic> {
    Ok(RsaPublic { modulus: positive(modulus)?.into(), public_exponent: positive(public_exponent)?.into() })
}

/// The bytes of a number that isn't zero, without leading zeros.
pub(super) fn positive(number: UintRef<'_>) -> Result<&[u8]> {
    match number.as_bytes() {
        [] | [0] => Err(FormatError::Zero),
        bytes => Ok(bytes),
    }
}

fn rsa_info(public: &RsaPublic) -> Result<Vec<u8>> {
    let key = pkcs1::RsaPublicKeyRef {
        modulus: UintRef::new(&public.modulus)?,
        public_exponent: UintRef::new(&public.public_exponent)?,
    };
    info(pkcs1::ALGORITHM_OID, Some(AnyRef::NULL), &key.to_der()?)
}

fn ec_info(curve: Curve, point: &[u8]) -> Result<Vec<u8>> {
    let point = checked_point(curve, point)?;
    let name = curve_oid(curve);
    match curve {
        Curve::Ed25519 | Curve::X25519 => info(name, None, &point),
        Curve::P256 | Curve::P384 | Curve::P521 | Curve::Secp256k1 => {
            info(sec1::ALGORITHM_OID, Some(AnyRef::from(&name)), &point)
        }
    }
}

/// RFC 9881 and RFC 9935: the parameter set's identifier, and the key as it is.
fn lattice_info(set: ParameterSet, value: &[u8]) -> Result<Vec<u8>> {
    if value.len() != set.public_len() {
        return Err(FormatError::NoPublicHalf);
    }
    info(lattice_oid(set), None, value)
}

/// A public key of ML-KEM or ML-DSA, if it has the length of one.
pub(super) fn lattice_value(set: ParameterSet, key: &[u8]) -> Result<Vec<u8>> {
    if key.len() == set.public_len() { Ok(key.into()) } else { Err(FormatError::LatticeLength(set)) }
}

/// The parameter set with this object identifier.
pub(super) fn lattice_from_oid(oid: ObjectIdentifier) -> Option<ParameterSet> {
    ParameterSet::ALL.into_iter().find(|set| lattice_oid(*set) == oid)
}

/// The object identifier of a parameter set (the NIST registry's `kems` and `sigAlgs` arcs).
pub(super) fn lattice_oid(set: ParameterSet) -> ObjectIdentifier {
    ObjectIdentifier::new_unwrap(match set {
        ParameterSet::MlKem512 => "2.16.840.1.101.3.4.4.1",
        ParameterSet::MlKem768 => "2.16.840.1.101.3.4.4.2",
        ParameterSet::MlKem1024 => "2.16.840.1.101.3.4.4.3",
        ParameterSet::MlDsa44 => "2.16.840.1.101.3.4.3.17",
        ParameterSet::MlDsa65 => "2.16.840.1.101.3.4.3.18",
        ParameterSet::MlDsa87 => "2.16.840.1.101.3.4.3.19",
    })
}

fn info(oid: ObjectIdentifier, parameters: Option<AnyRef<'_>>, key: &[u8]) -> Result<Vec<u8>> {
    let info = SubjectPublicKeyInfoRef {
        algorithm: AlgorithmIdentifierRef { oid, parameters },
        subject_public_key: BitStringRef::from_bytes(key)?,
    };
    Ok(info.to_der()?)
}
