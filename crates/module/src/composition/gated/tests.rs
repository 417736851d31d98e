//! A gated store keeps the contract of all stores.

use portcullis_pal::testkit::contract;

use super::*;

#[test]
fn it_keeps_the_contract_of_stores() {
    contract(|| {
        let dir = tempfile::tempdir().unwrap();
        move || GatedStore::at(dir.path().join("token.db"))
    });
}
