//! The medium: the log and the index together, and how a batch is written so that it counts wholly or not at all.
//!
//! Everything a batch saves goes into slots that held nothing. Then one slot, the commit, makes it current. What was
//! replaced or destroyed is emptied when the next batch begins; until then the commit says which slots those are.

use alloc::vec::Vec;

use embedded_storage::nor_flash::NorFlash;
use zeroize::Zeroizing;

use super::index::{Index, longest_value};
use super::load::load;
use super::log::{Log, Slot};
use super::plan::Plan;
use super::record::{self, COMMIT, Record};
use super::trouble::Trouble;
use crate::{Change, ObjectId, Record as Shown, Scan, Stamp, Value};

pub(super) struct Medium<F: NorFlash> {
    log: Log<F>,
    index: Index,
    /// A driver failed, and what is in flash was not read since: that comes before anything else.
    unsure: bool,
}

impl<F: NorFlash> Medium<F> {
    /// Recovers what a log holds.
    pub(super) fn open(mut log: Log<F>) -> Result<Self, Trouble> {
        log.recover()?;
        let index = load(&mut log)?;
        Ok(Self { log, index, unsure: false })
    }

    /// The index, which agrees with the flash.
    pub(super) fn index(&mut self) -> Result<&Index, Trouble> {
        if self.unsure {
            self.recover()?;
        }
        Ok(&self.index)
    }

    fn recover(&mut self) -> Result<(), Trouble> {
        self.unsure = true;
        self.log.recover()?;
        self.index = load(&mut self.log)?;
        self.unsure = false;
        Ok(())
    }

    pub(super) fn value(&mut self, id: ObjectId) -> Result<Option<Value>, Trouble> {
        self.index()?;
        let mut bytes = Zeroizing::new(Vec::new());
        Ok(self.read(id, &mut bytes)?.map(|revision| Value { bytes, revision }))
    }

    pub(super) fn scan(&mut self, since: Stamp, each: &mut dyn FnMut(Shown<'_>)) -> Result<Scan, Trouble> {
        self.index()?;
        let stamp = self.index.commit.stamp;
        let complete = since == Stamp::START || since < self.index.history || since > stamp;
        if !complete {
            for gone in self.index.destroyed.iter().filter(|gone| gone.revision > since) {
                each(Shown { id: gone.id, label: gone.label, revision: gone.revision, value: None });
            }
        }
        let changed = |(_, object): &(_, &super::index::Object)| complete || object.revision > since;
        let ids: Vec<_> =
            self.index.objects.iter().filter(changed).map(|(&id, object)| (id, object.label)).collect();
        let mut bytes = Zeroizing::new(Vec::new());
        for (id, label) in ids {
            if let Some(revision) = self.read(id, &mut bytes)? {
                each(Shown { id, label, revision, value: Some(&bytes) });
            }
        }
        Ok(Scan { stamp, complete })
    }

    /// Reads an object's value, and answers with its revision.
    fn read(&mut self, id: ObjectId, bytes: &mut Zeroizing<Vec<u8>>) -> Result<Option<Stamp>, Trouble> {
        let Some(object) = self.index.objects.get(&id) else { return Ok(None) };
        bytes.clear();
        bytes.reserve_exact(record::capacity(object.slots.len(), self.index.slots.room().longest));
        for (&slot, index) in object.slots.iter().zip(0_u16..) {
            let read = self.log.read(slot).inspect_err(|_| self.unsure = true)?;
            match read.and_then(Record::parse) {
                Some(Record::Piece(piece))
                    if (piece.id, piece.revision, piece.index) == (id, object.revision, index) =>
                {
                    bytes.extend_from_slice(piece.part);
                }
                _ => {
                    let label = object.label;
                    return Err(Trouble::damaged(format_args!("part {index} of \"{label}\" is gone")));
                }
            }
        }
        Ok(Some(object.revision))
    }

    pub(super) fn apply(&mut self, batch: &[Change<'_>]) -> Result<Stamp, Trouble> {
        self.index()?;
        if batch.is_empty() {
            return Ok(self.index.commit.stamp);
        }
        self.index.check(batch)?;
        let mut plan = Plan::new(&self.index, batch);
        let max = longest_value(&self.index.slots.room());
        if let Some(save) = plan.saves.iter().find(|save| save.value.len() > max) {
            return Err(Trouble::TooLarge { len: save.value.len(), max });
        }
        self.empty_stale()?;
        let lens = plan.piece_lens(self.index.slots.room().longest);
        if !self.index.slots.has_room(lens, plan.freed.len(), !plan.saves.is_empty()) {
            return Err(Trouble::Full);
        }
        match self.write(&mut plan) {
            Ok(lists) => {
                let stamp = plan.commit.stamp;
                self.index.take(plan, lists);
                Ok(stamp)
            }
            Err(trouble) => self.settle(trouble, plan.commit.stamp),
        }
    }

    /// After a failure the flash is asked what became of the batch.
    fn settle(&mut self, trouble: Trouble, stamp: Stamp) -> Result<Stamp, Trouble> {
        match self.recover() {
            Ok(()) if self.index.commit.stamp == stamp => Ok(stamp),
            _ => Err(trouble),
        }
    }

    /// Makes a batch durable. Answers with the slots that hold lists of what it freed.
    fn write(&mut self, plan: &mut Plan<'_>) -> Result<Vec<Slot>, Trouble> {
        let longest = self.index.slots.room().longest;
        let stamp = plan.commit.stamp;
        for save in &mut plan.saves {
            for piece in record::pieces(stamp, save.id, save.label, save.value, longest) {
                let slot = self.write_new(&piece.encode())?;
                save.slots.push(slot);
            }
        }
        let (named, behind) = plan.freed.split_at(plan.freed.len().min(record::freed_in_commit(longest)));
        let lists = behind
            .chunks(record::freed_in_list(longest))
            .map(|slots| self.write_new(&record::encode_freed(stamp, slots)))
            .collect::<Result<_, _>>()?;
        self.write_at(COMMIT, &plan.commit.encode(named))?;
        Ok(lists)
    }

    fn empty_stale(&mut self) -> Result<(), Trouble> {
        while let Some(slot) = self.index.stale.pop() {
            self.write_at(slot, &[])?;
            self.index.slots.release(slot);
        }
        Ok(())
    }

    fn write_new(&mut self, bytes: &[u8]) -> Result<Slot, Trouble> {
        let slot = self.index.slots.claim().ok_or(Trouble::Full)?;
        self.write_at(slot, bytes)?;
        Ok(slot)
    }

    fn write_at(&mut self, slot: Slot, bytes: &[u8]) -> Result<(), Trouble> {
        self.log.write(slot, bytes).inspect_err(|_| self.unsure = true)?;
        self.index.slots.note(slot, bytes.len());
        Ok(())
    }
}
