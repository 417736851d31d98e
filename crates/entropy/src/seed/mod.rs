//! The seed record: what makes every start of a device different, also with a source that is stuck.
//!
//! At a start the record's seed, its counter plus one, the device id and fresh noise give two seeds with
//! separate labels: the next record's and this start's. The next record is made durable and read back before
//! this start's seed is handed out, so no start can be repeated, whenever power is lost. What goes into a
//! generator beside it is decided in `generator.rs`.
//!
//! # What the record is worth to others
//! Who reads the medium learns the seed of the *next* start, and nothing of this one or those before. With
//! one good poll at the next start that is worth nothing, as the noise is mixed in. With no good poll it is
//! all that keeps the next start's output secret. So it is as secret as the medium; what it always does is
//! to keep starts apart.

mod record;
#[cfg(test)]
mod tests;

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;

use portcullis_pal::{Change, Error, Label, ObjectStore, Stamp, When};
use zeroize::Zeroizing;

use crate::gather::Gathered;
use crate::{RandomError, SeedFault};
use record::{Derived, Record};

/// Times that another process may be first before a start is given up until the next call.
const CONFLICTS: u32 = 32;

/// Whether a seed is kept between two starts.
#[derive(Debug)]
pub enum Seed {
    /// In this record. Nothing is given while it can't be written, or when neither a source nor the record
    /// gives enough entropy.
    Kept(SeedRecord),
    /// Not at all: for a host whose operating system keeps one itself. Nothing is given without a healthy
    /// source.
    NotKept,
}

/// Where a device keeps its seed, and what tells the device from its copies.
pub struct SeedRecord {
    store: Arc<dyn ObjectStore>,
    device_id: Vec<u8>,
}

/// A seed that has not been used before and will not be again.
pub(crate) struct BootSeed {
    pub(crate) seed: Zeroizing<[u8; 32]>,
    /// How many starts this record has seen, this one included.
    pub(crate) counter: u64,
}

/// What a store holds under the label.
enum Found {
    /// A record, and when it was saved.
    Sound(Record, Stamp),
    /// Something that is no record.
    Damaged(Stamp),
    Nothing,
}

impl SeedRecord {
    /// The label of the record in its store.
    pub const LABEL: Label = match Label::new(b"seed") {
        Ok(label) => label,
        Err(_) => panic!("four bytes are no more than a label may have"),
    };

    /// Keeps the seed in `store`. A missing record is made at the first start with a healthy source.
    ///
    /// `device_id` need not be secret; devices that are copies of one image must differ in it, such as by
    /// their serial number.
    #[must_use]
    pub fn new(store: Arc<dyn ObjectStore>, device_id: &[u8]) -> Self {
        Self { store, device_id: device_id.into() }
    }

    pub(crate) fn device_id(&self) -> &[u8] {
        &self.device_id
    }

    /// Prepares the next start and gives the seed of this one.
    ///
    /// # Errors
    /// [`RandomError::NoEntropy`] with neither noise nor a sound record, [`RandomError::SeedRecord`] when
    /// the store can't be read or the next record is not durable. The same call may succeed later.
    pub(crate) fn advance(&self, noise: &Gathered) -> Result<BootSeed, RandomError> {
        for _ in 0..CONFLICTS {
            let (record, when) = match self.read().map_err(|error| unusable(&error))? {
                Found::Sound(record, revision) => (record, When::Unchanged(revision)),
                Found::Damaged(_) | Found::Nothing if !noise.is_full() => return Err(RandomError::NoEntropy),
                Found::Damaged(revision) => {
                    tracing::error!("the seed record is damaged, a new one is made");
                    (Record::first(), When::Unchanged(revision))
                }
                Found::Nothing => (Record::first(), When::Absent),
            };
            let derived = record.advance(&self.device_id, noise);
            match self.write(&derived.next, when) {
                Ok(revision) => return self.confirm(derived, revision),
                // Another process was first: its record is the one to go on from.
                Err(Error::Conflict { .. }) => {}
                Err(error) => return Err(unusable(&error)),
            }
        }
        tracing::error!("the seed record is changed by others all the time");
        Err(RandomError::SeedRecord(SeedFault::Busy))
    }

    fn read(&self) -> portcullis_pal::Result<Found> {
        let Some(id) = self.store.find(&Self::LABEL)? else { return Ok(Found::Nothing) };
        let Some(value) = self.store.value(id)? else { return Ok(Found::Nothing) };
        Ok(Record::parse(&value.bytes)
            .map_or(Found::Damaged(value.revision), |record| Found::Sound(record, value.revision)))
    }

    fn write(&self, record: &Record, when: When) -> portcullis_pal::Result<Stamp> {
        self.store.apply(&[Change::save(Self::LABEL, &*record.encode()).when(when)])
    }

    /// Reads the next record back: a medium that only says that it wrote would repeat a start.
    fn confirm(&self, derived: Derived, revision: Stamp) -> Result<BootSeed, RandomError> {
        let Derived { next, boot_seed } = derived;
        let kept = match self.read().map_err(|error| unusable(&error))? {
            Found::Sound(found, at) if at == revision => *found.encode() == *next.encode(),
            // Another process has already gone on from ours.
            Found::Sound(found, at) => at > revision && found.counter > next.counter,
            Found::Damaged(_) | Found::Nothing => false,
        };
        if !kept {
            tracing::error!("the store does not hold the seed record that it was given");
            return Err(RandomError::SeedRecord(SeedFault::NotKept));
        }
        Ok(BootSeed { seed: boot_seed, counter: next.counter })
    }
}

impl Record {
    /// Before the first start. Its seed is no secret: it is advanced with good noise only.
    fn first() -> Self {
        Self { counter: 0, seed: Zeroizing::new([0; 32]) }
    }
}

fn unusable(error: &Error) -> RandomError {
    tracing::error!(%error, "the seed record can't be advanced");
    RandomError::SeedRecord(match error {
        Error::ReadOnly { .. } => SeedFault::ReadOnly,
        Error::Full { .. } => SeedFault::Full,
        Error::Busy { .. } | Error::Conflict { .. } => SeedFault::Busy,
        Error::Missing { .. } | Error::Exists { .. } | Error::NotAStore { .. } | Error::Newer { .. } => {
            SeedFault::Unusable
        }
        _ => SeedFault::Medium,
    })
}

impl fmt::Debug for SeedRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SeedRecord").finish_non_exhaustive()
    }
}
