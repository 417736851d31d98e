//! The tokens that are measured, and what is put into them.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use portcullis_engine::RingEngine;
use portcullis_entropy::{RandomPool, Seed};
use portcullis_pal::{Change, Label, ObjectId, ObjectStore, Record, Scan, SqliteStore, Stamp, Value};
use portcullis_token::{
    AttributeType, Device, KeyDerivation, KeyType, ObjectClass, Parts, Session, SessionAccess, Template,
    Token, UserType,
};

const SO_PIN: &[u8] = b"officer-5678";
const USER_PIN: &[u8] = b"user-1234";

/// Opens or makes a token in a SQLite file.
pub(crate) fn open(place: &Path, sync: Duration) -> Token {
    let store = Slow { store: SqliteStore::open_or_create(place).unwrap(), sync, disk: Mutex::new(()) };
    Token::open(Parts {
        store: Arc::new(store),
        engine: Arc::new(RingEngine),
        random: Arc::new(RandomPool::host(Seed::NotKept)),
        key_derivation: KeyDerivation::MINIMUM,
        device: Device::default(),
    })
    .unwrap()
}

/// A new token with both PINs.
pub(crate) fn new(place: &Path, sync: Duration) -> Token {
    let token = open(place, sync);
    init(&token);
    let session = token.open_session(SessionAccess::ReadWrite).unwrap();
    session.login(UserType::So, SO_PIN).unwrap();
    session.init_pin(USER_PIN).unwrap();
    drop(session);
    token
}

/// Initialises a token, or does so anew.
pub(crate) fn init(token: &Token) {
    token.init(SO_PIN, "bench").unwrap();
}

pub(crate) fn log_in(token: &Token) -> Session {
    let session = token.open_session(SessionAccess::ReadWrite).unwrap();
    session.login(UserType::User, USER_PIN).unwrap();
    session
}

/// A secret key, private as they are by default. Its record is sealed, and the ledger lists it.
pub(crate) fn key(name: &str) -> Template {
    Template::key(ObjectClass::SecretKey, KeyType::GenericSecret)
        .with(AttributeType::Token, true)
        .with(AttributeType::Label, name)
        .with(AttributeType::Id, name)
        .with(AttributeType::Value, [0x42; 32].as_slice())
}

/// As many bytes that anyone may read.
pub(crate) fn data(name: &str) -> Template {
    Template::of(ObjectClass::Data)
        .with(AttributeType::Token, true)
        .with(AttributeType::Private, false)
        .with(AttributeType::Label, name)
        .with(AttributeType::Value, [0x42; 32].as_slice())
}

/// How many batches were written.
static BATCHES: AtomicU64 = AtomicU64::new(0);

pub(crate) fn batches() -> u64 {
    BATCHES.load(Ordering::Relaxed)
}

/// A disk whose syncs take longer.
struct Slow {
    store: SqliteStore,
    sync: Duration,
    disk: Mutex<()>,
}

impl ObjectStore for Slow {
    fn find(&self, label: &Label) -> portcullis_pal::Result<Option<ObjectId>> {
        self.store.find(label)
    }

    fn value(&self, id: ObjectId) -> portcullis_pal::Result<Option<Value>> {
        self.store.value(id)
    }

    fn apply(&self, batch: &[Change<'_>]) -> portcullis_pal::Result<Stamp> {
        BATCHES.fetch_add(1, Ordering::Relaxed);
        if self.sync.is_zero() {
            return self.store.apply(batch);
        }
        let _turn = self.disk.lock().unwrap();
        let stamp = self.store.apply(batch)?;
        thread::sleep(self.sync);
        Ok(stamp)
    }

    fn scan(&self, since: Stamp, each: &mut dyn FnMut(Record<'_>)) -> portcullis_pal::Result<Scan> {
        self.store.scan(since, each)
    }

    fn stamp(&self) -> portcullis_pal::Result<Stamp> {
        self.store.stamp()
    }

    fn place(&self) -> String {
        self.store.place()
    }
}
