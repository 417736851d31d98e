//! Tests of the jitter source under clocks that are made up.

use std::sync::atomic::{AtomicU64, Ordering};

use super::*;
use crate::source::checked::CheckedSource;
use crate::{Alpha, SourceState, read_raw};

/// A source that is asked for 384 bits, in the end.
fn gather(clock: fn() -> u64, entropy: f32) -> (Option<usize>, SourceState) {
    let mut source = CheckedSource::new(Box::new(JitterSource::with_clock(clock, entropy)), Alpha::default());
    let gathered = source.gather(384).map(|samples| samples.len());
    (gathered, source.report().state)
}

#[test]
fn this_machine_has_jitter() {
    let (gathered, state) = gather(nanoseconds, JitterSource::CLAIM);
    assert_eq!((gathered, state), (Some(1536), SourceState::Healthy));
}

#[test]
fn a_clock_that_stands_still_or_goes_evenly_is_noticed() {
    static EVEN: AtomicU64 = AtomicU64::new(0);
    assert_eq!(gather(|| 5, JitterSource::CLAIM), (None, SourceState::Dead));
    assert_eq!(
        gather(|| EVEN.fetch_add(1000, Ordering::Relaxed), JitterSource::CLAIM),
        (None, SourceState::Dead)
    );
}

/// Two readings for each round, and no round more than the claim asks for: nothing here can go on for ever.
#[test]
fn the_readings_of_the_clock_are_bounded_by_the_claim() {
    static READINGS: AtomicU64 = AtomicU64::new(0);
    fn clock() -> u64 {
        let reading = READINGS.fetch_add(1, Ordering::Relaxed);
        // Uneven enough to pass for jitter: the high bits of a product.
        1000 * reading + (reading.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 58)
    }
    for (entropy, samples) in [(0.25, 1536), (0.5, 768), (0.05, 7680)] {
        READINGS.store(0, Ordering::Relaxed);
        assert_eq!(gather(clock, entropy), (Some(samples), SourceState::Healthy));
        assert_eq!(READINGS.load(Ordering::Relaxed), 2 * (WARM_UP + 1024 + samples) as u64);
    }
}

#[test]
fn a_sample_is_the_time_in_the_steps_of_the_clock() {
    static READINGS: AtomicU64 = AtomicU64::new(0);
    /// A round takes 40 times 1, 2, 3 and so on.
    fn clock() -> u64 {
        let reading = READINGS.fetch_add(1, Ordering::Relaxed);
        if reading.is_multiple_of(2) { 0 } else { 40 * (1 + reading / 2) }
    }
    let mut samples = [0; 300];
    read_raw(&mut JitterSource::with_clock(clock, JitterSource::CLAIM), &mut samples).unwrap();
    let expected: Vec<u8> = (WARM_UP + 1..).map(|taken| taken as u8).take(300).collect();
    assert_eq!(samples.as_slice(), expected);
}

#[test]
fn the_greatest_common_divisor_of_nothing_is_nothing() {
    assert_eq!(greatest_common_divisor(0, 0), 0);
    assert_eq!(greatest_common_divisor(0, 12), 12);
    assert_eq!(greatest_common_divisor(120, 84), 12);
}
