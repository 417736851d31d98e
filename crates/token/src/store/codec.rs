//! The canonical bytes of attributes, and a reader that can't run past its input.
//!
//! An attribute is its code (4 bytes), the length of its value (4 bytes) and the value, numbers big-endian;
//! a set is its attributes in ascending order of their codes. Equal sets have equal bytes, so a set can be
//! authenticated by authenticating them.

use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::attribute::{AttributeSet, Date, Kind, MAX_DEPTH, Secrets, Value};
use crate::{AttributeType, MechanismType, Secret};

/// How many bytes an attribute takes beside its value.
const ATTRIBUTE_LEN: usize = 8;

/// Reads a record from its start to its end.
pub(super) struct Reader<'a>(&'a [u8]);

/// The record ended too early, went on too long, or holds what can't be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Malformed;

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(super) fn bytes(&mut self, len: usize) -> Result<&'a [u8], Malformed> {
        let (taken, rest) = self.0.split_at_checked(len).ok_or(Malformed)?;
        self.0 = rest;
        Ok(taken)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        let (taken, rest) = self.0.split_first_chunk().ok_or(Malformed)?;
        self.0 = rest;
        Ok(*taken)
    }

    pub(super) fn u8(&mut self) -> Result<u8, Malformed> {
        self.array().map(u8::from_be_bytes)
    }

    pub(super) fn u32(&mut self) -> Result<u32, Malformed> {
        self.array().map(u32::from_be_bytes)
    }

    /// A byte string behind its length.
    pub(super) fn string(&mut self) -> Result<&'a [u8], Malformed> {
        let len = usize::try_from(self.u32()?).map_err(|_| Malformed)?;
        self.bytes(len)
    }

    pub(super) fn rest(self) -> &'a [u8] {
        self.0
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn end(self) -> Result<(), Malformed> {
        if self.is_empty() { Ok(()) } else { Err(Malformed) }
    }
}

/// Appends a byte string behind its length.
pub(super) fn put_string(out: &mut Vec<u8>, bytes: &[u8]) {
    put_len(out, bytes.len());
    out.extend_from_slice(bytes);
}

fn put_len(out: &mut Vec<u8>, len: usize) {
    out.extend_from_slice(&(len as u32).to_be_bytes());
}

fn put_code(out: &mut Vec<u8>, attribute: AttributeType) {
    out.extend_from_slice(&(attribute as u32).to_be_bytes());
}

/// How many bytes a set takes.
pub(super) fn set_len(set: &AttributeSet) -> usize {
    let len = |value: &Value| match value {
        Value::Template(inner) => set_len(inner),
        Value::Bool(_) => 1,
        Value::Ulong(_) => size_of::<u64>(),
        Value::Bytes(value) => value.len(),
        Value::Date(date) => date.map_or(0, |date| date.0.len()),
        Value::Mechanisms(list) => size_of::<u64>() * list.len(),
    };
    set.iter().map(|(_, value)| ATTRIBUTE_LEN + len(value)).sum()
}

/// Appends a set behind its length.
pub(super) fn put_set(out: &mut Vec<u8>, set: &AttributeSet) {
    put_len(out, set_len(set));
    for (attribute, value) in set.iter() {
        put_code(out, attribute);
        match value {
            Value::Template(inner) => put_set(out, inner),
            Value::Bool(value) => put_string(out, &[u8::from(*value)]),
            Value::Ulong(value) => put_string(out, &value.to_be_bytes()),
            Value::Bytes(value) => put_string(out, value),
            Value::Date(None) => put_string(out, &[]),
            Value::Date(Some(date)) => put_string(out, &date.0),
            Value::Mechanisms(list) => {
                put_len(out, size_of::<u64>() * list.len());
                out.extend(list.iter().flat_map(|mechanism| mechanism.0.to_be_bytes()));
            }
        }
    }
}

pub(super) fn decode_set(bytes: &[u8]) -> Result<AttributeSet, Malformed> {
    decode_nested(bytes, MAX_DEPTH)
}

/// A set in which templates may lie in one another so many times.
fn decode_nested(bytes: &[u8], depth: usize) -> Result<AttributeSet, Malformed> {
    let mut set = AttributeSet::with_capacity(longer(bytes)?.min(AttributeType::ALL.len()));
    let mut reader = Reader::new(bytes);
    let mut last = None;
    while !reader.is_empty() {
        let (attribute, bytes) = next_attribute(&mut reader, &mut last)?;
        let value = match attribute.row().kind {
            Kind::Bool => match bytes {
                [0] => Value::Bool(false),
                [1] => Value::Bool(true),
                _ => return Err(Malformed),
            },
            Kind::Ulong => Value::Ulong(u64::from_be_bytes(bytes.try_into().map_err(|_| Malformed)?)),
            Kind::Bytes | Kind::Secret => Value::Bytes(bytes.to_vec()),
            Kind::Template => {
                let inner = decode_nested(bytes, depth.checked_sub(1).ok_or(Malformed)?)?;
                Value::Template(Box::new(inner))
            }
            Kind::Date if bytes.is_empty() => Value::Date(None),
            Kind::Date => Value::Date(Some(Date(bytes.try_into().map_err(|_| Malformed)?))),
            Kind::Mechanisms => {
                let (codes, rest) = bytes.as_chunks::<8>();
                if !rest.is_empty() {
                    return Err(Malformed);
                }
                Value::Mechanisms(codes.iter().map(|code| MechanismType(u64::from_be_bytes(*code))).collect())
            }
        };
        set.set(attribute, value);
    }
    Ok(set)
}

pub(super) fn encode_secrets(secrets: &Secrets) -> Secret {
    // Sized beforehand, so that no copy of a secret stays behind in a buffer that had to grow.
    let len = secrets.iter().map(|(_, value)| ATTRIBUTE_LEN + value.len()).sum();
    let mut out = Vec::with_capacity(len);
    for (attribute, value) in secrets.iter() {
        put_code(&mut out, attribute);
        put_string(&mut out, value.expose());
    }
    Secret::new(out)
}

pub(super) fn decode_secrets(bytes: &[u8]) -> Result<Secrets, Malformed> {
    let mut secrets = Secrets::default();
    let mut reader = Reader::new(bytes);
    let mut last = None;
    while !reader.is_empty() {
        let (attribute, value) = next_attribute(&mut reader, &mut last)?;
        if !attribute.is_secret() {
            return Err(Malformed);
        }
        secrets.set(attribute, Secret::copied(value));
    }
    Ok(secrets)
}

/// How many attributes there are that are no truth values, whatever they are: a truth value takes one byte.
fn longer(bytes: &[u8]) -> Result<usize, Malformed> {
    let (mut reader, mut count) = (Reader::new(bytes), 0);
    while !reader.is_empty() {
        reader.u32()?;
        count += usize::from(reader.string()?.len() != 1);
    }
    Ok(count)
}

/// The next attribute and its value's bytes; each code must be above the one before.
fn next_attribute<'a>(
    reader: &mut Reader<'a>,
    last: &mut Option<AttributeType>,
) -> Result<(AttributeType, &'a [u8]), Malformed> {
    let attribute = AttributeType::from_code(reader.u32()?.into()).ok_or(Malformed)?;
    if last.is_some_and(|last| last as u32 >= attribute as u32) {
        return Err(Malformed);
    }
    *last = Some(attribute);
    Ok((attribute, reader.string()?))
}
