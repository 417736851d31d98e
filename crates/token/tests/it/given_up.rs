//! Objects that were lost or damaged, and that their user gives up: the token is whole without them, for every process.

use portcullis_pal::MemoryStore;
use portcullis_token::{Error, SessionAccess, Token, UserType};

use crate::common::{SO_PIN, USER_PIN, data, open, records, user_session};
use crate::populated::{all_named, get, labelled, log_in, populated, put, record_of, usable};

/// Does something to a record.
type Lose = fn(&MemoryStore, &[u8]);

/// How the medium loses an object, or what it makes of it.
const LOSSES: [(&str, Lose); 4] = [
    ("deleted", |store, record| put(store, record, None)),
    ("bent", |store, record| change(store, record, |bytes| *bytes.last_mut().unwrap() ^= 1)),
    ("another version's", |store, record| change(store, record, |bytes| bytes[20] ^= 1)),
    ("cut short", |store, record| change(store, record, |bytes| bytes.truncate(5))),
];

fn change(store: &MemoryStore, record: &[u8], change: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = get(store, record).unwrap();
    change(&mut bytes);
    put(store, record, Some(&bytes));
}

fn text(record: &[u8]) -> &str {
    std::str::from_utf8(record).unwrap()
}

/// That every login finds the token whole, with all else in it.
fn assert_whole(store: &MemoryStore, gone: &str) {
    let (token, session) = log_in(store).unwrap();
    assert_eq!(all_named(&token), [[]; 0], "{gone}");
    for label in ["pair", "private", "secret", "public", "plain", "trusted"] {
        assert_eq!(usable(&session, label).unwrap(), label != gone, "{label} without {gone}");
    }
    session.create_object(data("after", b"x")).unwrap();
}

#[test]
fn what_is_lost_is_given_up_and_the_token_is_whole() {
    for (how, lose) in LOSSES {
        for gone in ["private", "trusted", "public"] {
            let (store, token) = populated();
            let session = user_session(&token);
            let record = record_of(&session, gone);
            let (other, others) = log_in(&store).unwrap();
            lose(&store, &record);
            let (late, lates) = log_in(&store).unwrap();
            if (how, gone) == ("deleted", "public") {
                // The ledger does not speak of it: anyone may destroy it.
                assert_eq!(all_named(&token), [[]; 0]);
                continue;
            }
            assert_eq!(all_named(&token), [&record[..]], "{how} {gone}");
            session.give_up(&[text(&record)]).unwrap();
            assert_eq!(get(&store, &record), None, "nothing of it is left");
            for (token, session) in [(&token, &session), (&other, &others), (&late, &lates)] {
                assert!(!usable(session, gone).unwrap(), "{how} {gone}");
                assert_eq!(all_named(token), [[]; 0], "{how} {gone}");
            }
            session.create_object(data("now", b"x")).unwrap();
            assert_whole(&store, gone);
        }
    }
}

#[test]
fn what_was_put_back_is_given_up() {
    let (store, token) = populated();
    let session = user_session(&token);
    let record = record_of(&session, "private");
    let old = get(&store, &record).unwrap();
    let object = session.find_objects(&labelled("private")).unwrap()[0];
    let other = labelled("another name");
    session.set_attributes(object, &other).unwrap();
    put(&store, &record, Some(&old));
    assert!(matches!(&token.damage().unwrap()[..], [Error::RolledBack { .. }]));
    session.give_up(&[text(&record)]).unwrap();
    // Put back once more, it is one that the token does not know.
    put(&store, &record, Some(&old));
    assert!(matches!(&token.damage().unwrap()[..], [Error::RecordUnknown { .. }]));
    assert!(usable(&session, "private").is_err());
    session.give_up(&[text(&record)]).unwrap();
    assert_whole(&store, "private");
}

#[test]
fn only_the_user_gives_up_and_only_what_is_lost() {
    let (store, token) = populated();
    let session = user_session(&token);
    let (lost, sound) = (record_of(&session, "private"), record_of(&session, "secret"));
    put(&store, &lost, None);
    let before = records(&store);
    let refused = |session: &portcullis_token::Session, records: &[&str]| {
        let refused = session.give_up(records).unwrap_err();
        assert_eq!(self::records(&store), before);
        refused
    };
    for record in [text(&sound), "token", "pin-user", "o-0000000000000000", "nothing", ""] {
        assert!(matches!(refused(&session, &[record]), Error::NotDamaged { .. }), "{record}");
        // Nor is anything given up beside it.
        assert!(matches!(refused(&session, &[text(&lost), record]), Error::NotDamaged { .. }), "{record}");
    }
    let read_only = token.open_session(SessionAccess::ReadOnly).unwrap();
    assert!(matches!(refused(&read_only, &[text(&lost)]), Error::SessionReadOnly));
    drop((session, read_only));

    let officer = |token: &Token| {
        let session = token.open_session(SessionAccess::ReadWrite).unwrap();
        assert!(matches!(refused(&session, &[text(&lost)]), Error::UserNotLoggedIn));
        session.login(UserType::So, SO_PIN).unwrap();
        assert!(matches!(refused(&session, &[text(&lost)]), Error::UserNotLoggedIn));
        assert_eq!(all_named(token), [&lost[..]], "the officer is told of it all the same");
    };
    officer(&token);
    let session = open(&store).open_session(SessionAccess::ReadWrite).unwrap();
    session.login(UserType::User, USER_PIN).unwrap();
    session.give_up(&[text(&lost)]).unwrap();
    assert_whole(&store, "private");
}
