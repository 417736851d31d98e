//! The plan of a batch: what its changes come to, one after the other, before anything is written.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::num::NonZeroU64;

use super::index::Index;
use super::log::Slot;
use super::record::{self, Commit};
use crate::{Action, Change, Label, ObjectId, Stamp};

/// What a batch comes to.
pub(super) struct Plan<'a> {
    pub(super) commit: Commit,
    pub(super) saves: Vec<Save<'a>>,
    /// Objects that were there before and are destroyed.
    pub(super) gone: Vec<ObjectId>,
    /// Slots of all that is replaced or destroyed.
    pub(super) freed: Vec<Slot>,
}

/// A value to be written.
pub(super) struct Save<'a> {
    pub(super) label: Label,
    pub(super) id: ObjectId,
    pub(super) value: &'a [u8],
    /// Where its pieces were written.
    pub(super) slots: Vec<Slot>,
}

/// What becomes of one label.
#[derive(Default)]
struct Net<'a> {
    /// The object that was there is destroyed, even where another takes its label.
    old_goes: bool,
    value: Option<&'a [u8]>,
}

impl<'a> Plan<'a> {
    pub(super) fn new(index: &Index, batch: &[Change<'a>]) -> Self {
        let mut nets: BTreeMap<Label, Net<'a>> = BTreeMap::new();
        for change in batch {
            let net = nets.entry(change.label).or_default();
            match change.action {
                Action::Save(value) => net.value = Some(value),
                Action::Destroy => *net = Net { old_goes: true, value: None },
            }
        }
        let Commit { stamp: Stamp(stamp), last_id, digest } = index.commit;
        let commit = Commit { stamp: Stamp(stamp + 1), last_id, digest };
        let mut plan = Self { commit, saves: Vec::new(), gone: Vec::new(), freed: Vec::new() };
        for (label, net) in nets {
            plan.settle(index, label, &net);
        }
        plan
    }

    fn settle(&mut self, index: &Index, label: Label, net: &Net<'a>) {
        let mut kept = None;
        if let Some((id, object)) = index.object(&label) {
            self.commit.digest ^= record::digest(id, object.revision);
            self.freed.extend(&object.slots);
            if net.old_goes {
                self.gone.push(id);
            } else {
                kept = Some(id);
            }
        }
        if let Some(value) = net.value {
            let id = kept.unwrap_or_else(|| self.next_id());
            self.commit.digest ^= record::digest(id, self.commit.stamp);
            self.saves.push(Save { label, id, value, slots: Vec::new() });
        }
    }

    fn next_id(&mut self) -> ObjectId {
        let id = ObjectId(NonZeroU64::MIN.saturating_add(self.commit.last_id));
        self.commit.last_id = id.0.get();
        id
    }

    /// The lengths of all pieces that will be written.
    pub(super) fn piece_lens(&self, longest: usize) -> impl Iterator<Item = usize> {
        self.saves.iter().flat_map(move |save| record::piece_lens(save.value.len(), &save.label, longest))
    }
}
