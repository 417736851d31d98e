//! [`Writer`]: the connection that writes, when the log is merged into the file, and what is done when a call to the
//! disk has failed. What a batch does to the rows is `write`'s.
//!
//! A commit is a row of frames in the log and one sync (<https://www.sqlite.org/walformat.html>, 4). Where the sync
//! fails, SQLite takes the batch back, but its frames lie in the file, and whoever reads the log after everybody was
//! killed takes them for committed. And the system takes what it could not write for written
//! (<https://wiki.postgresql.org/wiki/Fsync_Errors>), so that the next sync proves nothing about it. So after a failed
//! sync everything that it may have been about is written anew before anything else is acknowledged.

use std::time::Duration;

use rusqlite::{Connection, TransactionBehavior};

use super::place::Place;
use super::trouble::Trouble;
use super::{link, schema, write};
use crate::{Change, Stamp};

type Result<T> = core::result::Result<T, Trouble>;

/// How many frames the log has when it is merged: SQLite's own number, for a page each.
const MANY_FRAMES: i64 = 1000;

/// The connection that writes.
pub(super) struct Writer {
    connection: Connection,
    patience: Duration,
    doubt: Option<Doubt>,
}

/// What may not be on the disk though a sync has gone well since.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Doubt {
    /// What was last written to the log.
    Log,
    /// What was merged into the file. While others read the log, SQLite merges a part, syncs it only with the rest, and
    /// does not come back to it.
    File,
}

/// What a merge has done.
struct Merged {
    /// How many frames the log holds.
    frames: i64,
    /// Whether others left all of the log to us.
    whole: bool,
}

impl Writer {
    /// `has_log`: whether someone has left a log, perhaps one that is not on the disk yet.
    pub(super) fn open(place: &Place, patience: Duration, has_log: bool) -> Result<Self> {
        let mut writer = Self { connection: link::connect_writer(place, patience)?, patience, doubt: None };
        if has_log {
            // Durable first, visible second, also for what a killed process was about to write.
            let merged = writer.merge();
            if writer.doubt.is_some() {
                writer.dispel()?;
            } else {
                merged?;
            }
        }
        Ok(writer)
    }

    pub(super) fn set_patience(&mut self, patience: Duration) -> rusqlite::Result<()> {
        self.patience = patience;
        self.connection.busy_timeout(patience)
    }

    #[cfg(test)]
    pub(super) fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Makes the whole batch durable, or nothing of it.
    pub(super) fn apply(&mut self, batch: &[Change<'_>]) -> Result<Stamp> {
        self.dispel()?;
        let answer = write::apply(&mut self.connection, batch);
        match &answer {
            // The batch is durable, whatever becomes of the merge; what must be done about that, the next one does.
            Ok(_) => drop(self.merge_if_long()),
            Err(trouble) if trouble.is_of_the_disk() => {
                self.doubt = self.doubt.or(Some(Doubt::Log));
                // That may fail as the batch did, which is what the caller is told of.
                let _ = self.take_back();
            }
            Err(_) => {}
        }
        answer
    }

    /// Puts a commit that changes nothing where the frames of a failed batch may lie: a log whose frames don't follow
    /// from each other ends there. No sync is asked for, as those are what fails. Then merges the log while the system
    /// still has it in memory. Waits for nobody: another writer's frames do as well.
    fn take_back(&mut self) -> Result<()> {
        self.connection.busy_timeout(Duration::ZERO)?;
        self.connection.pragma_update(None, "synchronous", "OFF")?;
        let done = self.commit_nothing().and_then(|()| self.dispel());
        self.connection.pragma_update(None, "synchronous", link::SYNCHRONOUS)?;
        self.connection.busy_timeout(self.patience)?;
        done
    }

    fn commit_nothing(&mut self) -> Result<()> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.pragma_update(None, "user_version", schema::FORMAT)?;
        Ok(transaction.commit()?)
    }

    /// Writes anew what is in doubt, merges the log into the file, which is synced, and empties the log.
    fn dispel(&mut self) -> Result<()> {
        let Some(doubt) = self.doubt else { return Ok(()) };
        self.connection.pragma_update(None, "synchronous", link::SYNCHRONOUS)?;
        if doubt == Doubt::File {
            // Puts every page into the log.
            self.connection.execute_batch("VACUUM")?;
            self.doubt = Some(Doubt::Log);
        }
        if !self.checkpoint("TRUNCATE")?.whole {
            return Err(Trouble::Busy);
        }
        self.doubt = None;
        Ok(())
    }

    fn merge_if_long(&mut self) -> Result<()> {
        if self.checkpoint("NOOP")?.frames < MANY_FRAMES {
            return Ok(());
        }
        self.merge()
    }

    /// Merges as much of the log as others allow. A disk that is full can take no more, and loses nothing by it.
    fn merge(&mut self) -> Result<()> {
        match self.checkpoint("PASSIVE") {
            Err(trouble) if trouble.is_full() => Ok(()),
            answer => answer.map(|_| ()),
        }
    }

    /// <https://www.sqlite.org/pragma.html#pragma_wal_checkpoint>. It counts where the log is not in use as -1.
    fn checkpoint(&mut self, mode: &str) -> Result<Merged> {
        let answer =
            self.connection.prepare_cached(&format!("PRAGMA wal_checkpoint({mode})"))?.query_row((), |row| {
                let busy: i64 = row.get(0)?;
                Ok(Merged { frames: row.get(1)?, whole: busy == 0 })
            });
        let answer = answer.map_err(Trouble::from);
        if answer.as_ref().is_err_and(Trouble::is_of_the_disk) {
            self.doubt = Some(Doubt::File);
        }
        answer
    }
}
