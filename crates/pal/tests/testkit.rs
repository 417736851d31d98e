//! The test kit itself: the contract suite catches stores that break a promise, and a failing store fails
//! as it is told.

#![allow(clippy::unwrap_used, reason = "a test that can't go on says where")]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};

use portcullis_pal::testkit::{Call, FailingStore, PowerCut, PowerCutStore, Rest, contract};
use portcullis_pal::{
    Action, Change, Error, Label, MemoryStore, ObjectId, ObjectStore, Record, Result, Scan, Stamp, Value,
    When,
};

fn label(name: &str) -> Label {
    Label::new(name.as_bytes()).unwrap()
}

/// A promise that a [`Broken`] store does not keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Breach {
    LabelsArePrefixes,
    ValuesAreCut,
    RevisionsStandStill,
    EmptyBatchesCount,
    BatchesStopAtAConflict,
    PreconditionsAreIgnored,
    PreconditionsSeeTheBatch,
    BatchesAreSplit,
    StampsAreNotShared,
    ScansForgetTheDestroyed,
    ScansAreAlwaysIncremental,
    ReopeningLosesTheLast,
}

/// A memory store that breaks one promise.
struct Broken {
    inner: MemoryStore,
    breach: Breach,
    own_stamp: AtomicU64,
}

impl Broken {
    fn open(inner: &MemoryStore, breach: Breach) -> Self {
        if breach == Breach::ReopeningLosesTheLast && inner.stamp().unwrap().0 > 1 {
            let lost = inner.find(&label("a")).unwrap().is_some();
            if lost {
                inner.apply(&[Change::destroy(label("a"))]).unwrap();
            }
        }
        let own_stamp = AtomicU64::new(inner.stamp().unwrap().0);
        Self { inner: inner.clone(), breach, own_stamp }
    }

    fn apply_one_by_one(&self, batch: &[Change<'_>]) -> Result<Stamp> {
        batch.iter().try_fold(self.inner.stamp()?, |_, change| self.inner.apply(&[*change]))
    }
}

impl ObjectStore for Broken {
    fn find(&self, wanted: &Label) -> Result<Option<ObjectId>> {
        if self.breach != Breach::LabelsArePrefixes {
            return self.inner.find(wanted);
        }
        let mut found = None;
        self.inner.scan(Stamp::START, &mut |record| {
            if record.label.as_bytes().starts_with(wanted.as_bytes()) {
                found = found.or(Some(record.id));
            }
        })?;
        Ok(found)
    }

    fn value(&self, id: ObjectId) -> Result<Option<Value>> {
        let mut value = self.inner.value(id)?;
        if let Some(value) = &mut value {
            match self.breach {
                Breach::ValuesAreCut => value.bytes.truncate(4096),
                Breach::RevisionsStandStill => value.revision = Stamp(1),
                _ => {}
            }
        }
        Ok(value)
    }

    fn apply(&self, batch: &[Change<'_>]) -> Result<Stamp> {
        let stamp = match self.breach {
            Breach::EmptyBatchesCount if batch.is_empty() => {
                self.inner.apply(&[Change::destroy(label("no such object"))])
            }
            Breach::BatchesStopAtAConflict if batch.len() == 5 => self.apply_one_by_one(batch),
            Breach::PreconditionsSeeTheBatch if batch.iter().any(|change| change.when != When::Always) => {
                self.apply_one_by_one(batch)
            }
            Breach::BatchesAreSplit if batch.len() == 100 => self.apply_one_by_one(batch),
            Breach::PreconditionsAreIgnored => {
                let batch: Vec<_> = batch.iter().map(|change| change.when(When::Always)).collect();
                self.inner.apply(&batch)
            }
            _ => self.inner.apply(batch),
        }?;
        self.own_stamp.store(stamp.0, Ordering::SeqCst);
        Ok(stamp)
    }

    fn scan(&self, since: Stamp, each: &mut dyn FnMut(Record<'_>)) -> Result<Scan> {
        let mut scan = self.inner.scan(since, &mut |record| {
            if record.value.is_some() || self.breach != Breach::ScansForgetTheDestroyed {
                each(record);
            }
        })?;
        if self.breach == Breach::ScansAreAlwaysIncremental && since != Stamp::START {
            scan.complete = false;
        }
        Ok(scan)
    }

    fn stamp(&self) -> Result<Stamp> {
        match self.breach {
            Breach::StampsAreNotShared => Ok(Stamp(self.own_stamp.load(Ordering::SeqCst))),
            _ => self.inner.stamp(),
        }
    }
}

#[test]
fn the_contract_catches_every_breach() {
    for breach in [
        Breach::LabelsArePrefixes,
        Breach::ValuesAreCut,
        Breach::RevisionsStandStill,
        Breach::EmptyBatchesCount,
        Breach::BatchesStopAtAConflict,
        Breach::PreconditionsAreIgnored,
        Breach::PreconditionsSeeTheBatch,
        Breach::BatchesAreSplit,
        Breach::StampsAreNotShared,
        Breach::ScansForgetTheDestroyed,
        Breach::ScansAreAlwaysIncremental,
        Breach::ReopeningLosesTheLast,
    ] {
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            contract(|| {
                let medium = MemoryStore::new();
                move || Broken::open(&medium, breach)
            });
        }));
        assert!(outcome.is_err(), "{breach:?} went unnoticed");
    }
}

fn full() -> Error {
    Error::Full { place: "here".into() }
}

#[test]
fn a_failing_store_fails_the_call_it_was_told() {
    let store = FailingStore::new(MemoryStore::new());
    store.stamp().unwrap();
    store.fail_call(2, full);
    store.apply(&[Change::save(label("a"), b"1")]).unwrap();
    assert!(matches!(store.find(&label("a")), Err(Error::Full { .. })));
    assert!(store.find(&label("a")).unwrap().is_some());
}

#[test]
fn a_failing_store_fails_all_writes_until_it_is_healed() {
    let store = FailingStore::new(MemoryStore::new());
    store.fail_writes(full);
    for _ in 0..2 {
        assert!(matches!(store.apply(&[Change::save(label("a"), b"1")]), Err(Error::Full { .. })));
    }
    assert_eq!(store.stamp().unwrap(), Stamp::START);
    store.heal();
    assert_eq!(store.apply(&[Change::save(label("a"), b"1")]).unwrap(), Stamp(1));
}

#[test]
fn a_failing_store_remembers_what_it_was_asked() {
    let store = FailingStore::new(MemoryStore::new());
    store.fail_writes(full);
    let change = Change::save(label("a"), b"sealed").when(When::Absent);
    store.apply(&[change, Change::destroy(label("b"))]).unwrap_err();
    store.scan(Stamp(3), &mut |_| {}).unwrap();
    let calls = store.calls();
    assert_eq!(calls[1], Call::Scan(Stamp(3)));
    let Call::Apply(writes) = &calls[0] else { panic!("{calls:?}") };
    assert_eq!(writes[0].value.as_deref(), Some(&b"sealed"[..]));
    assert_eq!((writes[0].label, writes[0].when), (label("a"), When::Absent));
    assert_eq!((writes[1].label, writes[1].value.is_none()), (label("b"), true));
    assert!(matches!(change.action, Action::Save(_)));
    assert!(!format!("{calls:?}").contains("sealed"), "values are not for logs");
}

#[test]
fn a_store_whose_power_stays_on_keeps_the_contract() {
    contract(|| {
        let medium = MemoryStore::new();
        move || PowerCutStore::new(medium.clone())
    });
}

/// What is left of `old` under "a" when `how` hits the call that overwrites it, and whether power was lost.
fn left_of(old: &[u8], new: &[u8], how: PowerCut) -> (Vec<u8>, bool) {
    let store = PowerCutStore::new(MemoryStore::new());
    store.apply(&[Change::save(label("a"), old)]).unwrap();
    store.cut(1, how);
    let answer = store.apply(&[Change::save(label("a"), new)]);
    let off = store.stamp().is_err();
    assert_eq!(answer.is_err(), off, "without power there is no answer");
    store.power_on();
    let id = store.find(&label("a")).unwrap().unwrap();
    (store.value(id).unwrap().unwrap().bytes.to_vec(), off)
}

#[test]
fn a_power_cut_leaves_what_it_was_told_to() {
    let torn = |bytes, rest| PowerCut::Torn { bytes, rest };
    for (how, left) in [
        (PowerCut::Before, &b"old record"[..]),
        (PowerCut::After, b"NEW"),
        (torn(2, Rest::Old), b"NEd record"),
        (torn(2, Rest::Erased), b"NE\xff"),
        (torn(2, Rest::Missing), b"NE"),
        (torn(0, Rest::Missing), b""),
        (torn(3, Rest::Old), b"NEW"),
    ] {
        assert_eq!(left_of(b"old record", b"NEW", how), (left.to_vec(), true), "{how:?}");
    }
    assert_eq!(left_of(b"old record", b"NEW", PowerCut::Lost), (b"old record".to_vec(), false));
}

#[test]
fn a_torn_batch_has_begun_with_its_first_changes_alone() {
    let store = PowerCutStore::new(MemoryStore::new());
    store.cut(1, PowerCut::Torn { bytes: 4, rest: Rest::Missing });
    let batch = ["a", "b", "c"].map(|name| Change::save(label(name), b"123"));
    store.apply(&batch).unwrap_err();
    let mut left = Vec::new();
    store.inner().scan(Stamp::START, &mut |record| left.push(record.value.unwrap().to_vec())).unwrap();
    assert_eq!(left, [&b"123"[..], b"1"]);
}

#[test]
fn a_power_cut_hits_the_call_that_it_was_told_and_all_after_it() {
    let store = PowerCutStore::new(MemoryStore::new());
    store.cut(2, PowerCut::After);
    store.stamp().unwrap();
    assert!(matches!(store.find(&label("a")), Err(Error::Medium { .. })));
    assert!(matches!(store.apply(&[Change::save(label("a"), b"1")]), Err(Error::Medium { .. })));
    assert_eq!(store.calls(), 3);
    store.power_on();
    assert_eq!((store.stamp().unwrap(), store.calls()), (Stamp::START, 1));
}
