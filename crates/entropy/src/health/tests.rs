//! Tests of the health tests: the published cut-offs, and sources that must fail them.

use super::cutoff::{ALPHA_BITS, WINDOW, proportion, repetition};
use super::*;
use crate::drbg::{CtrDrbg, Drbg};

/// Bytes that no test of a good source may fail on, the same in every run.
fn noise(len: usize) -> Vec<u8> {
    let mut drbg = CtrDrbg::instantiate(&[1; 32], &[], b"health tests").unwrap();
    let mut out = vec![0; len];
    for part in out.chunks_mut(CtrDrbg::MAX_REQUEST) {
        drbg.generate(part, &[]).unwrap();
    }
    out
}

fn run(entropy: f32, samples: &[u8]) -> Result<(), HealthFailure> {
    HealthTests::new(Cutoffs::new(entropy).unwrap()).feed(samples)
}

#[test]
fn cut_offs_are_those_of_the_published_formulas() {
    let rows = [
        (0.5, 1024, [(20, 41, 793), (30, 61, 810), (40, 81, 824)]),
        (1.0, 1024, [(20, 21, 589), (30, 31, 609), (40, 41, 625)]),
        (1.0, 512, [(20, 21, 311), (30, 31, 325), (40, 41, 336)]),
        (4.0, 512, [(20, 6, 62), (30, 9, 71), (40, 11, 78)]),
        (8.0, 512, [(20, 4, 13), (30, 5, 16), (40, 6, 19)]),
    ];
    for (entropy, window, columns) in rows {
        for (alpha_bits, repeated, frequent) in columns {
            assert_eq!(repetition(entropy, alpha_bits), repeated, "H={entropy} alpha=2^-{alpha_bits}");
            assert_eq!(proportion(window, entropy, alpha_bits), frequent, "H={entropy} window={window}");
        }
    }
}

#[test]
fn the_defaults_are_window_512_and_alpha_two_to_the_minus_30() {
    assert_eq!((WINDOW, ALPHA_BITS), (512, 30));
    let cutoffs = Cutoffs::new(1.0).unwrap();
    assert_eq!((cutoffs.repetition, cutoffs.proportion), (31, 325));
}

#[test]
fn a_claim_that_is_wrong_or_untestable_is_refused() {
    for entropy in [0.0, -1.0, 8.1, f32::NAN, f32::INFINITY, 0.01] {
        assert_eq!(Cutoffs::new(entropy), Err(ClaimRefused), "{entropy}");
    }
    for entropy in [0.031, 0.5, 7.0, 7.01, 8.0] {
        assert!(Cutoffs::new(entropy).is_ok(), "{entropy}");
    }
}

#[test]
fn good_noise_passes_at_every_claim() {
    let noise = noise(1 << 20);
    for entropy in [0.031, 0.5, 1.0, 4.0, 7.5, 8.0] {
        assert_eq!(run(entropy, &noise), Ok(()), "H={entropy}");
    }
}

#[test]
fn a_source_stuck_from_the_start_fails_within_the_start_up_test_at_every_claim() {
    for entropy in [0.0296, 0.031, 0.5, 1.0, 4.0, 8.0] {
        for value in [0, 0xff, 0x5a] {
            let stuck = vec![value; HealthTests::START_UP_SAMPLES as usize];
            assert_eq!(run(entropy, &stuck), Err(HealthFailure::Repetition { distance: 1 }), "H={entropy}");
        }
    }
}

#[test]
fn the_repetition_count_test_fails_at_its_cut_off_and_not_before() {
    let mut samples = noise(100);
    let value = samples[99];
    let cutoff = Cutoffs::new(4.0).unwrap().repetition as usize;
    samples.resize(100 + cutoff - 2, value);
    assert_eq!(run(4.0, &samples), Ok(()));
    samples.push(value);
    assert_eq!(run(4.0, &samples), Err(HealthFailure::Repetition { distance: 1 }));
}

#[test]
fn the_adaptive_proportion_test_fails_at_its_cut_off_and_not_before() {
    let cutoff = Cutoffs::new(4.0).unwrap().proportion as usize;
    // The window's first value, then once in every three samples, so that nothing is repeated in a row.
    let samples = |count: usize| -> Vec<u8> {
        let mut samples = vec![0];
        for other in (1..=255).cycle().take(2 * (count - 1)).collect::<Vec<u8>>().chunks(2) {
            samples.extend_from_slice(other);
            samples.push(0);
        }
        samples
    };
    assert_eq!(run(4.0, &samples(cutoff - 1)), Ok(()));
    assert_eq!(run(4.0, &samples(cutoff)), Err(HealthFailure::Proportion));
}

#[test]
fn a_register_read_again_before_it_changed_is_seen() {
    for width in [2, 4, 8] {
        let mut samples = noise(1000);
        samples.truncate(1000 / width * width);
        let word = samples[samples.len() - width..].to_vec();
        for _ in 0..8 {
            samples.extend_from_slice(&word);
        }
        assert_eq!(run(8.0, &samples), Err(HealthFailure::Repetition { distance: width as u32 }));
    }
}

#[test]
fn one_stuck_bit_is_seen_where_the_claim_rests_on_it() {
    for bit in 0..8 {
        for value in [0, 1_u8 << bit] {
            let samples: Vec<_> = noise(1024).iter().map(|sample| sample & !(1 << bit) | value).collect();
            assert_eq!(run(8.0, &samples), Err(HealthFailure::StuckBit { bit }));
            // Seven good bits are more than the four claimed.
            assert_eq!(run(4.0, &samples), Ok(()));
        }
    }
}
