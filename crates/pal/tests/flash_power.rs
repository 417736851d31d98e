//! Power is cut in the flash store at any moment, also while it repairs what the last cut left: whatever was acknowledged
//! is there afterwards, and the batch under way is there wholly or not at all.
//!
//! `PORTCULLIS_HISTORIES` says how many random histories are run (2 000 without it); each is printed by its seed when it
//! fails, and `PORTCULLIS_SEED` runs one again.

#![allow(clippy::unwrap_used, reason = "a test that can't go on says where")]

mod flash_support;

use std::collections::BTreeSet;
use std::env;
use std::panic::{AssertUnwindSafe, catch_unwind};

use flash_support::label;
use portcullis_pal::testkit::Model;
use portcullis_pal::testkit::nor::{Nor, Rewrites, Tear};
use portcullis_pal::{Change, Error, FlashStore, Label, ObjectId, ObjectStore, Result};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

/// One change of a history, as it is drawn.
#[derive(Clone, Debug)]
struct Planned {
    name: u8,
    /// Its length, or nothing to destroy.
    value: Option<usize>,
}

/// A batch, and after how many steps power is cut (and, while that is repaired, cut again).
#[derive(Clone, Debug)]
struct Step {
    batch: Vec<Planned>,
    cuts: Vec<u64>,
}

fn step() -> impl Strategy<Value = Step> {
    use proptest::collection::vec;
    use proptest::prelude::{Just, prop_oneof};
    let value = prop_oneof![
        2 => Just(None),
        5 => (0..60_usize).prop_map(Some),
        1 => (150..900_usize).prop_map(Some),
    ];
    let planned = (0..8_u8, value).prop_map(|(name, value)| Planned { name, value });
    let cuts = prop_oneof![
        2 => Just(Vec::new()),
        3 => vec(prop_oneof![1..40_u64, 1..600_u64], 1..4),
    ];
    (vec(planned, 1..5), cuts).prop_map(|(batch, cuts)| Step { batch, cuts })
}

/// What must be there: what was acknowledged and, as long as nobody has looked, that with the batch that was under way.
#[derive(Clone)]
struct Witness {
    candidates: Vec<Model>,
    ids: Vec<(u8, ObjectId)>,
    gone: BTreeSet<ObjectId>,
}

impl Witness {
    fn new() -> Self {
        Self { candidates: vec![Model::new()], ids: Vec::new(), gone: BTreeSet::new() }
    }

    fn apply(&mut self, store: &impl ObjectStore, batch: &[Change<'_>]) {
        let [before] = &self.candidates[..] else { panic!("it was looked at before") };
        let mut after = before.clone();
        after.apply(batch).unwrap();
        match store.apply(batch) {
            Ok(stamp) => {
                assert_eq!(stamp, after.stamp());
                self.candidates = vec![after];
            }
            Err(Error::Full { .. }) => {}
            Err(error) if error.to_string().contains("NoPower") => self.candidates.push(after),
            Err(error) => panic!("power is on: {error}"),
        }
    }

    /// Looks what is there after a start.
    fn look(&mut self, store: &impl ObjectStore) {
        let stamp = store.stamp().unwrap();
        self.candidates.retain(|model| model.stamp() == stamp);
        assert_eq!(self.candidates.len(), 1, "{stamp:?} is neither before nor after the batch");
        self.candidates[0].assert_same(store);
        self.check_ids(store);
    }

    /// An id is an object's as long as it lives, and never another's.
    fn check_ids(&mut self, store: &impl ObjectStore) {
        let found = (0..8).map(|name| (name, store.find(&name_of(name)).unwrap()));
        let now: Vec<_> = found.filter_map(|(name, id)| Some((name, id?))).collect();
        for (name, id) in &now {
            assert!(!self.gone.contains(id), "the id of a destroyed object came back");
            assert!(self.ids.iter().all(|(other, own)| own != id || other == name), "an id moved");
        }
        let here: BTreeSet<_> = now.iter().map(|(_, id)| *id).collect();
        self.gone.extend(self.ids.iter().map(|(_, id)| *id).filter(|id| !here.contains(id)));
        self.ids = now;
    }
}

fn name_of(name: u8) -> Label {
    label(&format!("object {name}"))
}

fn open<const R: usize, const W: usize, const E: usize>(
    flash: &Nor<R, W, E>,
) -> Result<FlashStore<Nor<R, W, E>>> {
    FlashStore::open(flash.clone(), 0..flash.len())
}

/// Runs a history on a flash, and says how often power was cut; what a cut leaves is drawn from `seed`.
fn run<const R: usize, const W: usize, const E: usize>(
    flash: &Nor<R, W, E>,
    steps: &[Step],
    seed: u64,
) -> u64 {
    let mut witness = Witness::new();
    let mut cuts = 0;
    let mut store = FlashStore::open_or_create(flash.clone(), 0..flash.len()).unwrap();
    for (at, step) in (1_u64..).zip(steps) {
        let mut left = step.cuts.iter();
        let mut cut = |flash: &Nor<R, W, E>| match left.next() {
            Some(&cut) => flash.cut(cut, seed ^ at << 32 ^ cut << 16),
            None => flash.power_on(),
        };
        cut(flash);
        with_batch(&step.batch, at, |batch| witness.apply(&store, batch));
        while flash.is_off() {
            cuts += 1;
            // It begins by emptying what is stale, and may be cut while it does.
            cut(flash);
            if let Ok(opened) = open(flash) {
                witness.look(&opened);
                witness.apply(&opened, &[Change::destroy(name_of(0))]);
                store = opened;
            }
        }
    }
    drop(store);
    witness.look(&open(flash).unwrap());
    cuts
}

fn with_batch(planned: &[Planned], salt: u64, run: impl FnOnce(&[Change<'_>])) {
    let value = |len| (0..len).map(|at| (at as u64 * 31 + salt) as u8).collect::<Vec<_>>();
    let values: Vec<_> = planned.iter().map(|planned| planned.value.map(value)).collect();
    let changes = planned.iter().zip(&values).map(|(planned, value)| match value {
        Some(value) => Change::save(name_of(planned.name), value),
        None => Change::destroy(name_of(planned.name)),
    });
    run(&changes.collect::<Vec<_>>());
}

fn number(name: &str) -> Option<u64> {
    let set = env::var(name).ok()?;
    Some(set.parse().unwrap_or_else(|_| panic!("{name} is not a number: {set}")))
}

fn history(seed: u64) -> Vec<Step> {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    proptest::collection::vec(step(), 4..28).new_tree(&mut runner).unwrap().current()
}

/// Runs the history of a seed on the flash that the seed picks.
fn run_seed(seed: u64) -> u64 {
    let steps = history(seed);
    let tear = if seed & 8 == 0 { Tear::Word } else { Tear::Call };
    let rewrites = [Rewrites::Refused, Rewrites::ClearOnly, Rewrites::Ignored][seed as usize / 16 % 3];
    match seed % 4 {
        0 => run(&Nor::<1, 1, 1024>::blank(6).with(rewrites, tear), &steps, seed),
        1 => run(&Nor::<1, 4, 1024>::blank(8).with(rewrites, tear), &steps, seed),
        2 => run(&Nor::<4, 8, 1024>::blank(5).with(rewrites, tear), &steps, seed),
        _ => run(&Nor::<1, 8, 4096>::blank(4).with(rewrites, tear), &steps, seed),
    }
}

/// A torn word and the head of the item behind it once read as the head of a longer item, so that what was written could
/// not be read back, and was written to the same page again.
#[test]
fn a_torn_word_that_hides_what_follows_it() {
    run_seed(25_204);
}

/// The word that closes a page, torn, is not written again: flash that corrects errors would refuse.
#[test]
fn a_torn_word_that_closes_a_page() {
    run_seed(3604);
}

#[test]
fn random_histories_lose_nothing() {
    let (first, count) = match number("PORTCULLIS_SEED") {
        Some(seed) => (seed, 1),
        None => (0, number("PORTCULLIS_HISTORIES").unwrap_or(2000)),
    };
    let mut cuts = 0;
    for seed in first..first + count {
        match catch_unwind(AssertUnwindSafe(|| run_seed(seed))) {
            Ok(more) => cuts += more,
            Err(_) => {
                panic!("PORTCULLIS_SEED={seed} is a history that loses something: {:#?}", history(seed))
            }
        }
    }
    println!("{count} histories, {cuts} cuts");
    assert!(count < 100 || cuts > 2 * count, "{cuts} cuts in {count} histories");
}

/// Every step of a fixed history is cut, and after each such cut every step of starting and of the next batch; with
/// several draws of what a cut leaves.
#[test]
fn each_step_and_each_step_of_repairing_it_can_be_the_last() {
    for seed in [1, 2, 3] {
        cut_each_step(seed);
    }
}

fn cut_each_step(seed: u64) {
    type Small = Nor<1, 4, 1024>;
    let change = |name, value| Planned { name, value };
    // By then every block was written to, so that the batches that are cut move and erase some.
    let before: Vec<_> = (0..30).map(|at| vec![change(at % 4, Some(40 + usize::from(at)))]).collect();
    let cut = [
        vec![change(1, Some(20)), change(5, Some(300))],
        vec![change(1, None), change(2, Some(0)), change(6, Some(30))],
        vec![change(5, Some(250)), change(3, None)],
        vec![change(5, None), change(5, Some(10)), change(6, None)],
    ];
    let first = Small::blank(4);
    let mut witness = Witness::new();
    let store = FlashStore::open_or_create(first.clone(), 0..first.len()).unwrap();
    for batch in &before {
        with_batch(batch, 0, |batch| witness.apply(&store, batch));
    }
    witness.look(&store);
    drop(store);
    let (mut outer, mut inner, mut erased) = (0, 0, false);
    loop {
        outer += 1;
        let flash = first.copy_of(&first.cells());
        let mut here = witness.clone();
        flash.cut(outer, seed << 48 ^ outer);
        let store = open(&flash).unwrap();
        for (batch, salt) in cut.iter().zip(1..) {
            if !flash.is_off() {
                with_batch(batch, salt, |batch| here.apply(&store, batch));
            }
        }
        drop(store);
        erased |= flash.erases().iter().any(|&count| count > 0);
        if !flash.is_off() {
            break;
        }
        inner += cut_each_step_of_repair(&flash, &here, seed << 48 ^ outer << 16);
    }
    println!("{outer} steps, {inner} steps of repair");
    assert!(erased && outer > 200 && inner > 5000, "{outer} steps, {inner} of repair");
}

/// What is left is started and written to; power is cut in each step of that.
fn cut_each_step_of_repair<const R: usize, const W: usize, const E: usize>(
    left: &Nor<R, W, E>,
    witness: &Witness,
    seed: u64,
) -> u64 {
    let cells = left.cells();
    for step in 1.. {
        let flash = left.copy_of(&cells);
        let mut here = witness.clone();
        flash.cut(step, seed ^ step);
        if let Ok(store) = open(&flash) {
            here.look(&store);
            with_batch(&[Planned { name: 7, value: Some(25) }], 9, |batch| here.apply(&store, batch));
        }
        let over = !flash.is_off();
        flash.power_on();
        here.look(&open(&flash).unwrap());
        if over {
            return step;
        }
    }
    unreachable!("a repair ends")
}
