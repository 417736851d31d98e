//! What is true of this engine alone; what every engine owes is in `tests/contract`.

use alloc::vec;
use alloc::vec::Vec;
use std::thread;

use portcullis_entropy::{Random, RandomError};
use portcullis_token::engine::{Generating, KeyLoader, KeyRequest, LoadedKey, Signing, Verifying};
use portcullis_token::{
    Curve, Engine, EngineError, HashAlgorithm, KeyMaterial, Mechanism, MechanismType, Oaep, Parameters,
    RsaPrivate, RsaPublic, Secret,
};

use super::{AwsLcEngine, ShortRsaEngine, ecdsa, generate, keys, rsa, rsa_encrypt};

/// Gives one byte for ever.
struct Stuck(u8);

impl Random for Stuck {
    fn fill(&self, out: &mut [u8]) -> Result<(), RandomError> {
        out.fill(self.0);
        Ok(())
    }

    fn mix(&self, _seed: &[u8]) -> Result<(), RandomError> {
        Ok(())
    }
}

fn rsa_request(bits: u32, public_exponent: &[u8]) -> KeyRequest {
    KeyRequest::Rsa { bits, public_exponent: public_exponent.to_vec() }
}

fn rsa_key_of(bits: u32) -> RsaPrivate {
    // It makes all lengths, and those of new uses as the other one does.
    let generator = &generate::SHORT_RSA_PKCS_KEY_PAIR_GEN;
    let made = generator.generate(&rsa_request(bits, &[1, 0, 1]), &Parameters::None, &Stuck(0));
    let Ok(KeyMaterial::RsaPrivate(key)) = made else { panic!("an RSA key was asked for") };
    key
}

fn rsa_key() -> RsaPrivate {
    rsa_key_of(2048)
}

fn ec_key(curve: Curve) -> KeyMaterial {
    generate::EC_KEY_PAIR_GEN.generate(&KeyRequest::Ec(curve), &Parameters::None, &Stuck(0x11)).unwrap()
}

fn pss(hash: HashAlgorithm, mgf: HashAlgorithm, salt_len: usize) -> Parameters {
    Parameters::RsaPss { hash, mgf, salt_len }
}

/// Both halves of a key, loaded.
fn loaded_pair(key: RsaPrivate) -> (LoadedKey, LoadedKey) {
    let public = KeyMaterial::RsaPublic(key.public.clone());
    let private = KeyMaterial::RsaPrivate(key);
    (keys::RSA_PRIVATE.load(&private).unwrap(), keys::RSA_PUBLIC.load(&public).unwrap())
}

#[test]
fn pss_takes_any_salt_that_the_key_has_room_for_and_any_mgf_hash() {
    use HashAlgorithm::{Sha1, Sha256, Sha512};
    let (private, public) = loaded_pair(rsa_key());
    let mechanism = &rsa::SHA256_RSA_PKCS_PSS;
    // RFC 8017 section 9.1.1: 256 bytes hold the digest, the salt and two bytes more.
    let most = 256 - 32 - 2;
    for (mgf, salt_len) in [(Sha256, 0), (Sha256, 20), (Sha256, 33), (Sha256, most), (Sha1, 32), (Sha512, 20)]
    {
        let parameters = pss(Sha256, mgf, salt_len);
        let signature = mechanism.sign(&private, &parameters, b"message", &Stuck(0)).unwrap();
        assert_eq!(mechanism.verify(&public, &parameters, b"message", &signature), Ok(()), "{parameters:?}");
        for other in [pss(Sha256, mgf, 21), pss(Sha256, HashAlgorithm::Sha384, salt_len)] {
            let verdict = mechanism.verify(&public, &other, b"message", &signature);
            assert_eq!(verdict, Err(EngineError::SignatureInvalid), "{parameters:?} is not {other:?}");
        }
    }
    let invalid = Err(EngineError::ParametersInvalid);
    for foreign in [pss(Sha256, Sha256, most + 1), pss(Sha512, Sha256, 32), pss(Sha1, Sha1, 20)] {
        assert_eq!(Signing::signature_len(mechanism, &private, &foreign), invalid, "{foreign:?}");
        assert_eq!(Verifying::signature_len(mechanism, &public, &foreign), invalid, "{foreign:?}");
    }
}

#[test]
fn pss_over_a_digest_takes_the_digest_of_its_parameters() {
    use HashAlgorithm::{Sha256, Sha384};
    let (private, public) = loaded_pair(rsa_key());
    let (raw, hashed) = (&rsa::RSA_PKCS_PSS, &rsa::SHA384_RSA_PKCS_PSS);
    let parameters = pss(Sha384, Sha256, 7);
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA384, b"message");
    let signature = raw.sign(&private, &parameters, digest.as_ref(), &Stuck(0)).unwrap();
    assert_eq!(hashed.verify(&public, &parameters, b"message", &signature), Ok(()));
    for len in [0, 32, 47, 49] {
        let made = raw.sign(&private, &parameters, &vec![1; len], &Stuck(0));
        assert_eq!(made, Err(EngineError::DataLength), "{len}");
    }
}

#[test]
fn rsa_keys_are_made_in_steps_of_128_bits_and_with_large_exponents() {
    let made = |bits, exponent: &[u8]| {
        generate::RSA_PKCS_KEY_PAIR_GEN
            .generate(&rsa_request(bits, exponent), &Parameters::None, &Stuck(0))
            .map(|key| key.size())
    };
    for (bits, exponent) in [(2176, &[1, 0, 1][..]), (2048, &[0, 1, 0, 0, 1]), (3072, &[0, 0, 1, 0, 1])] {
        assert_eq!(made(bits, exponent), Ok(bits));
    }
    for bits in [1024, 2049, 8320] {
        assert_eq!(made(bits, &[1, 0, 1]), Err(EngineError::Unsupported), "{bits}");
    }
    for exponent in [&[3][..], &[], &[1, 0, 2], &[2, 0, 0, 0, 1], &[1; 9]] {
        assert_eq!(made(2048, exponent), Err(EngineError::KeyInvalid), "{exponent:?}");
    }
}

#[test]
fn short_rsa_keys_are_made_by_the_engine_that_is_for_it() {
    let generator = |engine: &dyn Engine| {
        let named = |mechanism: &&&dyn Mechanism| mechanism.id() == MechanismType::RSA_PKCS_KEY_PAIR_GEN;
        let mut found = engine.mechanisms().iter().filter(named);
        (found.next().map(|mechanism| mechanism.key_sizes()), found.next().is_some())
    };
    assert_eq!(generator(&AwsLcEngine), (Some(2048..=8192), false));
    assert_eq!(generator(&ShortRsaEngine), (Some(1024..=8192), false));
    assert_eq!(ShortRsaEngine.mechanisms().len(), AwsLcEngine.mechanisms().len());
    assert_eq!(rsa_key_of(1024).public.bits(), 1024);
    let refused = generate::SHORT_RSA_PKCS_KEY_PAIR_GEN.generate(
        &rsa_request(896, &[1, 0, 1]),
        &Parameters::None,
        &Stuck(0),
    );
    assert_eq!(refused.err(), Some(EngineError::Unsupported));
}

#[test]
fn a_short_rsa_key_is_used_with_what_it_has_room_for() {
    use HashAlgorithm::{Sha1, Sha256, Sha512};
    let (private, public) = loaded_pair(rsa_key_of(1024));
    let signature = rsa::SHA512_RSA_PKCS.sign(&private, &Parameters::None, b"message", &Stuck(0)).unwrap();
    assert_eq!(rsa::SHA512_RSA_PKCS.verify(&public, &Parameters::None, b"message", &signature), Ok(()));
    let salted = pss(Sha512, Sha512, 128 - 64 - 2);
    let signature = rsa::SHA512_RSA_PKCS_PSS.sign(&private, &salted, b"message", &Stuck(0)).unwrap();
    assert_eq!(rsa::SHA512_RSA_PKCS_PSS.verify(&public, &salted, b"message", &signature), Ok(()));

    let oaep = |hash| Oaep { hash, mgf: Sha1, label: Vec::new() };
    let encrypting = rsa_encrypt::RSA_PKCS_OAEP.encrypting().unwrap();
    let wrapping = rsa_encrypt::RSA_AES_KEY_WRAP.wrapping().unwrap();
    // RFC 8017 section 7.1.1: 128 bytes hold two digests, the message and two bytes more.
    let len = |hash, len| encrypting.encrypted_len(&public, &Parameters::RsaOaep(oaep(hash)), len);
    assert_eq!((len(Sha256, 62), len(Sha256, 63)), (Ok(128), Err(EngineError::DataLength)));
    assert_eq!(len(Sha512, 0), Err(EngineError::ParametersInvalid));
    let wrapped = |hash, aes_bits| {
        let parameters = Parameters::RsaAesKeyWrap { aes_bits, oaep: oaep(hash) };
        wrapping.encrypted_len(&public, &parameters, 16)
    };
    assert_eq!(wrapped(Sha256, 256), Ok(128 + 24));
    assert_eq!(wrapped(HashAlgorithm::Sha384, 256), Err(EngineError::ParametersInvalid));
    assert_eq!(wrapped(Sha512, 128), Err(EngineError::ParametersInvalid));
}

#[test]
fn every_value_of_an_rsa_private_key_is_checked() {
    let spoils: [fn(&mut RsaPrivate) -> &mut Secret; 6] = [
        |key| &mut key.private_exponent,
        |key| &mut key.prime_1,
        |key| &mut key.prime_2,
        |key| &mut key.exponent_1,
        |key| &mut key.exponent_2,
        |key| &mut key.coefficient,
    ];
    for (part, spoil) in spoils.into_iter().enumerate() {
        let mut key = rsa_key();
        spoil(&mut key).expose_mut()[9] ^= 1;
        let refused = keys::RSA_PRIVATE.load(&KeyMaterial::RsaPrivate(key)).err();
        assert_eq!(refused, Some(EngineError::KeyInvalid), "{part}");
    }
}

#[test]
fn rsa_public_keys_have_from_1024_to_8192_bits() {
    for (bits, allowed) in [(1023, false), (1024, true), (4097, true), (8192, true), (8193, false)] {
        let mut modulus = vec![0; u32::div_ceil(bits, 8) as usize];
        modulus[0] = 1 << ((bits - 1) % 8);
        *modulus.last_mut().unwrap() |= 1;
        let key = KeyMaterial::RsaPublic(RsaPublic { modulus, public_exponent: vec![3] });
        assert_eq!(keys::RSA_PUBLIC.load(&key).is_ok(), allowed, "{bits}");
    }
}

#[test]
fn a_public_point_must_be_uncompressed_and_on_its_curve() {
    for curve in [Curve::P256, Curve::P384, Curve::P521] {
        let KeyMaterial::EcPrivate { point, .. } = ec_key(curve) else { panic!("an EC key") };
        let load = |point: &[u8]| {
            keys::EC_PUBLIC.load(&KeyMaterial::EcPublic { curve, point: point.to_vec() }).map(drop)
        };
        assert_eq!(load(&point), Ok(()));
        let parity = point[point.len() - 1] & 1;
        let mut compressed: Vec<u8> = point[..=curve.scalar_len()].to_vec();
        compressed[0] = 2 + parity;
        let mut off_curve = point.clone();
        *off_curve.last_mut().unwrap() ^= 1;
        let mut hybrid = point.clone();
        hybrid[0] = 6 + parity;
        for bad in [&[][..], &[0], &compressed, &off_curve, &hybrid, &point[1..]] {
            assert_eq!(load(bad), Err(EngineError::KeyInvalid), "{curve:?}");
        }
    }
}

#[test]
fn a_scalar_has_its_curves_length_and_is_below_the_order() {
    for curve in [Curve::P256, Curve::P384, Curve::P521] {
        let KeyMaterial::EcPrivate { scalar, point, .. } = ec_key(curve) else { panic!("an EC key") };
        let longer = [&[0], scalar.expose()].concat();
        for bad in [&[][..], &longer, &vec![0; curve.scalar_len()], &vec![0xff; curve.scalar_len()]] {
            let key = KeyMaterial::EcPrivate { curve, scalar: Secret::copied(bad), point: point.clone() };
            assert_eq!(AwsLcEngine.public_key(&key).err(), Some(EngineError::KeyInvalid), "{curve:?}");
            assert_eq!(keys::EC_PRIVATE.load(&key).err(), Some(EngineError::KeyInvalid), "{curve:?}");
        }
    }
}

#[test]
fn one_rsa_key_signs_and_verifies_on_several_threads_at_once() {
    let (private, public) = loaded_pair(rsa_key());
    let expected = rsa::SHA256_RSA_PKCS.sign(&private, &Parameters::None, b"message", &Stuck(0)).unwrap();
    let parameters = pss(HashAlgorithm::Sha256, HashAlgorithm::Sha256, 32);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..20 {
                    let signature =
                        rsa::SHA256_RSA_PKCS.sign(&private, &Parameters::None, b"message", &Stuck(0));
                    assert_eq!(signature.as_ref(), Ok(&expected));
                    let mechanism = &rsa::SHA256_RSA_PKCS_PSS;
                    let signature = mechanism.sign(&private, &parameters, b"message", &Stuck(0)).unwrap();
                    assert_eq!(mechanism.verify(&public, &parameters, b"message", &signature), Ok(()));
                }
            });
        }
    });
}

#[test]
fn what_hashes_and_signs_takes_parts() {
    let private = keys::EC_PRIVATE.load(&ec_key(Curve::P521)).unwrap();
    assert!(Signing::stream(&ecdsa::ECDSA_SHA256, &private, &Parameters::None).is_some());
    assert!(Signing::stream(&ecdsa::ECDSA, &private, &Parameters::None).is_none());
    let (private, public) = loaded_pair(rsa_key());
    assert!(Signing::stream(&rsa::SHA1_RSA_PKCS, &private, &Parameters::None).is_some());
    assert!(Verifying::stream(&rsa::SHA512_RSA_PKCS, &public, &Parameters::None).is_some());
    let unhashed = rsa::RSA_PKCS.verifying().unwrap();
    assert!(unhashed.stream(&public, &Parameters::None).is_none());
}
