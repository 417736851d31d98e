//! Promises to several users of one medium: handles, threads, one after the other and at once.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use super::{bytes_of, destroy, id_of, label, save};
use crate::testkit::{Mirror, Model};
use crate::{Change, Error, ObjectStore, Stamp, When};

pub(super) fn reopening_finds_everything<S: ObjectStore>(open: &impl Fn() -> S) {
    let mut model = Model::new();
    let store = open();
    model.apply_both(&store, &[Change::save(label("a"), b"1"), Change::save(label("b"), b"2")]);
    let (a, b) = (id_of(&store, "a"), id_of(&store, "b"));
    drop(store);

    let store = open();
    model.assert_same(&store);
    assert_eq!((id_of(&store, "a"), id_of(&store, "b")), (a, b), "reopening keeps the ids");
    model.apply_both(&store, &[Change::save(label("a"), b"3"), Change::destroy(label("b"))]);
    drop(store);

    model.assert_same(&open());
}

pub(super) fn a_second_handle_sees_the_first<S: ObjectStore>(open: &impl Fn() -> S) {
    let (one, other) = (open(), open());
    let mut mirror = Mirror::new();
    let mut model = Model::new();
    for round in 0..10_u8 {
        let (writer, reader) = if round % 2 == 0 { (&one, &other) } else { (&other, &one) };
        model.apply_both(writer, &[Change::save(label("a"), &[round]), Change::save(label("b"), b"x")]);
        assert_eq!(reader.stamp().expect("stamp answers"), model.stamp(), "the other handle's stamp moves");
        assert_eq!(bytes_of(reader, "a"), [round], "the other handle sees the new value");
        mirror.refresh(reader);
        mirror.assert_same(&model);
        model.apply_both(writer, &[Change::destroy(label("b"))]);
        model.assert_same(reader);
    }
}

pub(super) fn two_handles_conflict<S: ObjectStore>(open: &impl Fn() -> S) {
    let (one, other) = (open(), open());
    let seen = save(&one, "a", b"0");
    let change = |value| [Change::save(label("a"), value).when(When::Unchanged(seen))];
    one.apply(&change(b"1")).expect("the first writer wins");
    match other.apply(&change(b"2")) {
        Err(Error::Conflict { .. }) => {}
        answer => panic!("the second writer was answered with {answer:?}"),
    }
    assert_eq!(bytes_of(&other, "a"), b"1", "the second writer changed nothing");
    destroy(&other, "a");
    one.apply(&[Change::save(label("a"), b"3").when(When::Absent)]).expect("it was destroyed by the other");
}

/// Threads on two handles count up one number and each leave a trail of objects.
pub(super) fn writers_at_once_lose_nothing<S: ObjectStore>(open: &impl Fn() -> S) {
    const EACH: u64 = 25;
    let handles = [open(), open()];
    save(&handles[0], "sum", &0_u64.to_be_bytes());
    thread::scope(|scope| {
        for at in 0..4 {
            let store = &handles[at % handles.len()];
            scope.spawn(move || {
                for step in 0..EACH {
                    count_up(store, &format!("{at}/{step}"));
                }
            });
        }
    });
    for store in &handles {
        let sum = u64::from_be_bytes(bytes_of(store, "sum").try_into().expect("eight bytes"));
        assert_eq!(sum, 4 * EACH, "no step was lost");
        assert_eq!(store.stamp().expect("stamp answers"), Stamp(1 + 4 * EACH), "each batch moved the stamp");
        for name in (0..4).flat_map(|at| (0..EACH).map(move |step| format!("{at}/{step}"))) {
            id_of(store, &name);
        }
    }
}

fn count_up<S: ObjectStore>(store: &S, trail: &str) {
    loop {
        let value = store.value(id_of(store, "sum")).expect("value answers").expect("it is never destroyed");
        let sum = u64::from_be_bytes(value.bytes.as_slice().try_into().expect("eight bytes"));
        let next = (sum + 1).to_be_bytes();
        let batch = [
            Change::save(label("sum"), &next).when(When::Unchanged(value.revision)),
            Change::save(label(trail), b"").when(When::Absent),
        ];
        match store.apply(&batch) {
            Ok(_) => return,
            Err(Error::Conflict { .. }) => {}
            Err(error) => panic!("a writer among others failed: {error}"),
        }
    }
}

/// A writer changes two objects in each batch; whoever scans sees both old or both new.
pub(super) fn a_scan_shows_one_moment<S: ObjectStore>(open: &impl Fn() -> S) {
    let (writer, reader) = (open(), open());
    let done = AtomicBool::new(false);
    let (done, write) = (&done, &writer);
    let pair = |value: &u32| {
        let value = value.to_be_bytes();
        write.apply(&[Change::save(label("left"), &value), Change::save(label("right"), &value)])
    };
    pair(&0).expect("saving succeeds");
    thread::scope(|scope| {
        scope.spawn(move || {
            let outcome = (1..=50).try_for_each(|value| pair(&value).map(|_| ()));
            done.store(true, Ordering::SeqCst);
            outcome.expect("saving succeeds");
        });
        let mut last = Stamp::START;
        let mut finished = false;
        while !finished {
            // Looked at before the scan, so that the last scan shows the last batch.
            finished = done.load(Ordering::SeqCst);
            let mut seen = Vec::new();
            let scan = reader
                .scan(Stamp::START, &mut |record| {
                    seen.push((record.revision, record.value.map(<[u8]>::to_vec)));
                })
                .expect("scan answers");
            assert!(seen.len() == 2 && seen[0] == seen[1], "a scan shows a batch half done: {seen:?}");
            assert_eq!(seen[0].0, scan.stamp, "a scan's stamp is that of the moment it shows");
            assert!(scan.stamp >= last, "the history never goes back");
            last = scan.stamp;
        }
    });
}
