//! Real files of `testdata/`, structures built by hand where `openssl` makes none, and hostile bytes.

use alloc::vec::Vec;

use super::*;
use crate::{Curve, KeyMaterial};

mod certificates;
mod curves;
mod hostile;
mod keys;
mod pems;
mod signatures;
mod written;

/// A file of `testdata/`.
macro_rules! testdata {
    ($name:literal) => {
        include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/", $name)).as_slice()
    };
}
use testdata;

/// Each Weierstrass curve with its key in every form: PKCS #8, SEC 1, SEC 1 without point, and public.
const EC_FILES: [(Curve, [&[u8]; 4]); 3] = [
    (
        Curve::P256,
        [
            testdata!("p256.pkcs8.der"),
            testdata!("p256.sec1.der"),
            testdata!("p256.sec1-no-public.der"),
            testdata!("p256.spki.der"),
        ],
    ),
    (
        Curve::P384,
        [
            testdata!("p384.pkcs8.der"),
            testdata!("p384.sec1.der"),
            testdata!("p384.sec1-no-public.der"),
            testdata!("p384.spki.der"),
        ],
    ),
    (
        Curve::P521,
        [
            testdata!("p521.pkcs8.der"),
            testdata!("p521.sec1.der"),
            testdata!("p521.sec1-no-public.der"),
            testdata!("p521.spki.der"),
        ],
    ),
];

/// A DER element of less than 256 bytes.
fn element(tag: u8, value: &[u8]) -> Vec<u8> {
    let length = u8::try_from(value.len()).unwrap();
    let header = if length < 0x80 { [tag, length].to_vec() } else { [tag, 0x81, length].to_vec() };
    [&header, value].concat()
}

fn sequence(elements: &[&[u8]]) -> Vec<u8> {
    element(0x30, &elements.concat())
}

/// Curve, scalar and point of a private key.
fn ec_parts(key: KeyMaterial) -> (Curve, Vec<u8>, Vec<u8>) {
    match key {
        KeyMaterial::EcPrivate { curve, scalar, point } => (curve, scalar.expose().to_vec(), point),
        other => panic!("{other:?}"),
    }
}

/// Curve and point of a public key.
fn public_parts(key: KeyMaterial) -> (Curve, Vec<u8>) {
    match key {
        KeyMaterial::EcPublic { curve, point } => (curve, point),
        other => panic!("{other:?}"),
    }
}
