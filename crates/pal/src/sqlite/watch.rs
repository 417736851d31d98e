//! Following the store's stamp: what `stamp` reads, and when it can do without SQLite. Where the log's index is read
//! directly is `index`.

use std::time::Duration;

use rusqlite::Connection;

use super::index::{Head as IndexHead, Index};
use super::read::Head;
use super::trouble::Trouble;
use crate::Stamp;
use crate::sync::{Mutex, RwLock};

type Result<T> = core::result::Result<T, Trouble>;

/// Follows the store's stamp. While no one commits, a look at the head of the log's index is all it takes, and threads
/// don't wait for each other.
pub(super) struct Watch {
    sql: Mutex<Sql>,
    /// A head of the index, and a stamp that was read after it.
    seen: RwLock<Option<(IndexHead, Stamp)>>,
}

/// What SQLite says, at the price of two file locks.
///
/// `PRAGMA data_version` answers from the index that the processes share, and moves when another connection has
/// committed (<https://www.sqlite.org/pragma.html#pragma_data_version>). This connection never writes, so it moves with
/// every batch.
struct Sql {
    connection: Connection,
    seen: Option<(i64, Stamp)>,
}

impl Watch {
    /// Takes a connection that nothing writes through, and reads the stamp, so that SQLite has the index open from now
    /// on.
    pub(super) fn new(connection: Connection) -> Result<Self> {
        let mut sql = Sql { connection, seen: None };
        sql.stamp()?;
        Ok(Self { sql: Mutex::new(sql), seen: RwLock::default() })
    }

    /// Sets how long a look at the stamp waits for other writers.
    pub(super) fn set_patience(&self, patience: Duration) -> rusqlite::Result<()> {
        self.sql.lock().connection.busy_timeout(patience)
    }

    pub(super) fn stamp(&self, index: Option<&Index>) -> Result<Stamp> {
        // Read before the stamp: a batch in between makes the head old, never the stamp.
        let head = index.and_then(Index::head);
        if let Some(head) = &head
            && let Some((seen, stamp)) = &*self.seen.read()
            && seen == head
        {
            return Ok(*stamp);
        }
        let stamp = self.sql.lock().stamp()?;
        if let Some(head) = head {
            *self.seen.write() = Some((head, stamp));
        }
        Ok(stamp)
    }
}

impl Sql {
    fn stamp(&mut self) -> Result<Stamp> {
        let version: i64 =
            self.connection.prepare_cached("PRAGMA data_version")?.query_row((), |row| row.get(0))?;
        if let Some((seen, stamp)) = self.seen
            && seen == version
        {
            return Ok(stamp);
        }
        // Read after the version: a batch in between makes the version old, never the stamp.
        let stamp = Head::read(&self.connection)?.stamp;
        self.seen = Some((version, stamp));
        Ok(stamp)
    }
}
