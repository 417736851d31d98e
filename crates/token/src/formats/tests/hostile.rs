//! Bytes that no one meant well: cut, extended, changed, random.

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

/// Every private key of `testdata/`.
const PRIVATE: [&[u8]; 12] = [
    testdata!("rsa-2048.pkcs1.der"),
    testdata!("rsa-2048.pkcs8.der"),
    testdata!("ed25519.pkcs8.der"),
    EC_FILES[0].1[0],
    EC_FILES[0].1[1],
    EC_FILES[0].1[2],
    EC_FILES[1].1[0],
    EC_FILES[1].1[1],
    EC_FILES[1].1[2],
    EC_FILES[2].1[0],
    EC_FILES[2].1[1],
    EC_FILES[2].1[2],
];

const PUBLIC: [&[u8]; 5] = [
    testdata!("rsa-2048.spki.der"),
    testdata!("ed25519.spki.der"),
    EC_FILES[0].1[3],
    EC_FILES[1].1[3],
    EC_FILES[2].1[3],
];

const CERTIFICATES: [&[u8]; 2] = [testdata!("ca.cert.der"), testdata!("device.cert.der")];

/// Asks for the named error at every cut, and for another after one byte more.
fn whole_or_nothing<T>(files: &[&[u8]], read: impl Fn(&[u8]) -> Result<T, FormatError>) {
    for file in files {
        assert!(read(file).is_ok());
        for cut in 0..file.len() {
            assert_eq!(read(&file[..cut]).err(), Some(FormatError::Truncated), "at byte {cut}");
        }
        let longer = [file, [0].as_slice()].concat();
        assert_eq!(read(&longer).err(), Some(FormatError::TrailingData));
    }
}

#[test]
fn private_keys_are_whole_or_nothing() {
    whole_or_nothing(&PRIVATE, private_key);
}

#[test]
fn public_keys_are_whole_or_nothing() {
    whole_or_nothing(&PUBLIC, public_key);
}

#[test]
fn certificates_are_whole_or_nothing() {
    whole_or_nothing(&CERTIFICATES, CertificateParts::parse);
}

#[test]
fn signatures_are_whole_or_nothing() {
    whole_or_nothing(&[testdata!("p256.signature.der")], |der| ecdsa_from_der(der, Curve::P256));
}

/// Reads `bytes` as everything; the results don't matter, only that there are some.
fn read_as_everything(bytes: &[u8]) {
    let _ = private_key(bytes);
    let _ = public_key(bytes).map(|key| public_key_info(&key));
    let _ = CertificateParts::parse(bytes);
    let _ = pem_blocks(bytes);
    let _ = curve_from_params(bytes);
    let _ = ecdsa_to_der(bytes);
    for curve in Curve::ALL {
        let _ = ecdsa_from_der(bytes, curve);
        let _ = point_from_attribute(curve, bytes).map(|point| point_attribute(curve, &point));
    }
}

proptest! {
    #[test]
    fn random_bytes_never_panic(bytes in vec(any::<u8>(), 0..256)) {
        read_as_everything(&bytes);
    }

    #[test]
    fn changed_files_never_panic(
        file in prop::sample::select([PRIVATE.as_slice(), &PUBLIC, &CERTIFICATES].concat()),
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let mut changed = file.to_vec();
        *at.get_mut(&mut changed) = byte;
        read_as_everything(&changed);
        if let Ok(parts) = CertificateParts::parse(&changed) {
            prop_assert!(changed.windows(parts.subject.len()).any(|window| window == parts.subject));
        }
    }

    #[test]
    fn pem_like_text_never_panics(
        lines in vec("(-----BEGIN A-----|-----END A-----|-----BEGIN |AQID|=|[ -~]{0,9})\r?", 0..12),
    ) {
        let _ = pem_blocks(lines.join("\n").as_bytes());
    }

    #[test]
    fn ecdsa_signatures_come_back(raw in vec(any::<u8>(), 64)) {
        let der = ecdsa_to_der(&raw).unwrap();
        prop_assert_eq!(ecdsa_from_der(&der, Curve::P256).unwrap(), raw);
    }
}
