//! Full stores and failing media: every call either happens whole or not at all.

use std::sync::Arc;

use portcullis_pal::testkit::FailingStore;
use portcullis_pal::{Error as StoreError, MemoryStore};
use portcullis_token::{AttributeType, Curve, Error, SessionAccess, Template, Token, UserType};

use crate::common::{SO_PIN, data, generate, open, parts, records, set_up, user_session};

fn full() -> StoreError {
    StoreError::Full { place: "test".into() }
}

#[test]
fn a_full_store_changes_nothing() {
    let medium = MemoryStore::new();
    let store = Arc::new(FailingStore::new(medium.clone()));
    let token = Token::open(parts(store.clone())).unwrap();
    set_up(&token);
    let session = user_session(&token);
    let object = session.create_object(data("object", b"x")).unwrap();
    let before = records(&medium);
    store.fail_writes(full);

    let is_full = |error: &Error| matches!(error, Error::Store(StoreError::Full { .. }));
    assert!(session.create_object(data("new", b"x")).is_err_and(|error| is_full(&error)));
    assert!(session.destroy_object(object).is_err_and(|error| is_full(&error)));
    let rename = Template::new().with(AttributeType::Label, "renamed");
    assert!(session.set_attributes(object, &rename).is_err_and(|error| is_full(&error)));
    assert!(session.set_pin(crate::common::USER_PIN, b"another").is_err_and(|error| is_full(&error)));

    store.heal();
    assert_eq!(records(&medium), before);
    assert_eq!(session.find_objects(&Template::new()).unwrap(), [object]);
    generate(&session, Curve::P256, "works again");
}

/// Initialisation is one batch: cut short at any call of the store, there is the old token or the new one.
#[test]
fn an_initialisation_cut_short_at_any_step_is_whole_or_absent() {
    let mut finished = false;
    for nth in 1.. {
        let medium = MemoryStore::new();
        let token = open(&medium);
        set_up(&token);
        user_session(&token).create_object(data("kept", b"x")).unwrap();
        let old = token.info().unwrap().serial;

        let store = Arc::new(FailingStore::new(medium.clone()));
        let token = Token::open(parts(store.clone())).unwrap();
        store.fail_call(store.calls().len() + nth, full);
        let outcome = token.init(SO_PIN, "anew");
        store.heal();

        let token = open(&medium);
        let info = token.info().unwrap();
        if info.serial == old {
            assert!(outcome.is_err());
            assert_eq!(user_session(&token).find_objects(&Template::new()).unwrap().len(), 1);
        } else {
            assert_eq!(info.label, "anew");
            assert!(info.user_pin.is_none());
            let session = token.open_session(SessionAccess::ReadWrite).unwrap();
            session.login(UserType::So, SO_PIN).unwrap();
            assert!(session.find_objects(&Template::new()).unwrap().is_empty());
        }
        finished = outcome.is_ok();
        if finished {
            break;
        }
    }
    assert!(finished);
}
