//! Every record of a token changed, swapped, brought from elsewhere, put back, deleted and put in again: each is told
//! by an error that names the record and the store, and what else there is stays usable.

use portcullis_pal::MemoryStore;
use portcullis_token::{
    AttributeType, Error, ObjectClass, Session, SessionAccess, Template, Token, UserType,
};

use crate::common::{SO_PIN, USER_PIN, data, open, parts, records, user_session};
use crate::populated::{
    PRIVATE, all_named, get, labelled, log_in, named, populated, put, record_label, record_of, usable,
    with_new_check,
};

const LABELS: [&str; 6] = ["pair", "private", "secret", "public", "plain", "trusted"];

fn flips(record: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    (0..record.len() * 8).map(|bit| {
        let mut flipped = record.to_vec();
        flipped[bit / 8] ^= 1 << (bit % 8);
        flipped
    })
}

/// Checks that this record is named, and no other.
fn assert_only(token: &Token, record: &[u8]) {
    let all = all_named(token);
    assert!(all.len() == 1 && all[0] == record, "{} is not all of {all:?}", record.escape_ascii());
}

/// Which objects can't be used, by what they answer.
fn unusable(session: &Session) -> Vec<&'static str> {
    let all = LABELS.into_iter();
    all.filter(|label| !matches!(usable(session, label), Ok(true))).collect()
}

/// Flips each bit of each record of the objects with these labels, under a login.
fn flip_objects(labels: &[&str]) {
    let (store, token) = populated();
    let session = user_session(&token);
    assert!(unusable(&session).is_empty());
    for object in labels.iter().flat_map(|label| session.find_objects(&labelled(label)).unwrap()) {
        let record = record_label(&session, object);
        let value = get(&store, &record).unwrap();
        let id = Template::new().with(AttributeType::UniqueId, &record[2..]);
        for (bit, flipped) in flips(&value).enumerate() {
            put(&store, &record, Some(&flipped));
            // What can't be decoded is not found; what is found is refused.
            let found = session.find_objects(&id).unwrap_or_default();
            match found.first() {
                Some(found) => {
                    let refused = session.attribute(*found, AttributeType::Label).unwrap_err();
                    assert_eq!(named(&refused), record, "bit {bit}");
                }
                None => assert_only(&token, &record),
            }
            if bit % 64 == 5 {
                assert_only(&token, &record);
                assert!(unusable(&session).len() <= 1);
            }
        }
        put(&store, &record, Some(&value));
        assert!(all_named(&token).is_empty() && unusable(&session).is_empty());
    }
}

#[test]
fn any_flipped_bit_of_a_key_pair_is_named() {
    flip_objects(&["pair"]);
}

#[test]
fn any_flipped_bit_of_a_secret_key_or_of_data_is_named() {
    flip_objects(&["secret", "private", "public"]);
}

#[test]
fn any_flipped_bit_of_a_certificate_is_named() {
    flip_objects(&["plain", "trusted"]);
}

#[test]
fn any_flipped_bit_of_the_ledger_is_named() {
    let (store, token) = populated();
    let session = user_session(&token);
    let page = b"l-00000000";
    let value = get(&store, page).unwrap();
    for flipped in flips(&value) {
        put(&store, page, Some(&flipped));
        assert_only(&token, page);
        // It speaks for everything under the master key, and of nothing else.
        let refused = session.find_objects(&labelled("private")).unwrap()[0];
        let refused = session.attribute(refused, AttributeType::Value).unwrap_err();
        assert_eq!(named(&refused), page);
        assert!(usable(&session, "public").unwrap() && usable(&session, "plain").unwrap());
        assert_eq!(named(&session.create_object(data("new", b"x")).unwrap_err()), page);
    }
    put(&store, page, Some(&value));
    assert!(all_named(&token).is_empty() && unusable(&session).is_empty());
    drop(session);
    // Nor does anyone get in with it.
    put(&store, page, Some(&flips(&value).nth(100).unwrap()));
    assert_eq!(named(&log_in(&store).err().unwrap()), page);
}

#[test]
fn any_flipped_bit_of_header_and_pins_is_named() {
    let (store, token) = populated();
    for record in [&b"token"[..], b"pin-so", b"pin-user"] {
        let value = get(&store, record).unwrap();
        for flipped in flips(&value) {
            put(&store, record, Some(&flipped));
            let refused =
                Token::open(parts(std::sync::Arc::new(store.clone()))).and_then(|token| token.info());
            assert_eq!(named(&refused.unwrap_err()), record);
            assert_only(&token, record);
        }
        put(&store, record, Some(&value));
    }
    assert!(all_named(&token).is_empty());
}

/// Whoever can compute a check can change what it is about; then the seals show it.
#[test]
fn header_and_pins_with_a_new_check_open_nothing() {
    let (store, _) = populated();
    let header = get(&store, b"token").unwrap();
    for at in [1, 8, 12, 13, 22] {
        let mut changed = header.clone();
        changed[at] ^= 1;
        put(&store, b"token", Some(&with_new_check(b"token", &changed)));
        assert!(log_in(&store).is_err(), "byte {at}");
    }
    put(&store, b"token", Some(&header));
    let pin = get(&store, b"pin-user").unwrap();
    for at in (9..pin.len() - 8).step_by(4) {
        let mut changed = pin.clone();
        changed[at] ^= 1;
        put(&store, b"pin-user", Some(&with_new_check(b"pin-user", &changed)));
        assert!(log_in(&store).is_err(), "byte {at}");
    }
    put(&store, b"pin-user", Some(&pin));
    log_in(&store).unwrap();
}

#[test]
fn a_weaker_key_derivation_is_refused_by_name() {
    let (store, _) = populated();
    let pin = get(&store, b"pin-user").unwrap();
    // Argon2id with 8 KiB; PBKDF2 with one round.
    for weak in [[1, 0, 0, 0, 8, 0, 0, 0, 3, 0, 0, 0, 1], [2, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]] {
        let mut changed = pin.clone();
        changed[5..18].copy_from_slice(&weak);
        put(&store, b"pin-user", Some(&with_new_check(b"pin-user", &changed)));
        assert_eq!(named(&log_in(&store).err().unwrap()), b"pin-user");
    }
    // Nothing was counted, as nothing was tried.
    put(&store, b"pin-user", Some(&pin));
    assert_eq!(open(&store).info().unwrap().user_pin.unwrap().tries_left, 10);
}

/// Each pair of records with their contents swapped.
#[test]
fn swapped_records_are_named() {
    let (store, token) = populated();
    let session = user_session(&token);
    let all = records(&store);
    for (at, (one, its)) in all.iter().enumerate() {
        for (other, others) in &all[at + 1..] {
            put(&store, one, Some(others));
            put(&store, other, Some(its));
            let damage = all_named(&token);
            for label in [one, other] {
                assert!(damage.contains(label), "{} of {}", label.escape_ascii(), damage.len());
            }
            put(&store, one, Some(its));
            put(&store, other, Some(others));
        }
    }
    assert!(all_named(&token).is_empty() && unusable(&session).is_empty());
}

#[test]
fn records_of_another_token_are_named() {
    let (store, token) = populated();
    let (others, _) = populated();
    let session = user_session(&token);
    for (label, value) in records(&others) {
        if label == b"token" {
            continue;
        }
        let own = get(&store, &label);
        put(&store, &label, Some(&value));
        assert_only(&token, &label);
        put(&store, &label, own.as_deref());
    }
    assert!(all_named(&token).is_empty() && unusable(&session).is_empty());
    drop(session);
    // With another token's header all of the rest is another token's.
    put(&store, b"token", get(&others, b"token").as_deref());
    assert!(matches!(log_in(&store), Err(Error::PinIncorrect { .. })));
}

#[test]
fn spliced_public_attributes_are_named() {
    let (store, token) = populated();
    let session = user_session(&token);
    let (one, other) = (record_of(&session, "private"), record_of(&session, "secret"));
    let (its, others) = (get(&store, &one).unwrap(), get(&store, &other).unwrap());
    let len = |record: &[u8]| 10 + u32::from_be_bytes(record[6..10].try_into().unwrap()) as usize;
    let spliced = [&others[..len(&others)], &its[len(&its)..]].concat();
    put(&store, &one, Some(&spliced));
    assert_only(&token, &one);
    put(&store, &one, Some(&its));
    assert!(unusable(&session).is_empty());
}

/// A change of an object, after which its record from before is put back.
fn put_back(store: &MemoryStore, session: &Session, label: &str) -> (Vec<u8>, Vec<u8>) {
    let record = record_of(session, label);
    let before = get(store, &record).unwrap();
    let object = session.find_objects(&labelled(label)).unwrap()[0];
    session.set_attributes(object, &Template::new().with(AttributeType::Id, "changed")).unwrap();
    let after = get(store, &record).unwrap();
    put(store, &record, Some(&before));
    (record, after)
}

#[test]
fn an_older_record_of_the_same_object_is_named_and_not_used() {
    let (store, token) = populated();
    let session = user_session(&token);
    let (record, after) = put_back(&store, &session, "secret");
    let check = |token: &Token, session: &Session| {
        let object = session.find_objects(&labelled("secret")).unwrap()[0];
        for attribute in [AttributeType::Value, AttributeType::Id] {
            let refused = session.attribute(object, attribute);
            assert!(matches!(&refused, Err(error @ Error::RolledBack { .. }) if named(error) == record));
        }
        assert!(session.sign_init(portcullis_token::MechanismType::SHA256_HMAC, object).is_err());
        assert_only(token, &record);
        assert_eq!(unusable(session), ["secret"]);
    };
    check(&token, &session);
    drop(session);
    let (fresh, session) = log_in(&store).unwrap();
    check(&fresh, &session);
    put(&store, &record, Some(&after));
    assert!(all_named(&fresh).is_empty() && unusable(&session).is_empty());
}

/// With what lists it, too: then the rest of what was written since is not as listed.
#[test]
fn an_older_object_with_the_older_ledger_is_named() {
    let (store, token) = populated();
    let session = user_session(&token);
    let page = get(&store, b"l-00000000").unwrap();
    let (_, _) = put_back(&store, &session, "secret");
    session.create_object(data("written since", b"x")).unwrap();
    let since = record_of(&session, "written since");
    put(&store, b"l-00000000", Some(&page));
    // This process has seen a newer ledger.
    assert_only(&token, &since);
    let object = session.find_objects(&labelled("private")).unwrap()[0];
    let refused = session.attribute(object, AttributeType::Value).unwrap_err();
    assert!(matches!(refused, Error::RolledBack { .. }) && named(&refused) == b"l-00000000");
    session.logout().unwrap();
    let refused = session.login(UserType::User, USER_PIN).unwrap_err();
    assert_eq!(named(&refused), b"l-00000000");
    // Another finds what came after.
    let (fresh, session) = log_in(&store).unwrap();
    assert_eq!(all_named(&fresh), [since]);
    assert!(matches!(usable(&session, "written since"), Err(Error::RecordUnknown { .. })));
    assert!(unusable(&session).is_empty());
}

#[test]
fn a_deleted_record_is_named_and_one_put_in_again_too() {
    let (store, token) = populated();
    let session = user_session(&token);
    for label in PRIVATE {
        let record = record_of(&session, label);
        let value = get(&store, &record).unwrap();
        put(&store, &record, None);
        assert_only(&token, &record);
        assert!(matches!(token.damage().unwrap()[..], [Error::RecordMissing { .. }]));
        put(&store, &record, Some(&value));
        assert!(all_named(&token).is_empty());
        assert!(usable(&session, label).unwrap());

        for object in session.find_objects(&labelled(label)).unwrap() {
            session.destroy_object(object).unwrap();
        }
        assert!(all_named(&token).is_empty());
        put(&store, &record, Some(&value));
        assert_only(&token, &record);
        assert!(matches!(usable(&session, label), Err(Error::RecordUnknown { .. })));
        put(&store, &record, None);
        assert!(all_named(&token).is_empty());
    }
    for record in [&b"pin-so"[..], b"token", b"l-00000000"] {
        let value = get(&store, record).unwrap();
        put(&store, record, None);
        if record != b"token" {
            assert_only(&token, record);
        }
        let fresh = Token::open(parts(std::sync::Arc::new(store.clone()))).unwrap();
        assert!(fresh.damage().unwrap().len() <= 1);
        put(&store, record, Some(&value));
    }
    put(&store, b"l-00000000", None);
    assert_eq!(named(&log_in(&store).err().unwrap()), b"l-00000000");
}

#[test]
fn a_page_that_nobody_asked_for_is_named_and_does_no_harm() {
    let (store, token) = populated();
    let session = user_session(&token);
    put(&store, b"l-00000001", Some(&get(&store, b"l-00000000").unwrap()));
    assert_only(&token, b"l-00000001");
    for number in 0..100 {
        session.create_object(data(&format!("new {number}"), b"x")).unwrap();
    }
    // The ledger has grown over it.
    assert!(all_named(&token).is_empty() && unusable(&session).is_empty());
}

#[test]
fn an_old_pin_put_back_opens_nothing() {
    const NEW: &[u8] = b"the new one";
    let (store, token) = populated();
    let old = get(&store, b"pin-user").unwrap();
    let session = token.open_session(SessionAccess::ReadWrite).unwrap();
    session.set_pin(USER_PIN, NEW).unwrap();
    let new = get(&store, b"pin-user").unwrap();
    put(&store, b"pin-user", Some(&old));
    let refused = log_in(&store).err().unwrap();
    assert!(matches!(refused, Error::RolledBack { .. }) && named(&refused) == b"pin-user");
    assert_eq!(named(&session.set_pin(USER_PIN, b"mine now").unwrap_err()), b"pin-user");
    put(&store, b"pin-user", Some(&new));
    session.login(UserType::User, NEW).unwrap();
    put(&store, b"pin-user", Some(&old));
    assert_only(&token, b"pin-user");
    session.logout().unwrap();

    // The security officer sets a new one.
    put(&store, b"pin-user", Some(&new));
    session.login(UserType::So, SO_PIN).unwrap();
    session.init_pin(USER_PIN).unwrap();
    put(&store, b"pin-user", Some(&new));
    assert_only(&token, b"pin-user");
    session.logout().unwrap();
    assert_eq!(named(&session.login(UserType::User, NEW).unwrap_err()), b"pin-user");
}

/// So many objects that the ledger has several pages: one that is put back takes nothing else with it.
#[test]
fn an_older_page_is_named_with_what_it_lists() {
    let (store, token) = populated();
    let session = user_session(&token);
    for number in 0..150 {
        session.create_object(data(&format!("object {number}"), b"x")).unwrap();
    }
    let pages: Vec<_> = records(&store).into_iter().filter(|(label, _)| label.starts_with(b"l-")).collect();
    assert!(pages.len() > 3);
    let all = Template::of(ObjectClass::Data);
    let bad = |session: &Session| -> Vec<Error> {
        let objects = session.find_objects(&all).unwrap();
        objects.iter().filter_map(|object| session.attribute(*object, AttributeType::Value).err()).collect()
    };
    // Change objects until one is on a page other than the first.
    let object = session.find_objects(&all).unwrap().into_iter().find(|object| {
        session.set_attributes(*object, &Template::new().with(AttributeType::Label, "changed")).unwrap();
        pages[1..].iter().any(|(label, before)| get(&store, label).as_ref() != Some(before))
    });
    assert!(object.is_some());
    let (page, before) =
        pages[1..].iter().find(|(label, before)| get(&store, label).as_ref() != Some(before)).unwrap();
    put(&store, page, Some(before));
    let check = |token: &Token, session: &Session| {
        let refused = bad(session);
        assert!((1..150).contains(&refused.len()), "{}", refused.len());
        assert!(
            refused.iter().all(|error| named(error) == *page && matches!(error, Error::RolledBack { .. }))
        );
        assert!(all_named(token).contains(page));
    };
    check(&token, &session);
    drop(session);
    let (fresh, session) = log_in(&store).unwrap();
    check(&fresh, &session);
    // Some of what is written needs that page, a whole run of numbers at a time; the rest goes on.
    let mut written = (0..4000).map(|n| session.create_object(data(&format!("{n}"), b"y")).is_ok());
    assert!(written.any(|went_on| went_on));
    assert!(written.any(|went_on| !went_on));
}
