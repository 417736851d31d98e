//! The contract suite over the sources of this crate that can be made from outside, and over sources that break it.
//! Those that take unsafe code to make are put through it beside that code.
#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

mod common;

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

use common::{Source, noise};
use portcullis_entropy::testkit::contract;
use portcullis_entropy::{Alphabet, FileSource, HardwarePoll, JitterSource, OsSource, PollError};

#[test]
fn operating_system() {
    contract(|| OsSource);
}

#[test]
fn jitter() {
    contract(JitterSource::new);
}

#[test]
fn device_file() {
    contract(|| FileSource::new("urandom", "/dev/urandom", 8.0));
}

/// A source whose samples are single bits.
struct Bits<S>(S, f32);

impl<S: HardwarePoll> HardwarePoll for Bits<S> {
    fn name(&self) -> &'static str {
        "bits"
    }
    fn poll(&mut self, raw: &mut [u8]) -> Result<usize, PollError> {
        let given = self.0.poll(raw)?;
        raw[..given].iter_mut().for_each(|sample| *sample &= 1);
        Ok(given)
    }
    fn min_entropy_per_byte(&self) -> f32 {
        self.1
    }
    fn alphabet(&self) -> Alphabet {
        Alphabet::Bits
    }
}

#[test]
fn binary_source() {
    contract(|| Bits(OsSource, 1.0));
}

/// Makes sources that give different noise each.
fn fresh<F>(poll: impl Fn(u8) -> F) -> impl Fn() -> Source<F> {
    let made = Cell::new(0);
    move || {
        made.set(made.get() + 1);
        Source { name: "made", entropy: 8.0, poll: poll(made.get()) }
    }
}

#[test]
fn source_of_short_reads_that_often_has_nothing() {
    contract(fresh(|seed| {
        let (mut clean, mut polls) = (noise(seed), 0);
        move |raw: &mut [u8]| {
            polls += 1;
            let few = raw.len().min(4);
            if polls % 3 == 0 { Err(PollError::NotReady) } else { clean(&mut raw[..few]) }
        }
    }));
}

fn broken<P: HardwarePoll + 'static>(make: impl Fn() -> P, promise: &str) {
    let panicked = catch_unwind(AssertUnwindSafe(|| contract(make))).expect_err(promise);
    let plain = panicked.downcast_ref::<&str>().map(ToString::to_string);
    let said = plain.or_else(|| panicked.downcast_ref::<String>().cloned()).unwrap();
    assert!(said.contains(promise), "{said:?} says nothing of {promise:?}");
}

#[test]
fn a_name_or_a_claim_that_is_none_breaks_it() {
    broken(|| Source { name: "two words", entropy: 8.0, poll: noise(1) }, "can't stand in a log");
    for entropy in [0.0, 8.5, f32::NAN] {
        broken(move || Source { name: "x", entropy, poll: noise(1) }, "is not above 0");
    }
    broken(|| Bits(OsSource, 1.5), "at most 1");
}

#[test]
fn a_driver_that_writes_other_than_it_reports_breaks_it() {
    let more = |raw: &mut [u8]| Ok(raw.len() + 1);
    broken(move || Source { name: "more", entropy: 8.0, poll: more }, "where there was room for");
    broken(
        fresh(|seed| {
            let mut clean = noise(seed);
            move |raw: &mut [u8]| clean(raw).map(|given| given.min(5))
        }),
        "others changed",
    );
    let lazy = |raw: &mut [u8]| Ok(raw.len());
    broken(move || Source { name: "lazy", entropy: 8.0, poll: lazy }, "not written");
}

#[test]
fn a_source_that_stops_or_is_silent_breaks_it() {
    broken(|| Source { name: "x", entropy: 8.0, poll: |_: &mut [u8]| Ok(0) }, "nothing came");
    broken(|| Source { name: "x", entropy: 8.0, poll: |_: &mut [u8]| Err(PollError::Failed) }, "said: ");
}

#[test]
fn samples_that_are_not_what_was_claimed_break_it() {
    broken(
        fresh(|seed| {
            let mut clean = noise(seed);
            move |raw: &mut [u8]| {
                let given = clean(raw)?;
                raw[..given].iter_mut().for_each(|byte| *byte &= 0x0f);
                Ok(given)
            }
        }),
        "too often for the claim",
    );
    struct NotBits(OsSource);
    impl HardwarePoll for NotBits {
        fn name(&self) -> &'static str {
            "notbits"
        }
        fn poll(&mut self, raw: &mut [u8]) -> Result<usize, PollError> {
            self.0.poll(raw)
        }
        fn min_entropy_per_byte(&self) -> f32 {
            1.0
        }
        fn alphabet(&self) -> Alphabet {
            Alphabet::Bits
        }
    }
    broken(|| NotBits(OsSource), "the source stopped");
}

#[test]
fn a_source_that_gives_the_same_at_each_start_breaks_it() {
    broken(|| Source { name: "fixed", entropy: 8.0, poll: noise(1) }, "came again");
}
