//! Attribute values as C has them: bytes of a native layout (PKCS #11 v3.2 section 4.1). No pointers here.

use cryptoki_sys::{CK_BBOOL, CK_FALSE, CK_TRUE, CK_ULONG};
use portcullis_token::{
    AttributeKind, AttributeType, AttributeValue, Date, MechanismType, Secret, Template, Value,
};
use zeroize::Zeroizing;

use crate::error::{Error, Result};

/// The length of a `CK_ULONG`.
const ULONG: usize = size_of::<CK_ULONG>();

/// Adds an attribute to a template, by the bytes that a caller gives.
pub(crate) fn add(template: Template, attribute: AttributeType, bytes: &[u8]) -> Result<Template> {
    let malformed = Error::AttributeMalformed(attribute.code());
    let value = match attribute.kind() {
        AttributeKind::Secret => return Ok(template.with_secret(attribute, Secret::copied(bytes))),
        AttributeKind::Bytes => Some(Value::Bytes(bytes.to_vec())),
        AttributeKind::Bool => parse_bool(bytes).map(Value::Bool),
        AttributeKind::Ulong => parse_ulong(bytes).map(Value::Ulong),
        AttributeKind::Date => parse_date(bytes).map(Value::Date),
        AttributeKind::Mechanisms => parse_mechanisms(bytes).map(Value::Mechanisms),
        _ => None,
    };
    Ok(template.with(attribute, value.ok_or(malformed)?))
}

/// A value as a caller gets it. It may be a secret that the object gives out.
pub(crate) fn encode(value: &AttributeValue) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(match value {
        AttributeValue::Secret(secret) => secret.expose().to_vec(),
        AttributeValue::Plain(value) => encode_plain(value),
    })
}

fn encode_plain(value: &Value) -> Vec<u8> {
    match value {
        Value::Bool(value) => vec![if *value { CK_TRUE } else { CK_FALSE }],
        Value::Ulong(value) => encode_ulong(*value).to_vec(),
        Value::Bytes(bytes) => bytes.clone(),
        Value::Date(date) => date.map_or_else(Vec::new, |date| date.0.to_vec()),
        Value::Mechanisms(list) => list.iter().flat_map(|mechanism| encode_ulong(mechanism.0)).collect(),
        // A kind of value that C has no layout for here; templates are structures, which `out.rs` writes.
        _ => Vec::new(),
    }
}

fn encode_ulong(value: u64) -> [u8; ULONG] {
    (value as CK_ULONG).to_ne_bytes()
}

fn parse_bool(bytes: &[u8]) -> Option<bool> {
    match bytes {
        [CK_FALSE] => Some(false),
        [CK_TRUE] => Some(true),
        _ => None,
    }
}

fn parse_ulong(bytes: &[u8]) -> Option<u64> {
    Some(CK_ULONG::from_ne_bytes(bytes.try_into().ok()?))
}

/// No bytes are no date; otherwise the digits of `CK_DATE`.
fn parse_date(bytes: &[u8]) -> Option<Option<Date>> {
    if bytes.is_empty() {
        return Some(None);
    }
    let digits: [u8; 8] = bytes.try_into().ok()?;
    digits.iter().all(u8::is_ascii_digit).then_some(Some(Date(digits)))
}

fn parse_mechanisms(bytes: &[u8]) -> Option<Vec<MechanismType>> {
    let (each, rest) = bytes.as_chunks::<ULONG>();
    rest.is_empty().then(|| each.iter().map(|code| MechanismType(CK_ULONG::from_ne_bytes(*code))).collect())
}

const _: () = assert!(size_of::<CK_BBOOL>() == 1);

#[cfg(test)]
mod tests;
