//! [`FlashStore`]: a store in a part of a NOR flash, over `sequential-storage`'s map. `no_std + alloc`.
//!
//! From the flash upwards: [`guard`] makes erases whole, [`log`] writes slots at once or not at all, [`medium`] makes
//! batches of them. `docs/storage-format.md` describes every byte. Flash keeps what was replaced or destroyed until its
//! block is erased: only what is sealed or public may be written, which is what the token above writes.

mod guard;
mod index;
mod load;
mod log;
mod mark;
mod medium;
mod plan;
mod record;
mod trouble;

use alloc::format;
use alloc::string::String;
use alloc::sync::Arc;
use core::fmt;
use core::ops::Range;

use embedded_storage::nor_flash::NorFlash;

use crate::sync::Mutex;
use crate::{Change, Label, ObjectId, ObjectStore, Record, Result, Scan, Stamp, Value};
use guard::{Guard, Standing};
use log::Log;
use medium::Medium;
use trouble::Trouble;

/// A store in a range of blocks of a NOR flash, which nothing else writes to.
///
/// A clone is a second handle on the same store. Opening the same flash twice is not possible: the store has its
/// driver. Values longer than a block are split; a batch is there wholly or not at all after a loss of power at any
/// moment, also while that is being repaired.
///
/// # Space and main memory
/// About seven tenths of the range hold values. The longest value is what an empty store has room for. In main memory
/// are, with blocks of 4 KiB: about 200 bytes for each object, 4 for each piece of up to 500 bytes, 1/32 of the range
/// for places, a buffer of 1/8 of a block, and while opening one block more and 250 bytes a piece. Values are not.
pub struct FlashStore<F: NorFlash> {
    medium: Arc<Mutex<Medium<F>>>,
    place: Arc<str>,
}

impl<F: NorFlash> FlashStore<F> {
    /// Opens the store in a range of blocks, and repairs what a loss of power left half done.
    ///
    /// # Errors
    /// [`Missing`](crate::Error::Missing) when the range is blank, [`NotAStore`](crate::Error::NotAStore) when something
    /// else is there or what is there is damaged, [`Newer`](crate::Error::Newer) and
    /// [`Medium`](crate::Error::Medium).
    pub fn open(flash: F, range: Range<u32>) -> Result<Self> {
        Self::open_in(flash, range, false)
    }

    /// Opens the store in a range of blocks, or makes one where the range is blank.
    ///
    /// # Errors
    /// As [`open`](Self::open); what is not blank is never overwritten.
    pub fn open_or_create(flash: F, range: Range<u32>) -> Result<Self> {
        Self::open_in(flash, range, true)
    }

    fn open_in(flash: F, range: Range<u32>, create: bool) -> Result<Self> {
        let place = format!("flash from {:#x} to {:#x}", range.start, range.end);
        let open = || {
            let mut log = Log::new(Guard::new(flash, &range)?);
            match (log.standing()?, create) {
                (Standing::Store, _) => {}
                (Standing::Blank, true) => log.format()?,
                (Standing::Blank, false) => return Err(Trouble::Blank),
                (Standing::Foreign, _) => return Err(Trouble::Foreign),
            }
            Medium::open(log)
        };
        match open() {
            Ok(medium) => Ok(Self { medium: Arc::new(Mutex::new(medium)), place: place.into() }),
            Err(trouble) => Err(trouble.at(&place)),
        }
    }

    /// Asks the medium, and says where it was when it fails.
    fn ask<T>(&self, ask: impl FnOnce(&mut Medium<F>) -> core::result::Result<T, Trouble>) -> Result<T> {
        ask(&mut self.medium.lock()).map_err(|trouble| trouble.at(&self.place))
    }
}

impl<F: NorFlash> Clone for FlashStore<F> {
    fn clone(&self) -> Self {
        Self { medium: Arc::clone(&self.medium), place: Arc::clone(&self.place) }
    }
}

impl<F: NorFlash> fmt::Debug for FlashStore<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FlashStore").field("place", &self.place).finish_non_exhaustive()
    }
}

impl<F: NorFlash + Send> ObjectStore for FlashStore<F> {
    fn find(&self, label: &Label) -> Result<Option<ObjectId>> {
        self.ask(|medium| Ok(medium.index()?.by_label.get(label).copied()))
    }

    fn value(&self, id: ObjectId) -> Result<Option<Value>> {
        self.ask(|medium| medium.value(id))
    }

    fn apply(&self, batch: &[Change<'_>]) -> Result<Stamp> {
        self.ask(|medium| medium.apply(batch))
    }

    fn scan(&self, since: Stamp, each: &mut dyn FnMut(Record<'_>)) -> Result<Scan> {
        self.ask(|medium| medium.scan(since, each))
    }

    fn place(&self) -> String {
        (*self.place).into()
    }

    fn stamp(&self) -> Result<Stamp> {
        self.ask(|medium| Ok(medium.index()?.commit.stamp))
    }
}
