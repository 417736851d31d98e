//! Loading: from what a log holds to the index of a store. What no commit names is set aside, and what a commit names
//! must be there.

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, BTreeSet, VecDeque};
use alloc::vec;
use alloc::vec::Vec;

use embedded_storage::nor_flash::NorFlash;

use super::index::{Index, Object, SlotTable};
use super::log::{Log, Slot};
use super::record::{self, COMMIT, Commit, Record};
use super::trouble::Trouble;
use crate::{Label, ObjectId, Stamp};

/// The newest that is in each slot.
#[derive(Default)]
struct Contents {
    commit: Commit,
    committed: bool,
    /// What the commit says that it freed.
    freed: Vec<Slot>,
    /// By slot, with the length as it is stored.
    found: BTreeMap<Slot, (Found, usize)>,
}

enum Found {
    Empty,
    Piece { revision: Stamp, id: ObjectId, index: u16, count: u16, label: Option<Label> },
    Freed { revision: Stamp, slots: Vec<Slot> },
}

/// An object of which not all pieces have been seen.
struct Partial {
    revision: Stamp,
    label: Option<Label>,
    slots: Box<[Option<Slot>]>,
}

/// Reads the log once.
pub(super) fn load<F: NorFlash>(log: &mut Log<F>) -> Result<Index, Trouble> {
    let mut contents = Contents::default();
    log.each(&mut |slot, bytes| contents.see(slot, bytes))?;
    let mut slots = SlotTable::new(log.room());
    if contents.committed {
        slots.note(COMMIT, record::commit_len(contents.freed.len()));
    }
    for (&slot, &(ref found, len)) in &contents.found {
        slots.note(slot, len);
        if let Found::Empty = found {
            slots.release(slot);
        }
    }
    let (objects, stale) = contents.sort()?;
    let by_label: BTreeMap<_, _> = objects.iter().map(|(&id, object)| (object.label, id)).collect();
    let digest = objects.iter().fold(0, |sum, (&id, object)| sum ^ record::digest(id, object.revision));
    if by_label.len() != objects.len() || digest != contents.commit.digest {
        return Err(Trouble::damaged("the objects there are not those that were last committed"));
    }
    let history = contents.commit.stamp;
    Ok(Index {
        commit: contents.commit,
        objects,
        by_label,
        slots,
        stale,
        destroyed: VecDeque::new(),
        history,
    })
}

impl Contents {
    /// Takes note of bytes that are newer than all seen of their slot so far.
    fn see(&mut self, slot: Slot, bytes: &[u8]) -> Result<(), Trouble> {
        if slot == COMMIT {
            let (commit, freed) =
                Commit::parse(bytes).ok_or_else(|| Trouble::damaged("its commit can't be read"))?;
            self.commit = commit;
            self.committed = true;
            self.freed = freed.iter().collect();
            return Ok(());
        }
        let found = match Record::parse(bytes) {
            Some(Record::Empty) => Found::Empty,
            Some(Record::Piece(piece)) => Found::Piece {
                revision: piece.revision,
                id: piece.id,
                index: piece.index,
                count: piece.count,
                label: piece.label,
            },
            Some(Record::Freed { revision, slots }) => {
                Found::Freed { revision, slots: slots.iter().collect() }
            }
            None => return Err(Trouble::damaged(format_args!("slot {slot} can't be read"))),
        };
        self.found.insert(slot, (found, bytes.len()));
        Ok(())
    }

    /// Tells the pieces of objects from what is to be emptied.
    fn sort(&self) -> Result<(BTreeMap<ObjectId, Object>, Vec<Slot>), Trouble> {
        let freed = self.freed_by_commit();
        let (mut lists, mut stale) = (Vec::new(), Vec::new());
        let mut partial: BTreeMap<ObjectId, Partial> = BTreeMap::new();
        for (&slot, (found, _)) in &self.found {
            match *found {
                Found::Empty => {}
                Found::Freed { .. } => lists.push(slot),
                Found::Piece { revision, .. } if revision > self.commit.stamp || freed.contains(&slot) => {
                    stale.push(slot);
                }
                Found::Piece { revision, id, index, count, label } => {
                    let object = partial.entry(id).or_insert_with(|| {
                        let slots = vec![None; usize::from(count)].into_boxed_slice();
                        Partial { revision, label: None, slots }
                    });
                    let place = object.slots.get_mut(usize::from(index)).filter(|place| place.is_none());
                    let Some(place) = place.filter(|_| object.revision == revision) else {
                        return Err(Trouble::damaged(format_args!(
                            "slot {slot} holds what is elsewhere too"
                        )));
                    };
                    *place = Some(slot);
                    object.label = object.label.or(label);
                }
            }
        }
        let objects = partial.into_iter().map(|(id, object)| Ok((id, object.whole()?)));
        lists.append(&mut stale);
        Ok((objects.collect::<Result<_, Trouble>>()?, lists))
    }

    fn freed_by_commit(&self) -> BTreeSet<Slot> {
        let lists = self.found.values().filter_map(|(found, _)| match found {
            Found::Freed { revision, slots } if *revision == self.commit.stamp => Some(slots),
            _ => None,
        });
        lists.chain([&self.freed]).flatten().copied().collect()
    }
}

impl Partial {
    fn whole(self) -> Result<Object, Trouble> {
        let slots: Option<Box<[Slot]>> = self.slots.iter().copied().collect();
        match (self.label, slots) {
            (Some(label), Some(slots)) => Ok(Object { label, revision: self.revision, slots }),
            (Some(label), None) => Err(Trouble::damaged(format_args!("a part of \"{label}\" is missing"))),
            (None, _) => Err(Trouble::damaged("the first part of an object is missing")),
        }
    }
}
