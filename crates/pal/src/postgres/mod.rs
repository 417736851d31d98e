//! [`PostgresStore`]: a store that many machines share, in a database that speaks PostgreSQL's wire protocol. The
//! parts beside this file each know one thing: `place` addresses, `password` where passwords come from, `tls` the way
//! there, `driver` the thread that waits for the server, `link` connections, `schema` the tables, `plan` what becomes
//! of a batch, `read` and `write` the rows, `watch` the stamp, `trouble` what went wrong.
//!
//! Following <https://www.postgresql.org/docs/current/mvcc.html> and `docs/decisions/0021`.

mod driver;
mod link;
mod password;
mod place;
mod plan;
mod read;
mod schema;
mod tls;
mod trouble;
mod watch;
mod write;

use std::fmt;
use std::future::Future;
use std::sync::{Arc, mpsc};
use std::time::Duration;

pub use self::place::PostgresPlace;

use self::driver::Driver;
use self::link::{Deaf, Link, Links};
use self::plan::Batch;
use self::trouble::Trouble;
use self::watch::Watch;
use crate::{Change, Label, ObjectId, ObjectStore, Record, Result, Scan, Stamp, Value};

/// A store in a schema of a PostgreSQL database, which any number of machines may use at once.
///
/// A batch is one serialisable transaction, committed with `synchronous_commit` on (at least) when `apply` returns.
/// Threads share a few connections and a thread of the store's own that moves the bytes, so that they wait for the
/// server side by side.
///
/// # Other machines' changes
/// Whoever is told of a change after `apply` has returned finds it, on any machine: [`stamp`](ObjectStore::stamp) never
/// gives an answer that was outdated when it was asked. While nothing changes it answers without asking the server,
/// except every half second. What that costs is paid by writers, who wait for readers to be told, and one second at
/// most for a machine that can't be.
///
/// # A server that is gone
/// A lost connection is made again, with growing pauses, for [`PATIENCE`](Self::PATIENCE); a call that finds no server
/// by then answers with an error that names it. When the connection is lost in the middle of a commit, the server is
/// asked afterwards what became of it. Only when that can't be found out in time either, the answer is
/// [`Error::InDoubt`](crate::Error::InDoubt).
///
/// # What the server must be
/// PostgreSQL 12 or newer, reached directly or through a pooler that keeps sessions whole. A store made in a database
/// that is not PostgreSQL itself and only speaks its protocol (CockroachDB, YugabyteDB) uses neither notifications nor
/// locks, and asks for the stamp each time; so does one whose address says `server=compatible`. What a server
/// promises is kept only as far as it keeps it itself: with `fsync` off, or after a fail-over to a standby that was not
/// synchronous, acknowledged changes can be gone.
///
/// A handle must not be used in a forked child; open the store again there.
pub struct PostgresStore {
    // Before the driver, so that connections can say goodbye.
    parts: Parts,
    driver: Driver,
}

struct Parts {
    links: Arc<Links>,
    watch: Arc<Watch>,
}

impl Drop for Parts {
    fn drop(&mut self) {
        self.links.close();
        self.watch.close();
    }
}

impl PostgresStore {
    /// The most bytes that one value may have.
    pub const MAX_VALUE: usize = 64 << 20;

    /// How long a call waits for a server that does not answer, and for other writers.
    pub const PATIENCE: Duration = Duration::from_secs(10);

    /// Opens a store that is there.
    ///
    /// # Errors
    /// [`Error::Missing`](crate::Error::Missing), [`Error::NotAStore`](crate::Error::NotAStore) or
    /// [`Error::Newer`](crate::Error::Newer) by what is found, [`Error::Address`](crate::Error::Address) when the way
    /// there needs TLS and has none, otherwise what the server says.
    pub fn open(place: &PostgresPlace) -> Result<Self> {
        Self::open_with(place, Self::PATIENCE)
    }

    /// As [`open`](Self::open), with another time for [`PATIENCE`](Self::PATIENCE).
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_with(place: &PostgresPlace, patience: Duration) -> Result<Self> {
        let open = || {
            let driver = Driver::start()?;
            let links = Arc::new(Links::new(place.clone(), patience));
            let opening = links.clone();
            let traits = driver.run(async move {
                let open = || Link::open(&opening.place, opening.patience, Deaf);
                let link = link::patiently(opening.deadline(), open).await?;
                let traits = link.traits();
                link.warn(&opening.place).await?;
                opening.give_back(Arc::new(link));
                Ok(traits)
            })?;
            Ok(Self { parts: Parts { links, watch: Arc::new(Watch::new(traits)) }, driver })
        };
        open().map_err(|trouble: Trouble| trouble.at(place))
    }

    /// Creates an empty store where none is, and opens it. The schema is made if it is not there.
    ///
    /// # Errors
    /// [`Error::Exists`](crate::Error::Exists) when a store is there, [`Error::ReadOnly`](crate::Error::ReadOnly)
    /// when the role may make no tables, otherwise as [`open`](Self::open).
    pub fn create(place: &PostgresPlace) -> Result<Self> {
        let create = || {
            let own = place.clone();
            Driver::start()?.run(async move {
                let deadline = tokio::time::Instant::now() + Self::PATIENCE;
                let connect = || link::connect(&own, Self::PATIENCE, Deaf);
                let client = link::patiently(deadline, connect).await?;
                schema::create(&client, &own).await
            })
        };
        create().map_err(|trouble: Trouble| trouble.at(place))?;
        Self::open(place)
    }

    /// Opens the store, or creates it where none is.
    ///
    /// # Errors
    /// Those of [`open`](Self::open) and [`create`](Self::create), but neither
    /// [`Error::Missing`](crate::Error::Missing) nor [`Error::Exists`](crate::Error::Exists).
    pub fn open_or_create(place: &PostgresPlace) -> Result<Self> {
        match Self::open(place) {
            Err(crate::Error::Missing { .. }) => match Self::create(place) {
                // Another process created it in between.
                Err(crate::Error::Exists { .. }) => Self::open(place),
                other => other,
            },
            other => other,
        }
    }

    fn reading<T, F, Done>(&self, read: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(Arc<Link>) -> Done + Send + Sync + 'static,
        Done: Future<Output = core::result::Result<T, Trouble>> + Send,
    {
        let links = self.parts.links.clone();
        self.driver.run(async move { links.with(read).await }).map_err(|trouble| self.error(trouble))
    }

    fn error(&self, trouble: Trouble) -> crate::Error {
        trouble.at(&self.parts.links.place)
    }
}

impl fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresStore").field("place", &self.parts.links.place).finish_non_exhaustive()
    }
}

impl ObjectStore for PostgresStore {
    fn find(&self, label: &Label) -> Result<Option<ObjectId>> {
        let label = *label;
        self.reading(move |link| async move { read::find(&link, &label).await })
    }

    fn value(&self, id: ObjectId) -> Result<Option<Value>> {
        self.reading(move |link| async move { read::value(&link, id).await })
    }

    fn apply(&self, batch: &[Change<'_>]) -> Result<Stamp> {
        if batch.is_empty() {
            return self.stamp();
        }
        let own = Batch::of(batch).map_err(|trouble| self.error(trouble))?;
        let (links, watch) = (self.parts.links.clone(), self.parts.watch.clone());
        self.driver
            .run(async move { write::apply(&links, &watch, &own).await })
            .map_err(|trouble| self.error(trouble))
    }

    fn scan(&self, since: Stamp, each: &mut dyn FnMut(Record<'_>)) -> Result<Scan> {
        let (tell, rows) = mpsc::channel();
        let (end, ended) = mpsc::sync_channel(1);
        let links = self.parts.links.clone();
        self.driver.begin(async move {
            let outcome = links.scan(since, tell).await;
            let _ = end.send(outcome);
        });
        for row in rows {
            read::show(&row, each).map_err(|trouble| self.error(trouble))?;
        }
        ended.recv().unwrap_or(Err(Trouble::Late)).map_err(|trouble| self.error(trouble))
    }

    fn place(&self) -> String {
        self.parts.links.place.name()
    }

    fn stamp(&self) -> Result<Stamp> {
        let Parts { links, watch } = &self.parts;
        watch.stamp(&self.driver, links).map_err(|trouble| self.error(trouble))
    }
}
