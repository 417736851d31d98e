//! Threads that write through one token at once, and power that is cut while one writes: what was acknowledged is
//! there, one that can't be written fails alone, and the ledger is right afterwards.

use std::sync::{Arc, Barrier};
use std::thread;

use portcullis_pal::testkit::{Call, FailingStore, PowerCut, PowerCutStore};
use portcullis_pal::{Error as StoreError, MemoryStore, SqliteStore};
use portcullis_token::{
    AttributeType, Error, ObjectClass, Session, SessionAccess, Template, Token, UserType,
};

use crate::common::{USER_PIN, data, new_token, open, parts, records, secret_key, set_up, user_session};
use crate::populated::{all_named, get, labelled, log_in, record_of, store_of, usable};

const THREADS: usize = 8;
const EACH: usize = 40;

fn key(label: &str) -> Template {
    secret_key(&[7; 16], label).with(AttributeType::Token, true)
}

fn sessions(token: &Token) -> Vec<Session> {
    (0..THREADS).map(|_| token.open_session(SessionAccess::ReadWrite).unwrap()).collect()
}

#[test]
fn threads_of_one_token_lose_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(SqliteStore::create(folder.path().join("store")).unwrap());
    let token = Token::open(parts(store.clone())).unwrap();
    set_up(&token);
    let first = user_session(&token);
    thread::scope(|scope| {
        for (thread, session) in sessions(&token).into_iter().enumerate() {
            scope.spawn(move || {
                for n in 0..EACH {
                    let object = session.create_object(data(&format!("{thread}-{n}"), b"x")).unwrap();
                    assert!(usable(&session, &format!("{thread}-{n}")).unwrap());
                    if n % 4 == 0 {
                        session.destroy_object(object).unwrap();
                    }
                }
            });
        }
    });
    let all = Template::of(ObjectClass::Data);
    assert_eq!(first.find_objects(&all).unwrap().len(), THREADS * EACH * 3 / 4);
    assert!(token.damage().unwrap().is_empty());
    let again = Token::open(parts(store)).unwrap();
    let session = user_session(&again);
    assert_eq!(session.find_objects(&all).unwrap().len(), THREADS * EACH * 3 / 4);
    assert!(again.damage().unwrap().is_empty());
}

/// So many objects that the ledger has twenty pages. Sixteen more are of two runs of numbers, so that with a page that is
/// added, and the first one, five are written.
#[test]
fn objects_that_are_made_together_share_pages_of_the_ledger() {
    let (store, token) = new_token();
    let session = user_session(&token);
    let keys = |count: usize| (0..count).map(|n| key(&format!("{n}"))).collect();
    session.create_objects(keys(1000)).unwrap();
    let before = records(&store);
    session.create_objects(keys(16)).unwrap();
    let after = records(&store);
    let written = after.iter().filter(|record| !before.contains(record));
    let pages = written.filter(|(label, _)| label.starts_with(b"l-")).count();
    assert!((2..=5).contains(&pages), "{pages} pages were written");
    assert!(token.damage().unwrap().is_empty());
}

/// All change one object at once: each sees the others' changes, in whatever order.
#[test]
fn threads_that_change_one_object_do_not_overwrite_each_other_unseen() {
    let (store, token) = new_token();
    let session = user_session(&token);
    let object = session.create_object(key("shared")).unwrap();
    let start = Barrier::new(THREADS);
    thread::scope(|scope| {
        for (thread, session) in sessions(&token).into_iter().enumerate() {
            let start = &start;
            scope.spawn(move || {
                start.wait();
                for n in 0..EACH {
                    let id = Template::new().with(AttributeType::Id, format!("{thread}-{n}").as_str());
                    session.set_attributes(object, &id).unwrap();
                }
            });
        }
    });
    let (fresh, session) = log_in(&store).unwrap();
    assert!(usable(&session, "shared").unwrap() && all_named(&fresh).is_empty());
    // One version for each change, none lost.
    let record = get(&store, &record_of(&session, "shared")).unwrap();
    assert_eq!(u32::from_be_bytes(record[2..6].try_into().unwrap()) as usize, 1 + THREADS * EACH);
}

/// Another process destroys an object that a thread is about to change, while others write: that thread alone fails.
#[test]
fn a_change_that_comes_too_late_fails_alone() {
    let (store, token) = new_token();
    let first = user_session(&token);
    let objects: Vec<_> =
        (0..THREADS).map(|n| first.create_object(key(&format!("old {n}"))).unwrap()).collect();
    let other = open(&store);
    let theirs = user_session(&other);
    for object in theirs.find_objects(&labelled("old 0")).unwrap() {
        theirs.destroy_object(object).unwrap();
    }
    let start = Barrier::new(THREADS);
    let failed: Vec<_> = thread::scope(|scope| {
        let writers: Vec<_> = sessions(&token)
            .into_iter()
            .zip(objects)
            .map(|(session, object)| {
                let start = &start;
                scope.spawn(move || {
                    start.wait();
                    session.set_attributes(object, &Template::new().with(AttributeType::Id, "new"))
                })
            })
            .collect();
        writers.into_iter().filter_map(|writer| writer.join().unwrap().err()).collect()
    });
    assert!(matches!(failed[..], [Error::ObjectHandleInvalid]), "{failed:?}");
    assert!(all_named(&token).is_empty() && all_named(&other).is_empty());
}

/// A store that refuses one value refuses one caller.
#[test]
fn a_write_that_fails_reaches_its_caller_and_changes_nothing() {
    let store = Arc::new(FailingStore::new(MemoryStore::new()));
    let token = Token::open(parts(store.clone())).unwrap();
    set_up(&token);
    let session = user_session(&token);
    store.fail_writes(|| StoreError::Full { place: "the test's medium".into() });
    assert!(matches!(session.create_object(data("one", b"x")), Err(Error::Store(StoreError::Full { .. }))));
    store.heal();
    assert!(!usable(&session, "one").unwrap());
    session.create_object(data("two", b"x")).unwrap();
    assert!(token.damage().unwrap().is_empty());
}

/// An object and what lists it are one batch.
#[test]
fn an_object_and_its_ledger_are_written_together() {
    let store = Arc::new(FailingStore::new(MemoryStore::new()));
    let token = Token::open(parts(store.clone())).unwrap();
    set_up(&token);
    let session = user_session(&token);
    let before = store.calls().len();
    session.create_object(data("one", b"x")).unwrap();
    let calls = store.calls();
    let writes: Vec<_> = calls[before..].iter().filter(|call| matches!(call, Call::Apply(_))).collect();
    let [Call::Apply(batch)] = writes[..] else { panic!("{writes:?}") };
    assert_eq!(batch.len(), 2);
    // Without a login neither is needed.
    session.logout().unwrap();
    let before = store.calls().len();
    session.create_object(data("open", b"x").with(AttributeType::Private, false)).unwrap();
    let calls = store.calls();
    let batches = calls[before..].iter().filter_map(|call| match call {
        Call::Apply(batch) => Some(batch.len()),
        _ => None,
    });
    assert_eq!(batches.collect::<Vec<_>>(), [1]);
}

/// Power is lost at each call, before it and after it, while objects come, change and go.
#[test]
fn a_power_cut_leaves_object_and_ledger_together() {
    for how in [PowerCut::Before, PowerCut::After] {
        for call in 1.. {
            let medium = MemoryStore::new();
            let store = Arc::new(PowerCutStore::new(medium.clone()));
            let token = Token::open(parts(store.clone())).unwrap();
            set_up(&token);
            let session = user_session(&token);
            let old = session.create_object(key("old")).unwrap();
            store.cut(call, how);
            let created = session.create_object(data("new", b"x"));
            let changed = session.set_attributes(old, &Template::new().with(AttributeType::Id, "changed"));
            let destroyed = created.as_ref().ok().map(|new| session.destroy_object(*new));
            drop(session);
            let calls = store.calls();
            let (fresh, session) = log_in(&medium).unwrap();
            assert!(all_named(&fresh).is_empty(), "{how:?} at call {call}");
            assert!(usable(&session, "old").unwrap());
            let changed_there = !session
                .find_objects(&Template::new().with(AttributeType::Id, "changed"))
                .unwrap()
                .is_empty();
            assert!(changed_there || changed.is_err());
            match destroyed {
                Some(Ok(())) => assert!(!usable(&session, "new").unwrap()),
                Some(Err(_)) => drop(usable(&session, "new").unwrap()),
                None => assert!(created.is_err()),
            }
            if calls < call {
                break;
            }
        }
    }
}

/// A PIN change is there or is not: one of the two PINs opens the token, wherever power is lost.
#[test]
fn a_power_cut_leaves_the_old_pin_or_the_new_one() {
    const NEW: &[u8] = b"the new one";
    let medium = MemoryStore::new();
    set_up(&open(&medium));
    let before = records(&medium);
    for how in [PowerCut::Before, PowerCut::After] {
        for call in 1.. {
            let medium = store_of(&before);
            let store = Arc::new(PowerCutStore::new(medium.clone()));
            let token = Token::open(parts(store.clone())).unwrap();
            let session = token.open_session(SessionAccess::ReadWrite).unwrap();
            store.cut(call, how);
            let set = session.set_pin(USER_PIN, NEW);
            let calls = store.calls();
            let session = open(&medium).open_session(SessionAccess::ReadWrite).unwrap();
            let opened = [NEW, USER_PIN].map(|pin| {
                let opened = session.login(UserType::User, pin);
                if opened.is_ok() {
                    session.logout().unwrap();
                }
                opened.is_ok()
            });
            assert!(opened == [true, false] || opened == [false, true] && set.is_err(), "{how:?} at {call}");
            if calls < call {
                break;
            }
        }
    }
}

/// Power is lost at some call of each try: there are no more than ten of them.
#[test]
fn a_power_cut_between_tries_gains_none() {
    for call in 1..8 {
        let medium = MemoryStore::new();
        set_up(&open(&medium));
        let mut tried = 0;
        for _ in 0..30 {
            let store = Arc::new(PowerCutStore::new(medium.clone()));
            let token = Token::open(parts(store.clone())).unwrap();
            let session = token.open_session(SessionAccess::ReadOnly).unwrap();
            store.cut(call, PowerCut::After);
            match session.login(UserType::User, b"wrong") {
                Err(Error::PinIncorrect { .. }) => tried += 1,
                // Before it was counted, or before anyone learnt what came of it.
                Err(Error::Store(_)) => {}
                Err(Error::PinLocked) => break,
                other => panic!("{other:?}"),
            }
        }
        assert!(tried <= 10, "{tried} wrong PINs with a cut at call {call}");
        let info = open(&medium).info().unwrap().user_pin.unwrap();
        assert!(info.tries_left <= 10 - tried.min(9));
    }
}
