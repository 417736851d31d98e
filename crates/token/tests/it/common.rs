//! What every test here needs: tokens on stores that can be looked into, and keys.

use std::sync::{Arc, OnceLock};

use portcullis_engine::RingEngine;
use portcullis_entropy::{Random, RandomPool, Seed};
use portcullis_pal::{MemoryStore, ObjectStore, Stamp};
use portcullis_token::{
    AttributeType, Curve, Device, KeyDerivation, KeyType, MechanismType, ObjectClass, ObjectHandle, Parts,
    Session, SessionAccess, Template, Token, UserType, formats,
};

pub(crate) const SO_PIN: &[u8] = b"so-12345678";
pub(crate) const USER_PIN: &[u8] = b"1234";

/// One generator for the whole test process.
pub(crate) fn random() -> Arc<dyn Random> {
    static POOL: OnceLock<Arc<RandomPool>> = OnceLock::new();
    POOL.get_or_init(|| Arc::new(RandomPool::host(Seed::NotKept))).clone()
}

pub(crate) fn parts(store: Arc<dyn ObjectStore>) -> Parts {
    Parts {
        store,
        engine: Arc::new(RingEngine),
        random: random(),
        key_derivation: KeyDerivation::MINIMUM,
        device: Device::default(),
    }
}

/// The token that a store holds.
pub(crate) fn open(store: &(impl ObjectStore + Clone + 'static)) -> Token {
    Token::open(parts(Arc::new(store.clone()))).unwrap()
}

/// An initialised token with a user PIN, on a store of its own.
pub(crate) fn new_token() -> (MemoryStore, Token) {
    let store = MemoryStore::new();
    let token = open(&store);
    set_up(&token);
    (store, token)
}

/// Initialises a token and sets its user PIN.
pub(crate) fn set_up(token: &Token) {
    token.init(SO_PIN, "test token").unwrap();
    let session = token.open_session(SessionAccess::ReadWrite).unwrap();
    session.login(UserType::So, SO_PIN).unwrap();
    session.init_pin(USER_PIN).unwrap();
}

/// A read-write session in which the user is logged in.
pub(crate) fn user_session(token: &Token) -> Session {
    let session = token.open_session(SessionAccess::ReadWrite).unwrap();
    session.login(UserType::User, USER_PIN).unwrap();
    session
}

/// Generates a key pair on the token.
pub(crate) fn generate(session: &Session, curve: Curve, label: &str) -> (ObjectHandle, ObjectHandle) {
    let mechanism = match curve {
        Curve::Ed25519 => MechanismType::EC_EDWARDS_KEY_PAIR_GEN,
        _ => MechanismType::EC_KEY_PAIR_GEN,
    };
    session.generate_key_pair(mechanism, public_template(curve, label), on_token(label)).unwrap()
}

pub(crate) fn public_template(curve: Curve, label: &str) -> Template {
    on_token(label).with(AttributeType::EcParams, formats::curve_params(curve))
}

pub(crate) fn on_token(label: &str) -> Template {
    Template::new().with(AttributeType::Token, true).with(AttributeType::Label, label)
}

/// A template for a secret key with this value.
pub(crate) fn secret_key(value: &[u8], label: &str) -> Template {
    Template::key(ObjectClass::SecretKey, KeyType::GenericSecret)
        .with(AttributeType::Label, label)
        .with(AttributeType::Value, value)
}

/// A data object that lives on the token.
pub(crate) fn data(label: &str, value: &[u8]) -> Template {
    Template::of(ObjectClass::Data)
        .with(AttributeType::Token, true)
        .with(AttributeType::Label, label)
        .with(AttributeType::Value, value)
}

/// The records of a store: labels and bytes.
pub(crate) type Records = Vec<(Vec<u8>, Vec<u8>)>;

/// Every record of a store.
pub(crate) fn records(store: &impl ObjectStore) -> Records {
    let mut all = Vec::new();
    store
        .scan(Stamp::START, &mut |record| {
            if let Some(value) = record.value {
                all.push((record.label.as_bytes().to_vec(), value.to_vec()));
            }
        })
        .unwrap();
    all
}

/// Whether `part` occurs in `whole`.
pub(crate) fn contains(whole: &[u8], part: &[u8]) -> bool {
    whole.windows(part.len()).any(|window| window == part)
}
