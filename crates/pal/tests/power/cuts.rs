//! Power is lost at a step of a history, and again while what is left is opened.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicUsize, Ordering};

use portcullis_outage::{Chance, Cut, Medium, Record, Tree};
use portcullis_pal::{Change, Error, ObjectStore, SqliteStore};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::history::{History, Lived, State, fixed, history, ids, live, long_log};
use crate::support::{label, number};

/// How many disks were opened after a cut.
static CRASHES: AtomicUsize = AtomicUsize::new(0);

/// How often power is lost again, at most, while a store is opened and used after a cut.
const AGAIN: usize = 1;

/// What may be found after a cut: the state with the last stamp that was acknowledged, or the one after it.
struct Known<'a> {
    states: &'a [State],
    acknowledged: Option<usize>,
}

/// Loses power at `step`, opens what is left, and loses power there `again` times.
fn cut(record: &Record, step: usize, known: &Known<'_>, chance: &mut Chance, again: usize) {
    let how = Cut::any(chance);
    let disk = record.crash(step, how, chance);
    let mut story = String::new();
    let _ = write!(story, "cut {how:?} before step {step} of {}", record.steps());
    if std::env::var_os("PORTCULLIS_STORY").is_some() {
        eprintln!("{story}, of:\n{}", record.story(step));
    }
    let found = recover(&disk, known, &story);
    let Some((record, states)) = found.filter(|_| again > 0) else { return };
    let step = chance.below(record.steps() + 1);
    // What was found once is there for good.
    let acknowledged = record.mark(step).map_or(Some(states.len() - 2), |stamp| usize::try_from(stamp).ok());
    cut(&record, step, &Known { states: &states, acknowledged }, chance, again - 1);
}

/// Opens a disk after a cut, checks what it holds, and goes on with it. Returns what that did to the disk.
fn recover(disk: &Tree, known: &Known<'_>, story: &str) -> Option<(Record, Vec<State>)> {
    CRASHES.fetch_add(1, Ordering::Relaxed);
    let folder = tempfile::tempdir().unwrap();
    disk.write(folder.path());
    let medium = Medium::watch(folder.path());
    let path = folder.path().join("store");
    let store = match SqliteStore::open(&path) {
        Ok(store) => store,
        Err(Error::Missing { .. }) => {
            assert_eq!(known.acknowledged, None, "{story}: the store is gone");
            return None;
        }
        Err(error) => panic!("{story}: {error:?}"),
    };
    let found = usize::try_from(store.stamp().unwrap().0).unwrap();
    let least = known.acknowledged.unwrap_or(0);
    assert!(found == least || found == least + 1, "{story}: stamp {found} where {least} was acknowledged");
    let state = known.states.get(found).unwrap_or_else(|| panic!("{story}: stamp {found} was never reached"));
    check(&store, state, known, least);
    medium.mark(found as u64);

    // It can be gone on with, and no id comes again.
    let mut model = state.model.clone();
    model.apply_both(&store, &[Change::save(label("after"), &[7; 5000])]);
    let new = store.find(&label("after")).unwrap().unwrap();
    let old = known.states[..=found]
        .iter()
        .flat_map(|state| state.ids.iter())
        .filter(|&(name, _)| *name != label("after"));
    assert!(old.map(|(_, &id)| id).all(|id| id < new), "{story}: an id was used again");
    let mut states = known.states[..=found].to_vec();
    let mut mirror = state.mirror.clone();
    mirror.refresh(&store);
    states.push(State { model, ids: ids(&store), mirror });
    medium.mark(found as u64 + 1);
    drop(store);
    Some((medium.finish(), states))
}

fn check(store: &SqliteStore, state: &State, known: &Known<'_>, least: usize) {
    state.model.assert_same(store);
    assert_eq!(ids(store), state.ids, "objects keep their ids");
    // Whoever followed the store before the cut follows it on.
    let mut mirror = known.states[least].mirror.clone();
    mirror.refresh(store);
    mirror.assert_same(&state.model);
}

fn known<'a>(lived: &'a Lived, step: usize) -> Known<'a> {
    let acknowledged = lived.record.mark(step).map(|stamp| usize::try_from(stamp).unwrap());
    Known { states: &lived.states, acknowledged }
}

/// Lives a history and loses power at some of its steps.
fn survives(history: &History) {
    let lived = live(history);
    let mut chance = Chance::new(history.seed);
    for _ in 0..2 {
        let step = chance.below(lived.record.steps() + 1);
        let again = chance.below(AGAIN + 1);
        cut(&lived.record, step, &known(&lived, step), &mut chance, again);
    }
}

/// Cuts a history at each of its steps, several times.
fn cut_at_each(history: &History, times: usize, again: usize) {
    let lived = live(history);
    let mut chance = Chance::new(history.seed);
    for step in 0..=lived.record.steps() {
        for _ in 0..times {
            cut(&lived.record, step, &known(&lived, step), &mut chance, again);
        }
    }
}

#[test]
fn fixed_histories_at_every_step() {
    let (times, again) = if is_long() { (40, 1) } else { (1, 0) };
    for history in fixed() {
        cut_at_each(&history, times, again);
    }
}

/// With each sync failing once: it may have written some of what it was to write, and later ones pass over the rest.
#[test]
fn fixed_histories_with_each_sync_failing() {
    for history in fixed() {
        for failing in 0..40 {
            let lived = live(&History { failing_sync: Some(failing), ..history.clone() });
            let mut chance = Chance::new(failing as u64);
            for _ in 0..if is_long() { 1000 } else { 6 } {
                let step = chance.below(lived.record.steps() + 1);
                cut(&lived.record, step, &known(&lived, step), &mut chance, 0);
            }
        }
    }
}

#[test]
fn a_log_that_is_merged_in_parts_with_each_sync_failing() {
    // Before that nothing is merged.
    for failing in 6..18 {
        let history = History { failing_sync: Some(failing), ..long_log() };
        let lived = live(&history);
        let mut chance = Chance::new(failing as u64);
        for _ in 0..if is_long() { 100 } else { 2 } {
            // The interesting part is the end; each megabyte is a step by itself.
            let step = lived.record.steps() - chance.below(100);
            cut(&lived.record, step, &known(&lived, step), &mut chance, 0);
        }
    }
}

/// The history of a number, and no other.
fn run(seed: u64) {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let config = Config { cases: 1, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes));
    if let Err(why) = runner.run(&history(12), |history| {
        survives(&history);
        Ok(())
    }) {
        panic!("replay with PORTCULLIS_SEED={seed} PORTCULLIS_HISTORIES=1: {why}");
    }
}

/// Whether more was asked for than a check of every change has time for.
pub(crate) fn is_long() -> bool {
    std::env::var_os("PORTCULLIS_HISTORIES").is_some()
}

#[test]
fn random_histories() {
    let first = number("PORTCULLIS_SEED", 1);
    let histories = number("PORTCULLIS_HISTORIES", 250);
    let started = std::time::Instant::now();
    for (number, seed) in (1..=histories).zip(first..) {
        run(seed);
        if number % 1000 == 0 || number == histories {
            let crashes = CRASHES.load(Ordering::Relaxed);
            println!("{number} histories from seed {first}, {crashes} crashes, {:?}", started.elapsed());
        }
    }
}
