//! A store that is not open while the process forks. Everything else of it is `LateStore`'s.

use std::path::PathBuf;
use std::sync::Arc;

use portcullis_pal::{Change, Label, LateStore, ObjectId, ObjectStore, Record, Result, Scan, Stamp, Value};

use super::fork;

/// A store of this process; it may not be there yet.
pub(super) struct GatedStore(Arc<LateStore>);

impl GatedStore {
    pub(super) fn at(path: PathBuf) -> Self {
        Self::over(LateStore::at(path))
    }

    pub(super) fn over(store: LateStore) -> Self {
        let store = Arc::new(store);
        fork::watch(&store);
        Self(store)
    }
}

impl ObjectStore for GatedStore {
    fn find(&self, label: &Label) -> Result<Option<ObjectId>> {
        let _passing = fork::pass();
        self.0.find(label)
    }

    fn value(&self, id: ObjectId) -> Result<Option<Value>> {
        let _passing = fork::pass();
        self.0.value(id)
    }

    fn apply(&self, batch: &[Change<'_>]) -> Result<Stamp> {
        let _passing = fork::pass();
        self.0.apply(batch)
    }

    fn scan(&self, since: Stamp, each: &mut dyn FnMut(Record<'_>)) -> Result<Scan> {
        let _passing = fork::pass();
        self.0.scan(since, each)
    }

    fn stamp(&self) -> Result<Stamp> {
        let _passing = fork::pass();
        self.0.stamp()
    }

    fn place(&self) -> String {
        self.0.place()
    }
}

#[cfg(test)]
mod tests;
