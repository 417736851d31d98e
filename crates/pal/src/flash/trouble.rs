//! What can go wrong inside the flash store, before it is said where, and how that becomes the crate's [`Error`].

use alloc::boxed::Box;
use alloc::format;
use alloc::string::{String, ToString};
use core::fmt;

use embedded_storage::nor_flash::{NorFlashError, NorFlashErrorKind};

use super::mark;
use crate::{Error, Label};

/// What a flash driver refused to do.
#[derive(Debug, thiserror::Error)]
#[error("{doing} at {address:#x}: {said}")]
pub(super) struct Fault {
    pub(super) doing: &'static str,
    pub(super) address: u32,
    pub(super) said: String,
    pub(super) kind: NorFlashErrorKind,
}

impl Fault {
    pub(super) fn of(doing: &'static str, address: u32, error: &impl NorFlashError) -> Self {
        Self { doing, address, said: format!("{error:?}"), kind: error.kind() }
    }

    /// What the driver did not notice.
    pub(super) fn unnoticed(doing: &'static str, address: u32, said: &str) -> Self {
        Self { doing, address, said: said.to_string(), kind: NorFlashErrorKind::Other }
    }
}

impl NorFlashError for Fault {
    fn kind(&self) -> NorFlashErrorKind {
        self.kind
    }
}

/// An error without its place.
#[derive(Debug)]
pub(super) enum Trouble {
    Flash(Fault),
    /// The range does not suit the flash, or the flash the store.
    Unsuitable(&'static str),
    Blank,
    Foreign,
    Damaged(String),
    Newer(u8),
    Conflict(Label),
    Full,
    TooLarge {
        len: usize,
        max: usize,
    },
}

impl From<Fault> for Trouble {
    fn from(fault: Fault) -> Self {
        Self::Flash(fault)
    }
}

impl From<sequential_storage::Error<Fault>> for Trouble {
    fn from(error: sequential_storage::Error<Fault>) -> Self {
        match error {
            sequential_storage::Error::Storage { value } => Self::Flash(value),
            sequential_storage::Error::FullStorage => Self::Full,
            other => Self::Damaged(other.to_string()),
        }
    }
}

impl Trouble {
    pub(super) fn damaged(what: impl fmt::Display) -> Self {
        Self::Damaged(what.to_string())
    }

    /// Says where it happened.
    pub(super) fn at(self, place: &str) -> Error {
        let place = place.to_string();
        match self {
            Self::Flash(fault) => Error::Medium { place, source: Box::new(fault) },
            Self::Unsuitable(why) => Error::NotAStore { place, why: why.to_string() },
            Self::Blank => Error::Missing { place },
            Self::Foreign => Error::NotAStore { place, why: "something else is written there".to_string() },
            Self::Damaged(why) => Error::NotAStore { place, why },
            Self::Newer(found) => {
                Error::Newer { place, found: u32::from(found), known: u32::from(mark::FORMAT) }
            }
            Self::Conflict(label) => Error::Conflict { label },
            Self::Full => Error::Full { place },
            Self::TooLarge { len, max } => Error::TooLarge { len, max },
        }
    }
}
