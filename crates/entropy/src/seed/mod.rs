//! The seed record: what makes every start of a device different, also with a source that is stuck.
//!
//! At a start the record's seed, its counter plus one, the device id and fresh noise give two seeds with
//! separate labels: the next record's and this start's. The next record is made durable and read back before
//! this start's seed is handed out, so no start can be repeated, whenever power is lost. What goes into a
//! generator beside it is decided in `generator.rs`.
//!
//! # Two copies
//! A medium without transactions can lose a record that it was overwriting. So there are two, the record and
//! its spare, and a start writes the next record over the spare first and over the record second, each read
//! back before the next step. Then:
//!
//! - **At every moment one copy is whole.** A write that is torn costs nothing.
//! - **While this start gives bytes, both copies are its successor.** The record that it was derived from is
//!   gone, so no damage that comes later brings it back: whichever copy is left leads on. (If the two took turns,
//!   the one left could be the one that has been used, and nothing would tell it from one that has not.) For
//!   the same reason who reads the medium learns nothing of a start that is running.
//! - **The higher counter counts.** A start that was interrupted leaves a spare that is ahead. Nothing came of
//!   it, and it is skipped.
//! - **A spare that is the only copy is not overwritten**: the record is first restored from it.
//!
//! Both damaged, or both missing, is no record: only noise can make a new one.
//!
//! Several processes may start at once from one record. Each writes a copy under the precondition that it has not
//! changed since it was read; who replaces the record has the start, and the others go on from there. The record
//! is read before the spare, so that nobody takes a spare for the newest that is older than the record was.
//!
//! What this can't help against is a medium that says "durable", reads back what it was given, and then forgets
//! both copies, and who can put old copies back.
//!
//! # What the record is worth to others
//! Who reads the medium learns the seed of the *next* start, and nothing of this one or those before. With
//! one good poll at the next start that is worth nothing, as the noise is mixed in. With no good poll it is
//! all that keeps the next start's output secret. So it is as secret as the medium; what it always does is
//! to keep starts apart.

mod copies;
mod record;
#[cfg(test)]
mod tests;

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;

use portcullis_pal::{Error, Label, ObjectStore};
use zeroize::Zeroizing;

use crate::gather::Gathered;
use crate::{RandomError, SeedFault};
use copies::Copies;
use record::{Derived, Record};

/// Times that other processes may be first before a start is given up until the next call. Each time one of
/// them has made progress, so this only ends what a faulty store would let go on for ever.
const ATTEMPTS: u32 = 1000;

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

/// Why a start was not prepared.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("there is neither noise nor a sound seed record")]
    NoEntropy,
    #[error("the store does not hold the seed record that it was given")]
    NotKept,
    #[error(transparent)]
    Store(#[from] Error),
}

impl From<Failure> for RandomError {
    /// What callers are told of it; the log has what the store said.
    fn from(failure: Failure) -> Self {
        Self::SeedRecord(match failure {
            Failure::NoEntropy => return Self::NoEntropy,
            Failure::NotKept => SeedFault::NotKept,
            Failure::Store(Error::ReadOnly { .. }) => SeedFault::ReadOnly,
            Failure::Store(Error::Full { .. }) => SeedFault::Full,
            Failure::Store(Error::Busy { .. } | Error::Conflict { .. }) => SeedFault::Busy,
            Failure::Store(
                Error::Missing { .. } | Error::Exists { .. } | Error::NotAStore { .. } | Error::Newer { .. },
            ) => SeedFault::Unusable,
            Failure::Store(_) => SeedFault::Medium,
        })
    }
}

impl SeedRecord {
    /// The label of the record in its store.
    pub const LABEL: Label = match Label::new(b"seed") {
        Ok(label) => label,
        Err(_) => panic!("four bytes are no more than a label may have"),
    };

    /// The label of the record's spare, which is written before it.
    pub const SPARE_LABEL: Label = match Label::new(b"seed-spare") {
        Ok(label) => label,
        Err(_) => panic!("ten bytes are no more than a label may have"),
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
        let mut outcome = self.attempt(noise);
        for _ in 1..ATTEMPTS {
            // Another process was first: its record is the one to go on from.
            let Err(Failure::Store(Error::Conflict { .. })) = outcome else { break };
            outcome = self.attempt(noise);
        }
        outcome.map_err(|failure| {
            tracing::error!(error = %failure, "the seed record can't be advanced");
            failure.into()
        })
    }

    fn attempt(&self, noise: &Gathered) -> Result<BootSeed, Failure> {
        let mut copies = Copies::read(&*self.store)?;
        let Derived { next, boot_seed } = match copies.newest() {
            Some(record) => record.advance(&self.device_id, noise),
            None if noise.is_full() => Record::first().advance(&self.device_id, noise),
            None => return Err(Failure::NoEntropy),
        };
        copies.restore()?;
        copies.replace(&next)?;
        Ok(BootSeed { seed: boot_seed, counter: next.counter })
    }
}

impl fmt::Debug for SeedRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SeedRecord").finish_non_exhaustive()
    }
}
