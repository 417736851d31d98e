//! Sources with faults, seen from outside: what is refused, what is said, and that nothing hangs.
#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use common::{Source, good, noise, stuck_at};
use portcullis_entropy::{Composition, HardwarePoll, PollError, Random, RandomError, Seed, SourceState};

fn fill(composition: Composition) -> (Result<(), RandomError>, SourceState) {
    let random = composition.single();
    let mut out = [0xaa; 100];
    let done = random.fill(&mut out);
    assert_eq!(out.iter().all(|&byte| byte == 0), done.is_err());
    (done, random.health().sources[0].state)
}

fn fill_from(source: impl HardwarePoll + 'static) -> (Result<(), RandomError>, SourceState) {
    fill(Composition::new(Seed::NotKept).source(source))
}

#[test]
fn a_good_source_is_enough() {
    assert_eq!(fill_from(good(1)), (Ok(()), SourceState::Healthy));
}

#[test]
fn without_a_source_nothing_is_given() {
    let random = Composition::new(Seed::NotKept).single();
    assert_eq!(random.fill(&mut [0; 16]), Err(RandomError::NoEntropy));
    assert_eq!(random.mix(&[1; 16]), Err(RandomError::NoEntropy));
}

#[test]
fn a_source_with_a_lasting_fault_is_dead() {
    let dead = |name| (Err(RandomError::SourceDead { source_name: name }), SourceState::Dead);
    assert_eq!(fill_from(stuck_at(0)), dead("stuck"));
    assert_eq!(fill_from(stuck_at(0xff)), dead("stuck"));

    let mut clean = noise(2);
    let one_bit_stuck = move |raw: &mut [u8]| {
        let given = clean(raw)?;
        raw.iter_mut().for_each(|byte| *byte |= 0x20);
        Ok(given)
    };
    assert_eq!(fill_from(Source { name: "bit", entropy: 8.0, poll: one_bit_stuck }), dead("bit"));

    let repeated_word = |raw: &mut [u8]| {
        raw.chunks_mut(4).for_each(|word| word.copy_from_slice(&[0xde, 0xad, 0xbe, 0xef][..word.len()]));
        Ok(raw.len())
    };
    assert_eq!(fill_from(Source { name: "word", entropy: 1.0, poll: repeated_word }), dead("word"));

    let writes_nothing = |raw: &mut [u8]| Ok(raw.len());
    assert_eq!(fill_from(Source { name: "lazy", entropy: 4.0, poll: writes_nothing }), dead("lazy"));
}

#[test]
fn a_dead_source_is_never_asked_again() {
    let polls = Arc::new(AtomicU32::new(0));
    let counter = Arc::clone(&polls);
    let poll = move |raw: &mut [u8]| {
        counter.fetch_add(1, Ordering::SeqCst);
        raw.fill(7);
        Ok(raw.len())
    };
    let random = Composition::new(Seed::NotKept).source(Source { name: "7", entropy: 8.0, poll }).single();
    let dead = Err(RandomError::SourceDead { source_name: "7" });
    assert_eq!(random.fill(&mut [0; 16]), dead);
    let asked = polls.load(Ordering::SeqCst);
    for _ in 0..10 {
        assert_eq!(random.fill(&mut [0; 16]), dead);
    }
    assert_eq!(polls.load(Ordering::SeqCst), asked);
}

#[test]
fn a_passing_fault_costs_a_new_start_up_test_only() {
    let mut clean = noise(3);
    let mut polls = 0;
    let poll = move |raw: &mut [u8]| {
        polls += 1;
        if polls == 1 {
            raw.fill(0);
            return Ok(raw.len());
        }
        clean(raw)
    };
    let random = Composition::new(Seed::NotKept).source(Source { name: "once", entropy: 8.0, poll }).single();
    assert_eq!(random.fill(&mut [0; 16]), Ok(()));
    let report = &random.health().sources[0];
    assert_eq!((report.state, report.health_failures), (SourceState::Healthy, 1));
}

#[test]
fn a_source_that_gives_a_few_bytes_at_a_time_is_read_to_the_end() {
    let mut clean = noise(4);
    let poll = move |raw: &mut [u8]| {
        let few = raw.len().min(4);
        clean(&mut raw[..few])
    };
    assert_eq!(fill_from(Source { name: "slow", entropy: 2.0, poll }), (Ok(()), SourceState::Healthy));
}

#[test]
fn a_source_that_gives_nothing_is_not_waited_for_for_ever() {
    type Poll = fn(&mut [u8]) -> Result<usize, PollError>;
    let nothing: [(Poll, SourceState); 5] = [
        (|_| Ok(0), SourceState::Failing),
        (|_| Err(PollError::NotReady), SourceState::Failing),
        (|_| Err(PollError::Failed), SourceState::Failing),
        (|_| Err(PollError::Absent), SourceState::Absent),
        // More than there was room for.
        (|raw| Ok(raw.len() + 1), SourceState::Failing),
    ];
    for (poll, state) in nothing {
        let source = Source { name: "nothing", entropy: 8.0, poll };
        assert_eq!(fill_from(source), (Err(RandomError::NoEntropy), state));
    }
}

/// A byte now and then, just before it would be given up: it would take a million polls to the end.
#[test]
fn a_source_that_drips_is_not_waited_for_for_ever() {
    let polls = Arc::new(AtomicU32::new(0));
    let (counter, mut clean) = (Arc::clone(&polls), noise(14));
    let poll = move |raw: &mut [u8]| match counter.fetch_add(1, Ordering::SeqCst) % 1000 {
        999 => clean(&mut raw[..1]),
        _ => Err(PollError::NotReady),
    };
    let source = Source { name: "drip", entropy: 8.0, poll };
    assert_eq!(fill_from(source), (Err(RandomError::NoEntropy), SourceState::Failing));
    assert!(polls.load(Ordering::SeqCst) < 13_000, "{polls:?}");
}

#[test]
fn an_impossible_claim_is_refused() {
    for entropy in [0.0, 9.0, f32::NAN, 0.001] {
        let source = Source { name: "boast", entropy, poll: noise(5) };
        assert_eq!(fill_from(source), (Err(RandomError::NoEntropy), SourceState::ClaimRefused));
    }
}

#[test]
fn one_good_source_among_bad_ones_is_enough() {
    let composition = Composition::new(Seed::NotKept).source(stuck_at(1)).source(good(6));
    assert_eq!(fill(composition), (Ok(()), SourceState::Dead));
}

#[test]
fn the_amount_read_follows_from_the_claim() {
    for (entropy, bytes) in [(8.0, 48), (4.0, 96), (0.5, 768)] {
        let random =
            Composition::new(Seed::NotKept).source(Source { name: "x", entropy, poll: noise(7) }).single();
        random.start().unwrap();
        // The start-up test, then 384 bits.
        assert_eq!(random.health().sources[0].samples, 1024 + bytes);
    }
}

#[test]
fn a_source_that_dies_later_is_noticed_at_the_next_reseed() {
    let mut clean = noise(8);
    let mut left = 1024 + 48;
    let poll = move |raw: &mut [u8]| {
        let given = raw.len().min(left);
        left -= given;
        if given == 0 {
            raw.fill(3);
            return Ok(raw.len());
        }
        clean(&mut raw[..given])
    };
    let random = Composition::new(Seed::NotKept).source(Source { name: "dies", entropy: 8.0, poll }).single();
    for _ in 0..4096 {
        random.fill(&mut [0; 16]).unwrap();
    }
    let mut out = [1; 16];
    assert_eq!(random.fill(&mut out), Err(RandomError::SourceDead { source_name: "dies" }));
    assert_eq!(out, [0; 16]);
}
