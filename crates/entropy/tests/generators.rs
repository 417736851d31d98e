//! The mechanism that a composition chooses, and prediction resistance for users.
#![cfg(feature = "std")]
#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

mod common;

use std::collections::HashSet;
use std::sync::Arc;

use common::{Source, good, noise};
use portcullis_entropy::{
    Composition, HardwarePoll, Mechanism, Random, RandomError, Seed, SeedRecord, SourceState,
};
use portcullis_pal::MemoryStore;

const MECHANISMS: [Mechanism; 4] =
    [Mechanism::CtrAes256, Mechanism::HmacSha256, Mechanism::HmacSha384, Mechanism::HmacSha512];

type Fill = fn(&dyn Random, &mut [u8]) -> Result<(), RandomError>;

/// Both ways to ask.
const FILLS: [Fill; 2] = [|random, out| random.fill(out), |random, out| random.fill_fresh(out)];

fn composition(mechanism: Mechanism) -> Composition {
    Composition::new(Seed::NotKept).source(good(1)).generator(mechanism)
}

/// A source that gives enough noise for one start, and then fails.
fn once() -> impl HardwarePoll {
    let mut clean = noise(1);
    let mut left = 1024 + 48;
    let poll = move |raw: &mut [u8]| {
        let given = raw.len().min(left);
        left -= given;
        clean(&mut raw[..given])
    };
    Source { name: "once", entropy: 8.0, poll }
}

#[test]
fn each_mechanism_gives_its_own_bytes_alone_and_in_a_pool() {
    let mut seen = HashSet::new();
    for mechanism in MECHANISMS {
        let randoms: [Box<dyn Random>; 2] =
            [Box::new(composition(mechanism).single()), Box::new(composition(mechanism).pool())];
        for random in randoms {
            for fill in FILLS {
                let mut out = [0; 40];
                fill(&*random, &mut out).unwrap();
                assert!(seen.insert(out), "{mechanism} repeats");
            }
        }
    }
    let [mut default, mut ctr] = [[0; 16]; 2];
    Composition::new(Seed::NotKept).source(good(1)).pool().fill(&mut default).unwrap();
    composition(Mechanism::CtrAes256).pool().fill(&mut ctr).unwrap();
    assert_eq!(default, ctr);
}

#[test]
fn bytes_of_any_length_are_mixed_in_by_each_mechanism() {
    for mechanism in MECHANISMS {
        let mut seen = HashSet::new();
        for len in [0, 1, 47, 48, 49, 100_000] {
            let pool = composition(mechanism).pool();
            let mut out = [0; 16];
            pool.mix(&vec![5; len]).unwrap();
            pool.fill(&mut out).unwrap();
            assert!(seen.insert(out), "{mechanism} takes no notice of {len} bytes");
        }
    }
}

#[test]
fn a_fresh_request_reads_256_bits_of_a_source_for_each_64_kib() {
    let pool = composition(Mechanism::CtrAes256).pool();
    let single = composition(Mechanism::CtrAes256).single();
    pool.start().unwrap();
    single.start().unwrap();
    let samples = || [pool.health().sources[0].samples, single.health().sources[0].samples];
    let mut before = samples();
    for (len, requests) in [(1, 1), (1 << 16, 1), ((1 << 16) + 1, 2)] {
        let mut out = vec![0; len];
        pool.fill_fresh(&mut out).unwrap();
        single.fill_fresh(&mut out).unwrap();
        before.iter_mut().for_each(|samples| *samples += 32 * requests);
        assert_eq!(samples(), before);
    }
}

#[test]
fn a_fresh_request_is_refused_without_a_live_source_and_other_requests_go_on() {
    let store = Arc::new(MemoryStore::new());
    let kept = || Seed::Kept(SeedRecord::new(store.clone(), b"device"));
    let randoms: [Box<dyn Random>; 4] = [
        Box::new(Composition::new(Seed::NotKept).source(once()).single()),
        Box::new(Composition::new(kept()).source(once()).single()),
        Box::new(Composition::new(Seed::NotKept).source(once()).pool()),
        // The seed record alone: it lets a generator run, but is no source.
        Box::new(Composition::new(kept()).single()),
    ];
    for random in randoms {
        random.fill(&mut [0; 16]).unwrap();
        let mut out = [1; 16];
        assert_eq!(random.fill_fresh(&mut out), Err(RandomError::NoEntropy));
        assert_eq!(out, [0; 16]);
        random.fill(&mut out).unwrap();
        assert_ne!(out, [0; 16]);
    }
}

#[test]
fn a_dead_source_is_named_to_who_wants_fresh_bytes() {
    let mut clean = noise(2);
    let mut left = 1024 + 48;
    let poll = move |raw: &mut [u8]| {
        if left < raw.len() {
            raw.fill(9);
            return Ok(raw.len());
        }
        left -= raw.len();
        clean(raw)
    };
    let single = Composition::new(Seed::NotKept).source(Source { name: "dies", entropy: 8.0, poll }).single();
    single.start().unwrap();
    assert_eq!(single.fill_fresh(&mut [0; 16]), Err(RandomError::SourceDead { source_name: "dies" }));
    assert_eq!(single.health().sources[0].state, SourceState::Dead);
}

#[test]
fn one_that_knows_no_source_refuses_fresh_bytes() {
    struct Zeros;
    impl Random for Zeros {
        fn fill(&self, out: &mut [u8]) -> Result<(), RandomError> {
            out.fill(0);
            Ok(())
        }
        fn mix(&self, _: &[u8]) -> Result<(), RandomError> {
            Ok(())
        }
    }
    let mut out = [1; 16];
    assert_eq!(Zeros.fill_fresh(&mut out), Err(RandomError::NoEntropy));
    assert_eq!(out, [0; 16]);
}
