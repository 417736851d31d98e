//! PINs, logins, and what a logout takes away.

use std::sync::{Arc, Barrier};
use std::thread;

use portcullis_pal::testkit::FailingStore;
use portcullis_pal::{Error as StoreError, MemoryStore};
use portcullis_token::{
    AttributeType, Curve, Error, MechanismType, ObjectClass, Output, Result, Session, SessionAccess,
    Template, Token, UserType,
};

use crate::common::{
    SO_PIN, USER_PIN, data, generate, new_token, open, parts, public_template, records, set_up, user_session,
};

#[test]
fn a_wrong_pin_is_counted_before_it_is_checked() {
    let store = Arc::new(FailingStore::new(MemoryStore::new()));
    let token = Token::open(parts(store.clone())).unwrap();
    set_up(&token);
    let session = token.open_session(SessionAccess::ReadWrite).unwrap();
    // The counter can't be written, so the PIN is not even looked at: no try without a count.
    store.fail_writes(|| StoreError::Full { place: "test".into() });
    assert!(matches!(session.login(UserType::User, USER_PIN), Err(Error::Store(StoreError::Full { .. }))));
    store.heal();
    session.login(UserType::User, USER_PIN).unwrap();
}

#[test]
fn ten_wrong_pins_lock_the_pin_until_the_security_officer_sets_a_new_one() {
    let (store, token) = new_token();
    let session = token.open_session(SessionAccess::ReadWrite).unwrap();
    for left in (0..10).rev() {
        let Err(Error::PinIncorrect { tries_left }) = session.login(UserType::User, b"wrong") else {
            panic!("a wrong PIN was accepted");
        };
        assert_eq!(tries_left, left);
    }
    assert!(matches!(session.login(UserType::User, USER_PIN), Err(Error::PinLocked)));
    drop(session);
    // Starting anew changes nothing.
    let token = open(&store);
    assert_eq!(token.info().unwrap().user_pin.unwrap().tries_left, 0);
    let session = token.open_session(SessionAccess::ReadWrite).unwrap();
    assert!(matches!(session.login(UserType::User, USER_PIN), Err(Error::PinLocked)));
    session.login(UserType::So, SO_PIN).unwrap();
    session.init_pin(b"new pin").unwrap();
    session.logout().unwrap();
    session.login(UserType::User, b"new pin").unwrap();
}

#[test]
fn a_right_pin_clears_the_count() {
    let (_, token) = new_token();
    let session = token.open_session(SessionAccess::ReadOnly).unwrap();
    assert!(session.login(UserType::User, b"wrong").is_err());
    assert!(token.info().unwrap().user_pin.unwrap().failed_before);
    session.login(UserType::User, USER_PIN).unwrap();
    assert_eq!(token.info().unwrap().user_pin.unwrap().tries_left, 10);
}

#[test]
fn a_pin_change_keeps_the_objects_and_ends_the_old_pin() {
    let (store, token) = new_token();
    let session = user_session(&token);
    session.create_object(data("kept", b"secret").with(AttributeType::Private, true)).unwrap();
    session.set_pin(USER_PIN, b"another").unwrap();
    assert!(matches!(session.set_pin(USER_PIN, b"third"), Err(Error::PinIncorrect { .. })));
    drop(session);
    let token = open(&store);
    let session = token.open_session(SessionAccess::ReadOnly).unwrap();
    assert!(matches!(session.login(UserType::User, USER_PIN), Err(Error::PinIncorrect { .. })));
    session.login(UserType::User, b"another").unwrap();
    let found = session.find_objects(&Template::new().with(AttributeType::Label, "kept")).unwrap();
    assert!(session.attribute(found[0], AttributeType::Value).is_ok());
}

#[test]
fn short_and_long_pins_are_refused_and_the_old_one_stays() {
    let (_, token) = new_token();
    let session = user_session(&token);
    for bad in [&b"123"[..], &[b'x'; 256]] {
        assert!(matches!(session.set_pin(USER_PIN, bad), Err(Error::PinLength { min: 4, max: 255 })));
    }
    session.logout().unwrap();
    session.login(UserType::User, USER_PIN).unwrap();
}

#[test]
fn logout_ends_handles_and_running_signatures() {
    let (_, token) = new_token();
    let session = user_session(&token);
    let (public, private) = generate(&session, Curve::P256, "key");
    session.sign_init(MechanismType::ECDSA_SHA256, private).unwrap();
    session.logout().unwrap();
    assert!(matches!(session.sign(b"message"), Err(Error::OperationNotInitialized)));
    session.login(UserType::User, USER_PIN).unwrap();
    assert!(matches!(session.sign(b"message"), Err(Error::OperationNotInitialized)));
    // The private key has a new handle, the public key keeps its own.
    assert!(matches!(session.sign_init(MechanismType::ECDSA_SHA256, private), Err(Error::KeyHandleInvalid)));
    session.verify_init(MechanismType::ECDSA_SHA256, public).unwrap();
    let again = session.find_objects(&Template::of(ObjectClass::PrivateKey)).unwrap();
    assert_eq!(again.len(), 1);
    assert_ne!(again[0], private);
    session.sign_init(MechanismType::ECDSA_SHA256, again[0]).unwrap();
}

#[test]
fn the_security_officer_does_not_see_the_users_objects() {
    let (_, token) = new_token();
    {
        let session = user_session(&token);
        generate(&session, Curve::P256, "key");
    }
    let session = token.open_session(SessionAccess::ReadWrite).unwrap();
    session.login(UserType::So, SO_PIN).unwrap();
    assert!(session.find_objects(&Template::of(ObjectClass::PrivateKey)).unwrap().is_empty());
    assert_eq!(session.find_objects(&Template::of(ObjectClass::PublicKey)).unwrap().len(), 1);
    assert!(matches!(
        session.create_object(data("mine", b"x").with(AttributeType::Private, true)),
        Err(Error::UserNotLoggedIn)
    ));
}

#[test]
fn only_one_kind_of_user_is_logged_in_at_a_time() {
    let (_, token) = new_token();
    let session = user_session(&token);
    assert!(matches!(session.login(UserType::User, USER_PIN), Err(Error::UserAlreadyLoggedIn)));
    assert!(matches!(session.login(UserType::So, SO_PIN), Err(Error::UserAnotherAlreadyLoggedIn)));
    session.logout().unwrap();
    assert!(matches!(session.logout(), Err(Error::UserNotLoggedIn)));
    let read_only = token.open_session(SessionAccess::ReadOnly).unwrap();
    assert!(matches!(session.login(UserType::So, SO_PIN), Err(Error::SessionReadOnlyExists)));
    drop(read_only);
    session.login(UserType::So, SO_PIN).unwrap();
    assert!(matches!(token.open_session(SessionAccess::ReadOnly), Err(Error::SessionReadWriteSoExists)));
}

#[test]
fn closing_the_last_session_logs_out() {
    let (_, token) = new_token();
    let first = user_session(&token);
    let second = token.open_session(SessionAccess::ReadOnly).unwrap();
    drop(first);
    assert_eq!(second.info().unwrap().login, portcullis_token::Login::User);
    drop(second);
    let third = token.open_session(SessionAccess::ReadOnly).unwrap();
    assert_eq!(third.info().unwrap().login, portcullis_token::Login::Public);
}

#[test]
fn initialising_again_needs_the_pin_and_leaves_nothing() {
    let (store, token) = new_token();
    {
        let session = user_session(&token);
        session.create_object(data("old", b"x")).unwrap();
        assert!(matches!(token.init(SO_PIN, "new"), Err(Error::SessionExists)));
    }
    let before = records(&store);
    assert!(matches!(token.init(b"not the pin", "new"), Err(Error::PinIncorrect { .. })));
    assert_eq!(records(&store).len(), before.len());
    let old = token.info().unwrap();
    token.init(SO_PIN, "new").unwrap();
    let info = token.info().unwrap();
    assert_eq!(info.label, "new");
    assert_ne!(info.serial, old.serial);
    assert!(info.user_pin.is_none());
    let session = token.open_session(SessionAccess::ReadWrite).unwrap();
    assert!(session.find_objects(&Template::new()).unwrap().is_empty());
    assert!(matches!(session.login(UserType::User, USER_PIN), Err(Error::UserPinNotInitialized)));
}

#[test]
fn an_empty_store_is_a_token_to_be_initialised() {
    let token = open(&MemoryStore::new());
    assert!(!token.info().unwrap().initialized);
    assert!(matches!(token.open_session(SessionAccess::ReadOnly), Err(Error::TokenNotInitialized)));
    assert!(matches!(token.init(b"abc", "short pin"), Err(Error::PinLength { .. })));
    assert!(matches!(token.init(SO_PIN, &"x".repeat(33)), Err(Error::TokenLabelLength)));
    assert!(!token.info().unwrap().initialized);
}

#[test]
fn a_key_that_always_authenticates_signs_once_a_pin() {
    let (_, token) = new_token();
    let session = user_session(&token);
    let private = Template::new().with(AttributeType::AlwaysAuthenticate, true);
    let public = public_template(Curve::P256, "careful");
    let (_, key) = session.generate_key_pair(MechanismType::EC_KEY_PAIR_GEN, public, private).unwrap();
    assert!(matches!(session.authenticate(USER_PIN), Err(Error::OperationNotInitialized)));
    session.sign_init(MechanismType::ECDSA_SHA256, key).unwrap();
    assert!(matches!(session.authenticate(b"wrong"), Err(Error::PinIncorrect { tries_left: 9 })));
    // A length can be asked for, and a wrong PIN be followed by the right one.
    assert_eq!(session.sign_into(b"message", Output::Length).unwrap(), 64);
    session.authenticate(USER_PIN).unwrap();
    session.sign(b"message").unwrap();
    session.sign_init(MechanismType::ECDSA_SHA256, key).unwrap();
    // A logout ends the wait with everything else.
    session.logout().unwrap();
    assert!(matches!(session.authenticate(USER_PIN), Err(Error::OperationNotInitialized)));
}

#[test]
fn a_key_used_without_its_pin_ends_the_signature() {
    let (_, token) = new_token();
    let session = user_session(&token);
    let private = Template::new().with(AttributeType::AlwaysAuthenticate, true);
    let public = public_template(Curve::P256, "careful");
    let (_, key) = session.generate_key_pair(MechanismType::EC_KEY_PAIR_GEN, public, private).unwrap();
    let uses: [fn(&Session) -> Result<()>; 3] = [
        |session| session.sign(b"message").map(drop),
        |session| session.sign_update(b"message"),
        |session| session.sign_final().map(drop),
    ];
    for sign in uses {
        session.sign_init(MechanismType::ECDSA_SHA256, key).unwrap();
        assert!(matches!(sign(&session), Err(Error::UserNotLoggedIn)));
        assert!(matches!(session.authenticate(USER_PIN), Err(Error::OperationNotInitialized)));
        assert!(matches!(sign(&session), Err(Error::OperationNotInitialized)));
    }
}

#[test]
fn many_right_pins_at_once_do_not_lock_the_pin() {
    const THREADS: usize = 16;
    let (_, token) = new_token();
    let start = Barrier::new(THREADS);
    let try_pin = || {
        let session = token.open_session(SessionAccess::ReadOnly).unwrap();
        start.wait();
        let outcome = session.login(UserType::User, USER_PIN);
        // No session closes before all have tried, as the last one to close logs out.
        start.wait();
        outcome.map_or_else(|error| matches!(error, Error::UserAlreadyLoggedIn), |()| true)
    };
    let all_in = thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(try_pin)).collect();
        threads.into_iter().all(|thread| thread.join().unwrap())
    });
    assert!(all_in);
    assert_eq!(token.info().unwrap().user_pin.unwrap().tries_left, 10);
}
