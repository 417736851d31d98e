//! Batches against states, without a server: what is left to be written.

use std::collections::BTreeMap;

use super::{Batch, Plan, Stored};
use crate::postgres::PostgresStore;
use crate::postgres::read::Head;
use crate::postgres::trouble::Trouble;
use crate::{Change, Label, Stamp, When};

const HEAD: Head = Head { stamp: Stamp(7), last_id: 40, history: Stamp::START };

fn label(name: &str) -> Label {
    Label::new(name.as_bytes()).unwrap()
}

fn stored() -> BTreeMap<Label, Stored> {
    BTreeMap::from([(label("there"), Stored { id: 3, revision: Stamp(5) })])
}

fn plan(batch: &[Change<'_>], check: impl FnOnce(Plan<'_>)) {
    let batch = Batch::of(batch).unwrap();
    check(batch.plan(HEAD, &stored()).unwrap());
}

#[test]
fn only_the_last_value_is_written() {
    let batch = [
        Change::save(label("new"), b"1"),
        Change::save(label("there"), b"2"),
        Change::save(label("new"), b"3"),
        Change::save(label("there"), b"4"),
    ];
    plan(&batch, |plan| {
        assert_eq!((plan.stamp, plan.last_id), (Stamp(8), 41));
        assert_eq!(plan.inserted, [(41, label("new"), b"3".as_slice())]);
        assert_eq!(plan.updated, [(3, b"4".as_slice())]);
        assert!(plan.deleted.is_empty() && plan.destroyed.is_empty());
    });
}

/// An id is used up, and shows as destroyed, even when nothing of the object ever reaches a table.
#[test]
fn what_comes_and_goes_in_one_batch_is_remembered() {
    let batch = [
        Change::destroy(label("there")),
        Change::save(label("there"), b"1"),
        Change::destroy(label("there")),
        Change::save(label("there"), b"2"),
        Change::destroy(label("absent")),
    ];
    plan(&batch, |plan| {
        assert_eq!(plan.deleted, [3]);
        assert_eq!(plan.destroyed, [(3, label("there")), (41, label("there"))]);
        assert_eq!(plan.inserted, [(42, label("there"), b"2".as_slice())]);
        assert!(plan.updated.is_empty());
        assert_eq!(plan.last_id, 42);
    });
}

#[test]
fn preconditions_see_the_state_before() {
    let change = Change::save(label("there"), b"1");
    for (when, holds) in [
        (When::Always, true),
        (When::Absent, false),
        (When::Unchanged(Stamp(5)), true),
        (When::Unchanged(Stamp(7)), false),
    ] {
        let batch = Batch::of(&[Change::destroy(label("there")), change.when(when)]).unwrap();
        match batch.plan(HEAD, &stored()) {
            Ok(_) => assert!(holds, "{when:?}"),
            Err(Trouble::Conflict(found)) => assert!(!holds && found == label("there"), "{when:?}"),
            Err(trouble) => panic!("{trouble:?}"),
        }
    }
}

#[test]
fn what_is_too_large_is_refused_before_it_is_sent() {
    let value = vec![0; PostgresStore::MAX_VALUE + 1];
    assert!(matches!(Batch::of(&[Change::save(label("a"), &value)]), Err(Trouble::TooLarge { .. })));
    let half = &value[..PostgresStore::MAX_VALUE];
    let batch: Vec<_> = (0..9).map(|_| Change::save(label("a"), half)).collect();
    assert!(matches!(Batch::of(&batch), Err(Trouble::TooLarge { .. })));
}
