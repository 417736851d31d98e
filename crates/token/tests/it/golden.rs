//! Tokens as earlier versions wrote them (`testdata/token.format-*.txt`): they are read, and one of format 1 becomes one
//! of format 2 as its users log in.

use portcullis_pal::MemoryStore;
use portcullis_token::{
    AttributeType, AttributeValue, Error, MechanismType, ObjectClass, Session, SessionAccess, Template,
    UserType,
};

use crate::common::{Records, SO_PIN, USER_PIN, data, open, records};
use crate::populated::{SECRET, all_named, get, labelled, log_in, named, put, record_of, store_of, usable};

const FORMAT_1: &str = include_str!("../../testdata/token.format-1.txt");
const FORMAT_2: &str = include_str!("../../testdata/token.format-2.txt");

/// The records of a golden file: a label and its bytes in hexadecimal on each line.
fn golden(text: &str) -> Records {
    let record = |line: &str| {
        let (label, bytes) = line.split_once(' ').unwrap();
        (label.as_bytes().to_vec(), hex::decode(bytes).unwrap())
    };
    text.lines().map(record).collect()
}

/// Whether everything is there, and as it was.
fn check_contents(session: &Session) {
    let plain = |label: &str, attribute| {
        let object = session.find_objects(&labelled(label)).unwrap()[0];
        match session.attribute(object, attribute).unwrap() {
            AttributeValue::Plain(value) => value.as_bytes().unwrap().to_vec(),
            AttributeValue::Secret(secret) => secret.expose().to_vec(),
        }
    };
    assert_eq!(plain("secret", AttributeType::Value), SECRET);
    assert_eq!(plain("private", AttributeType::Value), b"for the user");
    assert_eq!(plain("public", AttributeType::Value), b"for all");
    assert_eq!(plain("trusted", AttributeType::Value), include_bytes!("../../testdata/ca.cert.der"));
    let trusted = labelled("trusted").with(AttributeType::Trusted, true);
    assert_eq!(session.find_objects(&trusted).unwrap().len(), 1);

    let pair = |class| session.find_objects(&Template::of(class)).unwrap()[0];
    session.sign_init(MechanismType::ECDSA_SHA256, pair(ObjectClass::PrivateKey)).unwrap();
    let signature = session.sign(b"message").unwrap();
    session.verify_init(MechanismType::ECDSA_SHA256, pair(ObjectClass::PublicKey)).unwrap();
    session.verify(b"message", &signature).unwrap();
}

fn formats(store: &MemoryStore) -> Vec<(Vec<u8>, u8)> {
    records(store).into_iter().map(|(label, bytes)| (label, bytes[0])).collect()
}

#[test]
fn a_token_of_format_2_is_read_and_stays_as_it_is() {
    let store = store_of(&golden(FORMAT_2));
    assert!(formats(&store).iter().all(|(_, format)| *format == 2));
    let before = records(&store);
    let (token, session) = log_in(&store).unwrap();
    check_contents(&session);
    assert!(all_named(&token).is_empty());
    drop(session);
    assert_eq!(records(&store), before);
}

#[test]
fn a_token_of_format_1_is_upgraded_at_each_users_login() {
    let store = store_of(&golden(FORMAT_1));
    assert!(formats(&store).iter().all(|(_, format)| *format == 1));
    // Looking at it changes nothing.
    let token = open(&store);
    assert_eq!(token.info().unwrap().label, "test token");
    assert!(usable(&token.open_session(SessionAccess::ReadOnly).unwrap(), "public").unwrap());
    assert_eq!(records(&store), golden(FORMAT_1));

    let (token, session) = log_in(&store).unwrap();
    check_contents(&session);
    assert!(all_named(&token).is_empty());
    let of = |label: &[u8]| get(&store, label).map(|bytes| bytes[0]);
    let all = [&b"token"[..], b"pin-user", b"pin-so", b"l-00000000"].map(of);
    assert_eq!(all, [Some(2), Some(2), Some(1), Some(2)]);
    session.create_object(data("new", b"x")).unwrap();
    drop(session);

    let session = token.open_session(SessionAccess::ReadWrite).unwrap();
    session.login(UserType::So, SO_PIN).unwrap();
    assert_eq!(of(b"pin-so"), Some(2));
    assert!(all_named(&token).is_empty());
    drop(session);
    let (_, session) = log_in(&store).unwrap();
    check_contents(&session);
    assert!(usable(&session, "new").unwrap());
}

#[test]
fn a_token_of_format_1_is_upgraded_by_its_officer_and_by_a_change_of_pin_too() {
    let store = store_of(&golden(FORMAT_1));
    let token = open(&store);
    let session = token.open_session(SessionAccess::ReadWrite).unwrap();
    session.login(UserType::So, SO_PIN).unwrap();
    assert!(all_named(&token).is_empty());
    session.logout().unwrap();
    session.set_pin(USER_PIN, b"another").unwrap();
    session.login(UserType::User, b"another").unwrap();
    check_contents(&session);
    assert!(all_named(&token).is_empty());
    drop(session);

    let store = store_of(&golden(FORMAT_1));
    let session = open(&store).open_session(SessionAccess::ReadWrite).unwrap();
    session.set_pin(USER_PIN, b"another").unwrap();
    session.login(UserType::User, b"another").unwrap();
    check_contents(&session);
}

/// A wrong PIN upgrades nothing.
#[test]
fn only_a_right_pin_upgrades() {
    let store = store_of(&golden(FORMAT_1));
    let session = open(&store).open_session(SessionAccess::ReadWrite).unwrap();
    assert!(session.login(UserType::User, b"wrong").is_err());
    assert!(formats(&store).iter().all(|(_, format)| *format == 1));
}

/// The ledger goes, and what says that there is one becomes what it was before.
#[test]
fn a_token_is_not_upgraded_twice() {
    let old = golden(FORMAT_1);
    let old = |label: &[u8]| &old.iter().find(|(own, _)| own == label).unwrap().1;
    let store = store_of(&golden(FORMAT_1));
    let (_, session) = log_in(&store).unwrap();
    session.create_object(data("new", b"x")).unwrap();
    let new = record_of(&session, "new");
    drop(session);
    put(&store, b"l-00000000", None);
    let refused = log_in(&store).err().unwrap();
    assert!(matches!(refused, Error::RecordMissing { .. }) && named(&refused) == b"l-00000000");
    // An object of format 2 says so as well.
    put(&store, b"pin-user", Some(old(b"pin-user")));
    put(&store, b"token", Some(old(b"token")));
    assert_eq!(named(&log_in(&store).err().unwrap()), b"l-00000000");
    // What is left is the older store as a whole.
    put(&store, &new, None);
    assert!(log_in(&store).is_ok());
}

/// The older PIN record alone, beside the ledger.
#[test]
fn a_pin_record_from_before_the_upgrade_opens_nothing() {
    let old = golden(FORMAT_1);
    let store = store_of(&old);
    log_in(&store).unwrap();
    let pin = &old.iter().find(|(own, _)| own == b"pin-user").unwrap().1;
    put(&store, b"pin-user", Some(pin));
    let refused = log_in(&store).err().unwrap();
    assert!(matches!(refused, Error::RolledBack { .. }) && named(&refused) == b"pin-user");
}
