//! Random histories over every store: two handles on one medium, reopened at any time, must answer as a
//! plain map does, and a copy kept by incremental scans must be right whenever it is refreshed.

#![allow(clippy::unwrap_used, reason = "a test that can't go on says where")]

use portcullis_pal::testkit::{Mirror, Model};
use portcullis_pal::{Change, Label, MemoryStore, ObjectStore, SqliteStore, Stamp, When};
use proptest::collection::vec;
use proptest::prelude::*;

#[derive(Clone, Debug)]
enum Step {
    Apply { handle: usize, batch: Vec<Planned> },
    Reopen { handle: usize },
    Refresh { handle: usize },
}

#[derive(Clone, Debug)]
struct Planned {
    label: Label,
    when: Precondition,
    value: Option<Vec<u8>>,
}

#[derive(Clone, Copy, Debug)]
enum Precondition {
    Always,
    Absent,
    /// The revision as it is, or the stamp when there is none.
    Current,
    Stale,
}

fn planned() -> impl Strategy<Value = Planned> {
    let label = (0..6_u8).prop_map(|at| Label::new(&b"abcdef"[..usize::from(at)]).unwrap());
    let when = prop_oneof![
        6 => Just(Precondition::Always),
        1 => Just(Precondition::Absent),
        2 => Just(Precondition::Current),
        1 => Just(Precondition::Stale),
    ];
    let value = prop_oneof![
        1 => Just(None),
        2 => vec(any::<u8>(), 0..64).prop_map(Some),
        1 => (any::<u8>(), 4000..9000_usize).prop_map(|(byte, len)| Some(vec![byte; len])),
    ];
    (label, when, value).prop_map(|(label, when, value)| Planned { label, when, value })
}

fn step() -> impl Strategy<Value = Step> {
    let handle = 0..2_usize;
    prop_oneof![
        6 => (handle.clone(), vec(planned(), 0..5)).prop_map(|(handle, batch)| Step::Apply { handle, batch }),
        1 => handle.clone().prop_map(|handle| Step::Reopen { handle }),
        2 => handle.prop_map(|handle| Step::Refresh { handle }),
    ]
}

fn drive<S: ObjectStore>(open: impl Fn() -> S, steps: &[Step]) {
    let mut model = Model::new();
    let mut handles = [Some(open()), Some(open())];
    let mut mirrors = [Mirror::new(), Mirror::new()];
    for step in steps {
        match step {
            Step::Apply { handle, batch } => {
                let batch: Vec<_> = batch.iter().map(|planned| change(planned, &model)).collect();
                model.apply_both(handles[*handle].as_ref().unwrap(), &batch);
            }
            Step::Reopen { handle } => {
                drop(handles[*handle].take());
                handles[*handle] = Some(open());
            }
            Step::Refresh { handle } => {
                mirrors[*handle].refresh(handles[*handle].as_ref().unwrap());
                mirrors[*handle].assert_same(&model);
            }
        }
        for store in handles.iter().flatten() {
            assert_eq!(store.stamp().unwrap(), model.stamp());
        }
    }
    for store in handles.iter().flatten() {
        model.assert_same(store);
    }
    drop(handles);
    model.assert_same(&open());
}

fn change<'a>(planned: &'a Planned, model: &Model) -> Change<'a> {
    let change = match &planned.value {
        Some(value) => Change::save(planned.label, value),
        None => Change::destroy(planned.label),
    };
    let current = model.revision(&planned.label).unwrap_or(model.stamp());
    change.when(match planned.when {
        Precondition::Always => When::Always,
        Precondition::Absent => When::Absent,
        Precondition::Current => When::Unchanged(current),
        Precondition::Stale => When::Unchanged(Stamp(current.0.wrapping_sub(1))),
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn memory(steps in vec(step(), 0..60)) {
        let medium = MemoryStore::new();
        drive(|| medium.clone(), &steps);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn sqlite(steps in vec(step(), 0..40)) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store");
        SqliteStore::create(&path).unwrap();
        drive(|| SqliteStore::open(&path).unwrap(), &steps);
    }
}

/// As above, in one server for all histories.
#[cfg(all(unix, feature = "postgres"))]
#[test]
fn postgres() {
    use portcullis_pal::testkit::PostgresServer;
    use portcullis_pal::{PostgresPlace, PostgresStore};
    use proptest::test_runner::TestRunner;

    let Some(server) = PostgresServer::start("postgres") else { return };
    let config = ProptestConfig { cases: 16, failure_persistence: None, ..ProptestConfig::default() };
    let made = std::cell::Cell::new(0);
    let driven = TestRunner::new(config).run(&vec(step(), 0..30), |steps| {
        made.set(made.get() + 1);
        let place = PostgresPlace::parse(&server.address(&format!("history_{}", made.get()))).unwrap();
        PostgresStore::create(&place).unwrap();
        drive(|| PostgresStore::open(&place).unwrap(), &steps);
        Ok(())
    });
    driven.unwrap();
}
