//! Connections: how a store file is opened, and which of the three ways of using it the place allows. No
//! rows are read here.

use std::fmt::Write as _;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, ffi};

use super::place::Place;
use super::schema;
use super::trouble::Trouble;
use crate::{Error, Result};

/// How a store file can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    ReadWrite,
    /// The file can't be written to, but the log's index beside it can be shared with writers.
    ReadOnly,
    /// Nobody can write there, and no log is left: read without locks.
    Frozen,
}

impl Access {
    /// What a connection needs that only reads.
    pub(super) fn reading(self) -> Self {
        match self {
            Self::ReadWrite | Self::ReadOnly => Self::ReadOnly,
            Self::Frozen => Self::Frozen,
        }
    }
}

/// Opens one more connection to a store that [`choose`] accepted.
pub(super) fn connect(place: &Place, access: Access, patience: Duration) -> rusqlite::Result<Connection> {
    let shared = OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = match access {
        Access::ReadWrite => {
            Connection::open_with_flags(place.path(), shared | OpenFlags::SQLITE_OPEN_READ_WRITE)
        }
        Access::ReadOnly => {
            Connection::open_with_flags(place.path(), shared | OpenFlags::SQLITE_OPEN_READ_ONLY)
        }
        Access::Frozen => Connection::open_with_flags(
            immutable_uri(place),
            shared | OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI,
        ),
    }?;
    connection.busy_timeout(patience)?;
    // What SQLite advises for files that someone else may have prepared
    // (<https://www.sqlite.org/security.html>, 1.2).
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    // No temporary files: they would lie in another folder, which may not be there or be full.
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    Ok(connection)
}

/// Each commit is synced before it counts.
pub(super) const SYNCHRONOUS: &str = "FULL";

/// How many KiB of pages the connection that writes keeps in memory, at most. With many objects, each batch touches a few
/// pages anywhere in the file.
const CACHE_KIB: i64 = 8192;

/// The connection that writes.
pub(super) fn connect_writer(place: &Place, patience: Duration) -> rusqlite::Result<Connection> {
    let connection = connect(place, Access::ReadWrite, patience)?;
    if connection.is_readonly("main")? {
        // It could be written to a moment ago, and SQLite doesn't say what came in between.
        return Err(rusqlite::Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_CANTOPEN), None));
    }
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", SYNCHRONOUS)?;
    connection.pragma_update(None, "secure_delete", true)?;
    connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
    // SQLite would not say that a merge has failed.
    connection.pragma_update(None, "wal_autocheckpoint", 0)?;
    Ok(connection)
}

/// Checks that a store is there and finds out how it can be used. What is refused stays as it was, byte for
/// byte, and nothing is left beside it.
pub(super) fn choose(place: &Place, patience: Duration) -> Result<Access> {
    // First without locks, log or anything else that could leave a trace. Where there is a log, or was one
    // a moment ago, another process may be merging it just now.
    let logged = place.has_log();
    if let Err(trouble) = try_access(place, Access::Frozen, patience) {
        let unsure = (logged || place.has_log()) && trouble.may_be_mended_by_log();
        if !unsure {
            return Err(trouble.at(place));
        }
    }
    let mut answer = try_access(place, Access::ReadWrite, patience);
    let is_closed = match &answer {
        Ok(access) => *access == Access::ReadOnly,
        Err(trouble) => trouble.is_unwritable(place),
    };
    if is_closed {
        // SQLite opens files for reading also where opening them for writing failed for another reason, as when too
        // many were open just then.
        answer = try_access(place, Access::ReadWrite, patience);
    }
    match answer {
        Ok(access) => Ok(access),
        Err(trouble) if trouble.is_unwritable(place) => {
            // A log that can't be read with its index holds batches that were acknowledged.
            if !place.has_log() && place.is_on_read_only_medium() {
                Ok(Access::Frozen)
            } else {
                Err(Error::ReadOnly { place: place.name() })
            }
        }
        Err(trouble) => Err(trouble.at(place)),
    }
}

fn try_access(place: &Place, access: Access, patience: Duration) -> core::result::Result<Access, Trouble> {
    let logged = place.has_log();
    let connection = connect(place, access, patience)?;
    // The last connection to leave writes the log into the file. Not into one that is then refused.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, logged)?;
    schema::check(&connection)?;
    let page: i64 = connection.pragma_query_value(None, "page_size", |row| row.get(0))?;
    // SQLite reads a last page that is cut short as if zeros followed.
    if !logged && page > 0 && !place.len().is_multiple_of(page.unsigned_abs()) {
        return Err(Trouble::Damaged("the file is cut short"));
    }
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
    if access == Access::ReadWrite && connection.is_readonly("main")? {
        return Ok(Access::ReadOnly);
    }
    Ok(access)
}

/// The file as a URI that tells SQLite that it doesn't change (<https://www.sqlite.org/uri.html>).
fn immutable_uri(place: &Place) -> String {
    let mut uri = String::from("file:");
    for &byte in place.path().as_os_str().as_encoded_bytes() {
        match byte {
            b'/' | b'-' | b'.' | b'_' | b'~' => uri.push(char::from(byte)),
            _ if byte.is_ascii_alphanumeric() => uri.push(char::from(byte)),
            _ => {
                let _ = write!(uri, "%{byte:02x}");
            }
        }
    }
    uri.push_str("?immutable=1");
    uri
}
