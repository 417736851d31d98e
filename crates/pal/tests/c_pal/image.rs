//! The store over two images: the contract, what it refuses to open, and ports that say what is not so.

use std::cell::RefCell;

use portcullis_pal::c_pal::ImageStore;
use portcullis_pal::testkit::contract;
use portcullis_pal::{Change, Error, ObjectStore, Stamp};

use crate::ram::{Fault, NAMES, RamPort};
use crate::support::label;

fn open(port: &RamPort) -> ImageStore<RamPort> {
    ImageStore::open(port.clone(), NAMES).unwrap()
}

fn value(store: &impl ObjectStore, name: &str) -> Option<Vec<u8>> {
    let id = store.find(&label(name)).unwrap()?;
    store.value(id).unwrap().map(|value| value.bytes.to_vec())
}

#[test]
fn the_contract() {
    contract(|| {
        let store = open(&RamPort::default());
        move || store.clone()
    });
}

/// The suite opens the same medium again while the first handle lives, which two images don't allow; here each handle
/// is gone before the next.
#[test]
fn what_was_saved_is_there_after_a_restart() {
    let port = RamPort::default();
    let saved = open(&port).apply(&[Change::save(label("a"), b"1"), Change::save(label("b"), b"")]).unwrap();
    let gone = open(&port).apply(&[Change::destroy(label("b"))]).unwrap();
    let store = open(&port);
    assert_eq!((saved, gone, store.stamp().unwrap()), (Stamp(1), Stamp(2), Stamp(2)));
    assert_eq!(value(&store, "a").as_deref(), Some(&b"1"[..]));
    assert_eq!(value(&store, "b"), None);
    let id = store.find(&label("a")).unwrap().unwrap();
    store.apply(&[Change::save(label("c"), b"3")]).unwrap();
    assert_ne!(store.find(&label("c")).unwrap(), Some(id));
    assert_eq!(store.value(id).unwrap().unwrap().revision, saved);
}

#[test]
fn looking_writes_nothing() {
    let port = RamPort::default();
    assert_eq!(open(&port).stamp().unwrap(), Stamp::START);
    assert!(NAMES.iter().all(|name| port.held(name).is_none()));
}

#[test]
fn what_is_not_an_image_is_not_overwritten() {
    for held in [[Some(&b"\x30\x77\x02\x01"[..]), None], [None, Some(b"-----BEGIN")]] {
        let port = RamPort::default();
        for (name, bytes) in NAMES.iter().zip(held) {
            bytes.iter().for_each(|bytes| port.put(name, bytes));
        }
        let refused = ImageStore::open(port.clone(), NAMES).unwrap_err();
        assert!(
            matches!(&refused, Error::NotAStore { place, .. } if place.contains("Claim Key")),
            "{refused}"
        );
        assert_eq!(NAMES.map(|name| port.held(&name)), held.map(|bytes| bytes.map(<[u8]>::to_vec)));
    }
}

#[test]
fn one_damaged_image_costs_its_batch_at_most_and_two_are_refused() {
    let port = RamPort::default();
    let store = open(&port);
    store.apply(&[Change::save(label("a"), b"1")]).unwrap();
    store.apply(&[Change::save(label("a"), b"2")]).unwrap();
    let images = NAMES.map(|name| port.held(&name).unwrap());
    for at in 0..images[0].len() {
        for (name, image) in NAMES.iter().zip(&images) {
            let mut damaged = image.clone();
            damaged[at] ^= 1;
            port.put(name, &damaged);
            let found = value(&open(&port), "a").unwrap();
            assert!(found == b"1" || found == b"2", "{found:?}");
            port.put(name, image);
        }
    }
    for name in &NAMES {
        let mut damaged = port.held(name).unwrap();
        *damaged.last_mut().unwrap() ^= 1;
        port.put(name, &damaged);
    }
    assert!(matches!(ImageStore::open(port, NAMES), Err(Error::NotAStore { .. })));
}

/// Some ports give back the whole sector.
#[test]
fn bytes_behind_an_image_do_no_harm() {
    let port = RamPort::default();
    open(&port).apply(&[Change::save(label("a"), b"1")]).unwrap();
    for name in &NAMES {
        let mut sector = port.held(name).unwrap();
        sector.resize(4096, 0xff);
        port.put(name, &sector);
    }
    assert_eq!(value(&open(&port), "a").as_deref(), Some(&b"1"[..]));
}

#[test]
fn a_port_that_fails_or_lies_changes_nothing() {
    for fault in [Fault::Refused, Fault::Lost, Fault::Bent] {
        let port = RamPort::default();
        let store = open(&port);
        store.apply(&[Change::save(label("a"), b"1")]).unwrap();
        port.fail(1, fault);
        let failed = store.apply(&[Change::save(label("a"), b"2")]).unwrap_err();
        assert!(matches!(failed, Error::Medium { .. }), "{fault:?}: {failed}");
        assert_eq!(value(&store, "a").as_deref(), Some(&b"1"[..]));
        // Neither does it come up later.
        assert_eq!(value(&open(&port), "a").as_deref(), Some(&b"1"[..]), "{fault:?}");
        assert_eq!(store.apply(&[Change::save(label("a"), b"3")]).unwrap(), Stamp(2));
        assert_eq!(value(&open(&port), "a").as_deref(), Some(&b"3"[..]));
    }
}

#[test]
fn bad_input_is_no_image() {
    let port = RamPort::default();
    open(&port).apply(&[Change::save(label("a"), &[7; 100])]).unwrap();
    let image = port.held(&NAMES[1]).unwrap();
    let alone = RefCell::new(RamPort::default());
    for len in 0..image.len() {
        alone.replace(RamPort::default());
        alone.borrow().put(&NAMES[1], &image[..len]);
        let opened = ImageStore::open(alone.borrow().clone(), NAMES);
        let blank = image[..len].iter().all(|&byte| byte == 0);
        assert_eq!(opened.is_ok(), blank, "{len} bytes");
    }
}
