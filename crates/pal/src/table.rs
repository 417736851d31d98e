//! [`Table`]: objects in main memory as the contract has them: ids, revisions, preconditions, and what was destroyed.
//! What is durable, and when, is its users' matter: [`MemoryStore`](crate::MemoryStore) keeps nothing, the store over
//! a vendor's C port writes an image of the table.

use alloc::collections::{BTreeMap, VecDeque};
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::num::NonZeroU64;

use zeroize::Zeroizing;

use crate::{Action, Change, Error, Label, ObjectId, Record, Result, Scan, Stamp, Value, When};

/// How many destroyed objects are remembered for incremental scans.
const REMEMBERED: usize = 1024;

/// A clone shares the values' bytes, which never change in place.
#[derive(Clone, Default)]
pub(crate) struct Table {
    pub(crate) stamp: Stamp,
    /// The newest id ever given.
    pub(crate) last_id: u64,
    by_label: BTreeMap<Label, ObjectId>,
    objects: BTreeMap<ObjectId, Object>,
    /// Oldest first, at most [`REMEMBERED`].
    destroyed: VecDeque<Destroyed>,
    /// Everything destroyed after this stamp is in `destroyed`.
    history: Stamp,
}

#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Object {
    pub(crate) label: Label,
    pub(crate) revision: Stamp,
    pub(crate) bytes: Arc<Zeroizing<Vec<u8>>>,
}

#[derive(Clone)]
struct Destroyed {
    id: ObjectId,
    label: Label,
    revision: Stamp,
}

impl Table {
    pub(crate) fn find(&self, label: &Label) -> Option<ObjectId> {
        self.by_label.get(label).copied()
    }

    pub(crate) fn value(&self, id: ObjectId) -> Option<Value> {
        let object = self.objects.get(&id)?;
        Some(Value { bytes: Zeroizing::clone(&object.bytes), revision: object.revision })
    }

    /// All objects in the order of their ids.
    #[cfg(feature = "c-pal")]
    pub(crate) fn objects(&self) -> impl ExactSizeIterator<Item = (ObjectId, &Object)> {
        self.objects.iter().map(|(&id, object)| (id, object))
    }

    pub(crate) fn len(&self) -> usize {
        self.objects.len()
    }

    /// Does the whole batch, or nothing of it.
    pub(crate) fn apply(&mut self, batch: &[Change<'_>]) -> Result<Stamp> {
        if batch.is_empty() {
            return Ok(self.stamp);
        }
        self.check(batch)?;
        self.stamp.0 += 1;
        for change in batch {
            match change.action {
                Action::Save(bytes) => self.save(change.label, bytes),
                Action::Destroy => self.destroy(change.label),
            }
        }
        self.forget();
        Ok(self.stamp)
    }

    pub(crate) fn scan(&self, since: Stamp, each: &mut dyn FnMut(Record<'_>)) -> Scan {
        let complete = since == Stamp::START || since < self.history || since > self.stamp;
        if !complete {
            for gone in self.destroyed.iter().filter(|gone| gone.revision > since) {
                each(Record { id: gone.id, label: gone.label, revision: gone.revision, value: None });
            }
        }
        for (&id, object) in &self.objects {
            if complete || object.revision > since {
                let Object { label, revision, ref bytes } = *object;
                each(Record { id, label, revision, value: Some(bytes.as_slice()) });
            }
        }
        Scan { stamp: self.stamp, complete }
    }

    /// A table as it was written down. What was destroyed before is not known any more.
    ///
    /// `None` when two objects share an id or a label, or the numbers contradict each other.
    #[cfg(feature = "c-pal")]
    pub(crate) fn restored(stamp: Stamp, last_id: u64, objects: Vec<(ObjectId, Object)>) -> Option<Self> {
        let mut table = Self { stamp, last_id, history: stamp, ..Self::default() };
        for (id, object) in objects {
            let known = id.0.get() <= last_id && object.revision <= stamp;
            let label = table.by_label.insert(object.label, id);
            if !known || label.is_some() || table.objects.insert(id, object).is_some() {
                return None;
            }
        }
        Some(table)
    }

    /// Whether both are one moment of one history, whatever each remembers of the time before.
    #[cfg(feature = "c-pal")]
    pub(crate) fn holds_the_same_as(&self, other: &Self) -> bool {
        self.stamp == other.stamp && self.last_id == other.last_id && self.objects == other.objects
    }

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
        let bytes = Arc::new(Zeroizing::new(bytes.to_vec()));
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
