//! Objects: what they are, how they come to be, and how they are found. What may be done with one is
//! decided in `policy`; how one is kept at rest, in `store`.

pub(crate) mod build;
mod catalog;
mod certificate;
mod class;
pub(crate) mod key;
pub(crate) mod lattice;
mod profile;
mod rsa;
#[cfg(test)]
mod tests;

use alloc::string::String;

pub(crate) use catalog::{Catalog, Entry, Found, Hashes, Merge};
pub(crate) use class::Classes;
pub use class::ObjectClass;

use crate::attribute::{AttributeSet, Secrets};
use crate::store::{Domain, Known, Sealed, SealedRecord, damaged, object_label};
use crate::{AttributeType, KeyType, Result};

/// An object as callers name it (`CK_OBJECT_HANDLE`): valid in one process, and for a private object only
/// until its user logs out. Never zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ObjectHandle(pub u64);

/// The name of an object for as long as it exists, in every process (`CKA_UNIQUE_ID` in hexadecimal).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct ObjectNumber(pub(crate) u64);

impl ObjectNumber {
    /// The number as `CKA_UNIQUE_ID` shows it.
    pub(crate) fn unique_id(self) -> String {
        alloc::format!("{:016x}", self.0)
    }
}

/// An immutable object: its public attributes, and its secrets as they are kept.
#[derive(Debug)]
pub(crate) struct Object {
    pub(crate) number: ObjectNumber,
    /// How often the object has been changed, from 1.
    pub(crate) version: u32,
    pub(crate) class: ObjectClass,
    pub(crate) key_type: Option<KeyType>,
    pub(crate) public: AttributeSet,
    pub(crate) contents: Contents,
}

/// Where an object's secrets are.
#[derive(Debug)]
pub(crate) enum Contents {
    /// In memory: a session object.
    Open(alloc::sync::Arc<Secrets>),
    /// At rest: what the record has beside the public attributes, to be opened by the vault of its domain.
    Sealed(Sealed),
}

impl Object {
    /// In which domain an object at rest belongs: whatever is secret, private or trusted is under the key
    /// that only a PIN unwraps.
    pub(crate) fn domain(class: ObjectClass, public: &AttributeSet) -> Domain {
        let guarded =
            class.is_secret() || public.flag(AttributeType::Private) || public.flag(AttributeType::Trusted);
        if guarded { Domain::Master } else { Domain::Open }
    }

    /// An object as its record in the store describes it. Nothing is authenticated yet.
    pub(crate) fn from_record(number: ObjectNumber, bytes: &[u8]) -> Result<Self> {
        let record = SealedRecord::parse(number, bytes)?;
        let damaged = |what| damaged(&object_label(number), what);
        let code = record.public.ulong(AttributeType::Class).and_then(ObjectClass::from_code);
        let class = code.ok_or_else(|| damaged("it has no known object class"))?;
        let key_type = record.public.ulong(AttributeType::KeyType).map(KeyType::from_code);
        let key_type = match (class.is_key(), key_type) {
            _ if class == ObjectClass::Profile => return Err(damaged("profiles are not stored")),
            (true, Some(Some(key_type))) => Some(key_type),
            (false, None) => None,
            _ => return Err(damaged("its key type does not go with its class")),
        };
        if record.sealed.domain != Self::domain(class, &record.public) {
            return Err(damaged("it is sealed in the wrong domain"));
        }
        let SealedRecord { version, public, sealed } = record;
        Ok(Self { number, version, class, key_type, public, contents: Contents::Sealed(sealed) })
    }

    /// What a ledger has to know of the object, if it is at rest under the master key.
    pub(crate) fn known(&self) -> Option<Known> {
        match &self.contents {
            Contents::Sealed(sealed) if sealed.domain == Domain::Master => sealed.known(self.version),
            _ => None,
        }
    }

    pub(crate) fn flag(&self, attribute: AttributeType) -> bool {
        self.public.flag(attribute)
    }

    /// How many bytes the object takes: its record at rest, or its values in memory.
    pub(crate) fn size(&self) -> usize {
        match &self.contents {
            Contents::Sealed(sealed) => sealed.record_len(&self.public),
            Contents::Open(secrets) => {
                let public: usize = self.public.iter().map(|(_, value)| value.size()).sum();
                public + secrets.iter().map(|(_, secret)| secret.len()).sum::<usize>()
            }
        }
    }

    pub(crate) fn is_private(&self) -> bool {
        self.flag(AttributeType::Private)
    }

    pub(crate) fn is_token(&self) -> bool {
        self.flag(AttributeType::Token)
    }
}
