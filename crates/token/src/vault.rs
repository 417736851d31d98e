//! Opened secrets: what a login unlocks and a logout drops.
//!
//! A vault opens each object at most once and keeps the keys that engines have parsed beside its secrets,
//! so that starting an operation neither decrypts nor parses. Dropping the vault wipes all of it.

use alloc::sync::Arc;
use alloc::vec::Vec;

use hashbrown::HashMap;
use portcullis_pal::ObjectStore;

use crate::attribute::Secrets;
use crate::engine::{KeyLoader, LoadedKey};
use crate::object::{Contents, Object, ObjectNumber, key};
use crate::store::{DomainKey, Suspects};
use crate::sync::{Mutex, RwLock};
use crate::{AttributeType, Error, Result};

/// The secrets of one domain, opened as they are needed.
pub(crate) struct Vault {
    key: DomainKey,
    /// Objects that are not opened, as the ledger speaks against them.
    suspects: Arc<Suspects>,
    /// Named in errors.
    store: Arc<dyn ObjectStore>,
    opened: RwLock<HashMap<ObjectNumber, Checked>>,
}

/// What was opened, with the very object that was checked: another one of the same number has to pass its
/// own check.
struct Checked {
    object: Arc<Object>,
    opened: Arc<Opened>,
}

/// An object whose record has been checked, and whose secrets are in memory.
pub(crate) struct Opened {
    pub(crate) secrets: Arc<Secrets>,
    loaded: Mutex<Vec<(&'static str, LoadedKey)>>,
}

impl Vault {
    pub(crate) fn new(key: DomainKey, suspects: Arc<Suspects>, store: Arc<dyn ObjectStore>) -> Self {
        Self { key, suspects, store, opened: RwLock::default() }
    }

    /// The key under which this vault's objects are sealed.
    pub(crate) fn key(&self) -> &DomainKey {
        &self.key
    }

    /// Opens an object, or finds it open.
    pub(crate) fn open(&self, object: &Arc<Object>) -> Result<Arc<Opened>> {
        if let Some(known) = self.opened.read().get(&object.number)
            && Arc::ptr_eq(&known.object, object)
        {
            return Ok(known.opened.clone());
        }
        let secrets = self.check(object)?;
        // What is authentic may still be an older one, or one that was destroyed.
        if let Some(error) = self.suspects.error(object.number) {
            return Err(error.at(&*self.store));
        }
        let opened = Arc::new(Opened { secrets, loaded: Mutex::default() });
        let mut all = self.opened.write();
        // Two threads may both come here at first; what the first of them has parsed since must not be lost.
        if let Some(known) = all.get(&object.number)
            && Arc::ptr_eq(&known.object, object)
        {
            return Ok(known.opened.clone());
        }
        all.insert(object.number, Checked { object: object.clone(), opened: opened.clone() });
        Ok(opened)
    }

    /// Checks an object's record and gives its secrets, keeping nothing.
    pub(crate) fn check(&self, object: &Object) -> Result<Arc<Secrets>> {
        match &object.contents {
            Contents::Open(secrets) => Ok(secrets.clone()),
            Contents::Sealed(sealed) => {
                let opened = self.key.unseal(object.number, object.version, &object.public, sealed);
                opened.map(Arc::new).map_err(|error| error.at(&*self.store))
            }
        }
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
        // Two threads may both come here at first; the lock is not held while the engine parses. Both go on with the
        // key of the one that was first.
        let key = loader.load(&material)?;
        let mut loaded = self.loaded.lock();
        if let Some(known) = parsed_by(loader, &loaded) {
            return Ok(known);
        }
        loaded.push((loader.name(), key.clone()));
        Ok(key)
    }

    fn cached(&self, loader: &'static dyn KeyLoader) -> Option<LoadedKey> {
        parsed_by(loader, &self.loaded.lock())
    }
}

fn parsed_by(loader: &'static dyn KeyLoader, loaded: &[(&'static str, LoadedKey)]) -> Option<LoadedKey> {
    loaded.iter().find(|(name, _)| *name == loader.name()).map(|(_, key)| key.clone())
}

#[cfg(test)]
mod tests;
