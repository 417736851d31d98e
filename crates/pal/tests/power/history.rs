//! Histories: what a store is asked for, and what it holds after each step.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::LazyLock;
use std::time::Duration;

use portcullis_outage::{Call, Fault, Medium, Plan, Record, Tree};
use portcullis_pal::testkit::{Mirror, Model};
use portcullis_pal::{Error, Label, ObjectId, ObjectStore, SqliteStore, Stamp};
use proptest::collection::vec;
use proptest::prelude::*;
use rusqlite::Connection;

use crate::support::label;
use crate::support::planned::{Planned, Precondition, planned};

const EIO: i32 = 5;

/// What is done with a store that up to two handles have open.
#[derive(Clone, Debug)]
pub(crate) struct History {
    /// Whether the store is created under the medium's eyes, or was there before.
    pub(crate) creates: bool,
    pub(crate) steps: Vec<Step>,
    /// Which sync fails, counted from the start, if one does.
    pub(crate) failing_sync: Option<usize>,
    /// Where the cuts are.
    pub(crate) seed: u64,
}

#[derive(Clone, Debug)]
pub(crate) enum Step {
    Apply {
        handle: usize,
        batch: Vec<Planned>,
    },
    Reopen {
        handle: usize,
    },
    /// Merges the log into the file, as far as readers let it.
    Checkpoint {
        mode: &'static str,
    },
    /// A reader who looks at one moment until the next such step.
    Hold,
}

fn values() -> impl Strategy<Value = Option<Vec<u8>>> {
    prop_oneof![
        2 => Just(None),
        4 => (any::<u8>(), 0..200_usize).prop_map(|(byte, len)| Some(vec![byte; len])),
        2 => (any::<u8>(), 1000..9000_usize).prop_map(|(byte, len)| Some(vec![byte; len])),
        1 => (any::<u8>(), 20_000..40_000_usize).prop_map(|(byte, len)| Some(vec![byte; len])),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let handle = 0..2_usize;
    let mode = prop_oneof![Just("PASSIVE"), Just("FULL"), Just("RESTART"), Just("TRUNCATE")];
    prop_oneof![
        8 => (handle.clone(), vec(planned(values()), 0..4)).prop_map(|(handle, batch)| Step::Apply { handle, batch }),
        2 => handle.prop_map(|handle| Step::Reopen { handle }),
        2 => mode.prop_map(|mode| Step::Checkpoint { mode }),
        1 => Just(Step::Hold),
    ]
}

pub(crate) fn history(longest: usize) -> impl Strategy<Value = History> {
    let creates = prop_oneof![7 => Just(false), 1 => Just(true)];
    let failing_sync = prop_oneof![2 => Just(None), 1 => (0..30_usize).prop_map(Some)];
    (creates, vec(step(), 1..longest), failing_sync, any::<u64>())
        .prop_map(|(creates, steps, failing_sync, seed)| History { creates, steps, failing_sync, seed })
}

fn save(name: &str, byte: u8, len: usize) -> Planned {
    Planned { label: label(name), when: Precondition::Always, value: Some(vec![byte; len]) }
}

fn destroy(name: &str) -> Planned {
    Planned { label: label(name), when: Precondition::Current, value: None }
}

fn step_of(handle: usize, batch: Vec<Planned>) -> Step {
    Step::Apply { handle, batch }
}

/// Histories that are short enough to be cut at each step: creating, growing, shrinking and leaving a store; a log that
/// is merged in parts while someone reads, and begun anew under two handles.
pub(crate) fn fixed() -> Vec<History> {
    let merge = |mode| Step::Checkpoint { mode };
    let created = vec![
        step_of(0, vec![save("a", 1, 10), save("b", 2, 6000)]),
        step_of(0, vec![destroy("b"), save("a", 3, 20)]),
        Step::Reopen { handle: 0 },
        step_of(0, vec![save("c", 4, 30_000)]),
    ];
    let merged_in_parts = vec![
        step_of(0, vec![save("a", 1, 5000), save("b", 2, 100)]),
        Step::Hold,
        step_of(0, vec![save("c", 3, 9000)]),
        merge("PASSIVE"),
        Step::Hold,
        merge("PASSIVE"),
        merge("PASSIVE"),
        step_of(1, vec![destroy("a"), destroy("c")]),
        step_of(0, vec![save("d", 4, 100)]),
    ];
    let begun_anew = vec![
        step_of(0, vec![save("a", 1, 20_000)]),
        step_of(1, vec![save("a", 2, 20_000), save("b", 3, 1)]),
        merge("RESTART"),
        step_of(0, vec![save("b", 4, 1)]),
        merge("TRUNCATE"),
        step_of(1, vec![destroy("a"), save("e", 5, 3000)]),
        Step::Reopen { handle: 1 },
        step_of(1, vec![save("f", 6, 2)]),
    ];
    [(true, created), (false, merged_in_parts), (false, begun_anew)]
        .map(|(creates, steps)| History { creates, steps, failing_sync: None, seed: 0 })
        .into()
}

/// A log that is long enough for the store to merge it by itself, at first in part, as someone reads.
pub(crate) fn long_log() -> History {
    let steps = vec![
        step_of(0, vec![save("a", 1, 2_200_000)]),
        Step::Hold,
        step_of(0, vec![save("b", 2, 2_200_000)]),
        Step::Hold,
        step_of(0, vec![save("c", 3, 10)]),
        // Nothing that touches the pages that were merged first.
        step_of(0, vec![save("d", 4, 6000)]),
        step_of(0, vec![save("e", 4, 10)]),
    ];
    History { creates: false, steps, failing_sync: None, seed: 0 }
}

/// What a store holds at one moment.
#[derive(Clone)]
pub(crate) struct State {
    pub(crate) model: Model,
    pub(crate) ids: BTreeMap<Label, ObjectId>,
    /// A copy that followed the store up to here.
    pub(crate) mirror: Mirror,
}

/// A history that was lived: what was done to the folder, and by stamp what the store held. A mark in the record is the
/// stamp of the last batch that was acknowledged.
pub(crate) struct Lived {
    pub(crate) record: Record,
    pub(crate) states: Vec<State>,
}

/// An empty store.
pub(crate) fn empty() -> &'static Tree {
    static EMPTY: LazyLock<Tree> = LazyLock::new(|| {
        let folder = tempfile::tempdir().unwrap();
        drop(SqliteStore::create(folder.path().join("store")).unwrap());
        Tree::read(folder.path())
    });
    &EMPTY
}

pub(crate) fn live(history: &History) -> Lived {
    let folder = tempfile::tempdir().unwrap();
    if !history.creates {
        empty().write(folder.path());
    }
    let medium = Medium::watch(folder.path());
    let hits = |call| matches!(call, Call::Sync | Call::SyncFolder);
    let plan = |after| Plan { fault: Fault::Fails(EIO), hits, after, times: 1 };
    medium.plan(history.failing_sync.map(plan));
    let path = folder.path().join("store");
    let patience = Duration::from_millis(1);
    let open = || go_on(&medium, || SqliteStore::open_or_create(&path)?.with_patience(patience)).unwrap();
    let mut handles = [Some(open()), None];
    medium.mark(0);
    let mut states = vec![State { model: Model::new(), ids: BTreeMap::new(), mirror: Mirror::new() }];
    let mut reader = None;
    for step in &history.steps {
        match step {
            Step::Apply { handle, batch } => {
                // To open a store after a sync has failed waits for readers.
                reader.take_if(|_| history.failing_sync.is_some() && handles[*handle].is_none());
                let store = handles[*handle].get_or_insert_with(open);
                apply(store, batch, &mut states, || {
                    // A handle that distrusts the log waits for readers.
                    reader = None;
                    medium.has_hit()
                });
                medium.mark(states.len() as u64 - 1);
            }
            Step::Reopen { handle } => {
                drop(handles[*handle].take());
                reader.take_if(|_| history.failing_sync.is_some());
                handles[*handle] = Some(open());
            }
            Step::Checkpoint { mode } => medium.without_faults(|| checkpoint(&path, mode)),
            Step::Hold => reader = if reader.is_some() { None } else { Some(hold(&path)) },
        }
    }
    drop((reader, handles));
    Lived { record: medium.finish(), states }
}

/// Does something again that failed because a sync did. It has changed nothing the first time.
fn go_on<T>(medium: &Medium, mut does: impl FnMut() -> Result<T, Error>) -> Result<T, Error> {
    let may_fail = !medium.has_hit();
    match does() {
        Err(Error::Medium { .. }) if may_fail && medium.has_hit() => does(),
        answer => answer,
    }
}

/// `may_fail` says whether a call may have failed because a sync did.
fn apply(
    store: &SqliteStore,
    batch: &[Planned],
    states: &mut Vec<State>,
    mut may_fail: impl FnMut() -> bool,
) {
    let State { mut model, ids: _, mut mirror } = states.last().unwrap().clone();
    let before = model.stamp();
    let batch: Vec<_> = batch.iter().map(|planned| planned.change(&model)).collect();
    let answer = match store.apply(&batch) {
        Err(Error::Medium { .. } | Error::Busy { .. }) if may_fail() => store.apply(&batch),
        answer => answer,
    };
    match (answer, model.apply(&batch)) {
        (Ok(got), Ok(wanted)) => assert_eq!(got, wanted, "the stamp that apply returned"),
        (Err(Error::Conflict { .. }), Err(Error::Conflict { .. })) => {}
        (got, wanted) => panic!("apply answered {got:?} where the contract says {wanted:?}"),
    }
    if model.stamp() > before {
        mirror.refresh(store);
        mirror.assert_same(&model);
        states.push(State { ids: ids(store), model, mirror });
    }
}

pub(crate) fn ids(store: &SqliteStore) -> BTreeMap<Label, ObjectId> {
    let mut ids = BTreeMap::new();
    store
        .scan(Stamp::START, &mut |record| {
            ids.insert(record.label, record.id);
        })
        .unwrap();
    ids
}

fn checkpoint(path: &Path, mode: &str) {
    let connection = Connection::open(path).unwrap();
    connection.busy_timeout(Duration::ZERO).unwrap();
    connection.query_row(&format!("PRAGMA wal_checkpoint({mode})"), (), |_| Ok(())).unwrap();
}

fn hold(path: &Path) -> Connection {
    let connection = Connection::open(path).unwrap();
    connection.execute_batch("BEGIN").unwrap();
    connection.query_row("SELECT stamp FROM head", (), |_| Ok(())).unwrap();
    connection
}
