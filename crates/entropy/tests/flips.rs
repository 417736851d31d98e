//! Every bit of every seed record on a medium, flipped: in one copy the start goes on from the other as if nothing had
//! been, in both it is refused by name. No start gives what another one gave, and none is led to other bytes.
#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

mod common;

use std::collections::HashSet;
use std::sync::Arc;

use common::{block, bytes, good, image, kept_in, seeded, stuck};
use portcullis_entropy::{RandomError, SeedRecord, SeedReport};
use portcullis_pal::testkit::{PowerCut, PowerCutStore};
use portcullis_pal::{Change, Label, MemoryStore, ObjectStore};

const COPIES: [Label; 2] = [SeedRecord::LABEL, SeedRecord::SPARE_LABEL];

/// The storage call of a start that writes the record, after the spare was written and read back.
const RECORD_WRITTEN: usize = 8;

/// Each bit of a record.
fn bits() -> impl Iterator<Item = usize> {
    0..73 * 8
}

fn flip(store: &MemoryStore, copy: Label, bit: usize) {
    let mut record = bytes(store, copy).unwrap();
    assert_eq!(record.len() * 8, bits().count());
    record[bit / 8] ^= 1 << (bit % 8);
    store.apply(&[Change::save(copy, &record)]).unwrap();
}

/// A start's first block, and its number.
fn start(store: &Arc<MemoryStore>) -> Result<([u8; 16], u64), RandomError> {
    let random = stuck(store, b"device");
    let block = block(&random)?;
    let SeedReport::Used { boot_counter } = random.health().seed else { panic!("it has a seed record") };
    Ok((block, boot_counter))
}

#[test]
fn a_bit_of_one_copy_changes_nothing_and_the_next_start_has_both() {
    let store = Arc::new(seeded());
    let mut seen = HashSet::new();
    for bit in bits() {
        for copy in COPIES {
            let sound = start(&Arc::new(image(&store))).unwrap();
            flip(&store, copy, bit);
            let (block, number) = start(&store).unwrap();
            assert_eq!((block, number), sound, "bit {bit} of {copy} was believed");
            assert!(seen.insert(block), "bit {bit} of {copy} repeats a start");
            assert_eq!(bytes(&*store, COPIES[0]), bytes(&*store, COPIES[1]), "bit {bit} of {copy}");
        }
    }
    assert_eq!(seen.len(), 2 * bits().count());
}

/// A start that power ended leaves the spare ahead of the record. It gave nothing, so either leads on.
#[test]
fn a_bit_after_an_interrupted_start_repeats_none() {
    let store = Arc::new(seeded());
    let mut seen = HashSet::new();
    for bit in bits() {
        for copy in COPIES {
            let cut = Arc::new(PowerCutStore::new((*store).clone()));
            cut.cut(RECORD_WRITTEN, PowerCut::Before);
            assert!(matches!(block(&stuck(&cut, b"device")), Err(RandomError::SeedRecord(_))));
            assert_ne!(bytes(&*store, COPIES[0]), bytes(&*store, COPIES[1]), "the spare is ahead");
            flip(&store, copy, bit);
            for _ in 0..2 {
                assert!(seen.insert(start(&store).unwrap().0), "bit {bit} of {copy} repeats a start");
            }
        }
    }
}

#[test]
fn a_bit_of_both_copies_is_refused_and_leaves_the_medium() {
    let store = Arc::new(seeded());
    let last = start(&store).unwrap().0;
    for bit in bits() {
        // The same bit, and any other: what is torn or rots need not do so twice in one place.
        for other in [bit, (bit * 7 + 100) % bits().count()] {
            let damaged = Arc::new(image(&store));
            flip(&damaged, COPIES[0], bit);
            flip(&damaged, COPIES[1], other);
            let before = COPIES.map(|copy| bytes(&*damaged, copy));
            let refused = start(&damaged).unwrap_err();
            assert_eq!(refused, RandomError::SourceDead { source_name: "stuck" }, "bits {bit} and {other}");
            assert_eq!(COPIES.map(|copy| bytes(&*damaged, copy)), before, "bits {bit} and {other}");
            // Noise makes a new record, which leads on like any other.
            if other == bit {
                let healed = kept_in(&damaged, b"device").source(good(2)).single();
                let (first, next) = (block(&healed).unwrap(), start(&damaged).unwrap().0);
                assert!(first != next && first != last && next != last, "bit {bit}");
            }
        }
    }
}
