//! A token with something of each kind in it, and stores made of its records: with one flipped, put back or missing.

use std::sync::Arc;

use portcullis_pal::{Change, Label, MemoryStore, ObjectStore};
use portcullis_token::{
    AttributeType, AttributeValue, Curve, Error, ObjectClass, ObjectHandle, Session, SessionAccess, Template,
    Token, UserType,
};

use sha2::{Digest, Sha256};

use crate::common::{
    Records, SO_PIN, USER_PIN, data, generate, open, parts, secret_key, set_up, user_session,
};

/// The labels of the objects that only their user sees.
pub(crate) const PRIVATE: [&str; 3] = ["pair", "private", "secret"];

pub(crate) const SECRET: &[u8] = b"thirty-two bytes, to be extracted";

/// A token with a key pair, an extractable secret key, data for the user and for all, and certificates, of which the
/// security officer trusts one.
pub(crate) fn populated() -> (MemoryStore, Token) {
    let store = MemoryStore::new();
    let token = open(&store);
    set_up(&token);
    populate(&token);
    (store, token)
}

fn populate(token: &Token) {
    {
        let session = user_session(token);
        generate(&session, Curve::P256, "pair");
        let secret = secret_key(SECRET, "secret").with(AttributeType::Token, true);
        let readable = secret.with(AttributeType::Sensitive, false).with(AttributeType::Extractable, true);
        session.create_object(readable).unwrap();
        session.create_object(data("private", b"for the user")).unwrap();
        session.create_object(data("public", b"for all").with(AttributeType::Private, false)).unwrap();
        session.create_object(certificate("plain")).unwrap();
    }
    let session = token.open_session(SessionAccess::ReadWrite).unwrap();
    session.login(UserType::So, SO_PIN).unwrap();
    session.create_object(certificate("trusted").with(AttributeType::Trusted, true)).unwrap();
}

fn certificate(label: &str) -> Template {
    Template::of(ObjectClass::Certificate)
        .with(AttributeType::Token, true)
        .with(AttributeType::Private, false)
        .with(AttributeType::Label, label)
        .with(AttributeType::CertificateType, 0_u64)
        .with(AttributeType::Subject, "subject")
        .with(AttributeType::Value, &include_bytes!("../../testdata/ca.cert.der")[..])
}

/// A store with these records.
pub(crate) fn store_of(records: &Records) -> MemoryStore {
    let store = MemoryStore::new();
    for (label, value) in records {
        put(&store, label, Some(value));
    }
    store
}

/// Writes a record behind every token's back, or destroys it.
pub(crate) fn put(store: &MemoryStore, label: &[u8], value: Option<&[u8]>) {
    let label = Label::new(label).unwrap();
    store.apply(&[value.map_or(Change::destroy(label), |value| Change::save(label, value))]).unwrap();
}

/// A record of a store.
pub(crate) fn get(store: &MemoryStore, label: &[u8]) -> Option<Vec<u8>> {
    let id = store.find(&Label::new(label).unwrap()).unwrap()?;
    Some(store.value(id).unwrap()?.bytes.to_vec())
}

/// The label of the record of the only object with this label; of a key pair, the private half's.
pub(crate) fn record_of(session: &Session, label: &str) -> Vec<u8> {
    record_label(session, *session.find_objects(&labelled(label)).unwrap().last().unwrap())
}

/// The label of an object's record.
pub(crate) fn record_label(session: &Session, object: ObjectHandle) -> Vec<u8> {
    let AttributeValue::Plain(id) = session.attribute(object, AttributeType::UniqueId).unwrap() else {
        panic!("it is no secret");
    };
    [b"o-", id.as_bytes().unwrap()].concat()
}

pub(crate) fn labelled(label: &str) -> Template {
    Template::new().with(AttributeType::Label, label)
}

/// A changed record of the header or of a PIN with the check that it should have, which anyone can compute.
pub(crate) fn with_new_check(label: &[u8], record: &[u8]) -> Vec<u8> {
    let body = &record[..record.len() - 8];
    let digest = Sha256::new_with_prefix(b"portcullis record check").chain_update(label).chain_update(body);
    [body, &digest.finalize()[..8]].concat()
}

/// Whether an object with this label is there and can be used; what speaks against it otherwise.
pub(crate) fn usable(session: &Session, label: &str) -> Result<bool, Error> {
    let found = session.find_objects(&labelled(label))?;
    for object in &found {
        session.attribute(*object, AttributeType::Label)?;
    }
    Ok(!found.is_empty())
}

/// A user's login to what a store holds, or why there is none.
pub(crate) fn log_in(store: &MemoryStore) -> Result<(Token, Session), Error> {
    let token = Token::open(parts(Arc::new(store.clone())))?;
    let session = token.open_session(SessionAccess::ReadWrite)?;
    session.login(UserType::User, USER_PIN)?;
    Ok((token, session))
}

/// The record that an error names; the store, too, has to be named.
pub(crate) fn named(error: &Error) -> Vec<u8> {
    match error {
        Error::Damaged { record, store, .. }
        | Error::NewerFormat { record, store, .. }
        | Error::RolledBack { record, store }
        | Error::RecordMissing { record, store }
        | Error::RecordUnknown { record, store } => {
            assert_eq!(store, "memory");
            record.clone().into_bytes()
        }
        other => panic!("{other} names no record"),
    }
}

/// The records that are said to be damaged.
pub(crate) fn all_named(token: &Token) -> Vec<Vec<u8>> {
    token.damage().unwrap().iter().map(named).collect()
}
