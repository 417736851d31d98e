//! The arithmetic of the README: how many bytes a claim costs, and what conditioning leaves of their entropy. Each
//! number here is worked out anew, not taken from the code.
#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use common::{Source, noise};
use portcullis_entropy::{
    Composition, CpuSource, FileSource, HardwarePoll, JitterSource, OsSource, Random, Seed, SourceState,
};

/// Claimed bits for each byte, with the bytes for a start and for a reseed.
const CLAIMS: [(f32, u64, u64); 6] = [
    (8.0, 48, 32),
    (4.0, 96, 64),
    (1.0, 384, 256),
    (0.5, 768, 512),
    (0.25, 1536, 1024),
    (0.031_25, 12_288, 8192),
];

/// Samples of the start-up test, which are not used.
const START_UP: u64 = 1024;

/// Requests between two reseeds.
const INTERVAL: u32 = 4096;

/// A source that claims `entropy`, and the count of what it has given.
fn counting(entropy: f32) -> (impl HardwarePoll, Arc<AtomicU64>) {
    let given = Arc::new(AtomicU64::new(0));
    let (count, mut noise) = (Arc::clone(&given), noise(1));
    let poll = move |raw: &mut [u8]| {
        let len = noise(raw)?;
        count.fetch_add(len as u64, Ordering::SeqCst);
        Ok(len)
    };
    (Source { name: "counting", entropy, poll }, given)
}

#[test]
fn a_start_takes_384_bits_of_claimed_entropy_and_a_reseed_256() {
    for (entropy, start, reseed) in CLAIMS {
        let (source, given) = counting(entropy);
        let random = Composition::new(Seed::NotKept).source(source).single();
        let draw = || random.fill(&mut [0; 16]).unwrap();
        draw();
        assert_eq!(given.load(Ordering::SeqCst), START_UP + start, "claim {entropy}");
        (1..INTERVAL).for_each(|_| draw());
        assert_eq!(given.load(Ordering::SeqCst), START_UP + start, "claim {entropy}");
        draw();
        assert_eq!(given.load(Ordering::SeqCst), START_UP + start + reseed, "claim {entropy}");
        assert!(start as f32 * entropy >= 384.0 && reseed as f32 * entropy >= 256.0);
    }
}

/// What the README says of each source here: its claim, and what that costs.
#[test]
fn the_sources_here_claim_what_the_readme_says() {
    fn claim(source: &impl HardwarePoll) -> f32 {
        source.min_entropy_per_byte()
    }
    assert_eq!(claim(&OsSource), 8.0);
    assert_eq!(claim(&JitterSource::new()), 0.25);
    assert_eq!(claim(&FileSource::hwrng()), 1.0);
    CpuSource::rdseed().iter().for_each(|rdseed| assert_eq!(claim(rdseed), 4.0));
    // 256 bits over 511 blocks of 16 bytes.
    CpuSource::rdrand().iter().for_each(|rdrand| assert_eq!(claim(rdrand), 256.0 / 8176.0));
}

#[test]
fn a_start_from_jitter_alone_takes_1536_samples_and_a_reseed_1024() {
    let random = Composition::new(Seed::NotKept).source(JitterSource::new()).single();
    random.start().unwrap();
    let jitter = || random.health().sources[0].clone();
    assert_eq!((jitter().state, jitter().samples), (SourceState::Healthy, START_UP + 1536));
    assert_eq!((jitter().repetition_cutoff, jitter().proportion_cutoff), (Some(121), Some(477)));
    random.fill_fresh(&mut [0; 16]).unwrap();
    assert_eq!(jitter().samples, START_UP + 1536 + 1024);
}

#[test]
fn every_source_is_asked_for_the_whole_amount_by_its_own_claim() {
    let (strong, from_strong) = counting(8.0);
    let (weak, from_weak) = counting(0.5);
    let random = Composition::new(Seed::NotKept).source(weak).source(strong).single();
    random.start().unwrap();
    assert_eq!(from_strong.load(Ordering::SeqCst), START_UP + 48);
    assert_eq!(from_weak.load(Ordering::SeqCst), START_UP + 768);
}

#[test]
fn a_claim_that_does_not_divide_is_rounded_up_to_whole_bytes() {
    for (entropy, start) in [(7.0, 55), (5.0, 77), (3.0, 128), (0.7, 549), (0.03, 12_801)] {
        let (source, given) = counting(entropy);
        Composition::new(Seed::NotKept).source(source).single().start().unwrap();
        assert_eq!(given.load(Ordering::SeqCst), START_UP + start, "claim {entropy}");
    }
}

/// Bits that a vetted conditioning component loses of the width that its output could hold (SP 800-90B section
/// 3.1.5.1.2): n - h_out, with n the smaller of output and narrowest internal width. In logarithms, as 2^-98304 is
/// no number here; `2^n_in - 1` is taken for `2^n_in`.
fn lost(n_in: f64, n: f64, h_in: f64) -> f64 {
    // psi = 2^(n_in - n) * P_low + P_high, with P_high = 2^-h_in and P_low = (1 - P_high) / (2^n_in - 1).
    let psi = (n - h_in).exp2();
    // omega = U * P_low, with U = 2^(n_in - n) + sqrt(2 n 2^(n_in - n) ln 2).
    let omega = (2.0 * n * std::f64::consts::LN_2).sqrt() * ((n - n_in) / 2.0).exp2();
    psi.max(omega).ln_1p() / std::f64::consts::LN_2
}

/// AES-256: the narrowest width, and what counts as output, of `Block_Cipher_df` as a vetted component. HMAC-SHA-256 has
/// the same.
const WIDTH: f64 = 256.0;

#[test]
fn conditioning_a_start_leaves_full_entropy() {
    for (_, start, _) in CLAIMS {
        // Full entropy, as SP 800-90C has it, may miss 2^-32 of each bit; it is granted for 64 bits more than the
        // output holds, and a start has 128 more.
        let lost = lost(8.0 * start as f64, WIDTH, 384.0);
        assert!(lost > 0.0 && lost < (-32.0_f64).exp2(), "{start} bytes lose {lost}");
    }
    // The README's numbers: 2^-59 where the noise is no longer than its entropy, and less where it is.
    assert_eq!(lost(384.0, WIDTH, 384.0).log2().round(), -59.0);
    assert_eq!(lost(3072.0, WIDTH, 384.0).log2().round(), -127.0);
}

/// As a component of its own, the function would not keep all of 256 bits: full entropy takes 64 more. A reseed needs
/// 256 bits *before* the function (SP 800-90A Rev. 1 section 9.2), which is part of the generator and whose output
/// goes into a state that holds 256 bits already.
#[test]
fn conditioning_a_reseed_alone_loses_a_few_bits() {
    let left = |n_in: f64, h_in: f64| 256.0 - lost(n_in, WIDTH, h_in);
    assert!((251.0..252.0).contains(&left(256.0, 256.0)));
    assert!((254.9..=255.0).contains(&left(512.0, 256.0)));
    assert!(left(320.0, 320.0) > 255.999_999);
}
