//! What can go wrong inside the SQLite store, before it is known where, and how that becomes the crate's
//! [`Error`]. Errors of the file system are mapped here too.
//!
//! The meaning of SQLite's result codes: <https://www.sqlite.org/rescode.html>.

use std::io;

use rusqlite::{ErrorCode, ffi};

use super::place::Place;
use super::schema;
use crate::{Error, Label, SqliteStore};

const DAMAGED: &str = "the database is damaged, or can't be read in full";

/// An error without its place.
#[derive(Debug)]
pub(super) enum Trouble {
    Sqlite(rusqlite::Error),
    /// Not a store at all.
    Foreign,
    /// A store whose contents can't be.
    Damaged(&'static str),
    Newer {
        found: u32,
    },
    Conflict(Label),
    TooLarge {
        len: usize,
    },
    /// Others are in the way.
    Busy,
}

impl From<rusqlite::Error> for Trouble {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl Trouble {
    /// Says where it happened.
    pub(super) fn at(self, place: &Place) -> Error {
        match self {
            Self::Sqlite(error) => sqlite(error, place),
            Self::Foreign => not_a_store(place, "it is a database of another program"),
            Self::Damaged(why) => not_a_store(place, why),
            Self::Newer { found } => Error::Newer { place: place.name(), found, known: schema::FORMAT },
            Self::Conflict(label) => Error::Conflict { label },
            Self::Busy => Error::Busy { place: place.name() },
            Self::TooLarge { len } => Error::TooLarge { len, max: SqliteStore::MAX_VALUE },
        }
    }

    /// Whether SQLite could not open the file, or what belongs to it, because it may not write there.
    pub(super) fn is_unwritable(&self, place: &Place) -> bool {
        match self.code() {
            Some(ErrorCode::ReadOnly) => true,
            Some(ErrorCode::CannotOpen) => {
                let refused = [io::ErrorKind::PermissionDenied, io::ErrorKind::ReadOnlyFilesystem];
                place.try_writing().is_err_and(|error| refused.contains(&error.kind()))
                    || place.is_log_closed()
            }
            _ => false,
        }
    }

    /// Whether the disk failed, or the system did on its behalf.
    pub(super) fn is_of_the_disk(&self) -> bool {
        self.code() == Some(ErrorCode::SystemIoFailure)
    }

    pub(super) fn is_full(&self) -> bool {
        self.code() == Some(ErrorCode::DiskFull)
    }

    fn code(&self) -> Option<ErrorCode> {
        match self {
            Self::Sqlite(error) => error.sqlite_error_code(),
            _ => None,
        }
    }

    /// Whether it may look different once the write-ahead log is read with the file: a log holds newer
    /// pages than the file, so without it a sound store can seem torn. The header's first bytes can not.
    pub(super) fn may_be_mended_by_log(&self) -> bool {
        match self {
            Self::Sqlite(error) => {
                !matches!(error.sqlite_error_code(), Some(ErrorCode::NotADatabase | ErrorCode::CannotOpen))
            }
            Self::Damaged(_) => true,
            Self::Foreign | Self::Newer { .. } | Self::Conflict(_) | Self::TooLarge { .. } | Self::Busy => {
                false
            }
        }
    }
}

pub(super) fn not_a_store(place: &Place, why: &str) -> Error {
    Error::NotAStore { place: place.name(), why: why.into() }
}

fn sqlite(error: rusqlite::Error, place: &Place) -> Error {
    let name = place.name();
    match &error {
        rusqlite::Error::SqliteFailure(ffi::Error { code, extended_code }, _) => match code {
            ErrorCode::NotADatabase => not_a_store(place, "it is no SQLite database"),
            // No statement of ours breaks a constraint of a sound store. A page that the disk could not give is damage
            // to SQLite too.
            ErrorCode::DatabaseCorrupt | ErrorCode::ConstraintViolation | ErrorCode::TypeMismatch => {
                not_a_store(place, DAMAGED)
            }
            // The log's index could only be opened for reading, for whatever reason.
            ErrorCode::ReadOnly if *extended_code == ffi::SQLITE_READONLY_CANTINIT => failed(error, place),
            ErrorCode::ReadOnly => Error::ReadOnly { place: name },
            ErrorCode::DiskFull => Error::Full { place: name },
            ErrorCode::SystemIoFailure | ErrorCode::CannotOpen => failed(error, place),
            ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::FileLockingProtocolFailed => {
                Error::Busy { place: name }
            }
            _ => Error::Medium { place: name, source: error.into() },
        },
        // A column holds what this software never writes there.
        rusqlite::Error::FromSqlConversionFailure(..)
        | rusqlite::Error::IntegralValueOutOfRange(..)
        | rusqlite::Error::InvalidColumnType(..)
        | rusqlite::Error::Utf8Error(..)
        | rusqlite::Error::QueryReturnedNoRows => not_a_store(place, DAMAGED),
        _ => Error::Medium { place: name, source: error.into() },
    }
}

/// A call to the system that failed. SQLite tells a full disk from others only where a write said so, and not where a
/// sync did or a quota is used up; and a file system that turned read-only not at all.
fn failed(error: rusqlite::Error, place: &Place) -> Error {
    use io::ErrorKind::{PermissionDenied, QuotaExceeded, ReadOnlyFilesystem, StorageFull};
    match place.try_writing() {
        Err(why)
            if matches!(why.kind(), PermissionDenied | QuotaExceeded | ReadOnlyFilesystem | StorageFull) =>
        {
            writing(why, place)
        }
        _ => Error::Medium { place: place.name(), source: error.into() },
    }
}

/// An error of the file system while something was to be written.
pub(super) fn writing(error: io::Error, place: &Place) -> Error {
    let name = place.name();
    match error.kind() {
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            Error::ReadOnly { place: name }
        }
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Error::Full { place: name },
        io::ErrorKind::AlreadyExists => Error::Exists { place: name },
        _ => Error::Medium { place: name, source: error.into() },
    }
}
