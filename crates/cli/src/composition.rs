//! The one place where a token of the command line is put together: a SQLite store, or one in a database where the
//! command is built for it, the host's randomness and the `ring` engine. No command names any of them.

#[cfg(feature = "postgres")]
mod database;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use portcullis_engine::RingEngine;
use portcullis_entropy::{RandomPool, Seed, SeedRecord};
use portcullis_pal::{Aside, Change, Label, LateStore, MemoryStore, ObjectStore, SqliteStore};
use portcullis_token::{Device, Engine, KeyDerivation, Parts, Token};
use zeroize::Zeroizing;

use crate::error::Result;

/// The file of the token's store in its folder.
const STORE: &str = "token.db";

/// The file of the random generator's seed record, apart from the token's, so that drawing randomness never changes
/// the token. It is made at the first draw.
const SEED: &str = "seed.db";

/// The file of a device's counter and secret in their folder.
const ASIDE: &str = "aside.db";

/// Tells machines that are copies of one image apart (`machine-id(5)`).
const MACHINE_ID: &str = "/etc/machine-id";

/// A token with what it is made of.
pub(crate) struct Composition {
    pub(crate) token: Token,
    pub(crate) store: Arc<dyn ObjectStore>,
    /// Its store, when that is a file.
    pub(crate) file: Option<Arc<SqliteStore>>,
    pub(crate) random: Arc<RandomPool>,
    pub(crate) engine: Arc<dyn Engine>,
}

/// Where a token is.
pub(crate) enum Place {
    /// In a folder.
    Folder(PathBuf),
    /// In a database; what is this machine's own is in a folder.
    Database { address: String, own: PathBuf },
}

impl Place {
    /// Whether what was named is in a database.
    pub(crate) fn is_address(store: &str) -> bool {
        store.starts_with("postgresql://") || store.starts_with("postgres://")
    }

    /// For messages; without a password that an address has.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Folder(folder) => folder.display().to_string(),
            #[cfg(feature = "postgres")]
            Self::Database { address, .. } => portcullis_pal::PostgresPlace::parse(address)
                .map_or_else(|_| String::new(), |place| place.name()),
            #[cfg(not(feature = "postgres"))]
            Self::Database { .. } => String::new(),
        }
    }
}

impl Composition {
    /// Opens the token at a place.
    pub(crate) fn open(place: &Place, device: Device) -> Result<Self> {
        match place {
            Place::Folder(folder) => Self::in_folder(SqliteStore::open(folder.join(STORE))?, folder, device),
            Place::Database { address, own } => Self::in_database(address, own, device, false),
        }
    }

    /// Opens the token at a place, or makes an uninitialised one there.
    pub(crate) fn open_or_create(place: &Place, device: Device) -> Result<Self> {
        match place {
            Place::Folder(folder) => {
                Self::in_folder(SqliteStore::open_or_create(folder.join(STORE))?, folder, device)
            }
            Place::Database { address, own } => Self::in_database(address, own, device, true),
        }
    }

    fn in_folder(store: SqliteStore, folder: &Path, device: Device) -> Result<Self> {
        let store = Arc::new(store);
        Self::over(store.clone(), Some(store), Arc::new(random(folder)), device)
    }

    #[cfg(feature = "postgres")]
    fn in_database(address: &str, own: &Path, device: Device, may_create: bool) -> Result<Self> {
        let random = Arc::new(random(own));
        let store = database::open(address, own, random.clone(), may_create)?;
        Self::over(Arc::new(store), None, random, device)
    }

    #[cfg(not(feature = "postgres"))]
    fn in_database(_: &str, _: &Path, _: Device, _: bool) -> Result<Self> {
        let why = "this command is built without the feature `postgres`".to_owned();
        Err(portcullis_pal::Error::Address { why }.into())
    }

    fn over(
        store: Arc<dyn ObjectStore>,
        file: Option<Arc<SqliteStore>>,
        random: Arc<RandomPool>,
        device: Device,
    ) -> Result<Self> {
        let engine: Arc<dyn Engine> = Arc::new(RingEngine);
        let token = Token::open(Parts {
            store: store.clone(),
            engine: engine.clone(),
            random: random.clone(),
            key_derivation: KeyDerivation::STANDARD,
            device,
        })?;
        Ok(Self { token, store, file, random, engine })
    }
}

/// The counter and the secret that lie in a folder, once a token has been initialised with them.
pub(crate) fn device(aside: &Path) -> Device {
    let aside = Arc::new(Aside::new(LateStore::at(aside.join(ASIDE))));
    Device { counter: Some(aside.clone()), secret: Some(aside) }
}

/// The store of the counter and the secret in a folder.
pub(crate) fn aside(folder: &Path) -> Result<SqliteStore> {
    Ok(SqliteStore::open(folder.join(ASIDE))?)
}

/// The host's randomness, with its seed record beside the token's store. It starts at its first use.
fn random(folder: &Path) -> RandomPool {
    let device = std::fs::read(MACHINE_ID).unwrap_or_default();
    let record = SeedRecord::new(Arc::new(LateStore::at(folder.join(SEED))), device.trim_ascii_end());
    RandomPool::host(Seed::Kept(record))
}

/// The host's randomness without a seed record, for looking at its sources where there is no token.
pub(crate) fn unkept_random() -> RandomPool {
    RandomPool::host(Seed::NotKept)
}

/// A token in main memory made of these records, and its store.
pub(crate) fn in_memory(
    records: &[(Label, Zeroizing<Vec<u8>>)],
    device: Device,
) -> Result<(Token, MemoryStore)> {
    let store = MemoryStore::new();
    let changes: Vec<_> = records.iter().map(|(label, value)| Change::save(*label, value)).collect();
    store.apply(&changes)?;
    let (engine, random) = (Arc::new(RingEngine), Arc::new(unkept_random()));
    let parts = Parts {
        store: Arc::new(store.clone()),
        engine,
        random,
        key_derivation: KeyDerivation::STANDARD,
        device,
    };
    Ok((Token::open(parts)?, store))
}
