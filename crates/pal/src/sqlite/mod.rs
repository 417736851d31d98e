//! [`SqliteStore`]: the store of a host, one SQLite database in write-ahead mode. The parts beside this
//! file each know one thing: `place` the file system, `link` connections, `schema` the tables, `read` and
//! `write` the rows, `writer` the log, `watch` the stamp, `index` whether anyone has committed, `trouble`
//! what went wrong, `permissions` who else may look.
//!
//! Following <https://www.sqlite.org/wal.html>.

mod index;
mod link;
mod permissions;
mod place;
mod read;
mod schema;
#[cfg(test)]
mod tests;
mod trouble;
mod watch;
mod write;
mod writer;

use std::fmt;
use std::path::Path;
use std::time::Duration;

use rusqlite::Connection;

pub use self::permissions::{Mode, Permissions};

use self::index::Index;
use self::link::Access;
use self::place::Place;
use self::trouble::{Trouble, writing};
use self::watch::Watch;
use self::writer::Writer;
use crate::sync::Mutex;
use crate::{Change, Error, Label, ObjectId, ObjectStore, Record, Result, Scan, Stamp, Value};

/// How many idle connections are kept for readers.
const IDLE_READERS: usize = 8;

/// A store in one SQLite file.
///
/// Any number of threads and processes may use one file at once. A batch is on the disk when `apply`
/// returns (`synchronous=FULL`); readers never wait for that, as they have connections of their own and
/// see the state before the batch until it is done. Writers wait for each other up to
/// [`PATIENCE`](Self::PATIENCE), then say [`Error::Busy`].
///
/// The file must lie on a local file system: network file systems don't share the log's index between
/// machines. A handle must not be used in a forked child; open the store again there.
///
/// # Where nothing can be written
/// A store whose file can't be written to opens for reading, and [`apply`](ObjectStore::apply) answers
/// [`Error::ReadOnly`]. When its folder can't be written to either, SQLite can't share the log's index with
/// writers, so such a store opens only where nobody can write: on a read-only file system, and only when no
/// log with unmerged batches is left beside the file: dropping a handle merges it, when no other handle is
/// in use. All else answers [`Error::ReadOnly`] at once. A token that counts failed PINs can't log in on such a store.
///
/// # What is refused
/// Opening never creates and creating never overwrites. An empty file, a file that is no SQLite database,
/// another program's database, a damaged one and a store of a newer format are each refused as what they
/// are, stay as they were byte for byte, and nothing is left beside them.
pub struct SqliteStore {
    place: Place,
    access: Access,
    patience: Duration,
    watch: Watch,
    readers: Mutex<Vec<Connection>>,
    // After the others, so that the last connection to close is one that may merge the log into the file.
    writer: Option<Mutex<Writer>>,
    // After all connections, as it says.
    index: Option<Index>,
}

impl SqliteStore {
    /// The most bytes that one value may have.
    pub const MAX_VALUE: usize = 64 << 20;

    /// How long a call waits for other writers.
    pub const PATIENCE: Duration = Duration::from_secs(30);

    /// Opens a store that is there.
    ///
    /// # Errors
    /// [`Error::Missing`], [`Error::NotAStore`], [`Error::Newer`] or [`Error::ReadOnly`] by what is found,
    /// otherwise what the medium says.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        Self::open_at(Place::new(path.as_ref())?)
    }

    /// Creates an empty store where nothing is, and opens it. The file gets mode 0600; folders that are
    /// missing are created with mode 0700.
    ///
    /// The file is built aside and appears at its place whole, so of two processes that create at once one
    /// succeeds, and a crash leaves either a store or nothing there.
    ///
    /// # Errors
    /// [`Error::Exists`] when anything is there, [`Error::ReadOnly`] or [`Error::Full`] when the folder
    /// takes no file, otherwise what the medium says.
    pub fn create(path: impl AsRef<Path>) -> Result<Self> {
        let place = Place::new(path.as_ref())?;
        place.create_folder()?;
        let aside = permissions::private_folder_in(place.folder()).map_err(|error| writing(error, &place))?;
        let built = aside.path().join("store");
        Connection::open(&built)
            .and_then(|mut connection| {
                schema::create(&mut connection)?;
                connection.close().map_err(|(_, error)| error)
            })
            .map_err(|error| Trouble::from(error).at(&place))?;
        permissions::make_private(&built).map_err(|error| writing(error, &place))?;
        place.install(built)?;
        Self::open_at(place)
    }

    /// Opens the store, or creates it where nothing is.
    ///
    /// # Errors
    /// Those of [`open`](Self::open) and [`create`](Self::create), but neither [`Error::Missing`] nor
    /// [`Error::Exists`].
    pub fn open_or_create(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        match Self::open(path) {
            Err(Error::Missing { .. }) => match Self::create(path) {
                // Another process created it in between.
                Err(Error::Exists { .. }) => Self::open(path),
                other => other,
            },
            other => other,
        }
    }

    /// Who may read and write the store's file and folder, or `None` where files have no Unix permissions.
    ///
    /// # Errors
    /// When the file system doesn't say.
    pub fn permissions(&self) -> Result<Option<Permissions>> {
        permissions::read(&self.place)
    }

    /// Whether the store was opened where it can't be written to.
    #[must_use]
    pub fn is_read_only(&self) -> bool {
        self.writer.is_none()
    }

    /// The same store with another time for [`PATIENCE`](Self::PATIENCE).
    ///
    /// # Errors
    /// When SQLite refuses.
    pub fn with_patience(mut self, patience: Duration) -> Result<Self> {
        self.patience = patience;
        self.readers.lock().clear();
        let writer = self.writer.as_ref().map(Mutex::lock);
        self.watch
            .set_patience(patience)
            .and_then(|()| writer.map_or(Ok(()), |mut writer| writer.set_patience(patience)))
            .map_err(|error| self.error(error.into()))?;
        Ok(self)
    }

    fn open_at(place: Place) -> Result<Self> {
        place.look()?;
        let patience = Self::PATIENCE;
        let access = link::choose(&place, patience)?;
        let writer = match access {
            Access::ReadWrite => {
                Some(Writer::open(&place, patience, place.has_log()).map_err(|trouble| trouble.at(&place))?)
            }
            Access::ReadOnly | Access::Frozen => None,
        };
        let connection = link::connect(&place, access.reading(), patience)
            .map_err(|error| Trouble::from(error).at(&place))?;
        let watch = Watch::new(connection).map_err(|trouble| trouble.at(&place))?;
        if writer.is_some() {
            // The log is there now, and stays while a connection does. SQLite syncs its name too, but goes on where
            // that fails.
            place.sync_names()?;
        }
        let index = if access == Access::Frozen { None } else { Index::of(&place) };
        let store = Self {
            access,
            patience,
            watch,
            readers: Mutex::new(Vec::new()),
            writer: writer.map(Mutex::new),
            index,
            place,
        };
        store.warn_of_others();
        Ok(store)
    }

    fn warn_of_others(&self) {
        if let Ok(Some(permissions)) = self.permissions()
            && permissions.others_may_change()
        {
            let Permissions { file, folder } = permissions;
            tracing::warn!(store = %self.place.name(), %file, %folder, "others may write to this store");
        }
    }

    /// Reads on a connection that no other thread uses.
    fn reading<T>(
        &self,
        read: impl FnOnce(&mut Connection) -> core::result::Result<T, Trouble>,
    ) -> Result<T> {
        let idle = self.readers.lock().pop();
        let mut connection = match idle {
            Some(connection) => connection,
            None => link::connect(&self.place, self.access.reading(), self.patience)
                .map_err(|error| self.error(error.into()))?,
        };
        let answer = read(&mut connection).map_err(|trouble| self.error(trouble))?;
        let mut readers = self.readers.lock();
        if readers.len() < IDLE_READERS {
            readers.push(connection);
        }
        Ok(answer)
    }

    fn error(&self, trouble: Trouble) -> Error {
        trouble.at(&self.place)
    }
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteStore")
            .field("place", &self.place.path())
            .field("access", &self.access)
            .finish_non_exhaustive()
    }
}

impl ObjectStore for SqliteStore {
    fn find(&self, label: &Label) -> Result<Option<ObjectId>> {
        self.reading(|connection| read::find(connection, label))
    }

    fn value(&self, id: ObjectId) -> Result<Option<Value>> {
        self.reading(|connection| read::value(connection, id))
    }

    fn apply(&self, batch: &[Change<'_>]) -> Result<Stamp> {
        if batch.is_empty() {
            return self.stamp();
        }
        let Some(writer) = &self.writer else {
            return Err(Error::ReadOnly { place: self.place.name() });
        };
        writer.lock().apply(batch).map_err(|trouble| self.error(trouble))
    }

    fn scan(&self, since: Stamp, each: &mut dyn FnMut(Record<'_>)) -> Result<Scan> {
        self.reading(|connection| {
            let moment = connection.transaction()?;
            read::scan(&moment, since, each)
        })
    }

    fn stamp(&self) -> Result<Stamp> {
        self.watch.stamp(self.index.as_ref()).map_err(|trouble| self.error(trouble))
    }

    fn place(&self) -> String {
        self.place.name()
    }
}
