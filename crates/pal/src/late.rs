//! [`LateStore`]: a store that is made at its first change, so that looking at what was never written leaves nothing
//! on the disk.

use std::path::PathBuf;
use std::sync::Arc;

use super::SqliteStore;
use crate::sync::RwLock;
use crate::{Change, Error, Label, ObjectId, ObjectStore, Record, Result, Scan, Stamp, Value};

/// A [`SqliteStore`] that may not be there yet: until then it reads as an empty store. Another handle or another
/// process may make it at any time.
pub struct LateStore {
    path: PathBuf,
    store: RwLock<Option<Arc<SqliteStore>>>,
}

impl LateStore {
    /// The store in the file `path`, which is looked for at the first use.
    #[must_use]
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), store: RwLock::default() }
    }

    /// Closes the file until the store is used next. Calls that are running keep it open until they return.
    pub fn close(&self) {
        *self.store.write() = None;
    }

    /// Uses the store, or gives `absent` when there is none.
    fn read<T>(&self, absent: T, read: impl FnOnce(&SqliteStore) -> Result<T>) -> Result<T> {
        self.opened()?.map_or(Ok(absent), |store| read(&store))
    }

    /// The store, if it is there.
    fn opened(&self) -> Result<Option<Arc<SqliteStore>>> {
        if let Some(store) = &*self.store.read() {
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
        self.store.write().get_or_insert_with(|| Arc::new(store)).clone()
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
