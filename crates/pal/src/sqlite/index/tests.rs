//! What the index says, and that reading it takes no lock away from SQLite. That stamps are right is for the contract
//! and for `sqlite_processes` to check.

#![allow(clippy::unwrap_used, reason = "a test that can't go on should stop where it is")]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::Connection;
use tempfile::TempDir;

use super::Index;
use crate::sqlite::place::Place;
use crate::{Change, Label, ObjectStore, SqliteStore, Stamp};

fn store() -> (TempDir, PathBuf, SqliteStore) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let store = SqliteStore::create(&path).unwrap();
    (folder, path, store)
}

fn index(path: &Path) -> Index {
    Index::of(&Place::new(path).unwrap()).expect("an open store has an index")
}

fn save(store: &SqliteStore, value: &[u8]) -> Stamp {
    store.apply(&[Change::save(Label::new(b"a").unwrap(), value)]).unwrap()
}

#[test]
fn the_head_moves_with_each_commit_and_with_nothing_else() {
    let (_folder, path, store) = store();
    let index = index(&path);
    let before = index.head().unwrap();
    store.find(&Label::new(b"a").unwrap()).unwrap();
    assert_eq!(store.apply(&[]).unwrap(), Stamp::START);
    assert_eq!(index.head().unwrap(), before, "nothing was committed");
    // The same value twice: what counts is the commit.
    save(&store, b"1");
    let first = index.head().unwrap();
    assert_ne!(first, before);
    save(&store, b"1");
    assert_ne!(index.head().unwrap(), first);
}

/// A log that was merged is written from its start again, so frame numbers come again. Heads don't.
#[test]
fn no_head_comes_again_when_the_log_starts_anew() {
    let (_folder, path, store) = store();
    let (index, merging) = (index(&path), Connection::open(&path).unwrap());
    let mut heads = std::collections::HashSet::new();
    for round in 1..=20 {
        assert_eq!(save(&store, b"1"), Stamp(round));
        assert!(heads.insert(index.head().unwrap()), "round {round}");
        merging.query_row("PRAGMA wal_checkpoint(RESTART)", (), |row| row.get::<_, i64>(0)).unwrap();
        assert_eq!(store.stamp().unwrap(), Stamp(round));
    }
}

/// Closing a descriptor of the index would drop SQLite's locks on it.
#[test]
fn one_descriptor_serves_all_handles_as_long_as_the_file_is_there() {
    let (_folder, path, store) = store();
    let other = SqliteStore::open(&path).unwrap();
    let file = Arc::downgrade(&index(&path).0);
    let same = |index: &Index| Arc::downgrade(&index.0).ptr_eq(&file);
    assert!([&store, &other].into_iter().all(|store| store.index.as_ref().is_some_and(same)));
    let connection = Connection::open(&path).unwrap();
    assert_eq!(connection.query_row("SELECT stamp FROM head", (), |row| row.get::<_, i64>(0)).unwrap(), 0);
    drop((store, other));
    assert!(file.strong_count() > 0, "a connection that is none of ours may hold locks");
    assert!(same(&index(&path)));
    connection.close().unwrap();
    let elsewhere = SqliteStore::create(path.with_file_name("elsewhere")).unwrap();
    assert_eq!(file.strong_count(), 0, "SQLite has deleted the file: {elsewhere:?}");
}

#[test]
fn the_last_handle_leaves_nothing_open() {
    let (_folder, path, store) = store();
    let file = Arc::downgrade(&index(&path).0);
    drop(store);
    assert_eq!(file.strong_count(), 0);
}
