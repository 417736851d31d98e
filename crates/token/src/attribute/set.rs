//! Sets of attributes: the public ones of an object, and its secret ones.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use super::{AttributeType, Value};
use crate::Secret;

/// Attributes that are no secret, in the order of their codes: those of an object, or those that a key asks of
/// other keys.
///
/// In one piece of memory, as there are many objects, each with some twenty attributes, and few of them ever change.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct AttributeSet(Vec<(AttributeType, Value)>);

/// How deep templates may lie in one another. One key that unwraps another that unwraps is all that is in use.
pub(crate) const MAX_DEPTH: usize = 4;

impl AttributeSet {
    /// An empty set with room for so many.
    pub(crate) fn with_capacity(attributes: usize) -> Self {
        Self(Vec::with_capacity(attributes))
    }

    fn place(&self, attribute: AttributeType) -> Result<usize, usize> {
        match self.0.last() {
            Some((last, _)) if *last < attribute => Err(self.0.len()),
            _ => self.0.binary_search_by_key(&attribute, |(known, _)| *known),
        }
    }

    pub(crate) fn value(&self, attribute: AttributeType) -> Option<&Value> {
        self.place(attribute).ok().map(|place| &self.0[place].1)
    }

    /// A truth value; false where the object has none.
    pub(crate) fn flag(&self, attribute: AttributeType) -> bool {
        self.value(attribute).and_then(Value::as_bool).unwrap_or(false)
    }

    pub(crate) fn ulong(&self, attribute: AttributeType) -> Option<u64> {
        self.value(attribute).and_then(Value::as_ulong)
    }

    /// A byte array; empty where the object has none.
    pub(crate) fn bytes(&self, attribute: AttributeType) -> &[u8] {
        self.value(attribute).and_then(Value::as_bytes).unwrap_or_default()
    }

    pub(crate) fn set(&mut self, attribute: AttributeType, value: impl Into<Value>) {
        match self.place(attribute) {
            Ok(place) => self.0[place].1 = value.into(),
            Err(place) => self.0.insert(place, (attribute, value.into())),
        }
    }

    /// Sets the attribute unless it has a value already.
    pub(crate) fn set_default(&mut self, attribute: AttributeType, value: impl Into<Value>) {
        if let Err(place) = self.place(attribute) {
            self.0.insert(place, (attribute, value.into()));
        }
    }

    /// Takes a byte array out.
    pub(crate) fn take_bytes(&mut self, attribute: AttributeType) -> Option<Vec<u8>> {
        let place = self.place(attribute).ok()?;
        let Value::Bytes(bytes) = &mut self.0[place].1 else { return None };
        let bytes = core::mem::take(bytes);
        self.0.remove(place);
        Some(bytes)
    }

    /// Takes an attribute out.
    pub(crate) fn remove(&mut self, attribute: AttributeType) -> Option<Value> {
        let place = self.place(attribute).ok()?;
        Some(self.0.remove(place).1)
    }

    /// A template for other keys, if the object has one.
    pub(crate) fn template(&self, attribute: AttributeType) -> Option<&Self> {
        self.value(attribute).and_then(Value::as_template)
    }

    /// How many templates lie in one another here.
    pub(crate) fn depth(&self) -> usize {
        self.0
            .iter()
            .filter_map(|(_, value)| value.as_template())
            .map(|inner| 1 + inner.depth())
            .max()
            .unwrap_or(0)
    }

    /// Every attribute with its value.
    pub fn iter(&self) -> impl Iterator<Item = (AttributeType, &Value)> {
        self.0.iter().map(|(attribute, value)| (*attribute, value))
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
