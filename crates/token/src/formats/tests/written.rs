//! Private keys as they are written, beside those that OpenSSL wrote.

use super::*;
use crate::{ParameterSet, Secret};

#[test]
fn private_key_infos_are_those_of_openssl() {
    for file in [
        testdata!("rsa-2048.pkcs8.der"),
        testdata!("ed25519.pkcs8.der"),
        testdata!("x25519.pkcs8.der"),
        testdata!("p256.pkcs8.der"),
        testdata!("p384.pkcs8.der"),
        testdata!("p521.pkcs8.der"),
    ] {
        assert_eq!(private_key_info(&private_key(file).unwrap()).unwrap().expose(), file);
    }
}

#[test]
fn a_key_on_secp256k1_comes_back_as_it_was() {
    let point = [&[4][..], &[7; 64]].concat();
    let key = KeyMaterial::EcPrivate {
        curve: Curve::Secp256k1,
        scalar: Secret::copied(&[9; 32]),
        point: point.clone(),
    };
    let written = private_key_info(&key).unwrap();
    let (curve, scalar, read) = ec_parts(private_key(written.expose()).unwrap());
    assert_eq!((curve, scalar, read), (Curve::Secp256k1, [9; 32].to_vec(), point));
}

#[test]
fn lattice_keys_come_back_in_each_of_their_forms() {
    for set in ParameterSet::ALL {
        for (has_value, has_seed) in [(true, true), (true, false), (false, true)] {
            let len = if has_value { set.private_len() } else { 0 };
            let key = KeyMaterial::LatticePrivate {
                set,
                value: Secret::copied(&alloc::vec![1; len]),
                seed: has_seed.then(|| Secret::copied(&alloc::vec![2; set.seed_len()])),
                public: Vec::new(),
            };
            let written = private_key_info(&key).unwrap();
            let KeyMaterial::LatticePrivate { set: read, value, seed, .. } =
                private_key(written.expose()).unwrap()
            else {
                panic!("{set:?} was read as something else");
            };
            assert_eq!((read, value.len(), seed.is_some()), (set, len, has_seed));
            assert!(seed.is_none_or(|seed| seed.expose().iter().all(|byte| *byte == 2)));
        }
    }
}

#[test]
fn a_lattice_key_of_another_length_is_refused() {
    let set = ParameterSet::MlKem512;
    let oid = [6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 4, 1];
    let pkcs8 = |choice: &[u8]| sequence(&[&[2, 1, 0], &sequence(&[&oid]), &element(4, choice)]);
    assert!(private_key(&pkcs8(&element(0x80, &[1; 64]))).is_ok());
    for bad in [element(0x80, &[1; 63]), element(4, &[1; 64])] {
        assert_eq!(private_key(&pkcs8(&bad)).unwrap_err(), FormatError::LatticeLength(set));
    }
    assert_eq!(private_key(&pkcs8(&element(0x82, &[1; 64]))).unwrap_err(), FormatError::NotAPrivateKey);
    let trailing = sequence(&[&element(4, &[1; 64]), &element(4, &[1; 8]), &[5, 0]]);
    assert!(private_key(&pkcs8(&trailing)).is_err());
}

#[test]
fn what_has_no_private_half_is_not_written() {
    let public = public_key(testdata!("p256.spki.der")).unwrap();
    assert_eq!(private_key_info(&public).unwrap_err(), FormatError::NotAPrivateKey);
}
