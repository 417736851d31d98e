//! Promises about batches: preconditions, order, all or nothing.

use super::{bytes_of, id_of, label, save};
use crate::testkit::Model;
use crate::{Change, Error, ObjectStore, Result, Stamp, When};

#[track_caller]
fn assert_conflict(answer: &Result<Stamp>, name: &str) {
    match answer {
        Err(Error::Conflict { label: told }) => {
            assert_eq!(*told, label(name), "a conflict names its object");
        }
        other => panic!("a conflict over {name} was answered with {other:?}"),
    }
}

pub(super) fn an_empty_batch_changes_nothing<S: ObjectStore>(store: &S) {
    assert_eq!(store.apply(&[]).expect("an empty batch succeeds"), Stamp::START, "it moves nothing");
    let stamp = save(store, "a", b"1");
    assert_eq!(store.apply(&[]).expect("an empty batch succeeds"), stamp, "it returns the stamp as it is");
    assert_eq!(store.stamp().expect("stamp answers"), stamp, "it moves nothing");
}

pub(super) fn preconditions_are_checked<S: ObjectStore>(store: &S) {
    let (a, b) = (label("a"), label("b"));
    let mut model = Model::new();
    model.apply_both(store, &[Change::save(a, b"1").when(When::Absent)]);
    let first = Stamp(1);
    let refused = [
        Change::save(a, b"2").when(When::Absent),
        Change::destroy(a).when(When::Absent),
        Change::save(a, b"2").when(When::Unchanged(Stamp::START)),
        Change::save(a, b"2").when(When::Unchanged(Stamp(2))),
        Change::destroy(a).when(When::Unchanged(Stamp(u64::MAX))),
        Change::save(b, b"2").when(When::Unchanged(first)),
        Change::save(b, b"2").when(When::Unchanged(Stamp::START)),
        Change::destroy(b).when(When::Unchanged(first)),
    ];
    for change in refused {
        assert_conflict(&store.apply(&[change]), if change.label == a { "a" } else { "b" });
        model.assert_same(store);
    }
    model.apply_both(store, &[Change::destroy(b).when(When::Absent)]);
    model.apply_both(store, &[Change::save(a, b"2").when(When::Unchanged(first))]);
    let second = model.stamp();
    assert_conflict(&store.apply(&[Change::save(a, b"3").when(When::Unchanged(first))]), "a");
    model.apply_both(store, &[Change::destroy(a).when(When::Unchanged(second))]);
    model.assert_same(store);
}

pub(super) fn preconditions_see_the_state_before<S: ObjectStore>(store: &S) {
    let a = label("a");
    let mut model = Model::new();
    model.apply_both(
        store,
        &[Change::save(a, b"1").when(When::Absent), Change::save(a, b"2").when(When::Absent)],
    );
    model.assert_same(store);
    let then = When::Unchanged(model.stamp());
    model.apply_both(store, &[Change::destroy(a).when(then), Change::save(a, b"3").when(then)]);
    model.assert_same(store);
    let after_destroying = [Change::destroy(a), Change::save(a, b"4").when(When::Absent)];
    assert_conflict(&store.apply(&after_destroying), "a");
    model.assert_same(store);
}

pub(super) fn later_changes_see_earlier_ones<S: ObjectStore>(store: &S) {
    let (a, b) = (label("a"), label("b"));
    let mut model = Model::new();
    let batches: [&[Change<'_>]; 4] = [
        &[Change::save(a, b"first"), Change::save(a, b"2")],
        &[Change::save(b, b"1"), Change::destroy(b)],
        &[Change::destroy(a), Change::save(a, b"back")],
        &[Change::destroy(a), Change::save(a, b"x"), Change::destroy(a), Change::save(b, b"y")],
    ];
    for batch in batches {
        model.apply_both(store, batch);
        model.assert_same(store);
    }
}

pub(super) fn a_conflict_in_the_middle_undoes_all<S: ObjectStore>(open: &impl Fn() -> S) {
    let store = open();
    let mut model = Model::new();
    model.apply_both(&store, &[Change::save(label("kept"), b"1"), Change::save(label("gone"), b"2")]);
    let kept = id_of(&store, "kept");
    let batch = [
        Change::save(label("new"), b"x"),
        Change::save(label("kept"), b"changed"),
        Change::destroy(label("gone")),
        Change::save(label("kept"), b"clash").when(When::Absent),
        Change::save(label("never"), b"x"),
    ];
    assert_conflict(&store.apply(&batch), "kept");
    model.assert_same(&store);
    assert_eq!(id_of(&store, "kept"), kept, "a refused batch leaves ids alone");
    model.assert_same(&open());
    drop(store);
    let store = open();
    model.assert_same(&store);
    model.apply_both(&store, &[Change::save(label("new"), b"y")]);
    assert_eq!(bytes_of(&store, "new"), b"y", "the store works on after a refused batch");
}

pub(super) fn a_batch_has_one_revision<S: ObjectStore>(store: &S) {
    let mut model = Model::new();
    let names: Vec<_> = (0..100).map(|at| label(&format!("object {at}"))).collect();
    for round in [b"1", b"2"] {
        let batch: Vec<_> = names.iter().map(|&name| Change::save(name, round)).collect();
        model.apply_both(store, &batch);
        model.assert_same(store);
    }
    assert_eq!(model.stamp(), Stamp(2), "a batch moves the stamp by one, however long it is");
}
