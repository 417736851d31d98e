//! Several sources: the generator is as good as the best of them, whatever the others do.
#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

mod common;

use std::sync::{Arc, Mutex};

use common::{Source, block, good, noise, stuck_at};
use portcullis_entropy::{
    Composition, HardwarePoll, PollError, Random, RandomError, Seed, SingleRandom, SourceState,
};

type AnySource = Box<dyn HardwarePoll>;

fn any(source: impl HardwarePoll + 'static) -> AnySource {
    Box::new(source)
}

/// Gives what everybody knows, and passes every test with it.
fn known() -> impl HardwarePoll {
    Source { name: "known", entropy: 8.0, poll: noise(200) }
}

/// Reports success and writes nothing.
fn lazy() -> impl HardwarePoll {
    Source { name: "lazy", entropy: 8.0, poll: |raw: &mut [u8]| Ok(raw.len()) }
}

/// Reports more than there is room for.
fn overflowing() -> impl HardwarePoll {
    Source { name: "overflowing", entropy: 8.0, poll: |raw: &mut [u8]| Ok(raw.len() + 1) }
}

fn silent() -> impl HardwarePoll {
    Source { name: "silent", entropy: 8.0, poll: |_: &mut [u8]| Ok(0) }
}

fn failed() -> impl HardwarePoll {
    Source { name: "failed", entropy: 8.0, poll: |_: &mut [u8]| Err(PollError::Failed) }
}

fn boasting() -> impl HardwarePoll {
    Source { name: "boasting", entropy: 80.0, poll: noise(201) }
}

/// A generator of one good source at every place among three bad ones.
fn with_three_bad_ones(seed: u8, place: usize, bad: [fn() -> AnySource; 3]) -> SingleRandom {
    let mut sources: Vec<_> = bad.iter().map(|make| make()).collect();
    sources.insert(place, any(good(seed)));
    sources.into_iter().fold(Composition::new(Seed::NotKept), Composition::source).single()
}

const BAD: [fn() -> AnySource; 7] = [
    || any(stuck_at(0)),
    || any(known()),
    || any(lazy()),
    || any(overflowing()),
    || any(silent()),
    || any(failed()),
    || any(boasting()),
];

#[test]
fn one_good_source_among_three_bad_ones_is_as_good_as_alone() {
    for first in 0..BAD.len() {
        let bad = [0, 1, 2].map(|next| BAD[(first + next) % BAD.len()]);
        for place in 0..4 {
            let of = |seed| {
                let random = with_three_bad_ones(seed, place, bad);
                let first = block(&random).unwrap();
                let good = &random.health().sources[place];
                assert_eq!((good.name, good.state), ("good", SourceState::Healthy));
                // The start-up test and 384 bits: nobody else's claim made it less.
                assert_eq!(good.samples, 1024 + 48);
                first
            };
            assert_ne!(
                of(1),
                of(2),
                "the good source decides, at place {place} among {first} and the next two"
            );
            assert_eq!(of(1), of(1), "and nothing else does");
        }
    }
}

#[test]
fn prediction_resistance_asks_the_good_source_whatever_the_others_say() {
    let random = with_three_bad_ones(1, 3, [BAD[0], BAD[1], BAD[4]]);
    random.start().unwrap();
    random.fill_fresh(&mut [0; 16]).unwrap();
    assert_eq!(random.health().sources[3].samples, 1024 + 48 + 32);
}

/// A source that has seen all that the good one gave and repeats it. Were noise mixed by exclusive or, nothing would be
/// left of it.
#[test]
fn a_source_that_repeats_what_another_gave_takes_nothing_away() {
    let of = |seed| {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (told, mut clean) = (Arc::clone(&seen), noise(seed));
        let overheard = move |raw: &mut [u8]| {
            let given = clean(raw)?;
            told.lock().unwrap().extend_from_slice(&raw[..given]);
            Ok(given)
        };
        let echo = move |raw: &mut [u8]| {
            let mut seen = seen.lock().unwrap();
            let given = raw.len().min(seen.len());
            seen.drain(..given).zip(raw).for_each(|(byte, out)| *out = byte);
            Ok(given)
        };
        let random = Composition::new(Seed::NotKept)
            .source(Source { name: "overheard", entropy: 8.0, poll: overheard })
            .source(Source { name: "echo", entropy: 8.0, poll: echo })
            .single();
        let first = block(&random).unwrap();
        let states: Vec<_> = random.health().sources.iter().map(|source| source.state).collect();
        assert_eq!(states, [SourceState::Healthy; 2]);
        first
    };
    assert_ne!(of(1), of(2));
    // Nor does it bring anything: as long as another has given, it can't be told from noise.
    assert_ne!(of(1), block(&Composition::new(Seed::NotKept).source(good(1)).single()).unwrap());
}

#[test]
fn bad_sources_alone_give_nothing() {
    for bad in [BAD[0], BAD[2], BAD[3], BAD[4], BAD[5], BAD[6]] {
        let random = Composition::new(Seed::NotKept).source(bad()).single();
        let error = block(&random).unwrap_err();
        assert!(matches!(error, RandomError::NoEntropy | RandomError::SourceDead { .. }), "{error:?}");
    }
}
