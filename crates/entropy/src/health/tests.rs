//! Tests of the health tests: the published cut-offs, and sources that must fail them.

use super::cutoff::{proportion, repetition, window};
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

fn cutoffs(entropy: f32) -> Result<Cutoffs, ClaimRefused> {
    Cutoffs::new(entropy, Alphabet::Bytes, Alpha::default())
}

fn run(entropy: f32, samples: &[u8]) -> Result<(), HealthFailure> {
    HealthTests::new(cutoffs(entropy).unwrap()).feed(samples)
}

fn binary(entropy: f32) -> Cutoffs {
    Cutoffs::new(entropy, Alphabet::Bits, Alpha::default()).unwrap()
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

/// Those of the README's table that are in no published one.
#[test]
fn cut_offs_of_small_claims() {
    let rows = [(0.5, 61, 422, 810), (0.25, 121, 477, 928), (0.031_25, 961, 513, 1024)];
    for (entropy, repeated, of_bytes, of_bits) in rows {
        assert_eq!(repetition(entropy, 30), repeated, "H={entropy}");
        assert_eq!(
            (proportion(512, entropy, 30), proportion(1024, entropy, 30)),
            (of_bytes, of_bits),
            "H={entropy}"
        );
    }
}

/// The same sums in another way: every chance by itself, one sample after the other.
#[test]
fn the_proportion_cut_off_leaves_alpha_and_no_more_in_the_tail() {
    for (entropy, window, alpha_bits) in [(0.5, 1024, 30), (1.0, 512, 30), (0.25, 512, 30), (4.0, 512, 40)] {
        let (window, likely) = (window as usize, f64::exp2(-entropy));
        let mut chance = vec![1.0];
        for _ in 0..window {
            let mut next = vec![0.0; chance.len() + 1];
            for (count, part) in chance.iter().enumerate() {
                next[count] += part * (1.0 - likely);
                next[count + 1] += part * likely;
            }
            chance = next;
        }
        let at_least = |count: usize| chance.iter().skip(count).sum::<f64>();
        let (cutoff, alpha) =
            (proportion(window as u32, entropy, alpha_bits), (-f64::from(alpha_bits)).exp2());
        assert!(at_least(cutoff as usize) <= alpha, "H={entropy}: {cutoff} is too little");
        assert!(at_least(cutoff as usize - 1) > alpha, "H={entropy}: {cutoff} is too much");
    }
}

#[test]
fn the_window_is_1024_samples_of_a_binary_source_and_512_of_others() {
    assert_eq!((window(Alphabet::Bytes), window(Alphabet::Bits)), (512, 1024));
    let of = |cutoffs: Cutoffs| (cutoffs.window, cutoffs.repetition, cutoffs.proportion);
    assert_eq!(of(cutoffs(1.0).unwrap()), (512, 31, 325));
    assert_eq!(of(cutoffs(8.0).unwrap()), (512, 5, 16));
    assert_eq!(of(binary(1.0)), (1024, 31, 609));
    assert_eq!(of(binary(0.5)), (1024, 61, 810));
}

#[test]
fn alpha_is_two_to_the_minus_30_unless_said_otherwise() {
    assert_eq!(Alpha::default().bits(), 30);
    for (bits, repeated, frequent) in [(20, 21, 311), (30, 31, 325), (40, 41, 336)] {
        let alpha = Alpha::two_to_minus(bits).unwrap();
        let cutoffs = Cutoffs::new(1.0, Alphabet::Bytes, alpha).unwrap();
        assert_eq!((cutoffs.repetition, cutoffs.proportion), (repeated, frequent));
    }
    assert_eq!((Alpha::two_to_minus(19), Alpha::two_to_minus(41)), (None, None));
}

#[test]
fn a_claim_that_is_wrong_or_untestable_is_refused() {
    for entropy in [0.0, -1.0, 8.1, f32::NAN, f32::INFINITY, 0.01] {
        assert_eq!(cutoffs(entropy), Err(ClaimRefused), "{entropy}");
    }
    for entropy in [0.031, 0.5, 7.0, 7.01, 8.0] {
        assert!(cutoffs(entropy).is_ok(), "{entropy}");
    }
    assert_eq!(Cutoffs::new(1.01, Alphabet::Bits, Alpha::default()), Err(ClaimRefused));
    // A smaller alpha needs a larger claim for a stuck source to be seen in time.
    let small = |bits| Cutoffs::new(0.031, Alphabet::Bytes, Alpha::two_to_minus(bits).unwrap());
    assert!(small(30).is_ok());
    assert_eq!(small(40), Err(ClaimRefused));
}

#[test]
fn good_bits_pass_and_biased_ones_do_not() {
    let bits: Vec<u8> =
        noise(1 << 17).iter().flat_map(|byte| (0..8).map(move |bit| (byte >> bit) & 1)).collect();
    for entropy in [0.1, 0.5, 1.0] {
        assert_eq!(HealthTests::new(binary(entropy)).feed(&bits), Ok(()), "H={entropy}");
    }
    // Three ones in four: 0.415 bits.
    let biased: Vec<u8> = bits.chunks(2).map(|pair| pair[0] | pair[1]).collect();
    assert_eq!(HealthTests::new(binary(0.4)).feed(&biased), Ok(()));
    assert!(HealthTests::new(binary(1.0)).feed(&biased).is_err());
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
    let cutoff = cutoffs(4.0).unwrap().repetition as usize;
    samples.resize(100 + cutoff - 2, value);
    assert_eq!(run(4.0, &samples), Ok(()));
    samples.push(value);
    assert_eq!(run(4.0, &samples), Err(HealthFailure::Repetition { distance: 1 }));
}

#[test]
fn the_adaptive_proportion_test_fails_at_its_cut_off_and_not_before() {
    let cutoff = cutoffs(4.0).unwrap().proportion as usize;
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
fn the_binary_test_fails_at_its_cut_off_and_not_before() {
    // Ones at the front of a window of 1024, two to each zero, so that no run is long.
    let cutoff = binary(1.0).proportion as usize;
    let samples = |ones: usize| -> Vec<u8> {
        let mut samples: Vec<u8> = (0..).flat_map(|_| [1, 1, 0]).take(ones + ones / 2).collect();
        samples.resize(1024, 0);
        samples
    };
    let run = |ones| HealthTests::new(Cutoffs { repetition: 1024, ..binary(1.0) }).feed(&samples(ones));
    assert_eq!(run(cutoff - 1), Ok(()));
    assert_eq!(run(cutoff), Err(HealthFailure::Proportion));
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
