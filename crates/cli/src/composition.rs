//! The one place where a token of the command line is put together: a SQLite store, the host's randomness
//! and the `ring` engine. No command names any of them.

use std::path::Path;
use std::sync::Arc;

use portcullis_engine::RingEngine;
use portcullis_entropy::{RandomPool, Seed, SeedRecord};
use portcullis_pal::{Change, Label, LateStore, MemoryStore, ObjectStore, SqliteStore};
use portcullis_token::{Device, Engine, KeyDerivation, Parts, Token};
use zeroize::Zeroizing;

use crate::error::Result;

/// The file of the token's store in its folder.
const STORE: &str = "token.db";

/// The file of the random generator's seed record, apart from the token's, so that drawing randomness never changes
/// the token. It is made at the first draw.
const SEED: &str = "seed.db";

/// Tells machines that are copies of one image apart (`machine-id(5)`).
const MACHINE_ID: &str = "/etc/machine-id";

/// A token with what it is made of.
pub(crate) struct Composition {
    pub(crate) token: Token,
    pub(crate) store: Arc<SqliteStore>,
    pub(crate) random: Arc<RandomPool>,
    pub(crate) engine: Arc<dyn Engine>,
}

impl Composition {
    /// Opens the token in a folder.
    pub(crate) fn open(folder: &Path) -> Result<Self> {
        let store = SqliteStore::open(folder.join(STORE))?;
        Self::over(store, folder)
    }

    /// Opens the token in a folder, or makes the folder with an uninitialised token in it.
    pub(crate) fn open_or_create(folder: &Path) -> Result<Self> {
        let store = SqliteStore::open_or_create(folder.join(STORE))?;
        Self::over(store, folder)
    }

    fn over(store: SqliteStore, folder: &Path) -> Result<Self> {
        let store = Arc::new(store);
        let random = Arc::new(random(folder));
        let engine: Arc<dyn Engine> = Arc::new(RingEngine);
        let token = Token::open(Parts {
            store: store.clone(),
            engine: engine.clone(),
            random: random.clone(),
            key_derivation: KeyDerivation::STANDARD,
            device: Device::default(),
        })?;
        Ok(Self { token, store, random, engine })
    }
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

/// A token in main memory made of these records, to see what they hold.
pub(crate) fn in_memory(records: &[(Label, Zeroizing<Vec<u8>>)]) -> Result<Token> {
    let store = MemoryStore::new();
    let changes: Vec<_> = records.iter().map(|(label, value)| Change::save(*label, value)).collect();
    store.apply(&changes)?;
    let (engine, random) = (Arc::new(RingEngine), Arc::new(unkept_random()));
    let parts = Parts {
        store: Arc::new(store),
        engine,
        random,
        key_derivation: KeyDerivation::STANDARD,
        device: Device::default(),
    };
    Ok(Token::open(parts)?)
}
