//! What follows from the values of an RSA key that are given.

use super::*;
use crate::{KeyMaterial, formats};

const KEY: &[u8] = include_bytes!("../../../testdata/rsa-2048.pkcs8.der");

/// The values that a template may leave out.
const OPEN: [AttributeType; 6] = [
    AttributeType::PublicExponent,
    AttributeType::Prime1,
    AttributeType::Prime2,
    AttributeType::Exponent1,
    AttributeType::Exponent2,
    AttributeType::Coefficient,
];

fn whole() -> RsaPrivate {
    match formats::private_key(KEY).unwrap() {
        KeyMaterial::RsaPrivate(key) => key,
        other => panic!("{other:?}"),
    }
}

/// The key with only so many of its values, by their bits in the order of [`OPEN`].
fn completed(key: &RsaPrivate, given: u32) -> Result<RsaPrivate> {
    let (mut public, mut secrets) = (AttributeSet::default(), Secrets::default());
    public.set(AttributeType::Modulus, key.public.modulus.clone());
    secrets.set(AttributeType::PrivateExponent, Secret::copied(key.private_exponent.expose()));
    let values = [&key.prime_1, &key.prime_2, &key.exponent_1, &key.exponent_2, &key.coefficient];
    for (bit, attribute) in OPEN.into_iter().enumerate().filter(|(bit, _)| given >> bit & 1 == 1) {
        match bit.checked_sub(1) {
            None => public.set(attribute, key.public.public_exponent.clone()),
            Some(index) => secrets.set(attribute, Secret::copied(values[index].expose())),
        }
    }
    private(&public, &secrets)
}

/// The key with its primes in the other order, and what follows from that.
fn swapped(key: RsaPrivate) -> RsaPrivate {
    let RsaPrivate { public, private_exponent, prime_1, prime_2, exponent_1, exponent_2, .. } = key;
    let less = RsaPrivate {
        coefficient: Secret::zeroed(0),
        prime_1: prime_2,
        prime_2: prime_1,
        exponent_1: exponent_2,
        exponent_2: exponent_1,
        public,
        private_exponent,
    };
    completed(&less, 0b111).unwrap()
}

fn assert_same(found: &RsaPrivate, key: &RsaPrivate, case: &str) {
    let parts = |key: &RsaPrivate| {
        [
            &key.private_exponent,
            &key.prime_1,
            &key.prime_2,
            &key.exponent_1,
            &key.exponent_2,
            &key.coefficient,
        ]
        .map(|value| value.expose().to_vec())
    };
    assert_eq!(found.public, key.public, "{case}");
    assert!(parts(found) == parts(key), "{case}");
}

#[test]
fn whatever_is_left_out_follows_from_the_rest() {
    let key = whole();
    for given in 0..1 << OPEN.len() {
        let has_a_prime = given & 0b110 != 0;
        let found = completed(&key, given).unwrap_or_else(|error| panic!("{given:06b}: {error}"));
        // Without a prime the greater one is the first.
        let same_order = has_a_prime || key.prime_1.expose() > key.prime_2.expose();
        let found = if same_order { found } else { swapped(found) };
        assert_same(&found, &key, &alloc::format!("{given:06b}"));
    }
}

#[test]
fn values_that_can_not_be_are_refused() {
    let broken = |change: fn(&mut RsaPrivate), given| {
        let mut key = whole();
        change(&mut key);
        completed(&key, given).unwrap_err()
    };
    let inconsistent = |error| matches!(error, Error::TemplateInconsistent(_));
    // Another private exponent, a modulus that the prime does not divide, primes of another key, primes of one.
    let other_exponent = |key: &mut RsaPrivate| key.private_exponent.expose_mut()[7] ^= 2;
    assert!(matches!(broken(other_exponent, 0), Error::TemplateIncomplete(AttributeType::PublicExponent)));
    assert!(inconsistent(broken(other_exponent, 1)));
    assert!(inconsistent(broken(|key| key.public.modulus[9] ^= 4, 0b10)));
    assert!(inconsistent(broken(|key| key.prime_1.expose_mut()[9] ^= 4, 0b110)));
    assert!(inconsistent(broken(|key| key.prime_1 = Secret::copied(&[1]), 0b10)));
    let long = |key: &mut RsaPrivate| key.prime_2 = Secret::copied(&[7; 300]);
    assert!(matches!(broken(long, 0b100), Error::AttributeValueInvalid(AttributeType::Prime2)));
    let huge = |key: &mut RsaPrivate| key.public.modulus = alloc::vec![7; MAX_LEN + 1];
    assert!(matches!(broken(huge, 0), Error::AttributeValueInvalid(AttributeType::Modulus)));
    let zero = |key: &mut RsaPrivate| key.private_exponent = Secret::zeroed(3);
    assert!(matches!(broken(zero, 0), Error::AttributeValueInvalid(AttributeType::PrivateExponent)));
}
