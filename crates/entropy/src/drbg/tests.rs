//! Tests of the generator: its limits, its self-test and what it wipes.

use super::*;
use crate::RandomError;

fn drbg() -> CtrDrbg {
    CtrDrbg::instantiate(&[7; 48], b"nonce", b"test").unwrap()
}

fn bytes(drbg: &mut CtrDrbg, len: usize) -> Vec<u8> {
    let mut out = vec![0; len];
    drbg.generate(&mut out, &[]).unwrap();
    out
}

#[test]
fn the_self_test_fails_on_any_other_answer() {
    assert_eq!(self_test(), Ok(()));
    let mut wrong = known_answer::EXPECTED;
    wrong[63] ^= 1;
    assert_eq!(known_answer::compare(&wrong), Err(RandomError::SelfTest));
}

#[test]
fn a_request_longer_than_the_limit_is_refused_and_changes_nothing() {
    let mut out = vec![0; CtrDrbg::MAX_REQUEST + 1];
    let mut refused = drbg();
    assert_eq!(
        refused.generate(&mut out, &[]),
        Err(DrbgError::RequestTooLong { len: out.len(), max: CtrDrbg::MAX_REQUEST })
    );
    assert!(out.iter().all(|&byte| byte == 0));
    assert_eq!(bytes(&mut refused, 32), bytes(&mut drbg(), 32));
    assert_eq!(refused.generate(&mut out[1..], &[]), Ok(()));
}

#[test]
fn the_reseed_interval_is_enforced_until_a_reseed() {
    let mut spent = drbg();
    spent.exhaust();
    assert_eq!(spent.generate(&mut [0; 16], &[]), Err(DrbgError::ReseedRequired));
    spent.reseed(&[1; 32], &[]).unwrap();
    assert_eq!(spent.generate(&mut [0; 16], &[]), Ok(()));
}

#[test]
fn entropy_below_the_strength_is_refused() {
    let refused = DrbgError::EntropyTooShort { len: 31, min: 32 };
    assert_eq!(CtrDrbg::instantiate(&[7; 31], &[1; 64], &[]).err(), Some(refused));
    assert_eq!(drbg().reseed(&[7; 31], &[1; 64]), Err(refused));
}

#[test]
fn every_input_changes_the_output() {
    let reference = bytes(&mut drbg(), 32);
    for (entropy, nonce, personalization) in
        [([8; 48], &b"nonce"[..], &b"test"[..]), ([7; 48], b"nonc", b"test"), ([7; 48], b"nonce", b"tess")]
    {
        let mut other = CtrDrbg::instantiate(&entropy, nonce, personalization).unwrap();
        assert_ne!(bytes(&mut other, 32), reference);
    }
    let mut with_input = vec![0; 32];
    drbg().generate(&mut with_input, b"x").unwrap();
    assert_ne!(with_input, reference);
}

/// The bulk path encrypts many counter blocks at once: wherever it is cut, it must give the same stream.
#[test]
fn a_long_request_starts_like_a_short_one_and_repeats_no_block() {
    let long = bytes(&mut drbg(), CtrDrbg::MAX_REQUEST - 3);
    for len in [1, 15, 16, 17, 2047, 2048, 2049, 4097] {
        assert_eq!(bytes(&mut drbg(), len), long[..len]);
    }
    let mut blocks: Vec<_> = long.chunks_exact(16).collect();
    blocks.sort_unstable();
    blocks.dedup();
    assert_eq!(blocks.len(), long.len() / 16);
}

#[test]
fn debug_shows_no_state() {
    assert_eq!(format!("{:?}", drbg()), "CtrDrbg { reseed_counter: 1, .. }");
}
