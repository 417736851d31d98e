//! What can't be seen from outside: how the connections are set up, a full database without a full disk,
//! and what becomes of SQLite's result codes.

use std::path::Path;

use rusqlite::{Connection, ffi};

use super::SqliteStore;
use super::place::Place;
use super::trouble::Trouble;
use crate::{Change, Error, Label, ObjectStore, Stamp};

fn label(name: &str) -> Label {
    Label::new(name.as_bytes()).unwrap()
}

fn pragma(connection: &Connection, name: &str) -> String {
    connection
        .pragma_query_value(None, name, |row| row.get::<_, rusqlite::types::Value>(0))
        .map(|value| format!("{value:?}"))
        .unwrap()
}

#[test]
fn the_writer_is_set_up_for_durability_and_erasure() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::create(folder.path().join("store")).unwrap();
    let writer = store.writer.as_ref().unwrap().lock();
    let writer = writer.connection();
    assert_eq!(pragma(writer, "journal_mode"), r#"Text("wal")"#);
    assert_eq!(pragma(writer, "synchronous"), "Integer(2)");
    assert_eq!(pragma(writer, "secure_delete"), "Integer(1)");
}

/// The limit is SQLite's own, so this runs where no small disk can be mounted.
#[test]
fn a_full_database_refuses_and_stays_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::create(folder.path().join("store")).unwrap();
    store.apply(&[Change::save(label("a"), b"1")]).unwrap();
    let limit = |pages: u32| {
        let writer = store.writer.as_ref().unwrap().lock();
        writer.connection().pragma_update(None, "max_page_count", pages).unwrap();
    };
    limit(10);
    let batch = [Change::save(label("a"), b"2"), Change::save(label("b"), &[0; 100_000])];
    let error = store.apply(&batch).unwrap_err();
    assert!(matches!(error, Error::Full { .. }), "{error:?}");
    assert_eq!(store.stamp().unwrap(), Stamp(1));
    let id = store.find(&label("a")).unwrap().unwrap();
    assert_eq!(store.value(id).unwrap().unwrap().bytes.as_slice(), b"1");
    assert_eq!(store.find(&label("b")).unwrap(), None);
    limit(1000);
    assert_eq!(store.apply(&batch).unwrap(), Stamp(2));
}

#[test]
fn readers_leave_their_connections_for_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::create(folder.path().join("store")).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| store.find(&label("a")).unwrap());
        }
    });
    let idle = store.readers.lock().len();
    assert!((1..=super::IDLE_READERS).contains(&idle), "{idle}");
    store.find(&label("a")).unwrap();
    assert_eq!(store.readers.lock().len(), idle);
}

#[test]
fn result_codes_become_causes() {
    let place = Place::new(Path::new("/place")).unwrap();
    let error = |code| Trouble::from(rusqlite::Error::SqliteFailure(ffi::Error::new(code), None)).at(&place);
    for (code, is_right) in [
        (ffi::SQLITE_FULL, (|error| matches!(error, Error::Full { .. })) as fn(&Error) -> bool),
        // Where there is room, that is no reason.
        (ffi::SQLITE_IOERR_SHMSIZE, |error| matches!(error, Error::Medium { .. })),
        (ffi::SQLITE_IOERR_WRITE, |error| matches!(error, Error::Medium { .. })),
        (ffi::SQLITE_CANTOPEN, |error| matches!(error, Error::Medium { .. })),
        (ffi::SQLITE_BUSY, |error| matches!(error, Error::Busy { .. })),
        (ffi::SQLITE_BUSY_RECOVERY, |error| matches!(error, Error::Busy { .. })),
        (ffi::SQLITE_PROTOCOL, |error| matches!(error, Error::Busy { .. })),
        (ffi::SQLITE_READONLY_DBMOVED, |error| matches!(error, Error::ReadOnly { .. })),
        (ffi::SQLITE_CORRUPT, |error| matches!(error, Error::NotAStore { .. })),
        (ffi::SQLITE_NOTADB, |error| matches!(error, Error::NotAStore { .. })),
    ] {
        let error = error(code);
        assert!(is_right(&error), "{code} became {error:?}");
        assert!(error.to_string().contains("/place"), "{error}");
    }
}
