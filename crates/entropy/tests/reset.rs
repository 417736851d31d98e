//! The seed record: starts that never repeat, with a source that is stuck and a medium that loses power, tears
//! what it writes, or rots.
#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

mod common;

use std::collections::HashSet;
use std::error::Error as _;
use std::sync::Arc;

use common::{CALLS, RESTORING_CALLS, block, bytes, faults, good, image, kept_in, seeded, stuck};
use portcullis_entropy::{RandomError, SeedFault, SeedRecord, SeedReport};
use portcullis_pal::testkit::{PowerCut, PowerCutStore, Rest};
use portcullis_pal::{Change, Label, MemoryStore, ObjectStore};

const COPIES: [Label; 2] = [SeedRecord::LABEL, SeedRecord::SPARE_LABEL];

/// Bytes after which a write is torn: in the version, the counter, the seed, the check.
const TEARS: [usize; 5] = [0, 1, 9, 40, 72];

/// First blocks, none of which may come twice, and how starts ended.
#[derive(Default)]
struct Starts {
    seen: HashSet<[u8; 16]>,
    refused: usize,
}

impl Starts {
    /// A reset of the device under a fault, whatever it leads to. After a refused start that is not reset, the
    /// medium heals, and the next call of the same generator gives.
    fn reset(&mut self, store: &Arc<PowerCutStore<MemoryStore>>, (call, how): (usize, PowerCut), heal: bool) {
        store.cut(call, how);
        let random = stuck(store, b"device");
        match block(&random) {
            Ok(given) => self.give(given),
            Err(error) => {
                assert!(matches!(error, RandomError::SeedRecord(_)), "{how:?} at call {call}: {error}");
                self.refused += 1;
                if heal {
                    store.power_on();
                    self.give(block(&random).unwrap());
                }
            }
        }
    }

    fn clean_reset<S: ObjectStore + 'static>(&mut self, store: &Arc<S>) {
        self.give(block(&stuck(store, b"device")).unwrap());
    }

    fn give(&mut self, block: [u8; 16]) {
        assert!(self.seen.insert(block), "a first block came twice");
    }
}

/// Every fault after every other, a third one behind them, then a start without: what was torn, interrupted and
/// torn again costs nothing and repeats nothing.
#[test]
fn a_hundred_thousand_resets_of_a_stuck_device_whose_power_fails_repeat_no_first_block() {
    let store = Arc::new(PowerCutStore::new(seeded()));
    let faults = faults(&TEARS);
    let (mut starts, mut resets) = (Starts::default(), 0);
    for round in 0..4 {
        for (first, &one) in faults.iter().enumerate() {
            for (second, &two) in faults.iter().enumerate() {
                let three = faults[(5 * first + 7 * second + 23 * round) % faults.len()];
                for fault in [one, two, three] {
                    starts.reset(&store, fault, (first + second + round) % 4 == 0);
                }
                store.power_on();
                starts.clean_reset(&store);
                resets += 4;
            }
        }
    }
    assert!(resets >= 100_000, "{resets} resets");
    assert!(starts.refused > resets / 3, "only {} of {resets} starts met their fault", starts.refused);
    // Those that were refused and reset gave nothing; all others gave one block.
    assert!(starts.seen.len() > resets / 2, "only {} of {resets} starts gave", starts.seen.len());
}

#[test]
fn a_start_makes_the_storage_calls_that_the_faults_are_counted_in() {
    let store = Arc::new(PowerCutStore::new(seeded()));
    block(&stuck(&store, b"device")).unwrap();
    assert_eq!(store.calls(), CALLS);
    store.cut(8, PowerCut::Torn { bytes: 40, rest: Rest::Missing });
    block(&stuck(&store, b"device")).unwrap_err();
    store.power_on();
    block(&stuck(&store, b"device")).unwrap();
    assert_eq!(store.calls(), RESTORING_CALLS);
}

#[test]
fn nothing_is_given_before_both_copies_are_the_next_record() {
    let store = Arc::new(PowerCutStore::new(seeded()));
    let before = COPIES.map(|copy| bytes(store.inner(), copy).unwrap());
    assert_eq!(before[0], before[1]);
    for call in 1..=CALLS {
        store.cut(call, PowerCut::Before);
        let refused = block(&stuck(&store, b"device"));
        assert_eq!(refused, Err(RandomError::SeedRecord(SeedFault::Medium)), "call {call}");
    }
    store.power_on();
    block(&stuck(&store, b"device")).unwrap();
    let after = COPIES.map(|copy| bytes(store.inner(), copy).unwrap());
    assert_eq!(after[0], after[1]);
    assert_ne!(before[0], after[0], "who reads the medium now learns nothing of what was given");
}

/// Damages one copy in a way of its own: a changed bit, a missing end, nothing left.
fn damage(store: &impl ObjectStore, copy: Label, at: usize) {
    let mut record = bytes(store, copy).unwrap_or_default();
    let change = match at % 3 {
        0 => Change::destroy(copy),
        1 => {
            record.truncate(at);
            Change::save(copy, &record)
        }
        _ => {
            record.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= 0x40);
            Change::save(copy, &record)
        }
    };
    store.apply(&[change]).unwrap();
}

#[test]
fn damage_to_one_copy_of_a_used_record_costs_nothing_and_repeats_nothing() {
    let store = Arc::new(seeded());
    let mut starts = Starts::default();
    for at in 0..73 {
        for copy in COPIES {
            starts.clean_reset(&store);
            damage(&*store, copy, at);
            starts.clean_reset(&store);
        }
    }
    assert_eq!(starts.seen.len(), 73 * 2 * 2);
}

/// Damage on top of an interrupted start can leave nothing; what is left never leads back.
#[test]
fn damage_after_an_interrupted_start_repeats_nothing() {
    let origin = seeded();
    let (mut gave, mut refused) = (0, 0);
    for fault in faults(&TEARS) {
        for copy in COPIES {
            let store = Arc::new(PowerCutStore::new(image(&origin)));
            let mut starts = Starts::default();
            starts.clean_reset(&store);
            starts.reset(&store, fault, false);
            store.power_on();
            damage(store.inner(), copy, 41);
            match block(&stuck(&store, b"device")) {
                Ok(given) => {
                    starts.give(given);
                    starts.clean_reset(&store);
                    gave += 1;
                }
                Err(error) => {
                    assert_eq!(error, RandomError::SourceDead { source_name: "stuck" }, "{fault:?}");
                    refused += 1;
                }
            }
        }
    }
    // Refused where the other copy was the torn one: 13 tears of the spare and 13 of the record. The two others of
    // fifteen leave the old record as it was, and at call 11 nothing is written when both copies are sound.
    assert_eq!((gave, refused), (2 * faults(&TEARS).len() - 26, 26));
}

#[test]
fn a_record_from_before_there_were_spares_goes_on() {
    let current = Arc::new(seeded());
    let old = Arc::new(MemoryStore::new());
    let record = bytes(&*current, SeedRecord::LABEL).unwrap();
    old.apply(&[Change::save(SeedRecord::LABEL, &record)]).unwrap();
    let random = stuck(&old, b"device");
    assert_eq!(block(&random), block(&stuck(&current, b"device")));
    assert_eq!(random.health().seed, SeedReport::Used { boot_counter: 2 });
    assert_eq!(bytes(&*old, SeedRecord::SPARE_LABEL), bytes(&*current, SeedRecord::LABEL));
}

/// As after an interrupted start, or one of a version that writes no spare.
#[test]
fn the_copy_with_the_higher_counter_counts() {
    let store = seeded();
    let older = bytes(&store, SeedRecord::LABEL).unwrap();
    let shared = Arc::new(store.clone());
    block(&stuck(&shared, b"device")).unwrap();
    let mut starts = Starts::default();
    for copy in COPIES {
        let behind = Arc::new(image(&store));
        behind.apply(&[Change::save(copy, &older)]).unwrap();
        let random = stuck(&behind, b"device");
        starts.seen.insert(block(&random).unwrap());
        assert_eq!(random.health().seed, SeedReport::Used { boot_counter: 3 }, "{copy}");
    }
    assert_eq!(starts.seen.len(), 1, "both went on from the same record");
}

#[test]
fn without_a_good_source_or_a_secret_seed_it_refuses_and_says_so() {
    let dead = RandomError::SourceDead { source_name: "stuck" };
    let empty = Arc::new(MemoryStore::new());
    assert_eq!(block(&stuck(&empty, b"device")), Err(dead));
    for copy in COPIES {
        assert_eq!(bytes(&*empty, copy), None, "no record without entropy");
    }

    let damaged = Arc::new(seeded());
    COPIES.into_iter().for_each(|copy| damage(&*damaged, copy, 41));
    assert_eq!(block(&stuck(&damaged, b"device")), Err(dead));
    assert_eq!(block(&kept_in(&damaged, b"device").single()), Err(RandomError::NoEntropy));

    for error in [dead, RandomError::NoEntropy] {
        let said = error.to_string();
        assert!(said.contains("source") && said.contains("no sound seed record"), "{said}");
    }
}

#[test]
fn a_damaged_record_is_made_anew_with_a_good_source() {
    let store = Arc::new(seeded());
    COPIES.into_iter().for_each(|copy| damage(&*store, copy, 41));
    let random = kept_in(&store, b"device").source(good(2)).single();
    assert!(block(&random).is_ok());
    assert_eq!(random.health().seed, SeedReport::Used { boot_counter: 1 });
    assert!(block(&stuck(&store, b"device")).is_ok(), "the new record is sound");
}

#[test]
fn a_store_that_fails_is_refused_also_with_a_good_source_until_it_heals() {
    for call in 1..=8 {
        let store = Arc::new(PowerCutStore::new(MemoryStore::new()));
        store.cut(call, PowerCut::Before);
        let random = kept_in(&store, b"device").source(good(3)).single();
        for _ in 0..3 {
            let error = block(&random).unwrap_err();
            assert_eq!(error, RandomError::SeedRecord(SeedFault::Medium), "call {call}");
            assert_eq!(error.source().unwrap().to_string(), SeedFault::Medium.to_string());
            assert_eq!(random.health().seed, SeedReport::NotUsed);
            assert!(!random.health().running);
        }
        store.power_on();
        assert!(block(&random).is_ok());
    }
}

#[test]
fn a_medium_that_only_says_that_it_wrote_is_refused() {
    for write in [5, 8] {
        let store = Arc::new(PowerCutStore::new(seeded()));
        store.cut(write, PowerCut::Lost);
        assert_eq!(block(&stuck(&store, b"device")), Err(RandomError::SeedRecord(SeedFault::NotKept)));
    }
}
