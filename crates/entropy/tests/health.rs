//! Health tests on demand, failures that pass and failures that stay, and what ends the latter: another source
//! (SP 800-90B section 4.3).
#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use common::{Source, good, kept_in, noise, seeded, stuck_at};
use portcullis_entropy::{
    Alpha, Alphabet, Composition, HardwarePoll, PollError, Random, RandomError, RandomPool, Seed, SourceState,
};

/// How a source that can be switched is.
const WELL: u32 = 0;
const STUCK: u32 = 1;
const GONE: u32 = 2;

/// A source of 8 bits a byte and its switch.
fn switched(seed: u8) -> (impl HardwarePoll, Arc<AtomicU32>) {
    let switch = Arc::new(AtomicU32::new(WELL));
    let (state, mut clean) = (Arc::clone(&switch), noise(seed));
    let poll = move |raw: &mut [u8]| match state.load(Ordering::SeqCst) {
        WELL => clean(raw),
        STUCK => {
            raw.fill(9);
            Ok(raw.len())
        }
        _ => Err(PollError::Absent),
    };
    (Source { name: "switched", entropy: 8.0, poll }, switch)
}

fn of(source: impl HardwarePoll + 'static) -> Composition {
    Composition::new(Seed::NotKept).source(source)
}

const DEAD: RandomError = RandomError::SourceDead { source_name: "switched" };

#[test]
fn on_demand_each_source_passes_its_start_up_test_again() {
    let pool = of(good(1)).source(stuck_at(3)).pool();
    let report = pool.test_sources();
    let found: Vec<_> = report.sources.iter().map(|source| (source.state, source.samples)).collect();
    assert_eq!(found[0], (SourceState::Healthy, 1024));
    assert_eq!(found[1].0, SourceState::Dead);
    assert_eq!(report, pool.health());
    assert!(!report.running, "a test is no start");

    pool.fill(&mut [0; 16]).unwrap();
    assert_eq!(pool.health().sources[0].samples, 1024 + 48, "the test before was the start-up test");
    assert_eq!(pool.test_sources().sources[0].samples, 1024 + 48 + 1024);
}

/// The samples of a test are not used (SP 800-90B section 4.3): what is given after it comes from others.
#[test]
fn samples_of_a_test_are_not_given_to_anyone() {
    let first = |tests: usize| {
        let random = of(good(1)).single();
        (0..tests).for_each(|_| drop(random.test_sources()));
        let mut out = [0; 16];
        random.fill(&mut out).unwrap();
        out
    };
    assert_ne!(first(1), first(2));
    let mut clean = noise(1);
    let skipped = move |raw: &mut [u8]| clean(raw);
    let random = of(Source { name: "good", entropy: 8.0, poll: skipped }).single();
    let mut out = [0; 16];
    random.fill(&mut out).unwrap();
    assert_eq!(out, first(1), "the first test is the one of a start");
}

#[test]
fn on_demand_a_source_that_came_back_is_seen() {
    let (source, switch) = switched(1);
    switch.store(GONE, Ordering::SeqCst);
    let random = of(source).single();
    assert_eq!(random.fill(&mut [0; 16]), Err(RandomError::NoEntropy));
    assert_eq!(random.test_sources().sources[0].state, SourceState::Absent);
    switch.store(WELL, Ordering::SeqCst);
    assert_eq!(random.test_sources().sources[0].state, SourceState::Healthy);
    random.fill(&mut [0; 16]).unwrap();
}

#[test]
fn on_demand_a_lasting_fault_is_found_and_stops_every_thread_at_once() {
    let (source, switch) = switched(2);
    let pool = of(source).pool();
    pool.fill(&mut [0; 16]).unwrap();
    std::thread::scope(|scope| scope.spawn(|| pool.fill(&mut [0; 16]).unwrap()).join().unwrap());
    switch.store(STUCK, Ordering::SeqCst);
    // Nobody has asked the source yet.
    pool.fill(&mut [0; 16]).unwrap();
    assert_eq!(pool.test_sources().sources[0].state, SourceState::Dead);
    for _ in 0..3 {
        let mut out = [1; 16];
        assert_eq!(pool.fill(&mut out), Err(DEAD));
        assert_eq!(out, [0; 16]);
        assert_eq!(pool.fill_fresh(&mut out), Err(DEAD));
        let elsewhere = std::thread::scope(|scope| scope.spawn(|| pool.fill(&mut [0; 16])).join().unwrap());
        assert_eq!(elsewhere, Err(DEAD));
    }
    // The source is well again, and stays refused.
    switch.store(WELL, Ordering::SeqCst);
    assert_eq!(pool.test_sources().sources[0].state, SourceState::Dead);
    assert_eq!(pool.fill(&mut [0; 16]), Err(DEAD));
}

/// Replaces the dead source of a generator; what was wrong before is right after.
fn replaced(random: &dyn Random, replace: impl Fn(&str, u8) -> bool) {
    assert_eq!(random.fill(&mut [0; 16]), Err(DEAD));
    assert!(!replace("another", 9), "there is no source of that name");
    assert_eq!(random.fill(&mut [0; 16]), Err(DEAD));
    assert!(replace("switched", 9));
    let mut out = [0; 16];
    random.fill(&mut out).unwrap();
    assert_ne!(out, [0; 16]);
    random.fill_fresh(&mut out).unwrap();
}

#[test]
fn a_permanent_failure_ends_when_the_source_is_replaced() {
    let stuck = || {
        let (source, switch) = switched(3);
        switch.store(STUCK, Ordering::SeqCst);
        of(source)
    };
    let single = stuck().single();
    replaced(&single, |name, seed| single.replace_source(name, good(seed)));
    assert_eq!(single.health().sources[0].name, "good");
    let pool = stuck().pool();
    replaced(&pool, |name, seed| pool.replace_source(name, good(seed)));
    // And one that had been giving: its instances go on only behind the new source's noise.
    let (source, switch) = switched(4);
    let pool = of(source).pool();
    pool.fill(&mut [0; 16]).unwrap();
    switch.store(STUCK, Ordering::SeqCst);
    drop(pool.test_sources());
    replaced(&pool, |name, seed| pool.replace_source(name, good(seed)));
    // The start-up test, 256 bits for the instance that had stopped, and as many for the fresh ones.
    assert_eq!(pool.health().sources[0].samples, 1024 + 32 + 32);
}

#[test]
fn a_source_that_is_replaced_by_a_dead_one_gives_nothing() {
    let (source, switch) = switched(5);
    let pool = of(source).pool();
    pool.fill(&mut [0; 16]).unwrap();
    switch.store(STUCK, Ordering::SeqCst);
    drop(pool.test_sources());
    assert!(pool.replace_source("switched", stuck_at(1)));
    assert_eq!(pool.fill(&mut [0; 16]), Err(RandomError::SourceDead { source_name: "stuck" }));
}

/// That the new source may get well is no reason to go on without it.
#[test]
fn instances_wait_until_the_new_source_has_given() {
    let (source, switch) = switched(14);
    let pool = of(source).pool();
    pool.fill(&mut [0; 16]).unwrap();
    switch.store(STUCK, Ordering::SeqCst);
    drop(pool.test_sources());
    let silent = |_: &mut [u8]| Err(PollError::Failed);
    assert!(pool.replace_source("switched", Source { name: "new", entropy: 8.0, poll: silent }));
    for _ in 0..3 {
        assert_eq!(pool.fill(&mut [0; 16]), Err(RandomError::NoEntropy));
    }
    assert!(pool.replace_source("new", good(15)));
    assert_eq!(pool.test_sources().sources[0].samples, 1024);
    pool.fill(&mut [0; 16]).unwrap();
    assert_eq!(pool.health().sources[0].samples, 1024 + 32, "the instance was reseeded");
}

#[test]
fn of_two_sources_of_one_name_the_dead_one_is_replaced() {
    let (source, switch) = switched(6);
    let random = Composition::new(Seed::NotKept).source(switched(7).0).source(source).single();
    switch.store(STUCK, Ordering::SeqCst);
    drop(random.test_sources());
    assert!(random.replace_source("switched", good(8)));
    let names: Vec<_> =
        random.test_sources().sources.iter().map(|source| (source.name, source.state)).collect();
    assert_eq!(names, [("switched", SourceState::Healthy), ("good", SourceState::Healthy)]);
}

#[test]
fn another_source_or_a_seed_record_stands_in_for_a_dead_one() {
    let (source, switch) = switched(8);
    let pool = of(source).source(good(9)).pool();
    pool.fill(&mut [0; 16]).unwrap();
    switch.store(STUCK, Ordering::SeqCst);
    assert_eq!(pool.test_sources().sources[0].state, SourceState::Dead);
    pool.fill(&mut [0; 16]).unwrap();

    let (source, switch) = switched(10);
    let random = kept_in(&Arc::new(seeded()), b"device").source(source).single();
    random.fill(&mut [0; 16]).unwrap();
    switch.store(STUCK, Ordering::SeqCst);
    assert_eq!(random.test_sources().sources[0].state, SourceState::Dead);
    random.fill(&mut [0; 16]).unwrap();
    assert_eq!(random.fill_fresh(&mut [0; 16]), Err(DEAD), "a record is no live source");
}

/// Stuck for one poll in so many. Each failure passes; that they keep coming does not.
#[test]
fn a_fault_that_keeps_coming_back_is_permanent_in_the_end() {
    let (mut clean, mut polls) = (noise(11), 0);
    let poll = move |raw: &mut [u8]| {
        polls += 1;
        if polls % 5 == 0 {
            raw.fill(0);
            return Ok(raw.len());
        }
        clean(raw)
    };
    let random = of(Source { name: "loose", entropy: 8.0, poll }).single();
    let outcomes: Vec<_> = (0..100).map(|_| random.fill_fresh(&mut [0; 16])).collect();
    let lasted = outcomes.iter().take_while(|outcome| outcome.is_ok()).count();
    assert!((5..60).contains(&lasted), "it lasted {lasted} times");
    let dead = RandomError::SourceDead { source_name: "loose" };
    assert!(outcomes[lasted..].iter().all(|outcome| *outcome == Err(dead)));
    assert_eq!(random.health().sources[0].health_failures, 10);
}

#[test]
fn a_binary_source_has_its_own_window_and_gives_bits_only() {
    struct Bits<F>(F);
    impl<F: FnMut(&mut [u8]) -> Result<usize, PollError> + Send> HardwarePoll for Bits<F> {
        fn name(&self) -> &'static str {
            "bits"
        }
        fn poll(&mut self, raw: &mut [u8]) -> Result<usize, PollError> {
            (self.0)(raw)
        }
        fn min_entropy_per_byte(&self) -> f32 {
            0.5
        }
        fn alphabet(&self) -> Alphabet {
            Alphabet::Bits
        }
    }
    let mut clean = noise(12);
    let bits = move |raw: &mut [u8]| {
        let given = clean(raw)?;
        raw[..given].iter_mut().for_each(|sample| *sample &= 1);
        Ok(given)
    };
    let random = of(Bits(bits)).single();
    random.start().unwrap();
    let report = &random.health().sources[0];
    let cutoffs = (report.window, report.repetition_cutoff, report.proportion_cutoff);
    assert_eq!(cutoffs, (Some(1024), Some(61), Some(810)));
    assert_eq!((report.state, report.samples), (SourceState::Healthy, 1024 + 768));

    let random = of(Bits(noise(13))).single();
    assert_eq!(random.fill(&mut [0; 16]), Err(RandomError::NoEntropy));
    assert_eq!(random.health().sources[0].state, SourceState::Failing);
}

#[test]
fn the_cut_offs_follow_from_alpha() {
    let cutoffs = |composition: Composition| {
        let report = composition.single().health();
        (report.sources[0].repetition_cutoff.unwrap(), report.sources[0].proportion_cutoff.unwrap())
    };
    assert_eq!(cutoffs(of(good(1))), (5, 16));
    assert_eq!(cutoffs(of(good(1)).alpha(Alpha::two_to_minus(20).unwrap())), (4, 13));
    assert_eq!(cutoffs(of(good(1)).alpha(Alpha::two_to_minus(40).unwrap())), (6, 19));
}

#[test]
fn the_sources_of_a_host_pass_on_demand() {
    let report = RandomPool::host(Seed::NotKept).test_sources();
    let healthy = |name| report.sources.iter().any(|s| s.name == name && s.state == SourceState::Healthy);
    assert!(healthy("os"), "{report:?}");
}
