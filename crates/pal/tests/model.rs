//! Random histories over every store: two handles on one medium, reopened at any time, must answer as a
//! plain map does, and a copy kept by incremental scans must be right whenever it is refreshed.

#![allow(clippy::unwrap_used, reason = "a test that can't go on says where")]

mod flash_support;
mod support;

use flash_support::Usual;
use portcullis_pal::testkit::{Mirror, Model};
use portcullis_pal::{MemoryStore, ObjectStore, SqliteStore};
use proptest::collection::vec;
use proptest::prelude::*;
use support::planned::{Planned, planned};

#[derive(Clone, Debug)]
enum Step {
    Apply { handle: usize, batch: Vec<Planned> },
    Reopen { handle: usize },
    Refresh { handle: usize },
}

fn values() -> impl Strategy<Value = Option<Vec<u8>>> {
    prop_oneof![
        1 => Just(None),
        2 => vec(any::<u8>(), 0..64).prop_map(Some),
        1 => (any::<u8>(), 4000..9000_usize).prop_map(|(byte, len)| Some(vec![byte; len])),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let handle = 0..2_usize;
    prop_oneof![
        6 => (handle.clone(), vec(planned(values()), 0..5)).prop_map(|(handle, batch)| Step::Apply { handle, batch }),
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
                let batch: Vec<_> = batch.iter().map(|planned| planned.change(&model)).collect();
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
    fn flash(steps in vec(step(), 0..40)) {
        let flash = Usual::blank(64);
        let range = 0..flash.len();
        drive(flash_support::opener(flash, range), &steps);
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
