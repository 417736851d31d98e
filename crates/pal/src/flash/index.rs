//! The index: what is kept in main memory of a store in flash. Labels, ids, revisions and slots, but no values.

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, VecDeque};
use alloc::vec::Vec;

use super::log::{Room, Slot};
use super::plan::Plan;
use super::record::{self, COMMIT, Commit};
use super::trouble::Trouble;
use crate::{Change, Label, ObjectId, Stamp, When};

/// How many destroyed objects are remembered for incremental scans.
const REMEMBERED: usize = 64;

pub(super) struct Index {
    pub(super) commit: Commit,
    pub(super) objects: BTreeMap<ObjectId, Object>,
    pub(super) by_label: BTreeMap<Label, ObjectId>,
    pub(super) slots: SlotTable,
    /// Slots whose bytes belong to no object any more, or to a batch that was not committed. They are emptied before
    /// anything else is written, from the last to the first: a list of freed slots goes after the slots that it names.
    pub(super) stale: Vec<Slot>,
    /// Oldest first, at most [`REMEMBERED`].
    pub(super) destroyed: VecDeque<Destroyed>,
    /// Everything destroyed after this stamp is in `destroyed`.
    pub(super) history: Stamp,
}

pub(super) struct Object {
    pub(super) label: Label,
    pub(super) revision: Stamp,
    /// Where the pieces of its value are, in their order.
    pub(super) slots: Box<[Slot]>,
}

pub(super) struct Destroyed {
    pub(super) id: ObjectId,
    pub(super) label: Label,
    pub(super) revision: Stamp,
}

/// What each slot takes in flash.
pub(super) struct SlotTable {
    room: Room,
    /// By the number of the slot; 0 for one that was never written.
    sizes: Vec<u16>,
    /// Slots that hold nothing.
    free: Vec<Slot>,
    /// All sizes together.
    used: usize,
}

impl Index {
    /// Whether every precondition holds.
    pub(super) fn check(&self, batch: &[Change<'_>]) -> Result<(), Trouble> {
        for &Change { label, when, .. } in batch {
            let revision = self.object(&label).map(|(_, object)| object.revision);
            let holds = match when {
                When::Always => true,
                When::Absent => revision.is_none(),
                When::Unchanged(expected) => revision == Some(expected),
            };
            if !holds {
                return Err(Trouble::Conflict(label));
            }
        }
        Ok(())
    }

    pub(super) fn object(&self, label: &Label) -> Option<(ObjectId, &Object)> {
        let id = *self.by_label.get(label)?;
        Some((id, self.objects.get(&id)?))
    }

    /// Makes a batch visible that is durable. `lists` are the slots that say what it freed.
    pub(super) fn take(&mut self, plan: Plan<'_>, lists: Vec<Slot>) {
        for id in plan.gone {
            if let Some(Object { label, .. }) = self.objects.remove(&id) {
                self.by_label.remove(&label);
                self.destroyed.push_back(Destroyed { id, label, revision: plan.commit.stamp });
            }
        }
        for save in plan.saves {
            self.by_label.insert(save.label, save.id);
            let object = Object {
                label: save.label,
                revision: plan.commit.stamp,
                slots: save.slots.into_boxed_slice(),
            };
            self.objects.insert(save.id, object);
        }
        self.commit = plan.commit;
        self.stale = lists;
        self.stale.extend(plan.freed);
        let surplus = self.destroyed.len().saturating_sub(REMEMBERED);
        if let Some(last) = self.destroyed.drain(..surplus).next_back() {
            self.history = last.revision;
        }
    }
}

impl SlotTable {
    pub(super) fn new(room: Room) -> Self {
        Self { room, sizes: Vec::new(), free: Vec::new(), used: 0 }
    }

    pub(super) fn room(&self) -> Room {
        self.room
    }

    /// Notes that a slot now holds this many bytes.
    pub(super) fn note(&mut self, slot: Slot, bytes: usize) {
        let at = usize::from(slot);
        if at >= self.sizes.len() {
            // Slots below the highest that were never written are free too.
            self.free.extend(self.sizes.len().max(1) as Slot..slot);
            self.sizes.resize(at + 1, 0);
        }
        let size = self.room.size(bytes);
        self.used = self.used - usize::from(self.sizes[at]) + size;
        self.sizes[at] = size as u16;
    }

    /// A slot that holds nothing, which is then no longer free; `None` when there are no more numbers.
    pub(super) fn claim(&mut self) -> Option<Slot> {
        self.free.pop().or_else(|| {
            let next = self.sizes.len().max(usize::from(COMMIT) + 1);
            let slot = Slot::try_from(next).ok().filter(|slot| *slot < Slot::MAX)?;
            self.sizes.resize(next + 1, 0);
            Some(slot)
        })
    }

    fn size(&self, slot: Slot) -> usize {
        self.sizes.get(usize::from(slot)).copied().map_or(0, usize::from)
    }

    pub(super) fn release(&mut self, slot: Slot) {
        self.free.push(slot);
    }

    /// Whether there is room to write slots of these lengths beside all that is there, and a commit that names `freed`
    /// slots. Saving leaves enough room for destroying everything.
    pub(super) fn has_room(&self, lens: impl Iterator<Item = usize>, freed: usize, saves: bool) -> bool {
        let (mut count, mut size) = (0, 0);
        for len in lens.chain(list_lens(freed, &self.room)) {
            count += 1;
            size += self.room.size(len);
        }
        let again = self.free.iter().rev().take(count).map(|&slot| self.size(slot)).sum::<usize>();
        let in_commit = freed.min(record::freed_in_commit(self.room.longest));
        let commit = self.room.size(record::commit_len(in_commit));
        let reserve = if saves { destroying_all(self.sizes.len() + count, &self.room) } else { 0 };
        let numbers = (usize::from(Slot::MAX) + self.free.len()).saturating_sub(self.sizes.len() + 1);
        self.used - again + size + commit + reserve <= self.room.all && count <= numbers
    }
}

/// The lengths of the lists that a batch needs which frees this many slots.
fn list_lens(freed: usize, room: &Room) -> impl Iterator<Item = usize> + use<> {
    let each = record::freed_in_list(room.longest);
    let behind = freed.saturating_sub(record::freed_in_commit(room.longest));
    (0..behind.div_ceil(each)).map(move |at| record::list_len(each.min(behind - at * each)))
}

/// The size of what a batch writes that frees this many slots.
fn destroying_all(slots: usize, room: &Room) -> usize {
    let lists: usize = list_lens(slots, room).map(|len| room.size(len)).sum();
    lists + room.largest()
}

/// The longest value that a store has room for which holds nothing else.
pub(super) fn longest_value(room: &Room) -> usize {
    let mut pieces = room.all / room.largest();
    while pieces > 0 && pieces * room.largest() + 2 * destroying_all(pieces + 4, room) > room.all {
        pieces -= 1;
    }
    record::capacity(pieces.min(usize::from(Slot::MAX) / 2), room.longest)
}
