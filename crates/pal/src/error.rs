//! What can go wrong with a medium.

use alloc::boxed::Box;
use alloc::string::String;

use crate::Label;

/// The result of a storage call.
pub type Result<T> = core::result::Result<T, Error>;

/// Why a store could not do what it was asked. In every case but [`InDoubt`](Self::InDoubt) it holds what it held
/// before.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A change's precondition does not hold: another writer was there first.
    #[error("\"{label}\" was changed by another writer")]
    Conflict {
        /// The object in question.
        label: Label,
    },
    /// Nothing is there to open.
    #[error("there is no store at {place}")]
    Missing {
        /// Where.
        place: String,
    },
    /// Something is there already, and creating never overwrites.
    #[error("{place} is there already")]
    Exists {
        /// Where.
        place: String,
    },
    /// The place holds something else than a store, or a damaged one.
    #[error("{place} is not a readable Portcullis store: {why}")]
    NotAStore {
        /// Where.
        place: String,
        /// What was seen there.
        why: String,
    },
    /// The store was written by a newer version of this software.
    #[error("{place} has store format {found}, this version reads up to {known}")]
    Newer {
        /// Where.
        place: String,
        /// The format it has.
        found: u32,
        /// The newest format that this version reads.
        known: u32,
    },
    /// Nothing may be written there.
    #[error("{place} can't be written to")]
    ReadOnly {
        /// Where.
        place: String,
    },
    /// No room is left on the medium.
    #[error("no space is left for {place}")]
    Full {
        /// Where.
        place: String,
    },
    /// Other writers held the store for longer than this one waits.
    #[error("{place} is busy with other writers")]
    Busy {
        /// Where.
        place: String,
    },
    /// The value is larger than the medium can hold in one object.
    #[error("a value of {len} bytes is too large for this store (at most {max})")]
    TooLarge {
        /// The value's length in bytes.
        len: usize,
        /// The most that the store takes.
        max: usize,
    },
    /// The store's address can't be used.
    #[error("the store's address can't be used: {why}")]
    Address {
        /// Why; without a password that it may have.
        why: String,
    },
    /// The way to the store was lost while a batch was being made durable, and whether it was made can't be found
    /// out: it is there whole, or not at all.
    #[error("{place} was lost while it took a change, which it may have made")]
    InDoubt {
        /// Where.
        place: String,
    },
    /// The place where a device's secret is kept has none.
    #[error("there is no device secret at {place}")]
    SecretMissing {
        /// Where.
        place: String,
    },
    /// The medium failed.
    #[error("{place}: {source}")]
    Medium {
        /// Where.
        place: String,
        /// What the driver or the operating system said.
        source: Box<dyn core::error::Error + Send + Sync>,
    },
}
