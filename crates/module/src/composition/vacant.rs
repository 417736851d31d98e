//! The store of a slot with no token yet: it takes a place of its own among the others when it is first written.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};

use portcullis_pal::{
    Change, Error, Label, ObjectId, ObjectStore, Record, Result, Scan, SqliteStore, Stamp, Value,
};

use super::gated::GatedStore;
use super::{STORE, fork};

/// A store that has no place before its first change. Two of them, in two processes too, never take the same one: a
/// token that is made in one slot can't end a token that somebody made in the meantime.
pub(crate) struct VacantStore {
    stores: PathBuf,
    taken: OnceLock<(PathBuf, GatedStore)>,
    /// Held by the one who takes a place.
    taking: Mutex<()>,
}

impl VacantStore {
    /// A store that will lie in a folder of its own below `stores`.
    pub(crate) fn below(stores: &Path) -> Self {
        Self { stores: stores.to_owned(), taken: OnceLock::new(), taking: Mutex::default() }
    }

    /// Its folder, once it has one.
    pub(crate) fn folder(&self) -> Option<&Path> {
        self.taken.get().map(|(folder, _)| folder.as_path())
    }

    fn store(&self) -> Option<&GatedStore> {
        self.taken.get().map(|(_, store)| store)
    }

    /// Takes the first number that nobody has. A store appears at its place whole and never over another, so of two
    /// processes that try the same number one goes on to the next.
    fn take(&self) -> Result<&GatedStore> {
        let _alone = self.taking.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(store) = self.store() {
            return Ok(store);
        }
        for number in 1..=u32::MAX {
            let folder = self.stores.join(number.to_string());
            let passing = fork::pass();
            match SqliteStore::create(folder.join(STORE)) {
                Ok(store) => {
                    drop(store);
                    drop(passing);
                    let store = GatedStore::at(folder.join(STORE));
                    return Ok(&self.taken.get_or_init(|| (folder, store)).1);
                }
                Err(Error::Exists { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Err(Error::Full { place: self.stores.display().to_string() })
    }
}

impl ObjectStore for VacantStore {
    fn find(&self, label: &Label) -> Result<Option<ObjectId>> {
        self.store().map_or(Ok(None), |store| store.find(label))
    }

    fn value(&self, id: ObjectId) -> Result<Option<Value>> {
        self.store().map_or(Ok(None), |store| store.value(id))
    }

    fn apply(&self, batch: &[Change<'_>]) -> Result<Stamp> {
        match self.store() {
            Some(store) => store.apply(batch),
            None if batch.is_empty() => Ok(Stamp::START),
            None => self.take()?.apply(batch),
        }
    }

    fn scan(&self, since: Stamp, each: &mut dyn FnMut(Record<'_>)) -> Result<Scan> {
        let nothing = Scan { stamp: Stamp::START, complete: true };
        self.store().map_or(Ok(nothing), |store| store.scan(since, each))
    }

    fn stamp(&self) -> Result<Stamp> {
        self.store().map_or(Ok(Stamp::START), ObjectStore::stamp)
    }

    fn place(&self) -> String {
        self.store().map_or_else(|| self.stores.display().to_string(), ObjectStore::place)
    }
}

#[cfg(test)]
mod tests;
