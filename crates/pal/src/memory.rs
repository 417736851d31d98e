//! [`MemoryStore`]: a store in main memory, for tests, for targets without storage and for tokens that
//! shall be gone when the process is. Nothing here touches an operating system.

use alloc::sync::Arc;
use core::fmt;

use crate::sync::RwLock;
use crate::table::Table;
use crate::{Change, Label, ObjectId, ObjectStore, Record, Result, Scan, Stamp, Value};

/// A store in main memory. "Durable" means here: as long as one handle lives.
///
/// A clone is a second handle on the same medium, as a second process would have on a file; so a test
/// reopens a memory store by cloning it.
#[derive(Clone, Default)]
pub struct MemoryStore {
    medium: Arc<RwLock<Table>>,
}

impl MemoryStore {
    /// An empty medium.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let medium = self.medium.read();
        f.debug_struct("MemoryStore").field("objects", &medium.len()).field("stamp", &medium.stamp).finish()
    }
}

impl ObjectStore for MemoryStore {
    fn find(&self, label: &Label) -> Result<Option<ObjectId>> {
        Ok(self.medium.read().find(label))
    }

    fn value(&self, id: ObjectId) -> Result<Option<Value>> {
        Ok(self.medium.read().value(id))
    }

    fn apply(&self, batch: &[Change<'_>]) -> Result<Stamp> {
        self.medium.write().apply(batch)
    }

    fn scan(&self, since: Stamp, each: &mut dyn FnMut(Record<'_>)) -> Result<Scan> {
        Ok(self.medium.read().scan(since, each))
    }

    fn stamp(&self) -> Result<Stamp> {
        Ok(self.medium.read().stamp)
    }
}
