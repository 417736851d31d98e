//! What `ring` does not offer about P-256 and P-384: the range check of a private scalar and its public
//! point, and the check of a public point. All three are RustCrypto's, in constant time where it is secret.
//!
//! Signatures are not made here. Encodings follow SEC 1 version 2.0, sections 2.3.3 to 2.3.8.

use alloc::vec::Vec;

use p256::NistP256;
use p256::elliptic_curve::sec1::{FromSec1Point, ModulusSize, ToSec1Point};
use p256::elliptic_curve::{AffinePoint, CurveArithmetic, FieldBytes, FieldBytesSize, PublicKey, SecretKey};
use p384::NistP384;
use portcullis_token::{Curve, EngineError};

/// The uncompressed public point of a private scalar of the curve's length.
///
/// # Errors
/// [`EngineError::KeyInvalid`] unless the scalar is of that length and from 1 to the group's order less 1,
/// [`EngineError::Unsupported`] for another curve than P-256 and P-384.
pub(super) fn public_point(curve: Curve, scalar: &[u8]) -> Result<Vec<u8>, EngineError> {
    match curve {
        Curve::P256 => point_of::<NistP256>(scalar),
        Curve::P384 => point_of::<NistP384>(scalar),
        _ => Err(EngineError::Unsupported),
    }
}

/// Checks that `point` is an uncompressed point of the curve and not the identity (SP 800-56A revision 3,
/// section 5.6.2.3.4; the cofactor is 1).
///
/// # Errors
/// [`EngineError::KeyInvalid`] when it is not, or when the curve is neither P-256 nor P-384.
pub(super) fn check_point(curve: Curve, point: &[u8]) -> Result<(), EngineError> {
    let valid = point.len() == curve.point_len()
        && match curve {
            Curve::P256 => PublicKey::<NistP256>::from_sec1_bytes(point).is_ok(),
            Curve::P384 => PublicKey::<NistP384>::from_sec1_bytes(point).is_ok(),
            _ => false,
        };
    if valid { Ok(()) } else { Err(EngineError::KeyInvalid) }
}

fn point_of<C>(scalar: &[u8]) -> Result<Vec<u8>, EngineError>
where
    C: CurveArithmetic,
    AffinePoint<C>: FromSec1Point<C> + ToSec1Point<C>,
    FieldBytesSize<C>: ModulusSize,
{
    let scalar = <&FieldBytes<C>>::try_from(scalar).map_err(|_| EngineError::KeyInvalid)?;
    let secret = SecretKey::<C>::from_bytes(scalar).map_err(|_| EngineError::KeyInvalid)?;
    Ok(secret.public_key().to_sec1_point(false).as_bytes().to_vec())
}
