//! [`MemoryStore`]: a store in main memory, for tests, for targets without storage and for tokens that
//! shall be gone when the process is. Nothing here touches an operating system.

use alloc::collections::{BTreeMap, VecDeque};
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use core::num::NonZeroU64;

use zeroize::Zeroizing;

use crate::sync::RwLock;
use crate::{Action, Change, Error, Label, ObjectId, ObjectStore, Record, Result, Scan, Stamp, Value, When};

/// How many destroyed objects are remembered for incremental scans.
const REMEMBERED: usize = 1024;

/// A store in main memory. "Durable" means here: as long as one handle lives.
///
/// A clone is a second handle on the same medium, as a second process would have on a file; so a test
/// reopens a memory store by cloning it.
#[derive(Clone, Default)]
pub struct MemoryStore {
    medium: Arc<RwLock<Medium>>,
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
        f.debug_struct("MemoryStore")
            .field("objects", &medium.objects.len())
            .field("stamp", &medium.stamp)
            .finish()
    }
}

impl ObjectStore for MemoryStore {
    fn find(&self, label: &Label) -> Result<Option<ObjectId>> {
        Ok(self.medium.read().by_label.get(label).copied())
    }

    fn value(&self, id: ObjectId) -> Result<Option<Value>> {
        let medium = self.medium.read();
        let value = medium
            .objects
            .get(&id)
            .map(|object| Value { bytes: object.bytes.clone(), revision: object.revision });
        Ok(value)
    }

    fn apply(&self, batch: &[Change<'_>]) -> Result<Stamp> {
        let mut medium = self.medium.write();
        if batch.is_empty() {
            return Ok(medium.stamp);
        }
        medium.check(batch)?;
        medium.stamp.0 += 1;
        for change in batch {
            match change.action {
                Action::Save(bytes) => medium.save(change.label, bytes),
                Action::Destroy => medium.destroy(change.label),
            }
        }
        medium.forget();
        Ok(medium.stamp)
    }

    fn scan(&self, since: Stamp, each: &mut dyn FnMut(Record<'_>)) -> Result<Scan> {
        let medium = self.medium.read();
        let complete = since == Stamp::START || since < medium.history || since > medium.stamp;
        if !complete {
            for gone in medium.destroyed.iter().filter(|gone| gone.revision > since) {
                each(Record { id: gone.id, label: gone.label, revision: gone.revision, value: None });
            }
        }
        for (&id, object) in &medium.objects {
            if complete || object.revision > since {
                let Object { label, revision, ref bytes } = *object;
                each(Record { id, label, revision, value: Some(bytes.as_slice()) });
            }
        }
        Ok(Scan { stamp: medium.stamp, complete })
    }

    fn stamp(&self) -> Result<Stamp> {
        Ok(self.medium.read().stamp)
    }

    fn place(&self) -> String {
        String::from("memory")
    }
}

/// What all handles share.
#[derive(Default)]
struct Medium {
    stamp: Stamp,
    last_id: u64,
    by_label: BTreeMap<Label, ObjectId>,
    objects: BTreeMap<ObjectId, Object>,
    /// Oldest first, at most [`REMEMBERED`].
    destroyed: VecDeque<Destroyed>,
    /// Everything destroyed after this stamp is in `destroyed`.
    history: Stamp,
}

struct Object {
    label: Label,
    revision: Stamp,
    bytes: Zeroizing<Vec<u8>>,
}

struct Destroyed {
    id: ObjectId,
    label: Label,
    revision: Stamp,
}

impl Medium {
    fn check(&self, batch: &[Change<'_>]) -> Result<()> {
        for &Change { label, when, .. } in batch {
            let revision =
                self.by_label.get(&label).and_then(|id| self.objects.get(id)).map(|object| object.revision);
            let holds = match when {
                When::Always => true,
                When::Absent => revision.is_none(),
                When::Unchanged(expected) => revision == Some(expected),
            };
            if !holds {
                return Err(Error::Conflict { label });
            }
        }
        Ok(())
    }

    fn save(&mut self, label: Label, bytes: &[u8]) {
        let id = match self.by_label.get(&label) {
            Some(&id) => id,
            None => {
                let id = ObjectId(NonZeroU64::MIN.saturating_add(self.last_id));
                self.last_id = id.0.get();
                self.by_label.insert(label, id);
                id
            }
        };
        let bytes = Zeroizing::new(bytes.to_vec());
        self.objects.insert(id, Object { label, revision: self.stamp, bytes });
    }

    fn destroy(&mut self, label: Label) {
        if let Some(id) = self.by_label.remove(&label) {
            self.objects.remove(&id);
            self.destroyed.push_back(Destroyed { id, label, revision: self.stamp });
        }
    }

    fn forget(&mut self) {
        let surplus = self.destroyed.len().saturating_sub(REMEMBERED);
        if let Some(last) = self.destroyed.drain(..surplus).next_back() {
            self.history = last.revision;
        }
    }
}
