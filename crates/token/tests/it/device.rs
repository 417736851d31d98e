//! A device with a counter and a secret: an older copy of the whole store is told, and a stolen medium opens to no PIN.

use std::sync::Arc;

use portcullis_pal::testkit::FakeDevice;
use portcullis_pal::{Aside, DeviceSecret, MemoryStore, MonotonicCounter};
use portcullis_token::{Device, Error, Parts, Session, SessionAccess, Token, UserType};

use crate::common::{SO_PIN, USER_PIN, data, open, parts, records, set_up};
use crate::populated::{all_named, store_of, usable};

fn with_counter(device: &Arc<FakeDevice>) -> Device {
    Device { counter: Some(device.clone()), secret: None }
}

fn with_secret(device: &Arc<FakeDevice>) -> Device {
    Device { counter: None, secret: Some(device.clone()) }
}

fn on(device: Device, store: &MemoryStore) -> Token {
    Token::open(Parts { device, ..parts(Arc::new(store.clone())) }).unwrap()
}

fn log_in(token: &Token) -> Result<Session, Error> {
    let session = token.open_session(SessionAccess::ReadWrite).unwrap();
    session.login(UserType::User, USER_PIN)?;
    Ok(session)
}

fn new_token(device: Device) -> (MemoryStore, Token) {
    let store = MemoryStore::new();
    let token = on(device, &store);
    set_up(&token);
    (store, token)
}

#[test]
fn an_older_store_is_told_by_the_counter() {
    let device = Arc::new(FakeDevice::new(1));
    let (store, token) = new_token(with_counter(&device));
    let session = log_in(&token).unwrap();
    session.create_object(data("one", b"x")).unwrap();
    let older = records(&store);
    let counted = device.value().unwrap();
    session.create_object(data("two", b"x")).unwrap();
    assert_eq!(device.value().unwrap(), counted + 1);

    let refused = log_in(&on(with_counter(&device), &store_of(&older))).err().unwrap();
    let Error::StoreRolledBack { store: place, holds, counter } = refused else { panic!("{refused}") };
    assert_eq!((place.as_str(), holds, counter), ("memory", counted, counted + 1));
    // The newest one opens, and another process goes on from there.
    let other = on(with_counter(&device), &store);
    let session = log_in(&other).unwrap();
    session.create_object(data("three", b"x")).unwrap();
    assert!(all_named(&other).is_empty());
    // Without the device nothing would notice.
    assert!(matches!(log_in(&open(&store)), Err(Error::CounterMissing { .. })));
}

#[test]
fn a_store_one_ahead_of_the_counter_is_a_write_without_its_end() {
    let device = Arc::new(FakeDevice::new(1));
    let (store, token) = new_token(with_counter(&device));
    let session = log_in(&token).unwrap();
    device.stick(true);
    // It is durable, and the next one is refused.
    session.create_object(data("one", b"x")).unwrap();
    let before = records(&store);
    assert!(matches!(session.create_object(data("two", b"x")), Err(Error::Store(_))));
    assert_eq!(records(&store), before);
    device.stick(false);
    session.create_object(data("two", b"x")).unwrap();
    device.stick(true);
    session.create_object(data("three", b"x")).unwrap();
    drop(session);
    device.stick(false);
    let session = log_in(&on(with_counter(&device), &store)).unwrap();
    for label in ["one", "two", "three"] {
        assert!(usable(&session, label).unwrap());
    }
}

#[test]
fn a_counter_that_is_another_one_is_told() {
    let (device, other) = (Arc::new(FakeDevice::new(1)), Arc::new(FakeDevice::new(2)));
    let (store, _) = new_token(with_counter(&device));
    assert!(matches!(log_in(&on(with_counter(&other), &store)), Err(Error::CounterBehind { .. })));
    // Nor is a store that knows of no counter one that a counter has counted for.
    let (plain, token) = new_token(Device::default());
    drop(token);
    assert!(matches!(log_in(&on(with_counter(&device), &plain)), Err(Error::StoreRolledBack { .. })));
    // A fresh counter is taken over at the next write.
    let session = log_in(&on(with_counter(&other), &plain)).unwrap();
    session.create_object(data("one", b"x")).unwrap();
    assert_eq!(other.value().unwrap(), 1);
    assert!(matches!(log_in(&open(&plain)), Err(Error::CounterMissing { .. })));
}

#[test]
fn a_counter_goes_on_when_the_token_is_made_anew() {
    let device = Arc::new(FakeDevice::new(1));
    let (store, token) = new_token(with_counter(&device));
    let older = records(&store);
    token.init(SO_PIN, "anew").unwrap();
    set_up_user(&token);
    log_in(&token).unwrap();
    assert!(log_in(&on(with_counter(&device), &store_of(&older))).is_err());
}

#[test]
fn an_older_store_is_the_newest_for_who_says_so_with_a_pin() {
    let device = Arc::new(FakeDevice::new(1));
    let (store, token) = new_token(with_counter(&device));
    log_in(&token).unwrap().create_object(data("one", b"x")).unwrap();
    let older = store_of(&records(&store));
    log_in(&token).unwrap().create_object(data("two", b"x")).unwrap();
    drop(token);

    let restored = on(with_counter(&device), &older);
    assert!(matches!(log_in(&restored), Err(Error::StoreRolledBack { .. })));
    let wrong = restored.accept_as_newest(UserType::So, USER_PIN);
    assert!(matches!(wrong, Err(Error::PinIncorrect { .. })));
    assert!(matches!(log_in(&restored), Err(Error::StoreRolledBack { .. })));
    restored.accept_as_newest(UserType::So, SO_PIN).unwrap();
    let session = log_in(&restored).unwrap();
    assert!(usable(&session, "one").unwrap() && !usable(&session, "two").unwrap());
    session.create_object(data("three", b"x")).unwrap();
    // What was the newest before is an older store from then on.
    assert!(matches!(log_in(&on(with_counter(&device), &store)), Err(Error::StoreRolledBack { .. })));
    // So is a counter caught up with that was put back itself.
    let fresh = Arc::new(FakeDevice::new(1));
    let behind = on(with_counter(&fresh), &older);
    assert!(matches!(log_in(&behind), Err(Error::CounterBehind { .. })));
    behind.accept_as_newest(UserType::User, USER_PIN).unwrap();
    log_in(&behind).unwrap();
    // Without a counter there is nothing to say.
    let (plain, _) = new_token(Device::default());
    let before = records(&plain);
    open(&plain).accept_as_newest(UserType::User, USER_PIN).unwrap();
    assert_eq!(records(&plain), before);
}

fn set_up_user(token: &Token) {
    let session = token.open_session(SessionAccess::ReadWrite).unwrap();
    session.login(UserType::So, SO_PIN).unwrap();
    session.init_pin(USER_PIN).unwrap();
}

#[test]
fn a_stolen_medium_opens_to_no_pin() {
    let (device, other) = (Arc::new(FakeDevice::new(1)), Arc::new(FakeDevice::new(2)));
    let (store, token) = new_token(with_secret(&device));
    log_in(&token).unwrap().create_object(data("one", b"x")).unwrap();
    let stolen = open(&store);
    assert!(
        matches!(log_in(&stolen), Err(Error::DeviceSecretMissing { record, store }) if record == "pin-user" && store == "memory")
    );
    let elsewhere = on(with_secret(&other), &store);
    assert!(matches!(log_in(&elsewhere), Err(Error::DeviceSecretWrong { .. })));
    // Neither costs a try.
    assert_eq!(token.info().unwrap().user_pin.unwrap().tries_left, 10);
    assert!(usable(&log_in(&token).unwrap(), "one").unwrap());
}

#[test]
fn a_device_secret_is_mixed_in_at_the_next_login() {
    let device = Arc::new(FakeDevice::new(1));
    let (store, token) = new_token(Device::default());
    drop(log_in(&token).unwrap());
    drop(log_in(&on(with_secret(&device), &store)).unwrap());
    assert!(matches!(log_in(&open(&store)), Err(Error::DeviceSecretMissing { .. })));
    assert!(log_in(&on(with_secret(&device), &store)).is_ok());
    // The officer's is as it was until the officer comes.
    let session = open(&store).open_session(SessionAccess::ReadWrite).unwrap();
    session.login(UserType::So, SO_PIN).unwrap();
}

/// The same on a second medium, as a device without such hardware may have it.
#[test]
fn a_second_medium_is_a_counter_and_a_secret() {
    let aside = Arc::new(Aside::new(MemoryStore::new()));
    let device = || Device { counter: Some(aside.clone()), secret: Some(aside.clone()) };
    // A new token gives it its secret, and one that is made anew leaves it.
    let (store, token) = new_token(device());
    let secret = aside.secret().unwrap();
    token.init(SO_PIN, "anew").unwrap();
    set_up_user(&token);
    assert!(*aside.secret().unwrap() == *secret && *secret != [0; 32]);
    let older = records(&store);
    log_in(&token).unwrap().create_object(data("one", b"x")).unwrap();
    assert!(matches!(log_in(&on(device(), &store_of(&older))), Err(Error::StoreRolledBack { .. })));
    assert!(usable(&log_in(&on(device(), &store)).unwrap(), "one").unwrap());
    let empty = Arc::new(Aside::new(MemoryStore::new()));
    let gone = Device { counter: Some(empty.clone()), secret: Some(empty) };
    assert!(matches!(
        log_in(&on(gone, &store)),
        Err(Error::Store(portcullis_pal::Error::SecretMissing { .. }))
    ));
}
