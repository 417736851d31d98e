//! The seed record: starts that never repeat, with a source that is stuck and a store that fails.
#![cfg(feature = "std")]
#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

mod common;

use std::collections::HashSet;
use std::error::Error as _;
use std::sync::Arc;

use common::{Fault, MapStore, good, stuck_at};
use portcullis_entropy::{
    Composition, Random, RandomError, RandomPool, Seed, SeedFault, SeedRecord, SeedReport,
};
use portcullis_pal::{Change, ObjectStore};

/// Storage calls of one start: find and read the record, write the next, find and read it again.
const CALLS: u32 = 5;

fn composition(store: &Arc<MapStore>, device_id: &[u8]) -> Composition {
    let store: Arc<dyn ObjectStore> = store.clone();
    Composition::new(Seed::Kept(SeedRecord::new(store, device_id)))
}

/// A device that has been started once with a good source, and has a stuck one from now on.
fn seeded_store() -> Arc<MapStore> {
    let store = Arc::new(MapStore::default());
    composition(&store, b"device").source(good(1)).pool().start().unwrap();
    store
}

fn stuck(store: &Arc<MapStore>, device_id: &[u8]) -> RandomPool {
    composition(store, device_id).source(stuck_at(0)).pool()
}

fn first_block(pool: &RandomPool) -> Result<[u8; 16], RandomError> {
    let mut block = [0; 16];
    pool.fill(&mut block).map(|()| block)
}

fn damage(store: &MapStore) {
    store.apply(&[Change::save(SeedRecord::LABEL, &[1; 73])]).unwrap();
}

#[test]
fn no_first_block_is_repeated_with_a_stuck_source_and_a_failing_store() {
    let store = seeded_store();
    let faults: Vec<_> = (1..=CALLS)
        .flat_map(|call| [Some(Fault::Before(call)), Some(Fault::After(call)), Some(Fault::Lost(call)), None])
        .collect();
    let mut seen = HashSet::new();
    let (mut refused, mut given) = (0, 0);
    for (reset, &fault) in faults.iter().cycle().take(4000).enumerate() {
        let pool = stuck(&store, b"device");
        store.fail(fault);
        match first_block(&pool) {
            Ok(block) => {
                given += 1;
                assert!(seen.insert(block), "reset {reset} repeats a block, fault {fault:?}");
            }
            Err(error) => {
                refused += 1;
                assert!(matches!(error, RandomError::SeedRecord(_)), "{error}");
                // Every other time the device goes on, the next call tries again; else it is reset.
                store.fail(None);
                if reset % 2 == 0 {
                    assert!(seen.insert(first_block(&pool).unwrap()), "the retry of reset {reset} repeats");
                }
            }
        }
    }
    // Each fault but a lost read, which is no fault, refuses: 5 before, 5 after, 1 lost write, of 20.
    assert_eq!((refused, given), (4000 / 20 * 11, 4000 / 20 * 9));
}

#[test]
fn clones_of_one_image_differ_by_their_device_id() {
    let image = seeded_store();
    let mut seen = HashSet::new();
    for device in 0..1000_u32 {
        let own = Arc::new(image.image());
        assert!(seen.insert(first_block(&stuck(&own, &device.to_be_bytes())).unwrap()));
    }
}

#[test]
fn a_stuck_source_without_a_secret_seed_is_refused() {
    let dead = Err(RandomError::SourceDead { source_name: "stuck" });
    let empty = Arc::new(MapStore::default());
    assert_eq!(first_block(&stuck(&empty, b"device")), dead);
    assert!(empty.find(&SeedRecord::LABEL).unwrap().is_none(), "no record without entropy");

    let damaged = seeded_store();
    damage(&damaged);
    assert_eq!(first_block(&stuck(&damaged, b"device")), dead);
    let no_source = composition(&damaged, b"device").pool();
    assert_eq!(first_block(&no_source), Err(RandomError::NoEntropy));
}

#[test]
fn a_damaged_record_is_made_anew_with_a_good_source() {
    let store = seeded_store();
    damage(&store);
    let pool = composition(&store, b"device").source(good(2)).pool();
    assert!(first_block(&pool).is_ok());
    assert_eq!(pool.health().seed, SeedReport::Used { boot_counter: 1 });
    assert!(first_block(&stuck(&store, b"device")).is_ok(), "the new record is sound");
}

#[test]
fn a_store_that_fails_is_refused_also_with_a_good_source() {
    let store = Arc::new(MapStore::default());
    store.fail(Some(Fault::Lost(2)));
    let pool = composition(&store, b"device").source(good(3)).pool();
    let error = first_block(&pool).unwrap_err();
    assert_eq!(error, RandomError::SeedRecord(SeedFault::NotKept));
    assert_eq!(error.source().unwrap().to_string(), SeedFault::NotKept.to_string());
    assert_eq!(pool.health().seed, SeedReport::NotUsed);
    assert!(!pool.health().running);
    store.fail(None);
    assert!(first_block(&pool).is_ok());
}

#[test]
fn processes_that_start_at_once_never_use_one_record_twice() {
    let store = seeded_store();
    let blocks: Vec<_> = std::thread::scope(|scope| {
        let starts: Vec<_> = (0..8)
            .map(|_| {
                scope.spawn(|| (0..50).map(|_| first_block(&stuck(&store, b"device"))).collect::<Vec<_>>())
            })
            .collect();
        starts.into_iter().flat_map(|start| start.join().unwrap()).collect()
    });
    let given: Vec<_> = blocks.into_iter().map(Result::unwrap).collect();
    assert_eq!(given.iter().collect::<HashSet<_>>().len(), 400);
    let next = stuck(&store, b"device");
    next.start().unwrap();
    // The first start made the record; then 400, then this one.
    assert_eq!(next.health().seed, SeedReport::Used { boot_counter: 402 });
}
