//! A store that is made at its first change: looking at a slot whose token was never initialised leaves nothing on
//! the disk.

use std::path::PathBuf;
use std::sync::{Arc, PoisonError};

use portcullis_pal::{
    Change, Error, Label, ObjectId, ObjectStore, Record, Result, Scan, SqliteStore, Stamp, Value,
};

use super::fork::{self, Handle};

/// A SQLite store that may not be there yet, and is closed while the process forks. Another process may make it at
/// any time.
pub(super) struct LateStore {
    path: PathBuf,
    handle: Arc<Handle>,
}

impl LateStore {
    pub(super) fn at(path: PathBuf) -> Self {
        Self { path, handle: fork::handle() }
    }

    /// Uses the store, or gives `absent` when there is none.
    fn read<T>(&self, absent: T, read: impl FnOnce(&SqliteStore) -> Result<T>) -> Result<T> {
        let _passing = fork::pass();
        self.opened()?.map_or(Ok(absent), |store| read(&store))
    }

    /// The store, if it is there.
    fn opened(&self) -> Result<Option<Arc<SqliteStore>>> {
        if let Some(store) = &*self.handle.read().unwrap_or_else(PoisonError::into_inner) {
            return Ok(Some(store.clone()));
        }
        match SqliteStore::open(&self.path) {
            Ok(store) => Ok(Some(self.keep(store))),
            Err(Error::Missing { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Keeps the store open. Another thread may have been first; then this handle is closed again.
    fn keep(&self, store: SqliteStore) -> Arc<SqliteStore> {
        let mut handle = self.handle.write().unwrap_or_else(PoisonError::into_inner);
        handle.get_or_insert_with(|| Arc::new(store)).clone()
    }
}

impl ObjectStore for LateStore {
    fn find(&self, label: &Label) -> Result<Option<ObjectId>> {
        self.read(None, |store| store.find(label))
    }

    fn value(&self, id: ObjectId) -> Result<Option<Value>> {
        self.read(None, |store| store.value(id))
    }

    fn apply(&self, batch: &[Change<'_>]) -> Result<Stamp> {
        let _passing = fork::pass();
        match self.opened()? {
            Some(store) => store.apply(batch),
            None if batch.is_empty() => Ok(Stamp::START),
            None => self.keep(SqliteStore::open_or_create(&self.path)?).apply(batch),
        }
    }

    fn scan(&self, since: Stamp, each: &mut dyn FnMut(Record<'_>)) -> Result<Scan> {
        self.read(Scan { stamp: Stamp::START, complete: true }, |store| store.scan(since, each))
    }

    fn stamp(&self) -> Result<Stamp> {
        self.read(Stamp::START, SqliteStore::stamp)
    }
}

#[cfg(test)]
mod tests;
