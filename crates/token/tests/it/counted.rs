//! What a client's authentication costs, counted and not timed: which calls its store gets, and how often its key is
//! parsed, whatever else the token holds. That an object is opened once is tested beside the vault, and what a search
//! looks at beside the catalog.

use std::ops::RangeInclusive;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use portcullis_engine::RingEngine;
use portcullis_entropy::Random;
use portcullis_pal::{Change, Label, MemoryStore, ObjectId, ObjectStore, Record, Scan, Stamp, Value};
use portcullis_token::engine::{KeyLoader, LoadedKey, Signing};
use portcullis_token::{
    AttributeType, Curve, Engine, EngineError, KeyMaterial, KeyType, Mechanism, MechanismType, ObjectClass,
    Parameters, Parts, SessionAccess, Template, Token, UserType,
};

use crate::common::{USER_PIN, generate, on_token, parts, secret_key, set_up, user_session};

const ECDSA: MechanismType = MechanismType::ECDSA_SHA256;

/// A store that counts what it is asked for.
#[derive(Default)]
struct CountingStore {
    store: MemoryStore,
    stamps: AtomicUsize,
    others: AtomicUsize,
}

impl CountingStore {
    /// How often the stamp was asked for since the last time, and how often anything else.
    fn take(&self) -> (usize, usize) {
        (self.stamps.swap(0, Ordering::Relaxed), self.others.swap(0, Ordering::Relaxed))
    }

    fn other(&self) -> &MemoryStore {
        self.others.fetch_add(1, Ordering::Relaxed);
        &self.store
    }
}

impl ObjectStore for CountingStore {
    fn find(&self, label: &Label) -> portcullis_pal::Result<Option<ObjectId>> {
        self.other().find(label)
    }

    fn value(&self, id: ObjectId) -> portcullis_pal::Result<Option<Value>> {
        self.other().value(id)
    }

    fn apply(&self, batch: &[Change<'_>]) -> portcullis_pal::Result<Stamp> {
        self.other().apply(batch)
    }

    fn scan(&self, since: Stamp, each: &mut dyn FnMut(Record<'_>)) -> portcullis_pal::Result<Scan> {
        self.other().scan(since, each)
    }

    fn stamp(&self) -> portcullis_pal::Result<Stamp> {
        self.stamps.fetch_add(1, Ordering::Relaxed);
        self.store.stamp()
    }
}

/// The ring engine's signatures, by keys that are counted when they are parsed.
struct Counting {
    mechanisms: Vec<&'static dyn Mechanism>,
    loader: &'static Loader,
}

struct Signer {
    mechanism: &'static dyn Mechanism,
    signing: &'static dyn Signing,
    loader: &'static Loader,
}

struct Loader {
    loader: &'static dyn KeyLoader,
    loads: AtomicUsize,
}

impl Counting {
    fn new() -> Self {
        let all = RingEngine.mechanisms();
        let mechanism = *all.iter().find(|mechanism| mechanism.id() == ECDSA).unwrap();
        let signing = mechanism.signing().unwrap();
        let loader: &'static Loader =
            Box::leak(Box::new(Loader { loader: signing.loader(), loads: AtomicUsize::new(0) }));
        let signer: &'static Signer = Box::leak(Box::new(Signer { mechanism, signing, loader }));
        let others = all.iter().copied().filter(|other| other.id() != ECDSA);
        Self { mechanisms: others.chain([signer as &dyn Mechanism]).collect(), loader }
    }
}

impl Engine for Counting {
    fn mechanisms(&self) -> &[&'static dyn Mechanism] {
        &self.mechanisms
    }

    fn public_key(&self, private: &KeyMaterial) -> Result<KeyMaterial, EngineError> {
        RingEngine.public_key(private)
    }
}

impl Mechanism for Signer {
    fn id(&self) -> MechanismType {
        ECDSA
    }

    fn key_sizes(&self) -> RangeInclusive<u32> {
        self.mechanism.key_sizes()
    }

    fn key_types(&self) -> &'static [KeyType] {
        self.mechanism.key_types()
    }

    fn signing(&'static self) -> Option<&'static dyn Signing> {
        Some(self)
    }
}

impl Signing for Signer {
    fn loader(&self) -> &'static dyn KeyLoader {
        self.loader
    }

    fn signature_len(&self, key: &LoadedKey, parameters: &Parameters) -> Result<usize, EngineError> {
        self.signing.signature_len(key, parameters)
    }

    fn sign(
        &self,
        key: &LoadedKey,
        parameters: &Parameters,
        message: &[u8],
        random: &dyn Random,
    ) -> Result<Vec<u8>, EngineError> {
        self.signing.sign(key, parameters, message, random)
    }
}

impl KeyLoader for Loader {
    fn name(&self) -> &'static str {
        "test.counting"
    }

    fn load(&self, key: &KeyMaterial) -> Result<LoadedKey, EngineError> {
        self.loads.fetch_add(1, Ordering::Relaxed);
        self.loader.load(key)
    }
}

/// Opens a session, finds the key by its label, reads its type, signs, and closes the session.
fn authenticate(token: &Token) {
    let session = token.open_session(SessionAccess::ReadOnly).unwrap();
    let wanted = Template::of(ObjectClass::PrivateKey).with(AttributeType::Label, "device");
    session.find_init(&wanted).unwrap();
    let key = *session.find(1).unwrap().first().unwrap();
    session.find_final().unwrap();
    session.attribute(key, AttributeType::KeyType).unwrap();
    session.sign_init(ECDSA, key).unwrap();
    session.sign(b"message").unwrap();
}

#[test]
fn a_client_costs_one_look_at_the_stamp_and_parses_its_key_once() {
    const TIMES: usize = 5;
    for others in [0, 50] {
        let (store, engine) = (Arc::new(CountingStore::default()), Arc::new(Counting::new()));
        let loader = engine.loader;
        let token = Token::open(Parts { engine, ..parts(store.clone()) }).unwrap();
        set_up(&token);
        let session = user_session(&token);
        generate(&session, Curve::P256, "device");
        for other in 0..others {
            let label = format!("other {other}");
            session.create_object(secret_key(b"key", &label).with(AttributeType::Token, true)).unwrap();
        }
        store.take();
        (0..TIMES).for_each(|_| authenticate(&token));
        assert_eq!(store.take(), (TIMES, 0), "beside {others} others");
        assert_eq!(loader.loads.load(Ordering::Relaxed), 1, "beside {others} others");

        // What a logout has dropped is parsed once more, and no more.
        session.logout().unwrap();
        session.login(UserType::User, USER_PIN).unwrap();
        store.take();
        (0..TIMES).for_each(|_| authenticate(&token));
        assert_eq!(store.take(), (TIMES, 0), "after a login");
        assert_eq!(loader.loads.load(Ordering::Relaxed), 2, "after a login");
    }
}

/// A change elsewhere is taken over by itself: the others are not read again.
#[test]
fn another_process_costs_one_scan_of_what_it_changed() {
    let store = Arc::new(CountingStore::default());
    let token = Token::open(parts(store.clone())).unwrap();
    set_up(&token);
    let session = user_session(&token);
    let theirs = user_session(&crate::common::open(&store.store));
    for other in 0..20 {
        session.create_object(crate::common::data(&format!("other {other}"), b"x")).unwrap();
    }
    theirs.create_object(crate::common::data("new", b"x")).unwrap();
    store.take();
    for _ in 0..3 {
        assert_eq!(session.find_objects(&on_token("new")).unwrap().len(), 1);
    }
    assert_eq!(store.take(), (3, 1));
}
