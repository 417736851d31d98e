//! [`LateStore`]: a store that is made at its first change, so that looking at what was never written leaves nothing
//! behind. What it is made of, its maker knows.

#[cfg(feature = "sqlite")]
use std::path::PathBuf;
use std::sync::Arc;

use crate::sync::RwLock;
use crate::{Change, Error, Label, ObjectId, ObjectStore, Record, Result, Scan, Stamp, Value};

/// Opens a store.
type Opener = Box<dyn Fn() -> Result<Arc<dyn ObjectStore>> + Send + Sync>;

/// A store that may not be there yet: until then it reads as an empty store. Another handle or another process may
/// make it at any time.
pub struct LateStore {
    open: Opener,
    open_or_create: Opener,
    place: String,
    store: RwLock<Option<Arc<dyn ObjectStore>>>,
}

impl LateStore {
    /// The [`SqliteStore`](crate::SqliteStore) in the file `path`, which is looked for at the first use.
    #[cfg(feature = "sqlite")]
    #[must_use]
    pub fn at(path: impl Into<PathBuf>) -> Self {
        use crate::SqliteStore;
        let path = path.into();
        let (own, name) = (path.clone(), path.display().to_string());
        Self::new(name, move || SqliteStore::open(&own), move || SqliteStore::open_or_create(&path))
    }

    /// The [`PostgresStore`](crate::PostgresStore) at a place, which is looked for at the first use.
    #[cfg(feature = "postgres")]
    #[must_use]
    pub fn in_database(place: crate::PostgresPlace) -> Self {
        use crate::PostgresStore;
        let (own, name) = (place.clone(), place.name());
        Self::new(name, move || PostgresStore::open(&own), move || PostgresStore::open_or_create(&place))
    }

    fn new<S: ObjectStore + 'static>(
        place: String,
        open: impl Fn() -> Result<S> + Send + Sync + 'static,
        open_or_create: impl Fn() -> Result<S> + Send + Sync + 'static,
    ) -> Self {
        Self {
            open: Box::new(move || Ok(Arc::new(open()?))),
            open_or_create: Box::new(move || Ok(Arc::new(open_or_create()?))),
            place,
            store: RwLock::default(),
        }
    }

    /// Closes the store until it is used next. Calls that are running keep it open until they return.
    pub fn close(&self) {
        *self.store.write() = None;
    }

    /// Uses the store, or gives `absent` when there is none.
    fn read<T>(&self, absent: T, read: impl FnOnce(&dyn ObjectStore) -> Result<T>) -> Result<T> {
        self.opened()?.map_or(Ok(absent), |store| read(&*store))
    }

    /// The store, if it is there.
    fn opened(&self) -> Result<Option<Arc<dyn ObjectStore>>> {
        if let Some(store) = &*self.store.read() {
            return Ok(Some(store.clone()));
        }
        match (self.open)() {
            Ok(store) => Ok(Some(self.keep(store))),
            Err(Error::Missing { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Keeps the store open. Another thread may have been first; then this handle is closed again.
    fn keep(&self, store: Arc<dyn ObjectStore>) -> Arc<dyn ObjectStore> {
        self.store.write().get_or_insert(store).clone()
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
            None => self.keep((self.open_or_create)()?).apply(batch),
        }
    }

    fn scan(&self, since: Stamp, each: &mut dyn FnMut(Record<'_>)) -> Result<Scan> {
        self.read(Scan { stamp: Stamp::START, complete: true }, |store| store.scan(since, each))
    }

    fn stamp(&self) -> Result<Stamp> {
        self.read(Stamp::START, |store| store.stamp())
    }

    fn place(&self) -> String {
        self.place.clone()
    }
}
