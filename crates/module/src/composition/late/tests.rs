//! A late store keeps the contract of all stores, and leaves no trace before its first change.

use portcullis_pal::testkit::contract;

use super::*;

#[test]
fn reading_makes_no_file() {
    let dir = tempfile::tempdir().unwrap();
    let store = LateStore::at(dir.path().join("folder/token.db"));
    let label = Label::new(b"label").unwrap();
    assert_eq!(store.find(&label).unwrap(), None);
    assert_eq!(store.stamp().unwrap(), Stamp::START);
    assert!(store.scan(Stamp::START, &mut |_| panic!("nothing is there")).unwrap().complete);
    store.apply(&[]).unwrap();
    assert_eq!(dir.path().read_dir().unwrap().count(), 0);

    // Another process makes it.
    let other = LateStore::at(dir.path().join("folder/token.db"));
    other.apply(&[Change::save(label, b"value")]).unwrap();
    assert!(store.find(&label).unwrap().is_some());
}

#[test]
fn it_keeps_the_contract_of_stores() {
    contract(|| {
        let dir = tempfile::tempdir().unwrap();
        move || LateStore::at(dir.path().join("token.db"))
    });
}
