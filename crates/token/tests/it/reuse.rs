//! A key that a session uses again: what was found out about it counts only as long as it is true, and nothing of it
//! stays when it may not.

use std::any::Any;
use std::ops::RangeInclusive;
use std::sync::{Arc, Barrier, Mutex, Weak};
use std::thread;

use portcullis_engine::RingEngine;
use portcullis_entropy::Random;
use portcullis_pal::MemoryStore;
use portcullis_token::engine::{KeyLoader, LoadedKey, Signing};
use portcullis_token::{
    AttributeType, Curve, Engine, EngineError, Error, KeyMaterial, KeyType, Mechanism, MechanismType,
    ObjectClass, ObjectHandle, OperationKind, Parameters, Parts, Session, SessionAccess, Template, Token,
    UserType, Value,
};

use crate::common::{USER_PIN, generate, new_token, open, parts, secret_key, set_up, user_session};

const HMAC: MechanismType = MechanismType::SHA256_HMAC;

/// Whether a session may sign with a key now.
fn signs(session: &Session, key: ObjectHandle) -> Result<(), Error> {
    session.sign_init(HMAC, key)?;
    assert!(session.cancel(OperationKind::Sign).unwrap());
    Ok(())
}

#[test]
fn a_key_that_was_destroyed_elsewhere_signs_no_more() {
    let (store, token) = new_token();
    let session = user_session(&token);
    let other = token.open_session(SessionAccess::ReadWrite).unwrap();
    let on_token = |label: &str| secret_key(b"key", label).with(AttributeType::Token, true);
    let keys = ["one", "two"].map(|label| session.create_object(on_token(label)).unwrap());
    signs(&session, keys[0]).unwrap();
    other.destroy_object(keys[0]).unwrap();
    assert!(matches!(signs(&session, keys[0]), Err(Error::KeyHandleInvalid)));

    signs(&session, keys[1]).unwrap();
    let process = open(&store);
    let theirs = user_session(&process);
    let found = theirs.find_objects(&Template::of(ObjectClass::SecretKey)).unwrap();
    theirs.destroy_object(found[0]).unwrap();
    assert!(session.find_objects(&Template::of(ObjectClass::SecretKey)).unwrap().is_empty());
    assert!(matches!(signs(&session, keys[1]), Err(Error::KeyHandleInvalid)));
}

#[test]
fn a_key_that_may_sign_no_more_does_not() {
    let (_, token) = new_token();
    let session = user_session(&token);
    let other = token.open_session(SessionAccess::ReadWrite).unwrap();
    let key = session.create_object(secret_key(b"key", "key")).unwrap();
    signs(&session, key).unwrap();
    other.set_attributes(key, &Template::new().with(AttributeType::Sign, false)).unwrap();
    assert!(matches!(signs(&session, key), Err(Error::KeyFunctionNotPermitted(AttributeType::Sign))));
}

#[test]
fn leave_to_sign_is_none_to_verify_nor_for_another_mechanism() {
    let (_, token) = new_token();
    let session = user_session(&token);
    let template = secret_key(b"key", "key").with(AttributeType::Verify, false);
    let template = template.with(AttributeType::AllowedMechanisms, Value::Mechanisms(vec![HMAC]));
    let key = session.create_object(template).unwrap();
    signs(&session, key).unwrap();
    let refused = session.verify_init(HMAC, key);
    assert!(matches!(refused, Err(Error::KeyFunctionNotPermitted(AttributeType::Verify))));
    signs(&session, key).unwrap();
    let refused = session.sign_init(MechanismType::SHA512_HMAC, key);
    assert!(matches!(refused, Err(Error::MechanismInvalid(MechanismType::SHA512_HMAC))));
}

/// A key of no user's is sealed under the login all the same.
#[test]
fn a_public_secret_key_is_closed_by_the_logout() {
    let (_, token) = new_token();
    let session = user_session(&token);
    let template = secret_key(b"key", "key").with(AttributeType::Token, true);
    let key = session.create_object(template.with(AttributeType::Private, false)).unwrap();
    signs(&session, key).unwrap();
    session.logout().unwrap();
    assert!(matches!(signs(&session, key), Err(Error::UserNotLoggedIn)));
    session.login(UserType::User, USER_PIN).unwrap();
    signs(&session, key).unwrap();
}

#[test]
fn what_is_wrong_with_the_mechanism_is_told_before_what_is_wrong_with_the_key() {
    let (_, token) = new_token();
    let session = user_session(&token);
    let (mechanism, no_key) = (MechanismType::SHA256, ObjectHandle(999));
    for refused in [
        session.sign_init(mechanism, no_key),
        session.verify_init(mechanism, no_key),
        session.encrypt_init(mechanism, no_key),
        session.decrypt_init(mechanism, no_key),
        session.sign_recover_init(mechanism, no_key),
        session.verify_recover_init(mechanism, no_key),
        session.message_sign_init(mechanism, no_key),
        session.message_verify_init(mechanism, no_key),
    ] {
        assert!(matches!(refused, Err(Error::MechanismInvalid(MechanismType::SHA256))));
    }
    assert!(matches!(session.sign_init(HMAC, no_key), Err(Error::KeyHandleInvalid)));
    let (public, _) = generate(&session, Curve::P256, "pair");
    assert!(matches!(session.sign_init(HMAC, public), Err(Error::KeyTypeInconsistent(HMAC))));
}

/// A mechanism that signs when the test lets it.
struct Watched {
    loader: &'static Keys,
    entered: Barrier,
    released: Barrier,
}

/// What was parsed for it.
#[derive(Default)]
struct Keys(Mutex<Vec<Weak<dyn Any + Send + Sync>>>);

impl Keys {
    /// How many keys were parsed, and how many of them are still in memory.
    fn count(&self) -> (usize, usize) {
        let keys = self.0.lock().unwrap();
        (keys.len(), keys.iter().filter(|key| key.strong_count() > 0).count())
    }
}

impl Mechanism for Watched {
    fn id(&self) -> MechanismType {
        HMAC
    }

    fn key_sizes(&self) -> RangeInclusive<u32> {
        1..=64
    }

    fn key_types(&self) -> &'static [KeyType] {
        &[KeyType::GenericSecret]
    }

    fn signing(&'static self) -> Option<&'static dyn Signing> {
        Some(self)
    }
}

impl KeyLoader for Keys {
    fn name(&self) -> &'static str {
        "test.watched"
    }

    fn load(&self, key: &KeyMaterial) -> Result<LoadedKey, EngineError> {
        let key: LoadedKey = Arc::new(key.size());
        self.0.lock().unwrap().push(Arc::downgrade(&key));
        Ok(key)
    }
}

impl Signing for Watched {
    fn loader(&self) -> &'static dyn KeyLoader {
        self.loader
    }

    fn signature_len(&self, _: &LoadedKey, _: &Parameters) -> Result<usize, EngineError> {
        Ok(1)
    }

    fn sign(&self, _: &LoadedKey, _: &Parameters, _: &[u8], _: &dyn Random) -> Result<Vec<u8>, EngineError> {
        self.entered.wait();
        self.released.wait();
        Ok(vec![1])
    }
}

/// A token with a key that is watched, the user's session, and that key.
fn watched() -> (&'static Watched, Token, Session, ObjectHandle) {
    let loader: &'static Keys = Box::leak(Box::default());
    let (entered, released) = (Barrier::new(2), Barrier::new(2));
    let watched: &'static Watched = Box::leak(Box::new(Watched { loader, entered, released }));
    let engine = Arc::new(Watching([watched]));
    let token = Token::open(Parts { engine, ..parts(Arc::new(MemoryStore::new())) }).unwrap();
    set_up(&token);
    let session = user_session(&token);
    let key = session.create_object(secret_key(b"key", "key")).unwrap();
    (watched, token, session, key)
}

struct Watching([&'static dyn Mechanism; 1]);

impl Engine for Watching {
    fn mechanisms(&self) -> &[&'static dyn Mechanism] {
        &self.0
    }

    fn public_key(&self, private: &KeyMaterial) -> Result<KeyMaterial, EngineError> {
        RingEngine.public_key(private)
    }
}

#[test]
fn a_key_is_parsed_once_for_all_sessions() {
    let (watched, token, session, key) = watched();
    let other = token.open_session(SessionAccess::ReadOnly).unwrap();
    for session in [&session, &other, &session] {
        signs(session, key).unwrap();
    }
    assert_eq!(watched.loader.count(), (1, 1));
}

#[test]
fn no_session_keeps_a_key_that_is_gone() {
    let (watched, token, session, key) = watched();
    let other = token.open_session(SessionAccess::ReadOnly).unwrap();
    signs(&other, key).unwrap();
    session.destroy_object(key).unwrap();
    assert_eq!(watched.loader.count(), (1, 0));
}

#[test]
fn no_session_keeps_a_key_beyond_the_login() {
    let (watched, token, session, key) = watched();
    let other = token.open_session(SessionAccess::ReadOnly).unwrap();
    signs(&other, key).unwrap();
    session.logout().unwrap();
    assert_eq!(watched.loader.count(), (1, 0));
}

/// Lets a session sign with a key, and `end` happen while the engine is at work for it. Who used the session holds it
/// still.
fn while_busy(watched: &Watched, token: &Token, key: ObjectHandle, end: impl FnOnce(&Session)) -> Session {
    let busy = token.open_session(SessionAccess::ReadOnly).unwrap();
    busy.sign_init(HMAC, key).unwrap();
    thread::scope(|scope| {
        let signing = scope.spawn(|| busy.sign(b"message").is_ok());
        watched.entered.wait();
        end(&busy);
        watched.released.wait();
        signing.join().unwrap();
    });
    busy
}

#[test]
fn a_call_that_was_busy_at_the_end_of_its_key_keeps_nothing() {
    let ends: [fn(&Session, ObjectHandle); 2] =
        [|session, key| session.destroy_object(key).unwrap(), |session, _| session.logout().unwrap()];
    for end in ends {
        let (watched, token, session, key) = watched();
        let _held = while_busy(watched, &token, key, |_| end(&session, key));
        assert_eq!(watched.loader.count(), (1, 0));
    }
}

/// Who had a session may hold it for long after it was closed, as threads of the C module do.
#[test]
fn a_session_that_is_closed_keeps_no_key() {
    let (watched, token, session, key) = watched();
    let closed = token.open_session(SessionAccess::ReadOnly).unwrap();
    closed.sign_init(HMAC, key).unwrap();
    closed.close();
    session.destroy_object(key).unwrap();
    assert_eq!(watched.loader.count(), (1, 0));
    assert!(matches!(closed.sign(b"message"), Err(Error::SessionClosed)));
}

#[test]
fn a_call_that_was_busy_when_its_session_was_closed_keeps_nothing() {
    let (watched, token, session, key) = watched();
    let _held = while_busy(watched, &token, key, Session::close);
    session.destroy_object(key).unwrap();
    assert_eq!(watched.loader.count(), (1, 0));
}
