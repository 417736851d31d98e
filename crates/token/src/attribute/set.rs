//! Sets of attributes: the public ones of an object, and its secret ones.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::fmt;

use super::{AttributeType, Value};
use crate::Secret;

/// Attributes that are no secret, in the order of their codes: those of an object, or those that a key asks of
/// other keys.
///
/// There are many objects, each with some twenty attributes, and few of them ever change. Truth values, which most are,
/// take two bits each, and the others lie in one piece of memory.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct AttributeSet {
    flags: Flags,
    others: Vec<(AttributeType, Value)>,
}

/// Truth values, each at the place of its attribute in [`AttributeType::ALL`].
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
struct Flags {
    given: u128,
    /// Those of the given that are true.
    truths: u128,
}

const _: () = assert!(AttributeType::ALL.len() <= u128::BITS as usize);

static TRUE: Value = Value::Bool(true);
static FALSE: Value = Value::Bool(false);

impl Flags {
    fn get(self, attribute: AttributeType) -> Option<bool> {
        let bit = 1 << attribute.place();
        (self.given & bit != 0).then_some(self.truths & bit != 0)
    }

    fn set(&mut self, attribute: AttributeType, truth: bool) {
        let bit = 1 << attribute.place();
        self.given |= bit;
        if truth {
            self.truths |= bit;
        } else {
            self.truths &= !bit;
        }
    }

    fn remove(&mut self, attribute: AttributeType) {
        let bit = 1 << attribute.place();
        self.given &= !bit;
        self.truths &= !bit;
    }

    fn iter(self) -> impl Iterator<Item = (AttributeType, &'static Value)> {
        let mut left = self.given;
        core::iter::from_fn(move || {
            let attribute = *AttributeType::ALL.get(left.trailing_zeros() as usize)?;
            left &= left - 1;
            Some((attribute, shown(self.get(attribute)?)))
        })
    }
}

/// A truth value, to be looked at.
fn shown(truth: bool) -> &'static Value {
    if truth { &TRUE } else { &FALSE }
}

/// How deep templates may lie in one another. One key that unwraps another that unwraps is all that is in use.
pub(crate) const MAX_DEPTH: usize = 4;

impl AttributeSet {
    /// An empty set with room for so many that are no truth values.
    pub(crate) fn with_capacity(others: usize) -> Self {
        Self { flags: Flags::default(), others: Vec::with_capacity(others) }
    }

    fn place(&self, attribute: AttributeType) -> Result<usize, usize> {
        match self.others.last() {
            Some((last, _)) if *last < attribute => Err(self.others.len()),
            _ => self.others.binary_search_by_key(&attribute, |(known, _)| *known),
        }
    }

    pub(crate) fn value(&self, attribute: AttributeType) -> Option<&Value> {
        match self.flags.get(attribute) {
            Some(truth) => Some(shown(truth)),
            None => self.place(attribute).ok().map(|place| &self.others[place].1),
        }
    }

    /// A truth value; false where the object has none.
    pub(crate) fn flag(&self, attribute: AttributeType) -> bool {
        self.flags.get(attribute).unwrap_or(false)
    }

    pub(crate) fn ulong(&self, attribute: AttributeType) -> Option<u64> {
        self.value(attribute).and_then(Value::as_ulong)
    }

    /// A byte array; empty where the object has none.
    pub(crate) fn bytes(&self, attribute: AttributeType) -> &[u8] {
        self.value(attribute).and_then(Value::as_bytes).unwrap_or_default()
    }

    pub(crate) fn set(&mut self, attribute: AttributeType, value: impl Into<Value>) {
        match (value.into(), self.place(attribute)) {
            (Value::Bool(truth), found) => {
                if let Ok(place) = found {
                    self.others.remove(place);
                }
                self.flags.set(attribute, truth);
            }
            (value, found) => {
                self.flags.remove(attribute);
                match found {
                    Ok(place) => self.others[place].1 = value,
                    Err(place) => self.others.insert(place, (attribute, value)),
                }
            }
        }
    }

    /// Sets the attribute unless it has a value already.
    pub(crate) fn set_default(&mut self, attribute: AttributeType, value: impl Into<Value>) {
        if self.value(attribute).is_none() {
            self.set(attribute, value);
        }
    }

    /// Takes a byte array out.
    pub(crate) fn take_bytes(&mut self, attribute: AttributeType) -> Option<Vec<u8>> {
        let place = self.place(attribute).ok()?;
        let Value::Bytes(bytes) = &mut self.others[place].1 else { return None };
        let bytes = core::mem::take(bytes);
        self.others.remove(place);
        Some(bytes)
    }

    /// Takes an attribute out.
    pub(crate) fn remove(&mut self, attribute: AttributeType) -> Option<Value> {
        if let Some(truth) = self.flags.get(attribute) {
            self.flags.remove(attribute);
            return Some(Value::Bool(truth));
        }
        let place = self.place(attribute).ok()?;
        Some(self.others.remove(place).1)
    }

    /// A template for other keys, if the object has one.
    pub(crate) fn template(&self, attribute: AttributeType) -> Option<&Self> {
        self.value(attribute).and_then(Value::as_template)
    }

    /// How many templates lie in one another here.
    pub(crate) fn depth(&self) -> usize {
        self.others
            .iter()
            .filter_map(|(_, value)| value.as_template())
            .map(|inner| 1 + inner.depth())
            .max()
            .unwrap_or(0)
    }

    /// Every attribute with its value.
    pub fn iter(&self) -> impl Iterator<Item = (AttributeType, &Value)> {
        let mut flags = self.flags.iter().peekable();
        let mut others = self.others.iter().map(|(attribute, value)| (*attribute, value)).peekable();
        core::iter::from_fn(move || match (flags.peek(), others.peek()) {
            (Some((flag, _)), Some((other, _))) if other < flag => others.next(),
            (Some(_), _) => flags.next(),
            (None, _) => others.next(),
        })
    }
}

impl fmt::Debug for AttributeSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

/// The attributes of an object that are secret, in the order of their codes.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Secrets(BTreeMap<AttributeType, Secret>);

impl Secrets {
    pub(crate) fn value(&self, attribute: AttributeType) -> Option<&Secret> {
        self.0.get(&attribute)
    }

    pub(crate) fn set(&mut self, attribute: AttributeType, value: Secret) {
        self.0.insert(attribute, value);
    }

    pub(crate) fn take(&mut self, attribute: AttributeType) -> Option<Secret> {
        self.0.remove(&attribute)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The same secrets once more.
    pub(crate) fn copied(&self) -> Self {
        Self(self.iter().map(|(attribute, secret)| (attribute, Secret::copied(secret.expose()))).collect())
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (AttributeType, &Secret)> {
        self.0.iter().map(|(attribute, value)| (*attribute, value))
    }
}
