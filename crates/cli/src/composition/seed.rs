//! Where the random generator's seed record lies: a store of its own, beside the token's, so that drawing
//! randomness never changes the token's file. It is made at the first draw and not before.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use portcullis_pal::{Change, Label, ObjectId, ObjectStore, Record, Result, Scan, SqliteStore, Stamp, Value};

/// The file of the seed record in the token's folder.
const STORE: &str = "seed.db";

/// A SQLite store that is opened at its first use.
pub(super) struct SeedStore {
    path: PathBuf,
    opened: OnceLock<SqliteStore>,
}

impl SeedStore {
    pub(super) fn in_folder(folder: &Path) -> Self {
        Self { path: folder.join(STORE), opened: OnceLock::new() }
    }

    fn opened(&self) -> Result<&SqliteStore> {
        match self.opened.get() {
            Some(store) => Ok(store),
            None => {
                let store = SqliteStore::open_or_create(&self.path)?;
                // Another thread may have been first; then this one is closed again.
                Ok(self.opened.get_or_init(|| store))
            }
        }
    }
}

impl ObjectStore for SeedStore {
    fn find(&self, label: &Label) -> Result<Option<ObjectId>> {
        self.opened()?.find(label)
    }

    fn value(&self, id: ObjectId) -> Result<Option<Value>> {
        self.opened()?.value(id)
    }

    fn apply(&self, batch: &[Change<'_>]) -> Result<Stamp> {
        self.opened()?.apply(batch)
    }

    fn scan(&self, since: Stamp, each: &mut dyn FnMut(Record<'_>)) -> Result<Scan> {
        self.opened()?.scan(since, each)
    }

    fn stamp(&self) -> Result<Stamp> {
        self.opened()?.stamp()
    }
}
