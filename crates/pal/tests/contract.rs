//! The contract suite over every store of this crate.

#![allow(clippy::unwrap_used, reason = "a test that can't go on says where")]

mod flash_support;

use flash_support::Usual;
use portcullis_pal::testkit::{FailingStore, contract};
use portcullis_pal::{LateStore, MemoryStore, SqliteStore};

#[test]
fn memory() {
    contract(|| {
        let medium = MemoryStore::new();
        move || medium.clone()
    });
}

#[test]
fn sqlite() {
    contract(|| {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store");
        SqliteStore::create(&path).unwrap();
        move || {
            let _keep = &folder;
            SqliteStore::open(&path).unwrap()
        }
    });
}

#[test]
fn sqlite_that_is_made_late() {
    contract(|| {
        let folder = tempfile::tempdir().unwrap();
        move || LateStore::at(folder.path().join("folder/store"))
    });
}

#[test]
fn flash() {
    contract(|| {
        let flash = Usual::blank(16);
        let range = 0..flash.len();
        flash_support::opener(flash, range)
    });
}

#[test]
fn a_failing_store_that_is_not_told_to_fail() {
    contract(|| {
        let medium = MemoryStore::new();
        move || FailingStore::new(medium.clone())
    });
}
