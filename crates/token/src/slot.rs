//! Slots: the numbered places in which an application finds tokens (`C_GetSlotList`, `C_GetSlotInfo`).

use alloc::string::String;
use alloc::vec::Vec;

use crate::{Error, Result, Token};

/// A slot's number (`CK_SLOT_ID`): its position, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SlotId(pub u64);

/// A slot with the token that is in it. Each has a store of its own, and the token never leaves it.
pub struct Slot {
    /// What the slot is called.
    pub description: String,
    /// The token in it, initialised or not.
    pub token: Token,
}

/// All slots of an application.
#[derive(Default)]
pub struct Slots(Vec<Slot>);

impl Slots {
    /// Numbers the slots in the order given.
    #[must_use]
    pub fn new(slots: Vec<Slot>) -> Self {
        Self(slots)
    }

    /// The numbers of all slots.
    pub fn ids(&self) -> impl Iterator<Item = SlotId> {
        (0..self.0.len() as u64).map(SlotId)
    }

    /// The slot with this number.
    ///
    /// # Errors
    /// [`Error::SlotIdInvalid`].
    pub fn slot(&self, id: SlotId) -> Result<&Slot> {
        let index = usize::try_from(id.0).map_err(|_| Error::SlotIdInvalid)?;
        self.0.get(index).ok_or(Error::SlotIdInvalid)
    }
}
