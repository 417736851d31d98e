//! What is true of this engine alone; what every engine owes is in `tests/contract`.

use alloc::vec;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicUsize, Ordering};

use portcullis_entropy::{Random, RandomError};
use portcullis_token::engine::{Generating, KeyLoader, KeyRequest, Signing, Verifying};
use portcullis_token::{
    Curve, Engine, EngineError, HashAlgorithm, KeyMaterial, KeyType, Parameters, RsaPublic, Secret,
};

use super::{EC_KEY_PAIR_GEN, GENERIC_SECRET_KEY_GEN, RingEngine, ecdsa, keys, nist, rsa};

/// Gives these bytes, one after the other, and then the last for ever.
struct Draws(&'static [u8], AtomicUsize);

impl Random for Draws {
    fn fill(&self, out: &mut [u8]) -> Result<(), RandomError> {
        let draw = self.1.fetch_add(1, Ordering::Relaxed);
        out.fill(self.0[draw.min(self.0.len() - 1)]);
        Ok(())
    }

    fn mix(&self, _seed: &[u8]) -> Result<(), RandomError> {
        Ok(())
    }
}

fn ec_key(curve: Curve) -> KeyMaterial {
    EC_KEY_PAIR_GEN
        .generate(&KeyRequest::Ec(curve), &Parameters::None, &Draws(&[0x11], AtomicUsize::new(0)))
        .unwrap()
}

fn rsa_public(bits: u32, public_exponent: &[u8]) -> KeyMaterial {
    let mut modulus = vec![0; bits.div_ceil(8) as usize];
    modulus[0] = 1 << ((bits - 1) % 8);
    *modulus.last_mut().unwrap() |= 1;
    KeyMaterial::RsaPublic(RsaPublic { modulus, public_exponent: public_exponent.to_vec() })
}

#[test]
fn pss_takes_its_own_hash_and_a_salt_as_long_as_the_digest() {
    let key = keys::RSA_PUBLIC.load(&rsa_public(2048, &[1, 0, 1])).unwrap();
    let len = |hash, mgf, salt_len| {
        let parameters = Parameters::RsaPss { hash, mgf, salt_len };
        Verifying::signature_len(&rsa::SHA256_RSA_PKCS_PSS, &key, &parameters)
    };
    use HashAlgorithm::{Sha256, Sha384};
    assert_eq!(len(Sha256, Sha256, 32), Ok(256));
    for (hash, mgf, salt_len) in [
        (Sha384, Sha256, 32),
        (Sha256, Sha384, 32),
        (Sha384, Sha384, 48),
        (Sha256, Sha256, 0),
        (Sha256, Sha256, 31),
        (Sha256, Sha256, 33),
        (Sha256, Sha256, usize::MAX),
    ] {
        assert_eq!(len(hash, mgf, salt_len), Err(EngineError::ParametersInvalid));
    }
}

#[test]
fn a_curve_and_another_curves_hash_are_unsupported() {
    let key = ec_key(Curve::P384);
    let private = keys::EC_PRIVATE.load(&key).unwrap();
    let public = keys::EC_PUBLIC.load(&RingEngine.public_key(&key).unwrap()).unwrap();
    let mechanism = &ecdsa::ECDSA_SHA256;
    let (none, unsupported) = (&Parameters::None, EngineError::Unsupported);
    let random = Draws(&[0], AtomicUsize::new(0));
    assert_eq!(Signing::signature_len(mechanism, &private, none), Err(unsupported));
    assert_eq!(mechanism.sign(&private, none, b"message", &random), Err(unsupported));
    assert_eq!(mechanism.verify(&public, none, b"message", &[0; 64]), Err(unsupported));
}

#[test]
fn p521_is_unknown_everywhere() {
    let key = KeyMaterial::EcPrivate {
        curve: Curve::P521,
        scalar: Secret::copied(&[1; 66]),
        point: vec![4; Curve::P521.point_len()],
    };
    assert_eq!(RingEngine.public_key(&key).err(), Some(EngineError::Unsupported));
    assert_eq!(keys::EC_PRIVATE.load(&key).err(), Some(EngineError::KeyInvalid));
    let request = KeyRequest::Ec(Curve::P521);
    let made = EC_KEY_PAIR_GEN.generate(&request, &Parameters::None, &Draws(&[1], AtomicUsize::new(0)));
    assert_eq!(made.err(), Some(EngineError::Unsupported));
}

#[test]
fn a_draw_that_is_no_scalar_is_drawn_again() {
    for curve in [Curve::P256, Curve::P384] {
        let random = Draws(&[0xff, 0x00, 0x17], AtomicUsize::new(0));
        let key = EC_KEY_PAIR_GEN.generate(&KeyRequest::Ec(curve), &Parameters::None, &random).unwrap();
        let KeyMaterial::EcPrivate { scalar, .. } = key else { panic!("an EC key was asked for") };
        assert_eq!(scalar.expose(), vec![0x17; curve.scalar_len()]);
    }
}

#[test]
fn a_public_point_must_be_uncompressed_and_on_its_curve() {
    for curve in [Curve::P256, Curve::P384] {
        let KeyMaterial::EcPrivate { point, .. } = ec_key(curve) else { panic!("an EC key") };
        assert_eq!(nist::check_point(curve, &point), Ok(()));
        let mut compressed: Vec<u8> = point[..=curve.scalar_len()].to_vec();
        compressed[0] = 2 + (point[point.len() - 1] & 1);
        let mut off_curve = point.clone();
        *off_curve.last_mut().unwrap() ^= 1;
        let mut hybrid = point.clone();
        hybrid[0] = 6 + (point[point.len() - 1] & 1);
        for bad in [&[][..], &[0], &compressed, &off_curve, &hybrid, &point[1..]] {
            assert_eq!(nist::check_point(curve, bad), Err(EngineError::KeyInvalid));
        }
    }
    assert_eq!(nist::check_point(Curve::P521, &[4; 133]), Err(EngineError::KeyInvalid));
}

#[test]
fn an_rsa_public_key_must_be_of_the_sizes_that_ring_verifies_with() {
    let load = |key: &KeyMaterial| keys::RSA_PUBLIC.load(key).map(drop);
    for (bits, exponent) in [(2048, &[3][..]), (2049, &[1, 0, 1]), (4096, &[1, 0xff, 0xff, 0xff, 0xff])] {
        assert_eq!(load(&rsa_public(bits, exponent)), Ok(()));
    }
    for (bits, exponent) in [
        (2047, &[1, 0, 1][..]),
        (4097, &[1, 0, 1]),
        (2048, &[]),
        (2048, &[0]),
        (2048, &[1]),
        (2048, &[1, 0, 0]),
        (2048, &[0, 3]),
        (2048, &[2, 0, 0, 0, 1]),
        (2048, &[1, 0, 0, 0, 0, 1]),
    ] {
        assert_eq!(load(&rsa_public(bits, exponent)), Err(EngineError::KeyInvalid), "{bits} {exponent:?}");
    }
    let spoils: [fn(&mut Vec<u8>); 3] =
        [|modulus| modulus[255] = 0, |modulus| modulus.insert(0, 0), |modulus| modulus.clear()];
    for spoil in spoils {
        let KeyMaterial::RsaPublic(mut key) = rsa_public(2048, &[1, 0, 1]) else { panic!("an RSA key") };
        spoil(&mut key.modulus);
        assert_eq!(load(&KeyMaterial::RsaPublic(key)), Err(EngineError::KeyInvalid));
    }
}

#[test]
fn secrets_have_from_one_to_1024_bytes() {
    let random = Draws(&[1], AtomicUsize::new(0));
    for (len, allowed) in [(0, false), (1, true), (1024, true), (1025, false)] {
        let request = KeyRequest::Secret { key_type: KeyType::GenericSecret, len };
        let made = GENERIC_SECRET_KEY_GEN.generate(&request, &Parameters::None, &random);
        assert_eq!(made.is_ok(), allowed, "{len}");
        let key = KeyMaterial::Secret { key_type: KeyType::GenericSecret, value: Secret::zeroed(len) };
        assert_eq!(Signing::loader(&super::hmac::SHA256_HMAC).load(&key).is_ok(), allowed, "{len}");
    }
}
