//! The record and its spare in a store: reading both, and writing one after the other. Why in this order stands
//! in `mod.rs`, what a record is in `record.rs`.

use portcullis_pal::{Change, Label, ObjectStore, Stamp, When};

use super::record::Record;
use super::{Failure, SeedRecord};

/// Both copies, as they were when they were read.
pub(super) struct Copies<'a> {
    store: &'a dyn ObjectStore,
    main: Slot,
    spare: Slot,
}

/// What a store holds under a label.
struct Slot {
    label: Label,
    /// When it was last written, or `None` when nothing is there.
    revision: Option<Stamp>,
    /// `None` when it is missing or damaged.
    record: Option<Record>,
}

impl<'a> Copies<'a> {
    /// Reads the record, then its spare, which is then no older.
    pub(super) fn read(store: &'a dyn ObjectStore) -> Result<Self, Failure> {
        let main = Slot::read(store, SeedRecord::LABEL)?;
        let spare = Slot::read(store, SeedRecord::SPARE_LABEL)?;
        Ok(Self { store, main, spare })
    }

    /// The sound copy with the higher counter; of two with the same, the record.
    pub(super) fn newest(&self) -> Option<&Record> {
        let records = [&self.spare, &self.main].map(|slot| slot.record.as_ref());
        records.into_iter().flatten().max_by_key(|record| record.counter)
    }

    /// Writes the spare over the record when only the spare is sound, so that it may be overwritten itself.
    pub(super) fn restore(&mut self) -> Result<(), Failure> {
        match &self.spare.record {
            Some(record) if self.main.record.is_none() => self.main.write(self.store, record),
            _ => Ok(()),
        }
    }

    /// Makes `next` durable in the spare, then in the record.
    pub(super) fn replace(&mut self, next: &Record) -> Result<(), Failure> {
        self.spare.write(self.store, next)?;
        self.main.write(self.store, next)
    }
}

impl Slot {
    fn read(store: &dyn ObjectStore, label: Label) -> Result<Self, Failure> {
        let value = match store.find(&label)? {
            Some(id) => store.value(id)?,
            None => None,
        };
        let record = value.as_ref().and_then(|value| Record::parse(&value.bytes));
        if value.is_some() && record.is_none() {
            tracing::error!(%label, "a copy of the seed record is damaged");
        }
        Ok(Self { label, revision: value.map(|value| value.revision), record })
    }

    /// Writes `record`, if nobody has written since this slot was read, and reads it back: a medium that only
    /// says that it wrote would repeat a start.
    fn write(&mut self, store: &dyn ObjectStore, record: &Record) -> Result<(), Failure> {
        let bytes = record.encode();
        let unchanged = self.revision.map_or(When::Absent, When::Unchanged);
        let written = store.apply(&[Change::save(self.label, &*bytes).when(unchanged)])?;
        self.revision = Some(written);
        let found = Self::read(store, self.label)?;
        let kept = found.record.is_some_and(|kept| {
            // Or another process has already gone on from it.
            *kept.encode() == *bytes || found.revision > self.revision && kept.counter > record.counter
        });
        if kept { Ok(()) } else { Err(Failure::NotKept) }
    }
}
