//! Promises about single objects: what is found, what it holds, and its id.

use std::collections::BTreeSet;
use std::num::NonZeroU64;

use super::{bytes_of, destroy, id_of, label, save};
use crate::testkit::Model;
use crate::{Change, Error, Label, ObjectId, ObjectStore, Stamp};

pub(super) fn an_empty_store_is_empty<S: ObjectStore>(store: &S) {
    assert_eq!(store.stamp().expect("stamp answers"), Stamp::START, "a new store is at the start");
    assert_eq!(store.find(&label("a")).expect("find answers"), None, "a new store holds nothing");
    for id in [NonZeroU64::MIN, NonZeroU64::MAX].map(ObjectId) {
        assert!(store.value(id).expect("value answers").is_none(), "a new store has no value for {id:?}");
    }
    Model::new().assert_same(store);
}

pub(super) fn what_was_saved_is_there<S: ObjectStore>(store: &S) {
    let stamp = save(store, "a", b"value");
    assert_eq!(stamp, Stamp(1), "the first batch moves the stamp to 1");
    assert_eq!(store.stamp().expect("stamp answers"), stamp, "apply returns the new stamp");
    let value = store.value(id_of(store, "a")).expect("value answers").expect("the object is there");
    assert_eq!(value.bytes.as_slice(), b"value", "the bytes are those saved");
    assert_eq!(value.revision, stamp, "the revision is the batch's stamp");
    assert_eq!(store.find(&label("b")).expect("find answers"), None, "another label finds nothing");
}

pub(super) fn saving_again_replaces<S: ObjectStore>(store: &S) {
    save(store, "a", b"a longer first value");
    let id = id_of(store, "a");
    let stamp = save(store, "a", b"second");
    assert_eq!(id_of(store, "a"), id, "an id is stable until the object is destroyed");
    let value = store.value(id).expect("value answers").expect("the object is there");
    assert_eq!(value.bytes.as_slice(), b"second", "the second value replaced the first");
    assert_eq!(value.revision, stamp, "saving again moves the revision");
}

pub(super) fn destroying_removes<S: ObjectStore>(store: &S) {
    save(store, "a", b"1");
    save(store, "b", b"2");
    let id = id_of(store, "a");
    destroy(store, "a");
    assert_eq!(store.find(&label("a")).expect("find answers"), None, "a destroyed object is not found");
    assert!(store.value(id).expect("value answers").is_none(), "a destroyed object has no value");
    assert_eq!(bytes_of(store, "b"), b"2", "the object beside it stays");
    let stamp = destroy(store, "a");
    assert_eq!(stamp, Stamp(4), "destroying what is not there succeeds, and is a batch as any other");
}

/// No label is cut, padded, compared as text or taken for the beginning of another.
pub(super) fn labels_are_told_apart<S: ObjectStore>(store: &S) {
    let longest = [b'x'; Label::MAX];
    let labels: [&[u8]; 9] = [
        b"",
        b"\0",
        b"a",
        b"a\0",
        b"A",
        b"a%",
        b"\xff\xfe'\"",
        &longest,
        longest.split_last().expect("it is not empty").1,
    ];
    let labels = labels.map(|bytes| Label::new(bytes).expect("within the limit"));
    let mut model = Model::new();
    for (at, &label) in labels.iter().enumerate() {
        model.apply_both(store, &[Change::save(label, &at.to_be_bytes())]);
    }
    model.assert_same(store);
    for label in labels {
        model.apply_both(store, &[Change::destroy(label)]);
        model.assert_same(store);
    }
}

/// Values from nothing to a mebibyte. A medium may refuse long ones, but only as too large, and unchanged.
pub(super) fn values_of_any_length<S: ObjectStore>(store: &S) {
    let mut model = Model::new();
    for len in [0, 1, 255, 256, 1500, 4095, 4096, 4097, 65_537, 1 << 20] {
        let value: Vec<u8> = (0..len).map(|at| (at % 251) as u8).collect();
        let change = [Change::save(label("long"), &value), Change::save(label("beside"), b"short")];
        match store.apply(&change) {
            Err(Error::TooLarge { len: told, max }) => {
                assert!(told == len && max < len, "{len} bytes refused as {told} with a limit of {max}");
                assert!(len > 1500, "every store takes the size of a certificate");
            }
            answer => {
                let stamp = answer.expect("saving succeeds");
                assert_eq!(model.apply(&change).ok(), Some(stamp), "the stamp that apply returned");
            }
        }
        model.assert_same(store);
    }
    model.apply_both(store, &[Change::save(label("long"), b"")]);
    model.assert_same(store);
}

/// Whoever still holds the id of a destroyed object must not reach another one through it.
pub(super) fn ids_are_not_reused<S: ObjectStore>(open: &impl Fn() -> S) {
    let mut seen = BTreeSet::new();
    for round in 0..8 {
        let store = open();
        for name in ["a", "b"] {
            save(&store, name, b"x");
            assert!(seen.insert(id_of(&store, name)), "an id came back in round {round}");
        }
        destroy(&store, "b");
        destroy(&store, "a");
        for &id in &seen {
            assert!(store.value(id).expect("value answers").is_none(), "{id:?} outlived its object");
        }
    }
}
