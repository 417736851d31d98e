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
use portcullis_pal::{Change, FlashStore, ObjectId, ObjectStore, When};
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
    use proptest::prelude::{Just, any, prop_oneof};
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
    (vec(planned, 1..5), cuts, any::<u8>()).prop_map(|(batch, cuts, _)| Step { batch, cuts })
}

fn value(len: usize, salt: u64) -> Vec<u8> {
    (0..len).map(|at| (at as u64 * 31 + salt) as u8).collect()
}

/// What a history must leave: what was acknowledged, and the ids that were ever seen.
struct Witness {
    model: Model,
    ids: Vec<(u8, ObjectId)>,
    gone: BTreeSet<ObjectId>,
}

impl Witness {
    fn new() -> Self {
        Self { model: Model::new(), ids: Vec::new(), gone: BTreeSet::new() }
    }

    /// An id is an object's as long as it lives, and never another's.
    fn check_ids(&mut self, store: &impl ObjectStore) {
        let now: Vec<_> =
            (0..8).filter_map(|name| Some((name, store.find(&name_of(name)).unwrap()?))).collect();
        for (name, id) in &now {
            assert!(!self.gone.contains(id), "the id of a destroyed object came back");
            assert!(self.ids.iter().all(|(other, own)| (own == id) == (other == name) || own != id));
        }
        let here: BTreeSet<_> = now.iter().map(|(_, id)| *id).collect();
        self.gone.extend(self.ids.iter().map(|(_, id)| *id).filter(|id| !here.contains(id)));
        self.ids = now;
    }
}

fn name_of(name: u8) -> portcullis_pal::Label {
    label(&format!("object {name}"))
}

/// Runs a history on a flash; every draw of what a cut leaves comes from `seed`.
fn run<const R: usize, const W: usize, const E: usize>(
    flash: &Nor<R, W, E>,
    steps: &[Step],
    seed: u64,
) -> u64 {
    let mut witness = Witness::new();
    let mut cuts = 0;
    let mut store = Some(FlashStore::open_or_create(flash.clone(), 0..flash.len()).unwrap());
    for (at, step) in (0_u64..).zip(steps) {
        let values: Vec<_> = step
            .batch
            .iter()
            .map(|planned| planned.value.map(|len| value(len, at + u64::from(planned.name))))
            .collect();
        let batch: Vec<_> = (step.batch.iter().zip(&values))
            .map(|(planned, value)| match value {
                Some(value) => Change::save(name_of(planned.name), value),
                None => Change::destroy(name_of(planned.name)),
            })
            .collect();
        match step.cuts.first() {
            Some(&cut) => flash.cut(cut, seed ^ at << 8),
            None => flash.power_on(),
        }
        let outcome = store.as_ref().unwrap().apply(&batch);
        let mut after = witness.model.clone();
        after.apply(&batch).unwrap();
        if outcome.is_ok() {
            assert_eq!(outcome.unwrap(), after.stamp());
            witness.model = after.clone();
        } else {
            assert!(
                flash.is_off() || matches!(outcome, Err(portcullis_pal::Error::Full { .. })),
                "{outcome:?}"
            );
        }
        if flash.is_off() {
            drop(store.take());
            let (opened, more) = reopen(flash, &step.cuts[1..], seed ^ at << 8);
            cuts += 1 + more;
            // A batch that was not acknowledged may be there; its stamp says which it is.
            if opened.stamp().unwrap() == after.stamp() {
                witness.model = after;
            }
            witness.model.assert_same(&opened);
            witness.check_ids(&opened);
            store = Some(opened);
        }
    }
    flash.power_on();
    let store = store.unwrap();
    witness.model.assert_same(&store);
    witness.check_ids(&store);
    drop(store);
    let store = FlashStore::open(flash.clone(), 0..flash.len()).unwrap();
    witness.model.assert_same(&store);
    cuts
}

/// Opens a store whose power is cut again and again while it repairs itself and empties what is stale.
fn reopen<const R: usize, const W: usize, const E: usize>(
    flash: &Nor<R, W, E>,
    cuts: &[u64],
    seed: u64,
) -> (FlashStore<Nor<R, W, E>>, u64) {
    let mut count = 0;
    for (at, &cut) in (1_u64..).zip(cuts) {
        flash.cut(cut.div_ceil(3), seed ^ at);
        let opened = FlashStore::open(flash.clone(), 0..flash.len());
        if let Ok(store) = &opened {
            // It begins with emptying what is stale, and then finds that nothing has this revision.
            let stale =
                store.apply(&[Change::destroy(name_of(0)).when(When::Unchanged(portcullis_pal::Stamp(0)))]);
            assert!(stale.is_err());
        }
        if flash.is_off() {
            count += 1;
        } else {
            opened.unwrap();
        }
    }
    flash.power_on();
    (FlashStore::open(flash.clone(), 0..flash.len()).unwrap(), count)
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
