//! Percent-encoding with the character sets of RFC 7512 section 2.3, and hexadecimal pairs.

use alloc::string::String;
use alloc::vec::Vec;
use core::mem;

use zeroize::Zeroizing;

use super::UriError;

/// Which part of the URI a value stands in; each leaves other characters unencoded.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// Before the `?`.
    Path,
    /// After it.
    Query,
}

impl Part {
    /// Whether `byte` may stand for itself in a value (`pk11-pchar`, `pk11-qchar`).
    pub(super) fn allows(self, byte: u8) -> bool {
        match byte {
            b'-' | b'.' | b'_' | b'~' => true,
            b':' | b'[' | b']' | b'@' | b'!' | b'$' | b'\'' | b'(' | b')' | b'*' | b'+' | b',' | b'=' => true,
            b'&' => self == Self::Path,
            b'/' | b'?' | b'|' => self == Self::Query,
            other => other.is_ascii_alphanumeric(),
        }
    }
}

/// Decodes a value that starts at `position` of the URI. The vector never grows and is wiped on failure, so
/// that no copy of a PIN stays behind.
pub(super) fn decode(value: &str, part: Part, position: usize) -> Result<Vec<u8>, UriError> {
    let mut decoded = Zeroizing::new(Vec::with_capacity(value.len()));
    let mut bytes = (position..).zip(value.bytes());
    while let Some((at, byte)) = bytes.next() {
        if byte == b'%' {
            let digits = (bytes.next(), bytes.next());
            let (Some((_, high)), Some((_, low))) = digits else {
                return Err(UriError::PercentEncoding(at));
            };
            decoded.push(hex_pair(high, low).ok_or(UriError::PercentEncoding(at))?);
        } else if part.allows(byte) {
            decoded.push(byte);
        } else {
            return Err(UriError::Character(at));
        }
    }
    Ok(mem::take(&mut *decoded))
}

/// Appends `value`, encoding what may not stand for itself: three characters an octet at most.
pub(super) fn encode(value: &[u8], part: Part, out: &mut String) {
    for byte in value {
        if part.allows(*byte) {
            out.push(char::from(*byte));
        } else {
            encode_octet(*byte, out);
        }
    }
}

/// Appends one octet as `%XX`.
pub(super) fn encode_octet(octet: u8, out: &mut String) {
    const DIGITS: [char; 16] =
        ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F'];
    out.push('%');
    out.push(DIGITS[usize::from(octet >> 4)]);
    out.push(DIGITS[usize::from(octet & 0x0f)]);
}

/// The octet of two hexadecimal digits.
pub(super) fn hex_pair(high: u8, low: u8) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|value| u8::try_from(value).ok());
    Some(digit(high)? << 4 | digit(low)?)
}
