//! Curves by name and points in the forms in which `CKA_EC_PARAMS`, `CKA_EC_POINT` and key files hold them
//! (PKCS #11 3.1 section 6.3, RFC 5480 section 2, RFC 8410 section 3).
//!
//! Whether a point lies on its curve is the engine's to say.

use alloc::vec::Vec;

use const_oid::ObjectIdentifier;
use der::asn1::{AnyRef, OctetStringRef, PrintableStringRef};
use der::{Decode, Encode, Tag, Tagged};

use super::error::{FormatError, Result};
use crate::{Curve, KeyType};

/// The name of Ed25519 where a curve is given as a `PrintableString`.
const EDWARDS25519: &str = "edwards25519";

/// The name of X25519 where a curve is given so.
const CURVE25519: &str = "curve25519";

/// The first byte of an uncompressed point (SEC 1 section 2.3.3).
const UNCOMPRESSED: u8 = 4;

/// `id-Ed25519`: names the curve, and in RFC 8410 the algorithm too.
pub(super) const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");

/// `id-X25519`, likewise.
pub(super) const X25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.110");

/// `secp256r1`, `secp384r1`, `secp521r1` and `secp256k1`.
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
const P521: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.35");
const SECP256K1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.10");

/// The object identifier of `curve` (RFC 5480 section 2.1.1.1, RFC 8410 section 3).
pub(super) fn curve_oid(curve: Curve) -> ObjectIdentifier {
    match curve {
        Curve::P256 => P256,
        Curve::P384 => P384,
        Curve::P521 => P521,
        Curve::Secp256k1 => SECP256K1,
        Curve::Ed25519 => ED25519,
        Curve::X25519 => X25519,
    }
}

/// The curve named by the parameters of `id-ecPublicKey`, which are there only for Weierstrass curves.
pub(super) fn weierstrass_from_algorithm(parameters: Option<AnyRef<'_>>) -> Result<Curve> {
    match curve_from_any(parameters.ok_or(FormatError::AlgorithmParameters)?)? {
        Curve::Ed25519 | Curve::X25519 => Err(FormatError::AlgorithmParameters),
        curve => Ok(curve),
    }
}

/// The curve with this object identifier.
pub(super) fn curve_from_oid(oid: ObjectIdentifier) -> Result<Curve> {
    Curve::ALL.into_iter().find(|curve| curve_oid(*curve) == oid).ok_or(FormatError::UnsupportedCurve(oid))
}

fn curve_from_any(parameters: AnyRef<'_>) -> Result<Curve> {
    match parameters.tag() {
        Tag::ObjectIdentifier => curve_from_oid(parameters.decode_as()?),
        Tag::PrintableString => match parameters.decode_as::<PrintableStringRef<'_>>()?.as_str() {
            EDWARDS25519 => Ok(Curve::Ed25519),
            CURVE25519 => Ok(Curve::X25519),
            _ => Err(FormatError::UnknownCurveName),
        },
        _ => Err(FormatError::UnnamedCurve),
    }
}

/// The curve that the DER value of `CKA_EC_PARAMS` names: by its object identifier, or as the
/// `PrintableString` `edwards25519` or `curve25519`.
///
/// # Errors
/// [`FormatError::UnsupportedCurve`] and [`FormatError::UnknownCurveName`] for a curve that has no name here,
/// [`FormatError::UnnamedCurve`] for any other way to give one (explicit or implicit parameters), [`FormatError::Truncated`],
/// [`FormatError::TrailingData`] and [`FormatError::Malformed`] for what isn't one DER value.
pub fn curve_from_params(params: &[u8]) -> Result<Curve> {
    curve_from_any(AnyRef::from_der(params)?)
}

/// The DER value of `CKA_EC_PARAMS` for `curve`: its object identifier.
#[must_use]
#[expect(clippy::missing_panics_doc, reason = "it doesn't panic: every identifier above can be encoded")]
pub fn curve_params(curve: Curve) -> Vec<u8> {
    curve_oid(curve).to_der().expect("a valid object identifier has an encoding")
}

/// The point in a value of `CKA_EC_POINT`: [`Curve::point_len`] bytes.
///
/// The standard asks for a DER `OCTET STRING`; the bare point, which some programs give, is taken too. The
/// two can't be mixed up, for a bare point's length is known and the `OCTET STRING` is longer.
///
/// # Errors
/// [`FormatError::CompressedPoint`] for a compressed point, whose expansion takes curve arithmetic,
/// [`FormatError::PointForm`] for a point of another length or form, and DER errors as in
/// [`curve_from_params`].
pub fn point_from_attribute(curve: Curve, value: &[u8]) -> Result<Vec<u8>> {
    let bare = value.len() == curve.point_len() || is_compressed(curve, value);
    let point = if bare { value } else { <&OctetStringRef>::from_der(value)?.as_bytes() };
    checked_point(curve, point)
}

/// The value of `CKA_EC_POINT` for `point`: a DER `OCTET STRING` around it, on Edwards curves too, as other
/// tokens and their users expect.
///
/// # Errors
/// As [`point_from_attribute`].
pub fn point_attribute(curve: Curve, point: &[u8]) -> Result<Vec<u8>> {
    let point = checked_point(curve, point)?;
    Ok(OctetStringRef::new(&point)?.to_der()?)
}

/// A copy of `point` if it has the length and form of points on `curve`.
pub(super) fn checked_point(curve: Curve, point: &[u8]) -> Result<Vec<u8>> {
    if is_compressed(curve, point) {
        return Err(FormatError::CompressedPoint);
    }
    let form_fits = !has_forms(curve) || point.first() == Some(&UNCOMPRESSED);
    if form_fits && point.len() == curve.point_len() {
        Ok(point.into())
    } else {
        Err(FormatError::PointForm(curve))
    }
}

/// Whether points of the curve come in forms, which their first byte tells.
fn has_forms(curve: Curve) -> bool {
    curve.key_type() == KeyType::Ec
}

fn is_compressed(curve: Curve, point: &[u8]) -> bool {
    has_forms(curve)
        && matches!(point.first(), Some(2 | 3))
        && point.len() == curve.scalar_len().saturating_add(1)
}
