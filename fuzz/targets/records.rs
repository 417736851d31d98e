//! A token's store with records that were damaged, cut off, swapped or made up: opening and looking around never
//! panics, whatever the medium holds. One login lasts for all inputs: its derivation takes longer than all else together.

#![no_main]
#![forbid(unsafe_code)]

use std::sync::{Arc, LazyLock};

use libfuzzer_sys::fuzz_target;
use portcullis_engine::AwsLcEngine;
use portcullis_entropy::{RandomPool, Seed};
use portcullis_pal::{Change, Label, MemoryStore, ObjectStore, Stamp};
use portcullis_token::{
    AttributeType, Device, KeyDerivation, ObjectClass, Parts, Session, SessionAccess, Template, Token,
    UserType,
};

/// A token as it should be: in a store of its own, with a user who is logged in, and its records.
struct Sound {
    store: MemoryStore,
    token: Token,
    session: Session,
    records: Vec<(Label, Vec<u8>)>,
}

static SOUND: LazyLock<Sound> = LazyLock::new(|| {
    let store = MemoryStore::new();
    let token = open(store.clone()).expect("an empty store opens");
    token.init(b"officer-5678", "fuzzed").expect("a new token");
    let session = token.open_session(SessionAccess::ReadWrite).expect("a session");
    session.login(UserType::So, b"officer-5678").expect("the right PIN");
    session.init_pin(b"user-1234").expect("a new PIN");
    make_object(&session, false);
    session.logout().expect("a login ends");
    session.login(UserType::User, b"user-1234").expect("the right PIN");
    // So many that the ledger has a second page.
    for _ in 0..60 {
        make_object(&session, true);
    }
    let mut records = Vec::new();
    store
        .scan(Stamp::START, &mut |record| {
            records.extend(record.value.map(|value| (record.label, value.to_vec())))
        })
        .expect("memory can be read");
    Sound { store, token, session, records }
});

/// Its start takes longer than what is tried here.
static RANDOM: LazyLock<Arc<RandomPool>> = LazyLock::new(|| Arc::new(RandomPool::host(Seed::NotKept)));

fuzz_target!(|bytes: &[u8]| {
    let mut records = SOUND.records.clone();
    for change in bytes.chunks(6) {
        damage(&mut records, change);
    }
    let store = MemoryStore::new();
    for (label, value) in &records {
        store.apply(&[Change::save(*label, value)]).expect("memory takes everything");
    }
    if let Ok(token) = open(store) {
        let (_, _) = (token.info(), token.damage());
        if let Ok(session) = token.open_session(SessionAccess::ReadWrite) {
            look_around(&session);
        }
    }
    under_the_login(&records);
});

/// The same damage below a login that goes on, and then the records as they were. The header stays: with another one
/// there would be another token, and no login.
fn under_the_login(records: &[(Label, Vec<u8>)]) {
    let changed = records.iter().filter(|record| !SOUND.records.contains(record));
    let changed: Vec<_> = changed.filter(|(label, _)| label.as_bytes() != b"token").collect();
    for (label, value) in &changed {
        SOUND.store.apply(&[Change::save(*label, value)]).expect("memory takes everything");
    }
    let _ = SOUND.token.damage();
    look_around(&SOUND.session);
    for (label, _) in &changed {
        SOUND.store.apply(&[Change::destroy(*label)]).expect("memory takes everything");
    }
    for (label, value) in &SOUND.records {
        if changed.iter().any(|(changed, _)| changed == label) {
            SOUND.store.apply(&[Change::save(*label, value)]).expect("memory takes everything");
        }
    }
    assert!(SOUND.token.damage().expect("memory can be read").is_empty(), "what is as it was is sound");
}

fn look_around(session: &Session) {
    for object in session.find_objects(&Template::new()).unwrap_or_default() {
        let _ = session.attribute(object, AttributeType::Label);
        let _ = session.object_size(object);
    }
}

fn open(store: MemoryStore) -> portcullis_token::Result<Token> {
    Token::open(Parts {
        store: Arc::new(store),
        engine: Arc::new(AwsLcEngine),
        random: RANDOM.clone(),
        key_derivation: KeyDerivation::MINIMUM,
        device: Device::default(),
    })
}

fn make_object(session: &Session, private: bool) {
    let template = Template::new()
        .with(AttributeType::Class, ObjectClass::Data.code())
        .with(AttributeType::Token, true)
        .with(AttributeType::Private, private)
        .with(AttributeType::Label, b"an object".to_vec());
    session.create_object(template).expect("a data object");
}

/// One change: which record, what to do, where, and with which byte.
fn damage(records: &mut Vec<(Label, Vec<u8>)>, change: &[u8]) {
    let byte = |index: usize| usize::from(change.get(index).copied().unwrap_or_default());
    let which = byte(0) % records.len();
    let place = byte(2) | byte(3) << 8;
    let Some((label, value)) = records.get_mut(which) else { return };
    let at = place % value.len().max(1);
    match byte(1) % 6 {
        0 => value.truncate(at),
        1 => value.extend(std::iter::repeat_n(byte(4) as u8, byte(5))),
        2 => value.insert(at, byte(4) as u8),
        3 => *label = Label::new(change).expect("it is short"),
        4 => {
            let other = byte(4) % records.len();
            let copied = records.get(other).map(|(_, value)| value.clone());
            if let (Some((_, value)), Some(copied)) = (records.get_mut(which), copied) {
                *value = copied;
            }
        }
        _ => {
            if let Some(damaged) = value.get_mut(at) {
                *damaged = byte(4) as u8;
            }
        }
    }
}
