//! The contract: what every medium promises to the token above it. No medium lives here.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use zeroize::Zeroizing;

use crate::{Label, Result};

/// A store's own short name for a stored object: stable until the object is destroyed, never zero.
///
/// The counterpart of the `CK_OBJECT_HANDLE` that `PKCS11_PAL_FindObject` returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectId(pub core::num::NonZeroU64);

/// A point in a store's history. Every batch that changes the store moves its stamp by one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Stamp(pub u64);

impl Stamp {
    /// Before the first change.
    pub const START: Self = Self(0);
}

/// What a stored object holds, wiped when it is dropped (`PKCS11_PAL_GetObjectValueCleanup`).
pub struct Value {
    /// The bytes as they were saved.
    pub bytes: Zeroizing<Vec<u8>>,
    /// The stamp of the batch that saved them.
    pub revision: Stamp,
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Value").field("len", &self.bytes.len()).field("revision", &self.revision).finish()
    }
}

/// What a change does to the object under its label.
#[derive(Clone, Copy)]
pub enum Action<'a> {
    /// Creates the object or replaces its value.
    Save(&'a [u8]),
    /// Removes the object. Removing what is not there is no error.
    Destroy,
}

impl fmt::Debug for Action<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Save(value) => write!(f, "Save({} bytes)", value.len()),
            Self::Destroy => f.write_str("Destroy"),
        }
    }
}

/// What must be true for a change to be made: how two writers avoid overwriting each other unseen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Nothing need be true.
    Always,
    /// No object has this label.
    Absent,
    /// The object is there and was last saved at this stamp.
    Unchanged(Stamp),
}

/// One step of a batch.
#[derive(Clone, Copy, Debug)]
pub struct Change<'a> {
    /// The object's name.
    pub label: Label,
    /// Its precondition.
    pub when: When,
    /// What is done.
    pub action: Action<'a>,
}

impl<'a> Change<'a> {
    /// Creates or overwrites the object, as `PKCS11_PAL_SaveObject` does.
    #[must_use]
    pub fn save(label: Label, value: &'a [u8]) -> Self {
        Self { label, when: When::Always, action: Action::Save(value) }
    }

    /// Removes the object.
    #[must_use]
    pub fn destroy(label: Label) -> Self {
        Self { label, when: When::Always, action: Action::Destroy }
    }

    /// The same change under a precondition.
    #[must_use]
    pub fn when(self, when: When) -> Self {
        Self { when, ..self }
    }
}

/// One object as [`ObjectStore::scan`] shows it.
#[derive(Clone, Copy)]
pub struct Record<'a> {
    /// The store's name for it.
    pub id: ObjectId,
    /// Its label.
    pub label: Label,
    /// When it was last saved or destroyed.
    pub revision: Stamp,
    /// Its bytes, or `None` when it has been destroyed since.
    pub value: Option<&'a [u8]>,
}

impl fmt::Debug for Record<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Record")
            .field("id", &self.id)
            .field("label", &self.label)
            .field("revision", &self.revision)
            .field("len", &self.value.map(<[u8]>::len))
            .finish()
    }
}

/// How a scan ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scan {
    /// The store's stamp at the moment that the scan shows.
    pub stamp: Stamp,
    /// Whether every live object was given (an object not given is gone), or only what changed since.
    pub complete: bool,
}

/// Non-volatile storage of small values under labels.
///
/// # What every implementation promises
/// - **All or nothing**: after [`apply`](Self::apply) returns an error, or power is lost while it runs,
///   either the whole batch is there or none of it.
/// - **Durable**: when `apply` returns `Ok`, the batch survives a loss of power.
/// - **One history**: batches are applied one after the other, also those of other processes. Each that
///   is applied moves [`stamp`](Self::stamp) by exactly one, and every object it saved carries the new
///   stamp as its revision. An empty batch changes nothing and moves nothing.
/// - **Snapshots**: a scan shows one moment of that history.
///
/// `portcullis_pal::testkit::contract` checks all of it for any store.
///
/// # Errors
/// Every method may answer with the crate's [`Error`](crate::Error) when the medium fails.
pub trait ObjectStore: Send + Sync {
    /// Looks an object up by its label (`PKCS11_PAL_FindObject`).
    ///
    /// # Errors
    /// When the medium can't be read.
    fn find(&self, label: &Label) -> Result<Option<ObjectId>>;

    /// An object's bytes (`PKCS11_PAL_GetObjectValue`), or `None` when there is no such object.
    ///
    /// # Errors
    /// When the medium can't be read.
    fn value(&self, id: ObjectId) -> Result<Option<Value>>;

    /// Makes all of `batch` durable, or none of it, and returns the store's new stamp.
    ///
    /// Later changes of a batch see the earlier ones. Preconditions are checked against the state before
    /// the batch.
    ///
    /// # Errors
    /// [`Conflict`](crate::Error::Conflict) when a precondition does not hold; otherwise what the medium
    /// says. In each case nothing has changed, unless it is [`InDoubt`](crate::Error::InDoubt), which only a store
    /// behind a network has.
    fn apply(&self, batch: &[Change<'_>]) -> Result<Stamp>;

    /// Shows what changed after `since`, or every live object when `since` is [`Stamp::START`].
    ///
    /// A store that doesn't know so far back, or keeps no history, answers with a complete scan. `each`
    /// must not call the store.
    ///
    /// # Errors
    /// When the medium can't be read. What `each` was shown by then is not a whole answer.
    fn scan(&self, since: Stamp, each: &mut dyn FnMut(Record<'_>)) -> Result<Scan>;

    /// The store's stamp now. Cheap: it is asked before every look-up.
    ///
    /// # Errors
    /// When the medium can't be read.
    fn stamp(&self) -> Result<Stamp>;

    /// Where the store is, as its errors say it: for those who have to find what is damaged.
    fn place(&self) -> String {
        String::from("the store")
    }
}
