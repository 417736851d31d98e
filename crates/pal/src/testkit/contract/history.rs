//! Promises about the store's history: what a scan shows of it.

use super::{destroy, id_of, label, save};
use crate::testkit::{Mirror, Model};
use crate::{Change, ObjectStore, Stamp};

pub(super) fn scans_since_a_stamp<S: ObjectStore>(store: &S) {
    let mut model = Model::new();
    let mut mirror = Mirror::new();
    mirror.refresh(store);
    let steps: [&[Change<'_>]; 5] = [
        &[Change::save(label("a"), b"1"), Change::save(label("b"), b"2"), Change::save(label("c"), b"3")],
        &[Change::save(label("b"), b"changed")],
        &[Change::destroy(label("a")), Change::save(label("d"), b"new")],
        &[Change::save(label("brief"), b""), Change::destroy(label("brief"))],
        &[Change::destroy(label("b")), Change::destroy(label("absent"))],
    ];
    let mut behind = mirror.clone();
    for step in steps {
        model.apply_both(store, step);
        mirror.refresh(store);
        mirror.assert_same(&model);
        mirror.refresh(store);
        mirror.assert_same(&model);
    }
    behind.refresh(store);
    behind.assert_same(&model);
}

/// A store that was put back to an older state can be asked about a stamp that it has not reached.
pub(super) fn scans_since_a_stamp_that_never_was<S: ObjectStore>(store: &S) {
    save(store, "a", b"1");
    for since in [Stamp(2), Stamp(u64::MAX)] {
        let mut shown = 0;
        let scan = store.scan(since, &mut |_| shown += 1).expect("scan answers");
        assert!(scan.complete && shown == 1, "a scan since {since:?} shows everything, not {shown}");
        assert_eq!(scan.stamp, Stamp(1), "a scan tells the store's own stamp");
    }
}

/// A store may forget what was destroyed long ago, but must then say that its scan is complete.
pub(super) fn scans_after_a_long_history<S: ObjectStore>(store: &S) {
    let names: Vec<_> = (0..64).map(|at| label(&format!("object {at}"))).collect();
    let save_all: Vec<_> = names.iter().map(|&name| Change::save(name, b"x")).collect();
    let destroy_all: Vec<_> = names.iter().map(|&name| Change::destroy(name)).collect();
    let mut model = Model::new();
    let mut behind = vec![(Mirror::new(), Stamp::START)];
    for round in 0..80 {
        model.apply_both(store, &save_all);
        if round % 16 == 0 || round > 77 {
            let mut mirror = Mirror::new();
            mirror.refresh(store);
            behind.push((mirror, model.stamp()));
        }
        model.apply_both(store, &destroy_all);
    }
    for (mut mirror, since) in behind {
        let complete = mirror.refresh(store);
        assert!(complete || since > Stamp::START, "a scan since the start is complete");
        mirror.assert_same(&model);
    }
}

pub(super) fn a_destroyed_object_comes_back_under_its_label<S: ObjectStore>(store: &S) {
    save(store, "a", b"1");
    let mut mirror = Mirror::new();
    mirror.refresh(store);
    let old = id_of(store, "a");
    destroy(store, "a");
    save(store, "a", b"2");
    mirror.refresh(store);
    let new = id_of(store, "a");
    assert_ne!(new, old, "it is another object");
    assert_eq!(mirror.id(&label("a")), Some(new), "the scan shows the new one and takes the old one away");
}
