//! The pool: threads that share nothing, reseeding, mixing.
#![cfg(feature = "std")]
#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

mod common;

use std::collections::HashSet;
use std::sync::{Arc, Barrier, LazyLock};

use common::{Source, good};
use portcullis_entropy::{Composition, PollError, Random, RandomError, RandomPool, Seed, SourceState};

fn pool() -> RandomPool {
    Composition::new(Seed::NotKept).source(good(1)).pool()
}

fn block(random: &dyn Random) -> [u8; 16] {
    let mut block = [0; 16];
    random.fill(&mut block).unwrap();
    block
}

#[test]
fn threads_share_no_block() {
    const THREADS: usize = 8;
    const BLOCKS: usize = 1 << 13;
    let (pool, together) = (pool(), Barrier::new(THREADS));
    let outputs: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|_| {
                scope.spawn(|| {
                    together.wait();
                    let mut out = vec![0; 16 * BLOCKS];
                    pool.fill(&mut out).unwrap();
                    out
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let blocks: HashSet<_> = outputs.iter().flat_map(|out| out.chunks_exact(16)).collect();
    assert_eq!(blocks.len(), THREADS * BLOCKS);
}

#[test]
fn a_thread_that_ended_leaves_nothing_to_the_next() {
    let pool = Arc::new(pool());
    let mut seen = HashSet::new();
    for _ in 0..50 {
        let pool = Arc::clone(&pool);
        assert!(seen.insert(std::thread::spawn(move || block(&*pool)).join().unwrap()));
    }
}

#[test]
fn an_instance_is_reseeded_from_the_sources_after_4096_requests() {
    let pool = pool();
    block(&pool);
    let samples = |pool: &RandomPool| pool.health().sources[0].samples;
    let started = samples(&pool);
    for _ in 1..4096 {
        block(&pool);
    }
    assert_eq!(samples(&pool), started);
    block(&pool);
    assert_eq!(samples(&pool), started + 32);
}

#[test]
fn one_long_request_counts_as_its_parts() {
    let pool = pool();
    pool.fill(&mut [0; 16]).unwrap();
    let started = pool.health().sources[0].samples;
    // 64 KiB, the most that a request to a generator gives, times 4096.
    let mut long = vec![0; 256 << 16];
    for _ in 0..16 {
        pool.fill(&mut long).unwrap();
    }
    assert_eq!(pool.health().sources[0].samples, started + 32);
}

#[test]
fn two_pools_of_one_thread_are_apart_and_equal_sources_give_equal_bytes() {
    let (one, two) = (pool(), pool());
    // The sources of these two are the same bytes, so this shows that nothing else was mixed in.
    assert_eq!(block(&one), block(&two));
    drop(one);
    let three = pool();
    assert_ne!(block(&three), block(&two));
}

#[test]
fn mixing_changes_the_stream_and_counts_as_no_entropy() {
    let (plain, mixed) = (pool(), pool());
    assert_eq!(block(&plain), block(&mixed));
    mixed.mix(&vec![0; 200_000]).unwrap();
    assert_ne!(block(&plain), block(&mixed));
    assert_eq!(plain.health().sources[0].samples, mixed.health().sources[0].samples);
}

#[test]
fn bytes_of_the_operating_system_set_equal_snapshots_apart() {
    let snapshot = || Composition::new(Seed::NotKept).source(good(1)).os_bytes_per_request().pool();
    assert_ne!(block(&snapshot()), block(&snapshot()));
}

#[test]
fn a_host_has_a_healthy_source() {
    let pool = RandomPool::host(Seed::NotKept);
    pool.start().unwrap();
    let health = pool.health();
    assert!(health.running);
    assert!(health.sources.iter().any(|source| source.state == SourceState::Healthy), "{health:?}");
    assert_ne!(block(&pool), block(&pool));
}

/// A source that draws from the very generator that it feeds: as one that asks `getrandom` does in a program whose
/// `getrandom` draws from it.
#[test]
fn who_is_asked_by_its_own_source_refuses_and_waits_for_nobody() {
    static RANDOMS: LazyLock<[Box<dyn Random>; 2]> = LazyLock::new(|| {
        let composition = |which: usize| {
            let poll = move |raw: &mut [u8]| {
                assert_eq!(RANDOMS[which].fill(raw), Err(RandomError::AsksItself));
                assert_eq!(RANDOMS[which].mix(&[1]), Err(RandomError::AsksItself));
                // Another generator is none of its business.
                RANDOMS[1 - which].fill(raw).map_err(|_| PollError::Failed)?;
                Ok(raw.len())
            };
            Composition::new(Seed::NotKept).source(Source { name: "asks", entropy: 8.0, poll })
        };
        [Box::new(composition(0).pool()), Box::new(composition(1).source(good(1)).single())]
    });
    assert_eq!(RANDOMS[0].fill(&mut [0; 16]), Ok(()));
}
