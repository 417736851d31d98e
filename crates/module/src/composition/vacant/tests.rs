//! A vacant store takes a place at its first change and not before, and nobody else's.

use std::thread;

use super::*;

fn save(store: &VacantStore, value: &[u8]) {
    let label = Label::new(b"label").unwrap();
    store.apply(&[Change::save(label, value)]).unwrap();
}

#[test]
fn reading_takes_no_place() {
    let dir = tempfile::tempdir().unwrap();
    let store = VacantStore::below(dir.path());
    assert_eq!(store.find(&Label::new(b"label").unwrap()).unwrap(), None);
    assert_eq!(store.stamp().unwrap(), Stamp::START);
    assert!(store.scan(Stamp::START, &mut |_| panic!("nothing is there")).unwrap().complete);
    store.apply(&[]).unwrap();
    assert_eq!(store.folder(), None);
    assert_eq!(dir.path().read_dir().unwrap().count(), 0);
}

#[test]
fn each_takes_a_place_of_its_own_and_keeps_it() {
    let dir = tempfile::tempdir().unwrap();
    let stores: Vec<_> = (0..4).map(|_| VacantStore::below(dir.path())).collect();
    thread::scope(|scope| {
        for (number, store) in stores.iter().enumerate() {
            scope.spawn(move || save(store, &[number as u8]));
        }
    });
    let mut folders: Vec<_> = stores.iter().map(|store| store.folder().unwrap().to_owned()).collect();
    folders.sort();
    assert_eq!(folders, [1, 2, 3, 4].map(|number: u8| dir.path().join(number.to_string())));
    for (number, store) in stores.iter().enumerate() {
        let id = store.find(&Label::new(b"label").unwrap()).unwrap().unwrap();
        assert_eq!(&store.value(id).unwrap().unwrap().bytes[..], [number as u8]);
        save(store, b"again");
    }
    assert_eq!(dir.path().read_dir().unwrap().count(), 4);
}

#[test]
fn one_store_is_written_first_by_two_threads() {
    let dir = tempfile::tempdir().unwrap();
    let store = VacantStore::below(dir.path());
    thread::scope(|scope| {
        scope.spawn(|| save(&store, b"one"));
        scope.spawn(|| save(&store, b"two"));
    });
    assert_eq!(dir.path().read_dir().unwrap().count(), 1);
}
