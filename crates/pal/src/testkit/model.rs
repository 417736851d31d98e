//! What a store should hold: [`Model`], a plain map that batches are applied to by the letter of the
//! contract, and [`Mirror`], a map that is kept up to date by nothing but a store's scans.

use std::collections::BTreeMap;

use crate::{Action, Change, Error, Label, ObjectId, ObjectStore, Result, Stamp, When};

/// One object in a map: when it was last saved, and its bytes.
type Entry = (Stamp, Vec<u8>);

/// A store as a plain map. It gives no ids: those are a store's own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Model {
    stamp: Stamp,
    objects: BTreeMap<Label, Entry>,
}

impl Model {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The stamp that the store should have.
    #[must_use]
    pub fn stamp(&self) -> Stamp {
        self.stamp
    }

    /// When the object under a label was last saved, if it is there.
    #[must_use]
    pub fn revision(&self, label: &Label) -> Option<Stamp> {
        self.objects.get(label).map(|&(revision, _)| revision)
    }

    /// Does what [`ObjectStore::apply`] should.
    ///
    /// # Errors
    /// [`Error::Conflict`] when a precondition does not hold.
    pub fn apply(&mut self, batch: &[Change<'_>]) -> Result<Stamp> {
        for &Change { label, when, .. } in batch {
            let holds = match when {
                When::Always => true,
                When::Absent => !self.objects.contains_key(&label),
                When::Unchanged(expected) => self.revision(&label) == Some(expected),
            };
            if !holds {
                return Err(Error::Conflict { label });
            }
        }
        if batch.is_empty() {
            return Ok(self.stamp);
        }
        self.stamp.0 += 1;
        for change in batch {
            match change.action {
                Action::Save(value) => self.objects.insert(change.label, (self.stamp, value.to_vec())),
                Action::Destroy => self.objects.remove(&change.label),
            };
        }
        Ok(self.stamp)
    }

    /// Applies `batch` to both, and asserts that they answer alike.
    ///
    /// # Panics
    /// When the store answers otherwise than the contract says.
    pub fn apply_both(&mut self, store: &impl ObjectStore, batch: &[Change<'_>]) {
        match (store.apply(batch), self.apply(batch)) {
            (Ok(got), Ok(wanted)) => assert_eq!(got, wanted, "the stamp that apply returned"),
            (Err(Error::Conflict { label: got }), Err(Error::Conflict { label: wanted })) => {
                assert_eq!(got, wanted, "the label that a conflict names");
            }
            (got, wanted) => panic!("apply answered {got:?} where the contract says {wanted:?}: {batch:?}"),
        }
    }

    /// Asserts that a store holds exactly this, by every way of asking.
    ///
    /// # Panics
    /// When it does not.
    pub fn assert_same(&self, store: &impl ObjectStore) {
        assert_eq!(store.stamp().expect("stamp answers"), self.stamp, "the store's stamp");
        let mut mirror = Mirror::new();
        mirror.refresh(store);
        mirror.assert_same(self);
        for (label, (revision, bytes)) in &self.objects {
            let id = store.find(label).expect("find answers");
            let id = id.unwrap_or_else(|| panic!("{label} should be there"));
            let value = store.value(id).expect("value answers");
            let value = value.unwrap_or_else(|| panic!("{label} should have a value"));
            assert_eq!(value.bytes.as_slice(), bytes.as_slice(), "the bytes of {label}");
            assert_eq!(value.revision, *revision, "the revision of {label}");
            assert_eq!(mirror.id(label), Some(id), "find and scan name {label} alike");
        }
    }
}

/// A copy of a store, kept up to date by its scans: first a complete one, then what changed since.
#[derive(Clone, Debug, Default)]
pub struct Mirror {
    stamp: Stamp,
    objects: BTreeMap<ObjectId, (Label, Entry)>,
}

impl Mirror {
    /// Knows nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Scans what changed since the last time, and says whether the store gave everything anew.
    ///
    /// # Panics
    /// When the scan fails, or shows what a scan may not.
    pub fn refresh(&mut self, store: &impl ObjectStore) -> bool {
        let mut records = Vec::new();
        let scan = store
            .scan(self.stamp, &mut |record| {
                let entry = record.value.map(|value| (record.label, (record.revision, value.to_vec())));
                records.push((record.id, record.revision, entry));
            })
            .expect("scan answers");
        if self.stamp == Stamp::START {
            assert!(scan.complete, "a scan since the start is complete");
        }
        if scan.complete {
            self.objects.clear();
        }
        for (id, revision, entry) in records {
            assert!(revision <= scan.stamp, "nothing is newer than the scan");
            assert!(scan.complete || revision > self.stamp, "an incremental scan shows only what changed");
            match entry {
                Some(entry) => self.objects.insert(id, entry),
                None => {
                    assert!(!scan.complete, "a complete scan shows no destroyed objects");
                    self.objects.remove(&id)
                }
            };
        }
        self.stamp = scan.stamp;
        scan.complete
    }

    /// The id under which the store showed a label.
    #[must_use]
    pub fn id(&self, label: &Label) -> Option<ObjectId> {
        self.objects.iter().find(|(_, (own, _))| own == label).map(|(&id, _)| id)
    }

    /// Asserts that the copy is what the model says.
    ///
    /// # Panics
    /// When it is not.
    pub fn assert_same(&self, model: &Model) {
        assert_eq!(self.stamp, model.stamp, "the stamp of the scan");
        let shown: BTreeMap<&Label, &Entry> =
            self.objects.values().map(|(label, entry)| (label, entry)).collect();
        assert_eq!(shown.len(), self.objects.len(), "no label is shown under two ids");
        assert!(shown.into_iter().eq(&model.objects), "scans gave {self:?}, the contract says {model:?}");
    }
}
