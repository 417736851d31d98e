//! A store that is made at its first change: looking at a slot whose token was never initialised leaves nothing on
//! the disk.

use std::path::PathBuf;
use std::sync::OnceLock;

use portcullis_pal::{
    Change, Error, Label, ObjectId, ObjectStore, Record, Result, Scan, SqliteStore, Stamp, Value,
};

/// A SQLite store that may not be there yet. Another process may make it at any time.
pub(super) struct LateStore {
    path: PathBuf,
    opened: OnceLock<SqliteStore>,
}

impl LateStore {
    pub(super) fn at(path: PathBuf) -> Self {
        Self { path, opened: OnceLock::new() }
    }

    /// The store, if it is there.
    fn opened(&self) -> Result<Option<&SqliteStore>> {
        if let Some(store) = self.opened.get() {
            return Ok(Some(store));
        }
        match SqliteStore::open(&self.path) {
            Ok(store) => Ok(Some(self.keep(store))),
            Err(Error::Missing { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn keep(&self, store: SqliteStore) -> &SqliteStore {
        // Another thread may have been first; then this handle is closed again.
        self.opened.get_or_init(|| store)
    }
}

impl ObjectStore for LateStore {
    fn find(&self, label: &Label) -> Result<Option<ObjectId>> {
        self.opened()?.map_or(Ok(None), |store| store.find(label))
    }

    fn value(&self, id: ObjectId) -> Result<Option<Value>> {
        self.opened()?.map_or(Ok(None), |store| store.value(id))
    }

    fn apply(&self, batch: &[Change<'_>]) -> Result<Stamp> {
        match self.opened()? {
            Some(store) => store.apply(batch),
            None if batch.is_empty() => Ok(Stamp::START),
            None => self.keep(SqliteStore::open_or_create(&self.path)?).apply(batch),
        }
    }

    fn scan(&self, since: Stamp, each: &mut dyn FnMut(Record<'_>)) -> Result<Scan> {
        match self.opened()? {
            Some(store) => store.scan(since, each),
            None => Ok(Scan { stamp: Stamp::START, complete: true }),
        }
    }

    fn stamp(&self) -> Result<Stamp> {
        self.opened()?.map_or(Ok(Stamp::START), SqliteStore::stamp)
    }
}

#[cfg(test)]
mod tests;
