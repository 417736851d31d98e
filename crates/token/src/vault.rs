//! Opened secrets: what a login unlocks and a logout drops.
//!
//! A vault opens each object at most once and keeps the keys that engines have parsed beside its secrets,
//! so that starting an operation neither decrypts nor parses. Dropping the vault wipes all of it.

use alloc::sync::Arc;
use alloc::vec::Vec;

use hashbrown::HashMap;

use crate::attribute::Secrets;
use crate::engine::{KeyLoader, LoadedKey};
use crate::object::{Contents, Object, ObjectNumber, key};
use crate::store::{DomainKey, SealedRecord};
use crate::sync::{Mutex, RwLock};
use crate::{AttributeType, Error, Result};

/// The secrets of one domain, opened as they are needed.
pub(crate) struct Vault {
    key: DomainKey,
    opened: RwLock<HashMap<ObjectNumber, (u32, Arc<Opened>)>>,
}

/// An object whose record has been checked, and whose secrets are in memory.
pub(crate) struct Opened {
    pub(crate) secrets: Arc<Secrets>,
    loaded: Mutex<Vec<(&'static str, LoadedKey)>>,
}

impl Vault {
    pub(crate) fn new(key: DomainKey) -> Self {
        Self { key, opened: RwLock::default() }
    }

    /// The key under which this vault's objects are sealed.
    pub(crate) fn key(&self) -> &DomainKey {
        &self.key
    }

    /// Opens an object, or finds it open.
    pub(crate) fn open(&self, object: &Object) -> Result<Arc<Opened>> {
        if let Some((version, opened)) = self.opened.read().get(&object.number) {
            if *version == object.version {
                return Ok(opened.clone());
            }
        }
        let secrets = match &object.contents {
            Contents::Open(secrets) => secrets.clone(),
            Contents::Sealed(_, bytes) => {
                Arc::new(self.key.unseal(object.number, &SealedRecord::parse(object.number, bytes)?)?)
            }
        };
        let opened = Arc::new(Opened { secrets, loaded: Mutex::default() });
        self.opened.write().insert(object.number, (object.version, opened.clone()));
        Ok(opened)
    }

    /// Drops what was opened of an object.
    pub(crate) fn forget(&self, number: ObjectNumber) {
        self.opened.write().remove(&number);
    }
}

impl Opened {
    /// The key as `loader` parsed it; parsed at the first call only.
    pub(crate) fn key(&self, object: &Object, loader: &'static dyn KeyLoader) -> Result<LoadedKey> {
        if let Some(key) = self.cached(loader) {
            return Ok(key);
        }
        let key_type = object.key_type.ok_or(Error::AttributeTypeInvalid(AttributeType::KeyType))?;
        let material = key::material(object.class, key_type, &object.public, &self.secrets)?;
        // Two threads may both come here at first; the lock is not held while the engine parses.
        let key = loader.load(&material)?;
        let mut loaded = self.loaded.lock();
        if !loaded.iter().any(|(name, _)| *name == loader.name()) {
            loaded.push((loader.name(), key.clone()));
        }
        Ok(key)
    }

    fn cached(&self, loader: &'static dyn KeyLoader) -> Option<LoadedKey> {
        let loaded = self.loaded.lock();
        loaded.iter().find(|(name, _)| *name == loader.name()).map(|(_, key)| key.clone())
    }
}
