//! Private and public keys.

use alloc::vec;
use alloc::vec::Vec;

use super::*;
use crate::{KeyType, RsaPrivate, RsaPublic, Secret};

/// `version` and a DER null, OIDs with tag and length.
const ZERO: &[u8] = &[2, 1, 0];
const ONE: &[u8] = &[2, 1, 1];
const NULL: &[u8] = &[5, 0];
const RSA_OID: &[u8] = &[6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1];
const EC_OID: &[u8] = &[6, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1];
const P256_OID: &[u8] = &[6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7];
const P384_OID: &[u8] = &[6, 5, 0x2b, 0x81, 4, 0, 0x22];
const ED25519_OID: &[u8] = &[6, 3, 0x2b, 0x65, 0x70];

fn rsa(der: &[u8]) -> RsaPrivate {
    match private_key(der).unwrap() {
        KeyMaterial::RsaPrivate(key) => key,
        other => panic!("{other:?}"),
    }
}

fn refusal(der: &[u8]) -> FormatError {
    private_key(der).unwrap_err()
}

/// A bare `ECPrivateKey` without a point.
fn sec1_key(curve_oid: &[u8], scalar: &[u8]) -> Vec<u8> {
    sequence(&[ONE, &element(4, scalar), &element(0xa0, curve_oid)])
}

/// A PKCS #8 structure, with a public key in it when `public` has bytes.
fn pkcs8_key(algorithm: &[&[u8]], key: &[u8], public: &[u8]) -> Vec<u8> {
    let version = if public.is_empty() { ZERO } else { ONE };
    let public = if public.is_empty() { vec![] } else { element(0x81, &[&[0], public].concat()) };
    sequence(&[version, &sequence(algorithm), &element(4, key), &public])
}

#[test]
fn an_rsa_key_is_the_same_in_both_forms() {
    let (one, other) = (rsa(testdata!("rsa-2048.pkcs1.der")), rsa(testdata!("rsa-2048.pkcs8.der")));
    assert_eq!(one.public, other.public);
    assert_eq!(one.public.bits(), 2048);
    assert_eq!(one.public.public_exponent, [1, 0, 1]);
    for (value, same) in [
        (&one.private_exponent, &other.private_exponent),
        (&one.prime_1, &other.prime_1),
        (&one.prime_2, &other.prime_2),
        (&one.exponent_1, &other.exponent_1),
        (&one.exponent_2, &other.exponent_2),
        (&one.coefficient, &other.coefficient),
    ] {
        assert_eq!(value, same);
        assert_ne!(value.expose()[0], 0);
    }
    // p and q have their top bit set, so DER gives each a leading zero that must be gone.
    assert_eq!((one.prime_1.len(), one.prime_2.len()), (128, 128));
}

#[test]
fn rsa_numbers_are_taken_in_their_order() {
    let numbers: Vec<Vec<u8>> = (11..=18).map(|value| element(2, &[value])).collect();
    let key = rsa(&sequence(&[ZERO, &numbers.concat()]));
    assert_eq!(key.public, RsaPublic { modulus: vec![11], public_exponent: vec![12] });
    let secrets =
        [key.private_exponent, key.prime_1, key.prime_2, key.exponent_1, key.exponent_2, key.coefficient];
    assert_eq!(secrets.map(|secret| secret.expose().to_vec()), [13, 14, 15, 16, 17, 18].map(|n| vec![n]));
}

#[test]
fn rsa_numbers_that_are_negative_padded_or_zero_are_refused() {
    let with = |number: &[u8]| {
        let good = element(2, &[7]);
        sequence(&[ZERO, &good, &good, &element(2, number), &good, &good, &good, &good, &good])
    };
    assert!(private_key(&with(&[0, 0x80])).is_ok());
    assert_eq!(refusal(&with(&[0])), FormatError::Zero);
    for bad in [[0x80].as_slice(), &[0xff, 1], &[0, 1], &[]] {
        assert!(matches!(refusal(&with(bad)), FormatError::Malformed(_)), "{bad:?}");
    }
}

#[test]
fn an_rsa_key_of_three_primes_is_refused() {
    let number = element(2, &[7]);
    let third = sequence(&[&sequence(&[&number, &number, &number])]);
    let key = sequence(&[ONE, &number.repeat(8), &third]);
    assert_eq!(refusal(&key), FormatError::MultiPrime);
}

#[test]
fn an_ec_key_is_the_same_in_all_forms() {
    for (curve, [pkcs8, sec1, without_point, public]) in EC_FILES {
        let key = ec_parts(private_key(pkcs8).unwrap());
        assert_eq!(key, ec_parts(private_key(sec1).unwrap()));
        assert_eq!(key.0, curve);
        assert_eq!((key.1.len(), key.2.len()), (curve.scalar_len(), curve.point_len()));
        assert_eq!(ec_parts(private_key(without_point).unwrap()), (curve, key.1, Vec::new()));
        assert_eq!(public_parts(public_key(public).unwrap()), (curve, key.2));
    }
}

#[test]
fn an_ed25519_key_comes_with_and_without_its_point() {
    let bare = testdata!("ed25519.pkcs8.der");
    let (curve, seed, point) = ec_parts(private_key(bare).unwrap());
    assert_eq!((curve, seed.len(), point.len()), (Curve::Ed25519, 32, 0));
    assert_eq!(private_key(bare).unwrap().key_type(), KeyType::EcEdwards);

    let (_, public) = public_parts(public_key(testdata!("ed25519.spki.der")).unwrap());
    let version_2 = pkcs8_key(&[ED25519_OID], &element(4, &seed), &public);
    assert_eq!(ec_parts(private_key(&version_2).unwrap()), (curve, seed, public));
}

#[test]
fn the_ed25519_example_of_rfc_8410_section_10_3_is_read() {
    let with_attributes = hex::decode(concat!(
        "3072020101300506032b657004220420d4ee72dbf913584ad5b6d8f1f769f8ad3afe7c28cbf1d4fbe097a88f44755842",
        "a01f301d060a2a864886f70d01090914310f0c0d437572646c6520436861697273",
        "81210019bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c38ad703166e1",
    ));
    let (curve, seed, point) = ec_parts(private_key(&with_attributes.unwrap()).unwrap());
    assert_eq!((curve, seed[0], seed[31]), (Curve::Ed25519, 0xd4, 0x42));
    assert_eq!((point[0], point[31]), (0x19, 0xe1));
}

#[test]
fn ec_scalars_are_brought_to_their_curves_length() {
    let short = ec_parts(private_key(&sec1_key(P256_OID, &[9; 31])).unwrap());
    assert_eq!(short.1, [&[0], [9; 31].as_slice()].concat());
    let long = ec_parts(private_key(&sec1_key(P256_OID, &[&[0, 0], [9; 32].as_slice()].concat())).unwrap());
    assert_eq!(long.1, [9; 32]);
    for bad in [vec![], vec![9; 33]] {
        assert_eq!(refusal(&sec1_key(P256_OID, &bad)), FormatError::ScalarLength(Curve::P256));
    }
    let short_seed = pkcs8_key(&[ED25519_OID], &element(4, &[9; 31]), &[]);
    assert_eq!(refusal(&short_seed), FormatError::ScalarLength(Curve::Ed25519));
}

#[test]
fn an_ec_key_names_one_curve_and_one_point() {
    let bare = sequence(&[ONE, &element(4, &[9; 32])]);
    assert_eq!(refusal(&bare), FormatError::UnnamedCurve);
    assert_eq!(private_key(&pkcs8_key(&[EC_OID, P256_OID], &bare, &[])).unwrap().size(), 256);

    let contradiction = pkcs8_key(&[EC_OID, P384_OID], &sec1_key(P256_OID, &[9; 32]), &[]);
    assert_eq!(refusal(&contradiction), FormatError::CurveMismatch);
    assert_eq!(refusal(&sec1_key(ED25519_OID, &[9; 32])), FormatError::AlgorithmParameters);
    let edwards = pkcs8_key(&[EC_OID, ED25519_OID], &bare, &[]);
    assert_eq!(refusal(&edwards), FormatError::AlgorithmParameters);
    let unknown = &[6, 5, 0x2b, 0x81, 4, 0, 33];
    assert!(matches!(refusal(&sec1_key(unknown, &[9; 32])), FormatError::UnsupportedCurve(_)));
    assert_eq!(refusal(testdata!("p256.explicit.der")), FormatError::UnnamedCurve);
}

#[test]
fn the_point_of_either_structure_is_taken_and_two_must_agree() {
    let point = [4; 65];
    let bare = sequence(&[ONE, &element(4, &[9; 32])]);
    let inner = |point: &[u8]| {
        let bits = element(3, &[&[0], point].concat());
        sequence(&[ONE, &element(4, &[9; 32]), &element(0xa1, &bits)])
    };
    for key in [
        pkcs8_key(&[EC_OID, P256_OID], &bare, &point),
        pkcs8_key(&[EC_OID, P256_OID], &inner(&point), &[]),
        pkcs8_key(&[EC_OID, P256_OID], &inner(&point), &point),
    ] {
        assert_eq!(ec_parts(private_key(&key).unwrap()).2, point);
    }
    let different = pkcs8_key(&[EC_OID, P256_OID], &inner(&point), &[&[4], [5; 64].as_slice()].concat());
    assert_eq!(refusal(&different), FormatError::PointMismatch);
    let short = pkcs8_key(&[EC_OID, P256_OID], &inner(&[4; 64]), &[]);
    assert_eq!(refusal(&short), FormatError::PointForm(Curve::P256));
}

#[test]
fn algorithm_parameters_are_the_prescribed_ones() {
    let numbers = element(2, &[7]).repeat(8);
    let key = sequence(&[ZERO, &numbers]);
    assert!(private_key(&pkcs8_key(&[RSA_OID, NULL], &key, &[])).is_ok());
    assert_eq!(refusal(&pkcs8_key(&[RSA_OID], &key, &[])), FormatError::AlgorithmParameters);
    let seed = element(4, &[9; 32]);
    assert_eq!(refusal(&pkcs8_key(&[ED25519_OID, NULL], &seed, &[])), FormatError::AlgorithmParameters);
    assert_eq!(refusal(&pkcs8_key(&[EC_OID], &seed, &[])), FormatError::AlgorithmParameters);
}

#[test]
fn what_is_no_private_key_is_named() {
    assert_eq!(refusal(testdata!("ed25519.encrypted.der")), FormatError::Encrypted);
    assert_eq!(refusal(testdata!("p256.spki.der")), FormatError::NotAPrivateKey);
    assert_eq!(refusal(testdata!("ca.cert.der")), FormatError::NotAPrivateKey);
    assert_eq!(refusal(NULL), FormatError::NotAPrivateKey);
    let x448 = refusal(&pkcs8_key(&[&[6, 3, 0x2b, 0x65, 0x6f]], &element(4, &[1; 56]), &[]));
    assert!(matches!(x448, FormatError::UnsupportedAlgorithm(oid) if oid.to_string() == "1.3.101.111"));
    assert_eq!(refusal(&[]), FormatError::Truncated);
}

#[test]
fn public_key_infos_are_those_of_openssl() {
    let rsa = testdata!("rsa-2048.spki.der");
    assert_eq!(public_key_info(&public_key(rsa).unwrap()).unwrap(), rsa);
    let private = private_key(testdata!("rsa-2048.pkcs8.der")).unwrap();
    assert_eq!(public_key_info(&private).unwrap(), rsa);
    for (_, [pkcs8, _, _, public]) in EC_FILES {
        assert_eq!(public_key_info(&private_key(pkcs8).unwrap()).unwrap(), public);
        assert_eq!(public_key_info(&public_key(public).unwrap()).unwrap(), public);
    }
    let ed25519 = testdata!("ed25519.spki.der");
    assert_eq!(public_key_info(&public_key(ed25519).unwrap()).unwrap(), ed25519);
}

#[test]
fn what_has_no_public_half_says_so() {
    let without_point = private_key(testdata!("p256.sec1-no-public.der")).unwrap();
    assert_eq!(public_key_info(&without_point), Err(FormatError::NoPublicHalf));
    let symmetric = KeyMaterial::Secret { key_type: KeyType::Aes, value: Secret::zeroed(16) };
    assert_eq!(public_key_info(&symmetric), Err(FormatError::NoPublicHalf));
    let misshapen = KeyMaterial::EcPublic { curve: Curve::P256, point: vec![4; 64] };
    assert_eq!(public_key_info(&misshapen), Err(FormatError::PointForm(Curve::P256)));
}

#[test]
fn public_keys_that_can_not_be_kept_are_named() {
    let info = |algorithm: &[&[u8]], bits: &[u8]| sequence(&[&sequence(algorithm), &element(3, bits)]);
    let refusal = |info: &[u8]| public_key(info).unwrap_err();
    assert_eq!(refusal(testdata!("p256.spki-compressed.der")), FormatError::CompressedPoint);
    assert_eq!(refusal(&info(&[ED25519_OID], &[0; 32])), FormatError::PointForm(Curve::Ed25519));
    assert_eq!(refusal(&info(&[ED25519_OID, NULL], &[0; 33])), FormatError::AlgorithmParameters);
    assert!(matches!(refusal(&info(&[ED25519_OID], &[1; 33])), FormatError::Malformed(_)));
    let pss: &[u8] = &[6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 10];
    assert!(matches!(refusal(&info(&[pss], &[0; 33])), FormatError::UnsupportedAlgorithm(_)));
    let negative = sequence(&[&element(2, &[0x80]), &element(2, &[3])]);
    let negative = info(&[RSA_OID, NULL], &[&[0], negative.as_slice()].concat());
    assert!(matches!(refusal(&negative), FormatError::Malformed(_)));
}
