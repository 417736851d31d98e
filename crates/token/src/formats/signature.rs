//! ECDSA signatures in their two forms: r and s side by side, as PKCS #11 has them (3.1 section 6.3.1), and
//! the DER `ECDSA-Sig-Value` of TLS and X.509 (RFC 3279 section 2.2.3).

use alloc::vec;
use alloc::vec::Vec;

use der::asn1::UintRef;
use der::{Decode, Encode, Sequence};

use super::error::{FormatError, Result};
use crate::Curve;

/// `ECDSA-Sig-Value`
#[derive(Sequence)]
struct EcdsaSigValue<'a> {
    r: UintRef<'a>,
    s: UintRef<'a>,
}

/// The DER form of a signature given as r and s side by side, each of the same length.
///
/// # Errors
/// [`FormatError::SignatureLength`] when the length is odd or zero.
pub fn ecdsa_to_der(signature: &[u8]) -> Result<Vec<u8>> {
    let half = signature.len() / 2;
    match signature.split_at_checked(half) {
        Some((r, s)) if half > 0 && r.len() == s.len() => {
            Ok(EcdsaSigValue { r: UintRef::new(r)?, s: UintRef::new(s)? }.to_der()?)
        }
        _ => Err(FormatError::SignatureLength),
    }
}

/// r and s side by side, each of [`Curve::scalar_len`] bytes, out of a signature's DER form.
///
/// # Errors
/// [`FormatError::SignatureLength`] when a number is too long for `curve` or `curve` has no ECDSA,
/// [`FormatError::Truncated`], [`FormatError::TrailingData`] or [`FormatError::Malformed`] for what is no
/// such structure.
pub fn ecdsa_from_der(der: &[u8], curve: Curve) -> Result<Vec<u8>> {
    if curve == Curve::Ed25519 {
        return Err(FormatError::SignatureLength);
    }
    let value = EcdsaSigValue::from_der(der)?;
    let len = curve.scalar_len();
    let mut signature = Vec::with_capacity(2 * len);
    for number in [value.r, value.s] {
        let missing = len.checked_sub(number.as_bytes().len()).ok_or(FormatError::SignatureLength)?;
        signature.extend_from_slice(&vec![0; missing]);
        signature.extend_from_slice(number.as_bytes());
    }
    Ok(signature)
}
