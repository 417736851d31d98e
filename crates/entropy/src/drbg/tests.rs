//! Tests of the generators: their limits, their inputs, and what they show of themselves. Their known answers are in
//! `known_answer` and in `tests/cavp.rs`.

use std::fmt::Debug;

use sha2::{Sha256, Sha384, Sha512};

use super::known_answer::Exhaust;
use super::*;

/// Entropy that every generator takes.
const ENTROPY: [u8; 48] = [7; 48];

/// Runs a test for every generator.
macro_rules! for_each_generator {
    ($test:ident) => {
        $test::<CtrDrbg>();
        $test::<CtrDrbgNoDf>();
        $test::<HmacDrbg<Sha256>>();
        $test::<HmacDrbg<Sha384>>();
        $test::<HmacDrbg<Sha512>>();
    };
}

fn drbg<D: Drbg>() -> D {
    D::instantiate(&ENTROPY, b"nonce", b"test").unwrap()
}

fn bytes(drbg: &mut impl Drbg, len: usize) -> Vec<u8> {
    let mut out = vec![0; len];
    drbg.generate(&mut out, &[]).unwrap();
    out
}

#[test]
fn a_request_longer_than_the_limit_is_refused_and_changes_nothing() {
    fn test<D: Drbg>() {
        let mut out = vec![0; D::MAX_REQUEST + 1];
        let refusal = Err(DrbgError::RequestTooLong { len: out.len(), max: D::MAX_REQUEST });
        let mut refused = drbg::<D>();
        assert_eq!(refused.generate(&mut out, b"x"), refusal);
        assert_eq!(refused.generate_fresh(&mut out, &[8; 48], &[]), refusal);
        assert!(out.iter().all(|&byte| byte == 0));
        assert_eq!(bytes(&mut refused, 32), bytes(&mut drbg::<D>(), 32));
        assert_eq!(refused.generate(&mut out[1..], &[]), Ok(()));
    }
    for_each_generator!(test);
}

#[test]
fn the_reseed_interval_is_enforced_until_a_reseed() {
    fn test<D: Exhaust>() {
        let mut spent = drbg::<D>();
        spent.exhaust();
        assert_eq!(spent.generate(&mut [0; 16], b"x"), Err(DrbgError::ReseedRequired));
        assert_eq!(spent.generate_fresh(&mut [0; 16], &[1; 48], &[]), Ok(()));
        spent.exhaust();
        spent.reseed(&[1; 48], &[]).unwrap();
        assert_eq!(spent.generate(&mut [0; 16], &[]), Ok(()));
    }
    for_each_generator!(test);
}

#[test]
fn entropy_below_the_strength_is_refused_and_changes_nothing() {
    fn test<D: Drbg>() {
        let short = DrbgError::EntropyTooShort { len: 31, min: 32 };
        assert_eq!(D::instantiate(&[7; 31], &[1; 64], &[]).err(), Some(short));
        let mut refused = drbg::<D>();
        assert_eq!(refused.reseed(&[7; 31], &[1; 64]), Err(short));
        assert_eq!(refused.generate_fresh(&mut [0; 16], &[7; 31], &[]), Err(short));
        assert_eq!(bytes(&mut refused, 32), bytes(&mut drbg::<D>(), 32));
    }
    test::<CtrDrbg>();
    test::<HmacDrbg<Sha256>>();
    test::<HmacDrbg<Sha384>>();
    test::<HmacDrbg<Sha512>>();
}

#[test]
fn without_derivation_function_lengths_are_those_of_a_seed() {
    for len in [0, 32, 47, 49, 64] {
        let refused = DrbgError::EntropyLength { len, wanted: 48 };
        assert_eq!(CtrDrbgNoDf::instantiate(&vec![7; len], &[], &[]).err(), Some(refused));
        assert_eq!(drbg::<CtrDrbgNoDf>().reseed(&vec![7; len], &[]), Err(refused));
    }
    let (fits, long) = ([1; 48], [1; 49]);
    assert_eq!(CtrDrbgNoDf::instantiate(&ENTROPY, &[], &long).err(), Some(DrbgError::InputTooLong));
    let mut refused = CtrDrbgNoDf::instantiate(&ENTROPY, &[], &fits).unwrap();
    assert_eq!(refused.reseed(&ENTROPY, &long), Err(DrbgError::InputTooLong));
    assert_eq!(refused.generate(&mut [0; 16], &long), Err(DrbgError::InputTooLong));
    let mut same = CtrDrbgNoDf::instantiate(&ENTROPY, &[], &fits).unwrap();
    assert_eq!(bytes(&mut refused, 32), bytes(&mut same, 32));
    assert_eq!(refused.generate(&mut [0; 16], &fits), Ok(()));
    assert_eq!(refused.reseed(&ENTROPY, &fits), Ok(()));
}

#[test]
fn every_input_changes_the_output() {
    fn test<D: Drbg>() {
        let output = |entropy, personalization: &[u8], additional: &[u8]| {
            let mut drbg = D::instantiate(entropy, &[], personalization).unwrap();
            let mut out = [0; 32];
            drbg.generate(&mut out, additional).unwrap();
            let fresh = {
                drbg.generate_fresh(&mut out, &ENTROPY, additional).unwrap();
                out
            };
            (out, fresh)
        };
        let reference = output(&ENTROPY, b"test", b"x");
        assert_eq!(output(&ENTROPY, b"test", b"x"), reference);
        for other in [
            output(&[8; 48], b"test", b"x"),
            output(&ENTROPY, b"tess", b"x"),
            output(&ENTROPY, b"test", b"y"),
            output(&ENTROPY, b"test", b""),
        ] {
            assert_ne!(other.0, reference.0);
            assert_ne!(other.1, reference.1);
        }
    }
    for_each_generator!(test);
}

/// Long requests are made of many blocks at once: wherever they are cut, they must give the same stream.
#[test]
fn a_long_request_starts_like_a_short_one_and_repeats_no_block() {
    fn test<D: Drbg>() {
        let long = bytes(&mut drbg::<D>(), D::MAX_REQUEST - 3);
        for len in [1, 15, 16, 17, 33, 64, 65, 1023, 1024, 1025, 2047, 2049, 4097] {
            assert_eq!(bytes(&mut drbg::<D>(), len), long[..len]);
        }
        let mut blocks: Vec<_> = long.chunks_exact(16).collect();
        blocks.sort_unstable();
        blocks.dedup();
        assert_eq!(blocks.len(), long.len() / 16);
    }
    for_each_generator!(test);
}

#[test]
fn what_a_request_gave_does_not_change_by_its_length() {
    fn test<D: Drbg>() {
        // The state after a request hangs on no more than whole blocks of it.
        let after = |len| {
            let mut drbg = drbg::<D>();
            bytes(&mut drbg, len);
            bytes(&mut drbg, 32)
        };
        assert_eq!(after(1), after(16));
        assert_ne!(after(16), bytes(&mut drbg::<D>(), 32));
    }
    for_each_generator!(test);
}

#[test]
fn debug_shows_no_state() {
    fn test<D: Drbg + Debug>() {
        let shown = format!("{:?}", drbg::<D>());
        assert!(
            shown.ends_with("Drbg { requests: 0, .. }") || shown == "CtrDrbgNoDf { requests: 0, .. }",
            "{shown}"
        );
    }
    for_each_generator!(test);
}
