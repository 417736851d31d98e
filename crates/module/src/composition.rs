//! The one place where the module's tokens are put together: SQLite stores, or one in a database where the library is
//! built for it, the host's randomness and the `aws_lc` engine, which can sign a digest made elsewhere as OpenSSL, GnuTLS
//! and OpenSSH ask. Nothing else here names any of them.

mod database;
#[allow(unsafe_code)]
mod fork;
mod gated;
mod vacant;

use std::path::Path;
use std::sync::Arc;

use portcullis_engine::{AwsLcEngine, ShortRsaEngine};
use portcullis_entropy::{RandomPool, Seed, SeedRecord};
use portcullis_pal::{Aside, ObjectStore};
use portcullis_token::{Device, Engine, KeyDerivation, Parts, Result, Token};

use crate::config::SlotConfig;

pub(crate) use database::is_address;
use gated::GatedStore;
pub(crate) use vacant::VacantStore;

/// Closes the stores of all tokens until they are used next.
pub(crate) use fork::close_stores;

/// Tells a process from the one that it was forked from.
pub(crate) use portcullis_entropy::process_era;

/// The file of a token's store in its folder.
pub(crate) const STORE: &str = "token.db";

/// The file of the random generator's seed record, apart from the token's, so that drawing randomness never changes
/// the token.
const SEED: &str = "seed.db";

/// The file of a device's counter and secret in their folder.
const ASIDE: &str = "aside.db";

/// Tells machines that are copies of one image apart (`machine-id(5)`).
const MACHINE_ID: &str = "/etc/machine-id";

/// What computes for a token; with `short_rsa` it also makes RSA keys that are too short for new uses.
pub(crate) fn engine(short_rsa: bool) -> Arc<dyn Engine> {
    if short_rsa { Arc::new(ShortRsaEngine) } else { Arc::new(AwsLcEngine) }
}

/// The token in a folder; no folder yet is a token to be initialised.
pub(crate) fn open(folder: &Path, engine: Arc<dyn Engine>, aside: Option<&Path>) -> Result<Token> {
    over(Arc::new(GatedStore::at(folder.join(STORE))), engine, random(folder), device(aside))
}

/// The token in a database that a slot is configured with; no tables yet are a token to be initialised. The seed record
/// is the machine's own.
#[cfg(feature = "postgres")]
pub(crate) fn open_in_database(slot: &SlotConfig, seed_folder: &Path) -> Result<Token> {
    let random = random(seed_folder);
    let place = database::place(&slot.store, slot.ca.as_deref(), random.clone(), seed_folder)?;
    if place.needs_tls() {
        // A handshake draws on a thread of its own, within a call that has passed the gate for forks. The generator's
        // first start, which uses a store, would pass it again there: for ever, if another thread is about to fork.
        random.start()?;
    }
    let store = GatedStore::over(portcullis_pal::LateStore::in_database(place));
    over(Arc::new(store), engine(slot.short_rsa), random, device(slot.aside.as_deref()))
}

/// The token in the machine's own folder, whose key opens the way to a database. Connecting is part of a call that has
/// passed the gate for forks already, and waits there for another thread; so this store is closed at a fork like all
/// others, and must not wait for the gate itself.
#[cfg(feature = "postgres")]
fn open_machine(folder: &Path, random: Arc<RandomPool>) -> Result<Token> {
    let store = Arc::new(portcullis_pal::LateStore::at(folder.join(STORE)));
    fork::watch(&store);
    over(store, engine(false), random, Device::default())
}

/// What is said of a token in a database where the library can't reach one.
#[cfg(not(feature = "postgres"))]
pub(crate) fn open_in_database(_: &SlotConfig, _: &Path) -> Result<Token> {
    let why = "this library is built without the feature `postgres`".to_owned();
    Err(portcullis_pal::Error::Address { why }.into())
}

/// A token to be initialised, in a store that is made then. Its seed record lies beside the stores: randomness is
/// drawn before the store has a place.
pub(crate) fn open_vacant(stores: &Path, store: Arc<VacantStore>) -> Result<Token> {
    over(store, engine(false), random(stores), Device::default())
}

/// The host's randomness, with its seed record in a folder.
fn random(seed_folder: &Path) -> Arc<RandomPool> {
    let device = std::fs::read(MACHINE_ID).unwrap_or_default();
    let seed = Arc::new(GatedStore::at(seed_folder.join(SEED)));
    Arc::new(RandomPool::host(Seed::Kept(SeedRecord::new(seed, device.trim_ascii_end()))))
}

/// The counter and the secret that lie in a folder, once a token has been initialised with them.
fn device(aside: Option<&Path>) -> Device {
    let Some(folder) = aside else { return Device::default() };
    let aside = Arc::new(Aside::new(GatedStore::at(folder.join(ASIDE))));
    Device { counter: Some(aside.clone()), secret: Some(aside) }
}

fn over(
    store: Arc<dyn ObjectStore>,
    engine: Arc<dyn Engine>,
    random: Arc<RandomPool>,
    device: Device,
) -> Result<Token> {
    Token::open(Parts { store, engine, random, key_derivation: KeyDerivation::STANDARD, device })
}
