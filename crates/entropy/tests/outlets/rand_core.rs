//! A [`Random`] behind the traits of `rand_core`.

use std::sync::Arc;

use portcullis_entropy::{AsRng, Composition, Random, RandomError, Seed};
use rand_core::{CryptoRng, TryCryptoRng, TryRng, UnwrapErr};

use crate::{drawn, fixed};

/// Numbers and bytes as a crate draws them that knows `rand_core` alone.
fn numbers<R: TryCryptoRng>(mut rng: R) -> Result<(u32, u64, [u8; 40]), R::Error> {
    let mut bytes = [0; 40];
    let (short, long) = (rng.try_next_u32()?, rng.try_next_u64()?);
    rng.try_fill_bytes(&mut bytes).map(|()| (short, long, bytes))
}

#[test]
fn numbers_are_requests_to_the_random_behind() {
    let beside = fixed();
    let hex: Vec<_> = [4, 8, 40].map(|len| drawn(&beside, len)).to_vec();
    let expected = |(short, long, bytes): (u32, u64, [u8; 40])| {
        assert_eq!(
            [hex::encode(short.to_le_bytes()), hex::encode(long.to_le_bytes()), hex::encode(bytes)][..],
            hex
        );
    };
    expected(numbers(AsRng(&fixed())).unwrap());
    expected(numbers(AsRng(Arc::new(fixed()) as Arc<dyn Random>)).unwrap());
    let dynamic: &dyn Random = &fixed();
    expected(numbers(AsRng(dynamic)).unwrap());
}

#[test]
fn what_wants_a_generator_that_never_fails_gets_one() {
    fn word(rng: &mut impl CryptoRng) -> u64 {
        rng.next_u64()
    }
    let (pool, beside) = (fixed(), fixed());
    assert_eq!(hex::encode(word(&mut UnwrapErr(AsRng(&pool))).to_le_bytes()), drawn(&beside, 8));
}

#[test]
fn a_refusal_is_an_error() {
    let dead = Composition::new(Seed::NotKept).single();
    let mut rng = AsRng(&dead);
    assert_eq!(rng.try_next_u32(), Err(RandomError::NoEntropy));
    assert_eq!(rng.try_next_u64(), Err(RandomError::NoEntropy));
    let mut out = [1; 8];
    assert_eq!(rng.try_fill_bytes(&mut out), Err(RandomError::NoEntropy));
    assert_eq!(out, [0; 8]);
}
