//! Records that were changed behind the token's back: each change is detected and named, and nothing panics.

use portcullis_pal::{Change, Label, MemoryStore, ObjectStore};
use portcullis_token::{AttributeType, Curve, Error, ObjectClass, SessionAccess, Template, Token, UserType};

use crate::common::{Records, USER_PIN, data, generate, new_token, open, parts, records, user_session};

/// A token with a private object and a public one, and the store's records.
fn sample() -> (MemoryStore, Records) {
    let (store, token) = new_token();
    let session = user_session(&token);
    session.create_object(data("private", b"content")).unwrap();
    session.create_object(data("public", b"content").with(AttributeType::Private, false)).unwrap();
    let records = records(&store);
    (store, records)
}

/// A store like another with one record replaced.
fn with_record(records: &[(Vec<u8>, Vec<u8>)], label: &[u8], value: &[u8]) -> MemoryStore {
    let store = MemoryStore::new();
    for (name, original) in records {
        let bytes = if name == label { value } else { original };
        store.apply(&[Change::save(Label::new(name).unwrap(), bytes)]).unwrap();
    }
    store
}

/// Whether an object can be found and read, after logging in.
fn is_readable(token: &Token, label: &str) -> Result<bool, Error> {
    let session = token.open_session(SessionAccess::ReadOnly)?;
    session.login(UserType::User, USER_PIN)?;
    let found = session.find_objects(&Template::new().with(AttributeType::Label, label))?;
    let Some(object) = found.first() else { return Ok(false) };
    session.attribute(*object, AttributeType::Value)?;
    Ok(true)
}

#[test]
fn any_flipped_bit_of_an_object_is_noticed() {
    let (_, records) = sample();
    let objects: Vec<_> = records.iter().filter(|(label, _)| label.starts_with(b"o-")).collect();
    assert_eq!(objects.len(), 2);
    let store = MemoryStore::new();
    for (label, value) in &records {
        store.apply(&[Change::save(Label::new(label).unwrap(), value)]).unwrap();
    }
    let token = open(&store);
    let session = token.open_session(SessionAccess::ReadOnly).unwrap();
    session.login(UserType::User, USER_PIN).unwrap();
    let readable = || {
        let all = session.find_objects(&Template::of(ObjectClass::Data)).unwrap();
        all.iter().filter(|object| session.attribute(**object, AttributeType::Value).is_ok()).count()
    };
    assert_eq!(readable(), 2);
    for (label, value) in objects {
        let name = Label::new(label).unwrap();
        for bit in 0..value.len() * 8 {
            let mut damaged = value.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            store.apply(&[Change::save(name, &damaged)]).unwrap();
            assert_eq!(readable(), 1, "bit {bit} of {name} was flipped unseen");
        }
        store.apply(&[Change::save(name, value)]).unwrap();
        assert_eq!(readable(), 2);
    }
}

#[test]
fn a_flipped_bit_of_header_or_pin_opens_nothing() {
    let (_, records) = sample();
    for label in [&b"token"[..], b"pin-user"] {
        let (_, value) = records.iter().find(|(name, _)| name == label).unwrap();
        for bit in 0..value.len() * 8 {
            // The counter of wrong PINs stands outside the seal: it is written before a PIN is checked.
            let in_counter = label == b"pin-user" && (8..40).contains(&bit);
            // A label is for people; it protects nothing.
            let in_label = label == b"token" && bit >= 13 * 8;
            if in_counter || in_label {
                continue;
            }
            // A derivation with other parameters costs time; a few of them are enough.
            let in_derivation = label == b"pin-user" && (48..144).contains(&bit);
            if in_derivation && bit % 8 != 0 {
                continue;
            }
            let mut damaged = value.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            let store = with_record(&records, label, &damaged);
            let readable = Token::open(parts(std::sync::Arc::new(store)))
                .and_then(|token| is_readable(&token, "private"));
            assert!(
                !matches!(readable, Ok(true)),
                "bit {bit} of {} was flipped unseen",
                label.escape_ascii()
            );
        }
    }
}

#[test]
fn an_edit_of_the_stored_flags_does_not_open_a_key() {
    let (store, token) = new_token();
    let session = user_session(&token);
    generate(&session, Curve::P256, "key");
    drop(session);
    for (label, value) in records(&store) {
        // CKA_SENSITIVE and CKA_EXTRACTABLE as they stand in the record: code, length, value.
        let sensitive = [0, 0, 1, 3, 0, 0, 0, 1, 1];
        let Some(at) = value.windows(9).position(|window| window == sensitive) else { continue };
        let mut edited = value.clone();
        edited[at + 8] = 0;
        let extractable = [0, 0, 1, 0x62, 0, 0, 0, 1, 0];
        let at = value.windows(9).position(|window| window == extractable).unwrap();
        edited[at + 8] = 1;
        store.apply(&[Change::save(Label::new(&label).unwrap(), &edited)]).unwrap();
    }
    let session = user_session(&token);
    let key = session.find_objects(&Template::of(ObjectClass::PrivateKey)).unwrap()[0];
    for attribute in [AttributeType::Value, AttributeType::Sensitive] {
        assert!(matches!(session.attribute(key, attribute), Err(Error::Damaged { .. })));
    }
    assert!(session.sign_init(portcullis_token::MechanismType::ECDSA_SHA256, key).is_err());
}

#[test]
fn records_can_neither_be_swapped_nor_moved_to_another_token() {
    let (_, records) = sample();
    let objects: Vec<_> = records.iter().filter(|(label, _)| label.starts_with(b"o-")).collect();
    let swapped = with_record(&records, &objects[0].0, &objects[1].1);
    let token = open(&swapped);
    let session = user_session(&token);
    for object in session.find_objects(&Template::new()).unwrap() {
        if let Ok(value) = session.attribute(object, AttributeType::UniqueId) {
            let own = objects[1].0.strip_prefix(b"o-").unwrap();
            assert_eq!(value, portcullis_token::AttributeValue::Plain(own.into()));
        }
    }
    drop(session);

    let (_, others) = sample();
    let foreign = others.iter().find(|(label, _)| label.starts_with(b"o-")).unwrap();
    let store = with_record(&records, b"", b"");
    store.apply(&[Change::save(Label::new(&foreign.0).unwrap(), &foreign.1)]).unwrap();
    let token = open(&store);
    let session = user_session(&token);
    let all = session.find_objects(&Template::new()).unwrap();
    let readable = all.iter().filter(|object| session.attribute(**object, AttributeType::Value).is_ok());
    assert_eq!(readable.count(), 2);
}

#[test]
fn a_weakened_key_derivation_is_refused() {
    let (_, records) = sample();
    let (_, value) = records.iter().find(|(label, _)| label == b"pin-user").unwrap();
    let mut weak = value.clone();
    // Argon2id's memory in KiB follows format, counter and kind.
    weak[6..10].copy_from_slice(&8_u32.to_be_bytes());
    let token = open(&with_record(&records, b"pin-user", &weak));
    assert!(matches!(is_readable(&token, "private"), Err(Error::Damaged { .. })));
}

#[test]
fn a_newer_format_is_named_and_left_alone() {
    let (_, records) = sample();
    for (label, value) in &records {
        let mut newer = value.clone();
        newer[0] = 200;
        let store = with_record(&records, label, &newer);
        let opened = Token::open(parts(std::sync::Arc::new(store.clone())));
        match label.as_slice() {
            b"token" => assert!(matches!(opened, Err(Error::NewerFormat { found: 200, .. }))),
            b"pin-so" | b"pin-user" => {
                assert!(matches!(opened.unwrap().info(), Err(Error::NewerFormat { found: 200, .. })));
            }
            _ => {
                let damage = opened.unwrap().damage().unwrap();
                assert!(matches!(damage[..], [Error::NewerFormat { found: 200, .. }]));
            }
        }
        assert!(crate::common::records(&store).contains(&(label.clone(), newer)));
    }
}

#[test]
fn truncated_records_are_damage_not_panics() {
    let (store, records) = sample();
    let token = open(&store);
    let session = user_session(&token);
    for (label, value) in &records {
        let name = Label::new(label).unwrap();
        for len in 0..value.len() {
            store.apply(&[Change::save(name, &value[..len])]).unwrap();
            let opened = Token::open(parts(std::sync::Arc::new(store.clone())));
            let named = opened.and_then(|token| token.info()).is_err() || !token.damage().unwrap().is_empty();
            assert!(named, "{name} cut to {len} bytes was not noticed");
        }
        store.apply(&[Change::save(name, value)]).unwrap();
    }
    assert!(token.damage().unwrap().is_empty());
    drop(session);
}
