//! What is not a store: refused as what it is, left byte for byte as it was, nothing left beside it.

#![allow(clippy::unwrap_used, reason = "a test that can't go on says where")]

mod support;

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use portcullis_pal::testkit::Model;
use portcullis_pal::{Change, Error, ObjectStore, SqliteStore};
use proptest::prelude::*;
use rusqlite::Connection;
use rusqlite::config::DbConfig;
use support::{contents, label};

/// Opens the file in every way and hands the answers to `expected`.
#[track_caller]
fn assert_refused(path: &Path, expected: impl Fn(&Error) -> bool) {
    let folder = path.parent().unwrap();
    // The log's index is a cache of the log, which whoever reads the log may rebuild.
    let contents = |folder| {
        let mut all = contents(folder);
        if all.contains_key(OsStr::new("store-wal")) {
            all.remove(OsStr::new("store-shm"));
        }
        all
    };
    let before = contents(folder);
    for open in [|path: &Path| SqliteStore::open(path), |path: &Path| SqliteStore::open_or_create(path)] {
        let error = open(path).expect_err("it should be refused");
        assert!(expected(&error), "{error:?}");
        let sentence = error.to_string();
        assert!(sentence.contains(path.to_str().unwrap()), "the place is missing in: {sentence}");
        assert!(contents(folder) == before, "something was changed: {:?}", contents(folder).keys());
    }
}

#[track_caller]
fn assert_not_a_store(path: &Path, reason: &str) {
    assert_refused(path, |error| matches!(error, Error::NotAStore { why, .. } if why == reason));
}

fn file(bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    fs::write(&path, bytes).unwrap();
    (folder, path)
}

/// The bytes of a sound store with enough in it to have many pages.
fn sound() -> &'static [u8] {
    static SOUND: LazyLock<Vec<u8>> = LazyLock::new(|| {
        let (_keep, path) = make_store();
        fs::read(path).unwrap()
    });
    &SOUND
}

fn store() -> (tempfile::TempDir, PathBuf) {
    file(sound())
}

fn make_store() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let store = SqliteStore::create(&path).unwrap();
    for at in 0..20 {
        store.apply(&[Change::save(label(&format!("object {at}")), &[at; 1500])]).unwrap();
    }
    store.apply(&[Change::destroy(label("object 0"))]).unwrap();
    (folder, path)
}

/// What someone else did to a store's file.
fn tampered(sql: &str) -> (tempfile::TempDir, PathBuf) {
    let (folder, path) = store();
    Connection::open(&path).unwrap().execute_batch(sql).unwrap();
    (folder, path)
}

#[test]
fn an_empty_file() {
    let (_keep, path) = file(b"");
    assert_not_a_store(&path, "the file is empty");
}

#[test]
fn files_that_are_no_database() {
    let noise: Vec<u8> = (0_u32..12_288).map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    for bytes in [&noise[..], &noise[..512], &[0; 8192], &sound()[1..]] {
        let (_keep, path) = file(bytes);
        assert_not_a_store(&path, "it is no SQLite database");
    }
    for bytes in [&noise[..1], &noise[..511], b"[token]\nserial = 1\n", b"SQLite format 3\0"] {
        let (_keep, path) = file(bytes);
        assert_not_a_store(&path, "the file is too short");
    }
}

#[test]
fn a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    fs::create_dir(&path).unwrap();
    assert_not_a_store(&path, "it is not a file");
}

#[test]
fn databases_of_other_programs() {
    for journal in ["DELETE", "WAL"] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store");
        let other = Connection::open(&path).unwrap();
        other.pragma_update(None, "journal_mode", journal).unwrap();
        other
            .execute_batch("CREATE TABLE nssPublic (id, a0); INSERT INTO nssPublic VALUES (1, x'00')")
            .unwrap();
        other.close().unwrap();
        assert_not_a_store(&path, "it is a database of another program");
    }
}

/// The other program was killed: its log is still there, and must not be merged by us.
#[test]
fn a_database_of_another_program_with_its_log() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let other = Connection::open(&path).unwrap();
    other.pragma_update(None, "journal_mode", "WAL").unwrap();
    other.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true).unwrap();
    other.execute_batch("CREATE TABLE t (a); INSERT INTO t VALUES (1)").unwrap();
    other.close().unwrap();
    assert!(folder.path().join("store-wal").metadata().unwrap().len() > 0);
    assert_not_a_store(&path, "it is a database of another program");
}

#[test]
fn stores_of_another_format() {
    let (_keep, path) = tampered("PRAGMA user_version = 2");
    assert_refused(&path, |error| matches!(error, Error::Newer { found: 2, known: 1, .. }));
    let (_keep, path) = tampered("PRAGMA user_version = -1");
    assert_not_a_store(&path, "the database is damaged, or can't be read in full");
    let (_keep, path) = tampered("PRAGMA user_version = 0");
    assert_not_a_store(&path, "it names no store format");
}

/// A newer version upgraded the store and was killed before its log was merged.
#[test]
fn a_store_whose_log_says_that_it_is_newer() {
    let (_keep, path) = store();
    let newer = Connection::open(&path).unwrap();
    newer.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true).unwrap();
    newer.pragma_update(None, "user_version", 7).unwrap();
    newer.close().unwrap();
    assert_refused(&path, |error| matches!(error, Error::Newer { found: 7, .. }));
}

/// A process was killed while it merged the log: the file's first page already speaks of pages that are
/// still in the log only. Such a store is sound.
#[test]
fn a_store_whose_merging_was_cut_off() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let store = SqliteStore::create(&path).unwrap();
    let last = Connection::open(&path).unwrap();
    last.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true).unwrap();
    let mut model = Model::new();
    for at in 0..20 {
        model.apply_both(&store, &[Change::save(label(&format!("object {at}")), &[at; 1500])]);
    }
    last.query_row("SELECT stamp FROM head", (), |_| Ok(())).unwrap();
    drop(store);
    last.close().unwrap();
    let before = fs::read(&path).unwrap();

    let merged = tempfile::tempdir().unwrap();
    for name in ["store", "store-wal"] {
        fs::copy(folder.path().join(name), merged.path().join(name)).unwrap();
    }
    drop(SqliteStore::open(merged.path().join("store")).unwrap());
    let after = fs::read(merged.path().join("store")).unwrap();
    assert!(after.len() > before.len());
    fs::write(&path, [&after[..4096], &before[4096..]].concat()).unwrap();
    fs::remove_file(folder.path().join("store-shm")).unwrap();

    model.assert_same(&SqliteStore::open(&path).unwrap());
}

#[test]
fn stores_with_other_tables() {
    for sql in [
        "DROP TABLE destroyed",
        "CREATE TABLE more (a)",
        "CREATE TRIGGER thief AFTER INSERT ON object BEGIN DELETE FROM object; END",
        "CREATE VIEW v AS SELECT 1",
        "DROP INDEX object_revision",
        "ALTER TABLE object ADD COLUMN more INTEGER",
    ] {
        let (_keep, path) = tampered(sql);
        assert_not_a_store(&path, "its tables are not those of a store");
    }
}

#[test]
fn stores_with_impossible_numbers() {
    for sql in ["UPDATE head SET stamp = -1", "DELETE FROM head"] {
        let (_keep, path) = tampered(sql);
        assert_refused(&path, |error| matches!(error, Error::NotAStore { .. }));
    }
    for sql in [
        "UPDATE head SET stamp = 9223372036854775807",
        "UPDATE head SET last_id = 9223372036854775807",
        "UPDATE head SET last_id = 5",
    ] {
        let (_keep, path) = tampered(sql);
        let before = fs::read(&path).unwrap();
        let error = SqliteStore::open(&path).unwrap().apply(&[Change::save(label("a"), b"1")]).unwrap_err();
        assert!(matches!(error, Error::NotAStore { .. }), "{error:?}");
        assert!(fs::read(&path).unwrap() == before, "{sql}");
    }
}

#[test]
fn a_store_cut_short() {
    let whole = sound();
    for len in (1..whole.len()).step_by(1024) {
        let (_keep, path) = file(&whole[..len]);
        assert_refused(&path, |error| matches!(error, Error::NotAStore { .. }));
    }
}

/// Whichever page is lost: where opening does not read it, reading everything does.
#[test]
fn a_store_with_a_page_overwritten() {
    let whole = sound();
    for at in (0..whole.len()).step_by(4096) {
        let mut damaged = whole.to_vec();
        damaged[at..at + 4096].fill(0xa5);
        let (_keep, path) = file(&damaged);
        match SqliteStore::open(&path) {
            Ok(store) => {
                let seen = store.scan(portcullis_pal::Stamp::START, &mut |_| {});
                let found = (0..20)
                    .map(|at| store.find(&label(&format!("object {at}"))))
                    .collect::<Result<Vec<_>, _>>();
                let changed = store.scan(portcullis_pal::Stamp(20), &mut |_| {});
                let errors = [seen.err(), found.err(), changed.err()];
                assert!(errors.iter().any(Option::is_some), "page {} was lost unnoticed", at / 4096);
                for error in errors.into_iter().flatten() {
                    assert!(matches!(error, Error::NotAStore { .. }), "{error:?}");
                }
                drop(store);
                assert!(fs::read(&path).unwrap() == damaged, "reading changed the file");
            }
            Err(_) => assert_refused(&path, |error| matches!(error, Error::NotAStore { .. })),
        }
    }
}

#[test]
fn nothing_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("absent/store");
    assert!(matches!(SqliteStore::open(&path), Err(Error::Missing { .. })));
    assert!(contents(folder.path()).is_empty(), "opening creates nothing");
}

#[test]
fn creating_over_something() {
    let (keep, path) = file(b"precious");
    let before = contents(keep.path());
    assert!(matches!(SqliteStore::create(&path), Err(Error::Exists { .. })));
    assert_eq!(contents(keep.path()), before);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    /// No damage to a file makes a call panic, and what is refused stays as it was.
    #[test]
    fn random_damage(at in any::<prop::sample::Index>(), bytes in prop::collection::vec(any::<u8>(), 1..16)) {
        let mut damaged = sound().to_vec();
        let at = at.index(damaged.len() - bytes.len());
        damaged[at..at + bytes.len()].copy_from_slice(&bytes);
        let (_keep, path) = file(&damaged);
        match SqliteStore::open(&path) {
            Ok(store) => {
                let _ = store.scan(portcullis_pal::Stamp(3), &mut |_| {});
                let _ = store.find(&label("object 7")).map(|id| id.map(|id| store.value(id).map(drop)));
                let _ = store.apply(&[Change::save(label("object 7"), b"new"), Change::destroy(label("object 8"))]);
            }
            Err(_) => prop_assert!(fs::read(&path).unwrap() == damaged),
        }
    }
}
