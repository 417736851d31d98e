//! Processes that start from one seed record at once, with stuck sources: whatever the order of their storage calls,
//! whoever is killed, and while a copy rots, no first block is given twice.
#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

mod common;

use std::collections::HashSet;
use std::sync::{Arc, Barrier, Condvar, Mutex, MutexGuard};

use common::{RESTORING_CALLS, block, image, seeded, stuck};
use portcullis_entropy::{RandomError, SeedRecord};
use portcullis_pal::testkit::{PowerCut, PowerCutStore};
use portcullis_pal::{Change, Label, MemoryStore, ObjectId, ObjectStore, Record, Result, Scan, Stamp, Value};
use proptest::prelude::*;

/// Processes of a schedule; the last is killed.
const PROCESSES: usize = 3;

/// One medium, and the order in which processes call it.
struct Medium {
    store: MemoryStore,
    turns: Mutex<Turns>,
    changed: Condvar,
}

struct Turns {
    /// Whose call is next, the last first; when it is empty, anyone's.
    order: Vec<usize>,
    calls: usize,
    /// The call before which a copy rots, and which.
    rot: (usize, Label),
    /// The revision at which a copy can no longer be read.
    rotten: Option<Stamp>,
}

impl Medium {
    /// Waits for the turn of `process`, which lasts as long as the guard.
    fn turn(&self, process: usize) -> MutexGuard<'_, Turns> {
        let waiting = |turns: &mut Turns| turns.order.last().is_some_and(|&next| next != process);
        let mut turns = self.changed.wait_while(self.turns.lock().unwrap(), waiting).unwrap();
        turns.order.pop();
        turns.calls += 1;
        if turns.calls == turns.rot.0 {
            let id = self.store.find(&turns.rot.1).unwrap();
            turns.rotten = id.map(|id| self.store.value(id).unwrap().unwrap().revision);
        }
        self.changed.notify_all();
        turns
    }

    /// Gives the turns of a process away that has ended.
    fn leave(&self, process: usize) {
        self.turns.lock().unwrap().order.retain(|&next| next != process);
        self.changed.notify_all();
    }
}

/// The medium as one process sees it.
struct InTurn {
    medium: Arc<Medium>,
    process: usize,
}

impl ObjectStore for InTurn {
    fn find(&self, label: &Label) -> Result<Option<ObjectId>> {
        let _turn = self.medium.turn(self.process);
        self.medium.store.find(label)
    }

    fn value(&self, id: ObjectId) -> Result<Option<Value>> {
        let turn = self.medium.turn(self.process);
        let mut value = self.medium.store.value(id)?;
        if let Some(value) = value.as_mut().filter(|value| Some(value.revision) == turn.rotten) {
            value.bytes[20] ^= 1;
        }
        Ok(value)
    }

    fn apply(&self, batch: &[Change<'_>]) -> Result<Stamp> {
        let _turn = self.medium.turn(self.process);
        self.medium.store.apply(batch)
    }

    fn scan(&self, since: Stamp, each: &mut dyn FnMut(Record<'_>)) -> Result<Scan> {
        let _turn = self.medium.turn(self.process);
        self.medium.store.scan(since, each)
    }

    fn stamp(&self) -> Result<Stamp> {
        let _turn = self.medium.turn(self.process);
        self.medium.store.stamp()
    }
}

/// The first blocks of two starts of one process, fewer when it is killed.
fn starts(medium: &Arc<Medium>, process: usize, killed_at: usize) -> Vec<[u8; 16]> {
    let store = Arc::new(PowerCutStore::new(InTurn { medium: Arc::clone(medium), process }));
    if process == PROCESSES - 1 {
        store.cut(killed_at, PowerCut::After);
    }
    let given = (0..2).filter_map(|_| {
        let random = stuck(&store, b"device");
        // What rots while it is read back is refused; the next call goes on from the other copy.
        let refused = |outcome: &_| matches!(outcome, Err(RandomError::SeedRecord(_)));
        Some(block(&random)).filter(|first| !refused(first)).unwrap_or_else(|| block(&random)).ok()
    });
    let given = given.collect();
    medium.leave(process);
    given
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn no_order_of_calls_no_kill_and_no_rot_lets_two_starts_give_the_same(
        order in prop::collection::vec(0..PROCESSES, 20..120),
        killed_at in 1..=2 * RESTORING_CALLS,
        rots_at in 0..80_usize,
        copy in prop::sample::select(vec![SeedRecord::LABEL, SeedRecord::SPARE_LABEL]),
    ) {
        let turns = Turns { order, calls: 0, rot: (rots_at, copy), rotten: None };
        let store = image(&seeded());
        let medium = Arc::new(Medium { store, turns: Mutex::new(turns), changed: Condvar::new() });
        let blocks: Vec<_> = std::thread::scope(|scope| {
            let processes: Vec<_> = (0..PROCESSES)
                .map(|process| {
                    let medium = &medium;
                    scope.spawn(move || starts(medium, process, killed_at))
                })
                .collect();
            processes.into_iter().map(|process| process.join().unwrap()).collect()
        });
        prop_assert!(blocks[..PROCESSES - 1].iter().all(|given| given.len() == 2), "{blocks:?}");
        let last = starts(&medium, 0, 0);
        prop_assert_eq!(last.len(), 2);
        let all: Vec<_> = blocks.into_iter().flatten().chain(last).collect();
        prop_assert_eq!(all.iter().collect::<HashSet<_>>().len(), all.len());
    }
}

#[test]
fn threads_that_start_at_once_never_use_one_record_twice() {
    const THREADS: usize = 8;
    const STARTS: usize = 100;
    let (store, together) = (Arc::new(seeded()), Barrier::new(THREADS));
    let blocks: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|_| {
                scope.spawn(|| {
                    together.wait();
                    (0..STARTS).map(|_| block(&stuck(&store, b"device")).unwrap()).collect::<Vec<_>>()
                })
            })
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(blocks.iter().collect::<HashSet<_>>().len(), THREADS * STARTS);
}
